//! The Leiden algorithm (Traag, Waltman, van Eck: *From Louvain to Leiden: guaranteeing
//! well-connected communities*, 2019) for modularity, without chance: where the paper draws, the
//! best is taken, the first of equals.
//!
//! Entities move to the group where they fit best; each group is refined into well-tied parts; the
//! parts become the entities of a smaller graph, which is divided in turn. The whole is repeated
//! as long as it pays; at the end nothing moves any more.
//!
//! Weights are whole numbers, so sums of them are exact in whatever order they are taken.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::query::compact::Rows;
use crate::query::{Meter, Truncation};

/// A gain below this is noise of the arithmetic.
const GAIN_MIN: f64 = 1e-9;
/// A round that makes the modularity better by less is the last: those behind it gain less still, at
/// the same cost. What it divided is settled all the same.
const ROUND_WORTH: f64 = 1e-3;
/// Rounds until nothing moves; each makes the division better, and a handful suffice.
const ROUNDS_MAX: usize = 64;
/// No number yet.
const NONE: u32 = u32::MAX;

/// A graph to be divided: of entities, or of parts.
struct Level {
    /// Where the links of each begin; one more at the end.
    starts: Vec<usize>,
    /// Links to others, each from both of its ends.
    ends: Vec<u32>,
    weights: Vec<f64>,
    /// The weight of all links of each, those within a part included, from both ends.
    degrees: Vec<f64>,
    /// The sum of the degrees.
    total: f64,
}

/// A group for each entity. Groups are numbered in the order of their first entity.
pub(super) fn divide(near: &Rows, meter: &mut Meter<'_>) -> Result<Vec<u32>, Truncation> {
    let base = Level::of(near);
    let mut labels: Vec<u32> = numbers(base.len()).collect();
    let mut best = f64::NEG_INFINITY;
    let mut pays = true;
    for _ in 0..ROUNDS_MAX {
        let moved = base.settle(&mut labels, meter)?;
        let split = base.split(&mut labels);
        if !moved && !split {
            break;
        }
        if pays {
            labels = base.improve(labels, meter)?;
            let reached = base.modularity(&labels);
            pays = reached - best >= ROUND_WORTH;
            best = reached;
        }
    }
    numbered(&mut labels);
    Ok(labels)
}

/// The modularity of a division; 0 without links.
pub(super) fn modularity(near: &Rows, labels: &[u32]) -> f64 {
    Level::of(near).modularity(labels)
}

/// Numbers labels in the order of their first appearance; returns how many there are.
fn numbered(labels: &mut [u32]) -> usize {
    let bound = labels.iter().max().map_or(0, |most| *most as usize + 1);
    let mut given = vec![NONE; bound];
    let mut next = 0;
    for label in labels {
        let number = &mut given[*label as usize];
        if *number == NONE {
            *number = next;
            next += 1;
        }
        *label = *number;
    }
    next as usize
}

/// The first so many numbers. There are fewer than 2^32 entities.
fn numbers(count: usize) -> impl Iterator<Item = u32> {
    (0..NONE).take(count)
}

/// What ties one to each group or part around it. Its array is used again for the next one.
struct Ties {
    weights: Vec<f64>,
    met: Vec<u32>,
}

impl Ties {
    fn new(bound: usize) -> Self {
        Self { weights: vec![0.0; bound], met: Vec::new() }
    }

    fn add(&mut self, label: u32, weight: f64) {
        let sum = &mut self.weights[label as usize];
        if *sum <= 0.0 {
            self.met.push(label);
        }
        *sum += weight;
    }

    /// What was added, by label ascending; forgets it.
    fn take(&mut self) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.met.sort_unstable();
        let weights = &mut self.weights;
        self.met.drain(..).map(|met| (met, std::mem::take(&mut weights[met as usize])))
    }
}

impl Level {
    fn of(rows: &Rows) -> Self {
        let mut level = Self::none(rows.len());
        for at in 0..rows.len() {
            let before = level.weights.len();
            for (to, weight) in rows.weighted(at) {
                level.ends.push(to);
                level.weights.push(weight);
            }
            level.degrees.push(level.weights[before..].iter().sum());
            level.starts.push(level.ends.len());
        }
        level.total = level.degrees.iter().sum();
        level
    }

    fn none(count: usize) -> Self {
        let mut starts = Vec::with_capacity(count + 1);
        starts.push(0);
        let degrees = Vec::with_capacity(count);
        Self { starts, ends: Vec::new(), weights: Vec::new(), degrees, total: 0.0 }
    }

