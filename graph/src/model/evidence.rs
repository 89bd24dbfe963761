//! Evidence: where a document says so, word for word.

use thiserror::Error;

use super::document::DocumentId;

/// A run of characters of a document's text, in Unicode scalar values, end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first character.
    pub start: u32,
    /// Offset after the last character.
    pub end: u32,
}

/// The words of a document that hold up a claim: `quote` is `text[span]`, verbatim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// The document quoted.
    pub document: DocumentId,
    /// Where the quote stands in its text.
    pub span: Span,
    /// The words themselves.
    pub quote: String,
}

/// A quote that does not stand where it is said to stand.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuoteError {
    /// The span is empty, backwards or beyond the text.
    #[error("characters {start}..{end} do not lie in the text, which has {length}")]
    OutOfText {
        /// Given start.
        start: u32,
        /// Given end.
        end: u32,
        /// Length of the text in characters.
        length: usize,
    },
    /// Other words stand there.
    #[error("the quote `{quote}` does not stand at {start}..{end}; there it reads `{found}`")]
    OtherWords {
        /// Given start.
        start: u32,
        /// Given end.
        end: u32,
        /// The words as quoted.
        quote: String,
        /// The words of the text.
        found: String,
    },
}

impl Evidence {
    /// Checks that the quote stands in `text` at its span.
    ///
    /// # Errors
    /// [`QuoteError`] that says what stands there instead. Cost: one pass over the text before the
    /// span's end.
    pub fn check(&self, text: &str) -> Result<(), QuoteError> {
        let Span { start, end } = self.span;
        let found = self.span.slice(text).ok_or_else(|| QuoteError::OutOfText {
            start,
            end,
            length: text.chars().count(),
        })?;
        if found == self.quote {
            Ok(())
        } else {
            let found = found.to_owned();
            Err(QuoteError::OtherWords { start, end, quote: self.quote.clone(), found })
        }
    }
}

impl Span {
    /// The characters of `text` that it covers; `None` if it is empty or reaches beyond.
    pub fn slice(self, text: &str) -> Option<&str> {
        let length = self.end.checked_sub(self.start).filter(|n| *n > 0)?;
        let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        let from = ends.nth(self.start as usize)?;
        let to = ends.nth(length as usize - 1)?;
        text.get(from..to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_count_characters_not_bytes_nor_utf16_units() {
        let text = "𠮷野🙂以科百特为链主";
        assert_eq!(Span { start: 3, end: 10 }.slice(text), Some("以科百特为链主"));
        assert_eq!(Span { start: 10, end: 10 }.slice(text), None);
        assert_eq!(Span { start: 9, end: 11 }.slice(text), None);
        assert_eq!(Span { start: 5, end: 4 }.slice(text), None);
    }
}
