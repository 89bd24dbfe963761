//! Names in the text, and of what kind each is.
//!
//! Grammars and word lists propose names one after the other, each seeing what those before it
//! read; then every name, once established, is looked for everywhere in the article.

mod firm;
mod known;
mod latin;
mod object;
mod person;
mod place;
mod quoted;
mod short_name;
mod suffix;
mod trade_name;
mod unify;
mod worded;

use aho_corasick::{AhoCorasick, MatchKind};
use graph::model::EntityKind;

use crate::boundary::Boundaries;
use crate::catalogue::{Catalogue, EntityIndex, Mention};
use crate::lexicon::Lexicon;
use crate::list;
use crate::sentence::Sentence;
use crate::text::{Extent, Text};

pub(crate) use firm::{SHORT_MAX, acts};

/// What every grammar may look at.
pub(crate) struct Reading<'a> {
    pub(crate) text: &'a Text,
    pub(crate) lexicon: &'a Lexicon,
    pub(crate) sentences: &'a [Sentence],
    pub(crate) boundaries: Boundaries,
}

/// Reads the names of a text: the entities, and every place where one is named, in order and
/// none overlapping.
pub(crate) fn read<'a>(
    text: &'a Text,
    lexicon: &'a Lexicon,
    sentences: &'a [Sentence],
) -> (Reading<'a>, Catalogue, Vec<Mention>) {
    let reading = Reading::new(text, lexicon, sentences);
    let mut catalogue = Catalogue::default();
    place::read(&reading, &mut catalogue);
    firm::read(&reading, &mut catalogue);
    short_name::read(&reading, &mut catalogue);
    trade_name::read(&reading, &mut catalogue);
    suffix::read(&reading, &mut catalogue);
    quoted::read(&reading, &mut catalogue);
    latin::read(&reading, &mut catalogue);
    known::read(&reading, &mut catalogue);
    object::read(&reading, &mut catalogue);
    worded::read(&reading, &mut catalogue);
    list::read(&reading, &mut catalogue);
    trade_name::read(&reading, &mut catalogue);
    person::read(&reading, &mut catalogue);
    unify::read(&reading, &mut catalogue);
    let mentions = everywhere(&reading, &catalogue);
    (reading, catalogue, mentions)
}

/// Looks for every name in the whole text, the longest first.
fn everywhere(reading: &Reading<'_>, catalogue: &Catalogue) -> Vec<Mention> {
    let mut forms: Vec<(String, EntityIndex, EntityKind)> = Vec::new();
    for (index, entry) in catalogue.live() {
        for form in &entry.forms {
            forms.push((form.text.clone(), index, entry.kind));
        }
    }
    let finder = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(forms.iter().map(|(form, ..)| form.as_str()));
    let Ok(finder) = finder else { return Vec::new() };
    let mut found: Vec<Mention> = Vec::new();
    for hit in finder.find_iter(reading.text.as_str()) {
        let extent = Extent::new(hit.start(), hit.end());
        if cuts_latin(reading.text, extent) {
            continue;
        }
        if let Some((_, entity, kind)) = forms.get(hit.pattern().as_usize()) {
            found.push(Mention { extent, entity: *entity, kind: *kind });
        }
    }
    prefer_read(catalogue, &mut found);
    found
}

/// A place that a grammar read as one entity stays it, also where another bears the same name;
/// and a longer reading displaces what it covers.
fn prefer_read(catalogue: &Catalogue, found: &mut Vec<Mention>) {
    let mut read: Vec<Mention> = catalogue.reads().copied().collect();
    read.sort_by_key(|m| (m.extent.start, std::cmp::Reverse(m.extent.end)));
    let mut longest: Vec<Mention> = Vec::new();
    for mention in read {
        match longest.last_mut() {
            Some(last) if last.extent.meets(mention.extent) => {
                let length = |m: &Mention| m.extent.end - m.extent.start;
                if length(&mention) > length(last) {
                    *last = mention;
                }
            }
            _ => longest.push(mention),
        }
    }
    let mut mended: Vec<Mention> = Vec::new();
    let mut next = longest.into_iter().peekable();
    for mention in found.iter() {
        while let Some(better) = next.next_if(|b| b.extent.end <= mention.extent.start) {
            push(&mut mended, better);
        }
        let better = next.next_if(|b| {
            b.extent == mention.extent
                || (b.extent.meets(mention.extent)
                    && b.extent.end - b.extent.start > mention.extent.end - mention.extent.start)
        });
        push(&mut mended, better.unwrap_or(*mention));
    }
    for rest in next {
        push(&mut mended, rest);
    }
    *found = mended;
}

fn push(mended: &mut Vec<Mention>, mention: Mention) {
    match mended.last() {
        Some(last) if last.extent.meets(mention.extent) => {
            let longer =
                mention.extent.end - mention.extent.start > last.extent.end - last.extent.start;
            if longer {
                mended.pop();
                push(mended, mention);
            }
        }
        _ => mended.push(mention),
    }
}

/// `AI` in `MAIN`, `5G` in `15G`: a Latin name inside a longer Latin word is none.
fn cuts_latin(text: &Text, extent: Extent) -> bool {
    let words = text.slice(extent);
    let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let before = text.before(extent.start).next().map(|(_, c)| c);
    let after = text.after(extent.end).chars().next();
    (latin(words.chars().next()) && latin(before))
        || (latin(words.chars().next_back()) && latin(after))
}
