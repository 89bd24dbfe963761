//! Claims that are looked at, or recorded, together.

use std::collections::HashMap;
use std::convert::Infallible;

use foldhash::fast::RandomState;
use graph::model::{ClaimDraft, Document, Drafts, EntityDraft, LocalEntity};

use super::entities::Entities;

/// The most claims that share a commit: each commit waits for the disk.
const CLAIMS_MAX: usize = 4_000;

/// A batch is full from this size on, in bytes as estimated: three quarters of a whole commit.
const BYTES_MAX: usize = 3 << 20;

/// What a claim takes in the log beside its quote, in bytes: an estimate on the large side.
const CLAIM_BYTES: usize = 600;

/// Claims with the entities that they speak of, and the line of each.
#[derive(Default)]
pub(super) struct Batch {
    documents: Vec<Document>,
    entities: Vec<EntityDraft>,
    places: HashMap<LocalEntity, LocalEntity, RandomState>,
    claims: Vec<ClaimDraft>,
    lines: Vec<usize>,
    bytes: usize,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.documents.is_empty() && self.claims.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.claims.len() >= CLAIMS_MAX || self.bytes >= BYTES_MAX
    }

    pub(super) fn add_document(&mut self, document: Document) {
        self.bytes += document.text().len() + CLAIM_BYTES;
        self.documents.push(document);
    }

    /// Adds a claim whose entities are numbered as in the file. Those that can be told are spoken of
    /// by id.
    pub(super) fn add_claim(&mut self, line: usize, claim: ClaimDraft, known: &Entities) {
        self.bytes += CLAIM_BYTES + claim.evidence.as_ref().map_or(0, |e| e.quote.len());
        let Ok(statement) = claim.statement.try_map(|local| {
            Ok::<_, Infallible>(*self.places.entry(local).or_insert_with(|| {
                let planned = known.get(local);
                let draft = match planned.and_then(|planned| planned.id) {
                    Some(id) => Some(EntityDraft::Known(id)),
                    None => planned.map(|planned| planned.draft.clone()),
                };
                // A claim that speaks of nobody keeps its number, which the graph refuses.
                let Some(draft) = draft else { return LocalEntity(usize::MAX) };
                self.entities.push(draft);
                LocalEntity(self.entities.len() - 1)
            }))
        });
        self.claims.push(ClaimDraft { statement, ..claim });
        self.lines.push(line);
    }

    /// Takes everything out: documents, drafts, and the line of each claim.
    pub(super) fn take(&mut self) -> (Vec<Document>, Drafts, Vec<usize>) {
        let Batch { documents, entities, claims, lines, .. } = std::mem::take(self);
        (documents, Drafts { entities, claims }, lines)
    }
}
