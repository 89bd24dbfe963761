//! Checking everything that is stored, without changing any of it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::backend::Backend;
use crate::backend::local::head::{self, Found};
use crate::backend::local::index::Index;
use crate::backend::local::lock::FolderLock;
use crate::backend::local::{INDEX_NAME, LocalOptions, journal};
use crate::checkpoint::Checkpoint;
use crate::disk::real::RealDisk;
use crate::disk::{self, Disk};
use crate::error::{OpenError, ReadError};
use crate::position::{Head, Seq};
use crate::read::{Core, Cursor};

mod against;
mod beside;
mod deep;
mod walk;

pub use against::Against;
use against::Comparison;
pub use beside::verify_beside;
use walk::{Asked, Checked, Walk};

/// The most faults that are listed; the others are counted.
const MAX_FAULTS: usize = 100;

/// How thoroughly to check, and against what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyOptions {
    /// Compare the index's entries of entities and times too, and look for entries that no commit
    /// explains. Takes about twice as long.
    pub deep: bool,
    /// A checkpoint of this log's past, its signature checked by the caller.
    pub against: Option<Checkpoint>,
}

/// How far a check has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The event.
    pub seq: Seq,
    /// Bytes of the journal that were read.
    pub bytes: u64,
    /// Bytes of the journal as it was at the beginning; zero for a log in memory.
    pub of_bytes: u64,
}

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
    /// How the log compares with the checkpoint, if there was one to compare with.
    pub against: Option<Against>,
    /// A piece of a commit at the end that was never acknowledged. It is no damage; opening the log
    /// cuts it.
    pub torn_tail: Option<TornTail>,
    /// Everything that is not as it was written; at most 100.
    pub faults: Vec<Fault>,
    /// How many faults there are.
    pub fault_count: u64,
}

impl VerifyReport {
    /// Tells whether everything acknowledged is there, whole, in order and in both copies. Nothing
    /// is said here of a checkpoint; see [`against`](VerifyReport::against).
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
            against: None,
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
    /// It is gone, so all commits stand in the journal alone. Opening builds it anew.
    Missing,
    /// It differs or would not open; see the faults.
    Differs,
    /// Another process works with it, so it was not looked at.
    InUse,
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
/// As [`verify_folder_as`] with the plain options.
///
/// # Errors
///
/// Fails if the folder is in use or cannot be read. Damage is no error; it is in the report.
pub fn verify_folder(
    folder: &Path,
    progress: impl FnMut(Reached),
) -> Result<VerifyReport, OpenError> {
    verify_folder_as(folder, &VerifyOptions::default(), progress)
}

/// Checks the log in a folder that nobody has open, without changing anything in it.
///
/// Reads everything: checksums, hashes, links and positions of the journal, HEAD, and the index
/// against the journal. sled cannot be opened without being changed, so a copy of the index is made
/// in the system's temporary folder, which must have room for it. `progress` is told each event
/// that was reached.
///
/// An empty, absent or never completed folder is a sound log that holds nothing. A missing index
/// or HEAD beside commits is a fault, though opening brings it back: a copy is lost.
///
/// # Errors
///
/// Fails if the folder is in use or cannot be read. Damage is no error; it is in the report.
pub fn verify_folder_as(
    folder: &Path,
    options: &VerifyOptions,
    mut progress: impl FnMut(Reached),
) -> Result<VerifyReport, OpenError> {
    if folder.exists() && !folder.is_dir() {
        return Err(OpenError::NotAFolder { path: folder.to_owned() });
    }
    if !folder.exists() {
        let against = Comparison::new(options.against).outcome(Seq::ZERO, |_| false);
        return Ok(VerifyReport { against, ..VerifyReport::empty() });
    }
    let _lock = FolderLock::shared(folder)?;
    let head_path = folder.join(head::FILE_NAME);
    let found =
        head::read(&RealDisk, &head_path).map_err(|error| OpenError::io(&head_path, error))?;
    if let Found::Newer(format) = found {
        return Err(head::too_new(&head_path, format));
    }
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
    let asked = Asked { options, head: found, upto: None };
    let report = Walk::new(asked, checked, &mut progress)
        .run(&RealDisk, &journal_folder)
        .map_err(|(path, error)| OpenError::io(&path, error))?;
    if let Some(Ok(index)) = index {
        // The copy is thrown away, so how it closes does not matter.
        index.close().ok();
    }
    Ok(report)
}

/// Compares an index with the journal of a folder that is being mended.
pub(crate) fn compare_index(
    disk: &dyn Disk,
    journal_folder: &Path,
    head: Found,
    index: &Index,
    progress: &mut dyn FnMut(Reached),
) -> Result<VerifyReport, OpenError> {
    let options = VerifyOptions { deep: true, against: None };
    let asked = Asked { options: &options, head, upto: None };
    let walked = Walk::new(asked, Checked::Against(index), progress).run(disk, journal_folder);
    walked.map_err(|(path, error)| OpenError::io(&path, error))
}

/// Checks an open log up to its head.
pub(crate) fn verify(
    core: &Arc<Core>,
    options: &VerifyOptions,
    mut progress: impl FnMut(Reached),
) -> Result<VerifyReport, ReadError> {
    let upto = core.standing().head;
    match &core.backend {
        Backend::Memory(_) => verify_memory(core, upto, options, progress),
        Backend::Local(local) => {
            let head_path = local.folder().join(head::FILE_NAME);
            let found = match head::read(local.disk(), &head_path) {
                // A slot that is being written while it is read is no fault.
                Ok(Found::Damaged) => head::read(local.disk(), &head_path),
                other => other,
            };
            let head = found.map_err(|error| ReadError::io(&head_path, error))?;
            let journal_folder = local.folder().join(journal::FOLDER_NAME);
            let asked = Asked { options, head, upto: Some(upto) };
            Walk::new(asked, Checked::Against(local.index()), &mut progress)
                .run(local.disk(), &journal_folder)
                .map_err(|(path, error)| ReadError::io(&path, error))
        }
    }
}

fn verify_memory(
    core: &Arc<Core>,
    upto: Head,
    options: &VerifyOptions,
    mut progress: impl FnMut(Reached),
) -> Result<VerifyReport, ReadError> {
    let mut report = VerifyReport::empty();
    let mut against = Comparison::new(options.against);
    let mut cursor = Cursor::new(Arc::clone(core), Seq::ZERO);
    while let Some(commit) = cursor.next(upto)? {
        report.commits += 1;
        report.events += commit.records.len() as u64;
        report.head = commit.head();
        against.pass(&commit);
        progress(Reached { seq: commit.last(), bytes: 0, of_bytes: 0 });
    }
    report.against = against.outcome(report.head.seq, |_| false);
    Ok(report)
}
