//! The pattern language: a regular expression with slots.
//!
//! `<source:FIRM|PLATFORM>` is a name, or a list of names, of one of these kinds, bound to
//! `source`; `<:FIRM>` is one that is not bound. Names of slots: source, target, product, stage.
//! A slot swallows the tail of its list (`等企业`) unless `«…»` after it says what the tail must
//! be. `~` is anything within a clause, `…` anything within a sentence, both as short as can be.
//! Other named groups, `(?<role>…)`, are the texts of qualifiers.

use graph::model::{EntityKind, TextQualifier};
use regex::Regex;

/// First of the characters that stand for kinds.
const SLOT_BASE: u32 = 0xe000;
/// Opens and closes the tail of a list.
pub(super) const TAIL: (char, char) = ('\u{e100}', '\u{e101}');

/// Longest stretch of `~` and of `…`, in characters.
const CLAUSE_REACH: &str = r"[^，。；：！？\n]{0,18}?";
const SENTENCE_REACH: &str = r"[^。；！？\n]{0,60}?";

/// The character that stands for a name of this kind.
pub(super) fn slot(kind: EntityKind) -> char {
    char::from_u32(SLOT_BASE + kind as u32).unwrap_or('\u{e000}')
}

/// Whether a character stands for a name.
pub(super) const fn is_slot(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{e0ff}')
}

/// Compiles a pattern; the error says what is wrong with it.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let tail = rest.get(c.len_utf8()..).unwrap_or("");
        rest = match c {
            '<' if !out.ends_with("(?") => {
                let (inner, after) = tail.split_once('>').ok_or("a `<` without `>`")?;
                let (name, kind_words) = inner.split_once(':').ok_or("write `<name:KINDS>`")?;
                // A name may be quoted.
                out.push_str("[“《]?");
                let class: String = kinds(kind_words)?.into_iter().map(slot).collect();
                match name {
                    "" => out.push_str(&format!("[{class}]")),
                    "source" | "target" | "product" | "stage" => {
                        out.push_str(&format!("(?<{name}>[{class}])"));
                    }
                    _ => return Err(format!("no slot is called `{name}`")),
                }
                if !after.starts_with('«') {
                    out.push_str(&format!("[”》]?）?(?:{}[^{}]*{})?", TAIL.0, TAIL.1, TAIL.1));
                }
                after
            }
            '«' | '»' => {
                out.push(if c == '«' { TAIL.0 } else { TAIL.1 });
                tail
            }
            '~' => {
                out.push_str(CLAUSE_REACH);
                tail
            }
            '…' => {
                out.push_str(SENTENCE_REACH);
                tail
            }
            _ => {
                out.push(c);
                tail
            }
        };
    }
    let regex = Regex::new(&out).map_err(|e| e.to_string())?;
    for name in regex.capture_names().flatten() {
        let slot = matches!(name, "source" | "target" | "product" | "stage" | "date");
        if !slot && name.parse::<TextQualifier>().is_err() {
            return Err(format!("no qualifier is called `{name}`"));
        }
    }
    Ok(regex)
}

/// Reads `FIRM|PLATFORM`, `ACTOR`, `PLACE`.
pub(super) fn kinds(words: &str) -> Result<Vec<EntityKind>, String> {
    let mut kinds = Vec::new();
    for word in words.split('|') {
        match word {
            "ACTOR" => kinds.extend_from_slice(graph::model::ontology::ACTORS),
            "PLACE" => kinds.extend([EntityKind::Region, EntityKind::Park, EntityKind::Town]),
            "ANY" => kinds.extend_from_slice(EntityKind::ALL),
            _ => kinds.push(word.parse().map_err(|e: graph::model::UnknownWord| e.to_string())?),
        }
    }
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_bind_names_and_swallow_tails() {
        let pattern =
            compile("以<source:FIRM|PLATFORM>为(?<role>链主|龙头)~<target:TOWN>").unwrap();
        let (firm, town) = (slot(EntityKind::Firm), slot(EntityKind::Town));
        let text = format!("以{firm}{}等企业{}为链主，{town}", TAIL.0, TAIL.1);
        assert!(!pattern.is_match(&text), "~ does not leave the clause");
        let text = format!("以{firm}{}等企业{}为链主的{town}", TAIL.0, TAIL.1);
        assert_eq!(&pattern.captures(&text).unwrap()["role"], "链主");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (pattern, word) in [
            ("<source:FIRMA>", "FIRMA"),
            ("<seller:FIRM>", "seller"),
            ("(?<colour>红)", "colour"),
            ("<source:FIRM", ">"),
        ] {
            let error = compile(pattern).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
