//! Medians and percentiles of runs, in the form of the side-by-side bench.

use std::time::Instant;

use serde_json::{Value, json};

/// Counted runs of each parameter, after one that warms up and is checked.
const ROUNDS: usize = 5;

/// How long the runs of one question took, in milliseconds, and how much they answered.
pub(crate) struct Figures {
    /// All runs, ascending.
    times: Vec<f64>,
    /// Each parameter's best run, ascending.
    pub(crate) best: Vec<f64>,
    /// Rows of each answer, ascending.
    rows: Vec<usize>,
}

/// Runs `ask` once for each parameter to warm up, then five times for each; it gives the rows of
/// its answer.
pub(crate) fn measured<P>(params: &[P], ask: impl Fn(&P) -> usize) -> Figures {
    let mut rows: Vec<usize> = params.iter().map(&ask).collect();
    let mut best = vec![f64::INFINITY; params.len()];
    let mut times: Vec<f64> = Vec::with_capacity(params.len() * ROUNDS);
    for _ in 0..ROUNDS {
        for (at, params) in params.iter().enumerate() {
            let began = Instant::now();
            std::hint::black_box(ask(params));
            let took = began.elapsed().as_secs_f64() * 1_000.0;
            best[at] = best[at].min(took);
            times.push(took);
        }
    }
    times.sort_by(f64::total_cmp);
    best.sort_by(f64::total_cmp);
    rows.sort_unstable();
    Figures { times, best, rows }
}

impl Figures {
    pub(crate) fn median(&self) -> f64 {
        middle(&self.times)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.times[(self.times.len() * 99 / 100).min(self.times.len() - 1)]
    }

    /// The median number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows[self.rows.len() / 2]
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "status": "ok",
            "median_ms": self.median(),
            "p99_ms": self.p99(),
            "best_ms": middle(&self.best),
            "runs": self.times.len(),
            "params": self.best.len(),
        })
    }
}

fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[half - 1], sorted[half])
    } else {
        sorted[half]
    }
}
