//! Things that only the verb before them shows: 生产高纯微粉, 采用近净成形技术, 入选…名单.

use graph::model::EntityKind;

use super::Reading;
use crate::catalogue::Catalogue;
use crate::lexicon::Object;
use crate::text::{Extent, Text};

/// Longest thing named so, in characters.
const PRODUCT_MAX: usize = 14;
const HONOUR_MAX: usize = 48;

pub(super) fn read(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    let hits: Vec<_> = reading.lexicon.objects.find(text.as_str()).collect();
    for (at, end, object) in hits {
        let makes = matches!(text.slice(Extent::new(at, end)), "研发" | "研制");
        match object.kind {
            EntityKind::Honour => honours(reading, catalogue, end, object),
            EntityKind::Technology | EntityKind::Policy => {
                method(reading, catalogue, end, object, makes);
            }
            _ => products(reading, catalogue, end),
        }
    }
    bought(reading, catalogue);
}

/// One honour or several, joined by 、: `获评甲称号、乙百强`.
fn honours(reading: &Reading<'_>, catalogue: &mut Catalogue, from: usize, object: &Object) {
    let mut start = from;
    for _ in 0..ITEMS_MAX {
        let end = honour(reading, catalogue, start, object);
        match reading.text.after(end).chars().next() {
            Some(c @ ('、' | '和')) => start = end + c.len_utf8(),
            _ => return,
        }
    }
}

/// Up to the end of the clause, quotations and brackets included; returns where that is.
fn honour(reading: &Reading<'_>, catalogue: &mut Catalogue, from: usize, object: &Object) -> usize {
    let text = reading.text;
    let mut start = from;
    while let Some(before) = catalogue.starting_at(start).filter(|m| m.kind == EntityKind::Agency) {
        start = before.extent.end;
    }
    let start = start + leading_agency(reading, start);
    let start = start + if text.after(start).starts_with('了') { '了'.len_utf8() } else { 0 };
    let end = until(text, start, HONOUR_MAX, &['，', '。', '；', '、', '：', '！', '？']);
    let extent = Extent::new(start, end);
    let words = text.slice(extent);
    let ended = object.endings.iter().any(|e| words.ends_with(e.as_str()));
    let bracketed = words.ends_with('）') && words.contains(['鼎', '奖', '杯', '榜', '单']);
    let honest = ended && (!words.ends_with('）') || bracketed);
    let ending = object.endings.iter().find(|e| words.ends_with(e.as_str()));
    let short = ending.is_none_or(|e| e.chars().count() <= 2);
    let stem = ending.and_then(|e| words.strip_suffix(e.as_str())).unwrap_or(words);
    if words.chars().count() >= 3
        && !(reading.lexicon.is_generic(stem) && stem.chars().count() < 6 && short)
        && honest
    {
        // 认定为国家企业技术中心: here the words name a title, whatever they end in.
        let covering = catalogue.near(extent).find(|m| m.extent.holds(extent)).copied();
        let titled = covering.is_some_and(|m| {
            m.extent == extent
                && matches!(m.kind, EntityKind::Platform | EntityKind::Park | EntityKind::Project)
        });
        if titled {
            catalogue.forget(extent);
        }
        if covering.is_none() || titled {
            catalogue.declare(text, EntityKind::Honour, extent, false);
        }
    }
    end
}

/// Length of an agency's known name at a place.
fn leading_agency(reading: &Reading<'_>, at: usize) -> usize {
    let known = reading.lexicon.words.at_start(reading.text.after(at));
    known.filter(|(_, w)| w.kind == EntityKind::Agency).map_or(0, |(end, _)| end)
}

