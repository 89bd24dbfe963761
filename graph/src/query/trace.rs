//! Supply links followed tier by tier, upstream or downstream.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;

use super::{Budget, EntityFilter, EntityOrder, Subgraph, Truncation, list, subgraph};
use crate::model::Confidence;
use crate::state::{EntityIx, RelationIx};
use crate::view::{Lens, PredicateSet, View};

/// Against or along the flow of goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceDirection {
    /// To suppliers.
    Upstream,
    /// To customers.
    Downstream,
}

/// Whether a source says so, or it was inferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// A source says so.
    Stated,
}

impl Basis {
    /// The word for it in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stated => "STATED",
        }
    }
}

/// What to follow, and how far.
#[derive(Debug, Clone)]
pub struct TraceQuery {
    /// Where to start.
    pub from: EntityIx,
    /// Which way.
    pub direction: TraceDirection,
    /// How many tiers.
    pub max_depth: u32,
    /// At most so many entities.
    pub limit: usize,
    /// Over which relations; SUPPLIES unless told otherwise.
    pub predicates: PredicateSet,
    /// The product that the links of the first tier must carry.
    pub product_on_first_link: Option<EntityIx>,
    /// The product that every link must carry.
    pub product_on_every_link: Option<EntityIx>,
    /// What the far ends must be: other entities are shown only on the way to one that fits.
    pub leaf: Option<EntityFilter>,
    /// Links less sure than this do not count.
    pub min_confidence: f64,
}

/// Tiers of suppliers or customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Where it started.
    pub root: EntityIx,
    /// Which way it went.
    pub direction: TraceDirection,
    /// Nearest first; empty tiers are left out.
    pub tiers: Vec<Tier>,
    /// All of it as a graph, the root first.
    pub subgraph: Subgraph,
    /// What cut it.
    pub truncated: Option<Truncation>,
}

/// Entities at one distance from the root.
#[derive(Debug, Clone, PartialEq)]
pub struct Tier {
    /// How many links away.
    pub depth: u32,
    /// Who stands there, in the order met.
    pub steps: Vec<TraceStep>,
}

/// One link of a trace. An entity that several links reach in its tier has a step for each.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceStep {
    /// Who is reached.
    pub entity: EntityIx,
    /// From whom.
    pub from: EntityIx,
    /// Stated or derived.
    pub basis: Basis,
    /// The relations that link the two.
    pub via: Vec<RelationIx>,
    /// That at least one of them holds.
    pub confidence: Confidence,
}

/// Follows supply links tier by tier. Each entity stands in its first tier, so cycles end.
/// Cost: the relations of every entity met.
pub fn trace(view: &View, query: &TraceQuery, budget: &Budget) -> Trace {
    let lens = Lens::new(view, query.predicates.clone());
    let mut meter = budget.meter();
    let mut met: BTreeSet<EntityIx> = BTreeSet::from([query.from]);
    let mut tiers: Vec<Tier> = Vec::new();
    let mut frontier = vec![query.from];
    let mut truncated = None;
    for depth in 1..=query.max_depth {
        let mut steps: Vec<TraceStep> = Vec::new();
        let mut next: Vec<EntityIx> = Vec::new();
        for from in std::mem::take(&mut frontier) {
            let links = links(view, &lens, query, from, depth);
            if let Some(cut) = links.iter().find_map(|_| meter.step().err()) {
                truncated = truncated.or(Some(cut));
                break;
            }
            for (entity, via) in links.into_iter().filter(|(e, _)| !met.contains(e)) {
                if !next.contains(&entity) {
                    if met.len() + next.len() > query.limit {
                        let at = u64::try_from(query.limit).unwrap_or(u64::MAX);
                        truncated =
                            truncated.or(Some(Truncation { limit: "limit", at, remaining: None }));
                        continue;
                    }
                    next.push(entity);
                }
                let confidence =
                    Confidence::combine(via.iter().map(|ix| view.relation_confidence(*ix)));
                steps.push(TraceStep { entity, from, basis: Basis::Stated, via, confidence });
            }
        }
        if steps.is_empty() {
            break;
        }
        met.extend(&next);
        tiers.push(Tier { depth, steps });
        frontier = next;
        if truncated.is_some() {
            break;
        }
    }
    if let Some(leaf) = &query.leaf {
        keep_ways_to(&mut tiers, &list(view, leaf, EntityOrder::Recorded));
    }
    Trace {
        root: query.from,
        direction: query.direction,
        subgraph: drawn(view, query, &tiers),
        tiers,
        truncated,
    }
}

/// The links of one entity by their other end, in the order in which they were first stated.
fn links(
    view: &View,
    lens: &Lens<'_>,
    query: &TraceQuery,
    from: EntityIx,
    depth: u32,
) -> Vec<(EntityIx, Vec<RelationIx>)> {
    let way = match query.direction {
        TraceDirection::Upstream => Direction::Incoming,
        TraceDirection::Downstream => Direction::Outgoing,
    };
    let carries = |ix: RelationIx, product: Option<EntityIx>| {
        product.is_none() || view.product(ix) == product
    };
    let mut found: Vec<(EntityIx, Vec<RelationIx>)> = Vec::new();
    let mut places: BTreeMap<EntityIx, usize> = BTreeMap::new();
    for (other, ix) in lens.steps(from, way) {
        let counts = carries(ix, query.product_on_every_link)
            && (depth > 1 || carries(ix, query.product_on_first_link))
            && view.relation_confidence(ix).value() >= query.min_confidence;
        if counts {
            let place = *places.entry(other).or_insert_with(|| {
                found.push((other, Vec::new()));
                found.len() - 1
            });
            found[place].1.push(ix);
        }
    }
    found
}

/// Keeps what leads to a leaf: from the farthest tier inwards, a step stays if it reaches a leaf
/// or a step that stays.
fn keep_ways_to(tiers: &mut Vec<Tier>, leaves: &[EntityIx]) {
    let leaves: BTreeSet<EntityIx> = leaves.iter().copied().collect();
    let mut needed: BTreeSet<EntityIx> = BTreeSet::new();
    for tier in tiers.iter_mut().rev() {
        tier.steps.retain(|step| leaves.contains(&step.entity) || needed.contains(&step.entity));
        needed.extend(tier.steps.iter().map(|step| step.from));
    }
    tiers.retain(|tier| !tier.steps.is_empty());
}

fn drawn(view: &View, query: &TraceQuery, tiers: &[Tier]) -> Subgraph {
    let mut entities = vec![query.from];
    let mut seen = BTreeSet::from([query.from]);
    for step in tiers.iter().flat_map(|tier| &tier.steps) {
        if seen.insert(step.entity) {
            entities.push(step.entity);
        }
    }
    let relations = subgraph::among(view, &entities, &query.predicates);
    Subgraph { entities, relations, truncated: None }
}
