//! Connections: pages of a list, and the cursors between them.
//!
//! 1. A cursor carries the position of the log, and later pages answer for the state of the first,
//!    even while writes land.
//! 2. A cursor carries a mark of the list that gave it: of another list, of other arguments or of
//!    another log, it is refused.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use async_graphql::{Object, OutputType, SimpleObject, TypeName};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use graph::view::{AsOf, Recorded, View};

use crate::error::Problem;
use crate::request::{Scope, work};

/// Results of a page unless told otherwise.
pub(crate) const PAGE: i32 = 20;

/// What a caller says about the page wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Paging {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<String>,
}

impl Paging {
    pub(crate) fn forward(first: Option<i32>, after: Option<String>) -> Self {
        Self { first, after, last: None, before: None }
    }
}

/// A page to be filled: at which state, and which part of the list.
#[derive(Clone)]
pub(crate) struct Page {
    /// The view that the page answers for.
    pub(crate) view: View,
    mark: [u8; 8],
    /// Where it starts, or must end.
    after: Option<u64>,
    before: Option<u64>,
    size: usize,
    backwards: bool,
}

const CURSOR_VERSION: u8 = 1;
const CURSOR_BYTES: usize = 25;
const FOREIGN: &str =
    "this cursor is not of this list: pass one that this same field gave with the same arguments";

impl Page {
    /// Reads cursors and sizes. `list` names the list and everything that decides what is in it but
    /// the paging itself and what the view supposes.
    pub(crate) fn open(
        scope: &Scope,
        view: &View,
        list: &dyn std::fmt::Debug,
        paging: &Paging,
    ) -> Result<Self, Problem> {
        let mark = mark_of(scope, view, list)?;
        let size = |given: Option<i32>, name: &str| size(given, name, scope.limits.results);
        let backwards = paging.last.is_some();
        if backwards && paging.first.is_some() {
            return Err(Problem::bad_input("pass `first` or `last`, not both"));
        }
        let (size, seq_offset) = (
            if backwards { size(paging.last, "last")? } else { size(paging.first, "first")? },
            |cursor: &Option<String>| cursor.as_deref().map(|c| read_cursor(c, mark)).transpose(),
        );
        let (after, before) = (seq_offset(&paging.after)?, seq_offset(&paging.before)?);
        let view = match (after, before) {
            (Some((a, _)), Some((b, _))) if a != b => return Err(Problem::bad_input(FOREIGN)),
            (Some((seq, _)), _) | (None, Some((seq, _))) => {
                view.at(AsOf { recorded: Recorded::UpTo(seq), valid_on: None })?
            }
            (None, None) => view.clone(),
        };
        let offset = |cursor: Option<(store::Seq, u64)>| cursor.map(|(_, offset)| offset);
        Ok(Self { view, mark, after: offset(after), before: offset(before), size, backwards })
    }

    /// Fills the page from the whole list.
    pub(crate) fn of_all<I, T>(&self, all: &[I], wrap: impl Fn(&View, &I) -> T) -> Connection<T> {
        let part = self.part(all.len());
        let items = all.get(part.clone()).unwrap_or_default().iter();
        self.of_items(part, all.len(), items.map(|item| wrap(&self.view, item)))
    }

    /// Fills the page from a list whose items are made for the page only.
    pub(crate) fn of_part<T, E>(
        &self,
        total: usize,
        make: impl FnOnce(&View, Range<usize>) -> Result<Vec<T>, E>,
    ) -> Result<Connection<T>, E> {
        let part = self.part(total);
        let items = make(&self.view, part.clone())?;
        Ok(self.of_items(part, total, items))
    }

    /// The places of the page in a list of so many.
    fn part(&self, total: usize) -> Range<usize> {
        let from = self.after.map_or(0, |at| index(at).saturating_add(1)).min(total);
        let to = self.before.map_or(total, |at| index(at).min(total)).max(from);
        if self.backwards {
            to.saturating_sub(self.size).max(from)..to
        } else {
            from..from.saturating_add(self.size).min(to)
        }
    }

