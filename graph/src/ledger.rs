//! The one module that joins log and state: submit commands, hold views, follow events.
//!
//! There is one writer at a time. A command is decided at the head of the log, appended with that
//! head as its condition, and acknowledged only when it is durable and visible: a view taken after
//! the receipt shows it. In bulk the next command is decided while one is on its way
//! ([`Ledger::submit_ahead`]); nobody is shown that one before the log has it.

mod entry;
mod indexer;
mod ingest;
mod publish;
mod replay;
mod snapshot;
mod submit;
mod writer;

pub use entry::{Entry, entries};
pub use ingest::{Article, IngestError, Ingested};
pub use snapshot::Snapshots;
pub use submit::{Idempotency, Receipt, Submission, SubmitError};

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use store::{AppendError, CloseError, Head, Log, ReadError, Seq};
use thiserror::Error;

use crate::decide::Policy;
use crate::state::{ApplyError, State};
use crate::view::View;

/// A log and the graph that it tells. Cheap to clone; clones are one ledger.
#[derive(Clone)]
pub struct Ledger {
    shared: Arc<Shared>,
}

struct Shared {
    /// Before the log, so that a snapshot is written while the log is still held.
    snapshots: Option<snapshot::Keeper>,
    log: Log,
    policy: Policy,
    live: Arc<publish::Live>,
}

/// Why a ledger could not be opened.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log has a gap.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

/// A position was not reached in time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("position {asked} was not reached within {waited_ms} ms; the log stands at {reached}")]
pub struct NotReached {
    /// The position asked for.
    pub asked: Seq,
    /// The position reached.
    pub reached: Seq,
    /// How long was waited.
    pub waited_ms: u128,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("head", &self.head()).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Replays a log and stands at its head. Blocking; `progress` hears of positions on the way.
    ///
    /// # Errors
    /// [`ReplayError`] when the log cannot be read or has a gap.
    pub fn open(log: Log, policy: Policy, progress: impl FnMut(Seq)) -> Result<Self, ReplayError> {
        Self::open_from(log, policy, None, progress)
    }

    /// The same from a snapshot where a good one is found: only what the log says after it is
    /// replayed. Others are written as the log grows. Nothing else depends on there being any.
    ///
    /// # Errors
    /// As [`Ledger::open`]; a snapshot is never the cause of one.
    pub fn open_from(
        log: Log,
        policy: Policy,
        snapshots: Option<Snapshots>,
        progress: impl FnMut(Seq),
    ) -> Result<Self, ReplayError> {
        let found = snapshots.as_ref().and_then(|snapshots| snapshots.read(&log));
        let mut state = found.unwrap_or_else(State::replaying);
        let snapshots = snapshots.map(|snapshots| snapshot::Keeper::new(snapshots, state.seq()));
        replay::replay(&log, &mut state, progress)?;
        state.fold();
        let live = Arc::new(publish::Live::new(state));
        let ledger = Self { shared: Arc::new(Shared { log, policy, live, snapshots }) };
        ledger.see_to_snapshots(true);
        Ok(ledger)
    }

    /// The present view. Cost: two pointers, and one binary search over the claims.
    pub fn view(&self) -> View {
        View::of(self.shared.live.published.load_full())
            .with_names(self.shared.live.indexer.index())
    }

    /// How many names the index covers; a search looks at the others one by one.
    pub fn names_indexed(&self) -> usize {
        self.shared.live.indexer.index().covered()
    }

    /// The state that the present view stands on.
    pub fn state(&self) -> Arc<State> {
        self.shared.live.published.load_full()
    }

    /// Position and hash of the last commit that readers see.
    pub fn head(&self) -> Head {
        self.state().head()
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.shared.log
    }

    /// The policy by which claims are accepted.
    pub fn policy(&self) -> Policy {
        self.shared.policy
    }

    /// The present view once it has reached a position: read your own writes.
    ///
    /// # Errors
    /// [`NotReached`] if it takes longer than `within`.
    pub async fn view_from(&self, position: Seq, within: Duration) -> Result<View, NotReached> {
        let mut reached = self.shared.live.reached.subscribe();
        let wait = reached.wait_for(|seq| *seq >= position);
        let came = matches!(tokio::time::timeout(within, wait).await, Ok(Ok(_)));
        let view = self.view();
        if came {
            return Ok(view);
        }
        Err(NotReached { asked: position, reached: view.seq(), waited_ms: within.as_millis() })
    }

    /// Decides on a command, records its events and publishes what follows.
    ///
    /// # Errors
    /// [`SubmitError`]; nothing is recorded then, except after [`AppendError::Unknown`].
    pub async fn submit(&self, submission: Submission) -> Result<Receipt, SubmitError> {
        let mut writer = self.shared.live.writer.lock().await;
        let state = self.settled(&mut writer).await;
        let outcome = self.carry_out(state, &submission).await;
        self.publish_from(state);
        self.shared.live.indexer.call();
        outcome
    }

