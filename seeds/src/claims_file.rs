//! Claims files in and out: NDJSON, checked line by line, with every refusal in one sentence.
//!
//! [`read_claims`] streams what the lines say, [`read_claims_beside`] with a second thread; [`load`] gathers it; [`check`] only counts.
//! [`ClaimsWriter`] writes what an extractor read. The lines themselves are
//! [`graph::interchange`].
//!
//! Reading keeps the ids of the file and the texts of its documents in memory, since a later line
//! may refer to any of them; nothing else is held back but the short forms on entity lines, which
//! give way to a line that states the same.

mod beside;
mod item;
mod lines;
mod load;
mod parse;
mod read;
mod scope;
mod shorthand;
mod write;

use graph::interchange::LineError;
use graph::model::{DocumentError, QuoteError};
use thiserror::Error;

pub use item::{Action, Checked, ClaimsError, Item};
pub use load::{CheckError, ClaimsFile, Summary, check, load, load_with};
pub use read::{Claims, read_claims, read_claims_beside};
pub use write::{ClaimsWriter, WriteError, write_extraction};

/// Longest line that is read, in bytes. A document of the greatest size accepted, with every
/// character escaped, stays below it.
pub const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;

/// A line that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("line {line}: {reason}")]
pub struct BadLine {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Reason {
    /// More than [`MAX_LINE_BYTES`].
    #[error("the line has {bytes} bytes, at most {MAX_LINE_BYTES} are read")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// Not UTF-8.
    #[error("not UTF-8: byte {column} of the line starts no character")]
    NotUtf8 {
        /// Where, in bytes from 1.
        column: usize,
    },
    /// Wrong in itself.
    #[error(transparent)]
    Line(#[from] LineError),
    /// No document.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// Other words stand in the document.
    #[error(transparent)]
    Quote(#[from] QuoteError),
    /// An id without characters.
    #[error("the {0} has an empty id")]
    EmptyId(Declaration),
    /// An id that no earlier line declares.
    #[error("no earlier line declares the {what} `{id}`")]
    Undeclared {
        /// What it should be.
        what: Declaration,
        /// The id.
        id: String,
    },
    /// An id whose line is itself bad.
    #[error("the {what} `{id}` is declared in line {line}, which is bad itself")]
    DeclaredBadly {
        /// What it should be.
        what: Declaration,
        /// The id.
        id: String,
        /// Where it is declared.
        line: usize,
    },
    /// An id that stands for something else already.
    #[error("line {line} declares the {what} `{id}` already, with other content")]
    DeclaredTwice {
        /// What it is.
        what: Declaration,
        /// The id.
        id: String,
        /// Where it was declared first.
        line: usize,
    },
    /// A merge of nothing, or of an entity with itself.
    #[error("a merge absorbs at least one entity, and none twice or into itself")]
    EmptyMerge,
    /// Two ids of one entity that are said to differ.
    #[error("`{0}` cannot be distinct from itself")]
    DistinctFromItself(String),
}

/// What an id of the file stands for. Each has its own ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Declaration {
    /// A document.
    Document,
    /// An entity.
    Entity,
    /// A claim.
    Claim,
    /// A merge.
    Merge,
}

impl std::fmt::Display for Declaration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Document => "document",
            Self::Entity => "entity",
            Self::Claim => "claim",
            Self::Merge => "merge",
        })
    }
}
