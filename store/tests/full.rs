use std::path::Path;
use std::sync::Arc;

use store::testing::{FaultyDisk, Op, open};
use store::{AppendError, LocalOptions, Log, OpenError, verify_folder};

use crate::support::{copy_dir, draft, small_segments, texts_after};

const FLOOR: u64 = 1 << 20;

fn with_floor(min_free_bytes: u64) -> LocalOptions {
    LocalOptions { min_free_bytes, ..small_segments() }
}

fn on(disk: &FaultyDisk, folder: &Path, floor: u64) -> Log {
    open(Arc::new(disk.clone()), folder, &with_floor(floor)).unwrap()
}

#[tokio::test]
async fn promise_8_a_nearly_full_disk_refuses_and_goes_on_once_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::new();
    let log = on(&disk, dir.path(), FLOOR);
    disk.set_room(Some(FLOOR + 10_000));
    let mut written = 0;
    let big = "x".repeat(1_000);
    let told = loop {
        match log.append(None, draft(&[big.as_str()])).await {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 100, "nothing was refused");
    };
    let AppendError::DiskFull { free, floor } = told else { panic!("{told:?}") };
    assert_eq!(floor, FLOOR);
    assert!(
        written > 2 && (FLOOR..FLOOR + 2_000).contains(&free),
        "{written} written, {free} free"
    );
    let before = (log.head(), disk.count(Op::Write));
    // Whatever is refused meanwhile writes nothing; a duplicate is still found, reads go on.
    let refused = draft(&[big.as_str()]);
    let again = log.append(None, refused.clone()).await;
    assert!(matches!(again, Err(AppendError::DiskFull { .. })), "{again:?}");
    assert_eq!(log.resolve(refused.id).unwrap(), None, "it is known to be absent");
    assert_eq!(texts_after(&log, 0).len(), written);
    let old = log.read(store::Seq::ZERO).next().unwrap().unwrap();
    let same = store::Draft { id: old.id, ..draft(&[big.as_str()]) };
    assert!(log.append(None, same).await.unwrap().duplicate);
    assert_eq!(log.head(), before.0);
    let metrics = log.metrics();
    assert!(metrics.is_full && metrics.refused_full == 2 && metrics.read_only.is_none());
    // By itself, without opening again.
    disk.set_room(Some(FLOOR + 100_000));
    assert!(!log.append(None, refused).await.unwrap().duplicate);
    assert!(!log.metrics().is_full);
    log.close().await.unwrap();
    assert!(verify_folder(dir.path(), |_| {}).unwrap().is_sound());
}

#[tokio::test]
async fn promise_8_a_write_that_finds_the_disk_full_is_undone() {
    // Every number of free bytes there is, so that frames, seals and headers are cut anywhere.
    let mut refused = 0;
    for room in (0..2_600).step_by(37) {
        let dir = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::new();
        let log = on(&disk, dir.path(), 0);
        disk.set_room(Some(room));
        let mut drafts = Vec::new();
        for at in 0..6 {
            let draft = draft(&["x".repeat(300).as_str(), "second"]);
            match log.append(None, draft.clone()).await {
                Ok(_) => drafts.push((draft, true)),
                Err(AppendError::DiskFull { floor: 0, .. }) => drafts.push((draft, false)),
                Err(other) => panic!("room {room}, commit {at}: {other}"),
            }
        }
        let written = drafts.iter().filter(|(_, written)| *written).count();
        refused += drafts.len() - written;
        assert_eq!(texts_after(&log, 0).len(), written, "room {room}");
        let sound = |log: &Log| log.verify(|_| {}).unwrap().is_sound();
        assert!(sound(&log), "room {room}");
        if room % 2 == 0 {
            // The disk stays full, and the process ends: nothing is lost, nothing is half there.
            drop(log);
            disk.lose_unsynced(room).unwrap();
            let report = verify_folder(dir.path(), |_| {}).unwrap();
            assert_eq!(report.torn_tail, None, "room {room}: what was begun is still there");
            let log = Log::open(dir.path(), with_floor(0)).unwrap();
            assert_eq!(texts_after(&log, 0).len(), written, "room {room}");
            continue;
        }
        disk.set_room(None);
        for (draft, written) in &drafts {
            let told = log.append(None, draft.clone()).await.unwrap();
            assert_eq!(told.duplicate, *written, "room {room}");
        }
        log.close().await.unwrap();
        let report = verify_folder(dir.path(), |_| {}).unwrap();
        assert!(report.is_sound() && report.commits == 6, "room {room}: {:?}", report.faults);
    }
    assert!(refused > 50, "only {refused} were refused");
}

