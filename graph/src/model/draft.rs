//! Drafts: what a reader of articles, a file or a person proposes, before it is decided upon.

use super::claim::{ClaimStatus, Confidence, Statement};
use super::entity::{EntityId, EntityKind};
use super::evidence::Evidence;

/// An entity's place in [`Drafts::entities`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalEntity(pub usize);

/// An entity that drafts speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntityDraft {
    /// One that is recorded already.
    Known(EntityId),
    /// By kind and name: the recorded one that bears the name (or, failing that, one of the other
    /// names), else a new one.
    Named {
        /// Its kind.
        kind: EntityKind,
        /// Its fullest name in the source.
        name: String,
        /// Other names in the source, used to recognise it. Each still needs its alias claim.
        also_known_as: Vec<String>,
    },
}

/// A claim that is proposed for recording.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimDraft {
    /// What it states.
    pub statement: Statement<LocalEntity>,
    /// The words that say so.
    pub evidence: Option<Evidence>,
    /// How sure its author is.
    pub confidence: Confidence,
    /// A person, or an extractor with its version: `rules/1.0`.
    pub asserted_by: String,
    /// `None`: by the acceptance threshold. Imports and people say the status themselves.
    pub status: Option<ClaimStatus>,
}

/// Entities and claims about them, from one source.
#[derive(Debug, Clone, PartialEq)]
pub struct Drafts {
    /// The entities that the claims name.
    pub entities: Vec<EntityDraft>,
    /// The claims.
    pub claims: Vec<ClaimDraft>,
}

impl Drafts {
    /// Nothing proposed.
    pub const fn none() -> Self {
        Self { entities: Vec::new(), claims: Vec::new() }
    }
}
