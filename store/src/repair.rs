//! Mending a folder on request: every byte of the journal is read and every entry of the index
//! compared, and what one copy lost comes from the other.
//!
//! It is the same work as opening, with more care (see `backend/local/recover.rs`). Before any of
//! it, it is rehearsed on a shadow of the folder in the system's temporary folder: links to the
//! segments that are only read, copies of what may be written in place. So a dry run tells exactly
//! what the repair does, and a repair that would have to refuse changes nothing, sled's files
//! included. Each step is a file that takes its place by a rename: killed at any point, the folder
//! opens, or is repaired, to the same log.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::backend::Standing;
use crate::backend::local::lock::FolderLock;
use crate::backend::local::{
    Care, INDEX_NAME, LocalOptions, Mended, content, head, journal, open_locked,
};
use crate::disk;
use crate::disk::real::RealDisk;
use crate::error::OpenError;
use crate::position::Head;
use crate::verify::Reached;

/// How to repair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepairOptions {
    /// Change nothing, and tell what would be done.
    pub dry_run: bool,
    /// How the log is kept.
    pub local: LocalOptions,
}

/// What a repair did, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairReport {
    /// The head of the log, which is whole.
    pub head: Head,
    /// How many commits it holds.
    pub commits: u64,
    /// What was found and put right, in order; empty for a sound log, of which nothing was changed.
    /// In a dry run, what would be done.
    pub mended: Vec<Mended>,
}

/// Mends the log in a folder that nobody has open.
///
/// Reads the whole log twice, and once more for each time something is written: once to see what is
/// to be done, once to do it. Needs room in the system's temporary folder for a copy of the index,
/// of the last segment and of what has to be written anew. `progress` is told how far each pass has
/// come.
///
/// A sound log is left as it is, to the byte. An absent or empty folder holds a sound log.
///
/// # Errors
///
/// Fails, and changes nothing, if the folder is in use, or if both copies lost the same events: then
/// it names them. Fails if a file cannot be read or written; what was done until then is no harm, and
/// repairing again goes on.
pub fn repair_folder(
    folder: &Path,
    options: &RepairOptions,
    mut progress: impl FnMut(Reached),
) -> Result<RepairReport, OpenError> {
    if folder.exists() && !folder.is_dir() {
        return Err(OpenError::NotAFolder { path: folder.to_owned() });
    }
    let parts = [journal::FOLDER_NAME, INDEX_NAME, head::FILE_NAME];
    if !parts.iter().any(|part| folder.join(part).exists()) {
        return Ok(RepairReport { head: Head::EMPTY, commits: 0, mended: Vec::new() });
    }
    let shared = if options.dry_run { FolderLock::shared(folder)? } else { None };
    let lock = if options.dry_run { None } else { Some(FolderLock::exclusive(folder)?) };
    let rehearsed = rehearse(folder, &options.local, &mut progress)?;
    drop(shared);
    match lock {
        Some(lock) if !rehearsed.mended.is_empty() => {
            mend(folder, &options.local, lock, &mut progress)
        }
        _ => Ok(rehearsed),
    }
}

/// Opens with all care, and closes again.
fn mend(
    folder: &Path,
    options: &LocalOptions,
    lock: FolderLock,
    progress: &mut dyn FnMut(Reached),
) -> Result<RepairReport, OpenError> {
    let mut opened = open_locked(Arc::new(RealDisk), folder, options, Care::All, lock, progress)?;
    let Standing { head, commits, .. } = opened.standing;
    let closed = opened.sink.close();
    closed.map_err(|what| OpenError::io(folder, io::Error::other(what)))?;
    Ok(RepairReport { head, commits, mended: opened.mended })
}

/// Mends a shadow of the folder, and tells of it as if it were the folder itself.
fn rehearse(
    folder: &Path,
    options: &LocalOptions,
    progress: &mut dyn FnMut(Reached),
) -> Result<RepairReport, OpenError> {
    let scratch = tempfile::tempdir();
    let scratch = scratch.map_err(|error| OpenError::io(&std::env::temp_dir(), error))?;
    let shadow = scratch.path().join("log");
    make_shadow(folder, &shadow).map_err(|error| OpenError::io(folder, error))?;
    let back = Back { shadow: &shadow, folder };
    let mended = FolderLock::exclusive(&shadow)
        .and_then(|lock| mend(&shadow, options, lock, progress))
        .map_err(|error| back.error(error))?;
    let told = mended.mended.into_iter().map(|one| back.mended(one)).collect();
    Ok(RepairReport { mended: told, ..mended })
}

