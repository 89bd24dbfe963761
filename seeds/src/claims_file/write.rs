//! What an extractor read, as a claims file.

use std::io::{self, Write};

use graph::extract::Extraction;
use graph::interchange::{About, DocumentLine, EntityLine, EvidenceLine, Line};
use graph::model::{
    ClaimDraft, ClaimStatus, Confidence, Document, DocumentId, EntityDraft, EntityId, EntityKind,
    LocalEntity,
};
use thiserror::Error;

/// Why an extraction cannot be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The output failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// An entity that is recorded, whose kind and name the caller does not know.
    #[error("the entity {0} is not in the graph that was asked for its name")]
    Nameless(EntityId),
    /// A claim of an entity that the drafts do not hold.
    #[error("a claim names entity {} of {count}", .entity.0 + 1)]
    NoEntity {
        /// Which one.
        entity: LocalEntity,
        /// How many there are.
        count: usize,
    },
    /// A claim that quotes another document than the one that was read.
    #[error("a claim quotes document {0}, which is not the one that was read")]
    OtherDocument(DocumentId),
}

/// Writes extractions one after the other into one claims file, with ids d1, d2, … and e1, e2, …
/// that never meet. The output should be buffered.
pub struct ClaimsWriter<W> {
    out: W,
    accept_at: Confidence,
    documents: usize,
    entities: usize,
}

impl<W: Write> ClaimsWriter<W> {
    /// Starts a file. Claims that say no status are written as accepted from the confidence
    /// `accept_at` on, and as proposed below it.
    pub fn new(out: W, accept_at: Confidence) -> Self {
        Self { out, accept_at, documents: 0, entities: 0 }
    }

    /// Writes a document, its entities and its claims.
    ///
    /// `known` gives kind and name of an entity that is recorded already.
    ///
    /// # Errors
    /// [`WriteError`]; what was written before stays written.
    pub fn write(
        &mut self,
        document: &Document,
        extraction: &Extraction,
        known: impl Fn(EntityId) -> Option<(EntityKind, String)>,
    ) -> Result<(), WriteError> {
        self.documents += 1;
        let document_id = format!("d{}", self.documents);
        Line::Document(DocumentLine::new(&document_id, document)).write(&mut self.out)?;
        let first = self.entities;
        for entity in &extraction.drafts.entities {
            self.entities += 1;
            let line = entity_line(format!("e{}", self.entities), entity, &known)?;
            Line::Entity(line).write(&mut self.out)?;
        }
        for claim in &extraction.drafts.claims {
            let evidence = match &claim.evidence {
                None => None,
                Some(evidence) if evidence.document == document.id() => {
                    Some(EvidenceLine::new(&document_id, evidence))
                }
                Some(evidence) => return Err(WriteError::OtherDocument(evidence.document)),
            };
            let count = self.entities - first;
            let statement = claim.statement.try_map(|entity| {
                if entity.0 < count {
                    Ok(format!("e{}", first + entity.0 + 1))
                } else {
                    Err(WriteError::NoEntity { entity, count })
                }
            })?;
            let about = About { evidence, ..self.about(claim) };
            Line::claim(&statement, about).write(&mut self.out)?;
        }
        Ok(())
    }

    /// Ends the file and gives the output back, flushed.
    ///
    /// # Errors
    /// What flushing fails with.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn about(&self, claim: &ClaimDraft) -> About {
        let by_threshold = if claim.confidence >= self.accept_at {
            ClaimStatus::Accepted
        } else {
            ClaimStatus::Proposed
        };
        About {
            id: None,
            confidence: Some(claim.confidence),
            status: Some(claim.status.unwrap_or(by_threshold)),
            asserted_by: Some(claim.asserted_by.clone()),
            evidence: None,
        }
    }
}

fn entity_line(
    id: String,
    entity: &EntityDraft,
    known: impl Fn(EntityId) -> Option<(EntityKind, String)>,
) -> Result<EntityLine, WriteError> {
    match entity {
        EntityDraft::Known(entity) => {
            let (kind, name) = known(*entity).ok_or(WriteError::Nameless(*entity))?;
            Ok(EntityLine::new(id, kind, name))
        }
        EntityDraft::Named { kind, name, also_known_as } => {
            let aliases = also_known_as.clone();
            Ok(EntityLine { aliases, ..EntityLine::new(id, *kind, name) })
        }
    }
}

/// Writes one extraction as a claims file of its own, the way `lianzhu extract` prints it. Reading
/// it back gives the same drafts, with every status settled, if every other name of an entity has
/// its alias claim.
///
/// # Errors
/// [`WriteError`], also for entities that are known by id only: see [`ClaimsWriter::write`].
pub fn write_extraction(
    out: impl Write,
    document: &Document,
    extraction: &Extraction,
    accept_at: Confidence,
) -> Result<(), WriteError> {
    let mut writer = ClaimsWriter::new(out, accept_at);
    writer.write(document, extraction, |_| None)?;
    writer.finish()?;
    Ok(())
}
