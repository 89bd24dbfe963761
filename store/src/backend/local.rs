//! The log in a folder: a journal (the truth), an index in sled (the queryable copy), HEAD (a lower
//! bound of both), and a lock.
//!
//! An append is: journal, one sync, index (not synced), HEAD (at most every `head_interval`),
//! answer. The index is synced after a segment is finished and on closing.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::standing::Standing;
use super::{Footprint, Prepared, WriteError};
use crate::disk::{self, Disk};
use crate::error::ReadError;
use crate::metrics::Meter;
use crate::position::Seq;

pub(crate) mod content;
pub(crate) mod head;
pub(crate) mod index;
pub(crate) mod journal;
pub(crate) mod lock;
mod mended;
pub(crate) mod packed;
pub(crate) mod packer;
mod recover;
pub(crate) mod room;
mod scrub;
pub(crate) mod segment;
mod sums;

use head::HeadFile;
use index::{Index, Packed, Refused};
use journal::{AppendFailed, Journal};
use lock::FolderLock;
use packer::Packer;
use room::Room;
use scrub::Scrub;

pub use mended::Mended;
pub(crate) use recover::{Care, open, open_locked};
pub use scrub::ScrubFigures;

/// Groups from this size on are compressed by a thread of their own: starting one takes about as
/// long as compressing this much.
const MIN_BESIDE_BYTES: usize = 32 << 10;
pub(crate) const INDEX_NAME: &str = "index";

/// How a log in a folder is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalOptions {
    /// A segment is finished once it is this large, in bytes.
    pub segment_bytes: u64,
    /// Memory that the index may use for its pages, in bytes.
    pub index_cache_bytes: u64,
    /// HEAD is written at most this often, and once the writer rests.
    pub head_interval: Duration,
    /// Finished segments are compressed in the background.
    pub compress_finished: bool,
    /// Appends are refused, with [`AppendError::DiskFull`](crate::AppendError::DiskFull), that would
    /// leave fewer free bytes than this on the disk. 0: none is refused for that.
    pub min_free_bytes: u64,
    /// Finished segments are read in the background at no more than this, in bytes a second, and
    /// compared with the index at the same pace; zero turns it off.
    pub scrub_bytes_per_second: u64,
    /// How long the background reading rests after it has read everything.
    pub scrub_rest: Duration,
}

