//! One commit folded into the state.

use std::borrow::Borrow;
use std::sync::Arc;

use bytes::Bytes;
use store::{Commit, Head, Record, Seq};
use thiserror::Error;

use super::claims::{EvidenceRow, NewClaim, StatusChange};
use super::documents::DocumentRow;
use super::entities::{EntityIx, EntityRow};
use super::merges::{DistinctRow, MergeRow, Undone};
use super::names::NameRow;
use super::parked::Parked;
use super::readied::{Derived, Readied, events_of};
use super::relations::{RelationIx, RelationRow, RowKey};
use super::statements::{States, StatesRelation};
use super::{CommitMark, KeyUse, State};
use crate::event::{self, ClaimRecord, Event, Unreadable};
use crate::model::{
    ClaimId, ClaimStatus, Document, EntityId, EntityKind, Evidence, MergeId, Name, Qualifiers,
    RelationId, RelationStatement, Statement, TextQualifier, Verdict,
};

/// A commit that does not follow the state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the commit at {found} does not follow the state, which stands at {expected}: read the log again from there"
)]
pub struct ApplyError {
    /// Where the state stands.
    pub expected: Seq,
    /// Where the commit begins.
    pub found: Seq,
}

/// What the fold needs of a commit beside its events.
pub(crate) struct Frame<'a> {
    pub(crate) first: Seq,
    pub(crate) head: Head,
    pub(crate) recorded_at_ms: i64,
    pub(crate) actor: &'a str,
    pub(crate) idempotency_key: Option<&'a str>,
}

impl<'a> Frame<'a> {
    fn of(commit: &'a Commit) -> Self {
        Self {
            first: commit.first,
            head: commit.head(),
            recorded_at_ms: commit.recorded_at_ms,
            actor: &commit.actor,
            idempotency_key: commit.idempotency_key.as_deref(),
        }
    }
}

/// Why an event cannot be taken in, in one sentence.
pub(super) type Unfit = String;

impl State {
    /// Folds in the commit that follows. A commit that is known already changes nothing.
    ///
    /// Records that cannot be read, or that speak of what was never recorded, are parked with
    /// their reason.
    ///
    /// # Errors
    /// [`ApplyError`] when commits are missing in between.
    pub fn apply(&mut self, commit: &Commit) -> Result<(), ApplyError> {
        let record = |at: usize| commit.records[at].clone();
        self.fold_in(&Frame::of(commit), events_of(commit), record)
    }

    /// The same for a commit that was decoded elsewhere.
    pub(crate) fn apply_readied(&mut self, readied: Readied) -> Result<(), ApplyError> {
        let Readied { commit, events } = readied;
        let record = |at: usize| commit.records[at].clone();
        self.fold_in(&Frame::of(&commit), events, record)
    }

    /// The same for a commit that was appended a moment ago, from the events that it was made of:
    /// what they are read back as.
    pub(crate) fn apply_appended(
        &mut self,
        frame: &Frame<'_>,
        events: &[Event],
    ) -> Result<(), ApplyError> {
        let record = |at: usize| {
            let event: &Event = &events[at];
            let unwritable = |error: Unreadable| Record {
                kind: error.kind.into(),
                version: error.version,
                payload: Bytes::new(),
                keys: Vec::new(),
            };
            event::encode(event).unwrap_or_else(unwritable)
        };
        let read = events.iter().map(|event| Ok((event, Derived::of(event))));
        self.fold_in(frame, read, record)
    }

    /// `record` gives the record of an event that is to be parked.
    fn fold_in<E: Borrow<Event>>(
        &mut self,
        frame: &Frame<'_>,
        events: impl IntoIterator<Item = Result<(E, Derived), String>>,
        record: impl Fn(usize) -> Record,
    ) -> Result<(), ApplyError> {
        if frame.head.seq <= self.seq() {
            return Ok(());
        }
        if frame.first != self.seq().next() {
            return Err(ApplyError { expected: self.seq(), found: frame.first });
        }
        let actor: Arc<str> = frame.actor.into();
        let mut seq = frame.first;
        for (at, event) in events.into_iter().enumerate() {
            let taken =
                event.and_then(|(event, derived)| self.take(seq, &actor, event.borrow(), derived));
            if let Err(reason) = taken {
                self.park(seq, &record(at), reason);
            }
            seq = seq.next();
        }
        if let Some((key, content)) = frame.idempotency_key.and_then(|key| key.rsplit_once('\n')) {
            let (first, last) = (frame.first, frame.head.seq);
            self.keys.insert(key.into(), KeyUse { content: content.into(), first, last });
        }
        self.head = frame.head;
        let mark = CommitMark { last: frame.head.seq, recorded_at_ms: frame.recorded_at_ms };
        self.commits.push(mark);
        Ok(())
    }

