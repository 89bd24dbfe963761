//! Applies rules to a rendered sentence.

use std::sync::LazyLock;

use graph::model::{
    Confidence, EntityKind, FuzzyDate, Modality, Predicate, Role, RoleBasis, TextQualifier,
};
use regex::{Captures, Regex};

use super::rendering::Slot;
use super::subject::{Scene, subject};
use super::{Elsewhere, Rule, States};
use crate::catalogue::EntityIndex;
use crate::period::governing;
use crate::text::Extent;

/// What a rule read in a sentence.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) rule: String,
    pub(crate) stated: Stated,
    pub(crate) confidence: Confidence,
    /// The matched words, with the names at both ends where those stand in the sentence.
    pub(crate) extent: Extent,
}

/// The statement, in entities of the catalogue.
#[derive(Debug, Clone)]
pub(crate) enum Stated {
    Relation {
        predicate: Predicate,
        source: EntityIndex,
        target: EntityIndex,
        product: Option<EntityIndex>,
        stage: Option<EntityIndex>,
        texts: Vec<(TextQualifier, String)>,
        modality: Modality,
        /// When it began to hold, where the words before it say so.
        since: Option<FuzzyDate>,
    },
    Role {
        entity: EntityIndex,
        role: Role,
        basis: RoleBasis,
    },
}

static DENIED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "未能|没有|尚未|并未|未入选|未获|不再|退出|并非|无缘|落选|不是|终止|叫停|取消|否认|撤销",
    )
    .expect("a fixed pattern compiles")
});
/// 将 as a sign of the future, told from 将 before an object by what follows; and the other words
/// of plans.
static PLANNED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        "将(?:为|在|于|联合|共同|继续|进一步|全力|着力|加快|加大|大力|实施|推进|推出|建设|打造|聚焦|形成|生产|\
         采用|投资|落户|成为|发挥|围绕|依托|重点|陆续|启动|开工|建成|达到|达|突破|实现|新增|向|给|有|被|会|\
         与[^，。]{1,12}(?:合作|共建|签))|拟|计划|力争|预计|有望|争取|冲刺|目标|下一步|到20\\d\\d年",
    )
    .expect("a fixed pattern compiles")
});

/// Whether words speak of a plan.
pub(crate) fn speaks_of_plan(words: &str) -> bool {
    PLANNED.is_match(words)
}

/// One end of a relation, as found.
#[derive(Clone)]
struct End {
    entities: Vec<EntityIndex>,
    /// Where it stands, if in this sentence.
    extent: Option<Extent>,
}

/// Everything that the rules read in a sentence.
pub(crate) fn apply(rules: &[Rule], scene: &Scene<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for rule in rules {
        for captures in rule.pattern.captures_iter(&scene.here.string) {
            read(rule, scene, &captures, &mut found);
        }
    }
    found
}

/// Of two readings of one sentence that say the same, one with the product and one without, only
/// the first.
pub(crate) fn without_vaguer(found: Vec<Found>) -> Vec<Found> {
    let ends = |f: &Found| match &f.stated {
        Stated::Relation { predicate, source, target, product, .. } => {
            Some((*predicate, *source, *target, product.is_some()))
        }
        Stated::Role { .. } => None,
    };
    let said: Vec<_> = found.iter().filter_map(ends).filter(|(.., product)| *product).collect();
    let vaguer = |f: &Found| {
        ends(f).is_some_and(|(predicate, source, target, product)| {
            !product && said.contains(&(predicate, source, target, true))
        })
    };
    found.into_iter().filter(|f| !vaguer(f)).collect()
}

fn read(rule: &Rule, scene: &Scene<'_>, captures: &Captures<'_>, found: &mut Vec<Found>) {
    let Some(whole) = captures.get(0) else { return };
    let clause = clause(&scene.here.string, whole.start(), whole.end());
    if DENIED.is_match(clause) {
        return;
    }
    let source = end(rule.source.as_ref(), "source", scene, captures);
    let target = end(rule.target.as_ref(), "target", scene, captures);
    let Some(source) = source else { return };
    if is_place_of_act(rule, scene, captures) {
        return;
    }
    let extent = extent(scene, captures, [Some(&source), target.as_ref()]);
    let mut push = |stated| {
        let confidence = rule.confidence;
        found.push(Found { rule: rule.name.clone(), stated, confidence, extent });
    };
    match rule.states {
        States::Role(role, basis) => {
            for entity in &source.entities {
                push(Stated::Role { entity: *entity, role, basis });
            }
        }
        States::Relation(predicate) => {
            let planned = rule.planned || is_planned(scene, whole.start(), whole.end());
            let modality = if planned { Modality::Planned } else { Modality::Actual };
            let since = since(predicate, scene, whole.start());
            let texts = texts(rule, captures);
            let bound = |name: &str| slot(scene, captures, name).and_then(|s| s.entities.first());
            let relation = |source, target| Stated::Relation {
                predicate,
                source,
                target,
                product: bound("product").copied(),
                stage: bound("stage").copied(),
                texts: texts.clone(),
                modality,
                since,
            };
            for (source, target) in pairs(rule, &source, target.as_ref()) {
                push(relation(source, target));
            }
        }
    }
}

/// `在屿口镇建设…`: a place that only says where something is done does not do it.
fn is_place_of_act(rule: &Rule, scene: &Scene<'_>, captures: &Captures<'_>) -> bool {
    let place =
        |s: &&Slot| matches!(s.kind, EntityKind::Region | EntityKind::Park | EntityKind::Town);
    let Some(slot) = slot(scene, captures, "source").filter(place) else { return false };
    let before = scene.here.string.get(..slot.at).unwrap_or("");
    // 在晨屿区，泵阀产业是…: a place that opens the sentence is what it speaks of.
    let opens = scene.here.string.get(slot.at..).is_some_and(|s| s.chars().nth(1) == Some('，'));
    let moves = matches!(rule.states, States::Relation(Predicate::LocatedIn))
        || opens && matches!(rule.states, States::Relation(Predicate::FocusesOn));
    !moves && before.ends_with(['在', '于'])
}

