//! Duplicates and sole sources over a whole store: how long, and how much memory.
//!
//! Data: a folder with `facts.ndjson` of the side-by-side bench, recorded into a log in memory.
//! Reported, for the first hundred, for all and for the list of every pair that is alike at all: how
//! many pairs, what cut the answer, the median of the runs, and how far the process grew above where
//! it stood before (Linux; elsewhere 0); then the time of a page of that list. Last, products and
//! firms that hang on one firm.
//!
//! Run with `cargo bench -p lianzhu-graph --bench duplicates -- FOLDER [RUNS]`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a bench stops at the first surprise"
)]

#[path = "workload/load.rs"]
mod load;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use graph::decide::Policy;
use graph::ledger::Ledger;
use graph::model::EntityKind;
use graph::query::{
    Budget, DuplicateQuery, STEPS_MAX, SoleSourcedQuery, Truncation, duplicate_list, duplicates,
    sole_sourced,
};
use store::Log;

fn main() {
    let mut words = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let Some(folder) = words.next().map(PathBuf::from) else {
        eprintln!("give the folder that holds facts.ndjson");
        return;
    };
    let runs: usize = words.next().map_or(3, |runs| runs.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let policy = Policy::accepting_at(0.6).unwrap();
    let ledger = Ledger::open(Log::memory(), policy, |_| {}).unwrap();
    runtime.block_on(load::load(&folder.join("facts.ndjson"), &ledger));
    // As a restart finds it: laid out, and nothing beside.
    let ledger = Ledger::open(ledger.log().clone(), policy, |_| {}).unwrap();
    // The thread of the name index would take its share.
    while ledger.names_indexed() < ledger.view().names().count() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let view = ledger.view();
    let budget = || Budget::steps(STEPS_MAX);
    println!("what | found, cut | median s | grew by MiB");
    for limit in [100, usize::MAX] {
        let query = DuplicateQuery { kinds: vec![], min_score: 0.5, limit };
        told(&format!("from 0.5, at most {limit}"), runs, || {
            let found = duplicates(&view, &query, &budget());
            (found.found.len(), found.truncated)
        });
    }
    told("list from 0", runs, || {
        let list = duplicate_list(&view, &[], 0.0, &budget());
        (list.len(), list.truncated)
    });
    let list = duplicate_list(&view, &[], 0.0, &budget());
    told("page of it", runs, || {
        let middle = list.len() / 2;
        (list.shown(&view, middle..middle + 20, &budget()).unwrap().len(), None)
    });
    for kind in [EntityKind::Product, EntityKind::Firm] {
        told(&format!("sole sources of a {kind}"), runs, || {
            let query = SoleSourcedQuery { kind, within: None };
            let found = sole_sourced(&view, &query, &budget()).unwrap();
            (found.found.len(), found.truncated)
        });
    }
}

fn told(what: &str, runs: usize, ask: impl Fn() -> (usize, Option<Truncation>)) {
    let (mut times, mut grown, mut answer) = (Vec::new(), 0, String::new());
    for _ in 0..runs {
        let before = peak_from_here();
        let began = Instant::now();
        let (count, cut) = ask();
        times.push(began.elapsed().as_secs_f64());
        grown = grown.max(peak().saturating_sub(before));
        answer = format!("{count}, {:?}", cut.map(|cut| (cut.limit, cut.at, cut.remaining)));
    }
    times.sort_by(f64::total_cmp);
    println!("{what} | {answer} | {:.3} | {}", times[times.len() / 2], grown >> 10);
}

/// Forgets the peak so far: the memory in use now, in KiB.
fn peak_from_here() -> u64 {
    // Where it cannot be forgotten, growth would be told too small: rather none.
    std::fs::write("/proc/self/clear_refs", "5").map_or(u64::MAX, |()| peak())
}

/// The most memory in use since, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}
