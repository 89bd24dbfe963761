//! Single points of failure: whom does all supply from somewhere upstream have to pass?

use std::collections::BTreeMap;

use petgraph::Direction;
use petgraph::algo::dominators::simple_fast;
use petgraph::graph::{DiGraph, NodeIndex};

use super::{Budget, Meter, Truncation};
use crate::model::Predicate;
use crate::state::{EntityIx, RelationIx};
use crate::view::{Lens, PredicateSet, View};

/// Whose supply is looked at.
#[derive(Debug, Clone, Copy)]
pub struct ChokepointQuery {
    /// Who is supplied.
    pub of: EntityIx,
    /// How many tiers upstream are looked at.
    pub max_depth: u32,
    /// At most so many entities are named for each chokepoint; all are counted.
    pub examples: usize,
    /// Whether planned links count as if they were so.
    pub planned: bool,
}

/// The single points of failure of an entity's supply.
#[derive(Debug, Clone, PartialEq)]
pub struct Chokepoints {
    /// How many entities stand upstream of it, within the tiers looked at.
    pub upstream: usize,
    /// Those that cut off most first, then the nearer, then in the order met.
    pub found: Vec<Chokepoint>,
    /// What cut the answer. Where it is `depth`, more stands farther upstream; by any other limit
    /// nothing is found, for links that were not seen might lead around.
    pub truncated: Option<Truncation>,
}

/// An entity whose failure cuts others off from the one supplied.
#[derive(Debug, Clone, PartialEq)]
pub struct Chokepoint {
    /// Who it is.
    pub entity: EntityIx,
    /// How many links away from the one supplied.
    pub depth: u32,
    /// How many upstream entities reach the one supplied only by it; it is not one of them.
    pub cuts_off: usize,
    /// Some of them, nearest first.
    pub examples: Vec<EntityIx>,
    /// `cuts_off` as a share of all that stands upstream, 0 to 1.
    pub share: f64,
    /// The links by which it supplies others on the way.
    pub via: Vec<RelationIx>,
}

/// Finds the entities that every supply path from some others must pass.
///
/// The links among all entities within `max_depth` tiers are turned around and rooted at the one
/// supplied; whatever dominates another entity there cuts it off. Dominators by petgraph's
/// `simple_fast` (Cooper, Harvey, Kennedy: *A Simple, Fast Dominance Algorithm*, 2001). Plans are
/// left out unless asked for. Cost: the relations of every entity upstream, and quadratic in their number at worst
/// for the dominators, near linear on supply chains.
pub fn chokepoints(view: &View, query: &ChokepointQuery, budget: &Budget) -> Chokepoints {
    let lens = Lens::over(view, PredicateSet::of([Predicate::Supplies]), query.planned);
    match Cone::of(&lens, query, &mut budget.meter()) {
        Ok(cone) => cone.chokepoints(&lens, query),
        Err(cut) => Chokepoints { upstream: 0, found: Vec::new(), truncated: Some(cut) },
    }
}

/// Everything upstream of an entity, each link turned around: from customer to supplier.
struct Cone {
    /// Entities in the order in which a breadth-first walk meets them; the root is the first.
    graph: DiGraph<EntityIx, ()>,
    depths: Vec<u32>,
    places: BTreeMap<EntityIx, NodeIndex>,
    goes_on: bool,
}

impl Cone {
    fn of(
        lens: &Lens<'_>,
        query: &ChokepointQuery,
        meter: &mut Meter<'_>,
    ) -> Result<Self, Truncation> {
        let mut graph = DiGraph::new();
        let root = graph.add_node(query.of);
        let mut cone = Self {
            graph,
            depths: vec![0],
            places: BTreeMap::from([(query.of, root)]),
            goes_on: false,
        };
        let mut at = 0;
        while let Some(depth) = cone.depths.get(at).copied() {
            let customer = NodeIndex::new(at);
            for (supplier, _) in lens.each_step(cone.graph[customer], Direction::Incoming) {
                meter.step()?;
                let place = match cone.places.get(&supplier) {
                    Some(place) => *place,
                    None if depth < query.max_depth => {
                        let place = cone.graph.add_node(supplier);
                        cone.places.insert(supplier, place);
                        cone.depths.push(depth + 1);
                        place
                    }
                    None => {
                        cone.goes_on = true;
                        continue;
                    }
                };
                cone.graph.update_edge(customer, place, ());
            }
            at += 1;
        }
        Ok(cone)
    }

    fn chokepoints(&self, lens: &Lens<'_>, query: &ChokepointQuery) -> Chokepoints {
        let count = self.depths.len();
        let tree = simple_fast(&self.graph, NodeIndex::new(0));
        // Nearer entities have smaller numbers, and a dominator is nearer than what it dominates.
        let above: Vec<Option<usize>> = (0..count)
            .map(|at| tree.immediate_dominator(NodeIndex::new(at)).map(NodeIndex::index))
            .collect();
        let mut cuts_off = vec![0_usize; count];
        let mut examples: Vec<Vec<EntityIx>> = vec![Vec::new(); count];
        for at in 1..count {
            let mut over = above[at];
            while let Some(dominator) = over.filter(|dominator| *dominator > 0) {
                cuts_off[dominator] += 1;
                if examples[dominator].len() < query.examples {
                    examples[dominator].push(self.graph[NodeIndex::new(at)]);
                }
                over = above[dominator];
            }
        }
        let upstream = count - 1;
        let mut found: Vec<Chokepoint> = (1..count)
            .filter(|at| cuts_off[*at] > 0)
            .map(|at| Chokepoint {
                entity: self.graph[NodeIndex::new(at)],
                depth: self.depths[at],
                cuts_off: cuts_off[at],
                examples: std::mem::take(&mut examples[at]),
                share: share(cuts_off[at], upstream),
                via: self.via(lens, at),
            })
            .collect();
        found.sort_by_key(|point| std::cmp::Reverse(point.cuts_off));
        let deeper = Truncation { limit: "depth", at: query.max_depth.into(), remaining: None };
        Chokepoints { upstream, found, truncated: self.goes_on.then_some(deeper) }
    }

    /// The links by which an entity supplies others of the cone.
    fn via(&self, lens: &Lens<'_>, at: usize) -> Vec<RelationIx> {
        let steps = lens.each_step(self.graph[NodeIndex::new(at)], Direction::Outgoing);
        steps.filter(|(to, _)| self.places.contains_key(to)).map(|(_, relation)| relation).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
