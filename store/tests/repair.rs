use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use store::{
    Head, IndexReport, Log, Mended, OpenError, RepairOptions, RepairReport, Seq, VerifyOptions,
    repair_folder, verify_folder_as,
};

use crate::support::{copy_dir, keyed, small_segments, texts_after};

/// A closed log of seven commits of two events each, in segments of a few commits.
struct Sample {
    dir: tempfile::TempDir,
    head: Head,
    texts: Vec<(u64, Vec<String>)>,
}

async fn sample() -> Sample {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), small_segments()).unwrap();
    for at in 0..7 {
        let (key, text) = (format!("key {at}"), format!("text {at} {}", "x".repeat(200)));
        log.append(None, keyed(&key, &[&text, "second"])).await.unwrap();
    }
    let (head, texts) = (log.head(), texts_after(&log, 0));
    log.close().await.unwrap();
    Sample { dir, head, texts }
}

impl Sample {
    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A copy of it, to be hurt.
    fn copy(&self) -> Sample {
        let dir = tempfile::tempdir().unwrap();
        copy_dir(self.path(), dir.path());
        Sample { dir, head: self.head, texts: self.texts.clone() }
    }

    fn segments(&self) -> Vec<PathBuf> {
        let all = files(self.path()).into_keys();
        all.filter(|path| path.extension().is_some_and(|ending| ending == "seg")).collect()
    }

    fn change(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(path).unwrap();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
    }

    fn repair(&self, dry_run: bool) -> Result<RepairReport, OpenError> {
        let options = RepairOptions { dry_run, local: small_segments() };
        repair_folder(self.path(), &options, |_| {})
    }

    /// Repairs it after a rehearsal that must change nothing and tell the same. Then the log must be
    /// what it was, and a second repair must leave it to the byte.
    fn is_restored(&self, case: &str) -> Vec<Mended> {
        let before = files(self.path());
        let dry = self.repair(true).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert!(files(self.path()) == before, "{case}: a dry run changed the folder");
        let done = self.repair(false).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(dry, done, "{case}: the dry run told something else");
        assert_eq!((done.head, done.commits), (self.head, 7), "{case}");

        let deep = VerifyOptions { deep: true, against: None };
        let report = verify_folder_as(self.path(), &deep, |_| {}).unwrap();
        assert!(report.is_sound(), "{case}: {:?}", report.faults);
        assert_eq!(report.index, IndexReport::Agrees, "{case}");

        let before = files(self.path());
        let again = self.repair(false).unwrap();
        assert_eq!((again.head, again.mended), (self.head, vec![]), "{case}");
        assert!(files(self.path()) == before, "{case}: a sound folder was changed");

        let log = Log::open(self.path(), small_segments()).unwrap();
        assert_eq!(log.mended(), [], "{case}");
        assert_eq!((log.head(), texts_after(&log, 0)), (self.head, self.texts.clone()), "{case}");
        done.mended
    }

    /// Repairs in vain, and tells which events are said to be lost. Nothing may have changed.
    fn is_refused(&self) -> (u64, u64, String) {
        let before = files(self.path());
        let mut told = Vec::new();
        for dry_run in [true, false] {
            match self.repair(dry_run) {
                Err(OpenError::Lost { first, last, what, folder }) => {
                    assert_eq!(folder, self.path());
                    told.push((first.get(), last.get(), what));
                }
                other => panic!("{other:?}"),
            }
            assert!(files(self.path()) == before, "refusing changed something");
        }
        assert_eq!(told[0], told[1]);
        told.remove(0)
    }

    fn index(&self) -> sled::Db {
        sled::open(self.path().join("index")).unwrap()
    }

    /// Takes the block that begins at an event out of the index.
    fn lose_block(&self, first: u64) {
        let db = self.index();
        let key = [&first.to_be_bytes()[..], &[0, 0]].concat();
        assert!(db.open_tree("blocks").unwrap().remove(key).unwrap().is_some());
        // So that opening does not read it to find its entities.
        let head = self.head.seq.get().to_be_bytes();
        db.open_tree("meta").unwrap().insert("entities", &head).unwrap();
        db.flush().unwrap();
    }
}

/// Every file under a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    all
}

fn flip_text(bytes: &mut [u8], text: &str) {
    let at = bytes.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
    bytes[at] ^= 1;
}

type Hurt = fn(&mut Vec<u8>, usize);

/// Ways to hurt a file at a place.
const HURTS: [(&str, Hurt); 4] = [
    ("flip", |bytes, at| bytes[at] ^= 0x40),
    ("cut", Vec::truncate),
    ("zero from", |bytes, at| bytes[at..].fill(0)),
    ("put in", |bytes, at| bytes.insert(at, 7)),
];

