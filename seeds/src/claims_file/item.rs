//! What a claims file says, once its references are followed.

use std::io;

use graph::model::{ClaimDraft, Document, EntityDraft, LocalEntity, Verdict};
use thiserror::Error;

use super::BadLine;

/// What a line says, with the number of the line.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The line's number, from 1.
    pub line: usize,
    /// What it says.
    pub item: Item,
}

/// One thing that a file says. Claims and actions refer to entities by their place among the
/// [`Item::Entity`]s, and actions to claims by their place among the [`Item::Claim`]s.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// An article.
    Document(Document),
    /// An entity, from its own line or as a product or stage that a relation names.
    Entity(EntityDraft),
    /// A claim.
    Claim(ClaimDraft),
    /// A decision on what stands before it.
    Action(Action),
}

/// A decision that a full export carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A reviewer's decision.
    Review {
        /// Place of the claim among the claims.
        claim: usize,
        /// What was decided.
        verdict: Verdict,
        /// By whom.
        by: Option<String>,
        /// Why.
        note: Option<String>,
    },
    /// A claim withdrawn.
    Retraction {
        /// Place of the claim among the claims.
        claim: usize,
        /// Why.
        reason: String,
        /// By whom.
        by: Option<String>,
    },
    /// Several entities that are one.
    Merge {
        /// The entity that stays.
        keep: LocalEntity,
        /// The entities that become it.
        absorb: Vec<LocalEntity>,
        /// Why.
        reason: String,
        /// By whom.
        by: Option<String>,
    },
    /// A merge reversed.
    UndoMerge {
        /// Place of the merge among the actions.
        merge: usize,
        /// Why.
        reason: String,
        /// By whom.
        by: Option<String>,
    },
    /// Two entities that are known to differ.
    Distinct {
        /// One of them.
        a: LocalEntity,
        /// The other.
        b: LocalEntity,
        /// Why.
        reason: String,
        /// By whom.
        by: Option<String>,
    },
}

/// Why reading did not give a thing.
#[derive(Debug, Error)]
pub enum ClaimsError {
    /// A line cannot be used; the next one is read as if it were not there.
    #[error(transparent)]
    Bad(#[from] BadLine),
    /// The input failed; nothing follows.
    #[error("cannot read on after line {line}")]
    Io {
        /// The last line that was read.
        line: usize,
        /// What failed.
        source: io::Error,
    },
}
