//! How good an extraction is: precision, recall and F1 against what a person read in the article.
//!
//! An entity is right when its kind and any of its names are those of an entity of the gold; a
//! relation when its predicate and both ends are; an observation when subject, value, unit and
//! comparator are. Nothing of the gold is matched twice. Qualifiers, dates and confidence do not
//! count. The relaxed rules also accept neighbours that people disagree on: a place of another
//! kind, a cluster for a chain, a product for a technology or stage, producing for developing.
//!
//! Reading is lenient on purpose: fields that do not count are not looked at, so that any tool's
//! output can be scored; `claims_file` is what says whether a file can be imported.

mod gold;
mod scoring;

use std::collections::BTreeMap;
use std::io;

use thiserror::Error;

pub use gold::{Gold, Said};
pub use scoring::evaluate;

/// How strictly kinds and predicates are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Equal.
    #[default]
    Strict,
    /// Equal, or neighbours that people disagree on.
    Relaxed,
}

/// How much was found, and how much of what was said is right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Said and in the gold.
    pub right: usize,
    /// Said.
    pub said: usize,
    /// In the gold.
    pub gold: usize,
}

impl Score {
    /// Of what was said, how much is right: 0 to 1; 0 when nothing was said.
    pub fn precision(self) -> f64 {
        ratio(self.right, self.said)
    }

    /// Of the gold, how much was said: 0 to 1; 0 when there is no gold.
    pub fn recall(self) -> f64 {
        ratio(self.right, self.gold)
    }

    /// The harmonic mean of precision and recall: 0 to 1.
    pub fn f1(self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        let sum = precision + recall;
        if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 }
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    // Counts of one article lie far below 2^32.
    let float = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    if whole == 0 { 0.0 } else { float(part) / float(whole) }
}

/// The score of one part, with what went wrong in words a person can look up in the article.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The score.
    pub score: Score,
    /// Said, but not in the gold.
    pub spurious: Vec<String>,
    /// In the gold, but not said.
    pub missed: Vec<String>,
}

/// All scores of one extraction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// Entities.
    pub entities: Part,
    /// Relations; one that is said several times counts once.
    pub relations: Part,
    /// Observations.
    pub observations: Part,
    /// Entities by kind, as said or as in the gold.
    pub kinds: BTreeMap<String, Score>,
    /// Relations by predicate.
    pub predicates: BTreeMap<String, Score>,
}

/// Why there is nothing to score.
#[derive(Debug, Error)]
pub enum EvalError {
    /// The gold file cannot be read.
    #[error("the gold file is not as expected: {0}")]
    Gold(serde_json::Error),
    /// A line of the claims cannot be scored.
    #[error("line {line} of the claims: {reason}")]
    Claims {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The claims cannot be read.
    #[error("cannot read the claims: {0}")]
    Io(#[from] io::Error),
}
