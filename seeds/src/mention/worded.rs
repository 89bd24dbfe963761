//! Links, industries and products that only the construction around them shows: `从铸件到整机`,
//! `由齿轮、箱体组成`, `以泵阀装备为主导产业`, `甲公司的曲轴供应给…`.

use std::sync::LazyLock;

use graph::model::EntityKind;
use regex::Regex;

use super::Reading;
use crate::catalogue::Catalogue;
use crate::text::Extent;

/// A way of wording; each of `a`, `b`, `c` holds one name or several joined by 、 or 和.
struct Wording {
    pattern: Regex,
    kind: EntityKind,
    /// The words before `a` must be a firm's name.
    of_firm: bool,
}

static WORDINGS: LazyLock<Vec<Wording>> = LazyLock::new(|| {
    let wording = |kind, of_firm, pattern: &str| Wording {
        pattern: Regex::new(pattern).expect("a fixed pattern compiles"),
        kind,
        of_firm,
    };
    let firm = |verb: &str| {
        format!(
            "的(?P<a>[^，。；、的了在\n]{{2,10}}?)(?:主要|广泛|已|也|大多|全部|长期|均|都|就|，)*(?:{verb})"
        )
    };
    vec![
        wording(
            EntityKind::Stage,
            false,
            "从(?P<a>[^，。；从到\n]{2,30}?)到(?P<b>[^，。；再从到\n]{2,12}?)(?:，?再到(?P<c>[^，。；从到\n]{2,12}?))?\
             (?:的|，|。|、|等|全|一应|完整|环环|都)",
        ),
        wording(
            EntityKind::Stage,
            false,
            "由(?P<a>[^，。；由\n]{2,40}?)(?:等(?:[^，。；、\n]{0,6})?)?(?:组成|构成)",
        ),
        wording(
            EntityKind::Chain,
            false,
            "以(?P<a>[^，。；以为\n]{2,24}?)为(?:主导|特色|支柱|首位|优势|主要|主攻|重点)(?:的)?(?:产业|方向)",
        ),
        wording(
            EntityKind::Product,
            true,
            &firm(
                "供应给|供给|供货给|提供给|销售给|卖给|交付给|配套给|用于|应用于|应用在|销往|远销|出口",
            ),
        ),
        wording(
            EntityKind::Product,
            true,
            "(?:使用|所需|需要|采购|生产|自主研发|自主研制|研发|研制)的(?P<a>[^，。；、的了在\n]{2,12}?)(?:主要|大多|全部|均|都|就|，)*(?:由|采购自|来自|购自|顺利|成功)",
        ),
        wording(
            EntityKind::Product,
            false,
            "(?:自主研发|自主研制|独立研发|自主设计)的(?P<a>[^，。；、的了在\n]{2,14}?)(?:已|成功|顺利|批量|广泛|主要|，|。|实现|入选|获|将|应用|用于|在|正式)",
        ),
        wording(
            EntityKind::Stage,
            false,
            "“?(?P<a>[^，。；、“”—\n]{2,10})[—-]+(?P<b>[^，。；、“”—\n]{2,10})(?:[—-]+(?P<c>[^，。；、“”—\n]{2,10}?))?”?的?(?:完整|全)?(?:产业链|链条|产业链条)",
        ),
        wording(
            EntityKind::Honour,
            false,
            "(?:认定|评定|确定|命名|评选)[^。；为\n]{2,120}?为(?P<a>[^，。；、\n]{4,30})",
        ),
        wording(
            EntityKind::Product,
            true,
            "(?:批量|长期)?(?:采购|订购|购买)(?:了)?(?P<a>[^，。；、的了在由给\n]{2,12}?)(?:$|[，。；、])",
        ),
        wording(
            EntityKind::Product,
            false,
            "(?:专业|主要|专门)(?:从事)?(?:生产|制造)(?P<a>[^，。；的了\n]{2,24}?)(?:$|[，。；]|的企业|的公司|的厂家|的国家)",
        ),
    ]
});

