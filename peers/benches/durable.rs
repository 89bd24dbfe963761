//! What a durable append costs, beside the same bytes in a plain file, in redb and in fjall.
//!
//! Data: see `store/benches/shared/workload.rs`; commits of 1, 1,000 and 10,000 events, then 64 writers of one
//! event a commit. All contenders do the same commits, in turns in the same folder, several times;
//! each ratio is taken within its round, and the median of the ratios is printed (more is better for
//! us). What each does for a commit:
//! - raw: length, CRC32C and payloads in one `write`, then one `fdatasync`;
//! - redb: a transaction that puts each payload under its position, committed durably;
//! - fjall: a batch of the same, committed with its journal synced;
//! - store: journal, hash link, index of ids, entities and times. The others keep no index and no hash.
//!
//! Run with `cargo bench --manifest-path peers/Cargo.toml [-- FOLDER]`; the folder should lie on the
//! disk that is meant (by default the system's temporary one).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise"
)]

#[path = "../../store/benches/shared/contest.rs"]
mod contest;
/// The events, and how figures are told.
#[path = "../../store/benches/shared/workload.rs"]
#[expect(dead_code, reason = "other benches need more of it")]
mod workload;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fjall::{KeyspaceCreateOptions, PersistMode};
use redb::TableDefinition;
use store::Draft;
use tokio::runtime::Runtime;

use contest::{concurrent, raw, stored, timed};
use workload::{drafts, median, seconds};

const ROUNDS: usize = 5;
const WRITERS: usize = 64;
const EACH: usize = 100;
const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("events");

/// What each took for its commits.
struct Round {
    raw: Vec<Duration>,
    redb: Vec<Duration>,
    fjall: Vec<Duration>,
    store: Vec<Duration>,
}

