//! The measures over a compact graph.

use std::collections::VecDeque;
use std::ops::Range;

use oorandom::Rand64;

use super::Measure;
use crate::query::compact::{Compact, Rows};
use crate::query::{Meter, Truncation};

const DAMPING: f64 = 0.85;
const CHANGE_MAX: f64 = 1e-6;
const ITERATIONS_MAX: usize = 200;
/// Walks of an estimate, however large the graph: fewer say nothing of their error.
const SAMPLE_MIN: usize = 32;
/// The sample for a graph is always the same.
const SEED: u128 = 20_250_524;
/// Of a normal distribution, 95 of 100 lie within so many standard deviations.
const DEVIATIONS_95: f64 = 1.96;

/// A score for each entity of a graph.
pub(super) struct Scores {
    pub(super) values: Vec<f64>,
    /// Empty where the scores are exact.
    pub(super) errors: Vec<f64>,
    /// How many entities walks started from, where that is not all.
    pub(super) sampled: Option<usize>,
}

impl Scores {
    pub(super) fn of(
        graph: &Compact<'_>,
        measure: Measure,
        walk_max: u64,
        meter: &mut Meter<'_>,
    ) -> Result<Self, Truncation> {
        let exact = |values| Self { values, errors: Vec::new(), sampled: None };
        Ok(match measure {
            Measure::Degree => exact(graph.degrees(meter)?.into_iter().map(float).collect()),
            Measure::PageRank => exact(page_rank(&graph.into(meter)?, meter)?),
            Measure::Betweenness | Measure::Closeness => {
                by_walks(&graph.near(meter)?, measure, walk_max, meter)?
            }
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn float(count: usize) -> f64 {
    count as f64
}

/// Links above which a second thread is worth its start at each iteration.
const THREAD_MIN: usize = 200_000;

/// Each entity gathers what those before it hand on, so that nobody writes where another does. In
/// two halves whatever the machine has: sums are then the same everywhere.
fn page_rank(into: &Rows, meter: &mut Meter<'_>) -> Result<Vec<f64>, Truncation> {
    // Whoever hands on stands once in the row of each whom he hands to.
    let ways = into.reaching();
    let (count, half) = (float(into.len()), into.len() / 2);
    let halves = [0..half, half..into.len()];
    let mut ranks = vec![1.0 / count; into.len()];
    let mut handed = vec![0.0; into.len()];
    for _ in 0..ITERATIONS_MAX {
        let mut stuck = 0.0;
        for ((rank, ways), handed) in ranks.iter().zip(&ways).zip(&mut handed) {
            meter.pass()?;
            if *ways == 0 {
                stuck += rank;
            } else {
                *handed = rank / f64::from(*ways);
            }
        }
        let anew = (1.0 - DAMPING + DAMPING * stuck) / count;
        let gather = |range: Range<usize>| -> (Vec<f64>, f64) {
            let mut change = 0.0;
            let gathered = range.map(|at| {
                let sum: f64 = into.of(at).iter().map(|from| handed[*from as usize]).sum();
                let now = anew + DAMPING * sum;
                change += (now - ranks[at]).abs();
                now
            });
            (gathered.collect(), change)
        };
        let [first, second] = halves.clone();
        let other = || gather(second.clone());
        let ((mut now, change), (rest, other_change)) = if into.links() < THREAD_MIN {
            (gather(first), other())
        } else {
            std::thread::scope(|scope| {
                let beside = std::thread::Builder::new().spawn_scoped(scope, other);
                let here = gather(first);
                // Without a thread, or if it failed, this one does it all.
                (here, beside.ok().and_then(|beside| beside.join().ok()).unwrap_or_else(other))
            })
        };
        now.extend(rest);
        ranks = now;
        if change + other_change < CHANGE_MAX {
            break;
        }
    }
    Ok(ranks)
}

/// Betweenness or closeness: what walks from every entity add up to, or from a sample of them.
///
/// With k of n starts, drawn without repetition, a sum is estimated as n/k of what the sample adds
/// (Brandes, Pich: *Centrality estimation in large networks*, 2007; Eppstein, Wang: *Fast
/// approximation of centrality*, 2004), with the standard error n · √(s²/k · (1 − k/n)).
fn by_walks(
    near: &Rows,
    measure: Measure,
    walk_max: u64,
    meter: &mut Meter<'_>,
) -> Result<Scores, Truncation> {
    let count = near.len();
    let one_walk = u64::try_from(count + near.links()).unwrap_or(u64::MAX).max(1);
    let affordable = usize::try_from(walk_max / one_walk).unwrap_or(usize::MAX).max(SAMPLE_MIN);
    let sampled = (affordable < count).then_some(affordable);
    let starts: Vec<usize> = match sampled {
        Some(size) => sample(count, size),
        None => (0..count).collect(),
    };
    let (mut sums, mut squares) = (vec![0.0; count], vec![0.0; count]);
    let mut walk = Walk::over(near);
    for start in &starts {
        walk.from(*start, meter)?;
        walk.add(*start, measure, |at, value| {
            sums[at] += value;
            squares[at] += value * value;
        });
    }
    // What the largest sum can be: every two others, or every other at distance one.
    let others = float(count.saturating_sub(1));
    let whole = match measure {
        Measure::Betweenness => others * (others - 1.0),
        _ => others,
    };
    let share = |sum: f64| if whole > 0.0 { sum / whole } else { 0.0 };
    let Some(size) = sampled else {
        let values = sums.into_iter().map(share).collect();
        return Ok(Scores { values, errors: Vec::new(), sampled: None });
    };
    let (all, size) = (float(count), float(size));
    let error = |(sum, square): (&f64, &f64)| {
        let variance = ((square - sum * sum / size) / (size - 1.0)).max(0.0);
        share(DEVIATIONS_95 * all * (variance / size * (1.0 - size / all)).sqrt())
    };
    let errors = sums.iter().zip(&squares).map(error).collect();
    let values = sums.iter().map(|sum| share(sum * all / size)).collect();
    Ok(Scores { values, errors, sampled })
}

/// So many of the first numbers, each once: the front of a shuffle (Fisher, Yates).
fn sample(count: usize, size: usize) -> Vec<usize> {
    let mut random = Rand64::new(SEED);
    let mut all: Vec<usize> = (0..count).collect();
    let size = size.min(count);
    for at in 0..size {
        let left = u64::try_from(count - at).unwrap_or(u64::MAX);
        let step = usize::try_from(random.rand_range(0..left)).unwrap_or_default();
        all.swap(at, at + step);
    }
    all.truncate(size);
    all
}

/// A breadth-first walk, its arrays used again for the next one.
struct Walk<'a> {
    near: &'a Rows,
    /// Entities in the order met.
    met: Vec<usize>,
    distances: Vec<u32>,
    /// How many shortest ways lead to each.
    ways: Vec<f64>,
    waiting: VecDeque<usize>,
    /// What each stands for on the ways to those behind it (Brandes' δ).
    carried: Vec<f64>,
}

const UNMET: u32 = u32::MAX;

impl<'a> Walk<'a> {
    fn over(near: &'a Rows) -> Self {
        let count = near.len();
        Self {
            near,
            met: Vec::with_capacity(count),
            distances: vec![UNMET; count],
            ways: vec![0.0; count],
            waiting: VecDeque::new(),
            carried: vec![0.0; count],
        }
    }

    fn from(&mut self, start: usize, meter: &mut Meter<'_>) -> Result<(), Truncation> {
        for at in self.met.drain(..) {
            self.distances[at] = UNMET;
            self.ways[at] = 0.0;
            self.carried[at] = 0.0;
        }
        self.distances[start] = 0;
        self.ways[start] = 1.0;
        self.waiting.push_back(start);
        while let Some(at) = self.waiting.pop_front() {
            meter.pass()?;
            self.met.push(at);
            for to in self.near.of(at) {
                let to = *to as usize;
                if self.distances[to] == UNMET {
                    self.distances[to] = self.distances[at] + 1;
                    self.waiting.push_back(to);
                }
                if self.distances[to] == self.distances[at] + 1 {
                    self.ways[to] += self.ways[at];
                }
            }
        }
        Ok(())
    }

    /// Hands out what this walk adds to the sum of each entity met but the start.
    fn add(&mut self, start: usize, measure: Measure, mut add: impl FnMut(usize, f64)) {
        for at in self.met.iter().rev().copied().filter(|at| *at != start) {
            if measure == Measure::Closeness {
                add(at, 1.0 / f64::from(self.distances[at]));
                continue;
            }
            for before in self.near.of(at) {
                let before = *before as usize;
                if self.distances[before] + 1 == self.distances[at] {
                    let part = self.ways[before] / self.ways[at];
                    self.carried[before] += part * (1.0 + self.carried[at]);
                }
            }
            add(at, self.carried[at]);
        }
    }
}
