//! What a backup says of itself: `BACKUP.json`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ArchiveError;
use crate::disk::Disk as _;
use crate::disk::real::RealDisk;
use crate::position::{Head, Seq};

pub(super) const FILE_NAME: &str = "BACKUP.json";
const FORMAT: &str = "lianzhu-backup";
pub(crate) const VERSION: u32 = 1;

/// The file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Manifest {
    format: String,
    version: u32,
    /// `false` from the beginning of the first backup until it is finished.
    pub(super) complete: bool,
    pub(super) head: u64,
    hash: String,
    pub(super) commits: u64,
    pub(super) bytes: u64,
    /// When it was finished; as whoever made it says.
    pub(super) taken_at: String,
}

impl Manifest {
    pub(super) fn new(complete: bool, head: Head, commits: u64, bytes: u64, at: &str) -> Manifest {
        Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            complete,
            head: head.seq.get(),
            hash: head.hash.to_string(),
            commits,
            bytes,
            taken_at: at.to_owned(),
        }
    }

    pub(super) fn head(&self, folder: &Path) -> Result<Head, ArchiveError> {
        let hash = self.hash.parse().map_err(|_| no_backup(folder, "its hash is none"))?;
        Ok(Head { seq: Seq::new(self.head), hash })
    }

    /// Reads it; `None` when there is none.
    pub(super) fn read(folder: &Path) -> Result<Option<Manifest>, ArchiveError> {
        let path = folder.join(FILE_NAME);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ArchiveError::io(&path)(error)),
        };
        let manifest: Manifest = serde_json::from_slice(&text)
            .map_err(|error| no_backup(folder, format!("{FILE_NAME} cannot be read: {error}")))?;
        if manifest.format != FORMAT || manifest.version != VERSION {
            let what = format!("{FILE_NAME} is of a form that this release does not know");
            return Err(no_backup(folder, what));
        }
        Ok(Some(manifest))
    }

    /// Writes it in one step: the old one stands until the new one is durable.
    pub(super) fn write(&self, folder: &Path) -> Result<(), ArchiveError> {
        let path = folder.join(FILE_NAME);
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|error| ArchiveError::io(&path)(error.into()))?;
        text.push(b'\n');
        replace(&path, &text).map_err(ArchiveError::io(&path))
    }
}

/// Gives a file new content in one step; content and name are durable after this.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(UNFINISHED);
    let mut file = File::create(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    RealDisk.sync_dir(path.parent().unwrap_or(Path::new(".")))
}

/// How the names of files end that are being written.
pub(super) const UNFINISHED: &str = ".tmp";

pub(super) fn no_backup(folder: &Path, what: impl Into<String>) -> ArchiveError {
    ArchiveError::NoBackup { path: folder.to_owned(), what: what.into() }
}
