use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use store::{
    AppendError, CommitId, Draft, Head, LocalOptions, Log, RepairOptions, Seq, VerifyOptions,
    VerifyReport, repair_folder, verify_folder_as,
};
use uuid::Uuid;

use crate::support::{cases, record, small_segments};

/// What may happen to a log.
#[derive(Clone, Debug)]
enum Step {
    /// A new commit with as many records, perhaps with a key, expecting the head or nothing.
    Append { records: usize, key: Option<u8>, expect_head: bool },
    /// A new commit with one record of so many bytes that no compressor makes smaller.
    Large { bytes: usize },
    /// A commit that expects a head of the past.
    Conflict { back: usize },
    /// A commit that is there already.
    Again { which: usize },
    /// Close and open again (a log in memory stays).
    Reopen,
    /// Drop the log without closing it, and open again.
    Drop,
    /// Check everything, in depth.
    Verify,
    /// Hurt one copy of the closed folder, verify, repair and open again (a log in memory stays).
    Repair { hurt: Hurt, at: usize },
}

/// What is done to one copy, never to both.
#[derive(Clone, Copy, Debug)]
enum Hurt {
    /// A byte of a journal file is another one.
    JournalByte,
    /// A journal file ends earlier.
    JournalCut,
    /// A journal file is gone.
    JournalFile,
    /// A byte of sled's file is another one.
    IndexByte,
    /// The index is gone.
    Index,
    /// HEAD is gone.
    Head,
    /// Nothing.
    Nothing,
}

/// The log as a plain vector: what each commit should be.
#[derive(Clone, Debug)]
struct Expected {
    draft: Draft,
    first: u64,
    head: Head,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let append = (1..5_usize, proptest::option::of(0..6_u8), any::<bool>())
        .prop_map(|(records, key, expect_head)| Step::Append { records, key, expect_head });
    let hurt = proptest::sample::select(vec![
        Hurt::JournalByte,
        Hurt::JournalCut,
        Hurt::JournalFile,
        Hurt::IndexByte,
        Hurt::Index,
        Hurt::Head,
        Hurt::Nothing,
    ]);
    let step = prop_oneof![
        6 => append,
        1 => (4_000..200_000_usize).prop_map(|bytes| Step::Large { bytes }),
        1 => (0..10_usize).prop_map(|back| Step::Conflict { back }),
        2 => (0..10_usize).prop_map(|which| Step::Again { which }),
        1 => Just(Step::Reopen),
        1 => Just(Step::Drop),
        1 => Just(Step::Verify),
        1 => (hurt, any::<usize>()).prop_map(|(hurt, at)| Step::Repair { hurt, at }),
    ];
    proptest::collection::vec(step, 1..25)
}

struct Run {
    log: Option<Log>,
    folder: Option<tempfile::TempDir>,
    model: Vec<Expected>,
    next_id: u128,
}

impl Run {
    fn log(&self) -> &Log {
        self.log.as_ref().unwrap()
    }

    fn head(&self) -> Head {
        self.model.last().map_or(Head::EMPTY, |last| last.head)
    }

