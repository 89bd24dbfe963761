//! The Leiden algorithm (Traag, Waltman, van Eck: *From Louvain to Leiden: guaranteeing
//! well-connected communities*, 2019) for modularity, without chance: where the paper draws, the
//! best is taken, the first of equals.
//!
//! Entities move to the group where they fit best; each group is refined into well-tied parts; the
//! parts become the entities of a smaller graph, which is divided in turn. The whole is repeated
//! until nothing moves any more.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::query::compact::Rows;
use crate::query::{Meter, Truncation};

/// A gain below this is noise of the arithmetic.
const GAIN_MIN: f64 = 1e-9;
/// Rounds until nothing moves; each makes the division better, and a handful suffice.
const ROUNDS_MAX: usize = 64;

/// A graph to be divided: of entities, or of parts.
struct Level {
    /// Links to others, each from both of its ends.
    near: Vec<Vec<(usize, f64)>>,
    /// The weight of all links of each, those within a part included, from both ends.
    degrees: Vec<f64>,
    /// The sum of the degrees.
    total: f64,
}

/// A group for each entity. Groups are numbered in the order of their first entity.
pub(super) fn divide(
    near: &Rows,
    count: usize,
    meter: &mut Meter<'_>,
) -> Result<Vec<usize>, Truncation> {
    let base = Level::of(near, count);
    let mut labels: Vec<usize> = (0..count).collect();
    for _ in 0..ROUNDS_MAX {
        let moved = base.settle(&mut labels, meter)?;
        let split = base.split(&mut labels);
        if !moved && !split {
            break;
        }
        labels = base.improve(labels, meter)?;
    }
    numbered(&mut labels);
    Ok(labels)
}

/// The modularity of a division; 0 without links.
pub(super) fn modularity(near: &Rows, labels: &[usize]) -> f64 {
    let level = Level::of(near, labels.len());
    if level.total <= 0.0 {
        return 0.0;
    }
    let mut inside = 0.0;
    let mut degrees: BTreeMap<usize, f64> = BTreeMap::new();
    for (at, label) in labels.iter().enumerate() {
        *degrees.entry(*label).or_default() += level.degrees[at];
        inside += level.tie(at, *label, labels);
    }
    let by_chance: f64 = degrees.values().map(|degree| degree * degree).sum();
    inside / level.total - by_chance / (level.total * level.total)
}

/// Numbers labels in the order of their first appearance; returns how many there are.
fn numbered(labels: &mut [usize]) -> usize {
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    for label in labels {
        let next = numbers.len();
        *label = *numbers.entry(*label).or_insert(next);
    }
    numbers.len()
}

impl Level {
    fn of(rows: &Rows, count: usize) -> Self {
        let near: Vec<Vec<(usize, f64)>> =
            (0..count).map(|at| rows.weighted(at).collect()).collect();
        let degrees: Vec<f64> =
            near.iter().map(|links| links.iter().map(|(_, weight)| weight).sum()).collect();
        let total = degrees.iter().sum();
        Self { near, degrees, total }
    }

    fn len(&self) -> usize {
        self.degrees.len()
    }

    /// What chance would tie between two, by their degrees.
    fn chance(&self, a: f64, b: f64) -> f64 {
        if self.total > 0.0 { a * b / self.total } else { 0.0 }
    }

    /// The weight that ties one to others of a group.
    fn tie(&self, at: usize, label: usize, labels: &[usize]) -> f64 {
        let links = self.near[at].iter();
        links.filter(|(to, _)| labels[*to] == label).map(|(_, weight)| weight).sum()
    }

    /// Divides by rounds of moving, refining and joining, from a division that has settled.
    fn improve(&self, labels: Vec<usize>, meter: &mut Meter<'_>) -> Result<Vec<usize>, Truncation> {
        let mut labels = labels;
        let count = numbered(&mut labels);
        if count == self.len() {
            return Ok(labels);
        }
        let mut parts = self.refine(&labels);
        if numbered(&mut parts) == self.len() {
            // Nothing could be joined within the groups: the groups themselves are the parts.
            parts.clone_from(&labels);
        }
        let (smaller, mut above) = self.joined(&parts, &labels);
        smaller.settle(&mut above, meter)?;
        let above = smaller.improve(above, meter)?;
        Ok(parts.iter().map(|part| above[*part]).collect())
    }

    /// Moves each to the group where it fits best, until all stay. Tells whether any moved.
    fn settle(&self, labels: &mut [usize], meter: &mut Meter<'_>) -> Result<bool, Truncation> {
        let mut degrees = vec![0.0; self.len()];
        for (at, label) in labels.iter().enumerate() {
            degrees[*label] += self.degrees[at];
        }
        let mut empty: BTreeSet<usize> = (0..self.len()).collect();
        for label in labels.iter() {
            empty.remove(label);
        }
        let mut sizes = vec![0_usize; self.len()];
        for label in labels.iter() {
            sizes[*label] += 1;
        }
        let mut waiting: VecDeque<usize> = (0..self.len()).collect();
        let mut waits = vec![true; self.len()];
        let mut moved = false;
        while let Some(at) = waiting.pop_front() {
            meter.pass()?;
            waits[at] = false;
            let from = labels[at];
            degrees[from] -= self.degrees[at];
            let to = self.best_for(at, labels, &degrees, empty.first().copied());
            degrees[to] += self.degrees[at];
            if to == from {
                continue;
            }
            moved = true;
            labels[at] = to;
            sizes[from] -= 1;
            sizes[to] += 1;
            empty.remove(&to);
            if sizes[from] == 0 {
                empty.insert(from);
            }
            for (near, _) in &self.near[at] {
                if labels[*near] != to && !waits[*near] {
                    waits[*near] = true;
                    waiting.push_back(*near);
                }
            }
        }
        Ok(moved)
    }

