//! Products with a Latin name before their class word: `SKYLARK Pro 4D扫描系统`.

use std::sync::LazyLock;

use graph::model::EntityKind;
use regex::Regex;

use super::Reading;
use crate::boundary::MARKS;
use crate::catalogue::Catalogue;
use crate::text::Extent;

/// Longest class word after the Latin name, in characters.
const CLASS_MAX: usize = 12;

static LATIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("[A-Z][A-Za-z0-9.]+(?:[ -][A-Z0-9][A-Za-z0-9.]*)*")
        .expect("a fixed pattern compiles")
});
/// The part of a Latin name that is only a dimension or a generation.
static GENERATION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("[ -]?(?:[0-9][DG]|V[0-9.]+)$").expect("a fixed pattern compiles"));

pub(super) fn read(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    for hit in LATIN.find_iter(text.as_str()) {
        let latin = Extent::new(hit.start(), hit.end());
        let long = hit.as_str().chars().filter(char::is_ascii_alphabetic).count() >= 4;
        let Some(end) = class_end(reading, latin.end).filter(|_| long) else { continue };
        let full = Extent::new(latin.start, end);
        let Some(index) = catalogue.declare(text, EntityKind::Product, full, false) else {
            continue;
        };
        let bare = GENERATION.find(hit.as_str()).map_or(hit.end(), |m| hit.start() + m.start());
        let bare = Extent::new(latin.start, bare);
        catalogue.alias(index, &text.verbatim(bare), bare);
    }
}

/// Where the class word after a Latin name ends, if one stands there before any mark or boundary.
fn class_end(reading: &Reading<'_>, from: usize) -> Option<usize> {
    let tail = reading.text.after(from);
    let tail: String = tail.chars().take(CLASS_MAX).take_while(|c| !MARKS.contains(c)).collect();
    let zone = Extent::new(from, from + tail.len());
    let end = reading.boundaries.first_in(zone).unwrap_or(zone.end);
    let words = reading.text.slice(Extent::new(from, end));
    let products = reading.lexicon.products.iter();
    let ends = products.filter_map(|p| words.rfind(p.as_str()).map(|at| from + at + p.len()));
    ends.max()
}
