use std::fs;
use std::path::{Path, PathBuf};

use store::{Head, IndexReport, LocalOptions, Log, Mended, OpenError, Part, Seq, verify_folder};

use crate::support::{draft, keyed, small_segments, texts_after};

/// A folder with a log of seven commits of two events each, closed. The segments hold a few each.
struct Folder {
    dir: tempfile::TempDir,
    head: Head,
    texts: Vec<(u64, Vec<String>)>,
}

const COMMITS: u64 = 7;

async fn folder(options: LocalOptions) -> Folder {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), options).unwrap();
    for at in 0..COMMITS {
        let (key, text) = (format!("key {at}"), format!("text {at} {}", "x".repeat(200)));
        log.append(None, keyed(&key, &[&text, "second"])).await.unwrap();
    }
    let (head, texts) = (log.head(), texts_after(&log, 0));
    log.close().await.unwrap();
    Folder { dir, head, texts }
}

/// One segment that holds everything.
fn one_segment() -> LocalOptions {
    LocalOptions { segment_bytes: 1 << 20, ..small_segments() }
}

impl Folder {
    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn segments(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path().join("journal")).into_iter().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "seg"));
        paths.sort();
        paths
    }

    fn open(&self) -> Result<Log, OpenError> {
        Log::open(self.path(), small_segments())
    }

    /// Opens, and asserts that everything is there, in both copies, now and after opening again.
    async fn opens_whole(&self) -> Vec<Mended> {
        let log = self.open().unwrap();
        let mended = log.mended().to_vec();
        self.is_whole(&log);
        let more = log.append(Some(self.head), draft(&["more"])).await.unwrap();
        log.close().await.unwrap();
        let again = self.open().unwrap();
        assert_eq!(again.mended(), [], "the second opening finds nothing left to mend");
        assert_eq!(again.head(), more.head);
        drop(again);
        let report = verify_folder(self.path(), |_| {}).unwrap();
        assert!(report.is_sound(), "{:?}", report.faults);
        assert_eq!(report.index, IndexReport::Agrees);
        mended
    }

    fn is_whole(&self, log: &Log) {
        assert_eq!((log.head(), texts_after(log, 0)), (self.head, self.texts.clone()));
        let report = log.verify(|_| {}).unwrap();
        assert!(report.is_sound(), "{:?}", report.faults);
        assert_eq!(log.info().commits, COMMITS);
        assert!(log.resolve_key("key 3").unwrap().is_some());
    }

    /// Opens in vain, and tells which events are said to be lost. Nothing was changed.
    fn refuses(&self) -> (u64, u64) {
        let before = self.bytes();
        let told = match self.open() {
            Err(OpenError::Lost { first, last, .. }) => (first.get(), last.get()),
            other => panic!("{other:?}"),
        };
        assert!(before == self.bytes(), "refusing changed something");
        assert!(!verify_folder(self.path(), |_| {}).unwrap().is_sound());
        told
    }

    /// The bytes of everything but sled's own files.
    fn bytes(&self) -> Vec<Vec<u8>> {
        let mut paths = self.segments();
        paths.push(self.path().join("HEAD"));
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    }

    fn remove_index(&self) {
        fs::remove_dir_all(self.path().join("index")).unwrap();
    }

    fn change(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(path).unwrap();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
    }
}

fn flip_text(bytes: &mut [u8], text: &str) {
    let at = bytes.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
    bytes[at] ^= 1;
}

