//! The third reading: everything that is good, recorded.

use std::collections::{BTreeMap, BTreeSet};

use graph::decide::{Command, OnRefusal};
use graph::ledger::{Ledger, Receipt, Submission, SubmitError};
use graph::model::{
    ClaimDraft, ClaimId, Document, DocumentId, Drafts, EntityId, LocalEntity, MergeId, NameKey,
    Statement, Verdict,
};
use graph::view::View;
use store::AppendError;

use super::ahead::{Ahead, Line};
use super::batch::Batch;
use super::outcome::{Imported, Refused};
use super::plan::Plan;
use super::survey::Mark;
use super::{ImportError, Pass, Rereadable, Stop, Unread, read};
use crate::claims_file::{Action, Checked, ClaimsError, Item};
use identity::Merging;

mod identity;

/// Entities declared in one commit.
const DECLARATIONS_MAX: usize = 5_000;

/// Reviews that share a commit.
const REVIEWS_MAX: usize = 1_000;

impl Plan {
    /// Reads the file for the third time, and records what is good, in commits of some
    /// thousands of claims. `actor` is in whose name; who asserts a claim stands on its line.
    ///
    /// # Errors
    /// [`ImportError::Stopped`]. What was recorded by then stays, and the same file imported again
    /// finishes it.
    pub async fn record(
        &self,
        source: &impl Rereadable,
        ledger: &Ledger,
        actor: &str,
    ) -> Result<Imported, ImportError> {
        let unread = |error| ImportError::Stopped { events: 0, source: Stop::Unread(error) };
        let mut claims = read(source, Pass::Recording).map_err(unread)?;
        let lines = std::iter::from_fn(|| {
            let said = claims.next()?;
            Some((claims.raw_line().len(), said))
        });
        let mut recorder = Recorder {
            file: Ahead::of(lines),
            ledger,
            plan: self,
            actor,
            before: ledger.view(),
            batch: Batch::default(),
            documents: BTreeSet::new(),
            reviews: None,
            ids: Vec::with_capacity(if self.has_actions { self.claims } else { 0 }),
            actions: 0,
            reversible: BTreeMap::new(),
            reversals: BTreeMap::new(),
            named: BTreeSet::new(),
            imported: Imported::default(),
            promised: 0,
        };
        let begun = ledger.begin_bulk(self.claims).await;
        begun.map_err(|error| ImportError::Stopped { events: 0, source: error.into() })?;
        let outcome = recorder.run().await;
        let outcome = recorder.publish().await.and(outcome);
        let mut imported = recorder.imported;
        match outcome {
            Ok(()) => {
                imported.head = ledger.head().seq;
                Ok(imported)
            }
            Err(source) => Err(ImportError::Stopped { events: imported.events, source }),
        }
    }
}

/// Reviews with one verdict, note and reviewer.
struct Reviews {
    claims: Vec<ClaimId>,
    verdict: Verdict,
    by: Option<String>,
    note: Option<String>,
}

struct Recorder<'a, R> {
    file: Ahead<R>,
    ledger: &'a Ledger,
    plan: &'a Plan,
    actor: &'a str,
    /// The graph before the import.
    before: View,
    batch: Batch,
    /// The documents of the file that the graph did not know.
    documents: BTreeSet<DocumentId>,
    reviews: Option<Reviews>,
    /// The id of each claim of the file, if anything later refers to claims.
    ids: Vec<Option<ClaimId>>,
    actions: usize,
    /// Merges that the file reverses later on, by their place among the actions.
    reversible: BTreeMap<usize, MergeId>,
    /// How often the file reversed each so far.
    reversals: BTreeMap<(EntityId, Vec<EntityId>), usize>,
    /// New names that were given.
    named: BTreeSet<(EntityId, NameKey)>,
    imported: Imported,
    /// Events among those of a commit that may still be on its way.
    promised: usize,
}