    fn draft(&mut self, records: usize, key: Option<u8>) -> Draft {
        self.next_id += 1;
        // A key comes back with the same content or with other, as its parity will have it.
        let text = |at: usize| match key {
            Some(key) if key % 2 == 0 => format!("{key}/{at}"),
            _ => format!("{}/{at}", self.next_id),
        };
        Draft {
            id: CommitId::new(Uuid::from_u128(self.next_id)),
            idempotency_key: key.map(|key| format!("key {key}")),
            actor: "model".to_owned(),
            recorded_at_ms: 10,
            records: (0..records).map(|at| record(&text(at))).collect(),
        }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Append { records, key, expect_head } => {
                let draft = self.draft(records, key);
                let expected = expect_head.then(|| self.head());
                self.append(expected, draft).await;
            }
            Step::Large { bytes } => {
                let mut draft = self.draft(1, None);
                let mut noise = oorandom::Rand64::new(bytes as u128);
                let noise = (0..bytes).map(|_| noise.rand_u64().to_le_bytes()[0]);
                draft.records[0].payload = noise.collect::<Vec<u8>>().into();
                self.append(None, draft).await;
            }
            Step::Conflict { back } => {
                let past = self.model.len().checked_sub(back + 2).map(|at| self.model[at].head);
                let past = past.filter(|past| *past != self.head());
                let wrong = past.unwrap_or(Head { seq: Seq::new(9_999), ..Head::EMPTY });
                let draft = self.draft(1, None);
                let id = draft.id;
                match self.log().append(Some(wrong), draft).await {
                    Err(AppendError::Conflict { actual }) => assert_eq!(actual, self.head()),
                    other => panic!("{other:?}"),
                }
                assert_eq!(self.log().resolve(id).unwrap(), None);
            }
            Step::Again { which } if !self.model.is_empty() => {
                let old = self.model[which % self.model.len()].clone();
                let told = self.log().append(Some(Head::EMPTY), old.draft).await.unwrap();
                assert!(told.duplicate);
                assert_eq!((told.first.get(), told.head), (old.first, old.head));
            }
            Step::Again { .. } => {}
            Step::Reopen => self.reopen(true).await,
            Step::Drop => self.reopen(false).await,
            Step::Verify => self.is_sound(&self.log().verify_as(&deep(), |_| {}).unwrap()),
            Step::Repair { hurt, at } => self.repair(hurt, at).await,
        }
        assert_eq!(self.log().head(), self.head());
    }

    async fn append(&mut self, expected: Option<Head>, draft: Draft) {
        let told = self.log().append(expected, draft.clone()).await;
        let of_key = |one: &&Expected| {
            draft.idempotency_key.is_some() && one.draft.idempotency_key == draft.idempotency_key
        };
        if let Some(old) = self.model.iter().find(of_key) {
            if old.draft.records == draft.records {
                let told = told.unwrap();
                assert!(told.duplicate);
                assert_eq!((told.first.get(), told.head), (old.first, old.head));
            } else {
                assert!(
                    matches!(told, Err(AppendError::KeyReused { seq, .. }) if seq.get() == old.first)
                );
            }
            return;
        }
        let told = told.unwrap();
        assert!(!told.duplicate);
        let first = self.head().seq.get() + 1;
        assert_eq!(told.first.get(), first);
        assert_eq!(told.head.seq.get(), first + draft.records.len() as u64 - 1);
        self.model.push(Expected { draft, first, head: told.head });
    }

    async fn reopen(&mut self, close: bool) {
        let Some(folder) = &self.folder else { return };
        let log = self.log.take().unwrap();
        if close {
            log.close().await.unwrap();
        } else {
            drop(log);
        }
        let log = Log::open(folder.path(), small_segments()).unwrap();
        assert_eq!(log.mended(), []);
        self.log = Some(log);
    }

    fn is_sound(&self, report: &VerifyReport) {
        assert!(report.is_sound(), "{:?}", report.faults);
        assert_eq!((report.head, report.commits), (self.head(), self.model.len() as u64));
    }

    async fn repair(&mut self, hurt: Hurt, at: usize) {
        let Some(folder) = self.folder.as_ref().map(|folder| folder.path().to_owned()) else {
            return;
        };
        self.log.take().unwrap().close().await.unwrap();
        self.is_sound(&verify_folder_as(&folder, &deep(), |_| {}).unwrap());
        let is_hurt = hurt.apply(&folder, at);
        let found = verify_folder_as(&folder, &deep(), |_| {}).unwrap();
        // Not every byte of sled's file is in use; every one of the journal is.
        let must_be_found = is_hurt && !matches!(hurt, Hurt::IndexByte) && !self.model.is_empty();
        assert!(!must_be_found || !found.is_sound(), "{hurt:?} was not found");
        let options = RepairOptions { dry_run: false, local: small_segments() };
        let repaired = repair_folder(&folder, &options, |_| {}).unwrap();
        assert_eq!((repaired.head, repaired.commits), (self.head(), self.model.len() as u64));
        self.is_sound(&verify_folder_as(&folder, &deep(), |_| {}).unwrap());
        let log = Log::open(&folder, small_segments()).unwrap();
        assert_eq!(log.mended(), [], "the repair left something");
        self.log = Some(log);
        self.check();
    }

    fn check(&self) {
        if let Some(folder) = &self.folder {
            let blobs = fs::read_dir(folder.path().join("index/blobs"));
            assert_eq!(blobs.into_iter().flatten().count(), 0, "sled would never sync them");
        }
        for after in [0, self.head().seq.get() / 2] {
            let wanted: Vec<_> =
                self.model.iter().filter(|one| one.head.seq.get() > after).collect();
            let read: Vec<_> = self.log().read(Seq::new(after)).map(Result::unwrap).collect();
            assert_eq!(read.len(), wanted.len());
            for (commit, wanted) in read.iter().zip(wanted) {
                assert_eq!((commit.first.get(), commit.head()), (wanted.first, wanted.head));
                assert_eq!(commit.id, wanted.draft.id);
                assert_eq!(commit.records, wanted.draft.records);
            }
        }
        self.is_sound(&self.log().verify(|_| {}).unwrap());
    }
}

