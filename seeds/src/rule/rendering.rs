//! A sentence as rules see it: each name, or list of names, is one character that tells its kind.

use graph::model::EntityKind;

use super::pattern::{TAIL, slot};
use crate::catalogue::{Catalogue, EntityIndex, Mention};
use crate::list::tail;
use crate::mention::Reading;
use crate::pronoun::Resolved;
use crate::text::Extent;

/// One or several names that stand in one place.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) kind: EntityKind,
    pub(crate) entities: Vec<EntityIndex>,
    /// Where the names stand in the text.
    pub(crate) extent: Extent,
    /// Byte of the rendered text at which the slot's character stands.
    pub(crate) at: usize,
}

/// A rendered sentence.
#[derive(Debug)]
pub(crate) struct Rendering {
    pub(crate) string: String,
    pub(crate) slots: Vec<Slot>,
    /// For each byte of `string`, the byte of the text; one more for the end.
    origin: Vec<usize>,
    pub(crate) extent: Extent,
}

impl Rendering {
    /// The slot whose character stands at a byte.
    pub(crate) fn slot_at(&self, at: usize) -> Option<&Slot> {
        let found = self.slots.binary_search_by_key(&at, |s| s.at).ok()?;
        self.slots.get(found)
    }

    /// The place in the text of a byte of the rendering.
    pub(crate) fn origin(&self, at: usize) -> usize {
        self.origin.get(at).copied().unwrap_or(self.extent.end)
    }
}

/// A name as it stands, or a word that refers back to one.
#[derive(Debug, Clone, Copy)]
struct Token {
    extent: Extent,
    kind: EntityKind,
    entity: EntityIndex,
}

/// Renders a sentence from the names in it and the words that refer back.
pub(crate) fn render(
    reading: &Reading<'_>,
    catalogue: &Catalogue,
    sentence: Extent,
    mentions: &[Mention],
    pronouns: &[Resolved],
) -> Rendering {
    let mut tokens: Vec<Token> = mentions
        .iter()
        .map(|m| Token { extent: m.extent, kind: m.kind, entity: m.entity })
        .chain(pronouns.iter().map(|p| Token { extent: p.extent, kind: p.kind, entity: p.entity }))
        .filter(|t| sentence.holds(t.extent) && catalogue.get(t.entity).is_some())
        .collect();
    tokens.sort_by_key(|t| (t.extent.start, std::cmp::Reverse(t.extent.end)));
    let mut out = Builder {
        rendering: Rendering {
            string: String::new(),
            slots: Vec::new(),
            origin: Vec::new(),
            extent: sentence,
        },
        at: sentence.start,
    };
    let mut rest = tokens.as_slice();
    while let Some(first) = rest.first() {
        if first.extent.start < out.at {
            rest = &rest[1..];
            continue;
        }
        let group = group(reading, rest);
        out.copy(reading, first.extent.start);
        let list = &rest[..group];
        let last = list.last().unwrap_or(first);
        let mut extent = Extent::new(first.extent.start, last.extent.end);
        let mut used = group;
        if let Some(end) = nickname(reading, last, rest.get(group)) {
            extent.end = end;
            used += 1;
        }
        out.slot(first.kind, list.iter().map(|t| t.entity).collect(), extent);
        rest = &rest[used..];
        if let Some(tail) = tail(reading, extent.end) {
            rest = out.tail(reading, rest, tail.extent);
        }
    }
    out.copy(reading, sentence.end);
    out.rendering.origin.push(sentence.end);
    out.rendering
}

/// `甲有限公司（以下简称“甲”）` is one name: where it ends.
fn nickname(reading: &Reading<'_>, last: &Token, next: Option<&Token>) -> Option<usize> {
    let next = next.filter(|n| n.entity == last.entity && n.extent.start >= last.extent.end)?;
    let between = reading.text.slice(Extent::new(last.extent.end, next.extent.start));
    let called = between.strip_prefix('（')?.trim_end_matches(['“', '‘', '：']);
    let tail = reading.text.after(next.extent.end);
    let closed = tail.strip_prefix(['”', '’']).unwrap_or(tail);
    let end = next.extent.end + (tail.len() - closed.len()) + '）'.len_utf8();
    (matches!(called, "以下简称" | "下称" | "以下称" | "简称") && closed.starts_with('）'))
        .then_some(end)
}

/// How many tokens from the first on make one list: same kind, joined by 、, 和, 及, 以及; by 与 only
/// inside a list that 、 has opened, since 甲与乙 may be partners.
fn group(reading: &Reading<'_>, tokens: &[Token]) -> usize {
    let mut used = 1;
    let mut commas = false;
    while let (Some(last), Some(next)) = (tokens.get(used - 1), tokens.get(used)) {
        if next.extent.start < last.extent.end {
            break;
        }
        let between = reading.text.slice(Extent::new(last.extent.end, next.extent.start));
        let between = between.trim_start_matches(['”', '》']).trim_end_matches(['“', '《']);
        let comma = matches!(between, "、");
        let joined =
            comma || matches!(between, "和" | "及" | "以及") || (commas && between == "与");
        if !joined || next.kind != last.kind {
            break;
        }
        commas |= comma;
        used += 1;
    }
    used
}

struct Builder {
    rendering: Rendering,
    at: usize,
}

impl Builder {
    /// Copies the text up to a place.
    fn copy(&mut self, reading: &Reading<'_>, to: usize) {
        let words = reading.text.slice(Extent::new(self.at, to));
        for (offset, c) in words.char_indices() {
            self.push(c, self.at + offset);
        }
        self.at = self.at.max(to);
    }

    fn push(&mut self, c: char, origin: usize) {
        self.rendering.string.push(c);
        self.rendering.origin.resize(self.rendering.string.len(), origin);
    }

    fn slot(&mut self, kind: EntityKind, entities: Vec<EntityIndex>, extent: Extent) {
        let at = self.rendering.string.len();
        self.rendering.slots.push(Slot { kind, entities, extent, at });
        self.push(slot(kind), extent.start);
        self.at = extent.end;
    }

    /// Renders the tail of a list between its marks; names in it are slots too.
    fn tail<'t>(
        &mut self,
        reading: &Reading<'_>,
        mut rest: &'t [Token],
        tail: Extent,
    ) -> &'t [Token] {
        self.push(TAIL.0, tail.start);
        while let Some(token) = rest.first().filter(|t| t.extent.end <= tail.end) {
            if token.extent.start >= self.at {
                self.copy(reading, token.extent.start);
                self.slot(token.kind, vec![token.entity], token.extent);
            }
            rest = &rest[1..];
        }
        self.copy(reading, tail.end);
        self.push(TAIL.1, tail.end);
        rest
    }
}
