//! Short names of firms whose full name the article has: 青禾 of 汀洲青禾精密轴承有限公司.

use graph::model::EntityKind;
use graph::model::form::LEGAL_FORMS;

use super::Reading;
use crate::catalogue::{Catalogue, EntityIndex};
use crate::text::Extent;

/// Two-character beginnings of names that are words of their own.
const COMMON: &[&str] = &[
    "时代", "中国", "国际", "东方", "东南", "华东", "西部", "北方", "南方", "联合", "科技", "智能",
    "先进", "创新", "未来", "数字", "绿色", "新型", "高新", "工业", "海洋", "航天", "电子", "信息",
    "能源", "材料", "机械", "汽车", "第一", "中小", "大众", "人民", "城市", "交通", "建设", "投资",
    "传统", "现代", "世纪", "光明", "发展", "动力", "精密", "特种", "高纯", "工程", "化工", "生物",
    "医药",
];

pub(super) fn read(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let firms: Vec<(EntityIndex, String, Extent)> = catalogue
        .live()
        .filter(|(_, e)| e.kind == EntityKind::Firm)
        .map(|(i, e)| (i, e.name.clone(), e.forms.first().map_or(Extent::new(0, 0), |f| f.extent)))
        .collect();
    for (index, name, extent) in firms {
        for (core, least) in cores(reading, catalogue, &name, extent) {
            shorten(reading, catalogue, index, &core, least);
        }
    }
}

/// What is left of a full name without its legal form and the places before it, and how many
/// characters a short name must have. A name that opens with no known place may still open with
/// an unknown one of two characters: neither it nor so short a beginning is taken for the firm's.
fn cores(
    reading: &Reading<'_>,
    catalogue: &Catalogue,
    name: &str,
    extent: Extent,
) -> Vec<(String, usize)> {
    let Some(form) = LEGAL_FORMS.iter().find(|f| name.ends_with(**f)) else { return Vec::new() };
    let mut start = extent.start;
    while let Some(place) = catalogue.near(extent).find(|m| {
        m.kind == EntityKind::Region && m.extent.start == start && m.extent.end < extent.end
    }) {
        start = place.extent.end;
    }
    let core = reading.text.slice(Extent::new(start, extent.end.saturating_sub(form.len())));
    let length = core.chars().count();
    let placed = start > extent.start || length < LEAST_WITH_PLACE;
    if length < 2 {
        Vec::new()
    } else if placed {
        vec![(core.to_owned(), 2)]
    } else {
        vec![(core.to_owned(), 3), (core.chars().skip(2).collect(), 3)]
    }
}

/// Shortest core that may hold a place of two characters, in characters.
const LEAST_WITH_PLACE: usize = 5;

/// Looks for the longest beginning of the core that stands alone somewhere, then for shorter ones
/// elsewhere.
fn shorten(
    reading: &Reading<'_>,
    catalogue: &mut Catalogue,
    index: EntityIndex,
    core: &str,
    least: usize,
) {
    let text = reading.text;
    let chars: Vec<usize> = core.char_indices().map(|(at, _)| at).chain([core.len()]).collect();
    for length in (least..chars.len()).rev() {
        let Some(part) = chars.get(length).and_then(|end| core.get(..*end)) else { continue };
        // 白潮农 of 白潮农业装备: a cut through a word.
        let cut = |(from, to, _): (usize, usize, _)| from < part.len() && part.len() < to;
        if reading.lexicon.trades.find(core).any(cut) {
            continue;
        }
        if length == 2 && COMMON.contains(&part)
            || reading.lexicon.is_generic(part)
            || reading.is_word(part)
        {
            continue;
        }
        let mut alone = Vec::new();
        for (at, _) in text.as_str().match_indices(part) {
            // 新能源汽 of 新能源汽车: the beginning of a word, not a name.
            let word = reading.lexicon.words.at_start(text.after(at));
            if word.is_some_and(|(end, _)| end > part.len()) {
                continue;
            }
            let extent = Extent::new(at, at + part.len());
            // 临溪 of 临溪高新区: another name begins so.
            let after = text.after(extent.end);
            let place =
                ["区", "市", "县", "镇", "乡", "省", "街道"].iter().any(|u| after.starts_with(u));
            if place
                || reading
                    .lexicon
                    .suffixes
                    .at_start(after)
                    .is_some_and(|(_, s)| s.kind == EntityKind::Park)
            {
                continue;
            }
            if !catalogue.near(extent).any(|m| m.entity != index && m.extent.holds(extent))
                && !catalogue.near(extent).any(|m| m.entity == index)
            {
                alone.push(extent);
            }
        }
        for extent in alone {
            catalogue.note(index, part, extent);
        }
    }
}