    fn of_items<T>(
        &self,
        part: Range<usize>,
        total: usize,
        items: impl IntoIterator<Item = T>,
    ) -> Connection<T> {
        Connection {
            rows: part.clone().zip(items).collect(),
            has_previous: part.start > 0,
            has_next: part.end < total,
            total: Total::Known(total),
            stamp: self.stamp(),
        }
    }

    /// Fills the page from the beginning of a list that may be long; it is counted only when
    /// `totalCount` is asked for.
    pub(crate) fn of_iter<I, T>(
        &self,
        items: impl Iterator<Item = I>,
        count: impl Fn(&View) -> Result<usize, Problem> + Send + Sync + 'static,
        wrap: impl Fn(&View, I) -> T,
    ) -> Connection<T> {
        let from = self.after.map_or(0, |at| index(at).saturating_add(1));
        let mut items = items.skip(from).peekable();
        let mut rows = Vec::new();
        while rows.len() < self.size
            && let Some(item) = items.next()
        {
            rows.push((from + rows.len(), wrap(&self.view, item)));
        }
        let view = self.view.clone();
        Connection {
            rows,
            has_previous: from > 0,
            has_next: items.peek().is_some(),
            total: Total::Later(Arc::new(move || count(&view))),
            stamp: self.stamp(),
        }
    }

    fn stamp(&self) -> Stamp {
        Stamp { seq: self.view.seq(), mark: self.mark }
    }
}

/// A count as GraphQL has numbers: 32 bits.
pub(crate) fn count(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Reads how many results are wanted, up to the limit.
pub(crate) fn size(given: Option<i32>, name: &str, max: usize) -> Result<usize, Problem> {
    let given = given.unwrap_or(PAGE);
    match usize::try_from(given) {
        Ok(size) if size <= max => Ok(size),
        _ => Err(Problem::bad_input(format!("`{name}` is 0 to {max}, not {given}"))),
    }
}

/// Checks a figure that lies between 0 and 1.
pub(crate) fn fraction(given: f64, name: &str) -> Result<f64, Problem> {
    if (0.0..=1.0).contains(&given) {
        Ok(given)
    } else {
        Err(Problem::bad_input(format!("`{name}` is 0 to 1, not {given}")))
    }
}

fn mark_of(scope: &Scope, view: &View, list: &dyn std::fmt::Debug) -> Result<[u8; 8], Problem> {
    // An empty log has no first commit, and no list to page through.
    let log = scope.genesis()?;
    let mut text = format!("{log:?} {:?} {list:?}", view.valid_on());
    let supposed = view.hypotheses();
    if !supposed.is_empty() {
        text.push_str(&format!(" {supposed:?}"));
    }
    let mut mark = [0; 8];
    mark.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..8]);
    Ok(mark)
}

/// What the cursors of a page share.
#[derive(Debug, Clone, Copy)]
struct Stamp {
    seq: store::Seq,
    mark: [u8; 8],
}

