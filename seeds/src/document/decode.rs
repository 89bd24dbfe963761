//! Bytes into text: UTF-8 first, GB18030 where that fails, and nothing that is no text.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030};

use super::Problem;

/// A text, and the encoding it had if that was not UTF-8.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) encoding: Option<&'static str>,
}

/// How files begin that are often taken for articles.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip or Office file"),
    (b"\xd0\xcf\x11\xe0", "an old Office file"),
    (b"{\\rtf", "an RTF file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
];

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, Problem> {
    if bytes.is_empty() {
        return Err(Problem::Empty);
    }
    if let Some((_, what)) = SIGNATURES.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(Problem::NotText(what));
    }
    if is_html(bytes) {
        return Err(Problem::NotText("a web page"));
    }
    // A mark at the start settles it: UTF-8, or UTF-16 as some editors save "Unicode".
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let rest = &bytes[mark..];
        return match encoding.decode_without_bom_handling_and_without_replacement(rest) {
            Some(text) => {
                let named = (encoding != encoding_rs::UTF_8).then(|| encoding.name());
                Ok(Decoded { text, encoding: named })
            }
            None => Err(damaged_or_unknown(bytes)),
        };
    }
    if bytes.contains(&0) {
        return Err(Problem::NotText("binary data"));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Decoded { text: text.into(), encoding: None });
    }
    if let damaged @ Problem::Damaged { .. } = damaged_or_unknown(bytes) {
        return Err(damaged);
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(Decoded { text, encoding: Some("GB18030") }),
        None => Err(Problem::Undecodable),
    }
}

/// Tells UTF-8 with a few broken bytes from another encoding: many of its pairs would also pass
/// for GB18030, and give nonsense.
fn damaged_or_unknown(bytes: &[u8]) -> Problem {
    let (mut good, mut broken, mut first, mut at) = (0, 0, None, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            broken += 1;
            first = first.or(Some(at));
        }
        at += chunk.invalid().len();
    }
    match first {
        Some(at) if good > 4 * broken => Problem::Damaged { at },
        _ => Problem::Undecodable,
    }
}

fn is_html(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    ["<!doctype html", "<html"].iter().any(|tag| {
        start.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> (String, Option<&'static str>) {
        let decoded = decode(bytes).unwrap();
        (decoded.text.into_owned(), decoded.encoding)
    }

    #[test]
    fn what_is_not_utf_8_is_read_and_named() {
        let article = "晨屿以青禾泵业为链主。\n";
        assert_eq!(text(article.as_bytes()), (article.into(), None));
        assert_eq!(text(format!("\u{feff}{article}").as_bytes()), (article.into(), None));
        let (gb, _, _) = GB18030.encode(article);
        assert_eq!(text(&gb), (article.into(), Some("GB18030")));
        let utf16: Vec<u8> = "\u{feff}甲乙".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&utf16), ("甲乙".into(), Some("UTF-16LE")));
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        let refusal = |bytes: &[u8]| decode(bytes).err().unwrap().to_string();
        assert!(refusal(b"%PDF-1.7").contains("a PDF"));
        assert!(refusal(b"PK\x03\x04rest").contains("Office"));
        assert!(refusal("\u{feff} <!DOCTYPE html>".as_bytes()).contains("web page"));
        assert!(refusal(b"a\0b").contains("binary"));
        assert!(refusal(b"").contains("empty"));
        assert!(refusal(b"\xff\xff\xff").contains("neither UTF-8 nor GB18030"));
    }

    #[test]
    fn damaged_utf_8_is_not_taken_for_another_encoding() {
        let mut bytes = "你好".repeat(20).into_bytes();
        bytes.remove(1);
        bytes.pop();
        assert!(GB18030.decode_without_bom_handling_and_without_replacement(&bytes).is_some());
        assert!(matches!(decode(&bytes), Err(Problem::Damaged { at: 0 })));
    }
}
