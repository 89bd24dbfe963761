//! The thirteen questions of the workload, each asked as a caller of the library asks them.

use std::collections::HashMap;

use graph::model::{EntityId, EntityKind, Predicate};
use graph::query::{
    Basis, Budget, EntityFilter, EntityOrder, Measure, Orientation, PathQuery, RankingQuery,
    RelatedFilter, STEPS_MAX, TraceDirection, TraceQuery, WALK_MAX, list, paths, ranking, search,
    trace,
};
use graph::state::EntityIx;
use graph::view::{AsOf, Lens, PredicateSet, Recorded, View};
use petgraph::Direction::{Incoming, Outgoing};
use serde_json::Value;

use crate::answer::{Answer, FIRST};
use crate::load::Ids;

/// The longest path that the workload asks for.
const PATH_MAX: usize = 40;

/// A view, with the ids of the facts.
pub(crate) struct World<'a> {
    pub(crate) view: View,
    ids: &'a Ids,
}

/// Parameters of one run, mapped to the graph's own ids before any clock runs.
pub(crate) struct Asked {
    entities: Vec<EntityId>,
    texts: Vec<String>,
}

impl<'a> World<'a> {
    pub(crate) fn new(view: View, ids: &'a Ids) -> Self {
        Self { view, ids }
    }

    /// The file's id of each of ours, as text.
    pub(crate) fn names(&self) -> HashMap<String, String> {
        self.ids.iter().map(|(file, id)| (id.to_string(), file.clone())).collect()
    }

    pub(crate) fn asked(&self, params: &Value) -> Asked {
        let texts: Vec<String> =
            params.as_array().unwrap().iter().map(|p| p.as_str().unwrap().to_owned()).collect();
        let entities = texts.iter().filter_map(|text| self.ids.get(text)).copied().collect();
        Asked { entities, texts }
    }

    pub(crate) fn answer(&self, name: &str, asked: &Asked) -> Answer {
        let view = &self.view;
        let row = |at: usize| view.entity(asked.entities[at]).unwrap();
        let id = |entity: EntityIx| view.entity_id(entity).to_string();
        match name {
            "q01_point" => {
                let row = row(0);
                Answer::Point(id(row), view.kind(row).as_str(), view.name(row).to_string())
            }
            "q02_prefix" => self.found(&asked.texts[0], |name, part| name.starts_with(part)),
            "q03_substr" => self.found(&asked.texts[0], |name, part| name.contains(part)),
            "q04_hop1" => self.near(row(0)),
            "q05_hop2" => {
                let (lens, root) = (supplies(view), row(0));
                let mut far: Vec<EntityIx> = Vec::new();
                for (near, _) in lens.each_step(root, Outgoing) {
                    far.extend(lens.each_step(near, Outgoing).map(|(far, _)| far));
                }
                far.sort_unstable();
                far.dedup();
                Answer::Ids(far.into_iter().filter(|far| *far != root).map(id).collect())
            }
            "q06_down4" | "q07_up6" => {
                let (way, depth) = if name == "q06_down4" { (Outgoing, 4) } else { (Incoming, 6) };
                let reached = supplies(view).reached(row(0), way, depth);
                Answer::Tiers(reached.into_iter().map(|(who, depth)| (id(who), depth)).collect())
            }
            "q08_path" => self.path(row(0), row(1)),
            "q09_common" => {
                let lens = supplies(view);
                let suppliers = |of| lens.each_step(of, Incoming).map(|(supplier, _)| supplier);
                let mut of_one: Vec<EntityIx> = suppliers(row(0)).collect();
                of_one.sort_unstable();
                let mut of_both: Vec<EntityIx> =
                    suppliers(row(1)).filter(|s| of_one.binary_search(s).is_ok()).collect();
                of_both.sort_unstable();
                of_both.dedup();
                Answer::Ids(of_both.into_iter().map(id).collect())
            }
            "q10_top20" => self.most_linked(row(0)),
            "q11_pagerank" => self.ranked(),
            "q12_single" => {
                let lens = supplies(view);
                let single = view.entities().filter(|entity| {
                    let mut suppliers = lens.each_step(*entity, Incoming);
                    suppliers.next().is_some() && suppliers.next().is_none()
                });
                Answer::Ids(single.map(id).collect())
            }
            "q13_asof" => {
                let as_of = AsOf {
                    recorded: Recorded::Now,
                    valid_on: Some(asked.texts[1].parse().unwrap()),
                };
                let view = view.at(as_of).unwrap();
                let (lens, root) = (supplies(&view), row(0));
                let ways = [("out", Outgoing), ("in", Incoming)].into_iter();
                let steps = ways
                    .flat_map(|(word, way)| lens.each_step(root, way).map(move |s| (word, s.0)));
                Answer::Ways(steps.map(|(word, other)| (word, id(other))).collect())
            }
            other => panic!("no such question: {other}"),
        }
    }

