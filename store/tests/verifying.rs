use store::{
    Against, Checkpoint, Draft, Hash32, IndexReport, Log, LogId, Part, PublicKey, Seq, SigningKey,
    VerifyOptions, VerifyReport, folder_checkpoint, verify_beside, verify_folder, verify_folder_as,
};

use crate::support::{draft, keyed, small_segments};

fn deep() -> VerifyOptions {
    VerifyOptions { deep: true, against: None }
}

fn against(checkpoint: Checkpoint) -> VerifyOptions {
    VerifyOptions { deep: false, against: Some(checkpoint) }
}

/// A draft whose events touch so many entities that the index writes a run of them.
fn busy(events: u64, from: u64) -> Draft {
    let mut draft = draft(&vec!["busy"; usize::try_from(events).unwrap()]);
    for (record, at) in draft.records.iter_mut().zip(from..) {
        record.keys =
            (0..1_000).map(|key| u128::from(at % 7 * 1_000 + key).to_be_bytes()).collect();
    }
    draft
}

/// Events 1 to 70 in a run of their own, 71 and 72 waiting, then small ones up to 75.
async fn busy_log(path: &std::path::Path) -> Log {
    let log = Log::open(path, small_segments()).unwrap();
    log.append(None, busy(70, 0)).await.unwrap();
    log.append(None, busy(2, 70)).await.unwrap();
    for at in 0..3 {
        let mut draft = keyed(&format!("key {at}"), &["small"]);
        draft.recorded_at_ms = 2_000 + i64::from(at);
        log.append(None, draft).await.unwrap();
    }
    log
}

fn faults(report: &VerifyReport) -> Vec<(u64, u64, &str)> {
    assert!(report.faults.iter().all(|fault| fault.part == Part::Index), "{:?}", report.faults);
    let told = report.faults.iter();
    told.map(|fault| (fault.first.get(), fault.last.get(), fault.what.as_str())).collect()
}

#[tokio::test]
async fn a_sound_log_is_sound_in_depth_open_and_closed() {
    let dir = tempfile::tempdir().unwrap();
    let log = busy_log(dir.path()).await;
    let report = log.verify_as(&deep(), |_| {}).unwrap();
    assert!(report.is_sound(), "{:?}", report.faults);
    log.close().await.unwrap();
    let mut reached = Vec::new();
    let report = verify_folder_as(dir.path(), &deep(), |at| reached.push(at)).unwrap();
    assert!(report.is_sound(), "{:?}", report.faults);
    assert_eq!((report.events, report.index), (75, IndexReport::Agrees));
    // The bar goes forward, and ends at the end.
    assert!(reached.is_sorted_by_key(|at| (at.seq, at.bytes)));
    let last = reached.last().unwrap();
    assert_eq!(last.seq, Seq::new(75));
    assert!(last.bytes <= last.of_bytes && last.of_bytes == report.journal_bytes, "{last:?}");
    let again = Log::open(dir.path(), small_segments()).unwrap();
    assert!(again.verify_as(&deep(), |_| {}).unwrap().is_sound());
}

/// What is done to the index, the events that are named for it (zeros: any), and the words.
type Case = (&'static str, fn(&sled::Db), (u64, u64), &'static str);

const CASES: [Case; 7] = [
    (
        "a run is gone",
        |db| {
            let tree = db.open_tree("entities").unwrap();
            tree.clear().unwrap();
        },
        (1, 70),
        "70000 entries of entities are missing",
    ),
    (
        "a pair is changed",
        |db| {
            let tree = db.open_tree("entities").unwrap();
            let (key, mut value) = tree.first().unwrap().unwrap();
            value[23] = 70;
            tree.insert(key, value).unwrap();
        },
        (0, 0),
        "1 entries of entities are missing",
    ),
    (
        "a bucket lies elsewhere",
        |db| {
            let tree = db.open_tree("entities").unwrap();
            let (mut key, value) = tree.first().unwrap().unwrap();
            tree.remove(&key).unwrap();
            key[11] = 9;
            key[9] ^= 1;
            tree.insert(key, value).unwrap();
        },
        (0, 0),
        "entries of entities lie astray",
    ),
    (
        "a time is gone",
        |db| {
            let tree = db.open_tree("time").unwrap();
            let (key, _) = tree.last().unwrap().unwrap();
            tree.remove(key).unwrap();
        },
        (75, 75),
        "the entry of their time is missing",
    ),
    (
        "a time too many",
        |db| {
            let tree = db.open_tree("time").unwrap();
            let (mut key, _) = tree.last().unwrap().unwrap();
            key[15] = 40;
            tree.insert(key, vec![]).unwrap();
        },
        (40, 40),
        "an entry of a time is of no commit",
    ),
    (
        "an id too many",
        |db| {
            let tree = db.open_tree("commits").unwrap();
            let (_, value) = tree.first().unwrap().unwrap();
            tree.insert([0xee; 16], value).unwrap();
        },
        (0, 0),
        "by the id of another commit",
    ),
    (
        "a key too many",
        |db| {
            let tree = db.open_tree("keys").unwrap();
            let (_, value) = tree.first().unwrap().unwrap();
            tree.insert([0xee; 32], value).unwrap();
        },
        (0, 0),
        "by a key that is not its own",
    ),
];

