//! The one module that joins log and state: submit commands, hold views, follow events.
//!
//! There is one writer at a time. A command is decided at the head of the log, appended with that
//! head as its condition, and acknowledged only when it is durable and visible: a view taken after
//! the receipt shows it.

mod entry;
mod indexer;
mod ingest;
mod publish;
mod replay;
mod snapshot;

pub use entry::{Entry, entries};
pub use ingest::{Article, IngestError, Ingested};
pub use snapshot::Snapshots;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use store::{AppendError, CommitId, Draft, Head, Log, ReadError, Record, Seq};
use thiserror::Error;
use uuid::Uuid;

use crate::decide::{Command, Decision, Policy, Refusal, decide};
use crate::event::{self, Event, Unreadable};
use crate::model::{ClaimStatus, EntityId, MergeId};
use crate::state::{ApplyError, Frame, State};
use crate::view::View;

/// How often a command is decided again when another writer came first.
const ATTEMPTS_MAX: usize = 8;

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

/// A command, and on whose behalf it comes.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Who submits it: the name of a token, or `cli`.
    pub actor: String,
    /// What is to be recorded.
    pub command: Command,
    /// Only if the log still stands here.
    pub expected: Option<Seq>,
    /// The caller's own key for it, kept for ever with the commit that it makes. A command that
    /// changes nothing makes none, and its key is not remembered.
    pub idempotency: Option<Idempotency>,
}

/// A caller's key for a command, and the command as the caller sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The key.
    pub key: String,
    /// The bytes of the request: the same key with other content is refused.
    pub content: Vec<u8>,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// A view from this position on shows it.
    pub seq: Seq,
    /// How many events it made; zero when all of it was known.
    pub events: usize,
    /// Entities that it declared.
    pub declared: usize,
    /// Claims that it recorded as accepted.
    pub accepted: usize,
    /// Claims that it recorded as proposed.
    pub proposed: usize,
    /// The merges that it made: the one that it asked for, or those that follow by rule from the
    /// identifiers that it recorded or accepted, in order.
    pub merges: Vec<MergeId>,
    /// For each entity of its drafts, which one it is; `None` for one that was left out.
    pub entities: Vec<Option<EntityId>>,
    /// Drafts that were left out, by their place among the claims, with the reason.
    pub left_out: Vec<(usize, Refusal)>,
}