fn main() {
    let folder = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let folder = folder.map_or_else(std::env::temp_dir, PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    println!("median of {ROUNDS} rounds; ratios are rates, ours against theirs");
    println!(
        "{:>7} {:>8} {:>12} {:>12} {:>7} {:>7} {:>7} {:>8} {:>8} {:>8} {:>8}",
        "events",
        "commits",
        "raw ev/s",
        "store ev/s",
        "x raw",
        "x redb",
        "x fjall",
        "raw p50",
        "p50 ms",
        "p50 x",
        "max ms"
    );
    for (events, commits) in [(1, 600), (1_000, 60), (10_000, 8)] {
        let rounds: Vec<Round> = (0..ROUNDS)
            .map(|round| in_turns(&folder, &runtime, &drafts(events, commits, round as u128)))
            .collect();
        print(events, commits, &rounds);
    }
    side_by_side(&folder, &runtime);
}

fn in_turns(folder: &Path, runtime: &Runtime, drafts: &[Draft]) -> Round {
    Round {
        raw: raw(folder, drafts),
        redb: redb(folder, drafts),
        fjall: fjall(folder, drafts),
        store: runtime.block_on(stored(folder, drafts.to_vec())),
    }
}

fn print(events: usize, commits: usize, rounds: &[Round]) {
    let middle = |of: &dyn Fn(&Round) -> f64| median(rounds.iter().map(of).collect());
    let rate = |times: &[Duration]| (events * commits) as f64 / seconds(times);
    let p50 = |times: &[Duration]| {
        median(times.iter().map(|time| time.as_secs_f64() * 1_000.0).collect())
    };
    let longest = |round: &Round| {
        round.store.iter().max().map_or(0.0, |longest| longest.as_secs_f64() * 1_000.0)
    };
    println!(
        "{events:>7} {commits:>8} {:>12.0} {:>12.0} {:>7.2} {:>7.2} {:>7.2} {:>8.3} {:>8.3} {:>8.2} {:>8.1}",
        middle(&|one| rate(&one.raw)),
        middle(&|one| rate(&one.store)),
        middle(&|one| seconds(&one.raw) / seconds(&one.store)),
        middle(&|one| seconds(&one.redb) / seconds(&one.store)),
        middle(&|one| seconds(&one.fjall) / seconds(&one.store)),
        middle(&|one| p50(&one.raw)),
        middle(&|one| p50(&one.store)),
        middle(&|one| p50(&one.store) / p50(&one.raw)),
        middle(&longest),
    );
}

fn put_redb(db: &redb::Database, draft: &Draft, next: &AtomicU64) {
    let writing = db.begin_write().unwrap();
    {
        let mut table = writing.open_table(TABLE).unwrap();
        for record in &draft.records {
            let at = next.fetch_add(1, Ordering::Relaxed);
            table.insert(at, &*record.payload).unwrap();
        }
    }
    writing.commit().unwrap();
}

fn redb(folder: &Path, drafts: &[Draft]) -> Vec<Duration> {
    let dir = tempfile::tempdir_in(folder).unwrap();
    let db = redb::Database::create(dir.path().join("redb")).unwrap();
    let next = AtomicU64::new(1);
    timed(drafts, |draft| put_redb(&db, draft, &next))
}

fn put_fjall(db: &fjall::Database, events: &fjall::Keyspace, draft: &Draft, next: &AtomicU64) {
    let mut batch = db.batch().durability(Some(PersistMode::SyncData));
    for record in &draft.records {
        let at = next.fetch_add(1, Ordering::Relaxed);
        batch.insert(events, at.to_be_bytes(), &*record.payload);
    }
    batch.commit().unwrap();
}

fn open_fjall(folder: &Path) -> (fjall::Database, fjall::Keyspace) {
    let db = fjall::Database::builder(folder).open().unwrap();
    let events = db.keyspace("events", KeyspaceCreateOptions::default).unwrap();
    (db, events)
}

fn fjall(folder: &Path, drafts: &[Draft]) -> Vec<Duration> {
    let dir = tempfile::tempdir_in(folder).unwrap();
    let (db, events) = open_fjall(dir.path());
    let next = AtomicU64::new(1);
    timed(drafts, |draft| put_fjall(&db, &events, draft, &next))
}

/// 64 writers at once, against one writer and against the others with 64 threads.
fn side_by_side(folder: &Path, runtime: &Runtime) {
    let rounds: Vec<[f64; 4]> = (0..3)
        .map(|_| {
            let one = runtime.block_on(concurrent(folder, 1, 600));
            let many = runtime.block_on(concurrent(folder, WRITERS, EACH));
            let dir = tempfile::tempdir_in(folder).unwrap();
            let db = redb::Database::create(dir.path().join("redb")).unwrap();
            // Each commit of its own costs a sync or two there, so a tenth is enough.
            let redb = threads(EACH / 10, |draft, next| put_redb(&db, draft, next));
            let dir = tempfile::tempdir_in(folder).unwrap();
            let (db, events) = open_fjall(dir.path());
            let fjall = threads(EACH, |draft, next| put_fjall(&db, &events, draft, next));
            [many, many / one, many / redb, many / fjall]
        })
        .collect();
    let middle = |at: usize| median(rounds.iter().map(|round| round[at]).collect());
    println!(
        "{WRITERS} writers: {:.0} commits/s, {:.1} times one writer; {:.2} times redb and {:.2} times \
         fjall with {WRITERS} threads",
        middle(0),
        middle(1),
        middle(2),
        middle(3)
    );
}

fn threads(each: usize, commit: impl Fn(&Draft, &AtomicU64) + Sync) -> f64 {
    let all: Vec<Vec<Draft>> =
        (0..WRITERS).map(|writer| drafts(1, each, 2_000 + writer as u128)).collect();
    let next = AtomicU64::new(1);
    let begin = Instant::now();
    thread::scope(|scope| {
        for drafts in &all {
            scope.spawn(|| drafts.iter().for_each(|draft| commit(draft, &next)));
        }
    });
    (WRITERS * each) as f64 / begin.elapsed().as_secs_f64()
}
