//! Lines that decide on earlier lines; they stand in full exports.

use serde::{Deserialize, Serialize};
use serde_with::serde_as;

use super::word::Small;
use crate::model::Verdict;

/// A reviewer's decision on a claim.
#[serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewLine {
    /// The claim's id in this file.
    pub claim: String,
    /// What was decided.
    #[serde_as(as = "Small")]
    pub verdict: Verdict,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A claim withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetractionLine {
    /// The claim's id in this file.
    pub claim: String,
    /// Why.
    pub reason: String,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Several entities that are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeLine {
    /// Its id in this file, for a later `undo_merge` line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The entity that stays.
    pub keep: String,
    /// The entities that become it.
    pub absorb: Vec<String>,
    /// Why.
    pub reason: String,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// A merge reversed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndoMergeLine {
    /// The merge's id in this file.
    pub merge: String,
    /// Why.
    pub reason: String,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// Two entities that are known to differ.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistinctLine {
    /// One of them.
    pub a: String,
    /// The other.
    pub b: String,
    /// Why.
    pub reason: String,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}
