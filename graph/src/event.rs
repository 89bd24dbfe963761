//! The eight things that can happen. Domain events, never graph mutations: what they mean for the
//! graph is [`crate::state`]'s affair.

mod codec;
mod upcast;
mod wire;

pub use codec::{Unreadable, VERSION, decode, encode};

use crate::model::{
    ClaimId, ClaimStatus, Confidence, Document, EntityId, EntityKind, Evidence, MergeId, Name,
    Statement, Verdict,
};

/// An entry of the log.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// An article was stored.
    DocumentRecorded(Document),
    /// An entity came to exist, with its kind and first name.
    EntityDeclared {
        /// Its id for ever.
        id: EntityId,
        /// What it is.
        kind: EntityKind,
        /// The name it was first given.
        name: Name,
    },
    /// A claim was recorded.
    ClaimRecorded(ClaimRecord),
    /// A claim was reviewed; by whom is the commit's actor.
    ClaimReviewed {
        /// Which claim.
        claim: ClaimId,
        /// The decision.
        verdict: Verdict,
        /// Why.
        note: Option<String>,
    },
    /// A claim was withdrawn.
    ClaimRetracted {
        /// Which claim.
        claim: ClaimId,
        /// Why.
        reason: String,
    },
    /// Several entities were found to be one.
    EntitiesMerged {
        /// What undoes it.
        merge: MergeId,
        /// The one that stays.
        keep: EntityId,
        /// The others.
        absorbed: Vec<EntityId>,
        /// Why.
        reason: String,
    },
    /// A merge was reversed. Claims made meanwhile stay with the side they were made of.
    MergeUndone {
        /// Which merge.
        merge: MergeId,
        /// Why.
        reason: String,
    },
    /// Two entities are known to differ.
    MarkedDistinct {
        /// One.
        a: EntityId,
        /// The other.
        b: EntityId,
        /// Why.
        reason: String,
    },
}

/// A claim as it enters the log.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimRecord {
    /// Derived from what follows.
    pub id: ClaimId,
    /// What it states.
    pub statement: Statement<EntityId>,
    /// The words that say so.
    pub evidence: Option<Evidence>,
    /// How sure its author is.
    pub confidence: Confidence,
    /// Who asserts it.
    pub asserted_by: String,
    /// [`ClaimStatus::Proposed`] or [`ClaimStatus::Accepted`].
    pub status: ClaimStatus,
}

impl Event {
    /// The entities that it touches: the keys under which the log finds it again.
    pub fn entities(&self) -> Vec<EntityId> {
        match self {
            Self::EntityDeclared { id, .. } => vec![*id],
            Self::ClaimRecorded(claim) => claim.statement.entities(),
            Self::EntitiesMerged { keep, absorbed, .. } => {
                std::iter::once(*keep).chain(absorbed.iter().copied()).collect()
            }
            Self::MarkedDistinct { a, b, .. } => vec![*a, *b],
            Self::DocumentRecorded(_)
            | Self::ClaimReviewed { .. }
            | Self::ClaimRetracted { .. }
            | Self::MergeUndone { .. } => Vec::new(),
        }
    }

    /// Its type, as the log and the API name it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::DocumentRecorded(_) => "DocumentRecorded",
            Self::EntityDeclared { .. } => "EntityDeclared",
            Self::ClaimRecorded(_) => "ClaimRecorded",
            Self::ClaimReviewed { .. } => "ClaimReviewed",
            Self::ClaimRetracted { .. } => "ClaimRetracted",
            Self::EntitiesMerged { .. } => "EntitiesMerged",
            Self::MergeUndone { .. } => "MergeUndone",
            Self::MarkedDistinct { .. } => "MarkedDistinct",
        }
    }
}
