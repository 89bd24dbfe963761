//! The log itself.

use async_graphql::{Context, Object, SimpleObject};
use graph::ledger::{Entry, entries};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::event::{Event, event_types};
use super::scalar::Seq;
use crate::error::Problem;
use crate::page::{Connection, Page, Paging};
use crate::request::{Scope, work};

/// The log of everything that happened, in order, as of this request.
pub(crate) struct Log;

/// The log: everything that happened, in order, each commit sealed by a hash over all before it.
#[Object]
impl Log {
    /// The position that this request answers for.
    async fn head(&self, ctx: &Context<'_>) -> Result<Seq, Problem> {
        Ok(Seq(Scope::of(ctx)?.head.seq))
    }

    /// The hash of the last commit: two logs with the same one hold the same events.
    async fn hash(&self, ctx: &Context<'_>) -> Result<String, Problem> {
        Ok(Scope::of(ctx)?.head.hash.to_string())
    }

    /// Events after a position, oldest first. For the next page pass the `seq` of the last one.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only events after this position.",
            default_with = "Some(Seq(store::Seq::ZERO))"
        )]
        after: Option<Seq>,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
        #[graphql(desc = "Only these types; absent: all.")] types: Option<Vec<String>>,
    ) -> Result<Connection<Event>, Problem> {
        let scope = Arc::clone(Scope::of(ctx)?);
        let types = event_types(types)?;
        let after = after.map_or(store::Seq::ZERO, |seq| seq.0);
        let paging = Paging::forward(first.or(Some(100)), None);
        let page = Page::open(&scope, &scope.view, &("Log.events", after, &types), &paging)?;
        let filled = work(move || {
            let (counting, counted) = (Arc::clone(&scope), types.clone());
            let count = move |_: &_| match &counted {
                // Positions have no gaps.
                None => Ok(positions_between(after, counting.head.seq)),
                Some(_) => {
                    let all = read(&counting, after, counted.clone());
                    all.map(|entry| entry.map(|_| 1)).sum()
                }
            };
            let entries = read(&scope, after, types);
            page.of_iter(entries, count, |view, entry| entry.map(|e| Event::new(view, e)))
        });
        filled.await?.transpose()
    }

    /// Checks everything that is stored: checksums, hashes, links, positions, and one copy against
    /// the other. Reads the whole log; one check runs at a time.
    async fn verify(&self, ctx: &Context<'_>) -> Result<LogCheck, Problem> {
        let scope = Scope::of(ctx)?;
        let turn = scope.commons.verifying.lock().await;
        let log = scope.ledger.log().clone();
        let report = work(move || log.verify(|_| ())).await??;
        drop(turn);
        Ok(LogCheck {
            sound: report.is_sound(),
            from: Seq(store::Seq::new(u64::from(report.head.seq > store::Seq::ZERO))),
            to: Seq(report.head.seq),
            problem: report.faults.first().map(ToString::to_string),
        })
    }
}

fn positions_between(after: store::Seq, head: store::Seq) -> usize {
    usize::try_from(head.get().saturating_sub(after.get())).unwrap_or(usize::MAX)
}

/// Entries up to the request's position; ends early when nobody waits any more.
fn read(
    scope: &Scope,
    after: store::Seq,
    types: Option<Vec<String>>,
) -> impl Iterator<Item = Result<Entry, Problem>> + use<> {
    let (head, stopped) = (scope.head.seq, scope.stopped());
    let commits = scope.ledger.log().read(after);
    let commits = commits.take_while(move |_| !stopped.load(Ordering::Relaxed));
    let found = commits.flat_map(|commit| match commit {
        Ok(commit) => entries(&commit).map(Ok).collect::<Vec<_>>(),
        Err(error) => vec![Err(Problem::from(error))],
    });
    found
        .take_while(move |entry| entry.as_ref().map_or(true, |e| e.seq <= head))
        .filter(move |entry| entry.as_ref().map_or(true, |e| e.seq > after))
        .filter(move |entry| {
            let wanted =
                |e: &Entry| types.as_ref().is_none_or(|t| t.iter().any(|t| **t == *e.kind));
            entry.as_ref().map_or(true, wanted)
        })
}

/// What checking the log found.
#[derive(SimpleObject)]
pub(crate) struct LogCheck {
    /// Whether everything acknowledged is there, whole and in order, in both copies.
    sound: bool,
    /// The first position checked; 0 when the log is empty.
    from: Seq,
    /// The last position checked.
    to: Seq,
    /// The first thing found that is not as it was written.
    problem: Option<String>,
}
