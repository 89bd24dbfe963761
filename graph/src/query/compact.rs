//! A part of a view as two arrays: for questions that walk all of it many times.

use petgraph::Direction;

use super::{Meter, Truncation};
use crate::state::EntityIx;
use crate::view::{Lens, PredicateSet, View};

/// Entities that stand in relations of some predicates, numbered in the order of declaration; their
/// links are read as they are needed. Plans are left out.
pub(super) struct Compact<'a> {
    pub(super) entities: Vec<EntityIx>,
    /// The number of each row, [`NONE`] where it has none.
    numbers: Vec<u32>,
    /// All relations, and those that have a direction.
    all: Lens<'a>,
    asymmetric: Lens<'a>,
}

const NONE: u32 = u32::MAX;

/// Links of each entity, those of one entity side by side.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    starts: Vec<usize>,
    ends: Vec<u32>,
    weights: Vec<u32>,
}

impl<'a> Compact<'a> {
    /// Finds who is linked in one pass.
    pub(super) fn of(
        view: &'a View,
        predicates: PredicateSet,
        meter: &mut Meter<'_>,
    ) -> Result<Self, Truncation> {
        let all = Lens::new(view, predicates);
        let asymmetric = Lens::new(view, predicates.asymmetric());
        let mut entities: Vec<EntityIx> = Vec::new();
        let mut numbers: Vec<u32> = Vec::new();
        for entity in view.entities() {
            meter.pass()?;
            let ways = [Direction::Outgoing, Direction::Incoming];
            if ways.into_iter().any(|way| all.each_step(entity, way).next().is_some()) {
                numbers.resize(entity.0 as usize, NONE);
                // There are fewer than 2^32 entities.
                numbers.push(u32::try_from(entities.len()).unwrap_or(NONE));
                entities.push(entity);
            }
        }
        Ok(Self { entities, numbers, all, asymmetric })
    }

    pub(super) fn len(&self) -> usize {
        self.entities.len()
    }

    /// From target to source, once for each relation; both ways for a symmetric one. Without
    /// weights.
    pub(super) fn into(&self, meter: &mut Meter<'_>) -> Result<Rows, Truncation> {
        let mut rows = Rows::none(self.len());
        for entity in &self.entities {
            let before = rows.links();
            let steps = self.all.each_step(*entity, Direction::Incoming);
            steps.for_each(|(from, _)| rows.ends.push(self.number(from)));
            rows.starts.push(rows.ends.len());
            passed(rows.links() - before, meter)?;
        }
        Ok(rows)
    }

    /// Either way, once for each two linked entities, never to itself; the weight is how many
    /// relations link them.
    pub(super) fn near(&self, meter: &mut Meter<'_>) -> Result<Rows, Truncation> {
        let mut rows = Rows::none(self.len());
        let mut row: Vec<u32> = Vec::new();
        for entity in &self.entities {
            row.clear();
            row.extend(self.around(*entity).filter(|to| to != entity).map(|to| self.number(to)));
            passed(row.len(), meter)?;
            row.sort_unstable();
            let same = row.chunk_by(|a, b| a == b);
            rows.push(same.filter_map(|run| Some((*run.first()?, u32::try_from(run.len()).ok()?))));
        }
        Ok(rows)
    }

    /// Relations that each entity stands in, one with itself counted once.
    pub(super) fn degrees(&self, meter: &mut Meter<'_>) -> Result<Vec<usize>, Truncation> {
        let degree = |entity: &EntityIx| {
            let degree = self.around(*entity).count();
            passed(degree, meter).map(|()| degree)
        };
        self.entities.iter().map(degree).collect()
    }

    /// Whom each relation links an entity with.
    fn around(&self, entity: EntityIx) -> impl Iterator<Item = EntityIx> {
        let out = self.all.each_step(entity, Direction::Outgoing).map(|(to, _)| to);
        let into = self.asymmetric.each_step(entity, Direction::Incoming).map(|(from, _)| from);
        out.chain(into.filter(move |from| *from != entity))
    }

    fn number(&self, entity: EntityIx) -> u32 {
        // Whoever is linked has one.
        self.numbers.get(entity.0 as usize).copied().unwrap_or(NONE)
    }
}

/// Takes so many relations of a pass.
fn passed(relations: usize, meter: &mut Meter<'_>) -> Result<(), Truncation> {
    (0..relations).try_for_each(|_| meter.pass())
}

impl Rows {
    fn none(count: usize) -> Self {
        let mut starts = Vec::with_capacity(count + 1);
        starts.push(0);
        Self { starts, ends: Vec::new(), weights: Vec::new() }
    }

    /// The links of the next entity, each with its weight.
    fn push(&mut self, links: impl Iterator<Item = (u32, u32)>) {
        for (to, weight) in links {
            self.ends.push(to);
            self.weights.push(weight);
        }
        self.starts.push(self.ends.len());
    }

    /// Where the links of an entity lead.
    pub(super) fn of(&self, at: usize) -> &[u32] {
        &self.ends[self.starts[at]..self.starts[at + 1]]
    }

    /// The same with their weights.
    pub(super) fn weighted(&self, at: usize) -> impl Iterator<Item = (u32, f64)> + '_ {
        let range = self.starts[at]..self.starts[at + 1];
        let weights = self.weights[range.clone()].iter().map(|weight| f64::from(*weight));
        self.ends[range].iter().copied().zip(weights)
    }

    /// How many links lead to each.
    pub(super) fn reaching(&self) -> Vec<u32> {
        let mut counts = vec![0; self.len()];
        self.ends.iter().for_each(|end| counts[*end as usize] += 1);
        counts
    }

    /// How many entities there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many links there are.
    pub(super) fn links(&self) -> usize {
        self.ends.len()
    }
}