impl Hurt {
    /// Tells whether there was anything to hurt.
    fn apply(self, folder: &Path, at: usize) -> bool {
        let mut segments: Vec<PathBuf> = fs::read_dir(folder.join("journal"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "seg"))
            .collect();
        segments.sort();
        let segment = &segments[at % segments.len()];
        let change = |path: &Path, change: fn(&mut Vec<u8>, usize)| {
            let mut bytes = fs::read(path).unwrap();
            let at = at % bytes.len();
            change(&mut bytes, at);
            fs::write(path, bytes).unwrap();
        };
        // A segment that was begun and holds nothing proves nothing, so it may be hurt unseen.
        let is_begun = fs::metadata(segment).unwrap().len() <= 64;
        match self {
            Hurt::JournalByte => change(segment, |bytes, at| bytes[at] ^= 0x20),
            Hurt::JournalCut => change(segment, Vec::truncate),
            Hurt::JournalFile => fs::remove_file(segment).unwrap(),
            Hurt::IndexByte => change(&folder.join("index/db"), |bytes, at| bytes[at] ^= 0x20),
            Hurt::Index => fs::remove_dir_all(folder.join("index")).unwrap(),
            Hurt::Head => fs::remove_file(folder.join("HEAD")).unwrap(),
            Hurt::Nothing => return false,
        }
        !is_begun || matches!(self, Hurt::Index | Hurt::Head)
    }
}

fn deep() -> VerifyOptions {
    VerifyOptions { deep: true, against: None }
}

fn run(steps: Vec<Step>, folder: Option<tempfile::TempDir>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async move {
        let log = match &folder {
            Some(folder) => Log::open(folder.path(), small_segments()).unwrap(),
            None => Log::memory(),
        };
        let mut run = Run { log: Some(log), folder, model: Vec::new(), next_id: 0 };
        for step in steps {
            run.step(step).await;
        }
        run.check();
        run.reopen(true).await;
        run.check();
    });
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn memory_does_what_a_vector_would(steps in steps()) {
        run(steps, None);
    }

    #[test]
    fn a_folder_does_what_a_vector_would(steps in steps()) {
        run(steps, Some(tempfile::tempdir().unwrap()));
    }
}

/// The default options are not those of the other tests, so they are opened once.
#[test]
fn default_options_open() {
    let folder = tempfile::tempdir().unwrap();
    drop(Log::open(folder.path(), LocalOptions::default()).unwrap());
}