#[tokio::test]
async fn promise_8_a_full_write_that_cannot_be_undone_stops_the_log() {
    for (op, nth) in [(Op::SetLen, 0), (Op::SyncAll, 0)] {
        let dir = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::new();
        let log = on(&disk, dir.path(), 0);
        log.append(None, draft(&["one"])).await.unwrap();
        disk.set_room(Some(10));
        disk.fail(Some(op), ".seg", nth, std::io::ErrorKind::Other);
        let told = log.append(None, draft(&["two"])).await;
        assert!(matches!(told, Err(AppendError::Unknown)), "{told:?}");
        disk.set_room(None);
        let told = log.append(None, draft(&["three"])).await;
        assert!(matches!(told, Err(AppendError::ReadOnly { .. })), "{told:?}");
        drop(log);
        let log = Log::open(dir.path(), with_floor(0)).unwrap();
        assert_eq!(texts_after(&log, 0).len(), 1);
    }
}

#[tokio::test]
async fn a_failed_sync_stops_the_log_even_when_it_says_that_the_disk_is_full() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::new();
    let log = on(&disk, dir.path(), FLOOR);
    disk.fail(Some(Op::SyncData), ".seg", 0, std::io::ErrorKind::StorageFull);
    let told = log.append(None, draft(&["one"])).await;
    assert!(matches!(told, Err(AppendError::Unknown)), "{told:?}");
    let told = log.append(None, draft(&["two"])).await;
    assert!(matches!(told, Err(AppendError::ReadOnly { .. })), "{told:?}");
}

#[tokio::test]
async fn a_refused_opening_leaves_no_index() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), with_floor(0)).unwrap();
    log.append(None, draft(&["one"])).await.unwrap();
    log.close().await.unwrap();
    std::fs::remove_dir_all(dir.path().join("journal")).unwrap();
    std::fs::remove_dir_all(dir.path().join("index")).unwrap();
    let told = Log::open(dir.path(), with_floor(0));
    assert!(matches!(told, Err(OpenError::Lost { .. })), "{told:?}");
    assert!(!dir.path().join("index").exists());
}

/// A file system of a few MiB, where the system lets us have one.
struct Small {
    dir: tempfile::TempDir,
}

impl Small {
    fn mount(mib: u32) -> Option<Small> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={mib}m"), "tmpfs"])
            .arg(dir.path())
            .output();
        if mounted.is_ok_and(|told| told.status.success()) {
            return Some(Small { dir });
        }
        eprintln!("skipped: this user may not mount a small file system");
        None
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        std::process::Command::new("umount").arg(self.dir.path()).status().ok();
    }
}

