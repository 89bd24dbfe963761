use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use store::{CommitId, Head, LocalOptions, Log};
use uuid::Uuid;

use super::Other;
use super::classes::{Class, Hurt};
use crate::support::{PATIENCE, copy_dir, keyed, small_segments, texts_after};

/// What a hurt log must still hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) head: Head,
    pub(super) texts: Vec<(u64, Vec<String>)>,
}

/// The files of a small closed log, to be laid out again for each case.
pub(super) struct Master {
    pub(super) dir: tempfile::TempDir,
    pub(super) expected: Expected,
}

/// Three commits fill a segment.
pub(super) fn options() -> LocalOptions {
    small_segments()
}

impl Master {
    /// The same log, its finished segments packed.
    pub(super) fn packed(&self) -> Master {
        let dir = tempfile::tempdir().unwrap();
        copy_dir(self.path(), dir.path());
        let packing = LocalOptions { compress_finished: true, ..options() };
        let log = Log::open(dir.path(), packing).unwrap();
        let packed = Master { dir, expected: self.expected.clone() };
        let since = Instant::now();
        while packed.segments().iter().filter(|name| name.ends_with(".seg")).count() > 1 {
            assert!(since.elapsed() < PATIENCE, "nothing packs the segments");
            thread::sleep(Duration::from_millis(5));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(log.close()).unwrap();
        packed
    }

    pub(super) fn make() -> Master {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let expected = runtime.block_on(async {
            let log = Log::open(dir.path(), options()).unwrap();
            for at in 0..9_u128 {
                let (key, text) = (format!("key {at}"), format!("text {at} {}", "y".repeat(200)));
                let mut draft = keyed(&key, &[&text, "second"]);
                // The same bytes in every run, so that the table is the same.
                draft.id = CommitId::new(Uuid::from_u128(77 << 64 | at));
                log.append(None, draft).await.unwrap();
            }
            let expected = Expected { head: log.head(), texts: texts_after(&log, 0) };
            log.close().await.unwrap();
            expected
        });
        Master { dir, expected }
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The names of the segments, from the folder of the log.
    pub(super) fn segments(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path().join("journal")).unwrap();
        let name = |entry: std::io::Result<fs::DirEntry>| {
            format!("journal/{}", entry.unwrap().file_name().display())
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }

    /// A copy of the log, hurt; and the file that was changed with the bytes that it has now (`None`:
    /// it is gone). `None` when the hurt changes nothing.
    pub(super) fn lay_out(
        &self,
        class: &Class,
        hurt: Hurt,
        other: Other,
    ) -> Option<(tempfile::TempDir, Changed)> {
        let dir = tempfile::tempdir().unwrap();
        copy_dir(self.path(), dir.path());
        if other == Other::Gone {
            let gone = if class.path.starts_with("index") { "journal" } else { "index" };
            fs::remove_dir_all(dir.path().join(gone)).unwrap();
        }
        let changed = class.apply(hurt, dir.path())?;
        Some((dir, changed))
    }
}

/// A file and what it holds after it was hurt.
pub(super) type Changed = (String, Option<Vec<u8>>);
