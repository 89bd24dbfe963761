//! Names between quotation marks or 《》, told by their form and by the words around them.

use std::sync::LazyLock;

use graph::model::EntityKind;
use regex::Regex;

use super::Reading;
use crate::catalogue::Catalogue;
use crate::text::Extent;

static QUOTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("“([^“”\n]{2,40})”|《([^《》\n]{2,60})》").expect("a fixed pattern compiles")
});
/// 一镇三星, 一湖三镇: numerals and what is counted, twice or more.
static NETWORK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^(?:[一二三四五六七八九十百][镇星谷湾廊区核带园港翼城院湖岛轴心极圈室校所基座山江链]){2,}$").expect("a fixed pattern compiles")
});
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:\d\.\d|[A-Za-z]+-?\d|\d号$|一号$|二号$)").expect("a fixed pattern compiles")
});
static WON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("(?:夺|夺得|夺得了|捧回|捧回了|捧得|荣获|获评|获颁|摘得|进阶|斩获|荣膺)$")
        .expect("a fixed pattern compiles")
});
static POLICY_HEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^(?:[^，。；、“”的]{0,12}?(?:培育工程|工程|改革|行动计划|行动方案|行动|计划|规划|政策|机制|模式|试点|经验|融合))").expect("a fixed pattern compiles")
});
/// What makes a plan of the quotation right before it, whatever it ends in.
static PLAN_HEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^(?:行动计划|行动方案|三年行动|专项行动|工程|计划|改革)")
        .expect("a fixed pattern compiles")
});
static CASE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("^(?:[^，。；]{0,4}案例|(?:和|、)“[^”]+”[^，。；“]{0,4}案例)")
        .expect("a fixed pattern compiles")
});

fn matches(pattern: &LazyLock<Regex>, words: &str) -> bool {
    pattern.is_match(words)
}

pub(super) fn read(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    for hit in QUOTED.captures_iter(text.as_str()) {
        let (Some(whole), Some(inner)) = (hit.get(0), hit.get(1).or_else(|| hit.get(2))) else {
            continue;
        };
        let whole = Extent::new(whole.start(), whole.end());
        let inner = Extent::new(inner.start(), inner.end());
        if catalogue.covers(whole) {
            continue;
        }
        classify(reading, catalogue, whole, inner);
    }
}

fn classify(reading: &Reading<'_>, catalogue: &mut Catalogue, whole: Extent, inner: Extent) {
    let text = reading.text;
    let words = text.slice(inner);
    let (before, after) = (preceding(reading, whole.start), text.after(whole.end));
    let cased = text.after(whole.start).starts_with('《');
    let known = reading.is_word(words);
    let case = matches(&CASE, after)
        || before.ends_with("案例")
        || before.ends_with("”和") && after.contains("案例入选");
    let title = cased && POLICY_TITLES.iter().any(|t| words.ends_with(t));
    if known {
        return;
    }
    if matches(&NETWORK, words) {
        catalogue.declare(text, EntityKind::Network, inner, false);
    } else if title || case {
        catalogue.declare(text, EntityKind::Policy, inner, false);
    } else if let Some(head) = PLAN_HEAD.find(after) {
        let extent = Extent::new(whole.start, whole.end + head.end());
        if let Some(index) = catalogue.declare(text, EntityKind::Policy, extent, false) {
            catalogue.alias(index, words, inner);
        }
    } else if let Some(head) = product_head(reading, after) {
        product(reading, catalogue, whole, inner, head);
    } else if matches(&VERSION, words) && names_product(reading, before, words) {
        let head = reading.lexicon.products.iter().find(|p| before.ends_with(p.as_str()));
        let full = Extent::new(whole.start - head.map_or(0, String::len), whole.end);
        if let Some(index) = catalogue.declare(text, EntityKind::Product, inner, false) {
            catalogue.note(index, &text.verbatim(full), full);
        }
    } else if product_head(reading, words).is_some() || ends_in_product(reading, words) {
        catalogue.declare(text, EntityKind::Product, inner, false);
    } else if let Some(head) = POLICY_HEAD.find(after) {
        let extent = Extent::new(whole.start, whole.end + head.end());
        if let Some(index) = catalogue.declare(text, EntityKind::Policy, extent, false) {
            catalogue.alias(index, words, inner);
        }
    } else if matches(&WON, before) {
        catalogue.declare(text, EntityKind::Honour, inner, false);
    } else if words.ends_with("经验") && words.chars().count() <= 8 {
        catalogue.declare(text, EntityKind::Policy, inner, false);
    }
}

const POLICY_TITLES: [&str; 12] = [
    "措施", "方案", "意见", "规划", "条例", "计划", "办法", "政策", "细则", "通知", "清单", "纲要",
];

fn product(
    reading: &Reading<'_>,
    catalogue: &mut Catalogue,
    whole: Extent,
    inner: Extent,
    head: usize,
) {
    let text = reading.text;
    let full = Extent::new(whole.start, whole.end + head);
    if let Some(index) = catalogue.declare(text, EntityKind::Product, full, false) {
        catalogue.alias(index, text.slice(inner), inner);
    }
}

/// Length of the product word with which `words` begin.
fn product_head(reading: &Reading<'_>, words: &str) -> Option<usize> {
    let products = &reading.lexicon.products;
    products.iter().find(|p| words.starts_with(p.as_str())).map(String::len)
}

fn ends_in_product(reading: &Reading<'_>, words: &str) -> bool {
    reading.lexicon.products.iter().any(|p| words.ends_with(p.as_str()) && words != p)
}

fn names_product(reading: &Reading<'_>, before: &str, words: &str) -> bool {
    ends_in_product(reading, before)
        || reading.lexicon.products.iter().any(|p| before.ends_with(p.as_str()))
        || words.contains('.')
}

/// The words before a place, within its line.
fn preceding<'a>(reading: &Reading<'a>, at: usize) -> &'a str {
    let start = reading.text.before(at).take(12).last().map_or(at, |(i, _)| i);
    reading.text.slice(Extent::new(start, at))
}
