//! How are two entities linked? Loop-free paths, shortest first.

mod between;

use petgraph::Direction;

use super::{Budget, Meter, Truncation};
use crate::model::Confidence;
use crate::state::{EntityIx, RelationIx};
use crate::view::{Lens, PredicateSet, View};

/// Whether relations may be walked against their direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orientation {
    /// Either way.
    Any,
    /// From source to target only.
    Forward,
}

/// Which paths.
#[derive(Debug, Clone)]
pub struct PathQuery {
    /// Where they start.
    pub from: EntityIx,
    /// Where they end.
    pub to: EntityIx,
    /// Over which relations.
    pub predicates: PredicateSet,
    /// None longer than this.
    pub max_length: usize,
    /// At most so many.
    pub limit: usize,
    /// Whether relations may be walked against their direction.
    pub orientation: Orientation,
}

/// A loop-free path: one relation between each two entities, the surest where there are several.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The entities, first to last.
    pub entities: Vec<EntityIx>,
    /// The relations between them.
    pub relations: Vec<RelationIx>,
    /// That every one of them holds: the product.
    pub confidence: Confidence,
}

/// Paths, shortest first, and what cut the search.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths {
    /// The paths.
    pub paths: Vec<Path>,
    /// What cut the search.
    pub truncated: Option<Truncation>,
}

/// Finds loop-free paths in the order of their length; paths of one length come in the order in
/// which their relations were first stated.
///
/// Two breadth-first walks, one from each end, meet in the middle and tell who stands on a shortest
/// path. Only where these are fewer than asked for, distances to the target from all around prune a
/// depth-first walk for each greater length. Cost: what lies half the way around both ends for the
/// shortest; exponential in `max_length` at worst, which the budget bounds.
pub fn paths(view: &View, query: &PathQuery, budget: &Budget) -> Paths {
    let lens = Lens::new(view, query.predicates).with_planned();
    let mut search = Search {
        view,
        lens: &lens,
        query,
        meter: budget.meter(),
        distances: Vec::new(),
        way: vec![query.from],
        found: Vec::new(),
    };
    let truncated = search.run().err();
    Paths { paths: search.found, truncated }
}

struct Search<'a> {
    view: &'a View,
    lens: &'a Lens<'a>,
    query: &'a PathQuery,
    meter: Meter<'a>,
    /// Links from an entity to the target, in the order of entities.
    distances: Vec<(EntityIx, usize)>,
    way: Vec<EntityIx>,
    found: Vec<Path>,
}

impl<'a> Search<'a> {
    fn run(&mut self) -> Result<(), Truncation> {
        if self.query.from == self.query.to {
            return Ok(());
        }
        let Some(shortest) = self.meet()? else { return Ok(()) };
        self.walk(shortest)?;
        if self.found.len() >= self.query.limit || shortest == self.query.max_length {
            return Ok(());
        }
        self.measure()?;
        for length in shortest + 1..=self.query.max_length {
            self.walk(length)?;
            if self.found.len() >= self.query.limit {
                break;
            }
        }
        Ok(())
    }

    fn measure(&mut self) -> Result<(), Truncation> {
        let mut seen = self.lens.seen();
        seen.meet(self.query.to);
        let mut nearest_first = vec![(self.query.to, 0)];
        let mut at = 0;
        while let Some((entity, distance)) = nearest_first.get(at).copied() {
            if distance == self.query.max_length {
                break;
            }
            let mut walked = 0;
            self.steps(entity, Direction::Incoming).for_each(|(other, _)| {
                walked += 1;
                if seen.meet(other) {
                    nearest_first.push((other, distance + 1));
                }
            });
            self.meter.steps(walked)?;
            at += 1;
        }
        self.distances = nearest_first;
        self.distances.sort_unstable();
        Ok(())
    }

    /// How many links lead from an entity to the target, where that was measured.
    fn distance(&self, entity: EntityIx) -> Option<usize> {
        let at = self.distances.binary_search_by_key(&entity, |(of, _)| *of).ok()?;
        Some(self.distances[at].1)
    }

    /// Completes the way with exactly so many links.
    fn walk(&mut self, left: usize) -> Result<(), Truncation> {
        let Some(entity) = self.way.last().copied() else { return Ok(()) };
        if left == 0 {
            self.found.push(self.path());
            return Ok(());
        }
        let mut tried: Vec<EntityIx> = Vec::new();
        for (other, _) in self.steps(entity, Direction::Outgoing) {
            self.meter.step()?;
            // The target only ends a path, and an entity is on it once.
            let fits = self.distance(other).is_some_and(|distance| distance < left)
                && (other == self.query.to) == (left == 1)
                && !self.way.contains(&other)
                && !tried.contains(&other);
            if fits && self.found.len() < self.query.limit {
                tried.push(other);
                self.way.push(other);
                self.walk(left - 1)?;
                self.way.pop();
            }
        }
        Ok(())
    }

    fn steps(
        &self,
        entity: EntityIx,
        direction: Direction,
    ) -> impl Iterator<Item = (EntityIx, RelationIx)> + use<'a> {
        let (lens, query) = (self.lens, self.query);
        let back = (query.orientation == Orientation::Any)
            .then(|| lens.each_step(entity, direction.opposite()));
        lens.each_step(entity, direction).chain(back.into_iter().flatten())
    }

    fn path(&self) -> Path {
        let relations: Vec<RelationIx> =
            self.way.windows(2).filter_map(|pair| self.surest(pair[0], pair[1])).collect();
        let all = relations.iter().map(|ix| self.view.relation_confidence(*ix).value()).product();
        let confidence = Confidence::new(all).unwrap_or(Confidence::CERTAIN);
        Path { entities: self.way.clone(), relations, confidence }
    }

    fn surest(&self, from: EntityIx, to: EntityIx) -> Option<RelationIx> {
        let between = self.steps(from, Direction::Outgoing).filter(|(other, _)| *other == to);
        let sure = |ix: RelationIx| self.view.relation_confidence(ix).value();
        between.map(|(_, ix)| ix).min_by(|a, b| sure(*b).total_cmp(&sure(*a)).then(a.cmp(b)))
    }
}
