//! A claims file into a ledger, in batches, each one commit.
//!
//! Everything that can be refused is looked at before the first commit: who each entity is, and
//! whether two ends of a relation turn out to be one. What the ledger knows already changes
//! nothing, so an import that was cut off is finished by running it again.

use std::collections::{BTreeMap, BTreeSet};

use graph::decide::{Command, OnRefusal, Refusal, decide};
use graph::ledger::{Ledger, Receipt, Submission, SubmitError};
use graph::model::{
    ClaimDraft, ClaimId, ClaimStatus, Document, Drafts, EntityDraft, EntityId, LocalEntity,
    Statement, Verdict,
};
use thiserror::Error;

use crate::claims_file::{Action, ClaimsFile};

/// Entities or claims of one commit: about 400 kB, well under what a commit holds.
const BATCH: usize = 1000;

/// Text of one commit of documents, in bytes.
const BATCH_TEXT_BYTES: usize = 1024 * 1024;

/// What an import recorded; what was known is not counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Events of every kind.
    pub events: usize,
    /// Documents recorded.
    pub documents: usize,
    /// Entities declared.
    pub entities: usize,
    /// Claims recorded as accepted.
    pub accepted: usize,
    /// Claims recorded as proposed.
    pub proposed: usize,
    /// Reviews, retractions, merges and the like.
    pub actions: usize,
}

/// Why a file was not imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file contradicts what is recorded. Nothing was imported.
    #[error("nothing was imported: {0}")]
    Refused(#[from] Refusal),
    /// A commit failed on the way; what came before it is recorded.
    #[error("the import stopped after {} events; run it again to finish it: {source}", done.events)]
    Stopped {
        /// What was recorded before.
        done: Imported,
        /// Why it stopped.
        source: SubmitError,
    },
}

/// Imports a file whose lines are all good. `progress` hears how many entities, documents, claims
/// and actions are done.
///
/// # Errors
/// [`ImportError`]. Only [`ImportError::Stopped`] leaves something recorded.
pub async fn import(
    ledger: &Ledger,
    actor: &str,
    file: &ClaimsFile,
    progress: impl FnMut(usize),
) -> Result<Imported, ImportError> {
    let ids = recognise(ledger, file)?;
    let mut import = Import { ledger, actor, ids, done: Imported::default(), handled: 0, progress };
    let outcome = import.run(file).await;
    ledger.publish().await;
    match outcome {
        Ok(()) => Ok(import.done),
        Err(source) => Err(ImportError::Stopped { done: import.done, source }),
    }
}

/// Who each entity of the file is, known or to be declared. Writes nothing.
fn recognise(ledger: &Ledger, file: &ClaimsFile) -> Result<Vec<EntityId>, Refusal> {
    let entities = file.drafts.entities.clone();
    let command = record(Vec::new(), Drafts { entities, claims: Vec::new() });
    let decision = decide(&ledger.state(), &command, ledger.policy())?;
    let ids: Vec<EntityId> = decision.entities.into_iter().flatten().collect();
    for claim in &file.drafts.claims {
        if let Statement::Relation(r) = &claim.statement
            && ids.get(r.source.0) == ids.get(r.target.0)
        {
            let name = file.drafts.entities.get(r.source.0).map(name_of).unwrap_or_default();
            return Err(Refusal::SelfRelation(name));
        }
    }
    Ok(ids)
}

fn name_of(draft: &EntityDraft) -> String {
    match draft {
        EntityDraft::Known(id) => id.to_string(),
        EntityDraft::Named { name, .. } => name.clone(),
    }
}

fn record(documents: Vec<Document>, drafts: Drafts) -> Command {
    Command::Record { documents, drafts, on_refusal: OnRefusal::RefuseAll }
}

struct Import<'a, P> {
    ledger: &'a Ledger,
    actor: &'a str,
    ids: Vec<EntityId>,
    done: Imported,
    handled: usize,
    progress: P,
}

