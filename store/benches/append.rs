//! What a durable append costs, beside a raw append and sync of the same bytes.
//!
//! Data: events of about 310 bytes of JSON with a Chinese quote and two entity keys each, in commits
//! of 1, 1,000 and 10,000; then 64 writers of one event each against one writer. Baseline: one
//! file, length + CRC32C + the same payloads, one `write` and one `fdatasync` a commit. Both run in
//! turns in the same folder, three times; the median of the ratios is printed.
//!
//! Run with `cargo bench -p lianzhu-store --bench append [folder]`; the folder should lie on the
//! disk that is meant (by default the system's temporary one).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise"
)]

#[path = "shared/contest.rs"]
mod contest;
#[path = "shared/workload.rs"]
mod workload;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use store::{LocalOptions, Log, Seq};

use contest::{concurrent, raw, stored};
use workload::{drafts, median, memory_mib, record, seconds};

const ROUNDS: usize = 3;

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let folder = folder.map_or_else(std::env::temp_dir, PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    println!(
        "{:>8} {:>9} {:>12} {:>12} {:>7} {:>9} {:>9} {:>9}",
        "events", "commits", "raw ev/s", "store ev/s", "ratio", "raw p50", "p50 ms", "max ms"
    );
    for (events, commits) in [(1, 1_500), (1_000, 200), (10_000, 20)] {
        let mut rounds: Vec<_> = (0..ROUNDS)
            .map(|round| {
                let drafts = drafts(events, commits, round as u128);
                let raw = raw(&folder, &drafts);
                (raw, runtime.block_on(stored(&folder, drafts)))
            })
            .collect();
        rounds.sort_by(|one, other| ratio(one).total_cmp(&ratio(other)));
        let (raw, stored) = &rounds[ROUNDS / 2];
        let rate = |times: &[Duration]| (events * commits) as f64 / seconds(times);
        println!(
            "{events:>8} {commits:>9} {:>12.0} {:>12.0} {:>7.2} {:>9.3} {:>9.3} {:>9.1}",
            rate(raw),
            rate(stored),
            ratio(&rounds[ROUNDS / 2]),
            p50(raw),
            p50(stored),
            longest(stored)
        );
    }
    let one = runtime.block_on(concurrent(&folder, 1, 2_000));
    let many = runtime.block_on(concurrent(&folder, 64, 500));
    println!("64 writers {many:.0} commits/s, one writer {one:.0}: {:.1} times", many / one);
    runtime.block_on(size_and_reading(&folder));
}

fn ratio((raw, stored): &(Vec<Duration>, Vec<Duration>)) -> f64 {
    seconds(raw) / seconds(stored)
}

fn p50(times: &[Duration]) -> f64 {
    median(times.iter().map(|time| time.as_secs_f64() * 1_000.0).collect())
}

fn longest(times: &[Duration]) -> f64 {
    times.iter().max().unwrap().as_secs_f64() * 1_000.0
}

async fn size_and_reading(folder: &Path) {
    const COMMITS: usize = 500;
    let dir = tempfile::tempdir_in(folder).unwrap();
    let log = Log::open(dir.path(), LocalOptions::default()).unwrap();
    let mut json = 0;
    for at in 0..COMMITS / 50 {
        for draft in drafts(1_000, 50, 5_000 + at as u128) {
            json += draft.records.iter().map(|one| one.payload.len()).sum::<usize>();
            log.append(None, draft).await.unwrap();
        }
    }
    let head = log.head().seq.get();
    log.close().await.unwrap();
    let begin = Instant::now();
    let log = Log::open(dir.path(), LocalOptions::default()).unwrap();
    let opened = begin.elapsed();
    let begin = Instant::now();
    let read: usize = log.read(Seq::ZERO).map(|one| one.unwrap().records.len()).sum();
    let reading = begin.elapsed().as_secs_f64();
    assert_eq!(read as u64, head);
    let info = log.info();
    let of_json = |bytes: u64| bytes as f64 / json as f64;
    println!(
        "{head} events: open after close {:.0} ms, read and checked {:.2} M events/s",
        opened.as_secs_f64() * 1_000.0,
        head as f64 / reading / 1e6
    );
    println!(
        "bytes against JSON: journal {:.2}, index {:.2}",
        of_json(info.journal_bytes),
        of_json(info.index_bytes)
    );
    let key = record(77).keys[0];
    let begin = Instant::now();
    let found = log.events_of(key).unwrap().len();
    println!("events of one entity: {found} in {:.2} ms", begin.elapsed().as_secs_f64() * 1_000.0);
    if let Some(peak) = memory_mib("VmHWM:") {
        println!("peak memory of the whole bench: {peak:.0} MiB");
    }
}
