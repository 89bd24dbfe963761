//! How large a log is when its finished segments are packed, and how fast it is exported, imported,
//! backed up and restored.
//!
//! Data: see `shared/workload.rs`, in commits of 1,000 events. Rates are in events a second; files are written to the folder and synced.
//!
//! Run with `cargo bench -p lianzhu-store --bench archive [events] [folder]`; by default two million
//! events in the system's temporary folder.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise"
)]

#[path = "shared/workload.rs"]
#[expect(dead_code, reason = "other benches need more of it")]
mod workload;

use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use store::{ExportFormat, LocalOptions, Log, Seq, backup, export, folder_info, import, restore};

use workload::{draft, memory_mib};

const EVENTS_A_COMMIT: usize = 1_000;

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let events: u64 = args.next().map_or(2_000_000, |text| text.parse().unwrap());
    let folder = args.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = tempfile::tempdir_in(folder).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let at = |name: &str| dir.path().join(name);

    let (log, json) = runtime.block_on(written(&at("log"), events));
    wait_until_packed(&at("log"));
    let info = folder_info(&at("log")).unwrap();
    let of_json = |bytes: u64| bytes as f64 / json as f64;
    println!(
        "bytes against JSON: journal {:.2}, index {:.2}, together {:.2}",
        of_json(info.journal_bytes),
        of_json(info.index_bytes),
        of_json(info.journal_bytes + info.index_bytes),
    );
    for (format, name) in [(ExportFormat::Segments, "segments"), (ExportFormat::Ndjson, "ndjson")] {
        let file = at(name);
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&file).unwrap());
        let carried = timed(&format!("export, {name}"), events, || {
            let carried = export(&at("log"), format, Seq::ZERO, &mut out, &mut on).unwrap();
            out.get_ref().sync_all().unwrap();
            carried
        });
        println!("  {} bytes, {:.2} of the JSON", carried.bytes, of_json(carried.bytes));
        let copy = at(&format!("copy of {name}"));
        timed(&format!("import, {name}, without its index"), events, || {
            let mut from = BufReader::with_capacity(1 << 20, File::open(&file).unwrap());
            assert_eq!(import(&mut from, &copy, &mut on).unwrap().head, carried.head);
        });
        fs::remove_dir_all(copy).unwrap();
        fs::remove_file(file).unwrap();
    }
    timed("backup", events, || backup(&at("log"), &at("backup"), "now", &mut on).unwrap());
    timed("the same again, with nothing new", events, || {
        backup(&at("log"), &at("backup"), "now", &mut on).unwrap()
    });
    timed("restore, without its index", events, || {
        restore(&at("backup"), &at("restored"), &mut on).unwrap()
    });
    timed("opening it, which builds its index", events, || {
        Log::open(&at("restored"), LocalOptions::default()).unwrap()
    });
    runtime.block_on(log.close()).unwrap();
    if let Some(peak) = memory_mib("VmHWM:") {
        println!("peak memory of the whole bench: {peak:.0} MiB");
    }
}

fn on(_: Seq) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn timed<T>(what: &str, events: u64, work: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let done = work();
    let took = begin.elapsed().as_secs_f64();
    println!("{what}: {took:.2} s, {:.2} M events/s", events as f64 / took / 1e6);
    done
}

/// Writes the log, and tells how many bytes of JSON it holds.
async fn written(folder: &Path, events: u64) -> (Log, u64) {
    // First without packing, to see what packing beside it costs the writer.
    let (log, plain, json) = write(folder, events, false).await;
    let journal_bytes = log.info().journal_bytes;
    log.close().await.unwrap();
    println!("bytes against JSON, not packed: journal {:.2}", journal_bytes as f64 / json as f64);
    fs::remove_dir_all(folder).unwrap();
    let (log, packing, json) = write(folder, events, true).await;
    println!("append: {packing:.0} events/s, {:.2} of the rate without packing", packing / plain);
    (log, json)
}

async fn write(folder: &Path, events: u64, compress_finished: bool) -> (Log, f64, u64) {
    let options = LocalOptions { compress_finished, ..LocalOptions::default() };
    let log = Log::open(folder, options).unwrap();
    let (mut json, mut took) = (0, Duration::ZERO);
    for commit in 0..usize::try_from(events).unwrap() / EVENTS_A_COMMIT {
        let draft = draft(EVENTS_A_COMMIT, commit, 1);
        json += draft.records.iter().map(|one| one.payload.len() as u64).sum::<u64>();
        let begin = Instant::now();
        log.append(None, draft).await.unwrap();
        took += begin.elapsed();
    }
    (log, events as f64 / took.as_secs_f64(), json)
}

/// Waits until all finished segments are packed.
fn wait_until_packed(folder: &Path) {
    let begin = Instant::now();
    let open = || {
        let entries = fs::read_dir(folder.join("journal")).unwrap();
        let names = entries.map(|entry| entry.unwrap().path());
        names.filter(|path| path.extension().is_some_and(|ending| ending == "seg")).count()
    };
    while open() > 1 {
        thread::sleep(Duration::from_millis(50));
    }
    println!("packing ended {:.1} s after the last append", begin.elapsed().as_secs_f64());
}
