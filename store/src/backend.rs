//! Where commits are kept, and the contract that every backend obeys.
//!
//! A backend keeps encoded commits in the order in which it is given them and finds them again. It
//! decides nothing: conflicts, duplicates, hashes and positions are the writer's, and every check
//! on reading is the reader's, so that no backend can forget one. The contract:
//! 1. `Sink::write` returns `Ok` only when the whole group is durable and all reads can find it.
//! 2. After `WriteError::Full` nothing of that group is stored, and the next may be written. After
//!    any other error of `Sink::write`, nothing is known of that group. Everything before stays.
//! 3. `batch` begins with the commit that holds the asked event and goes on without a gap, or it
//!    returns an error; it never skips.
//! 4. Closing makes everything durable and lets the folder go; a read after it is `Closed`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::commit::{Commit, CommitId};
use crate::error::ReadError;
use crate::position::{Hash32, Seq};

pub(crate) mod local;
pub(crate) mod memory;
mod standing;

use local::room::Full;
use local::{Local, LocalSink};
use memory::Memory;
pub(crate) use standing::Standing;

/// The reading side; shared by all readers and the writer.
#[derive(Debug)]
pub(crate) enum Backend {
    Memory(Arc<Memory>),
    Local(Arc<Local>),
}

/// Which of a backend's copies to read. All hold the same commits, or the log is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The one that is made for reading.
    Usual,
    /// The other one, for when the usual one fails.
    Second,
}

/// The writing side; owned by the writer alone.
#[derive(Debug)]
pub(crate) enum Sink {
    Memory(Arc<Memory>),
    Local(Box<LocalSink>),
}

/// Why a group was not written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum WriteError {
    /// There is no room for it, and nothing of it is stored.
    Full(Full),
    /// Nothing is known of it, and nothing more may be written.
    Failed(String),
}

/// A commit that is ready to be written.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) commit: Arc<Commit>,
    /// As `frame` encodes it.
    pub(crate) bytes: Bytes,
    /// The hash of its content, when it has an idempotency key.
    pub(crate) content: Option<Hash32>,
}

/// What a backend takes on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Footprint {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) journal_bytes: u64,
    pub(crate) index_bytes: u64,
}

impl Backend {
    /// Fetches encoded commits up to about `max_bytes` (at least one, if there is any), beginning
    /// with the one that holds the event `at`.
    pub(crate) fn batch(
        &self,
        source: Source,
        at: Seq,
        max_bytes: usize,
    ) -> Result<Vec<Bytes>, ReadError> {
        match (self, source) {
            (Backend::Memory(memory), _) => memory.batch(at, max_bytes),
            (Backend::Local(local), Source::Usual) => local.batch(at, max_bytes),
            (Backend::Local(local), Source::Second) => local.second_batch(at, max_bytes),
        }
    }

    /// Tells whether there is a second copy to read.
    pub(crate) fn has_second(&self) -> bool {
        matches!(self, Backend::Local(_))
    }

    /// Finds the first event of a commit.
    pub(crate) fn find_id(&self, id: CommitId) -> Result<Option<Seq>, ReadError> {
        match self {
            Backend::Memory(memory) => memory.find_id(id),
            Backend::Local(local) => local.ask(|index| index.find_id(id)),
        }
    }

    /// Finds the content hash and the first event of the commit with an idempotency key.
    pub(crate) fn find_key(&self, key: &str) -> Result<Option<(Hash32, Seq)>, ReadError> {
        match self {
            Backend::Memory(memory) => memory.find_key(key),
            Backend::Local(local) => local.ask(|index| index.find_key(key)),
        }
    }

    /// Finds the events that touch an entity, ascending.
    pub(crate) fn events_of(&self, key: [u8; 16]) -> Result<Vec<Seq>, ReadError> {
        match self {
            Backend::Memory(memory) => memory.events_of(key),
            Backend::Local(local) => local.ask(|index| index.events_of(key)),
        }
    }

    /// Finds the first event that was recorded later than a time.
    pub(crate) fn first_after(&self, at_ms: i64) -> Result<Option<Seq>, ReadError> {
        match self {
            Backend::Memory(memory) => memory.first_after(at_ms),
            Backend::Local(local) => local.ask(|index| index.first_after(at_ms)),
        }
    }

    /// Tells how many bytes are free where it lies, if that can be told.
    pub(crate) fn free_bytes(&self) -> Option<u64> {
        match self {
            Backend::Memory(_) => None,
            Backend::Local(local) => local.disk().free_bytes(local.folder()).ok(),
        }
    }

    pub(crate) fn footprint(&self) -> Footprint {
        match self {
            Backend::Memory(_) => Footprint::default(),
            Backend::Local(local) => local.footprint(),
        }
    }
}

impl Sink {
    /// Writes a group of commits and makes it durable.
    pub(crate) fn write(&mut self, group: &[Prepared], after: Standing) -> Result<(), WriteError> {
        match self {
            Sink::Memory(memory) => {
                memory.write(group);
                Ok(())
            }
            Sink::Local(local) => local.write(group, after),
        }
    }

    /// Tells whether it can be written to, or why not; nothing was begun.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self {
            Sink::Memory(_) => Ok(()),
            Sink::Local(local) => local.check(),
        }
    }

    /// Tells how long the writer may sleep before it calls `idle`; `None`: for ever.
    pub(crate) fn idle_after(&self) -> Option<Duration> {
        match self {
            Sink::Memory(_) => None,
            Sink::Local(local) => local.idle_after(),
        }
    }

    /// Does what was put off while the writer was busy.
    pub(crate) fn idle(&mut self) -> Result<(), String> {
        match self {
            Sink::Memory(_) => Ok(()),
            Sink::Local(local) => local.idle(),
        }
    }

    /// Makes everything durable and lets the folder go.
    pub(crate) fn close(&mut self) -> Result<(), String> {
        match self {
            Sink::Memory(memory) => {
                memory.close();
                Ok(())
            }
            Sink::Local(local) => local.close(),
        }
    }
}