/// Why a command was not carried out. Nothing was recorded, unless it says otherwise.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// It breaks a rule of the model.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The log does not stand where the caller expected it, or other writers kept coming first.
    #[error(
        "the log stands at {actual}, not at the expected {expected}; look again and decide anew"
    )]
    Moved {
        /// Where the caller expected it.
        expected: Seq,
        /// Where it stands.
        actual: Seq,
    },
    /// The key was used for something else.
    #[error("the idempotency key `{0}` was used for another request; use a new key")]
    KeyReused(String),
    /// An event that cannot be written.
    #[error("an event could not be written: {0}")]
    Unwritable(#[from] Unreadable),
    /// The log refused it; after [`AppendError::Unknown`] it may be recorded all the same.
    #[error(transparent)]
    Append(AppendError),
    /// The log could not be read back.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log did not continue where the state stands.
    #[error(transparent)]
    Apply(#[from] ApplyError),
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
        let mut state = self.shared.live.writer.lock().await;
        let outcome = self.carry_out(&mut state, &submission).await;
        self.publish_from(&mut state);
        self.shared.live.indexer.call();
        outcome
    }

    /// About so many claims follow through [`Ledger::submit_in_bulk`]. If they are many beside what
    /// is there, relations are laid out for walking at the end only: at [`Ledger::publish`], or at
    /// another's [`Ledger::submit`].
    pub async fn begin_bulk(&self, claims: usize) {
        let mut state = self.shared.live.writer.lock().await;
        if state.would_fold_for(claims) {
            state.rest();
        }
    }

    /// The same for one of many commands of a bulk import: durable when it returns, but readers
    /// see it only after [`Ledger::publish`], or with another's [`Ledger::submit`]. Publishing costs
    /// a share of the whole state after a large commit, which an import should not pay each time;
    /// nor is the name index brought up before the end.
    ///
    /// # Errors
    /// As [`Ledger::submit`].
    pub async fn submit_in_bulk(&self, submission: Submission) -> Result<Receipt, SubmitError> {
        let mut state = self.shared.live.writer.lock().await;
        self.carry_out(&mut state, &submission).await
    }

    /// Lets readers see everything that is recorded.
    pub async fn publish(&self) {
        self.publish_from(&mut *self.shared.live.writer.lock().await);
        self.shared.live.indexer.call();
        self.see_to_snapshots(true);
    }

    async fn carry_out(
        &self,
        state: &mut State,
        submission: &Submission,
    ) -> Result<Receipt, SubmitError> {
        for _ in 0..ATTEMPTS_MAX {
            if let Some(receipt) = self.earlier(state, submission)? {
                return Ok(receipt);
            }
            let actual = state.seq();
            if let Some(expected) = submission.expected.filter(|e| *e != actual) {
                return Err(SubmitError::Moved { expected, actual });
            }
            let decision = decide(state, &submission.command, self.shared.policy)?;
            if decision.events.is_empty() {
                return Ok(receipt(actual, decision));
            }
            let draft = draft(submission, &decision.events)?;
            let key = draft.idempotency_key.clone();
            match self.shared.log.append(Some(state.head()), draft).await {
                Ok(appended) => {
                    let frame = Frame {
                        first: appended.first,
                        head: appended.head,
                        recorded_at_ms: appended.recorded_at_ms,
                        actor: &submission.actor,
                        idempotency_key: key.as_deref(),
                    };
                    // A duplicate stands where it was first appended, perhaps by another writer.
                    if appended.duplicate {
                        self.catch_up(state)?;
                    } else {
                        state.apply_appended(&frame, &decision.events)?;
                    }
                    return Ok(receipt(appended.head.seq, decision));
                }
                Err(AppendError::Conflict { .. }) => self.catch_up(state)?,
                Err(error) => return Err(SubmitError::Append(error)),
            }
        }
        let actual = state.seq();
        Err(SubmitError::Moved { expected: submission.expected.unwrap_or(actual), actual })
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

    /// Folds in whatever the log holds beyond the state.
    fn catch_up(&self, state: &mut State) -> Result<(), SubmitError> {
        for commit in self.shared.log.read(state.seq()) {
            state.apply(&commit?)?;
        }
        Ok(())
    }

    fn earlier(
        &self,
        state: &State,
        submission: &Submission,
    ) -> Result<Option<Receipt>, SubmitError> {
        let Some(Idempotency { key, content }) = &submission.idempotency else { return Ok(None) };
        let Some(used) = state.key_use(key) else { return Ok(None) };
        if *used.content != *content_mark(content) {
            return Err(SubmitError::KeyReused(key.clone()));
        }
        self.receipt_at(used.first).map(Some)
    }

    /// The receipt of the commit that holds the event at this position, as it was first given.
    fn receipt_at(&self, seq: Seq) -> Result<Receipt, SubmitError> {
        let Some(commit) = self.shared.log.commit_at(seq)? else {
            return Ok(receipt(
                seq,
                Decision { events: vec![], entities: vec![], left_out: vec![] },
            ));
        };
        let events = commit.records.iter().map(event::decode).collect::<Result<Vec<Event>, _>>()?;
        Ok(receipt(commit.last(), Decision { events, entities: vec![], left_out: vec![] }))
    }
}

/// What a key's commit carries beside the key: the key, a line break, and a hash of the content.
fn draft(submission: &Submission, events: &[Event]) -> Result<Draft, SubmitError> {
    let records = events.iter().map(event::encode).collect::<Result<Vec<Record>, _>>()?;
    Ok(Draft {
        id: CommitId::new(fresh_id()),
        idempotency_key: submission
            .idempotency
            .as_ref()
            .map(|i| format!("{}\n{}", i.key, content_mark(&i.content))),
        actor: submission.actor.clone(),
        recorded_at_ms: now_ms(),
        records,
    })
}

fn content_mark(content: &[u8]) -> String {
    blake3::hash(content).to_hex().to_string()
}

fn receipt(seq: Seq, decision: Decision) -> Receipt {
    let recorded = |status| {
        let claims = decision.events.iter();
        claims.filter(|e| matches!(e, Event::ClaimRecorded(c) if c.status == status)).count()
    };
    let merges = decision.events.iter().filter_map(|e| match e {
        Event::EntitiesMerged { merge, .. } => Some(*merge),
        _ => None,
    });
    Receipt {
        seq,
        events: decision.events.len(),
        declared: decision
            .events
            .iter()
            .filter(|e| matches!(e, Event::EntityDeclared { .. }))
            .count(),
        accepted: recorded(ClaimStatus::Accepted),
        proposed: recorded(ClaimStatus::Proposed),
        merges: merges.collect(),
        entities: decision.entities,
        left_out: decision.left_out,
    }
}

#[expect(clippy::disallowed_methods, reason = "the ledger is where ids and times come from")]
fn fresh_id() -> Uuid {
    Uuid::now_v7()
}

#[expect(clippy::disallowed_methods, reason = "the ledger is where ids and times come from")]
fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
