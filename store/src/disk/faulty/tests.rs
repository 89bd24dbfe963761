use super::super::{create_dir, read_if_there, write_new};
use super::*;

const FULL: io::ErrorKind = io::ErrorKind::StorageFull;

struct Scratch {
    dir: tempfile::TempDir,
    disk: FaultyDisk,
}

impl Scratch {
    fn new() -> Scratch {
        Scratch { dir: tempfile::tempdir().unwrap(), disk: FaultyDisk::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn content(&self, name: &str) -> Option<Vec<u8>> {
        read_if_there(&RealDisk, &self.path(name)).unwrap().map(Into::into)
    }
}

#[test]
fn what_was_synced_stays_whatever_the_seed() {
    for seed in 0..40 {
        let scratch = Scratch::new();
        create_dir(&scratch.disk, &scratch.path("a/b")).unwrap();
        let mut file = write_new(&scratch.disk, &scratch.path("a/b/file"), b"one").unwrap();
        file.write_at(3, b"two").unwrap();
        file.sync_data().unwrap();
        assert_eq!(scratch.disk.lose_unsynced(seed).unwrap(), Lost::default());
        assert_eq!(scratch.content("a/b/file").unwrap(), b"onetwo");
        assert!(file.sync_data().is_err(), "the power is gone");
    }
}

#[test]
fn what_was_not_synced_is_kept_torn_or_gone_by_the_seed() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let scratch = Scratch::new();
        let mut file = write_new(&scratch.disk, &scratch.path("file"), &[1; 100]).unwrap();
        file.write_at(100, &[2; 2_000]).unwrap();
        file.write_at(2_100, &[3; 10]).unwrap();
        let lost = scratch.disk.lose_unsynced(seed).unwrap();
        assert_eq!(lost.kept + lost.torn + lost.dropped, 2);
        let content = scratch.content("file").unwrap();
        assert_eq!(content[..100], [1; 100]);
        seen.insert((lost.kept, lost.torn, lost.dropped, content.len()));
    }
    for expected in [(2, 0, 0, 2_110), (0, 0, 2, 100), (1, 0, 1, 2_100), (1, 0, 1, 2_110)] {
        assert!(seen.contains(&expected), "{expected:?} never came");
    }
    assert!(seen.iter().any(|(_, torn, ..)| *torn == 1), "nothing was torn");
}

#[test]
fn entries_that_were_not_synced_may_be_gone() {
    let (mut gone, mut kept) = (0, 0);
    for seed in 0..60 {
        let scratch = Scratch::new();
        let disk = &scratch.disk;
        drop(write_new(disk, &scratch.path("old"), b"old").unwrap());
        drop(write_new(disk, &scratch.path("way"), b"way").unwrap());
        drop(write_new(disk, &scratch.path("rest"), b"rest").unwrap());
        disk.rename(&scratch.path("old"), &scratch.path("way")).unwrap();
        disk.remove(&scratch.path("rest")).unwrap();
        let mut made = disk.open(&scratch.path("made"), Mode::New).unwrap();
        made.write_at(0, b"made").unwrap();
        made.sync_all().unwrap();
        let lost = disk.lose_unsynced(seed).unwrap();
        let files = ["old", "way", "rest", "made"].map(|name| scratch.content(name));
        let some = |text: &str| Some(text.as_bytes().to_vec());
        let expected = match lost.entries {
            0 => [None, some("old"), None, some("made")],
            1 => [None, some("old"), None, None],
            2 => [None, some("old"), some("rest"), None],
            _ => [some("old"), some("way"), some("rest"), None],
        };
        assert_eq!(files, expected, "{lost:?}");
        gone += usize::from(lost.entries == 3);
        kept += usize::from(lost.entries == 0);
    }
    assert!(gone > 20 && kept > 2, "{gone} lost all, {kept} none");
}

#[test]
fn names_that_changed_more_than_once_are_undone_step_by_step() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let scratch = Scratch::new();
        let (disk, path) = (&scratch.disk, |name| scratch.path(name));
        drop(write_new(disk, &path("plain"), b"plain").unwrap());
        let make = |content: &[u8]| {
            let mut made = disk.open(&path("tmp"), Mode::New).unwrap();
            made.write_at(0, content).unwrap();
            made.sync_all().unwrap();
        };
        make(b"first");
        disk.remove(&path("tmp")).unwrap();
        make(b"second");
        disk.rename(&path("tmp"), &path("packed")).unwrap();
        disk.remove(&path("plain")).unwrap();
        let lost = disk.lose_unsynced(seed).unwrap();
        let files = ["plain", "tmp", "packed"].map(|name| scratch.content(name));
        let some = |text: &str| Some(text.as_bytes().to_vec());
        let expected = match lost.entries {
            0 => [None, None, some("second")],
            1 => [some("plain"), None, some("second")],
            2 => [some("plain"), some("second"), None],
            3 | 5 => [some("plain"), None, None],
            4 => [some("plain"), some("first"), None],
            other => panic!("{other} of 5 entries"),
        };
        assert_eq!(files, expected, "{lost:?}");
        seen.insert(lost.entries);
    }
    assert_eq!(seen.len(), 6, "{seen:?}");
}

#[test]
fn a_full_disk_takes_what_fits_and_goes_on_once_there_is_room() {
    let scratch = Scratch::new();
    let mut file = write_new(&scratch.disk, &scratch.path("file"), b"12").unwrap();
    scratch.disk.set_room(Some(3));
    assert_eq!(scratch.disk.free_bytes(&scratch.path("")).unwrap(), 3);
    assert_eq!(file.write_at(2, b"34567").unwrap_err().kind(), FULL);
    assert_eq!(scratch.content("file").unwrap(), b"12345");
    file.write_at(0, b"ab").unwrap();
    file.set_len(2).unwrap();
    assert_eq!(scratch.disk.free_bytes(&scratch.path("")).unwrap(), 3);
    scratch.disk.set_room(None);
    file.write_at(2, b"34567").unwrap();
    assert_eq!(scratch.content("file").unwrap(), b"ab34567");
}

#[test]
fn steps_fail_where_they_are_told_to_and_are_counted() {
    let scratch = Scratch::new();
    let disk = &scratch.disk;
    let mut file = write_new(disk, &scratch.path("file"), b"12").unwrap();
    disk.fail(Some(Op::SyncData), "file", 1, io::ErrorKind::Other);
    disk.fail(None, "elsewhere", 0, io::ErrorKind::Other);
    file.sync_data().unwrap();
    file.sync_all().unwrap();
    assert!(file.sync_data().is_err());
    file.sync_data().unwrap();
    assert_eq!((disk.count(Op::SyncData), disk.count(Op::SyncDir)), (3, 1));
    disk.flip(&scratch.path("file"), 1, 0xff).unwrap();
    assert_eq!(scratch.content("file").unwrap(), [b'1', !b'2']);
    disk.truncate(&scratch.path("file"), 1).unwrap();
    disk.cut_power_at(1);
    disk.remove(&scratch.path("absent")).unwrap_err();
    assert!(!disk.is_off());
    disk.remove(&scratch.path("file")).unwrap_err();
    assert!(disk.is_off());
    disk.lose_unsynced(1).unwrap();
    assert_eq!(scratch.content("file").unwrap(), b"1");
}
