//! The neighbourhood of some entities, ready to draw.

use std::collections::BTreeMap;

use super::{Budget, Truncation};
use crate::model::EntityKind;
use crate::state::{EntityIx, RelationIx};
use crate::view::{Lens, PredicateSet, View};

/// Which neighbourhood.
#[derive(Debug, Clone)]
pub struct SubgraphQuery {
    /// Where it starts.
    pub around: Vec<EntityIx>,
    /// How many steps it reaches.
    pub depth: u32,
    /// At most so many entities.
    pub limit: usize,
    /// Over which relations.
    pub predicates: PredicateSet,
    /// Through and to which kinds; empty: any. The starting entities are always in.
    pub kinds: Vec<EntityKind>,
}

/// Entities and the relations among them.
#[derive(Debug, Clone, PartialEq)]
pub struct Subgraph {
    /// Entities: the start, then nearer before farther, better known before less.
    pub entities: Vec<EntityIx>,
    /// Every relation of the chosen predicates between two of them.
    pub relations: Vec<RelationIx>,
    /// What cut it.
    pub truncated: Option<Truncation>,
}

/// Walks outwards from the start. Cost: the relations of every entity met.
pub fn subgraph(view: &View, query: &SubgraphQuery, budget: &Budget) -> Subgraph {
    let mut meter = budget.meter();
    let mut truncated = None;
    let mut depths: BTreeMap<EntityIx, u32> = query.around.iter().map(|e| (*e, 0)).collect();
    let mut frontier = query.around.clone();
    'walk: for depth in 1..=query.depth {
        let mut next = Vec::new();
        for entity in frontier {
            for relation in view.relations(entity, None) {
                if let Err(cut) = meter.step() {
                    truncated = Some(cut);
                    break 'walk;
                }
                let (source, target) = view.ends(relation);
                let other = if source == entity { target } else { source };
                let wanted = query.predicates.holds(view.predicate(relation))
                    && (query.kinds.is_empty() || query.kinds.contains(&view.kind(other)));
                if wanted && !depths.contains_key(&other) {
                    depths.insert(other, depth);
                    next.push(other);
                }
            }
        }
        frontier = next;
    }
    let mut entities: Vec<EntityIx> = depths.keys().copied().collect();
    entities.sort_by_cached_key(|e| {
        let degree = view.degree(*e);
        (depths.get(e).copied(), std::cmp::Reverse(degree), *e)
    });
    if entities.len() > query.limit {
        let remaining = u64::try_from(entities.len() - query.limit).ok();
        entities.truncate(query.limit);
        let at = u64::try_from(query.limit).unwrap_or(u64::MAX);
        truncated = truncated.or(Some(Truncation { limit: "limit", at, remaining }));
    }
    Subgraph { relations: among(view, &entities, &query.predicates), entities, truncated }
}

/// Relations of the chosen predicates between two of these entities, as first stated.
pub(super) fn among(
    view: &View,
    entities: &[EntityIx],
    predicates: &PredicateSet,
) -> Vec<RelationIx> {
    let mut inside = Lens::new(view, *predicates).seen();
    for entity in entities {
        inside.meet(*entity);
    }
    let steps = entities
        .iter()
        .flat_map(|e| view.each_step(*e, petgraph::Direction::Outgoing, *predicates));
    let mut relations: Vec<RelationIx> =
        steps.filter(|(other, _)| inside.has_met(*other)).map(|(_, ix)| ix).collect();
    relations.sort_unstable();
    relations.dedup();
    relations
}
