//! Snapshots: images of the state in a folder, so that a ledger need not be replayed from the
//! start. They are caches. Each is bound to the position and hash of a commit; one that is damaged,
//! of another release or of another log is left alone with a word, and the log is replayed.
//!
//! A snapshot is written beside the work, from a state that nobody changes any more, under a name
//! of its own that takes its place only when it is whole and durable. The one that it replaces goes
//! after that, so that a release that cannot read what another wrote does not take it away before
//! it has its own.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use store::{Head, Log, Seq};

use crate::state::State;
use crate::state::image::{self, BadImage};

/// One is written when so large a part of the log lies beyond the last: all writing together then
/// costs a few times the last one.
const PART: u64 = 8;

/// What a snapshot takes at least for each row of a claim or a relation, in bytes: where not even
/// so much room is left, none is begun.
const ROW_BYTES: u64 = 32;

/// A snapshot that is being written takes at most one part in so many of what is free above the
/// floor: the log grows meanwhile.
const ROOM_PART: u64 = 2;

const EXTENSION: &str = "snapshot";

/// Where a ledger keeps its snapshots.
#[derive(Debug, Clone)]
pub struct Snapshots {
    /// A folder that holds nothing else. It is made when the first is written.
    pub folder: PathBuf,
    /// No snapshot is written that would leave fewer bytes free on the disk.
    pub min_free_bytes: u64,
    /// With fewer events beyond the last snapshot none is written.
    pub events_min: u64,
}

/// Keeps the snapshots of an open ledger. Dropping it waits for one that is being written.
pub(super) struct Keeper {
    snapshots: Snapshots,
    writing: Mutex<Writing>,
}

struct Writing {
    /// Where the last snapshot stands that was read, or begun.
    last: Seq,
    thread: Option<JoinHandle<()>>,
    /// Whether no more is to be begun.
    is_over: bool,
}

impl Snapshots {
    /// The version of what is written. Only this release's own snapshots are read.
    pub const VERSION: u32 = image::VERSION;

    /// The state of the newest snapshot that the log bears out; `None` where there is none.
    pub(super) fn read(&self, log: &Log) -> Option<State> {
        let mut found = files(&self.folder);
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.iter().find_map(|path| match read(path, log) {
            Ok(state) => Some(state),
            Err(Unusable::Bad(BadImage::Alien)) => {
                tracing::info!(path = %path.display(), "a snapshot of another release is left alone; the log is replayed");
                None
            }
            Err(why) => {
                tracing::warn!(path = %path.display(), %why, "a snapshot cannot be used; the log is replayed");
                None
            }
        })
    }
}

impl Keeper {
    pub(super) fn new(snapshots: Snapshots, last: Seq) -> Self {
        // What a crash left would else take room until the next one is written.
        for path in paths(&snapshots.folder).filter(|path| is_ours(path) && !is_whole(path)) {
            fs::remove_file(path).ok();
        }
        Self { snapshots, writing: Mutex::new(Writing { last, thread: None, is_over: false }) }
    }

    /// Begins to write a snapshot if it is worth it and none is being written. At rest, when a
    /// ledger was opened or an import ended, fewer new events are enough than in between. `free` is
    /// what is left on the disk.
    pub(super) fn see(
        &self,
        state: &Arc<State>,
        is_at_rest: bool,
        free: impl FnOnce() -> Option<u64>,
    ) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let (seq, last) = (state.seq().get(), writing.last.get());
        let part = if is_at_rest { 0 } else { seq / PART };
        let worth_it = seq.saturating_sub(last) >= self.snapshots.events_min.max(part);
        let is_busy = writing.thread.as_ref().is_some_and(|thread| !thread.is_finished());
        if !worth_it || is_busy || writing.is_over {
            return;
        }
        writing.last = state.seq();
        let above = |free: u64| free.saturating_sub(self.snapshots.min_free_bytes);
        let room = free().map_or(u64::MAX, |free| above(free) / ROOM_PART);
        if room < state.rows() * ROW_BYTES {
            tracing::warn!("no room for a snapshot; the next start replays more of the log");
            return;
        }
        let (folder, state) = (self.snapshots.folder.clone(), Arc::clone(state));
        let write = move || match write(&folder, &state, room) {
            Ok(()) => tracing::info!(seq = %state.seq(), "a snapshot was written"),
            Err(error) => {
                tracing::warn!(%error, folder = %folder.display(), "no snapshot could be written; the next start replays more of the log");
            }
        };
        match Builder::new().name("snapshot".to_owned()).spawn(write) {
            Ok(thread) => writing.thread = Some(thread),
            Err(error) => tracing::warn!(%error, "no thread to write a snapshot"),
        }
    }

    /// Waits for a snapshot that is being written, and begins no other. Blocking.
    pub(super) fn end(&self) {
        let thread = {
            let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            writing.is_over = true;
            writing.thread.take()
        };
        // Outside the lock: a commit on its way may ask for a snapshot, and must not wait here too.
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::warn!("the thread that wrote a snapshot failed; the log is not touched by it");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.end();
    }
}

