//! Persons: a post and a name after it, or a name that a sentence begins with and a post later.

use graph::model::EntityKind;

use super::Reading;
use crate::catalogue::Catalogue;
use crate::text::Extent;

pub(super) fn read(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    let mut found = Vec::new();
    for title in &reading.lexicon.titles {
        for (at, _) in text.as_str().match_indices(title.as_str()) {
            found.extend(name_at(reading, at + title.len()));
        }
    }
    for sentence in reading.sentences.iter().filter(|s| !s.apart) {
        let Some(name) = name_at(reading, sentence.extent.start) else { continue };
        let rest = text.slice(Extent::new(name.end, sentence.extent.end));
        let posts = &reading.lexicon.titles;
        if rest.starts_with(['是', '任']) && posts.iter().any(|t| rest.contains(t.as_str())) {
            found.push(name);
        }
    }
    found.sort();
    for name in found {
        if catalogue.near(name).next().is_none() {
            catalogue.declare(text, EntityKind::Person, name, false);
        }
    }
}

/// 顾庆和介绍: 和 before a verb of speech ends the name, it joins nothing.
fn with_and(tail: &str, given: Vec<char>) -> Vec<char> {
    let rest: String = tail.chars().skip(1 + given.len()).take(3).collect();
    let spoken = ["和介绍", "和说", "和表示", "和告诉"].iter().any(|w| rest.starts_with(w));
    if given.len() == 1 && spoken { given.into_iter().chain(['和']).collect() } else { given }
}

/// A surname and one or two more characters, up to a mark or a verb.
pub(super) fn name_at(reading: &Reading<'_>, at: usize) -> Option<Extent> {
    let tail = reading.text.after(at);
    let mut chars = tail.chars();
    let surname = chars.next()?;
    if !reading.lexicon.surnames.iter().any(|s| s.chars().eq([surname])) {
        return None;
    }
    // 总经理于去年…: no name.
    let timed =
        surname == '于' && chars.clone().next().is_some_and(|c| "去今近昨明本上年日此".contains(c));
    if timed {
        return None;
    }
    let han = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
    let stop = |c: &char| !han(c) || reading.lexicon.not_given.contains(c);
    let given: Vec<char> = chars.by_ref().take(2).take_while(|c| !stop(c)).collect();
    let given = with_and(tail, given);
    let mut end = at + surname.len_utf8();
    for c in &given {
        if end > at + surname.len_utf8() && reading.boundaries.begins_at(end) {
            break;
        }
        end += c.len_utf8();
    }
    let name = Extent::new(at, end);
    let after = reading.text.after(end).chars().next();
    let free = after.is_none_or(|c| !han(&c) || reading.lexicon.not_given.contains(&c))
        || reading.boundaries.begins_at(end)
        || reading.text.after(end).starts_with("看来");
    (end > at + surname.len_utf8() && free).then_some(name)
}
