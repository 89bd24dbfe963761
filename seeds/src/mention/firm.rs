//! Firms: by their legal form, by a short name that the text gives in brackets, and by what
//! stands beside a short name.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use graph::model::EntityKind;
use regex::Regex;

use super::Reading;
use crate::boundary::MARKS;
use crate::catalogue::Catalogue;
use crate::text::{Extent, Text};

/// Longest name before the legal form, in characters.
const STEM_MAX: usize = 24;
/// Longest short name, in characters.
pub(crate) const SHORT_MAX: usize = 8;

static LEGAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?:集团)?(?:股份有限公司|有限责任公司|有限公司)|集团公司|集团")
        .expect("a fixed pattern compiles")
});
static NICKNAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^（(?:以下简称|下称|以下称|简称)[：:]?[“‘]?([^”’（）。，]{2,12})[”’]?）")
        .expect("a fixed pattern compiles")
});
/// What shows that the words before it name a firm.
static ACTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "^(?:生产车间|企业车间|车间|相关负责人|有关负责人|董事长|总经理|创始人|副总经理|首席|\
         (?:多次|先后|相继|纷纷|双双|均|都|也|已|正|将)?(?:拿地|扎根|上市|投产|增资|量产|中标|\
         落户|入驻|与[^，。]{2,16}签署|还与|则与|控股|采购|推出|发布了|自主研发|领投|获评|旗下|采用|供应|为[^，。]{2,12}(?:供应|供货|配套)|向[^，。]{2,12}(?:供应|供货|配套)|将为|未能入选))",
    )
    .expect("a fixed pattern compiles")
});

static TAKES_PART: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^(?:供应|供货|配套|提供|签署|合作|共建|共同|联合|研发|的|，|。|、|稳定)")
        .expect("a fixed pattern compiles")
});

pub(super) fn read(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    for hit in LEGAL.find_iter(text.as_str()) {
        let Some(start) = start(reading, catalogue, hit.start(), hit.as_str() == "集团") else {
            continue;
        };
        let extent = Extent::new(start, hit.end());
        let Some(index) = catalogue.declare(text, EntityKind::Firm, extent, false) else {
            continue;
        };
        let Some(nickname) = NICKNAME.captures(text.after(hit.end())) else {
            continue;
        };
        if let Some(short) = nickname.get(1) {
            let at = Extent::new(hit.end() + short.start(), hit.end() + short.end());
            catalogue.note(index, short.as_str(), at);
        }
    }
}

/// Where a firm's full name begins: at its place, if it starts with one, else at a boundary.
fn start(reading: &Reading<'_>, catalogue: &Catalogue, at: usize, group: bool) -> Option<usize> {
    let text = reading.text;
    let mut start = reading.boundaries.left(text, at - trade(text, at), STEM_MAX, &BTreeSet::new());
    let mut place = None;
    let reach = text.before(at).take(STEM_MAX).take_while(|(_, c)| !MARKS.contains(c));
    let reach = reach.last().map_or(at, |(i, _)| i);
    // A place opens a firm's name also where verbs stand inside the name (…创业投资有限公司).
    let whole = |place: Extent| {
        !text.slice(Extent::new(place.end, at)).contains(['的', '了', '在', '是', '由', '将'])
    };
    let inside = catalogue.near(Extent::new(reach, at)).filter(|m| {
        let near = m.extent.start >= start || m.extent.start >= reach && !group && whole(m.extent);
        m.kind == EntityKind::Region && near && m.extent.end < at
    });
    let mut runs: Vec<Extent> = inside.map(|m| m.extent).collect();
    runs.sort();
    for run in runs {
        place = match place {
            Some(Extent { start, end }) if end == run.start => Some(Extent::new(start, run.end)),
            _ => Some(run),
        };
    }
    if let Some(run) = place {
        let after = Extent::new(run.end, at);
        let cut = text.slice(after).starts_with(['与', '和', '向', '为', '及', '同']);
        start = if cut { run.end + '与'.len_utf8() } else { run.start };
    } else if group || text.slice(Extent::new(start, at)).chars().count() > SHORT_MAX {
        start = reading.boundaries.weak_cut(text, Extent::new(start, at)).unwrap_or(start);
    }
    while reading.boundaries.weak_at(start) && start < at {
        let first = text.slice(Extent::new(start, at)).chars().next();
        start += first.map_or(1, char::len_utf8);
    }
    // 龙头企业甲公司: the class word is no part of the name.
    let stem = text.slice(Extent::new(start, at));
    if let Some(class) = stem.rfind("企业").filter(|_| place.is_none()) {
        start += class + "企业".len();
    }
    let stem = text.slice(Extent::new(start, at));
    let long = stem.chars().count() >= 2;
    (long && !reading.lexicon.is_generic(stem)).then_some(start)
}

