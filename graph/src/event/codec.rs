//! Event ⇄ record of the log.

use serde::{Serialize, de::DeserializeOwned};
use store::Record;
use thiserror::Error;

use super::wire;
use super::{ClaimRecord, Event, upcast};
use crate::model::{
    Confidence, Document, DocumentMeta, Evidence, Identifier, Name, Observation, Qualifiers,
    RelationStatement, RoleHeld, Span, Statement, Validity,
};

/// The version in which every payload is written.
pub const VERSION: u16 = 1;

/// A record that this program cannot read as an event: of a newer version, or damaged by a writer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind} version {version} cannot be read: {reason}")]
pub struct Unreadable {
    /// The record's kind.
    pub kind: String,
    /// The record's version.
    pub version: u16,
    /// What is wrong.
    pub reason: String,
}

/// Writes an event as a record.
///
/// # Errors
/// Only if JSON cannot express it, as with a figure that is not finite; checked events never are.
pub fn encode(event: &Event) -> Result<Record, Unreadable> {
    let payload = match event {
        Event::DocumentRecorded(d) => json(&document_wire(d)),
        Event::EntityDeclared { id, kind, name } => {
            json(&wire::EntityDeclared { id: *id, kind: *kind, name: name.as_str().to_owned() })
        }
        Event::ClaimRecorded(claim) => json(&claim_wire(claim)),
        Event::ClaimReviewed { claim, verdict, note } => {
            json(&wire::ClaimReviewed { claim: *claim, verdict: *verdict, note: note.clone() })
        }
        Event::ClaimRetracted { claim, reason } => {
            json(&wire::ClaimRetracted { claim: *claim, reason: reason.clone() })
        }
        Event::EntitiesMerged { merge, keep, absorbed, reason } => json(&wire::EntitiesMerged {
            merge: *merge,
            keep: *keep,
            absorbed: absorbed.clone(),
            reason: reason.clone(),
        }),
        Event::MergeUndone { merge, reason } => {
            json(&wire::MergeUndone { merge: *merge, reason: reason.clone() })
        }
        Event::MarkedDistinct { a, b, reason } => {
            json(&wire::MarkedDistinct { a: *a, b: *b, reason: reason.clone() })
        }
    };
    let payload = payload.map_err(|reason| unreadable(event.kind(), VERSION, reason))?;
    let keys = event.entities().iter().map(|id| *id.uuid().as_bytes()).collect();
    Ok(Record { kind: event.kind().into(), version: VERSION, payload: payload.into(), keys })
}

/// Reads a record as an event, lifting older versions.
///
/// # Errors
/// [`Unreadable`] for an unknown kind, a newer version, or a payload that breaks the model's rules.
pub fn decode(record: &Record) -> Result<Event, Unreadable> {
    let fail = |reason: String| unreadable(&record.kind, record.version, reason);
    if record.version == VERSION {
        return event_from(&record.kind, &record.payload).map_err(fail);
    }
    if record.version > VERSION {
        return Err(fail(format!("this program reads up to version {VERSION}; use a newer one")));
    }
    let old = serde_json::from_slice(&record.payload).map_err(|e| fail(e.to_string()))?;
    let lifted =
        upcast::lift(upcast::STEPS, &record.kind, record.version, VERSION, old).map_err(fail)?;
    event_from(&record.kind, lifted.to_string().as_bytes()).map_err(fail)
}

fn unreadable(kind: &str, version: u16, reason: String) -> Unreadable {
    Unreadable { kind: kind.to_owned(), version, reason }
}

fn json(payload: &impl Serialize) -> Result<Vec<u8>, String> {
    serde_json::to_vec(payload).map_err(|e| e.to_string())
}

fn parse<T: DeserializeOwned>(payload: &[u8]) -> Result<T, String> {
    serde_json::from_slice(payload).map_err(|e| e.to_string())
}

fn event_from(kind: &str, payload: &[u8]) -> Result<Event, String> {
    Ok(match kind {
        "DocumentRecorded" => Event::DocumentRecorded(document_model(parse(payload)?)?),
        "EntityDeclared" => {
            let e: wire::EntityDeclared = parse(payload)?;
            let name = Name::new(&e.name).map_err(|e| e.to_string())?;
            Event::EntityDeclared { id: e.id, kind: e.kind, name }
        }
        "ClaimRecorded" => Event::ClaimRecorded(claim_model(parse(payload)?)?),
        "ClaimReviewed" => {
            let e: wire::ClaimReviewed = parse(payload)?;
            Event::ClaimReviewed { claim: e.claim, verdict: e.verdict, note: e.note }
        }
        "ClaimRetracted" => {
            let e: wire::ClaimRetracted = parse(payload)?;
            Event::ClaimRetracted { claim: e.claim, reason: e.reason }
        }
        "EntitiesMerged" => {
            let e: wire::EntitiesMerged = parse(payload)?;
            let wire::EntitiesMerged { merge, keep, absorbed, reason } = e;
            Event::EntitiesMerged { merge, keep, absorbed, reason }
        }
        "MergeUndone" => {
            let e: wire::MergeUndone = parse(payload)?;
            Event::MergeUndone { merge: e.merge, reason: e.reason }
        }
        "MarkedDistinct" => {
            let e: wire::MarkedDistinct = parse(payload)?;
            Event::MarkedDistinct { a: e.a, b: e.b, reason: e.reason }
        }
        _ => return Err("this kind of event is unknown; use a newer program".to_owned()),
    })
}