fn make_shadow(folder: &Path, shadow: &Path) -> io::Result<()> {
    // A link must lead to the file from wherever it lies.
    let folder = fs::canonicalize(folder)?;
    let (journal, shadow_journal) =
        (folder.join(journal::FOLDER_NAME), shadow.join(journal::FOLDER_NAME));
    fs::create_dir_all(&shadow_journal)?;
    let mut segments: Vec<PathBuf> =
        journal::list(&RealDisk, &journal)?.into_iter().map(|segment| segment.path).collect();
    // Only the last segment is ever written in place.
    let last = segments.pop();
    for entry in read_dir(&journal)? {
        let path = entry?.path();
        let target = path.file_name().map(|name| shadow_journal.join(name)).unwrap_or_default();
        if segments.contains(&path) || (content::is_packed(&path) && last.as_ref() != Some(&path)) {
            link(&path, &target)?;
        } else if last.as_ref() == Some(&path) {
            fs::copy(&path, target)?;
        } else {
            // What was set aside before keeps its name here too.
            fs::write(target, "")?;
        }
    }
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        let target = shadow.join(name);
        if name == INDEX_NAME && path.is_dir() {
            disk::copy_dir(&path, &target)?;
        } else if name == head::FILE_NAME || (name == INDEX_NAME && path.is_file()) {
            fs::copy(&path, target)?;
        } else if path.is_dir() && !target.exists() {
            fs::create_dir(target)?;
        }
    }
    Ok(())
}

fn read_dir(path: &Path) -> io::Result<Vec<io::Result<fs::DirEntry>>> {
    match fs::read_dir(path) {
        Ok(entries) => Ok(entries.collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn link(path: &Path, target: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(path, target)
}

#[cfg(not(unix))]
fn link(path: &Path, target: &Path) -> io::Result<()> {
    fs::hard_link(path, target).or_else(|_| fs::copy(path, target).map(drop))
}

/// The way from the shadow back to the folder, for what is told.
struct Back<'a> {
    shadow: &'a Path,
    folder: &'a Path,
}

impl Back<'_> {
    fn path(&self, path: PathBuf) -> PathBuf {
        path.strip_prefix(self.shadow).map(|rest| self.folder.join(rest)).unwrap_or(path)
    }

    fn text(&self, text: &str) -> String {
        text.replace(&self.shadow.display().to_string(), &self.folder.display().to_string())
    }

    fn mended(&self, mended: Mended) -> Mended {
        match mended {
            Mended::TailCut { segment, at, bytes } => {
                Mended::TailCut { segment: self.path(segment), at, bytes }
            }
            Mended::SegmentBegunAgain { segment } => {
                Mended::SegmentBegunAgain { segment: self.path(segment) }
            }
            Mended::SegmentRefilled { segment, first, last, set_aside } => {
                let set_aside = set_aside.map(|path| self.path(path));
                Mended::SegmentRefilled { segment: self.path(segment), first, last, set_aside }
            }
            Mended::PackingCutShort { segment, set_aside } => Mended::PackingCutShort {
                segment: self.path(segment),
                set_aside: set_aside.map(|path| self.path(path)),
            },
            Mended::IndexRebuilt { set_aside, why } => Mended::IndexRebuilt {
                set_aside: set_aside.map(|path| self.path(path)),
                why: self.text(&why),
            },
            Mended::IndexCaughtUp { .. } | Mended::HeadRewritten => mended,
        }
    }

    fn error(&self, error: OpenError) -> OpenError {
        let folder = self.folder.to_owned();
        match error {
            OpenError::Lost { first, last, what, .. } => {
                OpenError::Lost { folder, first, last, what: self.text(&what) }
            }
            OpenError::Contradiction { what, .. } => {
                OpenError::Contradiction { folder, what: self.text(&what) }
            }
            OpenError::Index { what, .. } => OpenError::Index { folder, what: self.text(&what) },
            OpenError::UnknownVersion { path, version, newest } => {
                OpenError::UnknownVersion { path: self.path(path), version, newest }
            }
            // A file of the shadow that could not be written is just that.
            other => other,
        }
    }
}
