//! A view through which petgraph's algorithms look: entities as nodes, relations of chosen
//! predicates as edges, both clocks and merges taken care of.

use std::collections::{BTreeSet, HashSet};

use petgraph::Direction;
use petgraph::visit::{
    GraphBase, IntoNeighbors, IntoNeighborsDirected, NodeCount, NodeIndexable, Visitable,
};

use super::View;
use crate::model::{Predicate, ontology};
use crate::state::{EntityIx, RelationIx};

/// Which predicates count as edges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredicateSet(BTreeSet<Predicate>);

impl PredicateSet {
    /// Every predicate.
    pub fn all() -> Self {
        Self(Predicate::ALL.iter().copied().collect())
    }

    /// These predicates; every one if none is named.
    pub fn of(predicates: impl IntoIterator<Item = Predicate>) -> Self {
        let named: BTreeSet<Predicate> = predicates.into_iter().collect();
        if named.is_empty() { Self::all() } else { Self(named) }
    }

    /// Whether it counts.
    pub fn holds(&self, predicate: Predicate) -> bool {
        self.0.contains(&predicate)
    }
}

/// A view seen as a petgraph graph. Planned relations are left out unless asked for.
pub struct Lens<'a> {
    view: &'a View,
    predicates: PredicateSet,
    planned: bool,
}

impl<'a> Lens<'a> {
    /// Looks at relations of these predicates that are so.
    pub fn new(view: &'a View, predicates: PredicateSet) -> Self {
        Self { view, predicates, planned: false }
    }

    /// Counts planned relations too.
    #[must_use]
    pub fn with_planned(mut self) -> Self {
        self.planned = true;
        self
    }

    /// The relations that leave or reach an entity, with the entity at their other end, in the
    /// order in which they were first stated. A symmetric relation leaves and reaches both.
    pub fn steps(&self, entity: EntityIx, direction: Direction) -> Vec<(EntityIx, RelationIx)> {
        let relations = self.view.relations(entity, Some(direction)).into_iter();
        relations
            .filter(|ix| self.predicates.holds(self.view.predicate(*ix)))
            .filter(|ix| self.planned || self.view.is_actual(*ix))
            .filter_map(|ix| {
                let (source, target) = self.view.ends(ix);
                let symmetric = ontology::rule(self.view.predicate(ix)).symmetric;
                let other = match direction {
                    Direction::Outgoing if source == entity => target,
                    Direction::Incoming if target == entity => source,
                    _ if symmetric => {
                        if source == entity {
                            target
                        } else {
                            source
                        }
                    }
                    _ => return None,
                };
                Some((other, ix))
            })
            .collect()
    }
}

impl GraphBase for Lens<'_> {
    type NodeId = EntityIx;
    type EdgeId = RelationIx;
}

impl Visitable for Lens<'_> {
    type Map = HashSet<EntityIx>;

    fn visit_map(&self) -> Self::Map {
        HashSet::new()
    }

    fn reset_map(&self, map: &mut Self::Map) {
        map.clear();
    }
}

impl NodeIndexable for Lens<'_> {
    fn node_bound(&self) -> usize {
        self.view.state().entities.len()
    }

    fn to_index(&self, entity: EntityIx) -> usize {
        entity.0 as usize
    }

    fn from_index(&self, index: usize) -> EntityIx {
        EntityIx(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

impl NodeCount for Lens<'_> {
    fn node_count(&self) -> usize {
        self.view.entities().count()
    }
}

impl IntoNeighbors for &Lens<'_> {
    type Neighbors = std::vec::IntoIter<EntityIx>;

    fn neighbors(self, entity: EntityIx) -> Self::Neighbors {
        self.neighbors_directed(entity, Direction::Outgoing)
    }
}

impl IntoNeighborsDirected for &Lens<'_> {
    type NeighborsDirected = std::vec::IntoIter<EntityIx>;

    fn neighbors_directed(self, entity: EntityIx, direction: Direction) -> Self::NeighborsDirected {
        let others: Vec<EntityIx> =
            self.steps(entity, direction).into_iter().map(|(other, _)| other).collect();
        others.into_iter()
    }
}
