//! The third reading: everything that is good, recorded.

use std::collections::{BTreeMap, BTreeSet};

use graph::decide::Command;
use graph::ledger::{Ledger, Submission, SubmitError};
use graph::model::{
    ClaimDraft, ClaimId, Drafts, EntityId, LocalEntity, MergeId, NameKey, Statement, Verdict,
};
use seeds::claims_file::{Action, Checked, ClaimsError, Item, read_claims};
use store::Seq;

use super::bad::BadLines;
use super::batch::Batch;
use super::plan::Plan;
use super::source::Source;
use crate::intake;
use crate::report::Failure;

/// In whose name claims are recorded. Who asserts one stands on its line.
const ACTOR: &str = "import";

/// Entities declared in one commit.
const DECLARATIONS_MAX: usize = 5_000;

/// Reviews that share a commit.
const REVIEWS_MAX: usize = 1_000;

/// What came of an import.
#[derive(Debug, Default)]
pub(super) struct Imported {
    pub(super) events: usize,
    pub(super) documents: usize,
    pub(super) declared: usize,
    pub(super) accepted: usize,
    pub(super) proposed: usize,
    pub(super) decisions: usize,
    /// Decisions that the graph refused.
    pub(super) refused: Vec<String>,
    pub(super) head: Seq,
}

pub(super) async fn record(
    source: &Source,
    plan: &Plan,
    ledger: &Ledger,
    bad: &BadLines,
) -> Result<Imported, Failure> {
    let mut recorder = Recorder {
        ledger,
        plan,
        batch: Batch::default(),
        reviews: None,
        ids: Vec::with_capacity(if plan.has_actions { plan.claims } else { 0 }),
        merges: BTreeMap::new(),
        actions: 0,
        named: BTreeSet::new(),
        imported: Imported::default(),
    };
    recorder.declare().await?;
    for checked in read_claims(source.read("recording")?) {
        match checked {
            Ok(Checked { line, item }) => {
                recorder.item(line, item, bad.holds(line)).await?;
            }
            Err(ClaimsError::Bad(_)) => {}
            Err(error) => return Err(Failure::of(&error)),
        }
    }
    recorder.flush().await?;
    recorder.imported.head = ledger.head().seq;
    Ok(recorder.imported)
}

/// Reviews with one verdict, note and reviewer.
struct Reviews {
    claims: Vec<ClaimId>,
    verdict: Verdict,
    by: Option<String>,
    note: Option<String>,
}

struct Recorder<'a> {
    ledger: &'a Ledger,
    plan: &'a Plan,
    batch: Batch,
    reviews: Option<Reviews>,
    /// The id of each claim of the file, if anything later refers to claims.
    ids: Vec<Option<ClaimId>>,
    /// The merges made, by their place among the actions.
    merges: BTreeMap<usize, MergeId>,
    actions: usize,
    /// New names that were given.
    named: BTreeSet<(EntityId, NameKey)>,
    imported: Imported,
}

