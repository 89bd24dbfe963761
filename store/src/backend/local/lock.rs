//! One process a folder: an exclusive lock on a file, which the system lets go when its holder
//! dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::OpenError;

pub(crate) const FILE_NAME: &str = "lock";
/// The longest announcement that is read back, in bytes.
const MAX_HOLDER_BYTES: u64 = 1_024;

/// How long a lock that is held is waited for. A process that starts another shares its files with
/// that one for the moment before the other program is loaded, and one that ends takes a moment to
/// go: neither is a holder.
const PATIENCE: Duration = Duration::from_millis(300);

/// How long between two attempts.
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
    let begun = Instant::now();
    loop {
        match take() {
            Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => thread::sleep(PAUSE),
            done => return done,
        }
    }
}

fn holder(file: &File) -> Option<String> {
    let mut text = Vec::new();
    file.take(MAX_HOLDER_BYTES).read_to_end(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text);
    text.lines().next().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_in_a_moment_is_waited_for_and_who_stays_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let held = FolderLock::exclusive(dir.path()).unwrap();
        let refused = FolderLock::exclusive(dir.path()).unwrap_err();
        assert!(matches!(refused, OpenError::Locked { .. }));
        let goes = thread::spawn(move || {
            thread::sleep(PAUSE);
            drop(held);
        });
        assert!(FolderLock::exclusive(dir.path()).is_ok());
        goes.join().unwrap();
    }
}