    /// About so many claims follow through [`Ledger::submit_in_bulk`] and [`Ledger::submit_ahead`].
    /// If they are many beside what is there, relations are laid out for walking only when readers
    /// are next shown something: at [`Ledger::publish`], [`Ledger::publish_so_far`] or another's
    /// [`Ledger::submit`].
    ///
    /// # Errors
    /// [`SubmitError::Read`] and [`SubmitError::Apply`], if the log cannot be caught up with.
    pub async fn begin_bulk(&self, claims: usize) -> Result<(), SubmitError> {
        let mut writer = self.shared.live.writer.lock().await;
        let state = self.settled(&mut writer).await;
        submit::catch_up(state, &self.shared.log)?;
        if state.would_fold_for(claims) {
            state.rest();
        }
        if let Err(error) = writer.lost() {
            tracing::warn!(%error, "whoever recorded in bulk before was gone when this became known");
        }
        Ok(())
    }

    /// The same for one of many commands of a bulk import: durable when it returns, but readers
    /// see it for certain only after [`Ledger::publish`] or [`Ledger::publish_so_far`]; another's
    /// [`Ledger::submit`], or relations laid out beside, may show it earlier. Publishing costs a
    /// share of the whole state after a large commit, which an import should not pay each time; nor
    /// is the name index brought up before the end.
    ///
    /// # Errors
    /// As [`Ledger::submit`].
    pub async fn submit_in_bulk(&self, submission: Submission) -> Result<Receipt, SubmitError> {
        let mut writer = self.shared.live.writer.lock().await;
        let state = writer.kept(&self.state(), &self.shared.log).await?;
        self.carry_out(state, &submission).await
    }

    /// The same without waiting for the disk, so that the next command is decided meanwhile: the
    /// receipt is a promise until the next call that records or publishes in bulk returns, which
    /// tells of a promise that was broken ([`SubmitError::Lost`]). Only one command at a time is on
    /// its way, and only where [`Ledger::begin_bulk`] found enough to come; elsewhere, and for a
    /// command with conditions, this is [`Ledger::submit_in_bulk`].
    ///
    /// # Errors
    /// As [`Ledger::submit`], and [`SubmitError::Lost`].
    pub async fn submit_ahead(&self, submission: Submission) -> Result<Receipt, SubmitError> {
        {
            let mut writer = self.shared.live.writer.lock().await;
            let has_conditions = submission.expected.is_some() || submission.idempotency.is_some();
            // Whatever readers may be shown must be in the log.
            if writer.is_resting() && !has_conditions {
                match self.send_ahead(&mut writer, &submission).await {
                    // Another writer came first: to be decided again.
                    Err(SubmitError::Append(AppendError::Conflict { .. })) => {}
                    outcome => return outcome,
                }
            }
        }
        self.submit_in_bulk(submission).await
    }

    /// Lets readers see what is recorded so far, on the way through a bulk import: unlike
    /// [`Ledger::publish`] it begins no snapshot that only a ledger at rest is worth, and the name
    /// index is not brought up.
    ///
    /// # Errors
    /// As [`Ledger::publish`].
    pub async fn publish_so_far(&self) -> Result<(), SubmitError> {
        let mut writer = self.shared.live.writer.lock().await;
        self.publish_from(self.settled(&mut writer).await);
        writer.lost()
    }

    /// Lets readers see everything that is recorded, now that no more is to come for a while.
    ///
    /// # Errors
    /// [`SubmitError::Lost`] if a command that [`Ledger::submit_ahead`] promised is not recorded.
    /// What is recorded is shown all the same.
    pub async fn publish(&self) -> Result<(), SubmitError> {
        let shown = self.publish_so_far().await;
        self.shared.live.indexer.call();
        self.see_to_snapshots(true);
        shown
    }

    /// Ends it, for all its clones: waits for a snapshot that is being written and for the part of
    /// the name index that is at hand, then closes the log. Views stay as they are; nothing more
    /// can be recorded.
    ///
    /// # Errors
    /// As [`Log::close`]: what was acknowledged is durable all the same.
    pub async fn close(&self) -> Result<(), CloseError> {
        let shared = Arc::clone(&self.shared);
        let waited = tokio::task::spawn_blocking(move || {
            // The log lets the folder go, and with it the next process in: first what writes there.
            if let Some(snapshots) = &shared.snapshots {
                snapshots.end();
            }
            shared.live.indexer.end();
        });
        if let Err(error) = waited.await {
            tracing::warn!(%error, "a thread beside the ledger did not end well; the log is not touched by it");
        }
        self.shared.log.clone().close().await
    }

    /// Entries after a position: the past, then live, each once and in order.
    pub fn follow(
        &self,
        after: Seq,
    ) -> impl Stream<Item = Result<Entry, ReadError>> + Send + use<> {
        self.shared.log.tail(after).flat_map(move |commit| {
            let found: Vec<Result<Entry, ReadError>> = match commit {
                Ok(commit) => entries(&commit).filter(|e| e.seq > after).map(Ok).collect(),
                Err(error) => vec![Err(error)],
            };
            futures_util::stream::iter(found)
        })
    }
}
