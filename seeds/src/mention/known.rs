//! Words of the lexicon: industries, links, technologies, agencies, universities.

use graph::model::EntityKind;

use super::Reading;
use crate::catalogue::Catalogue;
use crate::text::Extent;

pub(super) fn read(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    for (start, end, word) in reading.lexicon.words.find(text.as_str()) {
        let extent = Extent::new(start, end);
        if word.kind == EntityKind::Region || catalogue.covers(extent) {
            continue;
        }
        let department = text.slice(extent).ends_with('部') && text.after(end).starts_with('门');
        if super::cuts_latin(text, extent) || department {
            continue;
        }
        // 具身智能 in 具身智能企业协会: a longer name was read there, which covers it.
        if word.kind == EntityKind::Agency || word.kind == EntityKind::University {
            catalogue.declare(text, word.kind, extent, false);
            continue;
        }
        if let Some(index) = catalogue.declare_as(word.kind, &word.name, extent, word.weak) {
            catalogue.note(index, &text.verbatim(extent), extent);
        }
    }
}

impl Reading<'_> {
    /// Whether the whole of some words is one word of the lexicon.
    pub(crate) fn is_word(&self, words: &str) -> bool {
        self.lexicon.words.at_start(words).is_some_and(|(end, _)| end == words.len())
    }
}
