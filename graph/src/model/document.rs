//! Documents: the articles that claims quote.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::date::FuzzyDate;
use super::vocabulary::id_type;

/// Longest text accepted, in bytes of UTF-8 (about 87,000 Chinese characters): a document and
/// every claim of it must fit one commit.
pub const MAX_TEXT_BYTES: usize = 256 * 1024;

/// Longest title, publisher, address or language tag, in bytes.
const MAX_META_BYTES: usize = 4 * 1024;

id_type! {
    /// Identifies a document by its text: UUIDv5 over the SHA-256 of the normalised text.
    DocumentId
}

/// What is known of a document beside its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentMeta {
    /// Its title; never empty.
    pub title: String,
    /// Who published it.
    pub publisher: Option<String>,
    /// When it was published, as exactly as known.
    pub published_on: Option<FuzzyDate>,
    /// Where it can be read.
    pub url: Option<String>,
    /// Language tag (BCP 47), such as `zh`.
    pub language: String,
}

/// An article: metadata and text. The text is the decoded input with line ends normalised to
/// `\n` and nothing else changed; offsets of evidence count its characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    id: DocumentId,
    meta: DocumentMeta,
    text: Arc<str>,
    sha256: [u8; 32],
}

/// Why a text cannot be a document.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DocumentError {
    /// Nothing to read.
    #[error("the document `{0}` has no text")]
    Empty(String),
    /// More than [`MAX_TEXT_BYTES`].
    #[error(
        "the document `{title}` has {bytes} bytes of text, at most {MAX_TEXT_BYTES} are accepted; split it into articles"
    )]
    TooLong {
        /// Its title.
        title: String,
        /// Its size in bytes.
        bytes: usize,
    },
    /// A NUL or another control character: not a text.
    #[error(
        "the document `{title}` is not a text: character {at} is the control character U+{code:04X}"
    )]
    NotText {
        /// Its title.
        title: String,
        /// Offset of the character.
        at: usize,
        /// Its code point.
        code: u32,
    },
    /// No title, or a metadata field that is too long.
    #[error("the document's {0} is missing or longer than {MAX_META_BYTES} bytes")]
    Meta(&'static str),
}

impl Document {
    /// Normalises line ends, checks the text and derives the id.
    ///
    /// # Errors
    /// [`DocumentError`] for an empty, oversized or binary text, or unusable metadata.
    pub fn new(meta: DocumentMeta, text: &str) -> Result<Self, DocumentError> {
        let fits = |field: Option<&String>| field.is_none_or(|f| f.len() <= MAX_META_BYTES);
        let title = &meta.title;
        if title.trim().is_empty() || title.len() > MAX_META_BYTES {
            return Err(DocumentError::Meta("title"));
        }
        for (name, good) in [
            ("publisher", fits(meta.publisher.as_ref())),
            ("url", fits(meta.url.as_ref())),
            ("language", !meta.language.is_empty() && meta.language.len() <= MAX_META_BYTES),
        ] {
            if !good {
                return Err(DocumentError::Meta(name));
            }
        }
        let text = normalise_line_ends(text);
        if text.trim().is_empty() {
            return Err(DocumentError::Empty(title.clone()));
        }
        if text.len() > MAX_TEXT_BYTES {
            return Err(DocumentError::TooLong { title: title.clone(), bytes: text.len() });
        }
        let control = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\u{c}' | '\u{85}');
        if let Some((at, c)) = text.chars().enumerate().find(|(_, c)| control(*c)) {
            return Err(DocumentError::NotText { title: title.clone(), at, code: u32::from(c) });
        }
        let sha256: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let id = DocumentId::from_uuid(super::derive_id(&["document", &hex(&sha256)]));
        Ok(Self { id, meta, text: text.into(), sha256 })
    }

    /// A document that was checked before, with the SHA-256 that was found then.
    pub(crate) fn known(
        id: DocumentId,
        meta: DocumentMeta,
        text: Arc<str>,
        sha256: [u8; 32],
    ) -> Self {
        Self { id, meta, text, sha256 }
    }

    /// SHA-256 of the text.
    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// Its id, the same wherever the same text is read.
    pub fn id(&self) -> DocumentId {
        self.id
    }

    /// What is known of it beside its text.
    pub fn meta(&self) -> &DocumentMeta {
        &self.meta
    }

    /// The text that evidence quotes.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// SHA-256 of the text, in lower-case hexadecimal: the duplicate key.
    pub fn sha256(&self) -> String {
        hex(&self.sha256)
    }
}

/// A text that came out of this is not changed by it again: it is read back from the log so.
fn normalise_line_ends(text: &str) -> String {
    text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta() -> DocumentMeta {
        DocumentMeta {
            title: "题".into(),
            publisher: None,
            published_on: None,
            url: None,
            language: "zh".into(),
        }
    }

    #[test]
    fn the_same_text_is_the_same_document_whatever_its_line_ends() {
        let unix = Document::new(meta(), "甲\n乙").unwrap();
        let windows = Document::new(meta(), "\u{feff}甲\r\n乙").unwrap();
        assert_eq!((unix.id(), unix.sha256()), (windows.id(), windows.sha256()));
        assert_eq!(&**windows.text(), "甲\n乙");
    }

    #[test]
    fn a_text_that_was_normalised_stays_as_it_is() {
        for text in ["\u{feff}\u{feff}甲", "甲\r\r\n乙\n\r", "\u{feff}\r\u{feff}甲"] {
            let document = Document::new(meta(), text).unwrap();
            assert_eq!(Document::new(meta(), document.text()), Ok(document), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_reason() {
        assert!(matches!(Document::new(meta(), " \n "), Err(DocumentError::Empty(_))));
        assert!(matches!(
            Document::new(meta(), "甲\0"),
            Err(DocumentError::NotText { at: 1, code: 0, .. })
        ));
        let long = "长".repeat(MAX_TEXT_BYTES / 3 + 1);
        assert!(matches!(Document::new(meta(), &long), Err(DocumentError::TooLong { .. })));
        let untitled = DocumentMeta { title: " ".into(), ..meta() };
        assert!(matches!(Document::new(untitled, "甲"), Err(DocumentError::Meta("title"))));
    }
}