#[tokio::test]
async fn promise_6_a_deep_look_finds_every_entry_that_was_changed() {
    for (name, change, range, expected) in CASES {
        let dir = tempfile::tempdir().unwrap();
        busy_log(dir.path()).await.close().await.unwrap();
        let db = sled::open(dir.path().join("index")).unwrap();
        change(&db);
        db.flush().unwrap();
        drop(db);
        let plain = verify_folder(dir.path(), |_| {}).unwrap();
        assert!(plain.is_sound(), "{name}: {:?}", plain.faults);
        let report = verify_folder_as(dir.path(), &deep(), |_| {}).unwrap();
        let told = faults(&report);
        let found = told.iter().find(|(_, _, what)| what.contains(expected));
        let found = found.unwrap_or_else(|| panic!("{name}: {told:?}"));
        if range != (0, 0) {
            assert_eq!((found.0, found.1), range, "{name}: {told:?}");
        }
        assert_eq!(report.index, IndexReport::Differs);
        // The log as it is open finds the same.
        let log = Log::open(dir.path(), small_segments()).unwrap();
        let open = log.verify_as(&deep(), |_| {}).unwrap();
        assert!(faults(&open).iter().any(|(_, _, what)| what.contains(expected)), "{name}");
    }
}

#[tokio::test]
async fn a_deleted_index_is_told_as_missing() {
    let dir = tempfile::tempdir().unwrap();
    busy_log(dir.path()).await.close().await.unwrap();
    std::fs::remove_dir_all(dir.path().join("index")).unwrap();
    for options in [VerifyOptions::default(), deep()] {
        let report = verify_folder_as(dir.path(), &options, |_| {}).unwrap();
        assert_eq!(report.index, IndexReport::Missing);
        assert!(!report.is_sound(), "a copy of everything is lost");
    }
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[3; 32])
}

fn taken(log: &Log) -> Checkpoint {
    let checkpoint = log.checkpoint(1_700_000_000_000).unwrap().unwrap();
    let note = checkpoint.sign(&key());
    let public: PublicKey = key().public(log.id().unwrap().unwrap()).to_string().parse().unwrap();
    assert_eq!(Checkpoint::open(note.as_bytes(), &public), Ok(checkpoint));
    checkpoint
}

#[tokio::test]
async fn a_checkpoint_holds_for_the_log_and_all_that_it_grows_into() {
    let dir = tempfile::tempdir().unwrap();
    for log in [Log::memory(), Log::open(dir.path(), small_segments()).unwrap()] {
        assert_eq!((log.id().unwrap(), log.checkpoint(0).unwrap()), (None, None));
        let mut taken_before = Vec::new();
        for at in 0..5 {
            log.append(None, draft(&["a", &format!("text {at}")])).await.unwrap();
            taken_before.push(taken(&log));
        }
        for checkpoint in taken_before {
            let report = log.verify_as(&against(checkpoint), |_| {}).unwrap();
            assert_eq!(report.against, Some(Against::Holds));
        }
    }
}

