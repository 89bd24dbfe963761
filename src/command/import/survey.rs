//! The first reading: every line checked, the entities gathered.

use graph::model::{EntityDraft, EntityKind};
use seeds::claims_file::{Checked, ClaimsError, Item, read_claims};

use super::bad::BadLines;
use super::source::Source;
use crate::report::Failure;

/// What a claims file holds.
pub(super) struct Surveyed {
    /// Its entities, in order.
    pub(super) entities: Vec<EntityDraft>,
    /// The line of each.
    pub(super) entity_lines: Vec<usize>,
    pub(super) lines: usize,
    pub(super) documents: usize,
    pub(super) claims: usize,
    pub(super) actions: usize,
}

impl Surveyed {
    pub(super) fn is_empty(&self) -> bool {
        self.entities.is_empty() && self.documents == 0 && self.claims == 0 && self.actions == 0
    }
}

pub(super) fn survey(source: &Source, bad: &mut BadLines) -> Result<Surveyed, Failure> {
    let mut surveyed = Surveyed {
        entities: Vec::new(),
        entity_lines: Vec::new(),
        lines: 0,
        documents: 0,
        claims: 0,
        actions: 0,
    };
    let mut claims = read_claims(source.read("checking")?);
    for checked in &mut claims {
        match checked {
            Ok(Checked { line, item }) => match item {
                Item::Document(_) => surveyed.documents += 1,
                Item::Entity(entity) => {
                    surveyed.entities.push(entity);
                    surveyed.entity_lines.push(line);
                }
                Item::Claim(_) => surveyed.claims += 1,
                Item::Action(_) => surveyed.actions += 1,
            },
            Err(ClaimsError::Bad(line)) => bad.add(line.line, line.reason),
            Err(error) => return Err(Failure::of(&error)),
        }
    }
    surveyed.lines = claims.lines_read();
    Ok(surveyed)
}

/// Its kind, where the file says it.
pub(super) fn kind_of(entity: &EntityDraft) -> Option<EntityKind> {
    match entity {
        EntityDraft::Named { kind, .. } => Some(*kind),
        EntityDraft::Known(_) => None,
    }
}
