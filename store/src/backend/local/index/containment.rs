//! What keeps sled's ways from becoming ours: its panics, and its threads that outlive it.

use std::fs::{File, TryLockError};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// sled needs some milliseconds; whoever holds its file for longer is somebody else.
const MAX_WAIT_FOR_SLED: Duration = Duration::from_secs(10);

/// Runs what calls into sled, and makes an error of a panic.
pub(super) fn contained<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("sled panicked: {}", text.unwrap_or("without a word")))
    })
}

/// Waits until sled has let its files go. Its pool may still be at work after the last handle is
/// dropped, and holds sled's own lock until then; opening again meanwhile would fail, and would look
/// like damage.
pub(crate) fn wait_until_free(folder: &Path) -> Result<(), String> {
    let begin = Instant::now();
    loop {
        let locked = match File::open(folder.join("db")) {
            // Dropping the file lets the lock go again.
            Ok(db) => db.try_lock(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        match locked {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if begin.elapsed() < MAX_WAIT_FOR_SLED => {
                thread::sleep(Duration::from_millis(1));
            }
            Err(error) => return Err(format!("its file is still in use: {error}")),
        }
    }
}
