use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use store::{
    ArchiveError, Carried, ExportFormat, FolderReader, Head, LocalOptions, Log, Record, Seq,
    backup, export, folder_info, import, restore, verify_folder,
};

use crate::support::{PATIENCE, cases, draft, keyed, small_segments};

const FORMATS: [ExportFormat; 2] = [ExportFormat::Segments, ExportFormat::Ndjson];

fn on(_: Seq) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A closed log of several segments, with payloads of every sort.
async fn folder(commits: u64) -> (tempfile::TempDir, Head) {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), small_segments()).unwrap();
    for at in 0..commits {
        log.append(None, odd_draft(at)).await.unwrap();
    }
    let head = log.head();
    log.close().await.unwrap();
    (dir, head)
}

fn odd_draft(at: u64) -> store::Draft {
    let texts = [
        format!(r#"{{"text":"连珠 {at}", "n": 1.50}}"#),
        "null".to_owned(),
        " {\"begins\":\"with a space\"}".to_owned(),
        format!("not JSON {}", "x".repeat(120)),
        "{\"two\":\n\"lines\"}".to_owned(),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut draft = keyed(&format!("key {at}"), &texts);
    if at.is_multiple_of(2) {
        draft.idempotency_key = None;
    }
    draft.recorded_at_ms = 1_700_000_000_000 + i64::try_from(at).unwrap();
    draft.records[0].keys = vec![[7; 16], at.to_be_bytes().repeat(2).try_into().unwrap()];
    draft.records.push(Record {
        kind: "Raw\"kind\u{1}".into(),
        version: 9,
        payload: vec![0xff, 0, 10, 13].into(),
        keys: vec![],
    });
    draft
}

fn exported(folder: &Path, format: ExportFormat) -> Vec<u8> {
    let mut out = Vec::new();
    let carried = export(folder, format, Seq::ZERO, &mut out, &mut on).unwrap();
    assert_eq!(carried.bytes, out.len() as u64);
    out
}

fn imported(bytes: &[u8], folder: &Path) -> Result<Carried, ArchiveError> {
    import(&mut &bytes[..], folder, &mut on)
}

/// Everything a log says, commit by commit.
fn commits(folder: &Path) -> Vec<store::Commit> {
    let log = Log::open(folder, small_segments()).unwrap();
    log.read(Seq::ZERO).map(Result::unwrap).collect()
}

/// What lies in a folder, hidden things included.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_export_taken_in_is_the_same_log() {
    let (dir, head) = folder(9).await;
    let target = tempfile::tempdir().unwrap();
    for (at, format) in FORMATS.into_iter().enumerate() {
        let bytes = exported(dir.path(), format);
        let new = target.path().join(format!("new {at}"));
        let carried = imported(&bytes, &new).unwrap();
        assert_eq!((carried.head, carried.commits), (head, 9));
        let report = verify_folder(&new, |_| {}).unwrap();
        assert_eq!(report.head, head);
        assert_eq!(commits(&new), commits(dir.path()));
        assert!(verify_folder(&new, |_| {}).unwrap().is_sound());
        // And once more out of there: the same lines.
        if format == ExportFormat::Ndjson {
            assert_eq!(exported(&new, format), bytes);
        }
        // An empty folder is as good as none; one that holds something is not.
        let empty = target.path().join(format!("empty {at}"));
        fs::create_dir(&empty).unwrap();
        imported(&bytes, &empty).unwrap();
        assert!(matches!(imported(&bytes, &empty), Err(ArchiveError::NotEmpty { .. })));
    }
    assert_eq!(names(target.path()), ["empty 0", "empty 1", "new 0", "new 1"]);
}

#[tokio::test]
async fn an_empty_log_goes_out_and_in() {
    let dir = tempfile::tempdir().unwrap();
    Log::open(dir.path(), small_segments()).unwrap().close().await.unwrap();
    for source in [dir.path().to_owned(), dir.path().join("absent")] {
        for format in FORMATS {
            let target = tempfile::tempdir().unwrap();
            let carried = imported(&exported(&source, format), target.path()).unwrap();
            assert_eq!((carried.head, carried.commits), (Head::EMPTY, 0));
            let log = Log::open(target.path(), small_segments()).unwrap();
            log.append(Some(Head::EMPTY), draft(&["first"])).await.unwrap();
        }
    }
}

/// Every changed byte is refused, but for one that says the same: a hash in capitals, the `z` of
/// a time.
#[tokio::test]
async fn a_changed_export_is_refused_or_the_same() {
    let (dir, head) = folder(3).await;
    for format in FORMATS {
        let whole = exported(dir.path(), format);
        let target = tempfile::tempdir().unwrap();
        for at in (0..whole.len()).step_by(3) {
            let mut hurt = whole.clone();
            hurt[at] ^= [0x01, 0x20, 0x80][at % 7 % 3];
            let new = target.path().join("new");
            match imported(&hurt, &new) {
                Ok(carried) => {
                    assert!(hurt[at].eq_ignore_ascii_case(&whole[at]), "byte {at} of {format:?}");
                    assert_eq!(carried.head, head, "byte {at}");
                    assert_eq!(commits(&new), commits(dir.path()), "byte {at}");
                    fs::remove_dir_all(&new).unwrap();
                }
                Err(ArchiveError::Input { place, what, .. }) => {
                    assert!(!place.is_empty() && !what.is_empty());
                }
                Err(other) => panic!("byte {at}: {other:?}"),
            }
            assert_eq!(names(target.path()), [""; 0], "byte {at}");
        }
    }
}

#[tokio::test]
async fn a_cut_reordered_or_alien_export_is_refused_and_leaves_nothing() {
    let (dir, _) = folder(6).await;
    let target = tempfile::tempdir().unwrap();
    let new = target.path().join("new");
    let refused = |bytes: &[u8]| match imported(bytes, &new) {
        Err(ArchiveError::Input { place, event, what }) => {
            assert_eq!(names(target.path()), [""; 0]);
            (place, event.get(), what)
        }
        other => panic!("{other:?}"),
    };
    for format in FORMATS {
        let whole = exported(dir.path(), format);
        for len in (0..whole.len()).step_by(if whole.len() > 5_000 { 37 } else { 7 }) {
            refused(&whole[..len]);
        }
        refused(&[&whole[..], b"x"].concat());
        refused(&[&whole[..], &whole[..]].concat());
    }
    for alien in [&b"hello"[..], b"{}\n", b"{\"kind\":\"claim\"}\n", b"lzexport", b"\n"] {
        refused(alien);
    }
    let whole = String::from_utf8(exported(dir.path(), ExportFormat::Ndjson)).unwrap();
    let mut lines: Vec<&str> = whole.split_inclusive('\n').collect();
    lines.swap(2, 3);
    let (place, event, what) = refused(lines.concat().as_bytes());
    assert_eq!((place.as_str(), event), ("line 3", 7), "{what}");
    lines.swap(2, 3);
    let missing = [&lines[..3], &lines[4..]].concat().concat();
    let (place, event, what) = refused(missing.as_bytes());
    assert_eq!((place.as_str(), event), ("line 4", 13), "{what}");
    let other = lines[2].replace("连珠", "别的");
    assert_ne!(other, lines[2]);
    let changed = [&lines[..2], &[&other], &lines[3..]].concat().concat();
    let (place, event, what) = refused(changed.as_bytes());
    assert_eq!((place.as_str(), event), ("line 3", 7));
    assert!(what.contains("hash"), "{what}");
}

#[tokio::test]
async fn a_part_goes_out_from_the_commit_that_holds_the_event() {
    let (dir, head) = folder(6).await;
    let target = tempfile::tempdir().unwrap();
    for format in FORMATS {
        for from in [1, 2, 8, 20, 36, 37] {
            let mut out = Vec::new();
            let from = Seq::new(from);
            let carried = export(dir.path(), format, from, &mut out, &mut on).unwrap();
            let expected = commits(dir.path()).iter().filter(|one| one.last() >= from).count();
            assert_eq!((carried.commits, carried.head), (expected as u64, head), "{from}");
            match imported(&out, &target.path().join("new")) {
                Ok(_) => {
                    assert!(from < Seq::new(7));
                    fs::remove_dir_all(target.path().join("new")).unwrap();
                }
                Err(ArchiveError::Input { what, .. }) => assert!(what.contains("begins"), "{what}"),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn whoever_asks_to_stop_finds_nothing_half_done() {
    let (dir, _) = folder(6).await;
    let target = tempfile::tempdir().unwrap();
    let new = target.path().join("new");
    let mut stop = |seq: Seq| if seq.get() > 6 { ControlFlow::Break(()) } else { on(seq) };
    for format in FORMATS {
        let whole = exported(dir.path(), format);
        let stopped = import(&mut &whole[..], &new, &mut stop);
        assert!(matches!(stopped, Err(ArchiveError::Stopped)), "{stopped:?}");
        assert_eq!(names(target.path()), [""; 0]);
    }
    let stopped = backup(dir.path(), &new, "then", &mut stop);
    assert!(matches!(stopped, Err(ArchiveError::Stopped)), "{stopped:?}");
    let restored = restore(&new, &target.path().join("restored"), &mut on);
    assert!(matches!(restored, Err(ArchiveError::NoBackup { .. })), "{restored:?}");
    // Going on with it makes it whole.
    backup(dir.path(), &new, "then", &mut on).unwrap();
    let stopped = restore(&new, &target.path().join("restored"), &mut stop);
    assert!(matches!(stopped, Err(ArchiveError::Stopped)), "{stopped:?}");
    assert_eq!(names(target.path()), ["new"]);
}

/// Waits until whoever reads beside the writer sees a commit. HEAD follows what is acknowledged in
/// its own time; what it has reached once is in every later copy.
async fn wait_until_shown(folder: &Path, head: Head) {
    let since = Instant::now();
    let mut reader = FolderReader::open(folder, Seq::new(head.seq.get() - 1));
    while reader.read_next().unwrap().is_none_or(|commit| commit.last() < head.seq) {
        assert!(since.elapsed() < PATIENCE, "{head} is acknowledged and never shown");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Promise 9: backup while writing, restore elsewhere, the same head hash.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_taken_while_others_write_is_a_prefix() {
    for compress_finished in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let options = LocalOptions { compress_finished, ..small_segments() };
        let log = Log::open(dir.path(), options).unwrap();
        let done = std::sync::Arc::new(AtomicBool::new(false));
        let writer = {
            let (log, done) = (log.clone(), std::sync::Arc::clone(&done));
            tokio::spawn(async move {
                let mut at = 0;
                while !done.load(Ordering::Relaxed) {
                    log.append(None, odd_draft(at)).await.unwrap();
                    at += 1;
                }
            })
        };
        let copies = tempfile::tempdir().unwrap();
        let target = copies.path().join("backup");
        let mut heads = Vec::new();
        for round in 0..6 {
            let acknowledged = log.append(None, odd_draft(1_000_000 + round)).await.unwrap().head;
            wait_until_shown(dir.path(), acknowledged).await;
            let (from, to) = (dir.path().to_owned(), target.clone());
            let taken = tokio::task::spawn_blocking(move || backup(&from, &to, "now", &mut on));
            let carried = taken.await.unwrap().unwrap();
            assert!(carried.head.seq >= acknowledged.seq, "{carried:?} {acknowledged}");
            let restored = copies.path().join(format!("restored {round}"));
            let back = restore(&target, &restored, &mut on).unwrap();
            assert_eq!((back.head, back.commits), (carried.head, carried.commits));
            heads.push((back.head, restored));
        }
        done.store(true, Ordering::Relaxed);
        writer.await.unwrap();
        let all: Vec<_> = log.read(Seq::ZERO).map(Result::unwrap).collect();
        for (head, restored) in heads {
            let part = commits(&restored);
            assert_eq!(part.last().unwrap().head(), head);
            assert_eq!(part[..], all[..part.len()]);
        }
        log.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_backup_takes_in_what_is_new_and_refuses_another_log() {
    let (dir, head) = folder(6).await;
    let copies = tempfile::tempdir().unwrap();
    let target = copies.path().join("backup");
    let first = backup(dir.path(), &target, "t1", &mut on).unwrap();
    assert_eq!((first.head, first.events), (head, head.seq.get()));
    let idle = backup(dir.path(), &target, "t2", &mut on).unwrap();
    assert_eq!((idle.head, idle.events), (head, 0));

    let log = Log::open(dir.path(), small_segments()).unwrap();
    log.append(None, odd_draft(77)).await.unwrap();
    log.close().await.unwrap();
    let more = backup(dir.path(), &target, "t3", &mut on).unwrap();
    assert_eq!(more.events, 6);
    assert!(more.bytes < first.bytes);
    // A backup may be looked at as a log, and be gone on with after that.
    assert_eq!(commits(&target), commits(dir.path()));
    let log = Log::open(dir.path(), small_segments()).unwrap();
    log.append(None, odd_draft(78)).await.unwrap();
    let head = log.head();
    log.close().await.unwrap();
    let more = backup(dir.path(), &target, "t4", &mut on).unwrap();
    assert_eq!((more.head, more.events), (head, 6));
    assert!(verify_folder(&target, |_| {}).unwrap().faults.is_empty());

    let before = fs::read(target.join("BACKUP.json")).unwrap();
    // Another log, a shorter one, one that went another way, and no log at all.
    let (other, _) = folder(9).await;
    let (short, _) = folder(1).await;
    for source in [other.path(), short.path(), &copies.path().join("absent")] {
        let refused = backup(source, &target, "t5", &mut on);
        assert!(matches!(refused, Err(ArchiveError::Diverged { .. })), "{refused:?}");
    }
    assert_eq!(fs::read(target.join("BACKUP.json")).unwrap(), before);
    // A folder with something else in it.
    let refused = backup(dir.path(), other.path(), "t6", &mut on);
    assert!(matches!(refused, Err(ArchiveError::NoBackup { .. })), "{refused:?}");
    // One that was written to as a log of its own.
    let log = Log::open(&target, small_segments()).unwrap();
    log.append(None, draft(&["its own way"])).await.unwrap();
    log.close().await.unwrap();
    let log = Log::open(dir.path(), small_segments()).unwrap();
    log.append(None, draft(&["another way"])).await.unwrap();
    log.close().await.unwrap();
    let refused = backup(dir.path(), &target, "t7", &mut on);
    assert!(matches!(refused, Err(ArchiveError::Diverged { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_damaged_backup_is_not_restored_and_a_damaged_log_not_backed_up() {
    let (dir, _) = folder(8).await;
    let copies = tempfile::tempdir().unwrap();
    let target = copies.path().join("backup");
    backup(dir.path(), &target, "then", &mut on).unwrap();
    let new = copies.path().join("new");
    let segments: Vec<_> = names(&target.join("journal"));
    assert!(segments.len() >= 3, "{segments:?}");
    for name in &segments {
        let path = target.join("journal").join(name);
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(61) {
            let mut hurt = whole.clone();
            hurt[at] ^= 4;
            fs::write(&path, &hurt).unwrap();
            assert!(restore(&target, &new, &mut on).is_err(), "{name}, byte {at}");
        }
        fs::remove_file(&path).unwrap();
        assert!(restore(&target, &new, &mut on).is_err(), "{name}");
        fs::write(&path, whole).unwrap();
    }
    assert_eq!(names(copies.path()), ["backup"]);
    restore(&target, &new, &mut on).unwrap();

    let path = dir.path().join("journal").join(&segments[1]);
    let mut bytes = fs::read(&path).unwrap();
    bytes[200] ^= 1;
    fs::write(&path, &bytes).unwrap();
    for format in FORMATS {
        let failed = export(dir.path(), format, Seq::ZERO, &mut Vec::new(), &mut on);
        assert!(matches!(failed, Err(ArchiveError::Read(_))), "{failed:?}");
    }
    let failed = backup(dir.path(), &copies.path().join("other"), "then", &mut on);
    assert!(matches!(failed, Err(ArchiveError::Read(_))), "{failed:?}");
}

/// Everything durable so far, by a reader that takes no lock.
fn seen(reader: &mut FolderReader) -> Vec<u64> {
    let mut seen = Vec::new();
    while let Some(commit) = reader.read_next().unwrap() {
        seen.push(commit.first.get());
    }
    seen
}

#[tokio::test]
async fn a_reader_without_the_lock_follows_the_writer() {
    let dir = tempfile::tempdir().unwrap();
    let mut reader = FolderReader::open(dir.path(), Seq::ZERO);
    assert_eq!(seen(&mut reader), [0; 0]);
    let log = Log::open(dir.path(), small_segments()).unwrap();
    assert_eq!(seen(&mut reader), [0; 0]);
    let mut all = Vec::new();
    for at in 0..8 {
        let told = log.append(None, odd_draft(at)).await.unwrap();
        // HEAD follows within its interval.
        while all.last() != Some(&told.first.get()) {
            let more = seen(&mut reader);
            all.extend(more);
        }
        assert_eq!(folder_info(dir.path()).unwrap().head, told.head);
    }
    assert_eq!(all, (0..8).map(|at| at * 6 + 1).collect::<Vec<u64>>());
    let info = folder_info(dir.path()).unwrap();
    let own = log.info();
    assert_eq!((info.head, info.commits), (own.head, own.commits));
    assert_eq!(info.last_recorded_at_ms, own.last_recorded_at_ms);
    // From the middle, of a commit too.
    for after in [0, 1, 6, 7, 30, 47, 48, 60] {
        let mut reader = FolderReader::open(dir.path(), Seq::new(after));
        let firsts = log.read(Seq::ZERO).map(|commit| commit.unwrap().first.get());
        let expected: Vec<u64> = firsts.filter(|at| at + 5 > after).collect();
        assert_eq!(seen(&mut reader), expected, "after {after}");
    }
}

#[tokio::test]
async fn a_reader_without_the_lock_shows_nothing_torn_and_tells_damage() {
    let (dir, head) = folder(8).await;
    let segments = names(&dir.path().join("journal"));
    let last = dir.path().join("journal").join(segments.last().unwrap());
    let whole = fs::read(&last).unwrap();
    let count = commits(dir.path()).len();
    // A torn write at the end is no damage, and is left where it is.
    let torn = [&whole[..], &whole[64..100]].concat();
    fs::write(&last, &torn).unwrap();
    let mut reader = FolderReader::open(dir.path(), Seq::ZERO);
    assert_eq!(seen(&mut reader).len(), count);
    assert_eq!(folder_info(dir.path()).unwrap().head, head);
    assert_eq!(fs::read(&last).unwrap(), torn);
    fs::write(&last, &whole).unwrap();
    // What was durable and is not as it was is.
    for name in &segments {
        let path = dir.path().join("journal").join(name);
        let bytes = fs::read(&path).unwrap();
        for at in (0..bytes.len()).step_by(97).filter(|at| !(56..60).contains(at)) {
            let mut hurt = bytes.clone();
            hurt[at] ^= 1;
            fs::write(&path, hurt).unwrap();
            let mut reader = FolderReader::open(dir.path(), Seq::ZERO);
            let mut read = 0;
            let failed = loop {
                match reader.read_next() {
                    Ok(Some(_)) => read += 1,
                    Ok(None) => break false,
                    Err(_) => break true,
                }
            };
            assert!(failed || read == count, "{name}, byte {at}: {read} of {count}");
        }
        fs::write(&path, bytes).unwrap();
    }
}

#[tokio::test]
async fn after_a_crash_the_reader_makes_durable_what_stands_there() {
    // HEAD and the later groups that would prove it are gone.
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), small_segments()).unwrap();
    let told = log.append(None, draft(&["one"])).await.unwrap();
    log.close().await.unwrap();
    fs::remove_file(dir.path().join("HEAD")).unwrap();
    assert_eq!(folder_info(dir.path()).unwrap().head, told.head);
    assert!(!dir.path().join("HEAD").exists());
    // While somebody holds the folder nothing is shown that HEAD does not reach.
    let lock = fs::File::open(dir.path().join("lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(folder_info(dir.path()).unwrap().head, Head::EMPTY);
}

fn any_record() -> impl Strategy<Value = Record> {
    let payload = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..60),
        "[ -~\\n]{0,40}".prop_map(String::into_bytes),
        Just(br#"{"a":[1, 2.0,"\u4e2d"],"a":null}"#.to_vec()),
        Just(b"null".to_vec()),
        Just(b" 1 ".to_vec()),
        Just("[".repeat(500).into_bytes()),
        Just(format!("{}{}", "[".repeat(300), "]".repeat(300)).into_bytes()),
    ];
    let keys = proptest::collection::vec(any::<[u8; 16]>(), 0..3);
    (".{0,20}", any::<u16>(), payload, keys).prop_map(|(kind, version, payload, keys)| Record {
        kind: kind.into(),
        version,
        payload: payload.into(),
        keys,
    })
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn any_log_goes_out_and_in(
        drafts in proptest::collection::vec(
            (proptest::collection::vec(any_record(), 1..5), ".{0,30}", any::<i64>(), any::<bool>()),
            0..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let head = runtime.block_on(async {
            let log = Log::open(dir.path(), small_segments()).unwrap();
            for (at, (records, actor, recorded_at_ms, keyed)) in drafts.into_iter().enumerate() {
                let mut one = draft(&[]);
                one.idempotency_key = keyed.then(|| format!("键 {at}"));
                one.actor = actor;
                one.recorded_at_ms = recorded_at_ms;
                one.records = records;
                log.append(None, one).await.unwrap();
            }
            let head = log.head();
            log.close().await.unwrap();
            head
        });
        let target = tempfile::tempdir().unwrap();
        let all = commits(dir.path());
        for (at, format) in FORMATS.into_iter().enumerate() {
            let new = target.path().join(at.to_string());
            let carried = imported(&exported(dir.path(), format), &new).unwrap();
            prop_assert_eq!(carried.head, head);
            prop_assert_eq!(&commits(&new), &all);
        }
    }
}
