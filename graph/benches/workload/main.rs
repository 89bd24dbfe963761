//! The workload of the side-by-side bench, in process.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::panic,
    reason = "a bench stops at the first surprise"
)]

mod load;

use std::path::PathBuf;
use std::time::Instant;

use graph::decide::Policy;
use graph::ledger::Ledger;
use store::Log;

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let folder = folder.map(PathBuf::from).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let policy = Policy::accepting_at(0.6).unwrap();
    let ledger = Ledger::open(Log::memory(), policy, |_| {}).unwrap();
    let began = Instant::now();
    let ids = runtime.block_on(load::load(&folder.join("facts.ndjson"), &ledger));
    let events = ledger.head().seq.get();
    let took = began.elapsed().as_secs_f64();
    eprintln!(
        "load {} ids, {events} events in {took:.2} s, {:.0}/s, rss {} MiB",
        ids.len(),
        events as f64 / took,
        rss()
    );
    for _ in 0..3 {
        let began = Instant::now();
        let before = rss();
        let again = Ledger::open(ledger.log().clone(), policy, |_| {}).unwrap();
        let took = began.elapsed().as_secs_f64();
        eprintln!(
            "replay {events} events in {took:.2} s, {:.0}/s, rss +{} MiB, hash {}",
            events as f64 / took,
            rss() - before,
            again.state().hash()
        );
    }
}

fn rss() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4 / 1024
}
