//! The free space that must stay: below it the log takes no appends, well before anything is cut
//! half-way.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::disk::Disk;
use crate::limits::MAX_GROUP_BYTES;

/// Others write to the disk too, so it is looked at again after this long.
const MAX_AGE: Duration = Duration::from_secs(1);

/// An append that the disk has no room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full {
    /// Bytes that are free.
    pub(crate) free: u64,
    /// Bytes that must stay free.
    pub(crate) floor: u64,
}

/// Looks at the disk's free space, but not for each group.
///
/// Between two looks the journal grows by at most a quarter of what is free above the floor, and
/// by at most `MAX_GROUP_BYTES`; the index and sled's spare segments take less than twice that. So
/// the floor is crossed only by what other programs write within a second.
#[derive(Debug)]
pub(crate) struct Room {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    floor: u64,
    /// What may still be written before the next look.
    allowance: u64,
    looked: Instant,
}

impl Room {
    pub(crate) fn new(disk: Arc<dyn Disk>, folder: PathBuf, floor: u64) -> Room {
        Room { disk, folder, floor, allowance: 0, looked: Instant::now() }
    }

    /// Asks for room for a group. While there is none, every question is a look, so writing goes on
    /// as soon as there is.
    pub(crate) fn take(&mut self, bytes: u64) -> Result<(), Full> {
        if self.floor == 0 {
            return Ok(());
        }
        if bytes > self.allowance || self.looked.elapsed() >= MAX_AGE {
            self.allowance = 0;
            let free = match self.disk.free_bytes(&self.folder) {
                Ok(free) => free,
                Err(error) => {
                    // A system that cannot tell is no reason to refuse; a write that finds the disk
                    // full is undone.
                    tracing::warn!(%error, folder = %self.folder.display(), "free space is unknown");
                    (self.looked, self.allowance) = (Instant::now(), u64::MAX);
                    return Ok(());
                }
            };
            let above = free.saturating_sub(self.floor);
            if above < bytes {
                return Err(Full { free, floor: self.floor });
            }
            self.looked = Instant::now();
            self.allowance = (above / 4).clamp(bytes, MAX_GROUP_BYTES.max(1) as u64 + bytes);
        }
        self.allowance -= bytes;
        Ok(())
    }

    /// Tells what a write met that found the disk full all the same.
    pub(crate) fn found_full(&mut self) -> Full {
        self.allowance = 0;
        // It is told to people only, so an unknown size is told as none.
        Full { free: self.disk.free_bytes(&self.folder).unwrap_or(0), floor: self.floor }
    }
}