/// Whether the words after a name show that it is a firm's.
pub(crate) fn acts(after: &str) -> bool {
    ACTS.is_match(after)
}

/// Length of a verb that is the firm's trade, directly before its legal form: 创业投资有限公司.
fn trade(text: &Text, at: usize) -> usize {
    const TRADES: &[&str] =
        &["投资", "建设", "服务", "发展", "应用", "推广", "研发", "供应", "生产", "规划", "控股"];
    let head: Vec<char> = text.before(at).take(2).map(|(_, c)| c).collect();
    let word: String = head.iter().rev().collect();
    TRADES.iter().find(|t| **t == word).map_or(0, |t| t.len())
}

/// Short names that only their surroundings show to be firms: 白潮电气 before 企业车间, 甲科技 after
/// 联合. Unknown words are taken only where they end in a trade or stand between two boundaries.
pub(super) fn read_short(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    let mut found = Vec::new();
    for trade in &reading.lexicon.trades {
        for (at, _) in text.as_str().match_indices(trade.as_str()) {
            let end = at + trade.len();
            found.extend(
                [2, 3].into_iter().find_map(|stem| short_firm(reading, catalogue, at, end, stem)),
            );
        }
    }
    found.sort();
    for extent in found {
        if !catalogue.covers(extent) {
            catalogue.declare(text, EntityKind::Firm, extent, false);
        }
    }
}

/// A short name whose last part is a trade (`at..end`), with a stem of so many characters, if its
/// surroundings show that it is a firm.
fn short_firm(
    reading: &Reading<'_>,
    catalogue: &Catalogue,
    at: usize,
    end: usize,
    stem: usize,
) -> Option<Extent> {
    let text = reading.text;
    let start = text.before(at).take(stem).last().map(|(i, _)| i)?;
    let words = text.slice(Extent::new(start, at));
    let extent = Extent::new(start, end);
    let han = words.chars().count() == stem
        && words.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let opens = text.before(start).next().is_none_or(|(_, c)| MARKS.contains(&c))
        || reading.boundaries.ends_at(start)
        || after_class(reading, start);
    let head: String = text.before(start).take(2).map(|(_, c)| c).collect();
    let cued = CUES.iter().any(|c| head.starts_with(c)) && takes_part(text.after(end));
    let shown = acts(text.after(end)) || after_class(reading, start) || cued;
    let known = reading.lexicon.words.at_start(words).is_some();
    let free = !catalogue.near(extent).any(|m| {
        m.extent.meets(extent) && !extent.holds(m.extent) && m.kind != EntityKind::Region
            || m.kind == EntityKind::Region && m.extent.holds(extent)
    });
    (han && opens
        && shown
        && free
        && !known
        && !reading.lexicon.is_generic(words)
        && reading.boundaries.first_in(extent).is_none())
    .then_some(extent)
}

/// Words before the other party of a deal, reversed.
const CUES: &[&str] = &["与", "和", "为", "向", "给", "合联", "手携", "购采", "投领", "股控"];

/// What follows the other party of a deal.
fn takes_part(after: &str) -> bool {
    TAKES_PART.is_match(after)
}

/// 链主企业甲科技: the class word stands before the name.
fn after_class(reading: &Reading<'_>, start: usize) -> bool {
    let before: Vec<char> = reading.text.before(start).take(4).map(|(_, c)| c).collect();
    matches!(before.as_slice(), ['业', '企', '主' | '头' | '干', '链' | '龙' | '骨'])
}
