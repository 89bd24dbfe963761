//! Entries of the log as readers meet them.

use bytes::Bytes;
use store::{Commit, Hash32, Seq};

use crate::event::{self, Event};
use crate::model::EntityId;
use crate::view::View;

/// One event of the log, with what its commit says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its position.
    pub seq: Seq,
    /// Its type.
    pub kind: Box<str>,
    /// Version of its payload.
    pub version: u16,
    /// Its payload: JSON.
    pub payload: Bytes,
    /// When it was recorded, in Unix milliseconds.
    pub recorded_at_ms: i64,
    /// Who submitted it.
    pub actor: String,
    /// Hash of its commit.
    pub hash: Hash32,
}

/// The entries of a commit, in order.
pub fn entries(commit: &Commit) -> impl Iterator<Item = Entry> + '_ {
    (commit.first.get()..).zip(&commit.records).map(|(seq, record)| Entry {
        seq: Seq::new(seq),
        kind: record.kind.clone(),
        version: record.version,
        payload: record.payload.clone(),
        recorded_at_ms: commit.recorded_at_ms,
        actor: commit.actor.clone(),
        hash: commit.hash,
    })
}

impl Entry {
    /// What happened, in one readable line, with the names that a view knows.
    pub fn summary(&self, view: &View) -> String {
        let record = store::Record {
            kind: self.kind.clone(),
            version: self.version,
            payload: self.payload.clone(),
            keys: Vec::new(),
        };
        match event::decode(&record) {
            Ok(event) => describe(&event, view),
            Err(unreadable) => unreadable.to_string(),
        }
    }
}

fn describe(event: &Event, view: &View) -> String {
    let name = |id| view.entity(id).map_or_else(|| id.to_string(), |ix| view.name(ix).to_string());
    let claim = |id| view.claim_by_id(id).map_or_else(|| id.to_string(), |ix| view.sentence(ix));
    match event {
        Event::DocumentRecorded(d) => format!("文献 document: {}", d.meta().title),
        Event::EntityDeclared { kind, name, .. } => format!("{kind} {name}"),
        Event::ClaimRecorded(c) => format!("{} {}", c.status, claim(c.id)),
        Event::ClaimReviewed { claim: id, verdict, .. } => format!("{verdict} {}", claim(*id)),
        Event::ClaimRetracted { claim: id, reason } => format!("RETRACT {} ({reason})", claim(*id)),
        Event::EntitiesMerged { keep, absorbed, .. } => merged(view, *keep, absorbed),
        Event::MergeUndone { merge, reason } => {
            let what = view.parties(*merge).map(|(keep, absorbed)| merged(view, keep, &absorbed));
            format!("UNDO {} ({reason})", what.unwrap_or_else(|| merge.to_string()))
        }
        Event::MarkedDistinct { a, b, .. } => format!("{} ≠ {}", name(*a), name(*b)),
    }
}

/// Who became whom, each by the name of its own declaration: as one they would have one name.
fn merged(view: &View, keep: EntityId, absorbed: &[EntityId]) -> String {
    let name =
        |id: &EntityId| view.declared_name(*id).map_or_else(|| id.to_string(), str::to_owned);
    let absorbed: Vec<String> = absorbed.iter().map(name).collect();
    format!("{} ← {}", name(&keep), absorbed.join(", "))
}
