//! A part of a view as two arrays: for questions that walk all of it many times.

use std::collections::BTreeMap;

use super::{Meter, Truncation};
use crate::model::ontology;
use crate::state::{EntityIx, RelationIx};
use crate::view::{PredicateSet, View};

/// Entities that stand in relations of some predicates, numbered in the order of declaration, and
/// their links in arrays (compressed sparse rows). Plans are left out.
#[derive(Debug, Clone)]
pub(super) struct Compact {
    pub(super) entities: Vec<EntityIx>,
    /// From source to target, once for each relation; both ways for a symmetric one.
    pub(super) out: Rows,
    /// Either way, once for each two linked entities, never to itself; the weight is how many
    /// relations link them.
    pub(super) near: Rows,
    /// Relations that each entity stands in, one with itself counted once.
    pub(super) degrees: Vec<u32>,
}

/// Links of each entity, those of one entity side by side.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    starts: Vec<usize>,
    ends: Vec<u32>,
    weights: Vec<u32>,
}

impl Compact {
    /// Reads it from a view in one pass.
    pub(super) fn of(
        view: &View,
        predicates: &PredicateSet,
        meter: &mut Meter<'_>,
    ) -> Result<Self, Truncation> {
        let mut links: Vec<(EntityIx, EntityIx, bool)> = Vec::new();
        for relation in view.all_relations() {
            meter.pass()?;
            if predicates.holds(view.predicate(relation)) && view.is_actual(relation) {
                links.push(link(view, relation));
            }
        }
        let mut entities: Vec<EntityIx> = links.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
        entities.sort_unstable();
        entities.dedup();
        let place = |entity: EntityIx| {
            // Every end is among them. There are fewer than 2^32 entities.
            let at = entities.binary_search(&entity).unwrap_or_default();
            u32::try_from(at).unwrap_or(u32::MAX)
        };
        let mut degrees = vec![0_u32; entities.len()];
        let (mut out, mut near) = (Vec::new(), Vec::new());
        for (source, target, symmetric) in links {
            let (from, to) = (place(source), place(target));
            degrees[from as usize] += 1;
            out.push((from, to));
            if symmetric && from != to {
                out.push((to, from));
            }
            if from != to {
                degrees[to as usize] += 1;
                near.extend([(from, to), (to, from)]);
            }
        }
        let count = entities.len();
        let (out, near) = (Rows::each(count, out), Rows::merged(count, near));
        Ok(Self { entities, out, near, degrees })
    }

    pub(super) fn len(&self) -> usize {
        self.entities.len()
    }
}

fn link(view: &View, relation: RelationIx) -> (EntityIx, EntityIx, bool) {
    let (source, target) = view.ends(relation);
    (source, target, ontology::rule(view.predicate(relation)).symmetric)
}

impl Rows {
    fn each(count: usize, mut links: Vec<(u32, u32)>) -> Self {
        links.sort_unstable();
        Self::sorted(count, links.into_iter().map(|(from, to)| (from, to, 1)))
    }

    fn merged(count: usize, links: Vec<(u32, u32)>) -> Self {
        let mut weights: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for link in links {
            *weights.entry(link).or_default() += 1;
        }
        Self::sorted(count, weights.into_iter().map(|((from, to), weight)| (from, to, weight)))
    }

    fn sorted(count: usize, links: impl Iterator<Item = (u32, u32, u32)>) -> Self {
        let (mut starts, mut ends, mut weights) = (vec![0; count + 1], Vec::new(), Vec::new());
        for (from, to, weight) in links {
            starts[from as usize + 1] += 1;
            ends.push(to);
            weights.push(weight);
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        Self { starts, ends, weights }
    }

    /// Where the links of an entity lead.
    pub(super) fn of(&self, at: usize) -> &[u32] {
        &self.ends[self.starts[at]..self.starts[at + 1]]
    }

    /// The same with their weights.
    pub(super) fn weighted(&self, at: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[at]..self.starts[at + 1];
        let weights = self.weights[range.clone()].iter().map(|weight| f64::from(*weight));
        self.ends[range].iter().map(|end| *end as usize).zip(weights)
    }

    /// How many links there are.
    pub(super) fn links(&self) -> usize {
        self.ends.len()
    }
}
