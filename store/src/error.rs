//! All that can fail, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use crate::commit::CommitId;
use crate::disk;
use crate::position::{Head, Seq};

/// Why a commit was not appended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The log has moved on. Nothing was written. Decide again at `actual`, then append again.
    #[error(
        "the log stands at {actual}, not where the commit expected it; decide again from there"
    )]
    Conflict {
        /// Where the log stands.
        actual: Head,
    },
    /// The idempotency key was used for other records. Nothing was written. Use another key.
    #[error("the idempotency key {key:?} was used at {seq} for other content; use another key")]
    KeyReused {
        /// The key.
        key: String,
        /// The first event of the commit that used it.
        seq: Seq,
    },
    /// The commit is too large. Nothing was written. Split the command.
    #[error("the commit takes {bytes} bytes, and at most {max} fit; split the command")]
    TooLarge {
        /// What it would take, encoded.
        bytes: usize,
        /// [`MAX_COMMIT_BYTES`](crate::limits::MAX_COMMIT_BYTES).
        max: usize,
    },
    /// A part of the draft passes its limit (see [`limits`](crate::limits)). Nothing was written.
    #[error("{what}: {actual}, and at most {max} is allowed")]
    Limit {
        /// Which part.
        what: &'static str,
        /// Its size.
        actual: usize,
        /// The most that is allowed.
        max: usize,
    },
    /// The draft holds no record. Nothing was written.
    #[error("a commit holds at least one record")]
    Empty,
    /// The log takes no more commits until it is opened again. Nothing was written; reads go on.
    #[error("the log is read-only: {reason}; open it again when the cause is mended")]
    ReadOnly {
        /// What stopped it.
        reason: String,
    },
    /// The disk is nearly full. Nothing was written; reads go on, and appends do by themselves once
    /// there is room.
    #[error(
        "the disk is nearly full: {free} bytes are free, and {floor} must stay free; make room, and appends go on by themselves"
    )]
    DiskFull {
        /// Bytes that are free.
        free: u64,
        /// [`LocalOptions::min_free_bytes`](crate::LocalOptions::min_free_bytes).
        floor: u64,
    },
    /// Whether the commit was written is not known: the write or its sync failed half-way. Resolve
    /// the commit's id (after opening the log again) before trying anything with other content.
    #[error(
        "it is not known whether the commit was written; open the log again and resolve its id"
    )]
    Unknown,
    /// What is stored contradicts itself, so nothing is added to it. Nothing was written.
    #[error("the log is damaged: {what}; run `lianzhu log verify`")]
    Corrupt {
        /// What was found, and where.
        what: String,
    },
    /// Looking for duplicates failed. Nothing was written.
    #[error("the log could not be read: {0}")]
    Io(#[source] io::Error),
    /// The log was closed. Nothing was written.
    #[error("the log is closed")]
    Closed,
}

/// Why stored commits could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Stored bytes are not what was written.
    #[error("event {seq} cannot be read: {what}; run `lianzhu log verify`")]
    Corrupt {
        /// The first event that is concerned.
        seq: Seq,
        /// What was found.
        what: String,
    },
    /// A commit is missing, or not linked to the one before.
    #[error("the log breaks after event {after}: {what}; run `lianzhu log verify`")]
    Broken {
        /// The last event that was read well.
        after: Seq,
        /// What was found.
        what: String,
    },
    /// The index (the queryable copy) failed. Opening the log again rebuilds it from the journal.
    #[error("the index failed: {what}; open the log again to rebuild it")]
    Index {
        /// What it said.
        what: String,
    },
    /// The write of this commit failed half-way, so only opening the log again can tell.
    #[error("whether commit {id} was written is not known yet; open the log again")]
    Uncertain {
        /// The commit.
        id: CommitId,
    },
    /// A file could not be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
}

impl ReadError {
    pub(crate) fn io(path: &Path, source: io::Error) -> ReadError {
        ReadError::Io { path: path.to_owned(), source }
    }
}

impl From<ReadError> for AppendError {
    fn from(error: ReadError) -> AppendError {
        match error {
            ReadError::Io { source, .. } => AppendError::Io(source),
            ReadError::Closed => AppendError::Closed,
            ReadError::Uncertain { .. } => AppendError::Unknown,
            other => AppendError::Corrupt { what: other.to_string() },
        }
    }
}

/// Why a log could not be closed well. What was acknowledged is durable all the same.
#[derive(Debug, thiserror::Error)]
#[error("the log did not close well: {what}; what was acknowledged is safe in the journal")]
pub struct CloseError {
    /// What failed.
    pub what: String,
}

/// Why a folder could not be opened as a log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process (or another `Log` of this one) holds the folder.
    #[error("{} is in use{}; one process at a time may open it", folder.display(),
        holder.as_ref().map(|at| format!(" by the one at {at}")).unwrap_or_default())]
    Locked {
        /// The folder.
        folder: PathBuf,
        /// What the holder announced of itself, such as the address it listens on.
        holder: Option<String>,
    },
    /// The path leads to something that is not a folder.
    #[error("{} is not a folder; name the folder that holds the log", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// The folder may not be written.
    #[error("{} may not be written; give this user the right, or choose another folder", path.display())]
    NoPermission {
        /// The file or folder.
        path: PathBuf,
    },
    /// A file was written by a newer release.
    #[error("{} has format version {version}, and this release reads up to {newest}; use a newer release",
        path.display())]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// What it says.
        version: u16,
        /// What this release knows.
        newest: u16,
    },
    /// Events that were acknowledged are neither in the journal nor in the index. Nothing was
    /// changed. Restore the folder from a backup.
    #[error("{}: events {first} to {last} are lost: {what}; nothing was changed; restore from a backup",
        folder.display())]
    Lost {
        /// The folder.
        folder: PathBuf,
        /// The first lost event.
        first: Seq,
        /// The last event that is known to have been there.
        last: Seq,
        /// What was found.
        what: String,
    },
    /// The copies contradict each other in a way that no honest accident explains. Nothing was
    /// changed.
    #[error("{}: {what}; nothing was changed; restore from a backup", folder.display())]
    Contradiction {
        /// The folder.
        folder: PathBuf,
        /// What was found.
        what: String,
    },
    /// The index is held by another program, or could not be opened even after it was set aside and
    /// built anew.
    #[error("the index under {} cannot be used: {what}", folder.display())]
    Index {
        /// The folder of the log.
        folder: PathBuf,
        /// What it said.
        what: String,
    },
    /// The disk is full, so the log cannot be opened for writing. No event was lost.
    #[error("{}: the disk is full: {what}; make room and open it again",
        path.display())]
    DiskFull {
        /// The file or folder that was to be written.
        path: PathBuf,
        /// What the system or the index said.
        what: String,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl OpenError {
    pub(crate) fn io(path: &Path, source: io::Error) -> OpenError {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                OpenError::NoPermission { path }
            }
            io::ErrorKind::NotADirectory => OpenError::NotAFolder { path },
            _ if disk::is_full(&source) => OpenError::DiskFull { path, what: source.to_string() },
            _ => OpenError::Io { path, source },
        }
    }
}
