//! A command on its way into the log: decided, appended, told.

use store::{AppendError, CommitId, Draft, Log, ReadError, Record, Seq};
use thiserror::Error;
use uuid::Uuid;

use super::Ledger;
use super::writer::Writer;
use crate::decide::{Command, Decision, Refusal, decide};
use crate::event::{self, Event, Unreadable};
use crate::model::{ClaimStatus, EntityId, MergeId};
use crate::state::{ApplyError, Frame, State};

/// How often a command is decided again when another writer came first.
const ATTEMPTS_MAX: usize = 8;

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
    /// The log refused what was promised by the [`Ledger::submit_ahead`] before, and this was not
    /// tried; after [`AppendError::Unknown`] that may be recorded all the same.
    #[error(transparent)]
    Lost(AppendError),
    /// The log could not be read back.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log did not continue where the state stands.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

impl Ledger {
    pub(super) async fn carry_out(
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
                        catch_up(state, &self.shared.log)?;
                    } else {
                        state.apply_appended(&frame, &decision.events)?;
                    }
                    return Ok(receipt(appended.head.seq, decision));
                }
                Err(AppendError::Conflict { .. }) => catch_up(state, &self.shared.log)?,
                Err(error) => return Err(SubmitError::Append(error)),
            }
        }
        let actual = state.seq();
        Err(SubmitError::Moved { expected: submission.expected.unwrap_or(actual), actual })
    }

    /// The state once nothing is on its way any more.
    pub(super) async fn settled<'w>(&self, writer: &'w mut Writer) -> &'w mut State {
        writer.settled(&self.state(), &self.shared.log).await
    }

    /// Sends a command on its way while the one before it may still be.
    pub(super) async fn send_ahead(
        &self,
        writer: &mut Writer,
        submission: &Submission,
    ) -> Result<Receipt, SubmitError> {
        let decision = decide(writer.ahead(), &submission.command, self.shared.policy)?;
        if decision.events.is_empty() {
            return Ok(receipt(writer.ahead().seq(), decision));
        }
        let draft = draft(submission, &decision.events)?;
        writer.kept(&self.state(), &self.shared.log).await?;
        let seq = writer.send(&self.shared.log, draft, &decision.events).await?;
        Ok(receipt(seq, decision))
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
    pub(super) fn receipt_at(&self, seq: Seq) -> Result<Receipt, SubmitError> {
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

/// Folds in whatever the log holds beyond the state.
pub(super) fn catch_up(state: &mut State, log: &Log) -> Result<(), SubmitError> {
    for commit in log.read(state.seq()) {
        state.apply(&commit?)?;
    }
    Ok(())
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