    /// The same fold cut off after `last`, which may lie inside the commit: what replaying a
    /// prefix of the log gives.
    ///
    /// # Errors
    /// [`ApplyError`] when commits are missing in between.
    pub fn apply_until(&mut self, commit: &Commit, last: Seq) -> Result<(), ApplyError> {
        let mut cut = commit.clone();
        let wanted = last.get().saturating_add(1).saturating_sub(commit.first.get());
        cut.records.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        if cut.records.is_empty() { Ok(()) } else { self.apply(&cut) }
    }

    fn park(&mut self, seq: Seq, record: &Record, reason: String) {
        tracing::warn!(%seq, kind = %record.kind, version = record.version, %reason, "an event was parked");
        self.hash.add(&[
            b"parked",
            &seq.get().to_le_bytes(),
            record.kind.as_bytes(),
            &record.payload,
        ]);
        let (kind, version) = (record.kind.to_string(), record.version);
        self.parked.push(Parked { seq, kind, version, reason });
    }

    pub(super) fn take(
        &mut self,
        seq: Seq,
        actor: &Arc<str>,
        event: &Event,
        derived: Derived,
    ) -> Result<(), Unfit> {
        match event {
            Event::DocumentRecorded(document) => {
                self.document_recorded(seq, document.clone(), derived)
            }
            Event::EntityDeclared { id, kind, name } => {
                self.entity_declared(seq, *id, *kind, name, derived)
            }
            Event::ClaimRecorded(claim) => self.claim_recorded(seq, claim, derived),
            Event::ClaimReviewed { claim, verdict, note } => {
                let status = match verdict {
                    Verdict::Accept => ClaimStatus::Accepted,
                    Verdict::Reject => ClaimStatus::Rejected,
                };
                self.claim_changed(seq, actor, *claim, status, note.as_deref())
            }
            Event::ClaimRetracted { claim, reason } => {
                self.claim_changed(seq, actor, *claim, ClaimStatus::Retracted, Some(reason))
            }
            Event::EntitiesMerged { merge, keep, absorbed, reason } => {
                self.entities_merged(seq, *merge, *keep, absorbed, reason.clone())
            }
            Event::MergeUndone { merge, reason } => self.merge_undone(seq, *merge, reason.clone()),
            Event::MarkedDistinct { a, b, reason } => {
                self.marked_distinct(seq, *a, *b, reason.clone())
            }
        }
    }

    fn document_recorded(
        &mut self,
        seq: Seq,
        document: Document,
        derived: Derived,
    ) -> Result<(), Unfit> {
        if self.documents.find(document.id(), seq).is_some() {
            return Err("this document was recorded before".to_owned());
        }
        self.hash.add(&[b"document", document.id().uuid().as_bytes(), &seq.get().to_le_bytes()]);
        let sketch = derived.sketch(document.text());
        let ix = self.documents.push(DocumentRow { document, seq }).ok_or_else(full)?;
        self.origins.note(ix, sketch);
        Ok(())
    }

    fn entity_declared(
        &mut self,
        seq: Seq,
        id: EntityId,
        kind: EntityKind,
        name: &Name,
        derived: Derived,
    ) -> Result<(), Unfit> {
        if self.entities.find(id, seq).is_some() {
            return Err("this entity was declared before".to_owned());
        }
        self.hash.add(&[
            b"entity",
            id.uuid().as_bytes(),
            kind.as_str().as_bytes(),
            name.as_str().as_bytes(),
            &seq.get().to_le_bytes(),
        ]);
        let text: Arc<str> = name.as_str().into();
        let row = EntityRow {
            kind,
            name: Arc::clone(&text),
            declared: seq,
            absorbed_by: Vec::new(),
            absorbs: Vec::new(),
        };
        let entity = self.entities.push(id, row).ok_or_else(full)?;
        let key = derived.key(name.as_str());
        self.names.push(NameRow { entity, text, key, claim: None }).ok_or_else(full)
    }