#[tokio::test]
async fn a_torn_tail_that_was_never_acknowledged_is_cut_and_told() {
    let whole = folder(one_segment()).await;
    let last = whole.segments().pop().unwrap();
    let len = fs::metadata(&last).unwrap().len();
    let frame = fs::read(&last).unwrap()[64..300].to_vec();
    let garbage = [vec![0; 5_000], frame[..100].to_vec(), b"\xf7LZc\xff\xff\xff\xff".to_vec()];
    for torn in garbage {
        let folder = folder(one_segment()).await;
        let last = folder.segments().pop().unwrap();
        folder.change(&last, |bytes| bytes.extend_from_slice(&torn));
        let report = verify_folder(folder.path(), |_| {}).unwrap();
        assert!(report.is_sound(), "{:?}", report.faults);
        let tail = report.torn_tail.unwrap();
        assert_eq!((tail.at, tail.bytes), (len, torn.len() as u64));
        assert_eq!(fs::metadata(&last).unwrap().len(), len + tail.bytes, "verify cuts nothing");
        match &folder.opens_whole().await[..] {
            [Mended::TailCut { segment, at, bytes }] => {
                assert_eq!((segment, *at, *bytes), (&last, len, torn.len() as u64));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_flipped_byte_in_the_last_segment_is_mended_from_the_index() {
    let events = |folder: &Folder| (1, folder.head.seq.get());
    for commit in 0..COMMITS {
        let folder = folder(one_segment()).await;
        let last = folder.segments().pop().unwrap();
        folder.change(&last, |bytes| flip_text(bytes, &format!("text {commit}")));
        let report = verify_folder(folder.path(), |_| {}).unwrap();
        let faults: Vec<_> = report.faults.iter().map(|fault| (fault.part, fault.first)).collect();
        assert_eq!(faults, [(Part::Journal, Seq::new(commit * 2 + 1))], "{:?}", report.faults);
        match &folder.opens_whole().await[..] {
            [Mended::SegmentRefilled { first, last, set_aside: Some(aside), .. }] => {
                assert_eq!((first.get(), last.get()), events(&folder));
                assert!(aside.exists());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_flipped_byte_with_the_index_gone_refuses_and_names_the_events() {
    let folder = folder(one_segment()).await;
    let last = folder.segments().pop().unwrap();
    folder.change(&last, |bytes| flip_text(bytes, "text 3"));
    folder.remove_index();
    assert_eq!(folder.refuses(), (7, 8), "what stands behind them is whole");
}

#[tokio::test]
async fn a_finished_segment_is_mended_wherever_it_is_hurt() {
    let hurts: [fn(&mut Vec<u8>); 5] = [
        |bytes| bytes[20] ^= 1,
        |bytes| bytes.truncate(bytes.len() - 1),
        |bytes| bytes.truncate(70),
        Vec::clear,
        |bytes| bytes.push(0),
    ];
    for hurt in hurts {
        let folder = folder(small_segments()).await;
        let segments = folder.segments();
        assert!(segments.len() >= 2);
        folder.change(&segments[0], hurt);
        let mended = folder.opens_whole().await;
        assert!(matches!(mended[..], [Mended::SegmentRefilled { .. }]), "{mended:?}");
    }
    // A flip between its ends is not looked for at open, but no reader ever gets it.
    let folder = folder(small_segments()).await;
    folder.change(&folder.segments()[0], |bytes| flip_text(bytes, "text 1"));
    assert!(!verify_folder(folder.path(), |_| {}).unwrap().is_sound());
    let log = folder.open().unwrap();
    assert_eq!(texts_after(&log, 0), folder.texts);
    let report = log.verify(|_| {}).unwrap();
    assert_eq!((report.faults[0].part, report.faults[0].first), (Part::Journal, Seq::new(3)));
}

#[tokio::test]
async fn a_missing_segment_is_restored_or_refused() {
    for which in [0, 1, 2] {
        let folder = folder(small_segments()).await;
        let segments = folder.segments();
        assert!(segments.len() >= 3);
        fs::remove_file(&segments[which]).unwrap();
        let mended = folder.opens_whole().await;
        assert!(
            matches!(mended[..], [Mended::SegmentRefilled { set_aside: None, .. }]),
            "{mended:?}"
        );
    }
    let whole = folder(small_segments()).await;
    fs::remove_file(&whole.segments()[1]).unwrap();
    whole.remove_index();
    let (first, last) = whole.refuses();
    assert!(1 < first && first <= last && last < whole.head.seq.get(), "{first} to {last}");

    let gone = folder(small_segments()).await;
    fs::remove_dir_all(gone.path().join("journal")).unwrap();
    let mended = gone.opens_whole().await;
    assert!(matches!(mended[..], [Mended::SegmentRefilled { set_aside: None, .. }]), "{mended:?}");
}

#[tokio::test]
async fn a_deleted_or_spoilt_index_is_built_anew() {
    let deleted = folder(small_segments()).await;
    deleted.remove_index();
    let mended = deleted.opens_whole().await;
    assert_eq!(mended, [Mended::IndexCaughtUp { from: Seq::ZERO, to: deleted.head.seq }]);

    let spoils: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes.iter_mut().for_each(|byte| *byte = !*byte),
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes[100..2_000].fill(0xaa),
        Vec::clear,
    ];
    for spoil in spoils {
        let folder = folder(small_segments()).await;
        folder.change(&folder.path().join("index/db"), spoil);
        // sled may notice or open shorter; either way everything comes back, and is told.
        assert!(!folder.opens_whole().await.is_empty());
    }

    // The index of another log is no index of this one.
    let (one, other) = (folder(small_segments()).await, folder(small_segments()).await);
    one.remove_index();
    fs::rename(other.path().join("index"), one.path().join("index")).unwrap();
    let mended = one.opens_whole().await;
    assert!(
        matches!(&mended[..], [Mended::IndexRebuilt { set_aside: Some(path), .. }] if path.exists())
    );
}

#[tokio::test]
async fn a_log_shorter_than_head_refuses() {
    let cut = folder(one_segment()).await;
    let last = cut.segments().pop().unwrap();
    cut.change(&last, |bytes| bytes.truncate(bytes.len() - 10));
    cut.remove_index();
    assert_eq!(cut.refuses(), (13, 14));

    let emptied = folder(small_segments()).await;
    fs::remove_dir_all(emptied.path().join("journal")).unwrap();
    emptied.remove_index();
    assert_eq!(emptied.refuses(), (1, 14));
    assert_eq!(emptied.refuses(), (1, 14), "and does so again");
}

#[tokio::test]
async fn damage_before_a_later_group_is_never_taken_for_a_torn_tail() {
    // HEAD and the index are gone, so only the journal itself can tell.
    let folder = folder(one_segment()).await;
    let last = folder.segments().pop().unwrap();
    folder.change(&last, |bytes| flip_text(bytes, "text 4"));
    folder.remove_index();
    fs::remove_file(folder.path().join("HEAD")).unwrap();
    match folder.open() {
        Err(OpenError::Lost { first, last, .. }) => assert_eq!((first.get(), last.get()), (9, 10)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn head_is_written_again_and_a_wrong_one_refuses() {
    for hurt in [true, false] {
        let folder = folder(small_segments()).await;
        let head = folder.path().join("HEAD");
        if hurt { fs::write(&head, "no head") } else { fs::remove_file(&head) }.unwrap();
        assert!(!verify_folder(folder.path(), |_| {}).unwrap().is_sound());
        assert_eq!(folder.opens_whole().await, [Mended::HeadRewritten]);
    }
    let (one, other) = (folder(one_segment()).await, folder(one_segment()).await);
    fs::copy(other.path().join("HEAD"), one.path().join("HEAD")).unwrap();
    assert!(matches!(one.open(), Err(OpenError::Contradiction { .. })));
}

#[tokio::test]
async fn verifying_finds_a_head_of_another_log_wherever_that_one_ended() {
    let one = folder(one_segment()).await;
    for events in 1..=14 {
        let other = tempfile::tempdir().unwrap();
        let log = Log::open(other.path(), one_segment()).unwrap();
        let texts: Vec<String> = (0..events).map(|n| format!("other {n}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        log.append(None, draft(&texts)).await.unwrap();
        log.close().await.unwrap();
        fs::copy(other.path().join("HEAD"), one.path().join("HEAD")).unwrap();
        let report = verify_folder(one.path(), |_| {}).unwrap();
        assert!(!report.is_sound(), "a HEAD at event {events} was taken for sound");
        assert!(matches!(one.open(), Err(OpenError::Contradiction { .. })), "{events}");
    }
}

#[tokio::test]
async fn folders_that_cannot_be_logs_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(matches!(Log::open(&file, small_segments()), Err(OpenError::NotAFolder { .. })));
    assert!(matches!(verify_folder(&file, |_| {}), Err(OpenError::NotAFolder { .. })));
    let below = Log::open(&file.join("log"), small_segments());
    assert!(matches!(below, Err(OpenError::NotAFolder { .. })), "{below:?}");

    let newer = folder(one_segment()).await;
    newer.change(&newer.segments()[0], |bytes| {
        bytes[8] = 9;
        let crc = crc32c::crc32c(&bytes[..60]);
        bytes[60..64].copy_from_slice(&crc.to_le_bytes());
    });
    match newer.open() {
        Err(OpenError::UnknownVersion { version, newest, .. }) => {
            assert_eq!((version, newest), (9, 1));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_segment_that_was_begun_when_the_writer_died_is_begun_again() {
    // Died before the next segment had its name, or before its header was whole.
    for header in [None, Some(&b""[..]), Some(b"lianzhu\n\x01\x00")] {
        let folder = folder(one_segment()).await;
        // Any size is enough for the next append to finish the segment that is there.
        let log = Log::open(folder.path(), LocalOptions { segment_bytes: 1, ..one_segment() });
        let log = log.unwrap();
        log.append(None, draft(&["rolled"])).await.unwrap();
        log.close().await.unwrap();
        let [sealed, next] = &folder.segments()[..] else { panic!("two segments") };
        // Undo that append as if it had died on the way to it: only the seal is left of it.
        folder.remove_index();
        fs::remove_file(folder.path().join("HEAD")).unwrap();
        match header {
            None => fs::remove_file(next).unwrap(),
            Some(header) => fs::write(next, header).unwrap(),
        }
        let log = folder.open().unwrap();
        folder.is_whole(&log);
        let begun = log.mended().iter().any(|one| matches!(one, Mended::SegmentBegunAgain { .. }));
        assert_eq!(begun, header.is_some(), "{:?}", log.mended());
        drop(log);
        assert_eq!(folder.opens_whole().await, []);
        assert!(sealed.exists() && next.exists());
    }
}

/// Takes the block of event 5 out of the index. With `read_back`, that part of the index is read at
/// the next open, as the newest part always is.
fn lose_block(folder: &Folder, read_back: bool) {
    let db = sled::open(folder.path().join("index")).unwrap();
    let key = [&5_u64.to_be_bytes()[..], &[0, 0]].concat();
    assert!(db.open_tree("blocks").unwrap().remove(key).unwrap().is_some());
    if !read_back {
        let head = folder.head.seq.get().to_be_bytes();
        db.open_tree("meta").unwrap().insert("entities", &head).unwrap();
    }
    db.flush().unwrap();
}

#[tokio::test]
async fn a_commit_that_the_index_lost_is_read_from_the_journal() {
    let old = folder(small_segments()).await;
    lose_block(&old, false);
    let log = old.open().unwrap();
    assert_eq!(log.mended(), []);
    assert_eq!(texts_after(&log, 0), old.texts);
    assert_eq!(log.commit_at(Seq::new(6)).unwrap().unwrap().first, Seq::new(5));
    let report = log.verify(|_| {}).unwrap();
    assert_eq!(report.index, IndexReport::Differs);
    assert_eq!((report.faults[0].part, report.faults[0].first), (Part::Index, Seq::new(5)));

    let new = folder(small_segments()).await;
    lose_block(&new, true);
    let mended = new.opens_whole().await;
    assert!(matches!(mended[..], [Mended::IndexRebuilt { .. }]), "{mended:?}");
}
