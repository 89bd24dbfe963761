//! Documents and claims: drafts checked, entities recognised or declared.

use std::collections::{BTreeMap, BTreeSet};

use super::{Decision, MAX_NOTE_CHARS, OnRefusal, Policy, Refusal, check_text, identify};
use crate::event::{ClaimRecord, Event};
use crate::model::{
    ClaimDraft, ClaimId, ClaimStatus, Document, DocumentId, Drafts, EntityId, EntityKind, Evidence,
    LocalEntity, Name, NameKey, Statement, ontology,
};
use crate::state::State;

mod recognise;

pub(super) fn record(
    state: &State,
    documents: &[Document],
    drafts: &Drafts,
    on_refusal: OnRefusal,
    policy: Policy,
) -> Result<Decision, Refusal> {
    let mut recording = Recording::new(state, policy);
    recording.documents(documents);
    for (at, draft) in drafts.entities.iter().enumerate() {
        let resolved = recognise::recognise(state, &mut recording.declared, draft);
        match (resolved, on_refusal) {
            (Ok(entity), _) => recording.locals.push(Ok(entity)),
            (Err(refusal), OnRefusal::RefuseAll) => return Err(refusal),
            (Err(refusal), OnRefusal::LeaveOut) => recording.locals.push(Err(refusal)),
        }
        recording.declare_if_new(at);
    }
    let mut left_out = Vec::new();
    for (at, claim) in drafts.claims.iter().enumerate() {
        match (recording.claim(claim), on_refusal) {
            (Ok(()), _) => {}
            (Err(refusal), OnRefusal::RefuseAll) => return Err(refusal),
            (Err(refusal), OnRefusal::LeaveOut) => left_out.push((at, refusal)),
        }
    }
    recording.events.extend(identify::merges(state, &recording.events));
    let entities = recording.locals.iter().map(|local| local.as_ref().ok().map(|e| e.id)).collect();
    Ok(Decision { events: recording.events, entities, left_out })
}

/// The drafts that [`record`] would leave out of a command without documents, for the same reasons.
/// Evidence is not looked at.
pub(super) fn refusals(state: &State, drafts: &Drafts, policy: Policy) -> Vec<(usize, Refusal)> {
    let mut recording = Recording::new(state, policy);
    for draft in &drafts.entities {
        let resolved = recognise::recognise(state, &mut recording.declared, draft);
        recording.locals.push(resolved);
    }
    let claims = drafts.claims.iter().enumerate();
    claims.filter_map(|(at, claim)| Some((at, recording.check(claim).err()?))).collect()
}

/// An entity of the drafts, recognised.
struct Recognised {
    id: EntityId,
    kind: EntityKind,
    /// Set when it is new.
    declare: Option<Name>,
    /// Set when it was recognised by another name than the draft's own: that name becomes an
    /// alias, on the evidence of the first claim about it.
    new_name: Option<Name>,
}

struct Recording<'a> {
    state: &'a State,
    policy: Policy,
    texts: BTreeMap<DocumentId, &'a Document>,
    declared: recognise::Declared,
    locals: Vec<Result<Recognised, Refusal>>,
    claims: BTreeSet<ClaimId>,
    events: Vec<Event>,
}

impl<'a> Recording<'a> {
    fn new(state: &'a State, policy: Policy) -> Self {
        Self {
            state,
            policy,
            texts: BTreeMap::new(),
            declared: recognise::Declared::default(),
            locals: Vec::new(),
            claims: BTreeSet::new(),
            events: Vec::new(),
        }
    }

    fn documents(&mut self, documents: &'a [Document]) {
        for document in documents {
            let known = self.state.document_ix(document.id()).is_some();
            if self.texts.insert(document.id(), document).is_none() && !known {
                self.events.push(Event::DocumentRecorded(document.clone()));
            }
        }
    }

    fn declare_if_new(&mut self, at: usize) {
        if let Some(Ok(entity)) = self.locals.get_mut(at)
            && let Some(name) = entity.declare.take()
        {
            self.events.push(Event::EntityDeclared { id: entity.id, kind: entity.kind, name });
        }
    }