#[tokio::test]
async fn promise_8_a_small_real_file_system_fills_up_and_goes_on() {
    let Some(small) = Small::mount(64) else { return };
    let folder = small.dir.path().join("log");
    let options = LocalOptions {
        min_free_bytes: 40 << 20,
        index_cache_bytes: 8 << 20,
        ..LocalOptions::default()
    };
    let log = Log::open(&folder, options.clone()).unwrap();
    let mut written = 0;
    let mut noise = oorandom::Rand64::new(8);
    let mut big = || -> String {
        (0..100_000)
            .map(|_| char::from_u32(0x20 + (noise.rand_u64() % 95) as u32).unwrap())
            .collect()
    };
    let told = loop {
        match log.append(None, draft(&[big().as_str()])).await {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 400, "nothing was refused");
    };
    assert!(matches!(told, AppendError::DiskFull { .. }), "{told:?}");
    // Others fill the rest of it, to the last byte.
    let ballast = small.dir.path().join("ballast");
    std::fs::write(&ballast, vec![1; 64 << 20]).unwrap_err();
    let told = log.append(None, draft(&["small"])).await;
    // sled may have given some of its own files back meanwhile.
    let is_told = matches!(told, Err(AppendError::DiskFull { free, floor }) if free < floor / 8);
    assert!(is_told, "{told:?}");
    assert_eq!(texts_after(&log, 0).len(), written);
    drop(log);
    // A good index is not taken for a damaged one because the disk is full.
    match Log::open(&folder, options.clone()) {
        Err(OpenError::DiskFull { .. }) => {}
        Ok(log) => assert_eq!((log.mended(), texts_after(&log, 0).len()), (&[][..], written)),
        Err(other) => panic!("{other}"),
    }
    let names = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let aside: Vec<_> = names.filter(|name| name.to_string_lossy().contains("damaged")).collect();
    assert!(aside.is_empty(), "{aside:?}");
    // sled may have spoilt its own files on the full disk; there is room now to build them anew.
    std::fs::remove_file(&ballast).unwrap();
    let log = Log::open(&folder, LocalOptions { min_free_bytes: 1 << 20, ..options }).unwrap();
    assert_eq!(texts_after(&log, 0).len(), written);
    log.append(None, draft(&["goes on"])).await.unwrap();
    log.close().await.unwrap();
    assert!(verify_folder(&folder, |_| {}).unwrap().is_sound());
}

#[tokio::test]
async fn an_index_that_finds_no_room_for_what_it_lacks_is_left_alone() {
    let Some(small) = Small::mount(96) else { return };
    let folder = small.dir.path().join("log");
    let options = LocalOptions { min_free_bytes: 0, ..LocalOptions::default() };
    let log = Log::open(&folder, options.clone()).unwrap();
    let mut noise = oorandom::Rand64::new(9);
    // What does not shrink, so that the index needs as much room as the journal.
    let mut big = || -> String {
        let mut printable = || char::from(u8::try_from(0x20 + noise.rand_u64() % 95).unwrap());
        (0..100_000).map(|_| printable()).collect()
    };
    log.append(None, draft(&["first"])).await.unwrap();
    log.close().await.unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let older = elsewhere.path().join("index");
    copy_dir(&folder.join("index"), &older);
    let log = Log::open(&folder, options.clone()).unwrap();
    for _ in 0..200 {
        log.append(None, draft(&[big().as_str()])).await.unwrap();
    }
    log.close().await.unwrap();
    std::fs::remove_dir_all(folder.join("index")).unwrap();
    copy_dir(&older, &folder.join("index"));
    // Enough for sled to open, too little for twenty megabytes.
    let ballast = small.dir.path().join("ballast");
    let free = fs4::available_space(small.dir.path()).unwrap();
    std::fs::write(&ballast, vec![1; usize::try_from(free - (6 << 20)).unwrap()]).unwrap();
    let told = Log::open(&folder, options.clone()).map(|log| log.head());
    assert!(matches!(told, Err(OpenError::DiskFull { .. })), "{told:?}");
    let names = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let aside: Vec<_> = names.filter(|name| name.to_string_lossy().contains("damaged")).collect();
    assert!(aside.is_empty(), "{aside:?}");
    std::fs::remove_file(&ballast).unwrap();
    let log = Log::open(&folder, options).unwrap();
    assert_eq!(texts_after(&log, 0).len(), 201);
    log.close().await.unwrap();
    assert!(verify_folder(&folder, |_| {}).unwrap().is_sound());
}
