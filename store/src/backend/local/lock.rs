//! One process a folder: an exclusive lock on a file, which the system lets go when its holder
//! dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::error::OpenError;

pub(crate) const FILE_NAME: &str = "lock";
/// The longest announcement that is read back, in bytes.
const MAX_HOLDER_BYTES: u64 = 1_024;

/// How often a lock that is held is tried. A process that starts another shares its files with that
/// one for the moment before the other program is loaded, and one that ends takes a moment to go:
/// neither is a holder. Attempts are counted and not time, for a machine that is busy or stands still
/// makes the moment longer, and the pauses with it.
const ATTEMPTS: u32 = 30;

/// How long between two attempts, at least.
const PAUSE: Duration = Duration::from_millis(10);

/// A held lock; dropping it lets go.
#[derive(Debug)]
pub(crate) struct FolderLock {
    file: File,
}

impl FolderLock {
    /// Takes the folder for writing.
    pub(crate) fn exclusive(folder: &Path) -> Result<FolderLock, OpenError> {
        let path = folder.join(FILE_NAME);
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| OpenError::io(&path, error))?;
        let locked = patiently(|| file.try_lock());
        let lock = FolderLock::taken(folder, &path, file, locked)?;
        // Whatever an earlier holder announced is over.
        lock.file.set_len(0).map_err(|error| OpenError::io(&path, error))?;
        Ok(lock)
    }

    /// Takes the folder for reading beside other readers; `None` when there is no lock file, so
    /// nobody ever opened it.
    pub(crate) fn shared(folder: &Path) -> Result<Option<FolderLock>, OpenError> {
        let path = folder.join(FILE_NAME);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(OpenError::io(&path, error)),
        };
        let locked = patiently(|| file.try_lock_shared());
        FolderLock::taken(folder, &path, file, locked).map(Some)
    }

    fn taken(
        folder: &Path,
        path: &Path,
        file: File,
        locked: Result<(), TryLockError>,
    ) -> Result<FolderLock, OpenError> {
        match locked {
            Ok(()) => Ok(FolderLock { file }),
            Err(TryLockError::WouldBlock) => {
                Err(OpenError::Locked { folder: folder.to_owned(), holder: holder(&file) })
            }
            Err(TryLockError::Error(error)) => Err(OpenError::io(path, error)),
        }
    }

    /// Writes what others shall read who find the folder taken.
    pub(crate) fn announce(&mut self, text: &str) -> io::Result<()> {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(line.trim().as_bytes())?;
        self.file.write_all(b"\n")
    }
}

fn patiently(take: impl Fn() -> Result<(), TryLockError>) -> Result<(), TryLockError> {
    for _ in 1..ATTEMPTS {
        match take() {
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            done => return done,
        }
    }
    take()
}

fn holder(file: &File) -> Option<String> {
    let mut text = Vec::new();
    file.take(MAX_HOLDER_BYTES).read_to_end(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text);
    text.lines().next().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn who_goes_in_a_moment_is_waited_for_and_who_stays_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let held = FolderLock::exclusive(dir.path()).unwrap();
        let refused = FolderLock::exclusive(dir.path()).unwrap_err();
        assert!(matches!(refused, OpenError::Locked { .. }));
        // Gone when it is tried for the last time.
        let (tried, held) = (Cell::new(0), Cell::new(Some(held)));
        let lock = File::open(dir.path().join(FILE_NAME)).unwrap();
        let taken = patiently(|| {
            tried.set(tried.get() + 1);
            if tried.get() == ATTEMPTS {
                held.take();
            }
            lock.try_lock()
        });
        assert!(taken.is_ok() && tried.get() == ATTEMPTS, "{taken:?} after {}", tried.get());
    }
}