impl<R: Iterator<Item = Line>> Recorder<'_, R> {
    async fn run(&mut self) -> Result<(), Stop> {
        self.declare().await?;
        self.mark_first().await?;
        while let Some(checked) = self.file.next() {
            match checked {
                Ok(Checked { line, item }) => {
                    self.item(line, item, self.plan.bad.holds(line)).await?;
                }
                Err(ClaimsError::Bad(_)) => {}
                Err(ClaimsError::Io { line, source }) => {
                    return Err(Unread::Line { line, source }.into());
                }
            }
        }
        self.flush().await
    }

    /// Declares the entities that the graph does not know, in the order of the file.
    async fn declare(&mut self) -> Result<(), Stop> {
        for unknown in self.plan.entities.undeclared().chunks(DECLARATIONS_MAX) {
            let entities = unknown.iter().map(|(_, draft)| draft.clone()).collect();
            let drafts = Drafts { entities, claims: Vec::new() };
            let expected = unknown.iter().map(|(id, _)| Some(*id));
            let recognised = self.submit_claims(Vec::new(), drafts, &[]).await?;
            if !recognised.into_iter().eq(expected) {
                return Err(Stop::Changed);
            }
        }
        Ok(())
    }

    async fn item(&mut self, line: usize, item: Item, is_bad: bool) -> Result<(), Stop> {
        match item {
            Item::Entity(_) => {}
            Item::Document(document) => {
                let known = self.before.document_by_id(document.id()).is_some();
                if !known && !is_bad && self.documents.insert(document.id()) {
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
                    // The rule of strong identifiers minds what came first.
                    if !self.batch.is_empty() {
                        self.flush().await?;
                    }
                    self.action(line, at, action).await?;
                }
            }
        }
        if self.batch.is_full() { self.flush().await } else { Ok(()) }
    }

    fn claim(&mut self, line: usize, claim: ClaimDraft) {
        let subject = claim.statement.subject();
        if let Some(planned) = self.plan.entities.get(subject)
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
        self.batch.add_claim(line, claim, &self.plan.entities);
    }

    fn entity(&self, local: LocalEntity) -> Option<EntityId> {
        self.plan.entities.get(local).and_then(|planned| planned.id)
    }

    fn id_of(&self, claim: &ClaimDraft) -> Option<ClaimId> {
        let statement = claim.statement.try_map(|local| self.entity(local).ok_or(())).ok()?;
        Some(ClaimId::derive(&statement, claim.evidence.as_ref(), &claim.asserted_by))
    }

    async fn flush(&mut self) -> Result<(), Stop> {
        self.flush_reviews().await?;
        self.flush_claims().await
    }

    async fn flush_claims(&mut self) -> Result<(), Stop> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let (documents, drafts, lines) = self.batch.take();
        self.submit_claims(documents, drafts, &lines).await.map(drop)
    }

    /// Records documents and claims: in one commit, or in several where one would be too large.
    /// Tells which entity each of the drafts is.
    async fn submit_claims(
        &mut self,
        documents: Vec<Document>,
        drafts: Drafts,
        lines: &[usize],
    ) -> Result<Vec<Option<EntityId>>, Stop> {
        let mut entities = Vec::new();
        let mut waiting = vec![(lines, documents, drafts)];
        while let Some((lines, documents, drafts)) = waiting.pop() {
            let command = Command::Record {
                documents: documents.clone(),
                drafts: drafts.clone(),
                on_refusal: OnRefusal::LeaveOut,
            };
            let submission = self.submission(None, command);
            match self.file.during(self.ledger.submit_ahead(submission)).await {
                Ok(receipt) => {
                    self.count(&receipt, lines);
                    entities = receipt.entities;
                }
                Err(SubmitError::Append(AppendError::TooLarge { .. }))
                    if drafts.claims.len() > 1 =>
                {
                    let (first, second) = halves(drafts);
                    let (first_lines, second_lines) = lines.split_at(first.claims.len());
                    waiting.push((second_lines, Vec::new(), second));
                    waiting.push((first_lines, documents, first));
                }
                Err(error) => return Err(self.stopped(error)),
            }
        }
        Ok(entities)
    }

    /// What was promised and is not recorded does not count.
    fn stopped(&mut self, error: SubmitError) -> Stop {
        let SubmitError::Lost(error) = error else { return error.into() };
        self.imported.events -= std::mem::take(&mut self.promised);
        SubmitError::Append(error).into()
    }

    async fn publish(&mut self) -> Result<(), Stop> {
        self.ledger.publish().await.map_err(|error| self.stopped(error))
    }

    fn count(&mut self, receipt: &Receipt, lines: &[usize]) {
        if receipt.events > 0 {
            self.promised = receipt.events;
        }
        self.imported.events += receipt.events;
        self.imported.declared += receipt.declared;
        self.imported.accepted += receipt.accepted;
        self.imported.proposed += receipt.proposed;
        self.imported.merges += receipt.merges.len();
        for (at, refusal) in &receipt.left_out {
            let line = lines.get(*at).copied();
            self.imported.refused.push(Refused { line, refusal: refusal.clone() });
        }
    }

    async fn action(&mut self, line: usize, at: usize, action: Action) -> Result<(), Stop> {
        let (by, command) = match action {
            Action::Review { claim, verdict, by, note } => {
                let Some(claim) = self.unsettled(claim) else { return Ok(()) };
                return self.review(claim, verdict, by, note).await;
            }
            Action::Retraction { claim, reason, by } => {
                let claim = self.unsettled(claim);
                (by, claim.map(|claim| Command::Retract { claim, reason }))
            }
            Action::Merge { keep, absorb, reason, by } => {
                self.flush_reviews().await?;
                let absorb: Option<Vec<EntityId>> =
                    absorb.into_iter().map(|local| self.entity(local)).collect();
                let Some((keep, absorb)) = self.entity(keep).zip(absorb) else { return Ok(()) };
                return self.merge(Merging { line, at, keep, absorb, reason, by }).await;
            }
            Action::UndoMerge { merge, reason, by } => {
                self.flush_reviews().await?;
                return self.undo_merge(line, merge, reason, by).await;
            }
            Action::Distinct { .. } if self.plan.marks.contains_key(&at) => return Ok(()),
            Action::Distinct { a, b, reason, by } => {
                self.flush_reviews().await?;
                return self.mark_distinct(line, &Mark { a, b, reason, by }).await;
            }
        };
        self.flush_reviews().await?;
        let Some(command) = command else { return Ok(()) };
        self.submit(Some(line), by, command).await
    }

    /// A claim that does not stand yet where the file leaves it.
    fn unsettled(&self, claim: usize) -> Option<ClaimId> {
        let id = self.ids.get(claim).copied().flatten()?;
        let ending = self.plan.endings.claims.get(&claim);
        let stood = self.before.claim_by_id(id).map(|ix| self.before.claim_status(ix));
        (stood.is_none() || stood.as_ref() != ending).then_some(id)
    }

    async fn review(
        &mut self,
        claim: ClaimId,
        verdict: Verdict,
        by: Option<String>,
        note: Option<String>,
    ) -> Result<(), Stop> {
        let joins = self.reviews.as_ref().is_some_and(|reviews| {
            let same = (reviews.verdict, &reviews.by, &reviews.note) == (verdict, &by, &note);
            same && reviews.claims.len() < REVIEWS_MAX
        });
        if !joins {
            self.flush_reviews().await?;
        }
        let new = || Reviews { claims: Vec::new(), verdict, by, note };
        self.reviews.get_or_insert_with(new).claims.push(claim);
        Ok(())
    }

    async fn flush_reviews(&mut self) -> Result<(), Stop> {
        let Some(Reviews { claims, verdict, by, note }) = self.reviews.take() else {
            return Ok(());
        };
        let command = Command::Review { claims, verdict, note };
        self.submit(None, by, command).await
    }

    fn submission(&self, by: Option<String>, command: Command) -> Submission {
        let actor = by.unwrap_or_else(|| self.actor.to_owned());
        Submission { actor, command, expected: None, idempotency: None }
    }

    /// Submits a decision on what is recorded. A refusal is noted, and the rest goes on.
    async fn submit(
        &mut self,
        line: Option<usize>,
        by: Option<String>,
        command: Command,
    ) -> Result<(), Stop> {
        match self.ledger.submit_in_bulk(self.submission(by, command)).await {
            Ok(receipt) => {
                self.imported.events += receipt.events;
                self.imported.decisions += receipt.events;
            }
            Err(SubmitError::Refused(refusal)) => {
                self.imported.refused.push(Refused { line, refusal });
            }
            Err(error) => return Err(self.stopped(error)),
        }
        Ok(())
    }
}

/// The claims in two parts, each with all entities: to name one twice declares it once.
fn halves(mut drafts: Drafts) -> (Drafts, Drafts) {
    let second = drafts.claims.split_off(drafts.claims.len() / 2);
    let rest = Drafts { entities: drafts.entities.clone(), claims: second };
    (drafts, rest)
}
