//! Figures as statements: of whom, of what, when.

use graph::model::{Comparator, EntityKind, Modality, Period, ontology};

use crate::catalogue::{Catalogue, EntityIndex, Mention};
use crate::mention::Reading;
use crate::metric;
use crate::period::{TimeWord, governing, months_up_to};
use crate::quantity::{Quantity, QuantityKind, quantities};
use crate::rule::{Scene, speaks_of_plan, subject};
use crate::text::Extent;

/// A figure about an entity of the catalogue.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    pub(crate) rule: &'static str,
    pub(crate) subject: EntityIndex,
    pub(crate) metric: String,
    pub(crate) value: f64,
    pub(crate) value_max: Option<f64>,
    pub(crate) unit: String,
    pub(crate) comparator: Comparator,
    pub(crate) period: Option<Period>,
    pub(crate) modality: Modality,
    pub(crate) extent: Extent,
    pub(crate) confidence: f64,
}

/// How sure a figure is whose subject only the paragraph tells: below the usual threshold.
const UNSURE: f64 = 0.5;

/// Kinds that figures speak of.
const SUBJECTS: &[EntityKind] = &[
    EntityKind::Firm,
    EntityKind::Town,
    EntityKind::Park,
    EntityKind::Cluster,
    EntityKind::Platform,
    EntityKind::Network,
    EntityKind::Region,
    EntityKind::Project,
    EntityKind::Policy,
    EntityKind::Honour,
    EntityKind::Occasion,
    EntityKind::Product,
    EntityKind::Organization,
    EntityKind::University,
];

/// The figures of one sentence.
pub(crate) fn read(reading: &Reading<'_>, scene: &Scene<'_>) -> Vec<Observed> {
    let rendering = scene.here;
    let mut found: Vec<Observed> = Vec::new();
    for quantity in quantities(&rendering.string) {
        if restates(scene, &quantity) || of_unnamed(scene, &quantity) {
            continue;
        }
        let Some((subject, certain)) = subject_of(scene, &quantity) else { continue };
        let before = found.last().filter(|o| o.subject == subject).map(|o| o.metric.clone());
        let Some(metric) = metric::name(reading, scene, &quantity, before.as_deref()) else {
            continue;
        };
        let metric = claimed(scene, subject, metric);
        let period = period(&rendering.string, &quantity, &scene.times);
        let clause = clause(&rendering.string, quantity.start, quantity.end);
        let planned = speaks_of_plan(clause);
        let modality = if planned { Modality::Planned } else { Modality::Actual };
        found.push(Observed {
            rule: rule(quantity.kind),
            subject,
            metric,
            value: quantity.value,
            value_max: quantity.value_max,
            unit: quantity.unit.clone(),
            comparator: quantity.comparator,
            period,
            modality,
            extent: extent(scene, &quantity),
            confidence: if certain { 0.8 } else { UNSURE },
        });
    }
    found
}

/// `甲、乙2家企业`: the count only says how long the list is.
fn restates(scene: &Scene<'_>, quantity: &Quantity) -> bool {
    let rendering = scene.here;
    let before = rendering.string.get(..quantity.start).unwrap_or("");
    let before =
        before.trim_end_matches(|c: char| c == '等' || ('\u{e100}'..='\u{e101}').contains(&c));
    let last = rendering.slots.iter().rev().find(|s| s.at < quantity.start);
    let ends = before.chars().next_back().is_some_and(|c| ('\u{e000}'..='\u{e0ff}').contains(&c));
    let length = |n: usize| u32::try_from(n).is_ok_and(|n| f64::from(n) == quantity.value);
    quantity.kind == QuantityKind::Count
        && ends
        && last.is_some_and(|s| s.entities.len() > 1 && length(s.entities.len()))
}

