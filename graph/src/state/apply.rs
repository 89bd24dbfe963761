//! One commit folded into the state.

mod claims;
mod merges;

use std::borrow::Borrow;
use std::sync::Arc;

use bytes::Bytes;
use store::{Commit, Head, Record, Seq};
use thiserror::Error;

use super::documents::DocumentRow;
use super::entities::{EntityIx, EntityRow};
use super::names::NameRow;
use super::parked::Parked;
use super::readied::{Derived, Readied, events_of};
use super::{CommitMark, KeyUse, State};
use crate::event::{self, Event, Unreadable};
use crate::model::{ClaimStatus, Document, EntityId, EntityKind, Name, Verdict};

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

    /// Gives the last commit its hash, once the log tells it. Until then nobody may be shown it.
    pub(crate) fn confirm(&mut self, head: Head) {
        debug_assert_eq!(self.head.seq, head.seq, "another commit is confirmed");
        self.head = head;
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
        if !self.has_room() {
            return Err(full());
        }
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

    fn declared(&self, id: EntityId, by: Seq) -> Result<EntityIx, Unfit> {
        self.entities.find(id, by).ok_or_else(|| format!("entity {id} was never declared"))
    }

    /// Whether every table takes a row more, so that no event is taken in by halves: none adds more
    /// than one row to any of them.
    fn has_room(&self) -> bool {
        self.documents.has_room()
            && self.entities.has_room()
            && self.names.has_room()
            && self.claims.has_room()
            && self.relations.has_room()
            && self.merges.has_room()
    }
}

fn full() -> Unfit {
    "the projection holds at most 2^32 - 1 rows of a kind".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::ClaimRecord;
    use crate::model::{
        ClaimId, Confidence, Identifier, IdentifierScheme, MergeId, Modality, NameKey, Predicate,
        Qualifiers, RelationStatement, Statement, TextQualifier, Validity,
    };
    use crate::state::numbers::tests::ROWS_MAX;

    fn claim(statement: Statement<EntityId>) -> Event {
        Event::ClaimRecorded(ClaimRecord {
            id: ClaimId::derive(&statement, None, "人"),
            statement,
            evidence: None,
            confidence: Confidence::CERTAIN,
            asserted_by: "人".into(),
            status: ClaimStatus::Accepted,
        })
    }

    fn events() -> Vec<Event> {
        let firms = ["甲", "乙", "丙"].map(|name| {
            (EntityId::derive(EntityKind::Firm, &NameKey::of(name)), Name::new(name).unwrap())
        });
        let [a, b, c] = [firms[0].0, firms[1].0, firms[2].0];
        let declared =
            firms.map(|(id, name)| Event::EntityDeclared { id, kind: EntityKind::Firm, name });
        let mut qualifiers = Qualifiers::none();
        qualifiers.texts.insert(TextQualifier::Role, "董事".to_owned());
        let (validity, modality) = (Validity::UNSTATED, Modality::Actual);
        let relation = |predicate| {
            let (source, target, qualifiers) = (a, c, qualifiers.clone());
            RelationStatement { predicate, source, target, qualifiers, validity, modality }
        };
        let identifier = Identifier::new(IdentifierScheme::Wikidata, "Q1").unwrap();
        let [first, second, third] = declared;
        vec![
            first,
            claim(Statement::Alias { entity: a, text: "甲一".into() }),
            claim(Statement::Alias { entity: a, text: "甲二".into() }),
            second,
            claim(Statement::Identifier { entity: a, identifier }),
            third,
            claim(Statement::Relation(relation(Predicate::Supplies))),
            claim(Statement::Relation(relation(Predicate::PartnersWith))),
            claim(Statement::Alias { entity: a, text: "甲三".into() }),
            Event::EntitiesMerged {
                merge: MergeId::derive(a, &[b], 9),
                keep: a,
                absorbed: vec![b],
                reason: "同一".into(),
            },
            Event::MarkedDistinct { a, b: c, reason: "两家".into() },
        ]
    }

    fn rows(state: &State) -> [usize; 8] {
        [
            state.entities.len(),
            state.names.len(),
            state.claims.len(),
            state.relations.len(),
            state.relations.roles().count(),
            state.claims.statements.others().count(),
            state.claims.statements.all_texts().count(),
            state.merges.len() + state.merges.distinct().count(),
        ]
    }

    /// Whatever table is full first: an event is taken in whole, or changes nothing.
    #[test]
    fn nothing_is_taken_in_by_halves_when_numbers_are_out() {
        let (actor, mut refused): (Arc<str>, _) = ("人".into(), 0);
        for max in 0..12 {
            ROWS_MAX.set(max);
            let mut state = State::empty();
            for (seq, event) in (1..).map(Seq::new).zip(events()) {
                let before = (rows(&state), state.hash());
                if state.take(seq, &actor, &event, Derived::of(&event)).is_err() {
                    assert_eq!((rows(&state), state.hash()), before, "{max}: {event:?}");
                    refused += 1;
                }
                let named = |ix| state.names.iter().any(|name| name.entity == ix);
                assert!(state.entities.iter().all(|(ix, _)| named(ix)), "{max}: {event:?}");
            }
            assert!(max < 11 || rows(&state) == [3, 6, 6, 2, 1, 4, 1, 2], "{:?}", rows(&state));
        }
        ROWS_MAX.set(u32::MAX);
        assert!(refused > 20);
    }
}