impl Default for LocalOptions {
    /// Segments of 64 MiB, 64 MiB of cache, HEAD at most every 100 ms, finished segments compressed,
    /// 256 MiB stay free, everything read again once a day at 8 MiB a second.
    fn default() -> LocalOptions {
        LocalOptions {
            segment_bytes: 64 << 20,
            index_cache_bytes: 64 << 20,
            head_interval: Duration::from_millis(100),
            compress_finished: true,
            // Room for the largest group many times over, in both copies, and for people to act.
            min_free_bytes: 256 << 20,
            scrub_bytes_per_second: 8 << 20,
            scrub_rest: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// What readers need.
#[derive(Debug)]
pub(crate) struct Local {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    index: Index,
    pub(crate) meter: Arc<Meter>,
    /// Let go on closing, before the value is dropped.
    lock: Mutex<Option<FolderLock>>,
    scrub: scrub::Counts,
}

/// What the writer needs.
#[derive(Debug)]
pub(crate) struct LocalSink {
    local: Arc<Local>,
    journal: Journal,
    head: HeadFile,
    room: Room,
    /// What the journal and the index hold.
    standing: Standing,
    head_interval: Duration,
    head_written: Instant,
    /// HEAD says less than `standing`.
    head_is_late: bool,
    /// A segment was finished since the index was synced.
    index_sync_due: bool,
    scrub: Option<Scrub>,
    packer: Option<Packer>,
}

impl Local {
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn disk(&self) -> &dyn Disk {
        self.disk.as_ref()
    }

    /// Fetches from the index.
    pub(crate) fn batch(&self, at: Seq, max_bytes: usize) -> Result<Vec<Bytes>, ReadError> {
        self.ask(|index| index.batch(at, max_bytes))
    }

    /// Fetches from the journal.
    pub(crate) fn second_batch(&self, at: Seq, max_bytes: usize) -> Result<Vec<Bytes>, ReadError> {
        let folder = self.folder.join(journal::FOLDER_NAME);
        journal::batch(self.disk(), &folder, at, max_bytes)
            .map_err(|error| ReadError::io(&folder, error))
    }

    pub(crate) fn ask<T>(
        &self,
        question: impl FnOnce(&Index) -> Result<T, Refused>,
    ) -> Result<T, ReadError> {
        question(&self.index).map_err(|refused| match refused {
            Refused::Closed => ReadError::Closed,
            Refused::Failed(what) => ReadError::Index { what },
        })
    }

    pub(crate) fn announce(&self, text: &str) -> io::Result<()> {
        match self.lock.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(lock) => lock.announce(text),
            None => Err(io::Error::other("the log is closed")),
        }
    }

    pub(crate) fn scrub(&self) -> ScrubFigures {
        self.scrub.figures()
    }

    pub(crate) fn footprint(&self) -> Footprint {
        Footprint {
            folder: Some(self.folder.clone()),
            journal_bytes: disk::bytes_under(&self.folder.join(journal::FOLDER_NAME)),
            index_bytes: disk::bytes_under(&self.folder.join(INDEX_NAME)),
        }
    }
}

impl LocalSink {
    pub(crate) fn write(&mut self, group: &[Prepared], after: Standing) -> Result<(), WriteError> {
        let bytes: usize = group.iter().map(|one| one.bytes.len()).sum();
        self.room.take(bytes as u64).map_err(WriteError::Full)?;
        let (rolled, packed) = self.journal_and_pack(group, bytes);
        let packed = packed.map_err(said("the index"));
        let rolled = match rolled {
            Ok(rolled) => rolled,
            // If the index failed beside it, that is what must be told.
            Err(AppendFailed::Full(error)) => {
                packed.map_err(WriteError::Failed)?;
                tracing::warn!(%error, "the disk is full; what was begun is undone");
                return Err(WriteError::Full(self.room.found_full()));
            }
            Err(AppendFailed::Failed(error)) => {
                return Err(WriteError::Failed(said("the journal")(error)));
            }
        };
        let applied = packed.and_then(|packed| {
            self.local.index.apply(group, packed, after).map_err(said("the index"))
        });
        applied.map_err(WriteError::Failed)?;
        self.standing = after;
        self.head_is_late = true;
        self.index_sync_due |= rolled;
        if let Some(packer) = self.packer.as_ref().filter(|_| rolled) {
            packer.wake();
        }
        if rolled || self.head_written.elapsed() >= self.head_interval {
            self.idle().map_err(WriteError::Failed)?;
        }
        Ok(())
    }

    /// Writes and syncs the journal; meanwhile another thread does for the index what does not
    /// depend on it, if that is worth a thread: compressing, and writing what had been put off.
    fn journal_and_pack(
        &mut self,
        group: &[Prepared],
        bytes: usize,
    ) -> (Result<bool, AppendFailed>, Result<Vec<Packed>, String>) {
        let index = &self.local.index;
        let sync = std::mem::take(&mut self.index_sync_due);
        let (upkeep, large) = (index.wants_upkeep(), bytes >= MIN_BESIDE_BYTES);
        let prepare = || {
            if upkeep {
                index.upkeep()?;
            }
            if sync {
                index.sync()?;
            }
            index.pack(group)
        };
        thread::scope(|scope| {
            let beside = if sync || upkeep || large {
                let thread = thread::Builder::new().name("log-index".to_owned());
                thread.spawn_scoped(scope, prepare).ok()
            } else {
                None
            };
            let rolled = self.journal.append(group, self.standing, &self.local.meter);
            let packed = match beside.map(ScopedJoinHandle::join) {
                Some(Ok(packed)) => packed,
                Some(Err(_)) => Err("its thread panicked".to_owned()),
                None => prepare(),
            };
            (rolled, packed)
        })
    }

    /// Without the index nobody can tell whether a commit id is a duplicate, so the log does not go
    /// on with the journal alone.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.local.index.check().map_err(said("the index"))
    }

    pub(crate) fn idle_after(&self) -> Option<Duration> {
        let since = self.head_written.elapsed();
        self.head_is_late.then(|| self.head_interval.saturating_sub(since))
    }

    pub(crate) fn idle(&mut self) -> Result<(), String> {
        self.head_written = Instant::now();
        if self.head_is_late {
            // Not tried again after an error: a failed sync must not look like a good one.
            self.head_is_late = false;
            self.head.write(self.standing).map_err(said("HEAD"))?;
        }
        Ok(())
    }

    /// Closes every part, whatever the others say, and tells the first error.
    pub(crate) fn close(&mut self) -> Result<(), String> {
        // First of all: it must not touch the folder once somebody else may hold it.
        self.scrub = None;
        self.packer = None;
        let journal = self.journal.sync().map_err(said("the journal"));
        let index = self.local.index.close().map_err(said("the index"));
        let head = self.idle();
        let lock = self.local.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(lock);
        journal.and(index).and(head)
    }
}

fn said<E: fmt::Display>(part: &str) -> impl Fn(E) -> String {
    move |error| format!("{part} failed: {error}")
}

#[cfg(test)]
mod tests;
