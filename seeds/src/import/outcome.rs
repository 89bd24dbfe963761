//! What came of an import.

use std::fmt;

use graph::decide::Refusal;
use store::Seq;

/// What came of an import. What was known before is not counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    /// Events of every kind.
    pub events: usize,
    /// Documents recorded.
    pub documents: usize,
    /// Entities declared.
    pub declared: usize,
    /// Claims recorded as accepted.
    pub accepted: usize,
    /// Claims recorded as proposed.
    pub proposed: usize,
    /// Merges that followed by rule from strong identifiers.
    pub merges: usize,
    /// Events of reviews, retractions, merges and the like.
    pub decisions: usize,
    /// What the graph refused while the rest was recorded: decisions of which only the record could
    /// tell, and whatever became impossible after the rehearsal.
    pub refused: Vec<Refused>,
    /// Where the log stands.
    pub head: Seq,
}

/// Something of a file that the graph refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Its line, from 1; `None` for reviews, of which many share a commit.
    pub line: Option<usize>,
    /// Why.
    pub refusal: Refusal,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.refusal),
            None => write!(f, "a review: {}", self.refusal),
        }
    }
}
