use std::fs;
use std::path::Path;

use store::{Head, Log, OpenError, Part, verify_folder};

use crate::support::{copy_dir, keyed, small_segments, texts_after};

/// The files of a small closed log, to be laid out again for each case.
struct Master {
    dir: tempfile::TempDir,
    head: Head,
    texts: Vec<(u64, Vec<String>)>,
}

async fn master() -> Master {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), small_segments()).unwrap();
    for at in 0..6 {
        let (key, text) = (format!("key {at}"), format!("text {at} {}", "y".repeat(120)));
        log.append(None, keyed(&key, &[&text])).await.unwrap();
    }
    let (head, texts) = (log.head(), texts_after(&log, 0));
    log.close().await.unwrap();
    Master { dir, head, texts }
}

impl Master {
    fn lay_out(&self, with_index: bool) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        copy_dir(self.dir.path(), dir.path());
        if !with_index {
            fs::remove_dir_all(dir.path().join("index")).unwrap();
        }
        dir
    }

    /// Either all is there, or the log refuses. Never less, never other, never a panic.
    fn is_whole_or_refused(&self, dir: &Path, case: &str) -> bool {
        match Log::open(dir, small_segments()) {
            Ok(log) => {
                assert_eq!(log.head(), self.head, "{case}: {:?}", log.mended());
                match log.read(store::Seq::ZERO).collect::<Result<Vec<_>, _>>() {
                    Ok(_) => assert_eq!(texts_after(&log, 0), self.texts, "{case}"),
                    // Damage inside a finished segment is not looked for at open.
                    Err(error) => panic!("{case}: {error}"),
                }
                true
            }
            Err(OpenError::Lost { .. } | OpenError::Contradiction { .. }) => false,
            Err(other) => panic!("{case}: {other}"),
        }
    }
}

fn segments(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir.join("journal")).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| format!("journal/{}", entry.unwrap().file_name().display())).collect();
    names.sort();
    names
}

type Hurt = fn(&mut Vec<u8>, usize);

/// Ways to hurt a file at a place.
const HURTS: [(&str, Hurt); 4] = [
    ("flip", |bytes, at| bytes[at] ^= 0x40),
    ("cut", Vec::truncate),
    ("zero from", |bytes, at| bytes[at..].fill(0)),
    ("take out", |bytes, at| {
        bytes.remove(at);
    }),
];

#[tokio::test]
async fn a_hurt_journal_is_mended_from_the_index_wherever_it_is_hurt() {
    let master = master().await;
    for file in segments(master.dir.path()) {
        let whole = fs::read(master.dir.path().join(&file)).unwrap();
        for at in (0..whole.len()).step_by(83) {
            for (name, hurt) in HURTS {
                let dir = master.lay_out(true);
                let mut bytes = whole.clone();
                hurt(&mut bytes, at);
                fs::write(dir.path().join(&file), bytes).unwrap();
                let case = format!("{name} {file} {at}");
                assert!(master.is_whole_or_refused(dir.path(), &case), "{case}: refused");
            }
        }
    }
}

#[tokio::test]
async fn a_hurt_journal_without_an_index_never_opens_shorter() {
    let master = master().await;
    let (mut mended, mut refused) = (0, 0);
    for file in segments(master.dir.path()) {
        let whole = fs::read(master.dir.path().join(&file)).unwrap();
        for at in (3..whole.len()).step_by(83) {
            for (name, hurt) in HURTS {
                let dir = master.lay_out(false);
                let mut bytes = whole.clone();
                hurt(&mut bytes, at);
                fs::write(dir.path().join(&file), bytes).unwrap();
                let case = format!("{name} {file} {at}");
                let report = verify_folder(dir.path(), |_| {}).unwrap();
                let found = report.faults.iter().any(|fault| fault.part == Part::Journal);
                assert!(found, "{case}: verify finds only {:?}", report.faults);
                match master.is_whole_or_refused(dir.path(), &case) {
                    true => mended += 1,
                    false => refused += 1,
                }
            }
        }
    }
    assert!(refused > mended, "{refused} refused, {mended} opened whole");
}

#[tokio::test]
async fn a_hurt_head_never_makes_the_log_other_than_it_is() {
    let master = master().await;
    let whole = fs::read(master.dir.path().join("HEAD")).unwrap();
    for at in (0..whole.len()).step_by(17) {
        for (name, hurt) in HURTS {
            let dir = master.lay_out(true);
            let mut bytes = whole.clone();
            hurt(&mut bytes, at);
            fs::write(dir.path().join("HEAD"), bytes).unwrap();
            let case = format!("{name} HEAD {at}");
            assert!(master.is_whole_or_refused(dir.path(), &case), "{case}: refused");
        }
    }
}
