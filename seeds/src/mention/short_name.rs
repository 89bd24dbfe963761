//! Short names of firms whose full name the article has: 科百特 of 杭州科百特过滤器材有限公司.

use graph::model::EntityKind;

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
        let Some(core) = core(reading, catalogue, &name, extent) else { continue };
        shorten(reading, catalogue, index, &core);
    }
}

/// What is left of a full name without its legal form and the places before it.
fn core(
    reading: &Reading<'_>,
    catalogue: &Catalogue,
    name: &str,
    extent: Extent,
) -> Option<String> {
    const FORMS: &[&str] = &[
        "集团股份有限公司",
        "集团有限公司",
        "股份有限公司",
        "有限责任公司",
        "有限公司",
        "集团公司",
        "集团",
    ];
    let form = FORMS.iter().find(|f| name.ends_with(**f))?;
    let mut start = extent.start;
    while let Some(place) = catalogue.read.iter().find(|m| {
        m.kind == EntityKind::Region && m.extent.start == start && m.extent.end < extent.end
    }) {
        start = place.extent.end;
    }
    let end = extent.end.checked_sub(form.len())?;
    let core = reading.text.slice(Extent::new(start, end));
    (core.chars().count() >= 2).then(|| core.to_owned())
}

/// Looks for the longest beginning of the core that stands alone somewhere, then for shorter ones
/// elsewhere.
fn shorten(reading: &Reading<'_>, catalogue: &mut Catalogue, index: EntityIndex, core: &str) {
    let text = reading.text;
    let chars: Vec<usize> = core.char_indices().map(|(at, _)| at).chain([core.len()]).collect();
    for length in (2..chars.len()).rev() {
        let Some(part) = chars.get(length).and_then(|end| core.get(..*end)) else { continue };
        if length == 2 && COMMON.contains(&part) || reading.lexicon.is_generic(part) {
            continue;
        }
        let mut alone = Vec::new();
        for (at, _) in text.as_str().match_indices(part) {
            let extent = Extent::new(at, at + part.len());
            if !catalogue
                .read
                .iter()
                .any(|m| m.extent.meets(extent) && m.entity != index && m.extent.holds(extent))
                && !catalogue.read.iter().any(|m| m.entity == index && m.extent.meets(extent))
            {
                alone.push(extent);
            }
        }
        for extent in alone {
            catalogue.note(index, part, extent);
        }
    }
}