    /// A trace to the fourth tier, as the API asks for it; gives how many links it shows.
    pub(crate) fn traced(&self, asked: &Asked, direction: TraceDirection) -> usize {
        let query = TraceQuery {
            from: self.view.entity(asked.entities[0]).unwrap(),
            direction,
            max_depth: 4,
            limit: 1_000,
            predicates: PredicateSet::of([Predicate::Supplies]),
            product_on_first_link: None,
            product_on_every_link: None,
            leaf: None,
            min_confidence: 0.0,
            basis: vec![Basis::Stated, Basis::Derived],
            planned: false,
        };
        let traced = trace(&self.view, &query, &Budget::steps(STEPS_MAX));
        traced.tiers.iter().map(|tier| tier.steps.len()).sum()
    }

    /// Names that fit, as a search tells them: best first, so that beginnings come before the rest.
    fn found(&self, text: &str, fits: impl Fn(&str, &str) -> bool) -> Answer {
        let hits = search(&self.view, text, &[], FIRST).into_iter();
        let named = hits.filter(|hit| fits(&hit.matched, text));
        let row = |entity| self.view.entity_id(entity).to_string();
        Answer::Named(named.map(|hit| (row(hit.entity), hit.matched.to_string())).collect())
    }

    fn near(&self, root: EntityIx) -> Answer {
        let view = &self.view;
        let firms = view
            .each_relation(root)
            .filter(|(other, _)| view.kind(*other) == EntityKind::Firm)
            .take(FIRST);
        let row = |(other, relation)| {
            let id = view.entity_id(other).to_string();
            (view.predicate(relation).as_str(), id, view.name(other).to_string())
        };
        Answer::Linked(firms.map(row).collect())
    }

    fn path(&self, from: EntityIx, to: EntityIx) -> Answer {
        let query = PathQuery {
            from,
            to,
            predicates: PredicateSet::of([Predicate::Supplies]),
            max_length: PATH_MAX,
            limit: 1,
            orientation: Orientation::Forward,
        };
        let found = paths(&self.view, &query, &Budget::steps(STEPS_MAX));
        Answer::Length(found.paths[0].relations.len())
    }

    fn most_linked(&self, cluster: EntityIx) -> Answer {
        let related = RelatedFilter {
            predicate: Predicate::MemberOf,
            direction: Some(Outgoing),
            to: Some(cluster),
        };
        let filter = EntityFilter {
            kinds: vec![EntityKind::Firm],
            related_to: Some(related),
            ..EntityFilter::default()
        };
        let firms = list(&self.view, &filter, EntityOrder::Degree).into_iter().take(FIRST);
        let row = |firm| (self.view.entity_id(firm).to_string(), self.view.degree(firm));
        Answer::Counted(firms.map(row).collect())
    }

    fn ranked(&self) -> Answer {
        let query = RankingQuery {
            measure: Measure::PageRank,
            kinds: vec![EntityKind::Firm],
            predicates: PredicateSet::of([Predicate::Supplies]),
            within: None,
            limit: FIRST,
            walk_max: WALK_MAX,
        };
        let ranked = ranking(&self.view, &query, &Budget::steps(STEPS_MAX)).ranked;
        Answer::Ids(ranked.iter().map(|r| self.view.entity_id(r.entity).to_string()).collect())
    }
}

pub(crate) fn supplies(view: &View) -> Lens<'_> {
    Lens::new(view, PredicateSet::of([Predicate::Supplies]))
}