/// Why a file is of no use.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("it cannot be read: {0}")]
    Unread(#[from] io::Error),
    #[error(transparent)]
    Bad(#[from] BadImage),
    #[error("it stands at {0}, where the log has another commit or none")]
    OtherLog(Seq),
    #[error("the log cannot be read where it stands: {0}")]
    Log(Box<store::ReadError>),
}

fn read(path: &Path, log: &Log) -> Result<State, Unusable> {
    let bytes = fs::read(path)?;
    let head = image::head(&bytes)?;
    if !holds(log, head)? {
        return Err(Unusable::OtherLog(head.seq));
    }
    Ok(State::read_image(&bytes)?)
}

/// Whether the log once had this head.
fn holds(log: &Log, head: Head) -> Result<bool, Unusable> {
    if head.seq > log.head().seq {
        return Ok(false);
    }
    let commit = log.commit_at(head.seq).map_err(|error| Unusable::Log(Box::new(error)))?;
    Ok(commit.is_some_and(|commit| commit.head() == head))
}

/// Writes a snapshot of at most so many bytes, makes it durable, and takes away all others.
fn write(folder: &Path, state: &State, room: u64) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{:020}.{EXTENSION}", state.seq().get()));
    let unfinished = path.with_extension("unfinished");
    let outcome =
        write_whole(&unfinished, state, room).and_then(|()| fs::rename(&unfinished, &path));
    if let Err(error) = outcome {
        // What is left of it is in nobody's way: it is written over or taken away next time.
        fs::remove_file(&unfinished).ok();
        return Err(error);
    }
    // Elsewhere a folder cannot be opened, and its entries are the system's own care.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    for other in fs::read_dir(folder)? {
        let other = other?.path();
        if other != path && is_ours(&other) {
            fs::remove_file(other)?;
        }
    }
    Ok(())
}

fn write_whole(path: &Path, state: &State, room: u64) -> io::Result<()> {
    let mut file = BufWriter::new(Within { room, file: File::create(path)? });
    state.write_image(&mut file)?;
    file.flush()?;
    file.get_ref().file.sync_all()
}

/// A file that takes no more bytes than there is room for.
struct Within {
    room: u64,
    file: File,
}

impl Write for Within {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(left) = self.room.checked_sub(bytes.len() as u64) else {
            let why = "it would leave too little of the disk free";
            return Err(io::Error::new(io::ErrorKind::StorageFull, why));
        };
        let written = self.file.write(bytes)?;
        self.room = left + (bytes.len() - written) as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The snapshots in a folder, whole ones only.
fn files(folder: &Path) -> Vec<PathBuf> {
    paths(folder).filter(|path| is_whole(path)).collect()
}

fn paths(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok().map(|entry| entry.path()))
}

fn is_whole(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == EXTENSION)
}

/// Whether a file was made by [`write`].
fn is_ours(path: &Path) -> bool {
    let is_known = path.extension().is_some_and(|it| it == EXTENSION || it == "unfinished");
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    is_known && stem.len() == 20 && stem.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_that_would_take_too_much_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::empty();
        let size = state.image().unwrap().len() as u64;
        for room in [0, 1, size - 1] {
            let error = write(dir.path(), &state, room).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
            assert_eq!(paths(dir.path()).count(), 0);
        }
        write(dir.path(), &state, size).unwrap();
        assert_eq!(files(dir.path()).len(), 1);
    }

    #[test]
    fn what_a_crash_left_is_taken_away_when_a_ledger_opens() {
        let dir = tempfile::tempdir().unwrap();
        let half = dir.path().join("00000000000000000007.unfinished");
        let foreign = dir.path().join("notes.unfinished");
        fs::write(&half, b"half").unwrap();
        fs::write(&foreign, b"kept").unwrap();
        let folder = dir.path().to_owned();
        drop(Keeper::new(Snapshots { folder, min_free_bytes: 0, events_min: 1 }, Seq::ZERO));
        assert_eq!(paths(dir.path()).collect::<Vec<_>>(), [foreign]);
    }
}
