//! The walking half of the side-by-side bench's workload, in process, and what loading costs.
//!
//! Data: a folder with `facts.ndjson` and `workload.json` of that bench. Reported: the rate of
//! recording into a log in memory, the rate of replaying it three times, the memory after each,
//! and for every question the median and the 99th percentile of five runs of each parameter, every
//! answer checked against the reference once. The figures of the questions go to stdout as JSON
//! in the form of that bench; the rest goes to stderr.
//!
//! Run with `cargo bench -p lianzhu-graph --bench workload -- FOLDER`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a bench stops at the first surprise"
)]

mod ask;
mod load;

use std::path::PathBuf;
use std::time::Instant;

use graph::decide::Policy;
use graph::ledger::Ledger;
use serde_json::json;
use store::Log;

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let Some(folder) = folder.map(PathBuf::from) else {
        eprintln!("give the folder that holds facts.ndjson and workload.json");
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let policy = Policy::accepting_at(0.6).unwrap();
    let ledger = Ledger::open(Log::memory(), policy, |_| {}).unwrap();
    let (began, before) = (Instant::now(), rss());
    let ids = runtime.block_on(load::load(&folder.join("facts.ndjson"), &ledger));
    let events = ledger.head().seq.get();
    report("record", events, began, before);
    let mut opened = None;
    for _ in 0..3 {
        drop(opened.take());
        let (began, before) = (Instant::now(), rss());
        opened = Some(Ledger::open(ledger.log().clone(), policy, |_| {}).unwrap());
        report("replay", events, began, before);
    }
    let workload = std::fs::read(folder.join("workload.json")).unwrap();
    let workload = serde_json::from_slice(&workload).unwrap();
    let world = ask::World::new(opened.unwrap().view(), &ids);
    let size = folder.file_name().unwrap().to_string_lossy();
    let figures = json!({
        "peer": "lianzhu-inprocess",
        "size": size,
        "version": env!("CARGO_PKG_VERSION"),
        "query": { "queries": world.ask(&workload) },
    });
    println!("{figures:#}");
}

fn report(what: &str, events: u64, began: Instant, rss_before: usize) {
    let took = began.elapsed().as_secs_f64();
    let rate = events as f64 / took;
    let grown = rss().saturating_sub(rss_before);
    eprintln!("{what}: {events} events in {took:.2} s, {rate:.0}/s, {grown} MiB more");
}

/// Resident memory in MiB; 0 where the system does not tell.
fn rss() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or_default() * 4 / 1024
}
