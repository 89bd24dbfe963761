//! The log outside its folder: export files, backups, and logs made of them.
//!
//! All of them carry the same commits with the same hashes, so a log that was taken out and in
//! again has the same head. Every commit is checked on the way out and on the way in. Nothing here
//! takes the lock of the log that is read, so a server may go on writing; see `folder` for what is
//! seen then. A new log is built in a folder beside its place and gets its name when it is whole.

mod backup;
mod build;
pub(crate) mod manifest;
pub(crate) mod ndjson;
mod restore;
pub(crate) mod segments;
mod source;

use std::io::{self, BufRead, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::error::{OpenError, ReadError};
use crate::position::{Head, Seq};

pub use backup::backup;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use ndjson::hash_of_line;
pub use restore::restore;

/// Is told each event that was reached, and may ask to stop.
pub type Watch<'a> = &'a mut dyn FnMut(Seq) -> ControlFlow<()>;

/// In which form a log leaves its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// The segments of the journal, packed: small and fast.
    Segments,
    /// One line of JSON for each commit: for people and other programs.
    Ndjson,
}

/// What was carried over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The last commit.
    pub head: Head,
    /// How many commits went along.
    pub commits: u64,
    /// How many events went along.
    pub events: u64,
    /// How many bytes were written.
    pub bytes: u64,
}

/// Why a log could not be carried over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The log to be read is damaged, or cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The target is held by another process, or cannot be locked.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The input is not what an export wrote. Nothing was kept of it.
    #[error("{place}, event {event}: {what}; nothing was imported")]
    Input {
        /// Where in the input: a line or a byte.
        place: String,
        /// The event that should have come.
        event: Seq,
        /// What was found.
        what: String,
    },
    /// The input cannot be read.
    #[error("the input cannot be read: {0}; nothing was imported")]
    Stream(#[source] io::Error),
    /// The output cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(#[source] io::Error),
    /// The target folder holds something.
    #[error("{} is not empty; name a new folder", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is not a backup that was finished.
    #[error("{} is no finished backup: {what}", path.display())]
    NoBackup {
        /// The folder.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// The backup is of another log, or of another course of this one.
    #[error("{} holds another log: {what}; nothing was changed; name another folder", path.display())]
    Diverged {
        /// The folder of the backup.
        path: PathBuf,
        /// Where they differ.
        what: String,
    },
    /// It was asked to stop. Nothing that looks whole was left behind.
    #[error("stopped before the end")]
    Stopped,
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ArchiveError {
    fn io(path: &Path) -> impl Fn(io::Error) -> ArchiveError + '_ {
        |source| ArchiveError::Io { path: path.to_owned(), source }
    }
}

fn told(watch: Watch<'_>, seq: Seq) -> Result<(), ArchiveError> {
    match watch(seq) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ArchiveError::Stopped),
    }
}

/// Writes the log in a folder out as one stream, beginning with the commit that holds the event
/// `from` (`Seq::ZERO`: all of it), up to where it is durable now. Takes no lock.
///
/// Cost: reads and hashes all of it; packs what is not packed yet.
///
/// # Errors
///
/// Fails if the log is damaged, if the output cannot be written, or when asked to stop.
pub fn export(
    folder: &Path,
    format: ExportFormat,
    from: Seq,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Carried, ArchiveError> {
    match format {
        ExportFormat::Segments => segments::write(folder, from, out, watch),
        ExportFormat::Ndjson => ndjson::write(folder, from, out, watch),
    }
}

/// Makes a log of an export of either format, in a folder that is new or empty.
///
/// Every commit is checked: its hash, its link, its place. The log is built beside its place and
/// gets its name only when it is whole and durable, so after any error nothing is there. Its index
/// is built when it is opened.
///
/// # Errors
///
/// Fails if the input is damaged, cut, out of order or something else, naming the line or the byte
/// and the event; if it does not begin with event 1; if the folder holds something; or when asked to
/// stop.
pub fn import(
    input: &mut dyn BufRead,
    folder: &Path,
    watch: Watch<'_>,
) -> Result<Carried, ArchiveError> {
    let begin = input.fill_buf().map_err(ArchiveError::Stream)?;
    match begin.first() {
        Some(b'{') => ndjson::read(input, folder, watch),
        Some(byte) if *byte == segments::MAGIC[0] => segments::read(input, folder, watch),
        other => Err(ArchiveError::Input {
            place: "byte 0".to_owned(),
            event: Seq::new(1),
            what: match other {
                Some(_) => "it is no export of a log",
                None => "it is empty",
            }
            .to_owned(),
        }),
    }
}
