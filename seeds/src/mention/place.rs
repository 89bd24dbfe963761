//! Regions: the known ones, and those that the text itself writes with their unit.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use graph::model::EntityKind;

use super::Reading;
use crate::boundary::MARKS;
use crate::catalogue::Catalogue;
use crate::lexicon::short_place;
use crate::text::Extent;

/// Longest name before the unit, in characters: 景德镇, 张家港; longer ones are in the lexicon.
const STEM_MAX: usize = 3;

pub(super) fn read(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    let mut known: BTreeMap<&str, Vec<Extent>> = BTreeMap::new();
    for (start, end, word) in reading.lexicon.words.find(text.as_str()) {
        if word.kind == EntityKind::Region && !ends_otherwise(reading, end) {
            known.entry(&word.name).or_default().push(Extent::new(start, end));
        }
    }
    for mut places in known.into_values() {
        // The fullest form that the text has becomes the name.
        places.sort_by_key(|e| (Reverse(e.end - e.start), e.start));
        let Some(fullest) = places.first() else { continue };
        let Some(index) = catalogue.declare(text, EntityKind::Region, *fullest, false) else {
            continue;
        };
        for place in places.iter().skip(1) {
            catalogue.note(index, &text.verbatim(*place), *place);
        }
    }
    let stems = written(reading, catalogue);
    for (stem, full) in stems {
        for (at, _) in text.as_str().match_indices(&stem) {
            let extent = Extent::new(at, at + stem.len());
            let index = catalogue.find(EntityKind::Region, &full);
            if let Some(index) = index.filter(|_| !catalogue.covers(extent)) {
                catalogue.note(index, &stem, extent);
            }
        }
    }
}

/// Regions written out with their unit: 汀洲市晨屿区, 屿口镇. Returns short and full names.
fn written(reading: &Reading<'_>, catalogue: &mut Catalogue) -> Vec<(String, String)> {
    let text = reading.text;
    let mut stems = Vec::new();
    let mut last_end = 0;
    for (at, _) in text.as_str().char_indices() {
        if at < last_end {
            continue;
        }
        let tail = text.after(at);
        let Some(unit) = reading.lexicon.units.iter().find(|u| tail.starts_with(u.as_str())) else {
            continue;
        };
        let end = at + unit.len();
        let Some(start) = stem_start(reading, catalogue, last_end, at) else { continue };
        let extent = Extent::new(start, end);
        let stem = text.slice(Extent::new(start, at));
        if catalogue.near(extent).next().is_some() || refused(reading, extent, stem) {
            continue;
        }
        let anchored = start == last_end && last_end > 0
            || catalogue.ending_at(start).is_some()
            || reading.boundaries.ends_at(start)
            || text.before(start).next().is_none_or(|(_, c)| MARKS.contains(&c));
        let next_unit =
            text.after(end).chars().take(STEM_MAX + 1).any(|c| "省市区县镇乡".contains(c));
        // A province alone must be named twice: 大大节省 looks like one.
        let again = text.as_str().matches(text.slice(extent)).nth(1).is_some();
        let office =
            reading.lexicon.offices.iter().any(|o| text.after(end).starts_with(o.as_str()));
        // A village only right behind the township that it is in.
        if unit == "村" && !(start == last_end && last_end > 0) {
            continue;
        }
        if !(anchored || next_unit) || (unit == "省" && !(next_unit || office || again)) {
            continue;
        }
        if catalogue.declare(text, EntityKind::Region, extent, false).is_some() {
            last_end = end;
            let full = text.slice(extent);
            let short = short_place(full);
            if short != full && short.chars().count() >= 2 {
                stems.push((short.to_owned(), full.to_owned()));
            }
        }
    }
    stems
}

/// Where the name before a unit begins: two or three characters, cut at boundaries, at marks and
/// at the end of the place before.
fn stem_start(
    reading: &Reading<'_>,
    catalogue: &Catalogue,
    last_end: usize,
    at: usize,
) -> Option<usize> {
    let text = reading.text;
    let none = std::collections::BTreeSet::new();
    let start = reading.boundaries.left(text, at, STEM_MAX, &none).max(last_end.min(at));
    let ends = text.before(at).map(|(i, _)| i).take_while(|i| *i > start);
    let start = ends.into_iter().find(|i| catalogue.ending_at(*i).is_some()).unwrap_or(start);
    let mut stem = Extent::new(start, at);
    if let Some(cut) = reading.boundaries.weak_cut(text, stem) {
        stem.start = cut;
    }
    let words = text.slice(stem);
    let han = words.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    (han && (2..=STEM_MAX).contains(&words.chars().count())).then_some(stem.start)
}

fn refused(reading: &Reading<'_>, extent: Extent, stem: &str) -> bool {
    let words = reading.text.slice(extent);
    reading.lexicon.no_units.iter().any(|w| words.ends_with(w.as_str()) || w == words)
        || reading.lexicon.is_generic(stem)
        || ends_otherwise(reading, extent.end)
        || stem.chars().any(|c| "一二三四五六七八九十两全各某每我该本此这那省市区县".contains(c))
}

/// What looks like a place is the head of another word: 晨屿区域, 汀洲大学.
fn ends_otherwise(reading: &Reading<'_>, end: usize) -> bool {
    const OTHER: &[&str] = &[
        "域",
        "块链",
        "街",
        "长",
        "间",
        "别",
        "场",
        "民生",
        "大学",
        "学院",
        "湾实验",
        "值",
        "委书记",
    ];
    let tail = reading.text.after(end);
    OTHER.iter().any(|o| tail.starts_with(o)) && !tail.starts_with("委书记")
}