impl Recorder<'_> {
    /// Declares the entities that the graph does not know, in the order of the file.
    async fn declare(&mut self) -> Result<(), Failure> {
        for unknown in self.plan.undeclared().chunks(DECLARATIONS_MAX) {
            let entities = unknown.iter().map(|(_, draft)| draft.clone()).collect();
            let drafts = Drafts { entities, claims: Vec::new() };
            let recorded = intake::record(self.ledger, ACTOR, Vec::new(), drafts).await?;
            let expected = unknown.iter().map(|(id, _)| Some(*id));
            if !recorded.entities.iter().copied().eq(expected) {
                return Err(Failure::new("the graph changed while the file was read")
                    .way_out("import the file again; what is recorded is not recorded twice"));
            }
            self.imported.events += recorded.events;
            self.imported.declared += recorded.declared;
        }
        Ok(())
    }

    async fn item(&mut self, line: usize, item: Item, is_bad: bool) -> Result<(), Failure> {
        match item {
            Item::Entity(_) => {}
            Item::Document(document) => {
                let known = self.ledger.view().document_by_id(document.id()).is_some();
                if !known && !is_bad {
                    self.imported.documents += 1;
                    self.batch.add_document(document);
                }
            }
            Item::Claim(claim) => {
                if self.plan.has_actions {
                    let id = if is_bad { None } else { self.id_of(&claim) };
                    self.ids.push(id);
                }
                if !is_bad {
                    self.claim(line, claim);
                }
            }
            Item::Action(action) => {
                let at = self.actions;
                self.actions += 1;
                if !is_bad {
                    self.flush_claims().await?;
                    self.action(line, at, action).await?;
                }
            }
        }
        if self.batch.is_full() { self.flush().await } else { Ok(()) }
    }

    fn claim(&mut self, line: usize, claim: ClaimDraft) {
        let subject = claim.statement.subject();
        if let Some(planned) = self.plan.entity(subject)
            && let (Some(id), Some(name)) = (planned.id, &planned.new_name)
            && self.named.insert((id, NameKey::of(name)))
        {
            let statement = Statement::Alias { entity: subject, text: name.clone() };
            self.add(line, ClaimDraft { statement, ..claim.clone() });
        }
        self.add(line, claim);
    }

    fn add(&mut self, line: usize, claim: ClaimDraft) {
        // Every entity that can be told was declared before the first claim.
        self.batch.add_claim(line, claim, self.plan, |_| true);
    }

    fn entity(&self, local: LocalEntity) -> Option<EntityId> {
        self.plan.entity(local).and_then(|planned| planned.id)
    }

    fn id_of(&self, claim: &ClaimDraft) -> Option<ClaimId> {
        let statement = claim.statement.try_map(|local| self.entity(local).ok_or(())).ok()?;
        Some(ClaimId::derive(&statement, claim.evidence.as_ref(), &claim.asserted_by))
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        self.flush_reviews().await?;
        self.flush_claims().await
    }

    async fn flush_claims(&mut self) -> Result<(), Failure> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let (documents, drafts, lines) = self.batch.take();
        let recorded = intake::record(self.ledger, ACTOR, documents, drafts).await?;
        self.imported.events += recorded.events;
        self.imported.declared += recorded.declared;
        self.imported.accepted += recorded.accepted;
        self.imported.proposed += recorded.proposed;
        for (at, refusal) in recorded.left_out {
            let line = lines.get(at).copied().unwrap_or_default();
            self.imported.refused.push(format!("line {line}: {refusal}"));
        }
        Ok(())
    }

    async fn action(&mut self, line: usize, at: usize, action: Action) -> Result<(), Failure> {
        let claim_id = |ids: &[Option<ClaimId>], claim: usize| ids.get(claim).copied().flatten();
        let (by, command) = match action {
            Action::Review { claim, verdict, by, note } => {
                let Some(claim) = claim_id(&self.ids, claim) else { return Ok(()) };
                return self.review(line, claim, verdict, by, note).await;
            }
            Action::Retraction { claim, reason, by } => {
                let claim = claim_id(&self.ids, claim);
                (by, claim.map(|claim| Command::Retract { claim, reason }))
            }
            Action::Merge { keep, absorb, reason, by } => {
                let absorb: Option<Vec<EntityId>> =
                    absorb.into_iter().map(|local| self.entity(local)).collect();
                let keep = self.entity(keep);
                let both = keep.zip(absorb);
                (by, both.map(|(keep, absorb)| Command::Merge { keep, absorb, reason }))
            }
            Action::UndoMerge { merge, reason, by } => {
                // A merge that was there already is not undone by reading the file again.
                let merge = self.merges.get(&merge).copied();
                (by, merge.map(|merge| Command::UndoMerge { merge, reason }))
            }
            Action::Distinct { a, b, reason, by } => {
                let both = self.entity(a).zip(self.entity(b));
                (by, both.map(|(a, b)| Command::MarkDistinct { a, b, reason }))
            }
        };
        self.flush_reviews().await?;
        let Some(command) = command else { return Ok(()) };
        if let Some(merge) = self.submit(&format!("line {line}"), by, command).await? {
            self.merges.insert(at, merge);
        }
        Ok(())
    }

    async fn review(
        &mut self,
        line: usize,
        claim: ClaimId,
        verdict: Verdict,
        by: Option<String>,
        note: Option<String>,
    ) -> Result<(), Failure> {
        let joins = self.reviews.as_ref().is_some_and(|reviews| {
            let same = (reviews.verdict, &reviews.by, &reviews.note) == (verdict, &by, &note);
            same && reviews.claims.len() < REVIEWS_MAX
        });
        if !joins {
            self.flush_reviews().await?;
            tracing::debug!(line, "reviews begin");
        }
        let new = || Reviews { claims: Vec::new(), verdict, by, note };
        self.reviews.get_or_insert_with(new).claims.push(claim);
        Ok(())
    }

    async fn flush_reviews(&mut self) -> Result<(), Failure> {
        let Some(Reviews { claims, verdict, by, note }) = self.reviews.take() else {
            return Ok(());
        };
        let command = Command::Review { claims, verdict, note };
        self.submit("a review", by, command).await.map(drop)
    }

    /// Submits a decision on what is recorded. A refusal is noted, and the rest goes on.
    async fn submit(
        &mut self,
        what: &str,
        by: Option<String>,
        command: Command,
    ) -> Result<Option<MergeId>, Failure> {
        let actor = by.unwrap_or_else(|| ACTOR.to_owned());
        let submission = Submission { actor, command, expected: None, idempotency: None };
        match self.ledger.submit(submission).await {
            Ok(receipt) => {
                self.imported.events += receipt.events;
                self.imported.decisions += usize::from(receipt.events > 0);
                Ok(receipt.merge)
            }
            Err(SubmitError::Refused(refusal)) => {
                self.imported.refused.push(format!("{what}: {refusal}"));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}
