//! Searching, failing supply and the questions of the whole graph: how long, and whether they are
//! right.
//!
//! Data: a folder with `facts.ndjson` of the side-by-side bench, recorded into a log in memory and
//! opened again. All parameters are drawn from that data by a fixed seed and a rule, told where they
//! are drawn; every answer is checked against a plain reckoning of its own, outside the clock.
//!
//! - `search`: names of 200 firms, typed in eight ways; how many of those meant are among the first
//!   twenty hits.
//! - `failing`: the chokepoints of a firm with about 10,000 entities upstream, and of the same firm
//!   without a limit; what follows if the firm with the most customers fails.
//! - `whole`: `PageRank` beside a loop over arrays that stand ready, in turn; the most linked
//!   firms of every cluster; communities of the whole graph.
//!
//! Before each part, the machine's load of the last minute is told. Of five runs of each parameter,
//! the median and the 99th percentile of all are told, and the 99th percentile of each parameter's
//! best: what the dearest parameters cost where nothing else takes the core away.
//!
//! Run with `cargo bench -p lianzhu-graph --bench questions -- FOLDER [PART…]`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a bench stops at the first surprise"
)]

mod failing;
#[path = "../workload/load.rs"]
mod load;
#[path = "../workload/measure.rs"]
#[expect(dead_code, reason = "no JSON is written here")]
mod measure;
mod typed;
mod whole;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use graph::decide::Policy;
use graph::ledger::Ledger;
use graph::model::{EntityKind, Predicate};
use graph::query::{Budget, STEPS_MAX};
use graph::state::EntityIx;
use graph::view::{Lens, PredicateSet, View};
use measure::Figures;
use oorandom::Rand64;
use store::Log;

const SEED: u128 = 20_261_126;

/// What is measured, by name.
type Part = (&'static str, fn(&View));

const PARTS: [Part; 3] =
    [("search", typed::measured), ("failing", failing::measured), ("whole", whole::measured)];

fn main() {
    let mut words = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let Some(folder) = words.next().map(PathBuf::from) else {
        eprintln!("give the folder that holds facts.ndjson");
        return;
    };
    let only: Vec<String> = words.collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let policy = Policy::accepting_at(0.6).unwrap();
    let ledger = Ledger::open(Log::memory(), policy, |_| {}).unwrap();
    runtime.block_on(load::load(&folder.join("facts.ndjson"), &ledger));
    // As a restart finds it: laid out, and nothing beside.
    let ledger = Ledger::open(ledger.log().clone(), policy, |_| {}).unwrap();
    let (began, before) = (Instant::now(), rss());
    while ledger.names_indexed() < ledger.view().names().count() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let grown = rss().saturating_sub(before);
    let took = began.elapsed().as_secs_f64();
    println!("{} names indexed in {took:.1} s, {grown} MiB more", ledger.names_indexed());
    let view = ledger.view();
    for (name, measured) in PARTS {
        if only.is_empty() || only.iter().any(|wanted| wanted == name) {
            let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
            println!("{name}, load {}", load.split(' ').next().unwrap_or_default());
            measured(&view);
        }
    }
}

fn firms(view: &View) -> Vec<EntityIx> {
    view.entities().filter(|entity| view.kind(*entity) == EntityKind::Firm).collect()
}

/// So many firms, each any of all.
fn some_firms(view: &View, count: usize) -> Vec<EntityIx> {
    let (all, mut random) = (firms(view), Rand64::new(SEED));
    (0..count).map(|_| all[below(&mut random, all.len())]).collect()
}

fn below(random: &mut Rand64, bound: usize) -> usize {
    usize::try_from(random.rand_range(0..bound as u64)).unwrap()
}

fn supplies() -> PredicateSet {
    PredicateSet::of([Predicate::Supplies])
}

fn supply(view: &View) -> Lens<'_> {
    Lens::new(view, supplies())
}

fn budget() -> Budget {
    Budget::steps(STEPS_MAX)
}

/// Milliseconds that `run` takes, and its answer.
fn timed<T>(run: impl FnOnce() -> T) -> (f64, T) {
    let began = Instant::now();
    let answer = std::hint::black_box(run());
    (began.elapsed().as_secs_f64() * 1_000.0, answer)
}

/// The median and the percentiles of runs, in milliseconds.
fn told(figures: &Figures) -> String {
    let best = figures.best[(figures.best.len() * 99 / 100).min(figures.best.len() - 1)];
    format!("{:.3}, {:.3}, {best:.3}", figures.median(), figures.p99())
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Resident memory in MiB; 0 where the system does not tell.
fn rss() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or_default() * 4 / 1024
}