impl Stamp {
    fn cursor(self, at: usize) -> String {
        let mut bytes = Vec::with_capacity(CURSOR_BYTES);
        bytes.push(CURSOR_VERSION);
        bytes.extend(self.seq.get().to_be_bytes());
        bytes.extend(u64::try_from(at).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend(self.mark);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

fn read_cursor(text: &str, mark: [u8; 8]) -> Result<(store::Seq, u64), Problem> {
    let foreign = || Problem::bad_input(FOREIGN);
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| foreign())?;
    let bytes: [u8; CURSOR_BYTES] = bytes.try_into().map_err(|_| foreign())?;
    if bytes[0] != CURSOR_VERSION || bytes[17..] != mark {
        return Err(foreign());
    }
    let number = |at: usize| {
        let mut eight = [0; 8];
        eight.copy_from_slice(&bytes[at..at + 8]);
        u64::from_be_bytes(eight)
    };
    Ok((store::Seq::new(number(1)), number(9)))
}

#[derive(Clone)]
enum Total {
    Known(usize),
    Later(Arc<dyn Fn() -> Result<usize, Problem> + Send + Sync>),
}

/// A filled page.
#[derive(Clone)]
pub(crate) struct Connection<T> {
    rows: Vec<(usize, T)>,
    has_previous: bool,
    has_next: bool,
    total: Total,
    stamp: Stamp,
}

impl<T> Connection<T> {
    fn with_rows<U>(self, rows: Vec<(usize, U)>) -> Connection<U> {
        let Self { has_previous, has_next, total, stamp, .. } = self;
        Connection { rows, has_previous, has_next, total, stamp }
    }
}

impl<T> Connection<Option<T>> {
    /// Without the rows that are nothing.
    pub(crate) fn flatten(mut self) -> Connection<T> {
        let rows = std::mem::take(&mut self.rows).into_iter();
        let rows = rows.filter_map(|(at, row)| row.map(|row| (at, row))).collect();
        self.with_rows(rows)
    }
}

impl<T> Connection<Result<T, Problem>> {
    /// The page, or the first row's failure.
    pub(crate) fn transpose(mut self) -> Result<Connection<T>, Problem> {
        let rows = std::mem::take(&mut self.rows).into_iter();
        let rows = rows.map(|(at, row)| row.map(|row| (at, row))).collect::<Result<_, _>>()?;
        Ok(self.with_rows(rows))
    }
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Connection", T::type_name()))
    }
}

/// A page of a list. Pass `pageInfo.endCursor` as `after` for the next one: it answers for the same
/// position of the log as this one, even while writes land.
#[Object(name_type)]
impl<T: OutputType + Clone> Connection<T> {
    /// The results, each with the cursor after it.
    async fn edges(&self) -> Vec<Edge<T>> {
        let edge =
            |(at, node): &(usize, T)| Edge { cursor: self.stamp.cursor(*at), node: node.clone() };
        self.rows.iter().map(edge).collect()
    }

    /// The results.
    async fn nodes(&self) -> Vec<&T> {
        self.rows.iter().map(|(_, node)| node).collect()
    }

    /// Where this page stands in the list.
    async fn page_info(&self) -> PageInfo {
        let cursor = |row: Option<&(usize, T)>| row.map(|(at, _)| self.stamp.cursor(*at));
        PageInfo {
            has_previous_page: self.has_previous,
            has_next_page: self.has_next,
            start_cursor: cursor(self.rows.first()),
            end_cursor: cursor(self.rows.last()),
        }
    }

    /// How many results the whole list has. Counted only when asked for.
    async fn total_count(&self) -> Result<i32, Problem> {
        let total = match &self.total {
            Total::Known(total) => *total,
            Total::Later(count) => {
                let count = Arc::clone(count);
                work(move || count()).await??
            }
        };
        Ok(count(total))
    }
}

/// A result and the cursor after it.
pub(crate) struct Edge<T> {
    cursor: String,
    node: T,
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        Cow::Owned(format!("{}Edge", T::type_name()))
    }
}

/// A result of a page, with its place.
#[Object(name_type)]
impl<T: OutputType> Edge<T> {
    /// Pass it as `after` to go on behind this result.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The result.
    async fn node(&self) -> &T {
        &self.node
    }
}

/// Where a page stands in its list.
#[derive(SimpleObject)]
pub(crate) struct PageInfo {
    /// Whether results come before this page.
    has_previous_page: bool,
    /// Whether results come after this page.
    has_next_page: bool,
    /// The cursor of the first result; null on an empty page.
    start_cursor: Option<String>,
    /// The cursor of the last result; null on an empty page.
    end_cursor: Option<String>,
}