    fn claim_recorded(
        &mut self,
        seq: Seq,
        claim: &ClaimRecord,
        derived: Derived,
    ) -> Result<(), Unfit> {
        if self.claim_stated_by(claim.id, seq).is_some() {
            return Err("this claim was recorded before".to_owned());
        }
        let evidence = claim.evidence.as_ref().map(|e| self.evidence_row(e, seq)).transpose()?;
        let (subject, states, is_known) = match &claim.statement {
            Statement::Relation(stated) => {
                self.states_relation(seq, derived.relation(stated), stated)?
            }
            stated => self.states_other(seq, stated, derived)?,
        };
        self.hash.add(&[
            b"claim",
            claim.id.uuid().as_bytes(),
            claim.status.as_str().as_bytes(),
            &claim.confidence.value().to_bits().to_le_bytes(),
            &seq.get().to_le_bytes(),
        ]);
        let row = NewClaim {
            seq,
            confidence: claim.confidence,
            states,
            subject,
            evidence,
            asserted_by: &claim.asserted_by,
            recorded_as: claim.status,
        };
        self.claims.push(claim.id, row).ok_or_else(full)?;
        if let (States::Relation(stated), true) = (states, is_known) {
            self.relations.changed(stated.relation);
        }
        Ok(())
    }

    /// What a claim keeps of a relation, and whether another claim stated the relation before.
    fn states_relation(
        &mut self,
        seq: Seq,
        id: RelationId,
        stated: &RelationStatement<EntityId>,
    ) -> Result<(EntityIx, States, bool), Unfit> {
        let (source, target) =
            (self.declared(stated.source, seq)?, self.declared(stated.target, seq)?);
        let Qualifiers { product, stage, texts } = &stated.qualifiers;
        let product = product.map(|id| self.declared(id, seq)).transpose()?;
        let stage = stage.map(|id| self.declared(id, seq)).transpose()?;
        let role = texts
            .get(&TextQualifier::Role)
            .map(|role| self.relations.role_word(role).ok_or_else(full));
        let predicate = stated.predicate;
        // The key is ordered by id, as the id is, not by row.
        let is_turned = stated.is_turned();
        let ends = if is_turned { (target, source) } else { (source, target) };
        let role = role.transpose()?;
        let key = RowKey { predicate, source: ends.0, target: ends.1, product, stage, role };
        let texts = self.claims.statements.place_texts(texts).ok_or_else(full)?;
        let (relation, is_known) = self.relation_of(seq, id, key)?;
        let (validity, modality) = (stated.validity, stated.modality);
        let states = StatesRelation { relation, texts, validity, modality, is_turned };
        Ok((source, States::Relation(states), is_known))
    }

    fn states_other(
        &mut self,
        seq: Seq,
        stated: &Statement<EntityId>,
        derived: Derived,
    ) -> Result<(EntityIx, States, bool), Unfit> {
        let statement = stated.try_map(|id| self.declared(id, seq))?;
        let subject = statement.subject();
        if let Statement::Alias { entity, text } = &statement {
            let claim = Some(self.claims.next_ix().ok_or_else(full)?);
            let (text, key) = (text.as_str().into(), derived.key(text));
            self.names.push(NameRow { entity: *entity, text, key, claim }).ok_or_else(full)?;
        }
        if let Statement::Identifier { entity, identifier } = &statement {
            let claim = self.claims.next_ix().ok_or_else(full)?;
            self.identifiers.note(claim, *entity, identifier).ok_or_else(full)?;
        }
        let states = self.claims.statements.place_other(statement).ok_or_else(full)?;
        Ok((subject, states, false))
    }

    fn declared(&self, id: EntityId, by: Seq) -> Result<EntityIx, Unfit> {
        self.entities.find(id, by).ok_or_else(|| format!("entity {id} was never declared"))
    }

    fn evidence_row(&self, evidence: &Evidence, by: Seq) -> Result<EvidenceRow, Unfit> {
        let document = self
            .documents
            .find(evidence.document, by)
            .ok_or_else(|| format!("document {} was never recorded", evidence.document))?;
        evidence.check(self.documents.row(document).document.text()).map_err(|e| e.to_string())?;
        Ok(EvidenceRow { document, span: evidence.span })
    }