fn pairs(rule: &Rule, source: &End, target: Option<&End>) -> Vec<(EntityIndex, EntityIndex)> {
    let mut pairs = Vec::new();
    if rule.pairwise {
        for (at, first) in source.entities.iter().enumerate() {
            pairs.extend(source.entities.iter().skip(at + 1).map(|second| (*first, *second)));
        }
    }
    for target in target.map(|t| t.entities.as_slice()).unwrap_or_default() {
        pairs.extend(source.entities.iter().map(|source| (*source, *target)));
    }
    pairs.retain(|(source, target)| source != target);
    pairs
}

fn end(
    elsewhere: Option<&Elsewhere>,
    name: &str,
    scene: &Scene<'_>,
    captures: &Captures<'_>,
) -> Option<End> {
    if let Some(slot) = slot(scene, captures, name) {
        return Some(End { entities: slot.entities.clone(), extent: Some(slot.extent) });
    }
    let at = captures.get(0)?.start();
    match elsewhere? {
        Elsewhere::Subject(kinds) => {
            let slot = subject(scene, at, kinds)?;
            Some(End { entities: slot.entities.clone(), extent: Some(slot.extent) })
        }
        Elsewhere::Topic(EntityKind::Chain) => {
            let inside = scene.here.slots.iter().rev();
            let named = inside.filter(|s| s.at < at && s.kind == EntityKind::Chain);
            let named = named.filter_map(|s| s.entities.first().map(|e| (*e, s.extent))).next();
            let (entity, extent) = named.or(scene.chain)?;
            Some(End { entities: vec![entity], extent: Some(extent) })
        }
        Elsewhere::Topic(_) => {
            let (entity, extent) = scene.region?;
            Some(End { entities: vec![entity], extent: Some(extent) })
        }
    }
}

fn slot<'a>(scene: &Scene<'a>, captures: &Captures<'_>, name: &str) -> Option<&'a Slot> {
    scene.here.slot_at(captures.name(name)?.start())
}

fn texts(rule: &Rule, captures: &Captures<'_>) -> Vec<(TextQualifier, String)> {
    let mut texts = rule.texts.clone();
    for name in rule.pattern.capture_names().flatten() {
        let Ok(key) = name.parse::<TextQualifier>() else { continue };
        let plain = captures.name(name).map(|m| m.as_str()).filter(|t| !t.is_empty());
        if let Some(text) =
            plain.filter(|t| !t.contains(|c| ('\u{e000}'..='\u{e101}').contains(&c)))
        {
            texts.push((key, text.to_owned()));
        }
    }
    texts
}

/// The clauses over which a match reaches.
fn clause(string: &str, start: usize, end: usize) -> &str {
    let head = string.get(..start).unwrap_or("");
    let from = head.rfind(['，', '；', '。', '：']).map_or(0, |i| i + '，'.len_utf8());
    let tail = string.get(end..).unwrap_or("");
    let to = end + tail.find(['，', '；', '。', '：']).unwrap_or(tail.len());
    string.get(from..to).unwrap_or("")
}

/// The date of what happens on a day: founding, award, deal, meeting. What merely holds has none.
fn since(predicate: Predicate, scene: &Scene<'_>, at: usize) -> Option<FuzzyDate> {
    const HAPPENS: &[Predicate] = &[
        Predicate::Builds,
        Predicate::Awarded,
        Predicate::InvestsIn,
        Predicate::IssuedBy,
        Predicate::PartnersWith,
        Predicate::Organizes,
        Predicate::ParticipatesIn,
        Predicate::Implements,
    ];
    let head = scene.here.string.get(..at)?;
    let clause = head.rfind(['，', '；', '。', '：']).map_or(0, |i| i + '，'.len_utf8());
    let time = governing(&scene.times, clause, at).filter(|t| t.dated)?;
    let span = time.period.start != time.period.end;
    // 2024年以来 says when a reform began, 今年以来 only how long one looks back.
    let began = |d: &FuzzyDate| {
        !span || predicate == Predicate::Implements && d.to_string().len() == "2024".len()
    };
    time.period.start.filter(|d| HAPPENS.contains(&predicate) && began(d))
}

fn is_planned(scene: &Scene<'_>, start: usize, end: usize) -> bool {
    let string = &scene.here.string;
    let head = string.get(..start).unwrap_or("");
    let from = head.rfind(['，', '；', '。', '：']).map_or(0, |i| i + '，'.len_utf8());
    let words = string.get(from..end).unwrap_or("");
    speaks_of_plan(words) || string.starts_with("下一步")
}

/// Most bytes of text quoted as evidence (120 Chinese characters).
const QUOTE_MAX: usize = 360;

/// The words to quote: the match and both ends, else the match, else what fits of it.
fn extent(scene: &Scene<'_>, captures: &Captures<'_>, ends: [Option<&End>; 2]) -> Extent {
    let here = scene.here;
    let (start, end) = captures.get(0).map_or((0, 0), |m| (m.start(), m.end()));
    let bare = Extent::new(here.origin(start), here.origin(end).max(here.origin(start)));
    let mut wide = bare;
    for end in ends.into_iter().flatten().filter_map(|e| e.extent) {
        if here.extent.holds(end) {
            wide = Extent::new(wide.start.min(end.start), wide.end.max(end.end));
        }
    }
    if wide.end - wide.start <= QUOTE_MAX { wide } else { bare }
}
