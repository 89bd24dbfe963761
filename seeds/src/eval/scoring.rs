//! The comparison itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use super::gold::{Entity, Figure, Gold, Relation, Said};
use super::{Evaluation, Part, Score, Strictness};

/// Compares what was said with the gold.
///
/// Cost: a few passes over both.
pub fn evaluate(gold: &Gold, said: &Said, strictness: Strictness) -> Evaluation {
    let mut kinds = BTreeMap::new();
    let (entities, matched) = match_entities(gold, said, strictness, &mut kinds);
    let meant = Meant { matched, said, gold };
    let mut predicates = BTreeMap::new();
    let relations = match_relations(&meant, strictness, &mut predicates);
    let observations = match_observations(&meant);
    Evaluation { entities, relations, observations, kinds, predicates }
}

/// Which entity of the gold each said entity is, by their ids.
struct Meant<'a> {
    matched: HashMap<&'a str, Option<&'a str>>,
    said: &'a Said,
    gold: &'a Gold,
}

impl<'a> Meant<'a> {
    fn gold_id(&self, id: &str) -> Option<&'a str> {
        self.matched.get(id).copied().flatten()
    }

    fn label(&self, entities: &[Entity], id: &str) -> String {
        // Of an id that is declared twice the last name counts, as for matching.
        let entity = entities.iter().rev().find(|entity| entity.id == id);
        entity.map_or_else(|| id.to_owned(), |entity| entity.name.clone())
    }

    fn relation(&self, entities: &[Entity], relation: &Relation) -> String {
        let Relation { r#type, source, target } = relation;
        format!("{} {} {}", self.label(entities, source), r#type, self.label(entities, target))
    }

    fn figure(&self, entities: &[Entity], figure: &Figure) -> String {
        let words = [
            self.label(entities, &figure.subject),
            figure.metric.clone().unwrap_or_default(),
            figure.value.to_string(),
            figure.unit.clone().unwrap_or_default(),
            comparator(figure),
        ];
        words.join(" ")
    }
}

fn match_entities<'a>(
    gold: &'a Gold,
    said: &'a Said,
    strictness: Strictness,
    kinds: &mut BTreeMap<String, Score>,
) -> (Part, HashMap<&'a str, Option<&'a str>>) {
    let mut bearers: HashMap<(&str, String), Vec<&str>> = HashMap::new();
    for entity in &gold.entities {
        kinds.entry(entity.kind.clone()).or_default().gold += 1;
        for name in entity.names() {
            let bearers = bearers.entry((family(&entity.kind, strictness), key(name))).or_default();
            if !bearers.contains(&entity.id.as_str()) {
                bearers.push(&entity.id);
            }
        }
    }
    let mut taken: HashSet<&str> = HashSet::new();
    let mut matched = HashMap::new();
    let mut part = Part::default();
    for entity in &said.entities {
        // The first bearer of a name, unless a later one is still free.
        let mut hit = None;
        for name in entity.names() {
            let named = bearers.get(&(family(&entity.kind, strictness), key(name)));
            for id in named.into_iter().flatten().copied() {
                let frees = |hit: &str| taken.contains(hit) && !taken.contains(id);
                if hit.is_none_or(frees) {
                    hit = Some(id);
                }
            }
        }
        matched.insert(entity.id.as_str(), hit);
        let of_kind = kinds.entry(entity.kind.clone()).or_default();
        of_kind.said += 1;
        match hit {
            Some(id) if taken.insert(id) => of_kind.right += 1,
            Some(_) => {}
            None => part.spurious.push(entity.label()),
        }
    }
    let missed = gold.entities.iter().filter(|e| !taken.contains(e.id.as_str()));
    part.missed = missed.map(Entity::label).collect();
    part.score = Score { right: taken.len(), said: said.entities.len(), gold: gold.entities.len() };
    (part, matched)
}

type RelationKey<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

/// Predicate and ends; the ends of a partnership in either order.
fn relation_key<'a>(
    predicate: &'a str,
    source: Option<&'a str>,
    target: Option<&'a str>,
    strictness: Strictness,
) -> RelationKey<'a> {
    let predicate = match (strictness, predicate) {
        (Strictness::Relaxed, "DEVELOPS" | "PRODUCES") => "DEVELOPS or PRODUCES",
        (_, predicate) => predicate,
    };
    if predicate == "PARTNERS_WITH" && target < source {
        (predicate, target, source)
    } else {
        (predicate, source, target)
    }
}