    /// The row of a relation, and whether a claim stated it before.
    fn relation_of(
        &mut self,
        seq: Seq,
        id: RelationId,
        key: RowKey,
    ) -> Result<(RelationIx, bool), Unfit> {
        if let Some(ix) = self.relation_stated_by(id, seq) {
            return Ok((ix, true));
        }
        let first = self.claims.next_ix().ok_or_else(full)?;
        let row = RelationRow::new(key, first);
        let ix = self.relations.push(id, row).ok_or_else(full)?;
        if self.merges.len() > 0 && !self.stands_alone(&row) {
            for end in [key.source, key.target] {
                self.relations.near_merge(end);
            }
        }
        Ok((ix, false))
    }

    fn claim_changed(
        &mut self,
        seq: Seq,
        actor: &Arc<str>,
        claim: ClaimId,
        status: ClaimStatus,
        note: Option<&str>,
    ) -> Result<(), Unfit> {
        let ix = self
            .claims
            .find(claim, |row| row.seq <= seq)
            .ok_or_else(|| format!("claim {claim} was never recorded"))?;
        let note = note.map(Into::into);
        self.claims.change(ix, StatusChange { seq, status, by: Arc::clone(actor), note });
        if let Some(relation) = self.claims.row(ix).relation() {
            self.relations.changed(relation);
        }
        let (id, word) = (claim.uuid(), status.as_str());
        self.hash.add(&[b"status", id.as_bytes(), word.as_bytes(), &seq.get().to_le_bytes()]);
        Ok(())
    }

    fn entities_merged(
        &mut self,
        seq: Seq,
        id: MergeId,
        keep: EntityId,
        absorbed: &[EntityId],
        reason: String,
    ) -> Result<(), Unfit> {
        if self.merges.find(id).is_some() {
            return Err("this merge was recorded before".to_owned());
        }
        let keep = self.declared(keep, seq)?;
        let absorbed =
            absorbed.iter().map(|id| self.declared(*id, seq)).collect::<Result<Vec<_>, _>>()?;
        if absorbed.contains(&keep) {
            return Err("an entity cannot absorb itself".to_owned());
        }
        let row =
            MergeRow { id, keep, absorbed: absorbed.clone(), reason, made: seq, undone: None };
        self.merged(row).ok_or_else(full)?;
        for merged in absorbed.into_iter().chain([keep]) {
            self.mark_near_merge(merged);
        }
        self.hash.add(&[b"merge", id.uuid().as_bytes(), &seq.get().to_le_bytes()]);
        Ok(())
    }

    /// Adds a merge, and tells those whom it joins; `None` when rows are numbered out.
    pub(super) fn merged(&mut self, row: MergeRow) -> Option<()> {
        let (keep, absorbed) = (row.keep, row.absorbed.clone());
        let ix = self.merges.push(row)?;
        for absorbed in absorbed {
            if let Some(row) = self.entities.row_mut(absorbed) {
                row.absorbed_by.push(ix);
            }
        }
        if let Some(row) = self.entities.row_mut(keep) {
            row.absorbs.push(ix);
        }
        Some(())
    }

    fn merge_undone(&mut self, seq: Seq, id: MergeId, reason: String) -> Result<(), Unfit> {
        let row = self
            .merges
            .find(id)
            .and_then(|ix| self.merges.row_mut(ix))
            .ok_or_else(|| format!("merge {id} was never recorded"))?;
        if row.undone.is_some() {
            return Err("this merge was undone before".to_owned());
        }
        row.undone = Some(Undone { seq, reason });
        self.hash.add(&[b"undone", id.uuid().as_bytes(), &seq.get().to_le_bytes()]);
        Ok(())
    }

    fn marked_distinct(
        &mut self,
        seq: Seq,
        a: EntityId,
        b: EntityId,
        reason: String,
    ) -> Result<(), Unfit> {
        let (a_row, b_row) = (self.declared(a, seq)?, self.declared(b, seq)?);
        let row = DistinctRow { a: a_row, b: b_row, reason, seq };
        self.merges.mark_distinct(row).ok_or_else(full)?;
        self.hash.add(&[
            b"distinct",
            a.uuid().as_bytes(),
            b.uuid().as_bytes(),
            &seq.get().to_le_bytes(),
        ]);
        Ok(())
    }
}

fn full() -> Unfit {
    "the projection holds at most 2^32 - 1 rows of a kind".to_owned()
}