#[tokio::test]
async fn promise_6_a_checkpoint_shows_a_cut_end_a_rewritten_past_and_another_log() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), small_segments()).unwrap();
    let drafts: Vec<Draft> = (0..4).map(|at| draft(&["a", &format!("text {at}")])).collect();
    for draft in &drafts {
        log.append(None, draft.clone()).await.unwrap();
    }
    let checkpoint = taken(&log);
    let same = |of: &Log| of.verify_as(&against(checkpoint), |_| {}).unwrap().against;
    assert_eq!(same(&log), Some(Against::Holds));

    // Logs that were written by whoever has the folder, with hashes that fit.
    let made = async |drafts: &[Draft]| {
        let log = Log::memory();
        for draft in drafts {
            log.append(None, draft.clone()).await.unwrap();
        }
        log
    };
    let shorter = made(&drafts[..3]).await;
    assert_eq!(same(&shorter), Some(Against::Shorter { at: Seq::new(6) }));
    assert_eq!(same(&Log::memory()), Some(Against::Shorter { at: Seq::ZERO }));
    let mut nicer = drafts.clone();
    nicer[2].records[0].payload = "nicer".into();
    assert_eq!(same(&made(&nicer).await), Some(Against::Rewritten));
    // With a commit across the signed event.
    let across = [&drafts[..3], &[draft(&["x", "y", "z"])]].concat();
    assert_eq!(same(&made(&across).await), Some(Against::Rewritten));
    let mut first = drafts.clone();
    first[0].actor = "somebody else".to_owned();
    let other = made(&first).await;
    let first_commit = other.id().unwrap().unwrap().first_commit();
    assert_eq!(same(&other), Some(Against::OtherLog { first_commit }));
    assert_ne!(LogId::new(Hash32::ZERO), checkpoint.log);

    // In a folder: cut with its index and HEAD, nothing else tells.
    log.close().await.unwrap();
    let cut = tempfile::tempdir().unwrap();
    let short = Log::open(cut.path(), small_segments()).unwrap();
    for draft in &drafts[..2] {
        short.append(None, draft.clone()).await.unwrap();
    }
    short.close().await.unwrap();
    let report = verify_folder_as(cut.path(), &against(checkpoint), |_| {}).unwrap();
    assert!(report.is_sound());
    assert_eq!(report.against, Some(Against::Shorter { at: Seq::new(4) }));
    let absent = cut.path().join("absent");
    let report = verify_folder_as(&absent, &against(checkpoint), |_| {}).unwrap();
    assert_eq!(report.against, Some(Against::Shorter { at: Seq::ZERO }));

    // Damage at the signed event is damage, and neither one nor the other.
    let last = std::fs::read_dir(dir.path().join("journal")).unwrap();
    let last = last.map(|entry| entry.unwrap().path()).max().unwrap();
    let mut bytes = std::fs::read(&last).unwrap();
    let at = bytes.windows(6).position(|window| window == b"text 3").unwrap();
    bytes[at] ^= 1;
    std::fs::write(&last, bytes).unwrap();
    let report = verify_folder_as(dir.path(), &against(checkpoint), |_| {}).unwrap();
    assert_eq!(report.against, Some(Against::Unread));
    assert!(!report.is_sound());
}

#[tokio::test]
async fn a_held_log_is_checked_beside_its_holder() {
    let dir = tempfile::tempdir().unwrap();
    let log = busy_log(dir.path()).await;
    let signed = log.checkpoint(5).unwrap().unwrap();
    assert!(verify_folder(dir.path(), |_| {}).is_err());
    let mut reached = Vec::new();
    let report = verify_beside(dir.path(), &against(signed), |at| reached.push(at)).unwrap();
    assert!(report.is_sound(), "{:?}", report.faults);
    assert_eq!((report.head, report.events, report.commits), (log.head(), 75, 5));
    assert_eq!((report.index, report.against), (IndexReport::InUse, Some(Against::Holds)));
    assert!(reached.is_sorted_by_key(|at| (at.seq, at.bytes)));
    let last = reached.last().unwrap();
    assert_eq!((last.seq, last.bytes), (Seq::new(75), last.of_bytes));
    // What its holder would sign, whoever asks.
    assert_eq!(folder_checkpoint(dir.path(), 5).unwrap(), Some(signed));
    let later = Checkpoint { head: store::Head { seq: Seq::new(90), ..signed.head }, ..signed };
    let report = verify_beside(dir.path(), &against(later), |_| {}).unwrap();
    assert_eq!(report.against, Some(Against::Shorter { at: Seq::new(75) }));
    log.close().await.unwrap();
}

#[tokio::test]
async fn damage_of_a_held_log_is_told_beside_its_holder() {
    let dir = tempfile::tempdir().unwrap();
    let log = busy_log(dir.path()).await;
    let signed = log.checkpoint(5).unwrap().unwrap();
    let segments = std::fs::read_dir(dir.path().join("journal")).unwrap();
    let mut segments: Vec<_> = segments.map(|entry| entry.unwrap().path()).collect();
    segments.sort();
    let flip = |path: &std::path::Path| {
        let mut bytes = std::fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    flip(&segments[0]);
    let report = verify_beside(dir.path(), &against(signed), |_| {}).unwrap();
    let told: Vec<_> =
        report.faults.iter().map(|f| (f.part, f.first.get(), f.last.get())).collect();
    assert_eq!(told, [(Part::Journal, 1, 75)], "{:?}", report.faults);
    assert_eq!(report.against, Some(Against::Unread));
    flip(&segments[0]);
    assert!(verify_beside(dir.path(), &against(signed), |_| {}).unwrap().is_sound());
    // A segment that is gone.
    std::fs::rename(&segments[1], dir.path().join("away")).unwrap();
    let report = verify_beside(dir.path(), &VerifyOptions::default(), |_| {}).unwrap();
    assert_eq!(report.faults.len(), 1, "{:?}", report.faults);
    assert_eq!(report.faults[0].first, report.head.seq.next());
    drop(log);
}

#[tokio::test]
async fn nothing_is_sound_beside_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let absent = dir.path().join("absent");
    let report = verify_beside(&absent, &VerifyOptions::default(), |_| {}).unwrap();
    assert!(report.is_sound() && report.events == 0);
    assert_eq!(folder_checkpoint(&absent, 5).unwrap(), None);
    assert!(!absent.exists());
}