fn match_relations(
    meant: &Meant<'_>,
    strictness: Strictness,
    predicates: &mut BTreeMap<String, Score>,
) -> Part {
    let mut wanted: HashMap<RelationKey<'_>, &Relation> = HashMap::new();
    let mut order = Vec::new();
    for relation in &meant.gold.relations {
        predicates.entry(relation.r#type.clone()).or_default().gold += 1;
        let Relation { r#type, source, target } = relation;
        let key = relation_key(r#type, Some(source), Some(target), strictness);
        if wanted.insert(key, relation).is_none() {
            order.push(key);
        }
    }
    let mut part = Part::default();
    let mut found: HashSet<RelationKey<'_>> = HashSet::new();
    let mut seen = HashSet::new();
    for relation in &meant.said.relations {
        let Relation { r#type, source, target } = relation;
        if !seen.insert((r#type, source, target)) {
            continue;
        }
        predicates.entry(r#type.clone()).or_default().said += 1;
        let (source, target) = (meant.gold_id(source), meant.gold_id(target));
        let key = relation_key(r#type, source, target, strictness);
        match wanted.get(&key) {
            Some(gold) if found.insert(key) => {
                predicates.entry(gold.r#type.clone()).or_default().right += 1;
            }
            Some(_) => {}
            None => part.spurious.push(meant.relation(&meant.said.entities, relation)),
        }
    }
    let missed = order.iter().filter(|key| !found.contains(*key)).filter_map(|key| wanted.get(key));
    part.missed = missed.map(|gold| meant.relation(&meant.gold.entities, gold)).collect();
    part.score = Score { right: found.len(), said: seen.len(), gold: wanted.len() };
    part
}

type FigureKey<'a> = (&'a str, String, String, String);

fn figure_key<'a>(subject: &'a str, figure: &Figure) -> FigureKey<'a> {
    // Four digits after the point are as exact as an article is; adding 0 turns -0 into 0.
    let rounded: f64 = format!("{:.4}", figure.value).parse().unwrap_or(figure.value);
    let unit = key(figure.unit.as_deref().unwrap_or_default());
    (subject, (rounded + 0.0).to_string(), unit, comparator(figure))
}

fn comparator(figure: &Figure) -> String {
    let stated = figure.comparator.as_deref().filter(|word| !word.is_empty());
    stated.unwrap_or("exact").to_lowercase()
}

fn match_observations(meant: &Meant<'_>) -> Part {
    let gold = &meant.gold.observations;
    let mut open: HashMap<FigureKey<'_>, Vec<&Figure>> = HashMap::new();
    for figure in gold {
        open.entry(figure_key(&figure.subject, figure)).or_default().push(figure);
    }
    let mut part = Part::default();
    part.score.gold = gold.len();
    part.score.said = meant.said.observations.len();
    for figure in &meant.said.observations {
        let subject = meant.gold_id(&figure.subject);
        let same = subject.and_then(|subject| open.get_mut(&figure_key(subject, figure)));
        match same.and_then(Vec::pop) {
            Some(_) => part.score.right += 1,
            None => part.spurious.push(meant.figure(&meant.said.entities, figure)),
        }
    }
    // In the order of the gold: of equal ones, as many as are left.
    for figure in gold {
        let left = open.get_mut(&figure_key(&figure.subject, figure)).and_then(Vec::pop);
        if let Some(left) = left {
            part.missed.push(meant.figure(&meant.gold.entities, left));
        }
    }
    part
}

/// The kind, or what stands for it and its neighbours.
fn family(kind: &str, strictness: Strictness) -> &str {
    match (strictness, kind) {
        (Strictness::Relaxed, "REGION" | "PARK" | "TOWN") => "a place",
        (Strictness::Relaxed, "CLUSTER" | "CHAIN") => "an industry",
        (Strictness::Relaxed, "PRODUCT" | "TECHNOLOGY" | "STAGE") => "a thing",
        (_, kind) => kind,
    }
}

/// The form in which names and units are compared: NFKC, no white space, no quotation marks of the
/// common sorts, lower case. A little less than [`graph::model::NameKey`] takes away.
fn key(name: &str) -> String {
    let ignored = |c: &char| {
        c.is_whitespace()
            || matches!(c, '\u{1c}'..='\u{1f}')
            || matches!(c, '“' | '”' | '‘' | '’' | '「' | '」' | '"' | '\'' | '《' | '》')
    };
    name.nfkc().filter(|c| !ignored(c)).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_width_space_quotes_and_case() {
        assert_eq!(key(" “黑豹 ２．０” ΑΣ"), "黑豹2.0ας");
        assert_eq!(key("『甲』"), "『甲』");
    }

    #[test]
    fn partnerships_are_read_both_ways_and_making_is_one_only_when_relaxed() {
        let key = |p, s, t, how| relation_key(p, Some(s), Some(t), how);
        let (strict, relaxed) = (Strictness::Strict, Strictness::Relaxed);
        assert_eq!(key("PARTNERS_WITH", "b", "a", strict), key("PARTNERS_WITH", "a", "b", strict));
        assert_ne!(key("OWNS", "b", "a", strict), key("OWNS", "a", "b", strict));
        assert_ne!(key("PRODUCES", "a", "b", strict), key("DEVELOPS", "a", "b", strict));
        assert_eq!(key("PRODUCES", "a", "b", relaxed), key("DEVELOPS", "a", "b", relaxed));
    }
}
