//! Who stands on a shortest path between two entities.

use petgraph::Direction;
use petgraph::visit::VisitMap;

use super::{Search, Truncation};
use crate::state::EntityIx;
use crate::view::Seen;

/// Whom a walk from one end met, level by level.
struct Side {
    direction: Direction,
    levels: Vec<Vec<EntityIx>>,
    seen: Seen,
}

impl Side {
    fn of(start: EntityIx, direction: Direction, mut seen: Seen) -> Self {
        seen.meet(start);
        Self { direction, levels: vec![vec![start]], seen }
    }

    /// The last level.
    fn front(&self) -> &[EntityIx] {
        self.levels.last().map_or(&[], Vec::as_slice)
    }

    /// How many levels lie behind the start.
    fn length(&self) -> usize {
        self.levels.len() - 1
    }
}

impl Search<'_> {
    /// Finds the length of the shortest paths, and notes how far each entity on one is from the
    /// target; `None` where no path is short enough.
    ///
    /// The side with the smaller front goes on, so that both walks together meet far fewer than one
    /// would. (Pohl: *Bi-directional search*, 1971.)
    pub(super) fn meet(&mut self) -> Result<Option<usize>, Truncation> {
        let mut ahead = Side::of(self.query.from, Direction::Outgoing, self.lens.seen());
        let mut behind = Side::of(self.query.to, Direction::Incoming, self.lens.seen());
        loop {
            if ahead.length() + behind.length() == self.query.max_length {
                return Ok(None);
            }
            let met = if ahead.front().len() <= behind.front().len() {
                self.go_on(&mut ahead, &behind.seen)?
            } else {
                self.go_on(&mut behind, &ahead.seen)?
            };
            if ahead.front().is_empty() || behind.front().is_empty() {
                return Ok(None);
            }
            if met {
                break;
            }
        }
        let (before, after) = (ahead.length(), behind.length());
        let middle: Vec<EntityIx> =
            ahead.front().iter().copied().filter(|entity| behind.seen.has_met(*entity)).collect();
        self.trace_back(ahead, &middle, |left| after + left)?;
        self.trace_back(behind, &middle, |left| after - left)?;
        self.distances.sort_unstable();
        self.distances.dedup();
        Ok(Some(before + after))
    }

    /// One more level; tells whether the other side met someone of it.
    fn go_on(&mut self, side: &mut Side, other: &Seen) -> Result<bool, Truncation> {
        let (mut next, mut met) = (Vec::new(), false);
        let Side { direction, levels, seen } = side;
        for entity in levels.last().into_iter().flatten() {
            let mut walked = 0;
            self.steps(*entity, *direction).for_each(|(step, _)| {
                walked += 1;
                if seen.meet(step) {
                    met |= other.has_met(step);
                    next.push(step);
                }
            });
            self.meter.steps(walked)?;
        }
        levels.push(next);
        Ok(met)
    }

    /// From the entities in the middle back to where a side started: whoever leads to them stands on
    /// a shortest path. `distance` tells how far from the target that is, by the levels gone back.
    fn trace_back(
        &mut self,
        mut side: Side,
        middle: &[EntityIx],
        distance: impl Fn(usize) -> usize,
    ) -> Result<(), Truncation> {
        let mut on_path = middle.to_vec();
        side.levels.pop();
        let mut gone = 0;
        // Who stands in the level that is looked at, each until it is found.
        let mut level_of = side.seen;
        level_of.clear();
        loop {
            let left = distance(gone);
            self.distances.extend(on_path.iter().map(|entity| (*entity, left)));
            let Some(level) = side.levels.pop() else { return Ok(()) };
            for entity in &level {
                level_of.meet(*entity);
            }
            let mut before: Vec<EntityIx> = Vec::new();
            for entity in &on_path {
                let mut walked = 0;
                self.steps(*entity, side.direction.opposite()).for_each(|(step, _)| {
                    walked += 1;
                    if level_of.unvisit(step) {
                        before.push(step);
                    }
                });
                self.meter.steps(walked)?;
            }
            for entity in level {
                level_of.unvisit(entity);
            }
            on_path = before;
            gone += 1;
        }
    }
}