    fn len(&self) -> usize {
        self.degrees.len()
    }

    /// The links of one, each with its weight.
    fn near(&self, at: usize) -> impl Iterator<Item = (u32, f64)> + '_ {
        let range = self.starts[at]..self.starts[at + 1];
        self.ends[range.clone()].iter().copied().zip(self.weights[range].iter().copied())
    }

    /// What chance would tie between two, by their degrees.
    fn chance(&self, a: f64, b: f64) -> f64 {
        if self.total > 0.0 { a * b / self.total } else { 0.0 }
    }

    /// The weight that ties one to others of its group.
    fn tie(&self, at: usize, labels: &[u32]) -> f64 {
        let own = labels[at];
        let inside = self.near(at).filter(|(to, _)| labels[*to as usize] == own);
        inside.map(|(_, weight)| weight).sum()
    }

    /// The degrees of each group's members in all.
    fn degrees_of(&self, labels: &[u32]) -> Vec<f64> {
        let mut degrees = vec![0.0; self.len()];
        for (label, degree) in labels.iter().zip(&self.degrees) {
            degrees[*label as usize] += degree;
        }
        degrees
    }

    fn modularity(&self, labels: &[u32]) -> f64 {
        if self.total <= 0.0 {
            return 0.0;
        }
        let inside: f64 = (0..self.len()).map(|at| self.tie(at, labels)).sum();
        let by_chance: f64 = self.degrees_of(labels).iter().map(|degree| degree * degree).sum();
        inside / self.total - by_chance / (self.total * self.total)
    }

    /// Divides by rounds of moving, refining and joining, from a division that has settled.
    fn improve(&self, labels: Vec<u32>, meter: &mut Meter<'_>) -> Result<Vec<u32>, Truncation> {
        let mut labels = labels;
        let count = numbered(&mut labels);
        if count == self.len() {
            return Ok(labels);
        }
        let mut parts = self.refine(&labels);
        let mut joined = numbered(&mut parts);
        if joined == self.len() {
            // Nothing could be joined within the groups: the groups themselves are the parts.
            parts.clone_from(&labels);
            joined = count;
        }
        let (smaller, mut above) = self.joined(&parts, joined, &labels);
        smaller.settle(&mut above, meter)?;
        let above = smaller.improve(above, meter)?;
        Ok(parts.iter().map(|part| above[*part as usize]).collect())
    }

    /// Moves each to the group where it fits best, until all stay. Tells whether any moved.
    fn settle(&self, labels: &mut [u32], meter: &mut Meter<'_>) -> Result<bool, Truncation> {
        let mut degrees = self.degrees_of(labels);
        let mut sizes = vec![0_usize; self.len()];
        for label in labels.iter() {
            sizes[*label as usize] += 1;
        }
        // Some may have been filled since they were put here.
        let mut empty: BinaryHeap<Reverse<u32>> =
            numbers(self.len()).filter(|label| sizes[*label as usize] == 0).map(Reverse).collect();
        let mut ties = Ties::new(self.len());
        let mut waiting: VecDeque<u32> = numbers(self.len()).collect();
        let mut waits = vec![true; self.len()];
        let mut moved = false;
        while let Some(next) = waiting.pop_front() {
            meter.pass()?;
            let at = next as usize;
            waits[at] = false;
            let from = labels[at];
            degrees[from as usize] -= self.degrees[at];
            while empty.peek().is_some_and(|Reverse(label)| sizes[*label as usize] > 0) {
                empty.pop();
            }
            self.near(at).for_each(|(to, weight)| ties.add(labels[to as usize], weight));
            let alone = empty.peek().map(|Reverse(label)| *label);
            let to = self.best_of((at, from), &mut ties, &degrees, alone);
            degrees[to as usize] += self.degrees[at];
            if to == from {
                continue;
            }
            moved = true;
            labels[at] = to;
            sizes[to as usize] += 1;
            sizes[from as usize] -= 1;
            if sizes[from as usize] == 0 {
                empty.push(Reverse(from));
            }
            for (near, _) in self.near(at) {
                let is_out = labels[near as usize] != to;
                if is_out && !std::mem::replace(&mut waits[near as usize], true) {
                    waiting.push_back(near);
                }
            }
        }
        Ok(moved)
    }

    /// The group where one fits best, itself taken out of all: its own where no other is better.
    fn best_of(
        &self,
        (at, own): (usize, u32),
        ties: &mut Ties,
        degrees: &[f64],
        alone: Option<u32>,
    ) -> u32 {
        let gain =
            |label: u32, tie: f64| tie - self.chance(self.degrees[at], degrees[label as usize]);
        let mut best = (own, gain(own, ties.weights[own as usize]));
        for (label, tie) in ties.take().chain(alone.map(|label| (label, 0.0))) {
            let gained = gain(label, tie);
            if gained > best.1 + GAIN_MIN {
                best = (label, gained);
            }
        }
        best.0
    }

    /// Parts within each group that are tied well: each starts alone and joins where it gains most.
    fn refine(&self, labels: &[u32]) -> Vec<u32> {
        let group = self.degrees_of(labels);
        // What ties each to the rest of its group, and each part to the rest.
        let mut outward: Vec<f64> = (0..self.len()).map(|at| self.tie(at, labels)).collect();
        let mut parts: Vec<u32> = numbers(self.len()).collect();
        let mut degrees = self.degrees.clone();
        let mut sizes = vec![1_usize; self.len()];
        let mut ties = Ties::new(self.len());
        for (own, at) in numbers(self.len()).zip(0..) {
            let whole = group[labels[at] as usize];
            let tied_well = |degree: f64, outward: f64| {
                outward + GAIN_MIN >= self.chance(degree, whole - degree)
            };
            if sizes[at] != 1 || parts[at] != own || !tied_well(degrees[at], outward[at]) {
                continue;
            }
            for (near, weight) in self.near(at) {
                if labels[near as usize] == labels[at] {
                    ties.add(parts[near as usize], weight);
                }
            }
            let mut best: Option<(u32, f64, f64)> = None;
            for (label, tie) in ties.take().filter(|(part, _)| *part != own) {
                let part = label as usize;
                let gain = tie - self.chance(self.degrees[at], degrees[part]);
                let better = best.is_none_or(|(_, most, _)| gain > most + GAIN_MIN);
                if tied_well(degrees[part], outward[part]) && gain > GAIN_MIN && better {
                    best = Some((label, gain, tie));
                }
            }
            if let Some((label, _, tie)) = best {
                let part = label as usize;
                parts[at] = label;
                sizes[part] += 1;
                sizes[at] = 0;
                degrees[part] += self.degrees[at];
                outward[part] += outward[at] - 2.0 * tie;
            }
        }
        parts
    }

    /// The graph of so many parts, each in the group of its members.
    fn joined(&self, parts: &[u32], count: usize, labels: &[u32]) -> (Self, Vec<u32>) {
        let mut members: Vec<usize> = (0..self.len()).collect();
        members.sort_by_key(|at| parts[*at]);
        let mut level = Self { total: self.total, ..Self::none(count) };
        let mut above = Vec::with_capacity(count);
        let mut ties = Ties::new(count);
        for members in members.chunk_by(|a, b| parts[*a] == parts[*b]) {
            for at in members {
                for (near, weight) in self.near(*at) {
                    let (own, other) = (parts[*at], parts[near as usize]);
                    if own != other {
                        ties.add(other, weight);
                    }
                }
            }
            for (part, weight) in ties.take() {
                level.ends.push(part);
                level.weights.push(weight);
            }
            level.starts.push(level.ends.len());
            level.degrees.push(members.iter().map(|at| self.degrees[*at]).sum());
            above.extend(members.first().map(|at| labels[*at]));
        }
        // Groups are fewer than parts, and numbered from 0.
        numbered(&mut above);
        (level, above)
    }

    /// Makes each group that falls apart several. Tells whether any did.
    fn split(&self, labels: &mut [u32]) -> bool {
        let mut pieces = vec![NONE; self.len()];
        let (mut count, mut waiting) = (0, Vec::new());
        for (start, at) in numbers(self.len()).zip(0..) {
            if pieces[at] != NONE {
                continue;
            }
            count += 1;
            pieces[at] = start;
            waiting.push(at);
            while let Some(at) = waiting.pop() {
                for (to, _) in self.near(at) {
                    let to = to as usize;
                    if pieces[to] == NONE && labels[to] == labels[at] {
                        pieces[to] = start;
                        waiting.push(to);
                    }
                }
            }
        }
        let groups = numbered(labels);
        labels.copy_from_slice(&pieces);
        count > groups
    }
}