impl<P: FnMut(usize)> Import<'_, P> {
    async fn run(&mut self, file: &ClaimsFile) -> Result<(), SubmitError> {
        for entities in file.drafts.entities.chunks(BATCH) {
            let drafts = Drafts { entities: entities.to_vec(), claims: Vec::new() };
            self.record(record(Vec::new(), drafts), entities.len()).await?;
        }
        for documents in batches_of_text(&file.documents) {
            let before = self.done.events;
            self.record(record(documents.to_vec(), Drafts::none()), documents.len()).await?;
            self.done.documents += self.done.events - before;
        }
        for claims in file.drafts.claims.chunks(BATCH) {
            let drafts = self.batch(claims);
            self.record(record(Vec::new(), drafts), claims.len()).await?;
        }
        self.act(file).await
    }

    async fn record(&mut self, command: Command, handled: usize) -> Result<(), SubmitError> {
        let receipt = self.submit(self.actor.to_owned(), command).await?;
        self.done.entities += receipt.declared;
        self.done.accepted += receipt.accepted;
        self.done.proposed += receipt.proposed;
        self.handled += handled;
        (self.progress)(self.handled);
        Ok(())
    }

    async fn submit(&mut self, actor: String, command: Command) -> Result<Receipt, SubmitError> {
        let submission = Submission { actor, command, expected: None, idempotency: None };
        let receipt = self.ledger.submit_in_bulk(submission).await?;
        self.done.events += receipt.events;
        Ok(receipt)
    }

    /// Claims with just the entities that they name, which are all declared by now.
    fn batch(&self, claims: &[ClaimDraft]) -> Drafts {
        let mut entities = Vec::new();
        let mut places: BTreeMap<LocalEntity, LocalEntity> = BTreeMap::new();
        let mut place = |local: LocalEntity| {
            *places.entry(local).or_insert_with(|| {
                entities.push(EntityDraft::Known(self.ids[local.0]));
                LocalEntity(entities.len() - 1)
            })
        };
        let claims = claims
            .iter()
            .map(|claim| {
                let Ok(statement) = claim
                    .statement
                    .try_map(|local| Ok::<_, std::convert::Infallible>(place(local)));
                ClaimDraft { statement, ..claim.clone() }
            })
            .collect();
        Drafts { entities, claims }
    }

    /// Decisions in the order of the file. Claims that already stand where the file leaves them,
    /// and merges that it reverses itself, are passed over: importing twice changes nothing.
    async fn act(&mut self, file: &ClaimsFile) -> Result<(), SubmitError> {
        self.ledger.publish().await;
        let settled = self.settled(file);
        let reversed: BTreeSet<usize> = file
            .actions
            .iter()
            .filter_map(|action| match action {
                Action::UndoMerge { merge, .. } => Some(*merge),
                _ => None,
            })
            .collect();
        for (at, action) in file.actions.iter().enumerate() {
            if let Some((by, command)) = self.command(file, action)
                && !reversed.contains(&at)
                && claim_of(action).is_none_or(|claim| !settled.contains(&claim))
            {
                let actor = by.clone().unwrap_or_else(|| self.actor.to_owned());
                let receipt = self.submit(actor, command).await?;
                self.done.actions += receipt.events;
            }
            self.handled += 1;
            (self.progress)(self.handled);
        }
        Ok(())
    }

    fn command<'f>(
        &self,
        file: &'f ClaimsFile,
        action: &'f Action,
    ) -> Option<(&'f Option<String>, Command)> {
        Some(match action {
            Action::Review { claim, verdict, by, note } => {
                let claims = vec![self.claim_id(&file.drafts.claims[*claim])];
                (by, Command::Review { claims, verdict: *verdict, note: note.clone() })
            }
            Action::Retraction { claim, reason, by } => {
                let claim = self.claim_id(&file.drafts.claims[*claim]);
                (by, Command::Retract { claim, reason: reason.clone() })
            }
            Action::Merge { keep, absorb, reason, by } => {
                let absorb = absorb.iter().map(|e| self.ids[e.0]).collect();
                (by, Command::Merge { keep: self.ids[keep.0], absorb, reason: reason.clone() })
            }
            Action::Distinct { a, b, reason, by } => {
                let (a, b) = (self.ids[a.0], self.ids[b.0]);
                (by, Command::MarkDistinct { a, b, reason: reason.clone() })
            }
            Action::UndoMerge { .. } => return None,
        })
    }

    /// Claims that the ledger holds in the status in which the file leaves them.
    fn settled(&self, file: &ClaimsFile) -> BTreeSet<usize> {
        let mut last: BTreeMap<usize, ClaimStatus> = BTreeMap::new();
        for action in &file.actions {
            let status = match action {
                Action::Review { verdict: Verdict::Accept, .. } => ClaimStatus::Accepted,
                Action::Review { verdict: Verdict::Reject, .. } => ClaimStatus::Rejected,
                _ => ClaimStatus::Retracted,
            };
            last.extend(claim_of(action).map(|claim| (claim, status)));
        }
        let view = self.ledger.view();
        let stands = |claim: usize, status: ClaimStatus| {
            let ix = view.claim_by_id(self.claim_id(&file.drafts.claims[claim]));
            ix.is_some_and(|ix| view.claim_status(ix) == status)
        };
        last.into_iter()
            .filter(|(claim, status)| stands(*claim, *status))
            .map(|(claim, _)| claim)
            .collect()
    }

    fn claim_id(&self, claim: &ClaimDraft) -> ClaimId {
        let Ok(statement) =
            claim.statement.try_map(|local| Ok::<_, std::convert::Infallible>(self.ids[local.0]));
        ClaimId::derive(&statement, claim.evidence.as_ref(), &claim.asserted_by)
    }
}

fn claim_of(action: &Action) -> Option<usize> {
    match action {
        Action::Review { claim, .. } | Action::Retraction { claim, .. } => Some(*claim),
        _ => None,
    }
}

fn batches_of_text(documents: &[Document]) -> Vec<&[Document]> {
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, document) in documents.iter().enumerate() {
        let size = document.text().len();
        if at > start && (bytes + size > BATCH_TEXT_BYTES || at - start >= BATCH) {
            batches.push(&documents[start..at]);
            (start, bytes) = (at, 0);
        }
        bytes += size;
    }
    if start < documents.len() {
        batches.push(&documents[start..]);
    }
    batches
}
