//! The subscription root: following the log.

use std::time::Duration;

use async_graphql::{Context, Subscription};
use futures_util::{Stream, StreamExt};
use graph::ledger::{Entry, Ledger};

use crate::error::{Code, Problem};
use crate::request::Scope;
use crate::types::{Event, Seq, event_types};

/// How long an event may wait for the graph to show it: the log is durable a moment before.
const SHOWN_WITHIN: Duration = Duration::from_secs(10);

/// Following what happens.
pub(crate) struct Subscription;

/// Following what happens, over `graphql-transport-ws` at `/graphql` or over SSE at
/// `/graphql/stream`.
#[Subscription]
impl Subscription {
    /// Every event after a position: first the past, then live, each exactly once and in order.
    /// After a broken connection pass the `seq` of the last event that arrived.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only events after this position; absent: from the first on. For what is yet to come pass `log { head }`."
        )]
        after: Option<Seq>,
        #[graphql(desc = "Only these types; absent: all.")] types: Option<Vec<String>>,
    ) -> Result<impl Stream<Item = Result<Event, Problem>> + use<>, Problem> {
        let scope = Scope::of(ctx)?;
        let types = event_types(types)?;
        let after = after.map_or(store::Seq::ZERO, |seq| seq.0);
        // The log itself, for it is a moment ahead of the graph.
        let head = scope.ledger.log().head().seq;
        if after > head {
            return Err(Problem::bad_input(format!(
                "position {after} lies beyond the head of the log, which is {head}"
            )));
        }
        let (ledger, admission) = (scope.ledger.clone(), scope.admission.clone());
        let entries = ledger.follow(after).filter(move |entry| {
            let wanted = entry.as_ref().map_or(true, |entry| {
                types.as_ref().is_none_or(|all| all.iter().any(|name| **name == *entry.kind))
            });
            std::future::ready(wanted)
        });
        // After a failure nothing more comes, so that a gap is never taken for silence.
        let mut failed = false;
        Ok(entries
            .then(move |entry| {
                let (ledger, admission) = (ledger.clone(), admission.clone());
                async move {
                    if !admission.still_counts() {
                        return Err(Problem::new(Code::Unauthenticated, "the token has expired"));
                    }
                    shown(&ledger, entry.map_err(Problem::from)?).await
                }
            })
            .take_while(move |event| {
                let go_on = !failed;
                failed = event.is_err();
                std::future::ready(go_on)
            }))
    }
}

async fn shown(ledger: &Ledger, entry: Entry) -> Result<Event, Problem> {
    let view = match ledger.view_from(entry.seq, SHOWN_WITHIN).await {
        Ok(view) => view,
        // Without a view that has reached it, it is told with the names that are known.
        Err(_) => ledger.view(),
    };
    Ok(Event::new(&view, entry))
}
