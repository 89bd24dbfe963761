//! The claims file: NDJSON, one object a line, in which claims travel in and out.
//!
//! Here are the lines and how they turn into the model's statements and back. What a line refers
//! to, and whether that exists, is known only to who reads a whole file (`seeds::claims_file`).
//!
//! Ids are local to a file, and a line comes after what it refers to. Words of closed
//! vocabularies are read in any case; kinds, roles and predicates are written in capitals, the
//! others in small letters. `null` is the same as leaving a field out. Unknown fields are refused.
//!
//! ```
//! use graph::interchange::Line;
//!
//! let line = Line::parse(r#"{"type":"entity","id":"e1","kind":"FIRM","name":"甲公司"}"#)?;
//! assert!(matches!(line, Line::Entity(entity) if entity.name == "甲公司"));
//! # Ok::<(), graph::interchange::LineError>(())
//! ```

mod action;
mod claim;
mod document;
mod entity;
mod qualifiers;
mod statement;
mod word;

use std::io;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::model::ontology::SignatureError;
use crate::model::{DateError, EntityKind, IdentifierError, NameError, ObservationError};

pub use action::{DistinctLine, MergeLine, RetractionLine, ReviewLine, UndoMergeLine};
pub use claim::{
    About, AliasLine, EntityRef, IdentifierLine, ObservationLine, RelationLine, RoleLine,
    SummaryLine,
};
pub use document::{DocumentLine, EvidenceLine};
pub use entity::EntityLine;
pub use qualifiers::QualifiersLine;
pub use statement::check_kinds;

/// Who asserts a claim whose line does not say.
pub const DEFAULT_ASSERTER: &str = "import";

/// The language of a document whose line does not say.
pub const DEFAULT_LANGUAGE: &str = "zh";

/// One line of a claims file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Line {
    /// An article.
    Document(DocumentLine),
    /// An entity, with short forms of claims about it.
    Entity(EntityLine),
    /// A claim of a relation.
    Relation(RelationLine),
    /// A claim of another name.
    Alias(AliasLine),
    /// A claim of a role.
    Role(RoleLine),
    /// A claim of an identifier.
    Identifier(IdentifierLine),
    /// A claim of a description.
    Summary(SummaryLine),
    /// A claim of a figure.
    Observation(ObservationLine),
    /// A reviewer's decision on a claim.
    Review(ReviewLine),
    /// A claim withdrawn.
    Retraction(RetractionLine),
    /// Several entities that are one.
    Merge(MergeLine),
    /// A merge reversed.
    UndoMerge(UndoMergeLine),
    /// Two entities that are known to differ.
    Distinct(DistinctLine),
}

/// The values of `type`, in the order of [`Line`].
pub const LINE_TYPES: [&str; 13] = [
    "document",
    "entity",
    "relation",
    "alias",
    "role",
    "identifier",
    "summary",
    "observation",
    "review",
    "retraction",
    "merge",
    "undo_merge",
    "distinct",
];

/// What is wrong with one line, whatever else the file holds.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LineError {
    /// Not JSON at all.
    #[error("not JSON at column {column}: {reason}")]
    NotJson {
        /// Where, in bytes from 1.
        column: usize,
        /// What the parser met.
        reason: String,
    },
    /// JSON, but no object.
    #[error("a line is one JSON object; this one starts with `{0}`")]
    NotAnObject(char),
    /// No `type`.
    #[error("the line says no `type`; known are: {}", LINE_TYPES.join(", "))]
    NoType,
    /// A `type` that does not exist.
    #[error("unknown type `{0}`; known are: {known}", known = LINE_TYPES.join(", "))]
    UnknownType(String),
    /// A field that is unknown, missing, given twice or of the wrong form.
    #[error("{kind} line: {reason}")]
    Field {
        /// The line's type.
        kind: String,
        /// Which field, and what is wrong with it.
        reason: String,
    },
    /// A date range that runs backwards.
    #[error(transparent)]
    Date(#[from] DateError),
    /// A text that is no name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// An identifier that its scheme does not allow.
    #[error(transparent)]
    Identifier(#[from] IdentifierError),
    /// A figure that says nothing.
    #[error(transparent)]
    Observation(#[from] ObservationError),
    /// A predicate between kinds that it does not join.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A qualifier or role that needs another kind of entity.
    #[error("{what} needs a {needed}, but this entity is a {found}")]
    Kind {
        /// What needs it.
        what: &'static str,
        /// The kind it needs.
        needed: EntityKind,
        /// The kind that it was given.
        found: EntityKind,
    },
    /// A description without words.
    #[error("a summary needs a text")]
    EmptySummary,
    /// A status that a line cannot have.
    #[error(
        "a claim line is proposed or accepted; `{0}` is said by a later review or retraction line"
    )]
    Status(&'static str),
}

impl Line {
    /// Reads one line, without its line end.
    ///
    /// # Errors
    /// [`LineError`] that says in one sentence what is wrong. References are not followed here.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        match text.trim_start().chars().next() {
            // serde would also take an array of the fields in order, which is no line.
            Some(other) if other != '{' && serde_json::from_str::<Ignored>(text).is_ok() => {
                Err(LineError::NotAnObject(other))
            }
            _ => serde_json::from_str(text).map_err(|error| explain(text, &error)),
        }
    }

    /// The id that it declares, if any.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Document(line) => Some(&line.id),
            Self::Entity(line) => Some(&line.id),
            Self::Relation(line) => line.id.as_deref(),
            Self::Alias(line) => line.id.as_deref(),
            Self::Role(line) => line.id.as_deref(),
            Self::Identifier(line) => line.id.as_deref(),
            Self::Summary(line) => line.id.as_deref(),
            Self::Observation(line) => line.id.as_deref(),
            Self::Merge(line) => line.id.as_deref(),
            Self::Review(_) | Self::Retraction(_) | Self::UndoMerge(_) | Self::Distinct(_) => None,
        }
    }

    /// Writes the line and its line end.
    ///
    /// # Errors
    /// What `out` fails with.
    pub fn write(&self, mut out: impl io::Write) -> io::Result<()> {
        serde_json::to_writer(&mut out, self)?;
        out.write_all(b"\n")
    }
}

type Ignored = serde::de::IgnoredAny;

/// Turns the parser's words into ours. Only bad lines pay for the second reading.
fn explain(text: &str, error: &serde_json::Error) -> LineError {
    #[derive(Deserialize)]
    struct Tag {
        #[serde(rename = "type")]
        kind: Option<serde_json::Value>,
    }
    // The parser ends its sentence with a position within this one line.
    let message = error.to_string();
    let reason = message.split(" at line ").next().unwrap_or(&message).to_owned();
    if !error.is_data() {
        return LineError::NotJson { column: error.column(), reason };
    }
    match serde_json::from_str::<Tag>(text) {
        Ok(Tag { kind: None }) => LineError::NoType,
        Ok(Tag { kind: Some(serde_json::Value::String(kind)) }) => {
            if LINE_TYPES.contains(&kind.as_str()) {
                LineError::Field { kind, reason }
            } else {
                LineError::UnknownType(kind)
            }
        }
        Ok(Tag { kind: Some(other) }) => LineError::UnknownType(other.to_string()),
        // The rest is data of a wrong form too, such as `type` given twice.
        Err(_) => LineError::Field { kind: "bad".to_owned(), reason },
    }
}

#[cfg(test)]
mod tests;
