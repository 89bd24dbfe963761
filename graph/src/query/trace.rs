//! Supply links followed tier by tier, upstream or downstream.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;

use super::derived::{DerivedLink, Deriver};
use super::{Budget, EntityFilter, EntityOrder, Meter, Subgraph, Truncation, list, subgraph};
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
    /// Inferred from stages: one firm stands in a stage, the other in the stage that it feeds.
    Derived,
}

impl Basis {
    /// The word for it in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stated => "STATED",
            Self::Derived => "DERIVED",
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
    /// Which links count. A derived one carries no product, and yields to a stated one between the
    /// same two.
    pub basis: Vec<Basis>,
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
    /// The stated links between the two; of a derived one, the relations from which it is inferred.
    pub via: Vec<RelationIx>,
    /// That at least one of the stated links holds; of a derived one, a low figure by rule: that
    /// all it is inferred from holds, times 0.3, or 0.5 where both firms are in one place.
    pub confidence: Confidence,
}

/// Follows supply links tier by tier. Each entity stands in its first tier, so cycles end.
/// Cost: the relations of every entity met.
pub fn trace(view: &View, query: &TraceQuery, budget: &Budget) -> Trace {
    let lens = Lens::new(view, query.predicates);
    let mut meter = budget.meter();
    let (mut met, mut waiting) = (lens.seen(), lens.seen());
    met.meet(query.from);
    let mut count = 1;
    let mut tiers: Vec<Tier> = Vec::new();
    let mut frontier = vec![query.from];
    let mut truncated = None;
    let mut deriver = Deriver::new(view);
    for depth in 1..=query.max_depth {
        let mut steps: Vec<TraceStep> = Vec::new();
        let mut next: Vec<EntityIx> = Vec::new();
        for from in std::mem::take(&mut frontier) {
            let links = match links(view, &lens, query, (from, depth), &mut deriver, &mut meter) {
                Ok(links) => links,
                Err(cut) => {
                    truncated = truncated.or(Some(cut));
                    break;
                }
            };
            for step in links.into_iter().filter(|step| !met.has_met(step.entity)) {
                let entity = step.entity;
                if !waiting.has_met(entity) {
                    if count + next.len() > query.limit {
                        let at = u64::try_from(query.limit).unwrap_or(u64::MAX);
                        truncated =
                            truncated.or(Some(Truncation { limit: "limit", at, remaining: None }));
                        continue;
                    }
                    waiting.meet(entity);
                    next.push(entity);
                }
                steps.push(step);
            }
        }
        if steps.is_empty() {
            break;
        }
        count += next.len();
        for entity in &next {
            met.meet(*entity);
        }
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

/// The links of one entity: stated ones in the order in which they were first stated, then derived
/// ones.
fn links(
    view: &View,
    lens: &Lens<'_>,
    query: &TraceQuery,
    (from, depth): (EntityIx, u32),
    deriver: &mut Deriver<'_>,
    meter: &mut Meter<'_>,
) -> Result<Vec<TraceStep>, Truncation> {
    let way = match query.direction {
        TraceDirection::Upstream => Direction::Incoming,
        TraceDirection::Downstream => Direction::Outgoing,
    };
    let mut found = Vec::new();
    if query.basis.contains(&Basis::Stated) {
        found = stated(view, lens, query, (from, depth), way, meter)?;
    }
    let any_product = query.product_on_every_link.is_none()
        && (depth > 1 || query.product_on_first_link.is_none());
    if any_product && query.basis.contains(&Basis::Derived) {
        let known: BTreeSet<EntityIx> = found.iter().map(|step| step.entity).collect();
        for link in deriver.links(from, way, meter)? {
            let DerivedLink { entity, via, confidence } = link;
            if !known.contains(&entity) && confidence.value() >= query.min_confidence {
                found.push(TraceStep { entity, from, basis: Basis::Derived, via, confidence });
            }
        }
    }
    Ok(found)
}

/// The stated links of one entity by their other end, in the order in which they were first stated.
fn stated(
    view: &View,
    lens: &Lens<'_>,
    query: &TraceQuery,
    (from, depth): (EntityIx, u32),
    way: Direction,
    meter: &mut Meter<'_>,
) -> Result<Vec<TraceStep>, Truncation> {
    let carries = |ix: RelationIx, product: Option<EntityIx>| {
        product.is_none() || view.product(ix) == product
    };
    let mut found: Vec<(EntityIx, Vec<RelationIx>)> = Vec::new();
    let mut places: BTreeMap<EntityIx, usize> = BTreeMap::new();
    for (other, ix) in lens.each_step(from, way) {
        meter.step()?;
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
    let step = |(entity, via): (EntityIx, Vec<RelationIx>)| {
        let confidence = Confidence::combine(via.iter().map(|ix| view.relation_confidence(*ix)));
        TraceStep { entity, from, basis: Basis::Stated, via, confidence }
    };
    Ok(found.into_iter().map(step).collect())
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
    let mut seen = Lens::new(view, query.predicates).seen();
    seen.meet(query.from);
    for step in tiers.iter().flat_map(|tier| &tier.steps) {
        if seen.meet(step.entity) {
            entities.push(step.entity);
        }
    }
    let relations = subgraph::among(view, &entities, &query.predicates);
    Subgraph { entities, relations, truncated: None }
}