#[tokio::test]
async fn promise_7_a_journal_hurt_anywhere_comes_back_from_the_index() {
    let whole = sample().await;
    let segments = whole.segments();
    assert!(segments.len() >= 3);
    for file in &segments {
        let name = file.file_name().unwrap();
        for at in (5..fs::read(file).unwrap().len()).step_by(211) {
            for (what, hurt) in HURTS {
                let sample = whole.copy();
                sample.change(&sample.path().join("journal").join(name), |bytes| hurt(bytes, at));
                let case = format!("{what} {} {at}", name.display());
                let mended = sample.is_restored(&case);
                assert!(
                    mended.iter().any(|one| matches!(one, Mended::SegmentRefilled { .. })),
                    "{case}: {mended:?}"
                );
            }
        }
        let sample = whole.copy();
        fs::remove_file(sample.path().join("journal").join(name)).unwrap();
        sample.is_restored(&format!("without {}", name.display()));
    }
}

#[tokio::test]
async fn a_byte_flipped_inside_a_finished_segment_is_mended_and_the_old_file_kept() {
    let sample = sample().await;
    let segment = sample.segments().remove(0);
    sample.change(&segment, |bytes| flip_text(bytes, "text 1"));
    let hurt = fs::read(&segment).unwrap();
    match &sample.is_restored("flip")[..] {
        [Mended::SegmentRefilled { segment: told, first, set_aside: Some(aside), .. }] => {
            assert_eq!((told, first.get()), (&segment, 1));
            assert_eq!(fs::read(aside).unwrap(), hurt);
        }
        other => panic!("{other:?}"),
    }
    // A second hurt finds the first one's name taken.
    sample.change(&segment, |bytes| flip_text(bytes, "text 0"));
    match &sample.is_restored("second flip")[..] {
        [Mended::SegmentRefilled { set_aside: Some(aside), .. }] => {
            assert!(aside.to_string_lossy().ends_with("damaged-2"), "{}", aside.display());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn promise_7_an_index_hurt_in_any_entry_is_built_anew() {
    let whole = sample().await;
    let entry = |tree: &str, change: fn(&sled::Tree)| {
        let sample = whole.copy();
        let db = sample.index();
        change(&db.open_tree(tree).unwrap());
        let head = sample.head.seq.get().to_be_bytes();
        db.open_tree("meta").unwrap().insert("entities", &head).unwrap();
        db.flush().unwrap();
        drop(db);
        sample
    };
    let remove_one = |tree: &sled::Tree| {
        let (key, _) = tree.first().unwrap().unwrap();
        tree.remove(key).unwrap();
    };
    let point_elsewhere = |tree: &sled::Tree| {
        let (key, mut value) = tree.first().unwrap().unwrap();
        let at = value.len() - 1;
        value[at] ^= 2;
        tree.insert(key, value).unwrap();
    };
    let add_one = |tree: &sled::Tree| {
        let (mut key, value) = tree.last().unwrap().unwrap();
        key[3] ^= 1;
        tree.insert(key, value).unwrap();
    };
    for (tree, change) in [
        ("blocks", remove_one as fn(&sled::Tree)),
        ("commits", remove_one),
        ("commits", point_elsewhere),
        ("commits", add_one),
        ("keys", remove_one),
        ("keys", point_elsewhere),
        ("keys", add_one),
        ("time", remove_one),
        ("time", add_one),
    ] {
        let sample = entry(tree, change);
        let mended = sample.is_restored(tree);
        assert!(
            matches!(&mended[..], [Mended::IndexRebuilt { set_aside: Some(_), .. }]),
            "{tree}: {mended:?}"
        );
    }
    let blob = whole.copy();
    fs::create_dir_all(blob.path().join("index/blobs")).unwrap();
    fs::write(blob.path().join("index/blobs/17"), "x").unwrap();
    assert!(matches!(blob.is_restored("blob")[..], [Mended::IndexRebuilt { .. }]));

    let gone = whole.copy();
    fs::remove_dir_all(gone.path().join("index")).unwrap();
    let mended = gone.is_restored("no index");
    assert_eq!(mended, [Mended::IndexCaughtUp { from: Seq::ZERO, to: gone.head.seq }]);
}

#[tokio::test]
async fn promise_7_sled_files_hurt_anywhere_never_cost_a_commit() {
    let whole = sample().await;
    let db = whole.path().join("index/db");
    let used = fs::read(&db).unwrap().iter().rposition(|byte| *byte != 0).unwrap();
    for at in (0..used).step_by(used / 9) {
        for (what, hurt) in HURTS {
            let sample = whole.copy();
            sample.change(&sample.path().join("index/db"), |bytes| hurt(bytes, at));
            sample.is_restored(&format!("{what} index/db {at}"));
        }
    }
}

#[tokio::test]
async fn head_is_written_again() {
    let whole = sample().await;
    for hurt in [true, false] {
        let sample = whole.copy();
        let head = sample.path().join("HEAD");
        if hurt { fs::write(&head, "no head") } else { fs::remove_file(&head) }.unwrap();
        assert_eq!(sample.is_restored("HEAD"), [Mended::HeadRewritten]);
    }
}

#[tokio::test]
async fn promise_7_what_both_copies_lost_is_refused_with_its_range() {
    let whole = sample().await;
    for commit in 0..7_u64 {
        let sample = whole.copy();
        let first = commit * 2 + 1;
        let text = format!("text {commit}");
        for segment in sample.segments() {
            let bytes = fs::read(&segment).unwrap();
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                sample.change(&segment, |bytes| flip_text(bytes, &text));
            }
        }
        sample.lose_block(first);
        let (from, upto, what) = sample.is_refused();
        assert_eq!((from, upto), (first, first + 1), "commit {commit}: {what}");
    }
    // Two places: the first is named as the range, the second in words.
    let sample = whole.copy();
    let segment = sample.segments().remove(0);
    sample.change(&segment, |bytes| {
        flip_text(bytes, "text 0");
        flip_text(bytes, "text 2");
    });
    for first in [1, 5] {
        sample.lose_block(first);
    }
    let (from, upto, what) = sample.is_refused();
    assert_eq!((from, upto), (1, 2), "{what}");
    assert!(what.contains("events 5 to 6 are lost too"), "{what}");
}

#[tokio::test]
async fn an_index_is_given_up_only_after_it_gave_what_the_journal_lost() {
    // By opening, by which the inside of a finished segment is not read as a rule.
    let sample = sample().await;
    let segment = sample.segments().remove(0);
    sample.change(&segment, |bytes| flip_text(bytes, "text 1"));
    sample.lose_block(13);
    let log = Log::open(sample.path(), small_segments()).unwrap();
    assert_eq!((log.head(), texts_after(&log, 0)), (sample.head, sample.texts.clone()));
    assert!(
        matches!(log.mended(), [Mended::SegmentRefilled { .. }, Mended::IndexRebuilt { .. }]),
        "{:?}",
        log.mended()
    );
    drop(log);
    assert_eq!(sample.repair(false).unwrap().mended, []);
}

#[tokio::test]
async fn a_refusal_leaves_segments_that_could_be_mended_as_they_are() {
    let sample = sample().await;
    let segments = sample.segments();
    sample.change(&segments[0], |bytes| bytes.truncate(100));
    sample.change(segments.last().unwrap(), |bytes| flip_text(bytes, "text 6"));
    sample.lose_block(13);
    let journal = sample.path().join("journal");
    let before = files(&journal);
    assert!(matches!(
        Log::open(sample.path(), small_segments()),
        Err(OpenError::Lost { first, .. }) if first.get() == 13
    ));
    assert!(files(&journal) == before, "opening changed the journal");
}

#[tokio::test]
async fn repair_goes_on_where_an_earlier_one_was_killed() {
    let sample = sample().await;
    let segments = sample.segments();
    let hurt = fs::read(&segments[0]).unwrap();
    for segment in &segments[..2] {
        sample.change(segment, |bytes| bytes.truncate(100));
    }
    // As if it had died with one segment half written beside its place, and the other one's old
    // file kept but not replaced yet.
    fs::write(segments[0].with_extension("mending"), &hurt[..80]).unwrap();
    let aside = format!("{}.damaged-1", segments[1].display());
    fs::hard_link(&segments[1], aside).unwrap();
    let mended = sample.is_restored("killed");
    assert_eq!(mended.len(), 2, "{mended:?}");
    assert!(!segments[0].with_extension("mending").exists());
}

#[tokio::test]
async fn nothing_is_made_where_there_is_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let options = RepairOptions { dry_run: false, local: small_segments() };
    for path in [dir.path().join("absent"), dir.path().to_owned()] {
        let report = repair_folder(&path, &options, |_| {}).unwrap();
        assert_eq!((report.head, report.mended), (Head::EMPTY, vec![]));
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    let log = Log::open(dir.path(), small_segments()).unwrap();
    for dry_run in [true, false] {
        let options = RepairOptions { dry_run, ..options.clone() };
        let told = repair_folder(dir.path(), &options, |_| {});
        assert!(matches!(told, Err(OpenError::Locked { .. })), "{told:?}");
    }
    drop(log);
}
