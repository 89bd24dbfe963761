//! A view through which petgraph's algorithms look: entities as nodes, relations of chosen
//! predicates as edges, both clocks and merges taken care of.

use petgraph::Direction;
use petgraph::visit::{
    GraphBase, IntoNeighbors, IntoNeighborsDirected, NodeCount, NodeIndexable, Visitable,
};

use super::View;
use super::reach::Seen;
use super::walk::Steps;
use crate::model::{Predicate, ontology};
use crate::state::{EntityIx, RelationIx};

/// Which predicates count as edges. A number with one bit for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PredicateSet(u32);

const _: () = assert!(Predicate::ALL.len() <= 32, "a set has one bit for each predicate");

impl PredicateSet {
    /// Every predicate.
    pub fn all() -> Self {
        Self(u32::MAX)
    }

    /// These predicates; every one if none is named.
    pub fn of(predicates: impl IntoIterator<Item = Predicate>) -> Self {
        let named = predicates.into_iter().fold(0, |set, predicate| set | 1 << predicate as u32);
        // A set that names every one is the set of every one.
        let known = Predicate::ALL.iter().fold(0, |set, predicate| set | 1 << *predicate as u32);
        if named == 0 || named == known { Self::all() } else { Self(named) }
    }

    /// Those of them that have a direction.
    pub(crate) fn asymmetric(self) -> Self {
        let all = Predicate::ALL.iter();
        let symmetric = all.filter(|predicate| ontology::rule(**predicate).symmetric);
        Self(symmetric.fold(self.0, |set, predicate| set & !(1 << *predicate as u32)))
    }

    /// Whether it counts.
    pub fn holds(self, predicate: Predicate) -> bool {
        self.0 >> predicate as u32 & 1 == 1
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

    /// Looks at relations of these predicates, plans among them or not.
    pub fn over(view: &'a View, predicates: PredicateSet, planned: bool) -> Self {
        Self { view, predicates, planned }
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
        self.each_step(entity, direction).collect()
    }

    /// The same one by one. Cost: the entity's relations of that direction; nothing is allocated
    /// unless a merge is near.
    pub fn each_step(&self, entity: EntityIx, direction: Direction) -> Steps<'a> {
        Steps::new(self.view, entity, direction, self.predicates, self.planned)
    }
}

/// The entities that steps lead to.
#[derive(Clone)]
pub struct Neighbors<'a>(Steps<'a>);

impl Iterator for Neighbors<'_> {
    type Item = EntityIx;

    fn next(&mut self) -> Option<EntityIx> {
        self.0.next().map(|(other, _)| other)
    }

    fn fold<B, F: FnMut(B, EntityIx) -> B>(self, init: B, mut take: F) -> B {
        self.0.fold(init, |done, (other, _)| take(done, other))
    }
}

impl GraphBase for Lens<'_> {
    type NodeId = EntityIx;
    type EdgeId = RelationIx;
}

impl Visitable for Lens<'_> {
    type Map = Seen;

    fn visit_map(&self) -> Self::Map {
        self.seen()
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

impl<'a> IntoNeighbors for &Lens<'a> {
    type Neighbors = Neighbors<'a>;

    fn neighbors(self, entity: EntityIx) -> Self::Neighbors {
        self.neighbors_directed(entity, Direction::Outgoing)
    }
}

impl<'a> IntoNeighborsDirected for &Lens<'a> {
    type NeighborsDirected = Neighbors<'a>;

    fn neighbors_directed(self, entity: EntityIx, direction: Direction) -> Self::NeighborsDirected {
        Neighbors(self.each_step(entity, direction))
    }
}
