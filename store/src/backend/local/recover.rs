//! Opening a folder: compare HEAD, journal and index; go on, mend, or refuse.
//!
//! Invariants, each named by a test in `tests/recovery.rs`:
//! 1. The log that opens holds every event up to HEAD, up to the index's standing, and up to what a
//!    later group in the journal proves; or it does not open, and the error names the events.
//! 2. Only bytes behind all of these are ever cut, and that is told.
//! 3. A damaged segment is written anew from its own whole commits and from the index; the old file
//!    is kept. The index is built anew only when the journal is whole.
//! 4. Opening twice gives the same log as opening once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::super::standing::Standing;
use super::head::{self, Found, HeadFile};
use super::index::{self, Index};
use super::journal::{self, Journal};
use super::lock::FolderLock;
use super::room::Room;
use super::{INDEX_NAME, Local, LocalOptions, LocalSink, Mended};
use crate::disk::{self, Disk, Kind};
use crate::error::OpenError;
use crate::log::FIRST_EPOCH;

mod refill;
mod replay;
mod segments;

/// Why an index cannot be used that was never made, or was removed.
const NO_INDEX: &str = "there is none";
/// With less room than this, it is not the index's fault that it does not open.
const SLED_NEEDS_BYTES: u64 = 4 << 20;

/// A folder that was opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) local: Arc<Local>,
    pub(crate) sink: LocalSink,
    pub(crate) standing: Standing,
    pub(crate) epoch: u32,
    pub(crate) mended: Vec<Mended>,
}

/// What is known while a folder is being opened.
struct Opening<'a> {
    disk: Arc<dyn Disk>,
    folder: &'a Path,
    journal: PathBuf,
    options: &'a LocalOptions,
    epoch: u32,
    /// What HEAD says; the empty standing when it says nothing.
    bound: Standing,
    /// The index and its standing, or why it cannot be used.
    index: Result<(Index, Standing), String>,
    mended: Vec<Mended>,
}

/// Opens a folder as a log, making it if it is not there.
pub(crate) fn open(
    disk: Arc<dyn Disk>,
    folder: &Path,
    options: &LocalOptions,
) -> Result<Opened, OpenError> {
    let kind = disk.kind(folder).map_err(|error| OpenError::io(folder, error))?;
    if kind == Some(Kind::File) {
        return Err(OpenError::NotAFolder { path: folder.to_owned() });
    }
    let journal_folder = folder.join(journal::FOLDER_NAME);
    for path in [folder, &journal_folder] {
        disk::create_dir(disk.as_ref(), path).map_err(|error| OpenError::io(path, error))?;
    }
    let lock = FolderLock::exclusive(folder)?;
    let head_path = folder.join(head::FILE_NAME);
    let found =
        head::read(disk.as_ref(), &head_path).map_err(|error| OpenError::io(&head_path, error))?;
    let (epoch, bound) = match found {
        Found::Bound(bound) => (bound.epoch, bound.standing),
        Found::Absent | Found::Damaged => (FIRST_EPOCH, Standing::default()),
    };
    // An index that somebody else holds is not a damaged one.
    let index_path = folder.join(INDEX_NAME);
    index::wait_until_free(&index_path)
        .map_err(|what| OpenError::Index { folder: folder.to_owned(), what })?;
    let index_kind = disk.kind(&index_path).map_err(|error| OpenError::io(&index_path, error))?;
    // One that is not there is made only once the journal is whole, so that refusing makes nothing.
    let index = match index_kind {
        Some(_) => open_index(&disk, &index_path, options)?,
        None => Err(String::from(NO_INDEX)),
    };
    let mut opening = Opening {
        disk: Arc::clone(&disk),
        folder,
        journal: journal_folder,
        options,
        epoch,
        bound,
        index,
        mended: Vec::new(),
    };
    let (journal, standing) = opening.open_journal()?;
    let index = opening.bring_up_index(standing)?;
    let mut head = HeadFile::open(disk.as_ref(), &head_path, found, opening.epoch)
        .map_err(|error| OpenError::io(&head_path, error))?;
    head.write(standing).map_err(|error| OpenError::io(&head_path, error))?;
    if !matches!(found, Found::Bound(_)) && standing.commits > 0 {
        opening.mended.push(Mended::HeadRewritten);
    }
    let Opening { mended, epoch, .. } = opening;
    for note in &mended {
        tracing::warn!(folder = %folder.display(), "{note}");
    }
    let room = Room::new(Arc::clone(&disk), folder.to_owned(), options.min_free_bytes);
    let meter = Arc::default();
    let local =
        Local { disk, folder: folder.to_owned(), index, meter, lock: Mutex::new(Some(lock)) };
    let local = Arc::new(local);
    let sink = LocalSink {
        local: Arc::clone(&local),
        journal,
        head,
        room,
        standing,
        head_interval: options.head_interval,
        head_written: Instant::now(),
        head_is_late: false,
        index_sync_due: false,
    };
    Ok(Opened { local, sink, standing, epoch, mended })
}

