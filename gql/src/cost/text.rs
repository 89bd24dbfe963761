//! The text of a document before it is parsed: the parser recurses, and builds a tree many times the
//! size of its text.

use crate::error::{Code, Problem};

/// Deepest nesting of braces, brackets and parentheses.
const NESTING_MAX: usize = 64;
/// Most words and marks outside strings.
const TOKENS_MAX: usize = 20_000;

pub(super) fn check(text: &str) -> Result<(), Problem> {
    let (mut depth, mut tokens, mut in_word) = (0usize, 0usize, false);
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let word = byte.is_ascii_alphanumeric() || *byte == b'_';
        if !word || !in_word {
            tokens += usize::from(!byte.is_ascii_whitespace() && *byte != b',');
        }
        in_word = word;
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'#' => rest = after(rest, |r| r.starts_with(b"\n") || r.starts_with(b"\r")),
            b'"' if rest.starts_with(b"\"\"") => {
                rest = after_block(rest.get(2..).unwrap_or_default());
            }
            b'"' => rest = after_string(rest),
            _ => {}
        }
        if depth > NESTING_MAX {
            return Err(Problem::new(
                Code::TooDeep,
                format!("the document nests more than {NESTING_MAX} brackets"),
            ));
        }
        if tokens > TOKENS_MAX {
            return Err(Problem::new(
                Code::TooComplex,
                format!("the document has more than {TOKENS_MAX} words and marks; pass values as variables"),
            ));
        }
    }
    Ok(())
}

fn after(mut rest: &[u8], end: impl Fn(&[u8]) -> bool) -> &[u8] {
    while !rest.is_empty() && !end(rest) {
        rest = &rest[1..];
    }
    rest
}

fn after_string(mut rest: &[u8]) -> &[u8] {
    while let [byte, tail @ ..] = rest {
        rest = match byte {
            b'\\' => tail.get(1..).unwrap_or_default(),
            // An open string ends at its line: the parser will say so.
            b'"' | b'\n' => return tail,
            _ => tail,
        };
    }
    rest
}

fn after_block(mut rest: &[u8]) -> &[u8] {
    while !rest.is_empty() {
        if rest.starts_with(b"\"\"\"") {
            return &rest[3..];
        }
        let skip = if rest.starts_with(b"\\\"\"\"") { 4 } else { 1 };
        rest = &rest[skip..];
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_counted_outside_strings_and_comments_only() {
        let nested = |n: usize| "{a".repeat(n) + &"}".repeat(n);
        assert!(check(&nested(64)).is_ok());
        assert_eq!(check(&nested(65)).unwrap_err().code, Code::TooDeep);
        assert_eq!(check(&"[".repeat(100_000)).unwrap_err().code, Code::TooDeep);
        let hidden = "{".repeat(100);
        assert!(check(&format!("{{ a(b: \"{hidden}\\\"{hidden}\") }}")).is_ok());
        assert!(check(&format!("{{ a(b: \"\"\"{hidden}\n\\\"\"\"{hidden}\"\"\") }}")).is_ok());
        assert!(check(&format!("# {hidden}\n{{ a }}")).is_ok());
        assert_eq!(check(&format!("\"\" {hidden}")).unwrap_err().code, Code::TooDeep);
    }

    #[test]
    fn long_documents_are_refused_and_long_strings_are_not() {
        assert_eq!(check(&"a ".repeat(20_001)).unwrap_err().code, Code::TooComplex);
        assert!(check(&"a ".repeat(20_000)).is_ok());
        assert!(check(&format!("{{ a(b: \"{}\") }}", "词 ".repeat(100_000))).is_ok());
    }
}
