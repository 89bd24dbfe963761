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

/// What a snapshot takes for each row of a claim or a relation, in bytes: generously, to know
/// whether there is room.
const ROW_BYTES: u64 = 64;

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
        Self { snapshots, writing: Mutex::new(Writing { last, thread: None }) }
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
        if !worth_it || is_busy {
            return;
        }
        writing.last = state.seq();
        let room = self.snapshots.min_free_bytes.saturating_add(state.rows() * ROW_BYTES);
        if free().is_some_and(|free| free < room) {
            tracing::warn!("no room for a snapshot; the next start replays more of the log");
            return;
        }
        let (folder, state) = (self.snapshots.folder.clone(), Arc::clone(state));
        let write = move || match write(&folder, &state) {
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
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let writing = self.writing.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = writing.thread.take()
            && thread.join().is_err()
        {
            tracing::warn!("the thread that wrote a snapshot failed; the log is not touched by it");
        }
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

/// Writes a snapshot, makes it durable, and takes away all others.
fn write(folder: &Path, state: &State) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{:020}.{EXTENSION}", state.seq().get()));
    let unfinished = path.with_extension("unfinished");
    let outcome = write_whole(&unfinished, state).and_then(|()| fs::rename(&unfinished, &path));
    if let Err(error) = outcome {
        // What is left of it is in nobody's way: it is written over or taken away next time.
        fs::remove_file(&unfinished).ok();
        return Err(error);
    }
    File::open(folder)?.sync_all()?;
    for other in fs::read_dir(folder)? {
        let other = other?.path();
        if other != path && is_ours(&other) {
            fs::remove_file(other)?;
        }
    }
    Ok(())
}

fn write_whole(path: &Path, state: &State) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    state.write_image(&mut file)?;
    file.flush()?;
    file.get_ref().sync_all()
}

/// The snapshots in a folder, whole ones only.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    paths.filter(|path| path.extension().is_some_and(|it| it == EXTENSION)).collect()
}

/// Whether a file was made by [`write`].
fn is_ours(path: &Path) -> bool {
    let is_known = path.extension().is_some_and(|it| it == EXTENSION || it == "unfinished");
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    is_known && stem.len() == 20 && stem.bytes().all(|byte| byte.is_ascii_digit())
}
