use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use store::{Head, IndexReport, LocalOptions, Log, Mended, OpenError, Part, verify_folder};

use crate::support::{PATIENCE, draft, small_segments, texts_after};

/// A closed log of some small segments, all but the last one packed.
struct Folder {
    dir: tempfile::TempDir,
    head: Head,
    texts: Vec<(u64, Vec<String>)>,
    /// The journal before it was packed.
    originals: Vec<(PathBuf, Vec<u8>)>,
}

fn packing() -> LocalOptions {
    LocalOptions { compress_finished: true, ..small_segments() }
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("journal")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_str().unwrap().ends_with(ending));
    paths.sort();
    paths
}

/// Opens the log and keeps it open until everything finished is packed.
async fn pack(folder: &Path) {
    let log = Log::open(folder, packing()).unwrap();
    let since = Instant::now();
    while files(folder, ".seg").len() > 1 {
        assert!(since.elapsed() < PATIENCE, "nothing packs the segments");
        thread::sleep(Duration::from_millis(5));
    }
    log.close().await.unwrap();
}

async fn folder() -> Folder {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), small_segments()).unwrap();
    for at in 0..12 {
        let text = format!("text {at} {}", "x".repeat(300));
        log.append(None, draft(&[&text, "second"])).await.unwrap();
    }
    let (head, texts) = (log.head(), texts_after(&log, 0));
    log.close().await.unwrap();
    let originals = files(dir.path(), ".seg");
    let originals: Vec<_> =
        originals.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    pack(dir.path()).await;
    let folder = Folder { dir, head, texts, originals };
    assert_eq!(folder.packed().len(), folder.originals.len() - 1);
    assert!(folder.packed().len() >= 3);
    folder
}

impl Folder {
    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn packed(&self) -> Vec<PathBuf> {
        files(self.path(), ".segz")
    }

    fn remove_index(&self) {
        fs::remove_dir_all(self.path().join("index")).unwrap();
    }

    /// Opens, and asserts that everything is there, now and after opening again.
    async fn opens_whole(&self) -> Vec<Mended> {
        let log = Log::open(self.path(), small_segments()).unwrap();
        let mended = log.mended().to_vec();
        assert_eq!((log.head(), texts_after(&log, 0)), (self.head, self.texts.clone()));
        log.close().await.unwrap();
        let report = verify_folder(self.path(), |_| {}).unwrap();
        assert!(report.is_sound(), "{:?}", report.faults);
        assert_eq!((report.head, report.index), (self.head, IndexReport::Agrees));
        let again = Log::open(self.path(), small_segments()).unwrap();
        assert_eq!(again.mended(), []);
        mended
    }
}

#[tokio::test]
async fn a_packed_log_is_the_same_log() {
    let folder = folder().await;
    assert_eq!(folder.opens_whole().await, []);
    // The index comes back from packed segments as it does from others.
    folder.remove_index();
    assert!(matches!(folder.opens_whole().await[..], [Mended::IndexCaughtUp { .. }]));
    // And so does a reader that has nothing but the journal.
    let log = Log::open(folder.path(), small_segments()).unwrap();
    let before = log.head();
    let told = log.append(Some(before), draft(&["more"])).await.unwrap();
    assert_eq!(told.first, before.seq.next());
    assert!(log.verify(|_| {}).unwrap().is_sound());
}

#[tokio::test]
async fn a_crash_while_packing_leaves_a_log_that_opens_whole() {
    let folder = folder().await;
    let (original, raw) = folder.originals[1].clone();
    let packed = folder.packed()[1].clone();
    let whole = fs::read(&packed).unwrap();

    let settled = |segment: &Path, set_aside: Option<PathBuf>| {
        vec![Mended::PackingCutShort { segment: segment.to_owned(), set_aside }]
    };
    let aside = |path: &Path| PathBuf::from(format!("{}.damaged-1", path.display()));

    // The packed file was being written.
    fs::rename(&packed, packed.with_extension("kept")).unwrap();
    fs::write(&original, &raw).unwrap();
    let unfinished = packed.with_extension("segz.tmp");
    fs::write(&unfinished, &whole[..50]).unwrap();
    assert_eq!(folder.opens_whole().await, settled(&original, None));
    assert!(!unfinished.exists() && original.exists());
    fs::rename(packed.with_extension("kept"), &packed).unwrap();

    // It had its name, and the original was still there.
    assert!(verify_folder(folder.path(), |_| {}).unwrap().is_sound());
    assert_eq!(folder.opens_whole().await, settled(&packed, None));
    assert!(packed.exists() && !original.exists());

    // Of two forms that differ the sound one is kept.
    for at in [20, 120, whole.len() - 20] {
        let mut hurt = whole.clone();
        hurt[at] ^= 1;
        fs::write(&packed, &hurt).unwrap();
        fs::write(&original, &raw).unwrap();
        assert_eq!(folder.opens_whole().await, settled(&original, Some(aside(&packed))));
        assert!(!packed.exists() && original.exists());
        assert_eq!(fs::read(aside(&packed)).unwrap(), hurt);
        fs::remove_file(aside(&packed)).unwrap();
    }
    for at in [20, 120, raw.len() - 20] {
        let mut hurt = raw.clone();
        hurt[at] ^= 1;
        fs::write(&packed, &whole).unwrap();
        fs::write(&original, &hurt).unwrap();
        assert_eq!(folder.opens_whole().await, settled(&packed, Some(aside(&original))));
        assert!(packed.exists() && !original.exists());
        assert_eq!(fs::read(aside(&original)).unwrap(), hurt);
        fs::remove_file(aside(&original)).unwrap();
    }

    // Both are hurt at an end: the segment is written anew, and both are kept beside it.
    let (mut hurt_packed, mut hurt_raw) = (whole.clone(), raw.clone());
    hurt_packed[20] ^= 1;
    hurt_raw[20] ^= 1;
    fs::write(&packed, &hurt_packed).unwrap();
    fs::write(&original, &hurt_raw).unwrap();
    let mended = folder.opens_whole().await;
    assert!(matches!(mended[..], [Mended::SegmentRefilled { .. }]), "{mended:?}");
    assert_eq!(fs::read(&original).unwrap(), raw);
    assert_eq!(fs::read(aside(&packed)).unwrap(), hurt_packed);
    assert_eq!(fs::read(aside(&original)).unwrap(), hurt_raw);
}

