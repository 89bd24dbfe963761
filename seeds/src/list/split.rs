//! Finds the lists of a sentence: their items, their class word, and the words that open them.

use std::collections::BTreeSet;

use graph::model::EntityKind;

use super::ITEM_MAX;
use super::tail::{Tail, tail};
use crate::catalogue::Catalogue;
use crate::mention::Reading;
use crate::text::{Extent, Text};

/// A list as it stands in the text.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) items: Vec<Extent>,
    /// Kind told by the class word after it.
    pub(crate) head: Option<EntityKind>,
    pub(crate) head_word: String,
    /// Kind told by the words before it.
    pub(crate) lead: Option<EntityKind>,
}

/// The lists of a sentence, from left to right.
pub(crate) fn lists(reading: &Reading<'_>, catalogue: &Catalogue, sentence: Extent) -> Vec<List> {
    let text = reading.text;
    let mut found = Vec::new();
    for clause in clauses(text, sentence) {
        let mut segments = segments(text, clause);
        while segments.len() > 1 {
            let (list, used) = take(reading, catalogue, &segments);
            found.push(list);
            segments.drain(..used.clamp(1, segments.len()));
        }
        if let Some(last) = segments.first() {
            found.extend(pair(reading, catalogue, *last));
        }
    }
    found
}

/// Takes one list from the front of segments split at 、: the list, and how many it used.
fn take(reading: &Reading<'_>, catalogue: &Catalogue, segments: &[Extent]) -> (List, usize) {
    let (start, lead) = first_start(reading, catalogue, segments[0]);
    let mut items = vec![Extent::new(start, segments[0].end)];
    let last = segments.len() - 1;
    for (index, segment) in segments.iter().enumerate().skip(1) {
        match closing(reading, *segment) {
            Some((end, tail)) => {
                close(reading, &mut items, Extent::new(segment.start, end), tail.count);
                let head = Some(tail.head);
                return (List { items, head, head_word: tail.head_word, lead }, index + 1);
            }
            None if index == last => {
                let end = reading.boundaries.first_in(*segment).unwrap_or(segment.end);
                close(reading, &mut items, Extent::new(segment.start, end), None);
            }
            // `甲和乙集成、…`: a verb ends the list inside a segment.
            None => match reading.boundaries.first_in(*segment).filter(|b| *b > segment.start) {
                Some(end) => {
                    close(reading, &mut items, Extent::new(segment.start, end), None);
                    let list = List { items, head: None, head_word: String::new(), lead };
                    return (list, index + 1);
                }
                None => items.push(*segment),
            },
        }
    }
    (List { items, head: None, head_word: String::new(), lead }, segments.len())
}

/// Where a list's last item ends in a segment, and the tail there.
fn closing(reading: &Reading<'_>, segment: Extent) -> Option<(usize, Tail)> {
    let words = reading.text.slice(segment);
    let mut depth = 0_i32;
    for (at, c) in words.char_indices().take(ITEM_MAX * 2) {
        match c {
            '（' => depth += 1,
            '）' => depth -= 1,
            _ => {}
        }
        let starts = matches!(c, '等' | '“')
            || "一两二三四五六七八九十多数".contains(c)
            || c.is_ascii_digit();
        if at > 0
            && depth == 0
            && starts
            && let Some(tail) = tail(reading, segment.start + at)
        {
            return Some((segment.start + at, tail));
        }
    }
    None
}

/// Adds a list's last segment, which may hold two items: `丙和丁`.
fn close(reading: &Reading<'_>, items: &mut Vec<Extent>, segment: Extent, count: Option<usize>) {
    let words = reading.text.slice(segment);
    let full = count.is_some_and(|n| n == items.len() + 1);
    let split = ["以及", "和"].iter().find_map(|c| words.find(c).map(|at| (at, c.len())));
    match split {
        Some((at, length)) if !full && at > 0 => {
            items.push(Extent::new(segment.start, segment.start + at));
            items.push(Extent::new(segment.start + at + length, segment.end));
        }
        _ => items.push(segment),
    }
}

