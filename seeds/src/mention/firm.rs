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
        let cut = text
            .slice(after)
            .starts_with(['与', '和', '向', '为', '及', '同', '以', '由', '从', '给', '对']);
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
    let park = ["高新区", "开发区", "经开区", "产业园", "园区", "新区", "科技城"]
        .iter()
        .filter_map(|word| stem.rfind(word).map(|at| at + word.len()))
        .max();
    let managed = |cut: usize| {
        let rest = stem.get(cut..).unwrap_or("");
        rest.chars().count() < 4
            || ["管理", "开发", "建设", "运营", "服务", "发展", "投资", "控股"]
                .iter()
                .any(|w| rest.starts_with(w))
    };
    start += park.filter(|cut| !managed(*cut)).unwrap_or(0);
    let stem = text.slice(Extent::new(start, at));
    let class = ["企业", "子公司", "分公司"]
        .iter()
        .filter_map(|word| stem.rfind(word).map(|at| at + word.len()))
        .max();
    if let Some(class) = class.filter(|_| place.is_none() || stem.contains("子公司")) {
        start += class;
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
