//! A new log from a backup.

use std::path::Path;

use super::build::{Builder, follows};
use super::manifest::{self, Manifest};
use super::source::Source;
use super::{ArchiveError, Carried, Watch, told};
use crate::backend::local::lock::FolderLock;
use crate::position::Seq;

/// Makes a log of a backup, in a folder that is new or empty, up to the head that the backup's
/// manifest names. Every commit is checked. The log is built beside its place and gets its name only
/// when it is whole; its index is built when it is opened. The backup is only read.
///
/// # Errors
///
/// Fails if the backup was never finished or is damaged, if the folder holds something, or when asked
/// to stop. Then nothing is there.
pub fn restore(backup: &Path, folder: &Path, watch: Watch<'_>) -> Result<Carried, ArchiveError> {
    let manifest = Manifest::read(backup)?;
    let manifest = manifest
        .ok_or_else(|| manifest::no_backup(backup, format!("it has no {}", manifest::FILE_NAME)))?;
    if !manifest.complete {
        return Err(manifest::no_backup(backup, "it was stopped on the way; run the backup again"));
    }
    let _lock = FolderLock::shared(backup)?;
    let mut source = Source::open_upto(backup, Seq::ZERO, manifest.head(backup)?)?;
    let mut builder = Builder::begin(folder)?;
    loop {
        let mut standing = source.standing;
        let mut epoch = builder.epoch;
        let piece = source.next(&mut |commit, _| {
            follows(commit, standing, epoch).map_err(|what| {
                manifest::no_backup(backup, format!("at event {}: {what}", commit.first))
            })?;
            (standing, epoch) = (standing.after(commit), commit.epoch);
            told(watch, commit.last())
        })?;
        let Some(piece) = piece else { break };
        builder.epoch = epoch;
        let first = piece.segment.first;
        match piece.packed_file() {
            Some(file) => builder.put_segment(first, true, file, piece.end)?,
            None => builder.put_segment(first, false, piece.raw(), piece.end)?,
        }
    }
    if builder.standing.commits != manifest.commits {
        let what =
            format!("it holds {} commits, not {}", builder.standing.commits, manifest.commits);
        return Err(manifest::no_backup(backup, what));
    }
    let bytes = builder.bytes;
    let standing = builder.finish()?;
    let events = standing.head.seq.get();
    Ok(Carried { head: standing.head, commits: standing.commits, events, bytes })
}