    /// What a claim states, and the status in which it would be recorded.
    fn check(&self, draft: &ClaimDraft) -> Result<(Statement<EntityId>, ClaimStatus), Refusal> {
        let statement = draft.statement.try_map(|local| self.local(local).map(|e| e.id))?;
        self.check_statement(draft)?;
        check_text("the name of who asserts a claim", &draft.asserted_by, 200)?;
        let status = match draft.status {
            Some(status @ (ClaimStatus::Proposed | ClaimStatus::Accepted)) => status,
            Some(other) => return Err(Refusal::Status(other)),
            None if draft.confidence >= self.policy.accept_at => ClaimStatus::Accepted,
            None => ClaimStatus::Proposed,
        };
        Ok((statement, status))
    }

    fn claim(&mut self, draft: &ClaimDraft) -> Result<(), Refusal> {
        let (statement, status) = self.check(draft)?;
        if let Some(evidence) = &draft.evidence {
            evidence.check(self.text(evidence.document)?)?;
        }
        let subject = draft.statement.subject();
        if let Some(name) = self.take_new_name(subject) {
            let text = name.as_str().to_owned();
            self.push(draft, Statement::Alias { entity: statement.subject(), text }, status);
        }
        if !self.is_known_name(&statement) {
            self.push(draft, statement, status);
        }
        Ok(())
    }

    fn push(&mut self, draft: &ClaimDraft, statement: Statement<EntityId>, status: ClaimStatus) {
        let evidence: Option<Evidence> = draft.evidence.clone();
        let id = ClaimId::derive(&statement, evidence.as_ref(), &draft.asserted_by);
        if self.state.claim_ix(id).is_none() && self.claims.insert(id) {
            self.events.push(Event::ClaimRecorded(ClaimRecord {
                id,
                statement,
                evidence,
                confidence: draft.confidence,
                asserted_by: draft.asserted_by.clone(),
                status,
            }));
        }
    }

    /// An alias that is the very name of the declaration says nothing new.
    fn is_known_name(&self, statement: &Statement<EntityId>) -> bool {
        let Statement::Alias { entity, text } = statement else { return false };
        let key = NameKey::of(text);
        match self.state.entity_ix(*entity) {
            Some(ix) => NameKey::of(&self.state.entities.row(ix).name) == key,
            None => self.declared.is_name_of(*entity, &key),
        }
    }

    fn check_statement(&self, draft: &ClaimDraft) -> Result<(), Refusal> {
        match &draft.statement {
            Statement::Relation(r) => {
                let (source, target) = (self.local(r.source)?, self.local(r.target)?);
                ontology::check_signature(r.predicate, source.kind, target.kind)?;
                if source.id == target.id {
                    return Err(Refusal::SelfRelation(source.id.to_string()));
                }
                for (qualifier, expected, local) in [
                    ("product", EntityKind::Product, r.qualifiers.product),
                    ("stage", EntityKind::Stage, r.qualifiers.stage),
                ] {
                    let found =
                        local.map(|l| self.local(l)).transpose()?.map_or(expected, |e| e.kind);
                    if found != expected {
                        return Err(Refusal::QualifierKind { qualifier, expected, found });
                    }
                }
                r.qualifiers
                    .texts
                    .values()
                    .try_for_each(|text| check_text("a qualifier", text, MAX_NOTE_CHARS))
            }
            Statement::Alias { text, .. } => Ok(Name::new(text).map(drop)?),
            Statement::Role(r) => match self.local(r.entity)?.kind {
                EntityKind::Firm => Ok(()),
                kind => Err(Refusal::NotAFirm { role: r.role, kind }),
            },
            Statement::Identifier { .. } => Ok(()),
            Statement::Summary { text, .. } => check_text("a summary", text, MAX_NOTE_CHARS),
            Statement::Observation(o) => {
                o.check()?;
                check_text("a metric", &o.metric, MAX_NOTE_CHARS)?;
                check_text("a unit", &o.unit, MAX_NOTE_CHARS)
            }
        }
    }

    fn local(&self, local: LocalEntity) -> Result<&Recognised, Refusal> {
        let found = self.locals.get(local.0).ok_or(Refusal::UnknownLocal(local.0))?;
        found.as_ref().map_err(Clone::clone)
    }

    fn take_new_name(&mut self, local: LocalEntity) -> Option<Name> {
        self.locals.get_mut(local.0)?.as_mut().ok()?.new_name.take()
    }

    fn text(&self, document: DocumentId) -> Result<&str, Refusal> {
        if let Some(document) = self.texts.get(&document) {
            return Ok(document.text());
        }
        let ix = self.state.document_ix(document).ok_or(Refusal::UnknownDocument(document))?;
        Ok(self.state.documents.row(ix).document.text())
    }
}
