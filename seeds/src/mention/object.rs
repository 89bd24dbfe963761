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
    for (_, end, object) in hits {
        match object.kind {
            EntityKind::Honour => honour(reading, catalogue, end, object),
            EntityKind::Technology => technology(reading, catalogue, end, object),
            _ => products(reading, catalogue, end),
        }
    }
}

/// Up to the end of the clause, quotations and brackets included.
fn honour(reading: &Reading<'_>, catalogue: &mut Catalogue, from: usize, object: &Object) {
    let text = reading.text;
    let mut start = from;
    while let Some(before) = catalogue.starting_at(start).filter(|m| m.kind == EntityKind::Agency) {
        start = before.extent.end;
    }
    let start = start + leading_agency(reading, start);
    let end = until(text, start, HONOUR_MAX, &['，', '。', '；', '、', '：', '！', '？']);
    let extent = Extent::new(start, end);
    let words = text.slice(extent);
    let ended = object.endings.iter().any(|e| words.ends_with(e.as_str()));
    let bracketed = words.ends_with('）') && words.contains(['鼎', '奖', '杯', '榜', '单']);
    let honest = ended && (!words.ends_with('）') || bracketed);
    if words.chars().count() >= 3 && honest && !catalogue.covers(extent) {
        catalogue.declare(text, EntityKind::Honour, extent, false);
    }
}

/// Length of an agency's known name at a place.
fn leading_agency(reading: &Reading<'_>, at: usize) -> usize {
    let known = reading.lexicon.words.at_start(reading.text.after(at));
    known.filter(|(_, w)| w.kind == EntityKind::Agency).map_or(0, |(end, _)| end)
}

/// Up to the first ending that the verb asks for.
fn technology(reading: &Reading<'_>, catalogue: &mut Catalogue, from: usize, object: &Object) {
    let text = reading.text;
    let end =
        until(text, from, PRODUCT_MAX, &['，', '。', '；', '、', '：', '“', '”', '（', '的', '和']);
    let end = reading.boundaries.first_in(Extent::new(from, end)).unwrap_or(end);
    let words = text.slice(Extent::new(from, end));
    let ending = object.endings.iter().find(|e| words.ends_with(e.as_str()) && words != e.as_str());
    let extent = Extent::new(from, end);
    if ending.is_some() && !reading.lexicon.is_generic(words) && !catalogue.covers(extent) {
        catalogue.declare(text, EntityKind::Technology, extent, false);
    }
}

/// One product or several, joined by 、 or 和, up to the end of the clause.
fn products(reading: &Reading<'_>, catalogue: &mut Catalogue, from: usize) {
    const NONE: &[&str] = &[
        "流程", "车间", "线", "基地", "能力", "经营", "企业", "工艺", "过程", "效率", "设备",
        "规模", "要素", "力", "制造", "商", "总值", "链", "约", "超", "近", "一", "成本", "用房",
        "资料", "厂", "方式", "生活", "环节", "保障", "优先", "端", "侧", "性", "量", "型", "和",
        "服务", "全", "该", "更", "所", "需", "许可", "数据", "要", "出", "任务", "订单", "数",
        "多", "达",
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
            && !reading.lexicon.is_generic(words);
        if good && next == Some('的') || !good {
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
