//! Opening a folder: compare HEAD, journal and index; go on, mend, or refuse.
//!
//! Invariants, each named by a test in `tests/recovery.rs`:
//! 1. The log that opens holds every event up to HEAD, up to the index's standing, and up to what a
//!    later group in the journal proves; or it does not open, and the error names the events.
//! 2. Only bytes behind all of these are ever cut, and that is told.
//! 3. A damaged segment is written anew from its own whole commits and from the index; the old file
//!    is kept. All of them are written before the first takes its place, so a refusal changes
//!    nothing. The index is given up only when every byte of the journal was read and is whole.
//! 4. Opening twice gives the same log as opening once, wherever the first time was cut short.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::super::standing::Standing;
use super::head::{self, Found, HeadFile};
use super::index::{self, Index};
use super::journal::{self, Journal};
use super::lock::FolderLock;
use super::packer::Packer;
use super::room::Room;
use super::scrub::{self, Scrub};
use super::{INDEX_NAME, Local, LocalOptions, LocalSink, Mended};
use crate::disk::{self, Disk, Kind};
use crate::error::OpenError;
use crate::log::FIRST_EPOCH;
use crate::verify::{self, Part, Reached};

mod forms;
mod pending;
mod refill;
mod replay;
mod segments;

use pending::Pending;
use segments::End;

/// Why an index cannot be used that was never made, or was removed.
const NO_INDEX: &str = "there is none";
/// With less room than this, it is not the index's fault that it does not open.
const SLED_NEEDS_BYTES: u64 = 4 << 20;

/// How much of the journal is read before it is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// The ends of finished segments, and all of the last one: fast, whatever the size.
    Ends,
    /// Every byte, and every entry of the index against it.
    All,
}

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
    care: Care,
    /// Every entry of the index is compared too.
    deep: bool,
    /// What is ready to be done to the journal's files once nothing can be refused any more.
    pending: Vec<Pending>,
    mended: Vec<Mended>,
    progress: &'a mut dyn FnMut(Reached),
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
    disk::create_dir(disk.as_ref(), folder).map_err(|error| OpenError::io(folder, error))?;
    let lock = FolderLock::exclusive(folder)?;
    let opened = open_locked(disk, folder, options, Care::Ends, lock, &mut |_| {})?;
    for note in &opened.mended {
        match note {
            // So it goes after every crash, and for a log that was imported or restored.
            Mended::IndexCaughtUp { .. } => tracing::info!(folder = %folder.display(), "{note}"),
            _ => tracing::warn!(folder = %folder.display(), "{note}"),
        }
    }
    Ok(opened)
}

/// Opens a folder that is held already.
pub(crate) fn open_locked(
    disk: Arc<dyn Disk>,
    folder: &Path,
    options: &LocalOptions,
    care: Care,
    lock: FolderLock,
    progress: &mut dyn FnMut(Reached),
) -> Result<Opened, OpenError> {
    let head_path = folder.join(head::FILE_NAME);
    let (found, epoch, bound) = read_head(disk.as_ref(), &head_path)?;
    let journal_folder = folder.join(journal::FOLDER_NAME);
    disk::create_dir(disk.as_ref(), &journal_folder)
        .map_err(|error| OpenError::io(&journal_folder, error))?;
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
        care,
        deep: care == Care::All,
        pending: Vec::new(),
        mended: Vec::new(),
        progress,
    };
    let end = opening.check_journal()?;
    let standing = end.standing;
    let index = opening.bring_up_index(found, standing)?;
    let journal = opening.open_journal(&end)?;
    let mut head = HeadFile::open(disk.as_ref(), &head_path, found, opening.epoch)
        .map_err(|error| OpenError::io(&head_path, error))?;
    head.write(standing).map_err(|error| OpenError::io(&head_path, error))?;
    if !matches!(found, Found::Bound(_)) && standing.commits > 0 {
        opening.mended.push(Mended::HeadRewritten);
    }
    let Opening { mended, epoch, .. } = opening;
    let room = Room::new(Arc::clone(&disk), folder.to_owned(), options.min_free_bytes);
    let local = Arc::new(Local {
        disk,
        folder: folder.to_owned(),
        index,
        meter: Arc::default(),
        lock: Mutex::new(Some(lock)),
        scrub: scrub::Counts::default(),
    });
    // What was opened to be mended is closed at once.
    let is_to_stay = care == Care::Ends;
    let scrub = if is_to_stay { Scrub::start(&local, options) } else { None };
    let packer = (is_to_stay && options.compress_finished).then(|| {
        let journal = local.folder().join(journal::FOLDER_NAME);
        Packer::start(&local.disk, &journal, options.min_free_bytes)
    });
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
        scrub,
        packer,
    };
    Ok(Opened { local, sink, standing, epoch, mended })
}

