//! The port through which readers of articles come in: rules, models, anything that can turn a
//! document into drafts. The graph calls none of them; the program joins them.

use thiserror::Error;

use crate::model::{Document, Drafts};

/// Turns a document into claim drafts with evidence. Deterministic for one `version`.
pub trait Extractor: Send + Sync {
    /// Who asserts the claims, with its version: `rules/1.0`.
    fn version(&self) -> &str;

    /// Reads one document. Every draft's evidence quotes this document verbatim.
    ///
    /// # Errors
    /// [`ExtractError`] when the document cannot be read at all; a sentence that says nothing is
    /// no error.
    fn extract(&self, document: &Document) -> Result<Extraction, ExtractError>;
}

/// What an extractor read in a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Extraction {
    /// Entities and claims.
    pub drafts: Drafts,
    /// For each claim, in order, the name of the rule that said so.
    pub rules: Vec<String>,
}

/// A document that an extractor could not read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{extractor} could not read `{title}`: {reason}")]
pub struct ExtractError {
    /// Which extractor.
    pub extractor: String,
    /// Title of the document.
    pub title: String,
    /// Why.
    pub reason: String,
}