/// `一座重达8000吨的导管架`, `项目总投资12亿元` of a project without a name: of nothing that is known.
fn of_unnamed(scene: &Scene<'_>, quantity: &Quantity) -> bool {
    let string = &scene.here.string;
    let before = string.get(..quantity.start).unwrap_or("");
    let sized = ["重达", "重约", "长达", "直径", "宽", "高度", "厚度", "深达", "身高"]
        .iter()
        .any(|w| before.ends_with(w));
    let clause = clause(string, quantity.start, quantity.start);
    let after = string.get(quantity.end..).unwrap_or("");
    let away = ["车程", "路程", "的车程"].iter().any(|w| after.starts_with(w));
    let named = before.ends_with(['等', '\u{e100}'])
        && ["榜上有名", "入选", "上榜", "获评", "参加", "参展", "负责人", "代表", "企业为"]
            .iter()
            .any(|w| after.find(w).is_some_and(|at| at <= 18));
    sized || away || named || ["项目", "该项目", "其中，项目"].iter().any(|w| clause.starts_with(w))
}

/// A network's towns and platforms have metrics of their own.
fn claimed(scene: &Scene<'_>, subject: EntityIndex, metric: String) -> String {
    let network = scene
        .here
        .slots
        .iter()
        .any(|s| s.kind == EntityKind::Network && s.entities.contains(&subject));
    match metric.as_str() {
        m if network && m.contains("平台") => ontology::METRIC_PLATFORMS.to_owned(),
        m if network && m.contains("小镇") => ontology::METRIC_TOWNS.to_owned(),
        _ => metric,
    }
}

const fn rule(kind: QuantityKind) -> &'static str {
    match kind {
        QuantityKind::Count => "figure.count",
        QuantityKind::Measure => "figure.measure",
        QuantityKind::Rank => "figure.rank",
        QuantityKind::Times => "figure.times",
    }
}

/// Whom a figure is about, and whether the sentence itself says so.
fn subject_of(scene: &Scene<'_>, quantity: &Quantity) -> Option<(EntityIndex, bool)> {
    let rendering = scene.here;
    let after = rendering.string.get(quantity.end..).unwrap_or("");
    // `2.8平方公里的泵阀小镇`
    if matches!(quantity.unit.as_str(), "km2" | "亩" | "平方米") && after.starts_with('的') {
        let at = quantity.end + '的'.len_utf8();
        if let Some(slot) = rendering.slot_at(at).filter(|s| SUBJECTS.contains(&s.kind)) {
            return slot.entities.first().map(|e| (*e, true));
        }
    }
    let from = rendering.string.get(..quantity.start).unwrap_or("");
    if let Some(entity) = ahead(scene, quantity) {
        return Some((entity, true));
    }
    if let Some(entity) = of_kind(scene, quantity) {
        return Some((entity, true));
    }
    let sentence = subject(scene, quantity.start, SUBJECTS);
    let slot = sentence.filter(|s| s.entities.len() == 1);
    let entity = slot.and_then(|s| s.entities.first().copied());
    match entity {
        Some(entity) => Some((entity, !from.is_empty())),
        None => scene.region.map(|(entity, _)| (entity, false)),
    }
}

/// Figures whose subject stands after them: `投资12亿元建设甲项目`, `连续两届上榜者有奖`.
fn ahead(scene: &Scene<'_>, quantity: &Quantity) -> Option<EntityIndex> {
    let rendering = scene.here;
    let before = rendering.string.get(..quantity.start)?;
    let after = rendering.string.get(quantity.end..)?;
    // 总投资20亿元的甲项目: what is measured stands right behind.
    if let Some(slot) =
        after.strip_prefix('的').and_then(|_| rendering.slot_at(quantity.end + '的'.len_utf8()))
    {
        let slot = match rendering.slot_at(slot.at + 3) {
            Some(next) if slot.kind == EntityKind::Firm && next.kind == EntityKind::Project => next,
            _ => slot,
        };
        let measured =
            matches!(slot.kind, EntityKind::Project | EntityKind::Park | EntityKind::Town);
        if measured && slot.entities.len() == 1 {
            return slot.entities.first().copied();
        }
    }
    let kind = if quantity.unit == "CNY" && before.ends_with("投资") && after.starts_with("建设")
    {
        EntityKind::Project
    } else if quantity.unit == "年" && before.ends_with("连续") {
        EntityKind::Honour
    } else {
        return None;
    };
    let next = rendering.slots.iter().find(|s| s.at >= quantity.end)?;
    let between = rendering.string.get(quantity.end..next.at)?;
    let near = !between.contains(['。', '；']) && between.chars().count() <= 12;
    next.entities.first().copied().filter(|_| near && next.kind == kind)
}

