//! Names, and the form in which they are compared.

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

/// Longest name accepted, in characters: the longest title of a published list seen had 52.
pub const MAX_NAME_CHARS: usize = 200;

/// A name as written, known to be usable: trimmed, not empty, one line, at most
/// [`MAX_NAME_CHARS`] characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// Why a text cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing is left of it once white space and quotation marks are gone.
    #[error("a name must hold at least one letter, digit or character; got `{0}`")]
    Empty(String),
    /// It is longer than [`MAX_NAME_CHARS`].
    #[error("a name has at most {MAX_NAME_CHARS} characters; `{start}…` has {chars}")]
    TooLong {
        /// Its first characters.
        start: String,
        /// How long it is, in characters.
        chars: usize,
    },
    /// It holds a line break or another control character.
    #[error("a name is one line without control characters; got {0:?}")]
    Control(String),
}

impl Name {
    /// Checks a text and trims it.
    ///
    /// # Errors
    /// [`NameError`] when it is empty, too long or holds control characters.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if NameKey::of(text).as_str().is_empty() {
            return Err(NameError::Empty(text.to_owned()));
        }
        let chars = text.chars().count();
        if chars > MAX_NAME_CHARS {
            return Err(NameError::TooLong { start: text.chars().take(20).collect(), chars });
        }
        if text.chars().any(char::is_control) {
            return Err(NameError::Control(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which it is compared.
    pub fn key(&self) -> NameKey {
        NameKey::of(&self.0)
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name reduced to what identifies it: NFKC, lower case, without white space and quotation
/// marks. Two names with one key are the same name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameKey(Box<str>);

impl NameKey {
    /// Reduces any text; the result may be empty.
    pub fn of(text: &str) -> Self {
        // Most names are nothing but such characters, which none of the steps changes.
        let is_plain = |c| matches!(c, '\u{4e00}'..='\u{9fff}' | 'a'..='z' | '0'..='9');
        if text.chars().all(is_plain) {
            return Self(text.into());
        }
        let key: String = text
            .nfkc()
            .filter(|c| !c.is_whitespace() && !QUOTATION_MARKS.contains(c))
            .flat_map(char::to_lowercase)
            .collect();
        Self(key.into_boxed_str())
    }

    /// A text that was reduced before.
    pub(crate) fn known(reduced: &str) -> Self {
        Self(reduced.into())
    }

    /// The reduced text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const QUOTATION_MARKS: &[char] =
    &['“', '”', '‘', '’', '「', '」', '『', '』', '"', '\'', '《', '》', '〈', '〉'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_ignores_width_case_space_and_quotes() {
        assert_eq!(NameKey::of(" “黑豹 ２．０” "), NameKey::of("黑豹2.0"));
        assert_eq!(NameKey::of("Aoralscan Elite"), NameKey::of("aoralscanelite"));
        assert_ne!(NameKey::of("甲小镇"), NameKey::of("乙小镇"));
    }

    #[test]
    fn plain_characters_are_their_own_key() {
        for c in ('\u{4e00}'..='\u{9fff}').chain('a'..='z').chain('0'..='9') {
            let (alone, after_a_space) = (c.to_string(), format!(" {c}"));
            assert_eq!(NameKey::of(&alone), NameKey::of(&after_a_space), "{c}");
        }
    }

    #[test]
    fn names_that_say_nothing_are_refused() {
        assert!(matches!(Name::new("  “” "), Err(NameError::Empty(_))));
        assert!(matches!(Name::new("甲\n乙"), Err(NameError::Control(_))));
        assert!(matches!(Name::new(&"长".repeat(201)), Err(NameError::TooLong { chars: 201, .. })));
        assert_eq!(Name::new(" 泵阀小镇 ").unwrap().as_str(), "泵阀小镇");
    }
}
