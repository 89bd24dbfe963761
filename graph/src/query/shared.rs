//! Whom do several entities have in common: suppliers, customers, partners, places.

use std::collections::BTreeMap;

use petgraph::Direction;

use super::{Budget, Truncation};
use crate::model::Predicate;
use crate::state::{EntityIx, RelationIx};
use crate::view::{Lens, PredicateSet, View};

/// Who is sought, and between whom.
#[derive(Debug, Clone)]
pub struct CommonQuery {
    /// The entities that must all have it. One named twice counts once.
    pub of: Vec<EntityIx>,
    /// Over which relation.
    pub predicate: Predicate,
    /// Seen from `of`: `Incoming` finds suppliers, `Outgoing` customers; `None`: either way.
    pub direction: Option<Direction>,
    /// At most so many.
    pub limit: usize,
}

/// An entity that all of them are related to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Common {
    /// Who is shared.
    pub entity: EntityIx,
    /// The relations that join it to each of them, in the order in which they were first stated.
    pub relations: Vec<RelationIx>,
}

/// Who is shared, and what cut the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commons {
    /// Most relations first, then in the order of declaration.
    pub found: Vec<Common>,
    /// What cut it.
    pub truncated: Option<Truncation>,
}

/// Entities that stand in the relation to every one of the given. Plans are left out.
/// Cost: the relations of the given entities.
pub fn common(view: &View, query: &CommonQuery, budget: &Budget) -> Commons {
    let lens = Lens::new(view, PredicateSet::of([query.predicate]));
    let mut of = query.of.clone();
    of.sort_unstable();
    of.dedup();
    let ways: &[Direction] = match query.direction {
        Some(Direction::Incoming) => &[Direction::Incoming],
        Some(Direction::Outgoing) => &[Direction::Outgoing],
        None => &[Direction::Incoming, Direction::Outgoing],
    };
    let mut meter = budget.meter();
    let mut shared: Option<BTreeMap<EntityIx, Vec<RelationIx>>> = None;
    for entity in &of {
        let mut near: BTreeMap<EntityIx, Vec<RelationIx>> = BTreeMap::new();
        for (other, relation) in ways.iter().flat_map(|way| lens.each_step(*entity, *way)) {
            if let Err(cut) = meter.step() {
                // Who is shared is known only when all of them have been asked.
                return Commons { found: Vec::new(), truncated: Some(cut) };
            }
            let known = shared.as_ref().is_none_or(|shared| shared.contains_key(&other));
            if known && of.binary_search(&other).is_err() {
                near.entry(other).or_default().push(relation);
            }
        }
        for (other, relations) in &mut near {
            relations.extend(shared.iter().flat_map(|shared| &shared[other]));
        }
        shared = Some(near);
    }
    let mut found: Vec<Common> = shared
        .unwrap_or_default()
        .into_iter()
        .map(|(entity, mut relations)| {
            relations.sort_unstable();
            relations.dedup();
            Common { entity, relations }
        })
        .collect();
    found.sort_by_key(|common| (std::cmp::Reverse(common.relations.len()), common.entity));
    let truncated = Truncation::to_limit(&mut found, query.limit);
    Commons { found, truncated }
}
