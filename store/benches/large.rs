//! A large log: what it takes on disk and in memory, and how long it takes to open, read and verify.
//!
//! Data: see `shared/workload.rs`, in commits of 1,000 events. The log is written, and each opening
//! done, in a process of its own, so that memory is the store's alone and a kill is a kill.
//!
//! Run with `cargo bench -p lianzhu-store --bench large [-- EVENTS [FOLDER]]`; 1,000,000 events by
//! default.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise"
)]

/// The events, and how figures are told.
#[path = "shared/workload.rs"]
#[expect(dead_code, reason = "other benches need more of it")]
mod workload;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use store::{LocalOptions, Log, Seq, verify_folder};

use workload::{draft, memory_mib};

const EVENTS_A_COMMIT: usize = 1_000;
/// Tells a process of this program what it is to do.
const STEP: &str = "LIANZHU_BENCH_STEP";
const FOLDER: &str = "LIANZHU_BENCH_FOLDER";
const COMMITS: &str = "LIANZHU_BENCH_COMMITS";

fn main() {
    let Ok(step) = std::env::var(STEP) else { return whole() };
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let commits: usize = std::env::var(COMMITS).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    match &*step {
        "write" => runtime.block_on(write(&folder, commits)),
        "open" => runtime.block_on(open(&folder)),
        "read" => runtime.block_on(read(&folder)),
        "write-on" => runtime.block_on(write_on(&folder, commits)),
        _ => verify(&folder),
    }
}

fn whole() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let events = args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000_usize);
    let folder = args.iter().find(|arg| arg.parse::<usize>().is_err());
    let folder = folder.map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = tempfile::tempdir_in(folder).unwrap();
    let commits = events / EVENTS_A_COMMIT;
    println!("{events} events in {commits} commits");
    for step in ["write", "open", "open", "open", "read", "verify"] {
        assert!(child(step, dir.path(), commits).status().unwrap().success(), "{step}");
    }
    for _ in 0..3 {
        write_and_kill(dir.path(), commits);
        assert!(child("open", dir.path(), commits).status().unwrap().success());
    }
}

fn child(step: &str, folder: &Path, commits: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(STEP, step).env(FOLDER, folder).env(COMMITS, commits.to_string());
    command
}

/// Writes on in another process, and kills it after some commits were acknowledged.
fn write_and_kill(folder: &Path, commits: usize) {
    let mut child = child("write-on", folder, commits).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(
        lines.take(50).filter(|line| line.as_ref().is_ok_and(|l| l == "acknowledged")).count(),
        50
    );
    child.kill().unwrap();
    child.wait().unwrap();
    println!("killed while it wrote:");
}

async fn write(folder: &Path, commits: usize) {
    let begin = Instant::now();
    let log = Log::open(folder, LocalOptions::default()).unwrap();
    let mut json = 0;
    for at in 0..commits {
        let draft = draft(EVENTS_A_COMMIT, at, 7);
        json += draft.records.iter().map(|one| one.payload.len() as u64).sum::<u64>();
        log.append(None, draft).await.unwrap();
    }
    let (memory, peak) = (memory_mib("VmRSS:"), memory_mib("VmHWM:"));
    let head = log.head().seq.get();
    log.close().await.unwrap();
    let took = begin.elapsed().as_secs_f64();
    println!("written in {took:.1} s: {:.0} events/s, events made included", head as f64 / took);
    println!(
        "memory at the end {:.0} MiB, at most {:.0}",
        memory.unwrap_or(f64::NAN),
        peak.unwrap_or(f64::NAN)
    );
    let info = Log::open(folder, LocalOptions::default()).unwrap().info();
    let each = |bytes: u64| bytes as f64 / head as f64;
    println!(
        "on disk: journal {:.0} MiB ({:.1} B an event), index {:.0} MiB ({:.1} B), JSON {:.1} B an \
         event; {:.2} times the JSON",
        info.journal_bytes as f64 / 1_048_576.0,
        each(info.journal_bytes),
        info.index_bytes as f64 / 1_048_576.0,
        each(info.index_bytes),
        each(json),
        (info.journal_bytes + info.index_bytes) as f64 / json as f64
    );
}

async fn open(folder: &Path) {
    let begin = Instant::now();
    let log = Log::open(folder, LocalOptions::default()).unwrap();
    let took = begin.elapsed().as_secs_f64() * 1_000.0;
    println!(
        "opened in {took:.0} ms at event {}, memory {:.0} MiB; {} things mended",
        log.head().seq,
        memory_mib("VmRSS:").unwrap_or(f64::NAN),
        log.mended().len()
    );
    log.close().await.unwrap();
}

async fn read(folder: &Path) {
    let log = Log::open(folder, LocalOptions::default()).unwrap();
    for _ in 0..2 {
        let begin = Instant::now();
        let read: usize = log.read(Seq::ZERO).map(|one| one.unwrap().records.len()).sum();
        let rate = read as f64 / begin.elapsed().as_secs_f64() / 1e6;
        assert_eq!(read as u64, log.head().seq.get());
        println!(
            "read, checked and decompressed: {rate:.2} M events/s; memory at most {:.0} MiB",
            memory_mib("VmHWM:").unwrap_or(f64::NAN)
        );
    }
    log.close().await.unwrap();
}

fn verify(folder: &Path) {
    let begin = Instant::now();
    let report = verify_folder(folder, |_| {}).unwrap();
    let took = begin.elapsed().as_secs_f64();
    assert!(report.is_sound(), "{:?}", report.faults);
    println!(
        "verified in {took:.1} s: {:.2} M events/s, {:.0} MiB of journal a second; memory at most \
         {:.0} MiB",
        report.events as f64 / took / 1e6,
        report.journal_bytes as f64 / took / 1_048_576.0,
        memory_mib("VmHWM:").unwrap_or(f64::NAN)
    );
}

async fn write_on(folder: &Path, commits: usize) {
    let log = Log::open(folder, LocalOptions::default()).unwrap();
    let salt = 8 + u128::from(log.head().seq.get());
    for at in commits.. {
        log.append(None, draft(EVENTS_A_COMMIT, at, salt)).await.unwrap();
        println!("acknowledged");
    }
}