    /// The group where one fits best, itself taken out of all: its own where no other is better.
    fn best_for(
        &self,
        at: usize,
        labels: &[usize],
        degrees: &[f64],
        empty: Option<usize>,
    ) -> usize {
        let mut ties: BTreeMap<usize, f64> = BTreeMap::new();
        for (near, weight) in &self.near[at] {
            *ties.entry(labels[*near]).or_default() += weight;
        }
        let own = labels[at];
        let gain = |label: usize, tie: f64| tie - self.chance(self.degrees[at], degrees[label]);
        let mut best = (own, gain(own, ties.get(&own).copied().unwrap_or_default()));
        let alone = empty.map(|label| (label, 0.0));
        for (label, tie) in ties.into_iter().chain(alone) {
            let gained = gain(label, tie);
            if gained > best.1 + GAIN_MIN {
                best = (label, gained);
            }
        }
        best.0
    }

    /// Parts within each group that are tied well: each starts alone and joins where it gains most.
    fn refine(&self, labels: &[usize]) -> Vec<usize> {
        let mut group = vec![0.0; self.len()];
        for (at, label) in labels.iter().enumerate() {
            group[*label] += self.degrees[at];
        }
        // What ties each to the rest of its group, and each part to the rest.
        let mut outward: Vec<f64> =
            (0..self.len()).map(|at| self.tie(at, labels[at], labels)).collect();
        let mut parts: Vec<usize> = (0..self.len()).collect();
        let mut degrees = self.degrees.clone();
        let mut sizes = vec![1_usize; self.len()];
        for at in 0..self.len() {
            let whole = group[labels[at]];
            let tied_well = |degree: f64, outward: f64| {
                outward + GAIN_MIN >= self.chance(degree, whole - degree)
            };
            if sizes[at] != 1 || parts[at] != at || !tied_well(degrees[at], outward[at]) {
                continue;
            }
            let mut ties: BTreeMap<usize, f64> = BTreeMap::new();
            for (near, weight) in self.near[at].iter().filter(|(n, _)| labels[*n] == labels[at]) {
                *ties.entry(parts[*near]).or_default() += weight;
            }
            let mut best: Option<(usize, f64, f64)> = None;
            for (part, tie) in ties.into_iter().filter(|(part, _)| *part != at) {
                let gain = tie - self.chance(self.degrees[at], degrees[part]);
                let better = best.is_none_or(|(_, most, _)| gain > most + GAIN_MIN);
                if tied_well(degrees[part], outward[part]) && gain > GAIN_MIN && better {
                    best = Some((part, gain, tie));
                }
            }
            if let Some((part, _, tie)) = best {
                parts[at] = part;
                sizes[part] += 1;
                sizes[at] = 0;
                degrees[part] += self.degrees[at];
                outward[part] += outward[at] - 2.0 * tie;
            }
        }
        parts
    }

    /// The graph of the parts, each in the group of its members.
    fn joined(&self, parts: &[usize], labels: &[usize]) -> (Level, Vec<usize>) {
        let count = parts.iter().max().map_or(0, |most| most + 1);
        let mut links: Vec<BTreeMap<usize, f64>> = vec![BTreeMap::new(); count];
        let (mut degrees, mut above) = (vec![0.0; count], vec![0; count]);
        for (at, part) in parts.iter().enumerate() {
            degrees[*part] += self.degrees[at];
            above[*part] = labels[at];
            for (near, weight) in self.near[at].iter().filter(|(n, _)| parts[*n] != *part) {
                *links[*part].entry(parts[*near]).or_default() += weight;
            }
        }
        let near = links.into_iter().map(|links| links.into_iter().collect()).collect();
        // Groups are fewer than parts, and numbered from 0.
        numbered(&mut above);
        (Level { near, degrees, total: self.total }, above)
    }

    /// Makes each group that falls apart several. Tells whether any did.
    fn split(&self, labels: &mut [usize]) -> bool {
        let groups = labels.iter().collect::<BTreeSet<_>>().len();
        let mut pieces: Vec<Option<usize>> = vec![None; self.len()];
        for start in 0..self.len() {
            let mut waiting = if pieces[start].is_none() { vec![start] } else { Vec::new() };
            while let Some(at) = waiting.pop() {
                if pieces[at].is_none() {
                    pieces[at] = Some(start);
                    let near = self.near[at].iter().map(|(to, _)| *to);
                    waiting.extend(near.filter(|to| labels[*to] == labels[at]));
                }
            }
        }
        for (label, piece) in labels.iter_mut().zip(pieces) {
            *label = piece.unwrap_or(*label);
        }
        labels.iter().collect::<BTreeSet<_>>().len() > groups
    }
}