/// Up to the ending that the verb asks for; what is developed and ends like a product is one.
fn method(
    reading: &Reading<'_>,
    catalogue: &mut Catalogue,
    from: usize,
    object: &Object,
    makes: bool,
) {
    let text = reading.text;
    let from = from
        + if text.after(from).starts_with(['的', '出', '了']) { '的'.len_utf8() } else { 0 };
    let max = if object.kind == EntityKind::Policy { POLICY_MAX } else { PRODUCT_MAX };
    let end = until(text, from, max, &['，', '。', '；', '、', '：', '“', '”', '（', '的', '和']);
    let end = reading.boundaries.first_in(Extent::new(from, end)).unwrap_or(end);
    let extent = Extent::new(from, end);
    let words = text.slice(extent);
    let ends = |endings: &[String]| {
        endings.iter().any(|e| words.ends_with(e.as_str()) && words != e.as_str())
    };
    if catalogue.covers(extent) || reading.lexicon.is_generic(words) {
        return;
    }
    let known = reading.is_word(words);
    if ends(&object.endings) {
        catalogue.declare(text, object.kind, extent, false);
    } else if makes && !known && ends(&reading.lexicon.made) {
        catalogue.declare(text, EntityKind::Product, extent, false);
    }
}

const POLICY_MAX: usize = 24;

/// `采购甲公司的磁力泵`: what is bought.
fn bought(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    for (at, word) in text.as_str().match_indices("采购") {
        let seller = catalogue.starting_at(at + word.len()).map(|m| m.extent.end);
        let seller = seller.or_else(|| text.after(at).find('的').map(|i| at + i));
        let Some(end) = seller.filter(|end| text.after(*end).starts_with('的')) else { continue };
        if text.slice(Extent::new(at, end)).chars().count() <= 14 {
            products(reading, catalogue, end + '的'.len_utf8());
        }
    }
}

/// One product or several, joined by 、 or 和, up to the end of the clause.
fn products(reading: &Reading<'_>, catalogue: &mut Catalogue, from: usize) {
    const NONE: &[&str] = &[
        "设施", "措施", "政策", "比重", "率", "也", "齐全", "完善", "体系", "改造", "流程", "车间",
        "线", "基地", "能力", "经营", "企业", "工艺", "过程", "效率", "设备", "规模", "要素", "力",
        "制造", "商", "总值", "链", "约", "超", "近", "一", "成本", "用房", "资料", "厂", "方式",
        "生活", "环节", "保障", "优先", "端", "侧", "性", "量", "型", "和", "服务", "全", "该",
        "更", "所", "需", "许可", "数据", "要", "出", "任务", "订单", "数", "多", "达",
    ];
    let text = reading.text;
    let mut start = from;
    for _ in 0..ITEMS_MAX {
        let stops = ['，', '。', '；', '、', '：', '“', '”', '（', '）', '的', '和', '\n'];
        let end = until(text, start, PRODUCT_MAX, &stops);
        let words = text.slice(Extent::new(start, end));
        let extent = Extent::new(start, end);
        let next = text.after(end).chars().next();
        let ends = next.is_none_or(|c| matches!(c, '，' | '。' | '；' | '、' | '和' | '）' | '的'));
        let good = words.chars().count() >= 3
            && ends
            && !NONE.iter().any(|n| words.starts_with(n))
            && !words.starts_with(|c: char| c.is_ascii_digit())
            && reading.boundaries.first_in(extent).is_none()
            && !reading.boundaries.weak_at(start)
            && !is_place_word(reading, words)
            && !reading.lexicon.is_generic(words);
        // 生产甲产品的企业: not a firm's own product list.
        if !good || next == Some('的') {
            return;
        }
        if !catalogue.covers(extent) {
            catalogue.declare(text, EntityKind::Product, extent, false);
        }
        match next {
            Some(c @ ('、' | '和')) => start = end + c.len_utf8(),
            _ => return,
        }
    }
}

/// 产业园, 生产基地: a kind word alone, or a name of another kind.
fn is_place_word(reading: &Reading<'_>, words: &str) -> bool {
    reading.lexicon.suffixes.at_end(words).is_some_and(|(_, s)| s.kind != EntityKind::Product)
}

/// Most products taken after one verb.
const ITEMS_MAX: usize = 12;

/// The place of the first stop outside quotations and brackets, at most `max` characters on.
fn until(text: &Text, from: usize, max: usize, stops: &[char]) -> usize {
    let (mut end, mut depth) = (from, 0_i32);
    for c in text.after(from).chars().take(max) {
        match c {
            '“' | '（' if !stops.contains(&c) => depth += 1,
            '”' | '）' if !stops.contains(&c) => depth -= 1,
            _ if depth <= 0 && stops.contains(&c) => break,
            _ => {}
        }
        if depth < 0 {
            break;
        }
        end += c.len_utf8();
    }
    end
}