fn document_wire(document: &Document) -> wire::DocumentRecorded {
    let meta = document.meta();
    wire::DocumentRecorded {
        id: document.id(),
        title: meta.title.clone(),
        publisher: meta.publisher.clone(),
        published_on: meta.published_on,
        url: meta.url.clone(),
        language: meta.language.clone(),
        sha256: document.sha256(),
        text: document.text().to_string(),
    }
}

fn document_model(d: wire::DocumentRecorded) -> Result<Document, String> {
    let meta = DocumentMeta {
        title: d.title,
        publisher: d.publisher,
        published_on: d.published_on,
        url: d.url,
        language: d.language,
    };
    let document = Document::new(meta, &d.text).map_err(|e| e.to_string())?;
    if document.id() == d.id && document.sha256() == d.sha256 {
        Ok(document)
    } else {
        Err("its id or hash does not fit its text".to_owned())
    }
}

fn claim_wire(claim: &ClaimRecord) -> wire::ClaimRecorded {
    wire::ClaimRecorded {
        id: claim.id,
        states: states_wire(claim),
        evidence: claim.evidence.as_ref().map(|e| wire::Evidence {
            document: e.document,
            start: e.span.start,
            end: e.span.end,
            quote: e.quote.clone(),
        }),
        confidence: claim.confidence.value(),
        asserted_by: claim.asserted_by.clone(),
        status: claim.status,
    }
}

fn states_wire(claim: &ClaimRecord) -> wire::States {
    match &claim.statement {
        Statement::Relation(r) => wire::States::Relation(wire::Relation {
            predicate: r.predicate,
            source: r.source,
            target: r.target,
            product: r.qualifiers.product,
            stage: r.qualifiers.stage,
            qualifiers: r.qualifiers.texts.clone(),
            valid_from: r.validity.from(),
            valid_to: r.validity.to(),
            modality: r.modality,
        }),
        Statement::Alias { entity, text } => {
            wire::States::Alias(wire::Text { entity: *entity, text: text.clone() })
        }
        Statement::Role(r) => wire::States::Role(wire::RoleHeld {
            entity: r.entity,
            role: r.role,
            basis: r.basis,
            valid_from: r.validity.from(),
            valid_to: r.validity.to(),
        }),
        Statement::Identifier { entity, identifier } => {
            wire::States::Identifier(wire::Identifier {
                entity: *entity,
                scheme: identifier.scheme(),
                value: identifier.value().to_owned(),
            })
        }
        Statement::Summary { entity, text } => {
            wire::States::Summary(wire::Text { entity: *entity, text: text.clone() })
        }
        Statement::Observation(o) => wire::States::Observation(wire::Observation {
            subject: o.subject,
            metric: o.metric.clone(),
            value: o.value,
            value_max: o.value_max,
            unit: o.unit.clone(),
            comparator: o.comparator,
            period: o.period.clone(),
            modality: o.modality,
        }),
    }
}

fn claim_model(claim: wire::ClaimRecorded) -> Result<ClaimRecord, String> {
    Ok(ClaimRecord {
        id: claim.id,
        statement: states_model(claim.states)?,
        evidence: claim.evidence.map(|e| Evidence {
            document: e.document,
            span: Span { start: e.start, end: e.end },
            quote: e.quote,
        }),
        confidence: Confidence::new(claim.confidence).map_err(|e| e.to_string())?,
        asserted_by: claim.asserted_by,
        status: claim.status,
    })
}

fn states_model(states: wire::States) -> Result<Statement<crate::model::EntityId>, String> {
    Ok(match states {
        wire::States::Relation(r) => Statement::Relation(RelationStatement {
            predicate: r.predicate,
            source: r.source,
            target: r.target,
            qualifiers: Qualifiers { product: r.product, stage: r.stage, texts: r.qualifiers },
            validity: Validity::new(r.valid_from, r.valid_to).map_err(|e| e.to_string())?,
            modality: r.modality,
        }),
        wire::States::Alias(t) => Statement::Alias { entity: t.entity, text: t.text },
        wire::States::Role(r) => Statement::Role(RoleHeld {
            entity: r.entity,
            role: r.role,
            basis: r.basis,
            validity: Validity::new(r.valid_from, r.valid_to).map_err(|e| e.to_string())?,
        }),
        wire::States::Identifier(i) => Statement::Identifier {
            entity: i.entity,
            identifier: Identifier::new(i.scheme, &i.value).map_err(|e| e.to_string())?,
        },
        wire::States::Summary(t) => Statement::Summary { entity: t.entity, text: t.text },
        wire::States::Observation(o) => Statement::Observation(Observation {
            subject: o.subject,
            metric: o.metric,
            value: o.value,
            value_max: o.value_max,
            unit: o.unit,
            comparator: o.comparator,
            period: o.period,
            modality: o.modality,
        }),
    })
}