#[tokio::test]
async fn a_refusal_leaves_both_forms_and_the_unfinished_one() {
    let folder = folder().await;
    let (original, raw) = folder.originals[1].clone();
    fs::write(&original, &raw).unwrap();
    fs::write(folder.packed()[0].with_extension("segz.tmp"), b"half").unwrap();
    // Another segment is gone, and nobody else has its events.
    fs::remove_file(&folder.packed()[2]).unwrap();
    folder.remove_index();
    let before: Vec<_> = files(folder.path(), "");
    let refused = Log::open(folder.path(), small_segments());
    assert!(matches!(refused, Err(OpenError::Lost { .. })), "{refused:?}");
    assert_eq!(files(folder.path(), ""), before);
}

#[tokio::test]
async fn damage_to_a_packed_segment_is_found_and_restored_from_the_index() {
    let folder = folder().await;
    let packed = folder.packed()[1].clone();
    let whole = fs::read(&packed).unwrap();
    let first = texts_before(&folder, 1);
    for at in (0..whole.len()).step_by(5) {
        let mut hurt = whole.clone();
        hurt[at] ^= 0x04;
        fs::write(&packed, &hurt).unwrap();
        let log = Log::open(folder.path(), small_segments());
        // Opening reads the ends; what it does not look at, `verify` finds.
        let log = log.unwrap();
        assert_eq!((log.head(), texts_after(&log, 0)), (folder.head, folder.texts.clone()));
        if packed.exists() {
            let report = log.verify(|_| {}).unwrap();
            assert!(!report.is_sound(), "byte {at}");
            assert_eq!(report.faults[0].part, Part::Journal, "byte {at}");
            assert!(report.faults[0].first.get() >= first, "byte {at}: {:?}", report.faults[0]);
        } else {
            assert!(matches!(log.mended(), [Mended::SegmentRefilled { set_aside: Some(_), .. }]));
            assert!(log.verify(|_| {}).unwrap().is_sound(), "byte {at}");
        }
        log.close().await.unwrap();
        restore(&folder, &packed, &whole);
    }
    assert_eq!(folder.opens_whole().await, []);
}

/// Tells the first event of a segment.
fn texts_before(folder: &Folder, segment: usize) -> u64 {
    let name = folder.originals[segment].0.file_stem().unwrap().to_str().unwrap().to_owned();
    name.parse().unwrap()
}

/// Puts the packed segment back as it was.
fn restore(folder: &Folder, packed: &Path, whole: &[u8]) {
    for path in files(folder.path(), "") {
        if path.to_str().unwrap().contains(".damaged-") {
            fs::remove_file(path).unwrap();
        }
    }
    fs::write(packed, whole).unwrap();
    fs::remove_file(packed.with_extension("seg")).ok();
}

#[tokio::test]
async fn a_packed_segment_that_lost_its_followers_is_gone_on_from() {
    let folder = folder().await;
    // The last segment has gone, and with it some commits: the index gives them back.
    fs::remove_file(files(folder.path(), ".seg").pop().unwrap()).unwrap();
    let mended = folder.opens_whole().await;
    assert!(matches!(mended[..], [Mended::SegmentRefilled { set_aside: None, .. }]), "{mended:?}");

    // The packed one that is the last now is hurt as well.
    fs::remove_file(files(folder.path(), ".seg").pop().unwrap()).unwrap();
    let packed = folder.packed().pop().unwrap();
    let mut hurt = fs::read(&packed).unwrap();
    hurt[100] ^= 1;
    fs::write(&packed, &hurt).unwrap();
    let mended = folder.opens_whole().await;
    assert_eq!(mended.len(), 2, "{mended:?}");
}

#[tokio::test]
async fn readers_go_on_while_segments_are_packed() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), packing()).unwrap();
    for at in 0..60 {
        let text = format!("text {at} {}", "x".repeat(300));
        log.append(None, draft(&[&text])).await.unwrap();
        if at % 10 == 0 {
            let report = log.verify(|_| {}).unwrap();
            assert!(report.is_sound(), "{:?}", report.faults);
        }
    }
    let head = log.head();
    assert_eq!(texts_after(&log, 0).len(), 60);
    log.close().await.unwrap();
    pack(dir.path()).await;
    let report = verify_folder(dir.path(), |_| {}).unwrap();
    assert!(report.is_sound(), "{:?}", report.faults);
    assert_eq!(report.head, head);
}
