//! Who is met on a walk, and how far it leads.

use fixedbitset::FixedBitSet;
use petgraph::Direction;
use petgraph::visit::{NodeIndexable, VisitMap};

use super::Lens;
use crate::state::EntityIx;

/// Entities that were met: one bit for each that there is.
#[derive(Debug, Clone)]
pub struct Seen(FixedBitSet);

impl Seen {
    pub(super) fn none(bound: usize) -> Self {
        Self(FixedBitSet::with_capacity(bound))
    }

    /// Meets an entity; tells whether that was the first time.
    pub fn meet(&mut self, entity: EntityIx) -> bool {
        let at = entity.0 as usize;
        if at >= self.0.len() {
            self.0.grow(at + 1);
        }
        !self.0.put(at)
    }

    /// Whether it was met.
    pub fn has_met(&self, entity: EntityIx) -> bool {
        self.0.contains(entity.0 as usize)
    }

    /// Forgets everyone.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl VisitMap<EntityIx> for Seen {
    fn visit(&mut self, entity: EntityIx) -> bool {
        self.meet(entity)
    }

    fn is_visited(&self, entity: &EntityIx) -> bool {
        self.has_met(*entity)
    }

    fn unvisit(&mut self, entity: EntityIx) -> bool {
        let was_met = self.has_met(entity);
        if was_met {
            self.0.remove(entity.0 as usize);
        }
        was_met
    }
}

impl Lens<'_> {
    /// Nobody met yet.
    pub fn seen(&self) -> Seen {
        Seen::none(self.node_bound())
    }

    /// Everyone whom at most so many steps reach, with the least number of steps, nearest first; of
    /// those as near in the order met. The start itself is left out. Cost: the relations of whoever
    /// is met, and one bit for each entity that there is.
    pub fn reached(
        &self,
        from: EntityIx,
        direction: Direction,
        depth: u32,
    ) -> Vec<(EntityIx, u32)> {
        let mut seen = self.seen();
        seen.meet(from);
        let mut reached: Vec<(EntityIx, u32)> = Vec::new();
        let (mut tier, mut front) = (vec![from], Vec::new());
        for depth in 1..=depth {
            for entity in tier.drain(..) {
                self.each_step(entity, direction).for_each(|(other, _)| {
                    if seen.meet(other) {
                        front.push(other);
                    }
                });
            }
            reached.extend(front.iter().map(|entity| (*entity, depth)));
            std::mem::swap(&mut tier, &mut front);
            if tier.is_empty() {
                break;
            }
        }
        reached
    }
}