/// Where a list's first item begins, and what the words before it tell.
fn first_start(
    reading: &Reading<'_>,
    catalogue: &Catalogue,
    segment: Extent,
) -> (usize, Option<EntityKind>) {
    let text = reading.text;
    let mut start = reading.boundaries.left(text, segment.end, ITEM_MAX, &BTreeSet::new());
    start = start.max(segment.start);
    let things = [EntityKind::Product, EntityKind::Chain, EntityKind::Stage];
    let known = catalogue.ending_at(segment.end).filter(|m| !things.contains(&m.kind));
    start = known.map_or(start, |m| start.max(m.extent.start));
    if text.slice(Extent::new(start, segment.end)).chars().count() > 8 {
        let rest = Extent::new(start, segment.end);
        start = reading.boundaries.weak_cut(text, rest).unwrap_or(start);
    }
    if reading.boundaries.weak_at(start) {
        start +=
            text.slice(Extent::new(start, segment.end)).chars().next().map_or(0, char::len_utf8);
    }
    let words = text.slice(segment);
    let Some((at, end, kind)) = reading.lexicon.leads.find(words).last() else {
        return (start, None);
    };
    let (at, end) = (segment.start + at, segment.start + end);
    let between = Extent::new(end, segment.end);
    let touches =
        !between.is_empty() && (end >= start || reading.boundaries.first_in(between).is_none());
    if !touches || (*kind == EntityKind::Firm && !names_firms(reading, catalogue, at, end)) {
        return (start, None);
    }
    (end, Some(*kind))
}

/// 企业 before a list of firms must itself be narrowed: 晨屿企业, 世界500强企业; `帮助企业降本、增效`
/// lists no firms.
fn names_firms(reading: &Reading<'_>, catalogue: &Catalogue, at: usize, end: usize) -> bool {
    let text = reading.text;
    let word = text.slice(Extent::new(at, end));
    let before = text.before(at).take(4).map(|(_, c)| c).collect::<Vec<_>>();
    let before: String = before.into_iter().rev().collect();
    let narrowed = ["强", "龙头", "骨干", "链主", "头部", "独角兽", "小巨人”", "整机"];
    !matches!(word, "企业" | "公司")
        || catalogue.ending_at(at).is_some_and(|m| m.kind == EntityKind::Region)
        || narrowed.iter().any(|n| before.ends_with(n))
}

/// `甲和乙两家企业`, `企业甲和乙`, `甲和乙落户`: two items without 、.
fn pair(reading: &Reading<'_>, catalogue: &Catalogue, clause: Extent) -> Option<List> {
    let text = reading.text;
    let words = text.slice(clause);
    for (at, c) in words.char_indices() {
        if c != '和' && c != '与' {
            continue;
        }
        let here = clause.start + at;
        let rest = Extent::new(here + c.len_utf8(), clause.end);
        let (start, lead) = first_start(reading, catalogue, Extent::new(clause.start, here));
        let first = Extent::new(start, here);
        if let Some((end, tail)) = closing(reading, rest)
            && reading.boundaries.first_in(Extent::new(rest.start, end)).is_none()
        {
            let items = vec![first, Extent::new(rest.start, end)];
            let head = Some(tail.head);
            return Some(List { items, head, head_word: tail.head_word, lead });
        }
        let end = reading.boundaries.first_in(rest).unwrap_or(rest.end);
        let second = trim_end(text, Extent::new(rest.start, end));
        if !second.is_empty() && (lead.is_some() || c == '和') {
            let items = vec![first, second];
            return Some(List { items, head: None, head_word: String::new(), lead });
        }
    }
    None
}

/// `华项目入选`: a firm's name ends before 项目.
fn trim_end(text: &Text, item: Extent) -> Extent {
    let words = text.slice(item);
    let cut = ["项目", "等"].iter().find_map(|w| words.strip_suffix(w));
    cut.map_or(item, |cut| Extent::new(item.start, item.start + cut.len()))
}

fn clauses(text: &Text, sentence: Extent) -> Vec<Extent> {
    pieces(text, sentence, &['，', '。', '；', '：', '！', '？', '\n'])
}

fn segments(text: &Text, clause: Extent) -> Vec<Extent> {
    pieces(text, clause, &['、'])
}

/// Whether the quotation with which some words begin is what somebody says, not a name: it holds
/// a clause, or does not end soon.
fn is_speech(words: &str) -> bool {
    const NAME_MAX: usize = 24;
    let inner =
        words.chars().skip(1).take(NAME_MAX).find(|c| matches!(c, '”' | '，' | '。' | '？' | '！'));
    inner != Some('”')
}

/// Splits at marks that stand outside quotations and brackets.
fn pieces(text: &Text, extent: Extent, marks: &[char]) -> Vec<Extent> {
    let (mut found, mut start, mut depth) = (Vec::new(), extent.start, 0_i32);
    let words = text.slice(extent);
    for (at, c) in words.char_indices() {
        match c {
            '“' if is_speech(words.get(at..).unwrap_or("")) => {
                let opens = start == extent.start + at;
                start += if opens { c.len_utf8() } else { 0 };
            }
            '“' | '（' | '《' => depth += 1,
            '”' | '）' | '》' => depth = (depth - 1).max(0),
            _ if depth == 0 && marks.contains(&c) => {
                found.push(Extent::new(start, extent.start + at));
                start = extent.start + at + c.len_utf8();
            }
            _ => {}
        }
    }
    found.push(Extent::new(start, extent.end));
    found.retain(|e| !e.is_empty());
    found
}
