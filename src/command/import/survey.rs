//! The first reading: every line checked, the entities gathered.

use std::collections::{BTreeMap, BTreeSet};

use graph::model::{ClaimStatus, EntityDraft, EntityKind, Verdict};
use seeds::claims_file::{Action, Checked, ClaimsError, Item, read_claims};

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
    pub(super) endings: Endings,
}

/// How the file leaves what it decides on: an import that is repeated does not go through the
/// steps again.
#[derive(Default)]
pub(super) struct Endings {
    /// The status of each claim that is reviewed or retracted, by its place among the claims.
    pub(super) claims: BTreeMap<usize, ClaimStatus>,
    /// Merges that are undone, by their place among the actions.
    pub(super) undone: BTreeSet<usize>,
}

impl Endings {
    fn note(&mut self, action: &Action) {
        match action {
            Action::Review { claim, verdict, .. } => {
                let status = match verdict {
                    Verdict::Accept => ClaimStatus::Accepted,
                    Verdict::Reject => ClaimStatus::Rejected,
                };
                self.claims.insert(*claim, status);
            }
            Action::Retraction { claim, .. } => {
                self.claims.insert(*claim, ClaimStatus::Retracted);
            }
            Action::UndoMerge { merge, .. } => {
                self.undone.insert(*merge);
            }
            Action::Merge { .. } | Action::Distinct { .. } => {}
        }
    }
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
        endings: Endings::default(),
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
                Item::Action(action) => {
                    surveyed.actions += 1;
                    surveyed.endings.note(&action);
                }
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