/// Reads HEAD before anything is made or written: what was found, the epoch and the bound it gives.
fn read_head(disk: &dyn Disk, path: &Path) -> Result<(Found, u32, Standing), OpenError> {
    let found = head::read(disk, path).map_err(|error| OpenError::io(path, error))?;
    match found {
        Found::Bound(bound) => Ok((found, bound.epoch, bound.standing)),
        Found::Absent | Found::Damaged => Ok((found, FIRST_EPOCH, Standing::default())),
        Found::Newer(format) => Err(head::too_new(path, format)),
    }
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
    /// Makes the journal whole up to everything that is known to have been acknowledged, or refuses
    /// and changes nothing.
    fn check_journal(&mut self) -> Result<End, OpenError> {
        let checked = self.check_segments().and_then(|end| {
            if end.bound_mismatch {
                let bound = self.bound.head;
                let what = format!("HEAD names another commit at {bound} than the journal");
                return Err(OpenError::Contradiction { folder: self.folder.to_owned(), what });
            }
            Ok(end)
        });
        match checked {
            Ok(end) => self.do_pending().map(|()| end),
            Err(error) => {
                self.drop_pending();
                Err(error)
            }
        }
    }

    /// Reads the finished segments too, if that was not done yet.
    fn read_all(&mut self) -> Result<(), OpenError> {
        if self.care == Care::Ends {
            self.care = Care::All;
            let told = self.mended.len();
            self.check_journal()?;
            // The last segment was looked at twice, and may have said the same twice.
            let again = self.mended.split_off(told);
            let new = again.into_iter().filter(|one| !self.mended[..told].contains(one));
            self.mended.extend(new.collect::<Vec<_>>());
        }
        Ok(())
    }

    fn open_journal(&self, end: &End) -> Result<Journal, OpenError> {
        let size = self.options.segment_bytes;
        let disk = Arc::clone(&self.disk);
        let journal = match &end.last {
            Some((path, len)) => Journal::resume(disk, path, *len, self.epoch, size),
            None => Journal::begin(disk, &self.journal, end.standing, self.epoch, size),
        };
        journal.map_err(|error| OpenError::io(&self.journal, error))
    }

    /// Gives an index that stands where the journal does.
    fn bring_up_index(&mut self, head: Found, end: Standing) -> Result<Index, OpenError> {
        if self.index.as_ref().is_err_and(|why| why == NO_INDEX) {
            // So that refusing makes none.
            self.read_all()?;
            let path = self.folder.join(INDEX_NAME);
            self.index = open_index(&self.disk, &path, self.options)?;
        }
        let why = match &self.index {
            Ok((index, standing)) => match self.replay_unless_marked(index, *standing, end)? {
                replay::Outcome::Agrees => None,
                replay::Outcome::Contradicts(why) => Some(why),
            },
            Err(why) => Some(why.clone()),
        };
        let why = match why {
            None if self.deep => self.index_differs(head)?,
            None => None,
            // Nothing is wrong with it; it found no room for what it lacks.
            Some(what) if what.starts_with(index::DISK_FULL) => {
                return Err(OpenError::DiskFull { path: self.folder.join(INDEX_NAME), what });
            }
            Some(why) => {
                // It may be the only copy of something, so it is not given up before that is known.
                self.read_all()?;
                Some(why)
            }
        };
        let index = std::mem::replace(&mut self.index, Err("it was given away already".to_owned()));
        match (why, index) {
            (None, Ok((index, standing))) => {
                if standing.head != end.head {
                    let (from, to) = (standing.head.seq, end.head.seq);
                    self.mended.push(Mended::IndexCaughtUp { from, to });
                }
                Ok(index)
            }
            (Some(why), Ok((index, _))) => {
                // Its files are moved away next, so what it says on closing does not matter.
                index.close().ok();
                self.rebuild_index(why, end)
            }
            (_, Err(why)) => self.rebuild_index(why, end),
        }
    }

    /// Compares every entry of the index with the journal; tells what differs.
    fn index_differs(&mut self, head: Found) -> Result<Option<String>, OpenError> {
        let Ok((index, _)) = &self.index else { return Ok(None) };
        let disk = self.disk.as_ref();
        let report = verify::compare_index(disk, &self.journal, head, index, self.progress)?;
        let of = |part| report.faults.iter().find(move |fault| fault.part == part);
        match of(Part::Journal) {
            // It was just read and found whole, or written.
            Some(fault) => Err(OpenError::Contradiction {
                folder: self.folder.to_owned(),
                what: format!(
                    "{fault}, though it had been whole a moment ago; is the disk failing?"
                ),
            }),
            None => Ok(of(Part::Index).map(ToString::to_string)),
        }
    }

    /// An index that gave up may help to mend the journal, but it is built anew.
    fn replay_unless_marked(
        &self,
        index: &Index,
        from: Standing,
        end: Standing,
    ) -> Result<replay::Outcome, OpenError> {
        let mark = self.folder.join(INDEX_NAME).join(index::MARK_NAME);
        let why = disk::read_if_there(self.disk.as_ref(), &mark);
        match why.map_err(|error| OpenError::io(&mark, error))? {
            Some(why) => {
                Ok(replay::Outcome::Contradicts(String::from_utf8_lossy(&why).into_owned()))
            }
            None => self.replay(index, from, end),
        }
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