fn open_index(
    disk: &Arc<dyn Disk>,
    path: &Path,
    options: &LocalOptions,
) -> Result<Result<(Index, Standing), String>, OpenError> {
    let opened = Index::open(Arc::clone(disk), path, options).and_then(|index| {
        let standing = index.standing()?;
        Ok((index, standing))
    });
    // sled writes when it opens, so on a full disk a good index fails too.
    let is_full = |what: &String| {
        what.starts_with(index::DISK_FULL)
            || disk.free_bytes(path).is_ok_and(|free| free < SLED_NEEDS_BYTES)
    };
    match opened {
        Err(what) if is_full(&what) => Err(OpenError::DiskFull { path: path.to_owned(), what }),
        other => Ok(other),
    }
}

impl Opening<'_> {
    /// Opens the journal, whole up to everything that is known to have been acknowledged.
    fn open_journal(&mut self) -> Result<(Journal, Standing), OpenError> {
        let end = self.check_segments()?;
        let io = |error| OpenError::io(&self.journal, error);
        let size = self.options.segment_bytes;
        if end.bound_mismatch {
            let what = format!("HEAD names another commit at {} than the journal", self.bound.head);
            return Err(OpenError::Contradiction { folder: self.folder.to_owned(), what });
        }
        let disk = Arc::clone(&self.disk);
        let journal = match &end.last {
            Some((path, len)) => Journal::resume(disk, path, *len, self.epoch, size).map_err(io)?,
            None => {
                Journal::begin(disk, &self.journal, end.standing, self.epoch, size).map_err(io)?
            }
        };
        Ok((journal, end.standing))
    }

    /// Gives an index that stands where the journal does.
    fn bring_up_index(&mut self, end: Standing) -> Result<Index, OpenError> {
        let unusable = "it was given away already".to_owned();
        if self.index.as_ref().is_err_and(|why| why == NO_INDEX) {
            let path = self.folder.join(INDEX_NAME);
            self.index = open_index(&self.disk, &path, self.options)?;
        }
        let why = match std::mem::replace(&mut self.index, Err(unusable)) {
            Ok((index, standing)) => match self.replay(&index, standing, end)? {
                replay::Outcome::Agrees => {
                    if standing.head != end.head {
                        let (from, to) = (standing.head.seq, end.head.seq);
                        self.mended.push(Mended::IndexCaughtUp { from, to });
                    }
                    return Ok(index);
                }
                replay::Outcome::Contradicts(why) => {
                    // Its files are moved away next, so what it says on closing does not matter.
                    index.close().ok();
                    why
                }
            },
            Err(why) => why,
        };
        self.rebuild_index(why, end)
    }

    fn rebuild_index(&mut self, why: String, end: Standing) -> Result<Index, OpenError> {
        let path = self.folder.join(INDEX_NAME);
        let failed = |what: String| {
            if what.starts_with(index::DISK_FULL) {
                return OpenError::DiskFull { path: path.clone(), what };
            }
            OpenError::Index { folder: self.folder.to_owned(), what }
        };
        let io = |error| OpenError::io(&path, error);
        let set_aside = if self.disk.kind(&path).map_err(io)?.is_some() {
            let aside = disk::free_name(self.disk.as_ref(), &path, "damaged").map_err(io)?;
            self.disk.rename(&path, &aside).map_err(io)?;
            self.disk.sync_dir(self.folder).map_err(io)?;
            Some(aside)
        } else {
            None
        };
        let index = Index::open(Arc::clone(&self.disk), &path, self.options).map_err(failed)?;
        if let replay::Outcome::Contradicts(what) = self.replay(&index, Standing::default(), end)? {
            return Err(failed(what));
        }
        index.sync().map_err(failed)?;
        self.mended.push(Mended::IndexRebuilt { set_aside, why });
        Ok(index)
    }
}
