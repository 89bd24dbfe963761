//! Power cuts at random moments under several writers, with an oracle that remembers what was
//! acknowledged. Shared by the tests and by `benches/power_loss.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use oorandom::Rand64;
use store::testing::{FaultyDisk, Op, pack_finished};
use store::{AppendError, CommitId, Draft, Head, LocalOptions, Log, Record, Seq, verify_folder};
use uuid::Uuid;

use crate::support::{PATIENCE, copy_dir};

/// What a round did, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) cuts: u64,
    pub(crate) cuts_while_opening: u64,
    pub(crate) acknowledged: u64,
    pub(crate) unknown: u64,
    /// Of the unknown ones, those that were there after opening again.
    pub(crate) unknown_there: u64,
    pub(crate) kept: u64,
    pub(crate) torn: u64,
    pub(crate) dropped: u64,
    pub(crate) entries: u64,
    pub(crate) segments: u64,
    /// Segments whose packed form got its name.
    pub(crate) packed: u64,
    pub(crate) index_older: u64,
    pub(crate) index_deleted: u64,
    pub(crate) mended: u64,
}

impl Counts {
    pub(crate) fn rows(&self) -> [(&'static str, u64); 14] {
        [
            ("power cuts", self.cuts),
            ("of them while opening", self.cuts_while_opening),
            ("acknowledged commits", self.acknowledged),
            ("commits of unknown outcome", self.unknown),
            ("of them there afterwards", self.unknown_there),
            ("un-synced writes kept", self.kept),
            ("un-synced writes torn", self.torn),
            ("un-synced writes dropped", self.dropped),
            ("un-synced entries dropped", self.entries),
            ("segments begun", self.segments),
            ("segments packed", self.packed),
            ("indexes put back to an older copy", self.index_older),
            ("indexes deleted", self.index_deleted),
            ("things mended at open", self.mended),
        ]
    }

    pub(crate) fn add(&mut self, other: Counts) {
        self.cuts += other.cuts;
        self.cuts_while_opening += other.cuts_while_opening;
        self.acknowledged += other.acknowledged;
        self.unknown += other.unknown;
        self.unknown_there += other.unknown_there;
        self.kept += other.kept;
        self.torn += other.torn;
        self.dropped += other.dropped;
        self.entries += other.entries;
        self.segments += other.segments;
        self.packed += other.packed;
        self.index_older += other.index_older;
        self.index_deleted += other.index_deleted;
        self.mended += other.mended;
    }
}

/// What the world outside knows.
#[derive(Debug, Default)]
struct Oracle {
    sent: BTreeMap<CommitId, Draft>,
    acknowledged: BTreeMap<CommitId, Head>,
}

type Shared = Arc<Mutex<Oracle>>;

/// Runs one round: some lives that end in a power cut, or in closing, then a last look.
///
/// # Panics
///
/// When anything acknowledged is lost, a commit is not whole, or one is there twice.
pub(crate) fn round(seed: u64) -> Counts {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let older = tempfile::tempdir().unwrap();
    let mut chance = Rand64::new(u128::from(seed));
    // A thread packs in one half of the seeds; in the other the writers do, between their commits,
    // so that packing is surely met by the cuts.
    let compress_finished = seed.is_multiple_of(2);
    let options = LocalOptions {
        compress_finished,
        segment_bytes: chance.rand_range(300..4_000),
        index_cache_bytes: 8 << 20,
        head_interval: Duration::from_millis([0, 0, 2, 100][below(&mut chance, 4)]),
        min_free_bytes: 0,
        ..LocalOptions::default()
    };
    let oracle = Shared::default();
    let mut counts = Counts::default();
    for life in 0..1 + chance.rand_range(1..4) {
        let disk = FaultyDisk::new();
        let cuts_open = chance.rand_range(0..5) == 0;
        if cuts_open {
            disk.cut_power_at(below(&mut chance, 12));
        }
        let log = store::testing::open(Arc::new(disk.clone()), dir.path(), &options);
        match log {
            Ok(log) => {
                counts.mended += log.mended().len() as u64;
                check(&log, &oracle, seed, &disk);
                if !disk.is_off() && chance.rand_range(0..4) != 0 {
                    disk.cut_power_at(below(&mut chance, 60));
                }
                let packing = (!compress_finished)
                    .then(|| Packing { disk: disk.clone(), folder: dir.path().to_owned() });
                runtime.block_on(write(log, life, &oracle, &mut chance, packing.as_ref()));
                counts.segments += count_of(&disk, Op::Create, ".seg");
                counts.packed += count_of(&disk, Op::Rename, ".segz.tmp");
            }
            Err(error) => assert!(disk.is_off(), "seed {seed}: {error}"),
        }
        counts.cuts += u64::from(disk.is_off());
        counts.cuts_while_opening += u64::from(cuts_open && disk.is_off());
        let lost = disk.lose_unsynced(seed << 8 | life).unwrap();
        counts.kept += lost.kept;
        counts.torn += lost.torn;
        counts.dropped += lost.dropped;
        counts.entries += lost.entries;
        leave_index(dir.path(), older.path(), &mut chance, &mut counts);
    }
    let log = Log::open(dir.path(), options).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let sound = FaultyDisk::new();
    check(&log, &oracle, seed, &sound);
    counts.acknowledged = oracle.lock().unwrap().acknowledged.len() as u64;
    runtime.block_on(retry(&log, &oracle, seed, &mut counts));
    check(&log, &oracle, seed, &sound);
    runtime.block_on(log.close()).unwrap();
    let report = verify_folder(dir.path(), |_| {}).unwrap();
    assert!(report.is_sound(), "seed {seed}: {:?}", report.faults);
    counts
}

fn below(chance: &mut Rand64, below: usize) -> usize {
    usize::try_from(chance.rand_range(0..below as u64)).unwrap()
}

fn count_of(disk: &FaultyDisk, op: Op, ending: &str) -> u64 {
    let is = |(one, path): &&(Op, PathBuf)| *one == op && path.to_string_lossy().ends_with(ending);
    disk.steps().iter().filter(is).count() as u64
}

/// Packs what is finished, on the disk of the log.
#[derive(Clone, Debug)]
struct Packing {
    disk: FaultyDisk,
    folder: PathBuf,
}

impl Packing {
    fn run(&self) {
        if let Err(error) = pack_finished(&self.disk, &self.folder) {
            assert!(self.disk.is_off(), "packing fails: {error}");
        }
    }
}

/// Lets some writers append until each had its turns or the log takes no more.
async fn write(
    log: Log,
    life: u64,
    oracle: &Shared,
    chance: &mut Rand64,
    packing: Option<&Packing>,
) {
    let writers = 1 + chance.rand_range(0..4);
    let tasks = (0..writers).map(|writer| {
        let (log, oracle) = (log.clone(), Arc::clone(oracle));
        let mut chance = Rand64::new(u128::from(chance.rand_u64()));
        let packing = packing.cloned();
        tokio::spawn(async move {
            for turn in 0..chance.rand_range(1..12) {
                let id = u128::from(life) << 96 | u128::from(writer) << 64 | u128::from(turn);
                let draft = draft(CommitId::new(Uuid::from_u128(id)), &mut chance);
                oracle.lock().unwrap().sent.insert(draft.id, draft.clone());
                let id = draft.id;
                match log.append(None, draft).await {
                    Ok(told) => {
                        assert!(!told.duplicate);
                        oracle.lock().unwrap().acknowledged.insert(id, told.head);
                    }
                    Err(AppendError::Unknown | AppendError::ReadOnly { .. }) => return,
                    Err(other) => panic!("{other}"),
                }
                if let Some(packing) = &packing {
                    packing.run();
                }
                tokio::task::yield_now().await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    // Dropping closes; half of the time it is asked for, and may fail without power.
    if chance.rand_range(0..2) == 0 {
        log.close().await.ok();
    }
}

fn draft(id: CommitId, chance: &mut Rand64) -> Draft {
    let count = 1 + below(chance, 4);
    let has_key = below(chance, 3) == 0;
    let records = (0..count).map(|at| {
        let noise: String =
            (0..below(chance, 700)).map(|_| ["产", "业", "a", "b"][below(chance, 4)]).collect();
        Record {
            kind: "Said".into(),
            version: 1,
            payload: format!("{id} {at} of {count} {noise}").into(),
            keys: vec![(at as u128).to_be_bytes()],
        }
    });
    Draft {
        id,
        idempotency_key: has_key.then(|| format!("key {id}")),
        actor: "simulation".to_owned(),
        recorded_at_ms: 1_000,
        records: records.collect(),
    }
}

/// Asserts that nothing acknowledged is lost, nothing is half there, and nothing is there twice.
/// The power may go meanwhile, as the packer takes steps too; then the next life looks.
fn check(log: &Log, oracle: &Shared, seed: u64, disk: &FaultyDisk) {
    let oracle = oracle.lock().unwrap();
    let mut ids = BTreeSet::new();
    let mut heads = BTreeMap::new();
    for commit in log.read(Seq::ZERO) {
        let commit = match commit {
            Err(_) if disk.is_off() => return,
            other => other.unwrap_or_else(|error| panic!("seed {seed}: {error}")),
        };
        assert!(ids.insert(commit.id), "seed {seed}: {} is there twice", commit.id);
        let sent = oracle.sent.get(&commit.id);
        let sent = sent.unwrap_or_else(|| panic!("seed {seed}: nobody sent {}", commit.id));
        assert_eq!(commit.records, sent.records, "seed {seed}: {} is not whole", commit.id);
        heads.insert(commit.id, commit.head());
    }
    for (id, head) in &oracle.acknowledged {
        assert_eq!(heads.get(id), Some(head), "seed {seed}: {id} is lost or another");
        assert_eq!(log.resolve(*id).unwrap().map(|found| found.head), Some(*head), "seed {seed}");
    }
    let report = match log.verify(|_| {}) {
        Err(_) if disk.is_off() => return,
        other => other.unwrap_or_else(|error| panic!("seed {seed}: {error}")),
    };
    assert!(report.is_sound(), "seed {seed}: {:?}", report.faults);
}

/// Sends everything again: each is one commit, whether it was there or not.
async fn retry(log: &Log, oracle: &Shared, seed: u64, counts: &mut Counts) {
    let sent: Vec<Draft> = oracle.lock().unwrap().sent.values().cloned().collect();
    for draft in sent {
        let id = draft.id;
        let was_there = log.resolve(id).unwrap().is_some();
        let told = log.append(None, draft).await.unwrap();
        assert_eq!(told.duplicate, was_there, "seed {seed}: {id}");
        let mut oracle = oracle.lock().unwrap();
        if let Some(head) = oracle.acknowledged.insert(id, told.head) {
            assert_eq!(head, told.head, "seed {seed}: {id}");
        } else {
            counts.unknown += 1;
            counts.unknown_there += u64::from(was_there);
        }
    }
}

/// Leaves the index as it is, puts an older copy back, or deletes it; and takes a copy at times.
fn leave_index(folder: &Path, older: &Path, chance: &mut Rand64, counts: &mut Counts) {
    let (index, copy) = (folder.join("index"), older.join("index"));
    if !index.exists() {
        return;
    }
    wait_for_sled(&index);
    match chance.rand_range(0..4) {
        0 if copy.exists() => {
            fs::remove_dir_all(&index).unwrap();
            copy_dir(&copy, &index);
            counts.index_older += 1;
        }
        1 => {
            fs::remove_dir_all(&index).unwrap();
            counts.index_deleted += 1;
        }
        _ => {
            if copy.exists() {
                fs::remove_dir_all(&copy).unwrap();
            }
            copy_dir(&index, &copy);
        }
    }
}

/// sled's threads may outlive its handle for a moment, and hold its lock meanwhile.
pub(crate) fn wait_for_sled(index: &Path) {
    let since = Instant::now();
    while fs::File::open(index.join("db")).is_ok_and(|db| db.try_lock().is_err()) {
        assert!(since.elapsed() < PATIENCE, "sled never let go of {}", index.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}
