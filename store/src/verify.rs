//! Checking everything that is stored, without changing any of it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::backend::Backend;
use crate::backend::local::head::{self, Found};
use crate::backend::local::index::Index;
use crate::backend::local::lock::FolderLock;
use crate::backend::local::{INDEX_NAME, LocalOptions, journal};
use crate::disk;
use crate::disk::real::RealDisk;
use crate::error::{OpenError, ReadError};
use crate::position::{Head, Seq};
use crate::read::{Core, Cursor};

mod walk;

use walk::{Checked, Walk};

/// The most faults that are listed; the others are counted.
const MAX_FAULTS: usize = 100;

/// What checking a log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    /// The last event that was reached.
    pub head: Head,
    /// Whole commits.
    pub commits: u64,
    /// Events in them.
    pub events: u64,
    /// Bytes of the journal that were read.
    pub journal_bytes: u64,
    /// How the queryable copy compares.
    pub index: IndexReport,
    /// A piece of a commit at the end that was never acknowledged. It is no damage; opening the log
    /// cuts it.
    pub torn_tail: Option<TornTail>,
    /// Everything that is not as it was written; at most 100.
    pub faults: Vec<Fault>,
    /// How many faults there are.
    pub fault_count: u64,
}

impl VerifyReport {
    /// Tells whether everything acknowledged is there, whole, in order and in both copies.
    pub fn is_sound(&self) -> bool {
        self.fault_count == 0
    }

    fn empty() -> VerifyReport {
        VerifyReport {
            head: Head::EMPTY,
            commits: 0,
            events: 0,
            journal_bytes: 0,
            index: IndexReport::Absent,
            torn_tail: None,
            faults: Vec::new(),
            fault_count: 0,
        }
    }

    fn fault(&mut self, part: Part, first: Seq, last: Seq, what: impl Into<String>) {
        self.fault_count += 1;
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault { part, first, last, what: what.into() });
        }
    }
}

/// How the index compares with the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexReport {
    /// There is none: the log is in memory, or nothing was ever written.
    Absent,
    /// It holds the same commits, ids and idempotency keys.
    Agrees,
    /// It ends earlier, as after a crash; what it holds was compared. Opening brings it up.
    Behind {
        /// Its last event.
        at: Seq,
    },
    /// It differs, is missing or would not open; see the faults.
    Differs,
}

/// A piece of a commit that was never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The segment.
    pub segment: PathBuf,
    /// Where it begins, in bytes.
    pub at: u64,
    /// Its length, in bytes.
    pub bytes: u64,
}

/// A part of a stored log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The segment files.
    Journal,
    /// The queryable copy.
    Index,
    /// The lower bound.
    Head,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Journal => "journal",
            Part::Index => "index",
            Part::Head => "HEAD",
        })
    }
}

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub part: Part,
    /// The first event that is concerned.
    pub first: Seq,
    /// The last event that is concerned.
    pub last: Seq,
    /// What was found.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: events {} to {}: {}", self.part, self.first, self.last, self.what)
    }
}

/// Checks the log in a folder that nobody has open, without changing anything in it.
///
/// Reads everything: checksums, hashes, links and positions of the journal, HEAD, and the index
/// against the journal. sled cannot be opened without being changed, so a copy of the index is made
/// in the system's temporary folder, which must have room for it. Entity and time entries of the
/// index are not compared. `progress` is told each event that was reached.
///
/// An empty, absent or never completed folder is a sound log that holds nothing.
///
/// # Errors
///
/// Fails if the folder is in use or cannot be read. Damage is no error; it is in the report.
pub fn verify_folder(
    folder: &Path,
    mut progress: impl FnMut(Seq),
) -> Result<VerifyReport, OpenError> {
    if !folder.exists() {
        return Ok(VerifyReport::empty());
    }
    if !folder.is_dir() {
        return Err(OpenError::NotAFolder { path: folder.to_owned() });
    }
    let _lock = FolderLock::shared(folder)?;
    let head_path = folder.join(head::FILE_NAME);
    let found =
        head::read(&RealDisk, &head_path).map_err(|error| OpenError::io(&head_path, error))?;
    let scratch = tempfile::tempdir();
    let scratch = scratch.map_err(|error| OpenError::io(&std::env::temp_dir(), error))?;
    let index_path = folder.join(INDEX_NAME);
    let index = if index_path.exists() {
        let copied = disk::copy_dir(&index_path, scratch.path());
        copied.map_err(|error| OpenError::io(&index_path, error))?;
        Some(Index::open(Arc::new(RealDisk), scratch.path(), &LocalOptions::default()))
    } else {
        None
    };
    let checked = match &index {
        Some(Ok(index)) => Checked::Against(index),
        Some(Err(why)) => Checked::Unusable(why),
        None => Checked::Missing,
    };
    let journal_folder = folder.join(journal::FOLDER_NAME);
    let report = Walk::new(checked, found, None, &mut progress)
        .run(&RealDisk, &journal_folder)
        .map_err(|(path, error)| OpenError::io(&path, error))?;
    if let Some(Ok(index)) = index {
        // The copy is thrown away, so how it closes does not matter.
        index.close().ok();
    }
    Ok(report)
}

/// Checks an open log up to its head.
pub(crate) fn verify(
    core: &Arc<Core>,
    mut progress: impl FnMut(Seq),
) -> Result<VerifyReport, ReadError> {
    let upto = core.standing().head;
    match &core.backend {
        Backend::Memory(_) => {
            let mut report = VerifyReport::empty();
            let mut cursor = Cursor::new(Arc::clone(core), Seq::ZERO);
            while let Some(commit) = cursor.next(upto)? {
                report.commits += 1;
                report.events += commit.records.len() as u64;
                report.head = commit.head();
                progress(commit.last());
            }
            Ok(report)
        }
        Backend::Local(local) => {
            let head_path = local.folder().join(head::FILE_NAME);
            let found = match head::read(local.disk(), &head_path) {
                // A slot that is being written while it is read is no fault.
                Ok(Found::Damaged) => head::read(local.disk(), &head_path),
                other => other,
            };
            let found = found.map_err(|error| ReadError::io(&head_path, error))?;
            let journal_folder = local.folder().join(journal::FOLDER_NAME);
            Walk::new(Checked::Against(local.index()), found, Some(upto), &mut progress)
                .run(local.disk(), &journal_folder)
                .map_err(|(path, error)| ReadError::io(&path, error))
        }
    }
}
