//! A claims file into a log on disk, and the way back: what an import takes step by step, and what
//! opening it takes afterwards.
//!
//! Data: a file of `lianzhu generate`. Reported: seconds, events a second and resident memory after
//! each step; opening by replay and from a snapshot in turns. The log is kept in a scratch folder beside the file, on the same disk.
//!
//! Run with `cargo bench -p lianzhu-seeds --bench import -- FILE`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a bench stops at the first surprise"
)]

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use graph::decide::Policy;
use graph::ledger::{Ledger, Snapshots};
use graph::state::State;
use seeds::import::{Pass, Rereadable, Survey};
use store::{LocalOptions, Log};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Facts(PathBuf);

impl Rereadable for Facts {
    fn read(&self, _: Pass) -> io::Result<impl BufRead + Send + 'static> {
        File::open(&self.0).map(BufReader::new)
    }
}

fn main() {
    let file = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let Some(file) = file.map(PathBuf::from) else {
        eprintln!("give a claims file, such as `lianzhu generate --size S --seed 7` writes");
        return;
    };
    let folder = tempfile::tempdir_in(file.parent().unwrap_or(Path::new("."))).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let events = runtime.block_on(import(file, folder.path()));
    let snapshots =
        Snapshots { folder: folder.path().join("snapshots"), min_free_bytes: 0, events_min: 1 };
    // The first replays, and writes the snapshot from which the others open.
    for how in ["replayed", "from snapshot", "from snapshot", "replayed"] {
        if how == "replayed" {
            std::fs::remove_dir_all(&snapshots.folder).ok();
        }
        let began = Instant::now();
        let log = Log::open(folder.path(), LocalOptions::default()).unwrap();
        told("log opened", events, began);
        let ledger = Ledger::open_from(log, policy(), Some(snapshots.clone()), |_| {}).unwrap();
        told(how, events, began);
        let log = ledger.log().clone();
        let began = Instant::now();
        drop(ledger);
        told("snapshot kept", events, began);
        runtime.block_on(log.close()).unwrap();
    }
    let files = std::fs::read_dir(&snapshots.folder).unwrap();
    let bytes: u64 = files.map(|file| file.unwrap().metadata().unwrap().len()).sum();
    println!("snapshot: {bytes} bytes, {:.1} for each event", bytes as f64 / events as f64);
}

async fn import(file: PathBuf, folder: &Path) -> u64 {
    let (facts, policy) = (Facts(file), policy());
    let whole = Instant::now();
    let survey = Survey::of(&facts).unwrap();
    let lines = survey.lines() as u64;
    told("surveyed", lines, whole);
    let began = Instant::now();
    let plan = survey.rehearse(&facts, &Arc::new(State::empty()), policy).unwrap();
    told("rehearsed", lines, began);
    let began = Instant::now();
    let ledger = opened(folder);
    let imported = plan.record(&facts, &ledger, "bench").await.unwrap();
    let events = imported.head.get();
    told("recorded", events, began);
    ledger.log().clone().close().await.unwrap();
    told("imported in all", events, whole);
    events
}

fn opened(folder: &Path) -> Ledger {
    let log = Log::open(folder, LocalOptions::default()).unwrap();
    Ledger::open(log, policy(), |_| {}).unwrap()
}

fn policy() -> Policy {
    Policy::accepting_at(0.6).unwrap()
}

fn told(what: &str, count: u64, began: Instant) {
    let took = began.elapsed().as_secs_f64();
    println!("{what:16} {took:6.2} s {:9.0}/s {:5} MiB", count as f64 / took, rss());
}

/// Resident memory in MiB; 0 where the system does not tell.
fn rss() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or_default() * 4 / 1024
}
