//! Lines of articles, and where claims quote them.

use serde::{Deserialize, Serialize};
use serde_with::serde_as;

use super::DEFAULT_LANGUAGE;
use super::word::Word;
use crate::model::{Document, DocumentError, DocumentId, DocumentMeta, Evidence, FuzzyDate, Span};

/// An article with its text.
#[serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentLine {
    /// Its id in this file.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Who published it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// When, as exactly as known.
    #[serde_as(as = "Option<Word>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_on: Option<FuzzyDate>,
    /// Where it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Language tag; [`DEFAULT_LANGUAGE`] unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The text that evidence quotes.
    pub text: String,
}

impl DocumentLine {
    /// The line of a document, under an id of the file.
    pub fn new(id: impl Into<String>, document: &Document) -> Self {
        let meta = document.meta();
        Self {
            id: id.into(),
            title: meta.title.clone(),
            publisher: meta.publisher.clone(),
            published_on: meta.published_on,
            url: meta.url.clone(),
            language: Some(meta.language.clone()),
            text: document.text().to_string(),
        }
    }

    /// The document that it holds.
    ///
    /// # Errors
    /// [`DocumentError`] when the text or the metadata cannot be a document's.
    pub fn to_document(&self) -> Result<Document, DocumentError> {
        let meta = DocumentMeta {
            title: self.title.clone(),
            publisher: self.publisher.clone(),
            published_on: self.published_on,
            url: self.url.clone(),
            language: self.language.clone().unwrap_or_else(|| DEFAULT_LANGUAGE.to_owned()),
        };
        Document::new(meta, &self.text)
    }
}

/// Where a document says so.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceLine {
    /// The document's id in this file.
    pub document: String,
    /// Offset of the first character, in Unicode scalar values.
    pub start: u32,
    /// Offset after the last character.
    pub end: u32,
    /// The words that stand there.
    pub quote: String,
}

impl EvidenceLine {
    /// The line of a piece of evidence in the document that the file calls `document`.
    pub fn new(document: impl Into<String>, evidence: &Evidence) -> Self {
        Self {
            document: document.into(),
            start: evidence.span.start,
            end: evidence.span.end,
            quote: evidence.quote.clone(),
        }
    }

    /// The evidence, given which document is meant. Whether the quote stands there is for
    /// [`Evidence::check`] to say.
    pub fn to_evidence(&self, document: DocumentId) -> Evidence {
        let span = Span { start: self.start, end: self.end };
        Evidence { document, span, quote: self.quote.clone() }
    }
}