/// Figures whose words ask for a kind of subject named before them in the sentence: a total
/// investment is a project's, a number of modes a reform's.
fn of_kind(scene: &Scene<'_>, quantity: &Quantity) -> Option<EntityIndex> {
    let rendering = scene.here;
    let before = rendering.string.get(..quantity.start)?;
    let after = rendering.string.get(quantity.end..)?;
    let kind = if before.ends_with("总投资") || before.ends_with("总投资为") {
        EntityKind::Project
    } else if after.starts_with("模式") {
        EntityKind::Policy
    } else {
        return None;
    };
    let earlier = rendering.slots.iter().filter(|s| s.at < quantity.start && s.kind == kind);
    let mut single = earlier.filter(|s| s.entities.len() == 1);
    single.next_back().and_then(|s| s.entities.first().copied())
}

/// The period that a figure speaks of.
fn period(text: &str, quantity: &Quantity, times: &[TimeWord]) -> Option<Period> {
    let clause = quantity.end - clause(text, quantity.start, quantity.end).len();
    let governing = governing(times, clause, quantity.end)?;
    let run = quantity.unit == "月"
        && text.get(..quantity.start).is_some_and(|head| head.ends_with("连续"));
    if run {
        months_up_to(quantity.value, &governing.period)
    } else {
        Some(governing.period.clone())
    }
}

fn clause(text: &str, start: usize, end: usize) -> &str {
    let head = text.get(..start).unwrap_or("");
    let from = head.rfind(['，', '；', '。', '：']).map_or(0, |i| i + '，'.len_utf8());
    text.get(from..end).unwrap_or("")
}

/// The figure's clause, from its own words at most 40 characters back.
fn extent(scene: &Scene<'_>, quantity: &Quantity) -> Extent {
    let rendering = scene.here;
    let clause = clause(&rendering.string, quantity.start, quantity.end);
    let tail = rendering.string.get(quantity.end..).unwrap_or("");
    let more = tail.find(['，', '；', '。', '：', '、', '！']).unwrap_or(tail.len());
    let start = rendering.origin(quantity.end.saturating_sub(clause.len()));
    Extent::new(start, rendering.origin(quantity.end + more.min(60)).max(start))
}

/// What a network's name itself claims: one town and three platforms of 一镇三星.
pub(crate) fn claimed_sizes(catalogue: &Catalogue, mentions: &[Mention]) -> Vec<Observed> {
    let mut found = Vec::new();
    for (index, entry) in catalogue.live().filter(|(_, e)| e.kind == EntityKind::Network) {
        let Some(extent) = mentions.iter().find(|m| m.entity == index).map(|m| m.extent) else {
            continue;
        };
        let chars: Vec<char> = entry.name.chars().collect();
        for pair in chars.chunks_exact(2) {
            let [digit, noun] = pair else { continue };
            let count = "一二三四五六七八九十".chars().position(|d| d == *digit);
            let Some(value) = count.and_then(|n| u8::try_from(n + 1).ok()).map(f64::from) else {
                continue;
            };
            let metric = match noun {
                '镇' => ontology::METRIC_TOWNS,
                '星' | '谷' | '湾' | '港' | '院' | '室' | '校' | '所' | '园' | '极' | '核' => {
                    ontology::METRIC_PLATFORMS
                }
                _ => continue,
            };
            found.push(Observed {
                rule: "figure.name",
                subject: index,
                metric: metric.to_owned(),
                value,
                value_max: None,
                unit: "个".to_owned(),
                comparator: Comparator::Exact,
                period: None,
                modality: Modality::Actual,
                extent,
                confidence: 0.8,
            });
        }
    }
    found
}
