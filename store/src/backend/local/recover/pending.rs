//! What mending does to the journal's files, put off until nothing can be refused any more.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::journal::Journal;
use super::Opening;
use crate::disk::{self, Disk};
use crate::error::OpenError;

#[derive(Debug)]
pub(super) enum Pending {
    /// A segment that was written beside its place takes it; what was there gets another name.
    Swap {
        ready: PathBuf,
        path: PathBuf,
        set_aside: Option<PathBuf>,
        /// Its packed form, and the name that it gets.
        packed: Option<(PathBuf, PathBuf)>,
    },
    /// A segment that was begun and holds nothing goes.
    Remove { path: PathBuf },
    /// One of two forms of a segment, or half of one, gets another name or goes.
    Settle { path: PathBuf, set_aside: Option<PathBuf> },
    /// What follows a seal goes.
    Cut { path: PathBuf, at: u64 },
}

impl Opening<'_> {
    /// Does everything. Cut short at any point, the next opening finds the rest to do.
    pub(super) fn do_pending(&mut self) -> Result<(), OpenError> {
        for one in std::mem::take(&mut self.pending) {
            let done = match &one {
                Pending::Swap { ready, path, set_aside, packed } => {
                    let disk = self.disk.as_ref();
                    swap(disk, ready, path, set_aside.as_deref())
                        .and_then(|()| match packed {
                            Some((packed, aside)) => disk.rename(packed, aside),
                            None => Ok(()),
                        })
                        .and_then(|()| disk.sync_dir(&self.journal))
                }
                Pending::Remove { path } => {
                    self.disk.remove(path).and_then(|()| self.disk.sync_dir(&self.journal))
                }
                Pending::Settle { path, set_aside } => {
                    let settled = match set_aside {
                        Some(aside) => self.disk.rename(path, aside),
                        None => self.disk.remove(path),
                    };
                    settled.and_then(|()| self.disk.sync_dir(&self.journal))
                }
                Pending::Cut { path, at } => {
                    let size = self.options.segment_bytes;
                    Journal::resume(Arc::clone(&self.disk), path, *at, self.epoch, size).map(drop)
                }
            };
            done.map_err(|error| OpenError::io(one.path(), error))?;
        }
        Ok(())
    }

    /// Removes what was written for nothing.
    pub(super) fn drop_pending(&mut self) {
        for one in std::mem::take(&mut self.pending) {
            if let Pending::Swap { ready, .. } = one
                && let Err(error) = self.disk.remove(&ready)
            {
                tracing::warn!(file = %ready.display(), %error, "a leftover cannot be removed");
            }
        }
    }
}

impl Pending {
    fn path(&self) -> &Path {
        let (Pending::Swap { path, .. }
        | Pending::Remove { path }
        | Pending::Settle { path, .. }
        | Pending::Cut { path, .. }) = self;
        path
    }
}

fn swap(disk: &dyn Disk, ready: &Path, path: &Path, set_aside: Option<&Path>) -> io::Result<()> {
    if let Some(aside) = set_aside {
        // A second name, so that the segment is never without a file.
        disk.link(path, aside).or_else(|_| {
            let content = disk::read_if_there(disk, path)?.unwrap_or_default();
            disk::write_new(disk, aside, &content).map(drop)
        })?;
    }
    disk.rename(ready, path)
}