pub(super) fn read(reading: &Reading<'_>, catalogue: &mut Catalogue) {
    let text = reading.text;
    for wording in WORDINGS.iter() {
        for found in wording.pattern.captures_iter(text.as_str()) {
            let Some(whole) = found.get(0) else { continue };
            if wording.of_firm && !after_firm(catalogue, whole.start())
                || wording.kind == EntityKind::Stage
                    && !speaks_of_links(reading, whole.start(), whole.end())
            {
                continue;
            }
            if wording.kind == EntityKind::Honour {
                let title = found.name("a").map(|m| Extent::new(m.start(), m.end()));
                title.into_iter().for_each(|title| honour(reading, catalogue, title));
                continue;
            }
            for group in ["a", "b", "c"].iter().filter_map(|name| found.name(name)) {
                items(reading, catalogue, Extent::new(group.start(), group.end()), wording.kind);
            }
        }
    }
}

/// A title by its ending, whatever else its words would name.
fn honour(reading: &Reading<'_>, catalogue: &mut Catalogue, extent: Extent) {
    let words = reading.text.slice(extent);
    let object = reading.lexicon.objects.at_start("获评");
    let titled = object.is_some_and(|(_, o)| o.endings.iter().any(|e| words.ends_with(e.as_str())));
    if titled && !catalogue.covers(extent) {
        catalogue.declare(reading.text, EntityKind::Honour, extent, false);
    }
}

fn after_firm(catalogue: &Catalogue, at: usize) -> bool {
    catalogue.ending_at(at).is_some_and(|m| m.kind == EntityKind::Firm)
}

/// `从A到B` joins links only where chains are spoken of; what is made of parts says so itself.
fn speaks_of_links(reading: &Reading<'_>, start: usize, end: usize) -> bool {
    const LINKS: &[&str] = &["产业", "链", "环节", "配套", "整机", "组成", "构成", "上下游"];
    const TOLD: usize = 30;
    let before: Vec<char> = reading.text.before(start).take(TOLD).map(|(_, c)| c).collect();
    let before: String = before.into_iter().rev().collect();
    let after: String = reading.text.after(start).chars().take(TOLD * 2).collect();
    let here = reading.text.slice(Extent::new(start, end));
    LINKS.iter().any(|w| before.contains(w) || after.contains(w) || here.contains(w))
}

/// Declares each of the names joined by 、, 和 or 及, unless one of them is a phrase.
fn items(reading: &Reading<'_>, catalogue: &mut Catalogue, extent: Extent, kind: EntityKind) {
    let text = reading.text;
    let mut parts = Vec::new();
    let mut start = extent.start;
    for (at, c) in text.slice(extent).char_indices() {
        if matches!(c, '、' | '和' | '及') {
            parts.push(Extent::new(start, extent.start + at));
            start = extent.start + at + c.len_utf8();
        }
    }
    parts.push(Extent::new(start, extent.end));
    if !parts.iter().all(|part| is_name(reading, catalogue, *part, kind)) {
        return;
    }
    for part in parts {
        if !catalogue.covers(part) {
            catalogue.declare(text, kind, part, kind != EntityKind::Product);
        }
    }
}

/// Two to ten characters that hold no verb, no count and no other name.
fn is_name(reading: &Reading<'_>, catalogue: &Catalogue, part: Extent, kind: EntityKind) -> bool {
    const ABSTRACT: &[&str] = &[
        "企业", "公司", "市场", "时间", "速度", "规模", "质量", "方面", "阶段", "时代", "能力",
        "水平", "模式", "单位", "部门", "人员", "成员", "团队", "代表", "专家", "产品", "问题",
        "成果", "过程", "创新", "发展", "增长", "经验", "政策", "服务", "一体", "全国", "世界",
        "优势", "资金", "数据", "引领", "跟跑", "领跑", "并跑", "地区", "国家", "客户", "订单",
        "技术",
    ];
    let words = reading.text.slice(part);
    let length = words.chars().count();
    let han =
        words.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c) || c.is_ascii_alphanumeric());
    let max = if kind == EntityKind::Stage { 8 } else { 12 };
    let other = catalogue.near(part).any(|m| {
        let thing = matches!(
            m.kind,
            EntityKind::Stage | EntityKind::Product | EntityKind::Chain | EntityKind::Technology
        );
        !thing
    });
    (2..=max).contains(&length)
        && han
        && !other
        && !words.starts_with(|c: char| {
            c.is_ascii_digit() || "一二三四五六七八九十两第几每全各其该这那小大无有".contains(c)
        })
        && !ABSTRACT.iter().any(|w| words.ends_with(w))
        && reading.boundaries.first_in(part).is_none()
        && !reading.lexicon.is_generic(words)
}
