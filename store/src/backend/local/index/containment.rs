//! What keeps sled's ways from becoming ours: its panics, on our threads and on its own, its
//! threads that outlive it, and its waiting for threads that are gone.

use std::any::Any;
use std::cell::Cell;
use std::fs::{File, TryLockError};
use std::io;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// sled needs some milliseconds; whoever holds its file for longer is somebody else.
const MAX_WAIT_FOR_SLED: Duration = Duration::from_secs(10);
/// How every error begins that was a panic.
const PANICKED: &str = "sled panicked";
const SILENT: &str = "sled did not answer";

/// Panics on sled's own threads since this process began. Its pool is one for all its databases,
/// and a panic there breaks it for all of them, so nobody need know whose it was.
static PANICS: AtomicU64 = AtomicU64::new(0);
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

thread_local! {
    /// This thread runs what calls into sled, and a panic will be told as an error.
    static IS_CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs what calls into sled, and makes an error of a panic.
pub(super) fn contained<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let before = IS_CONTAINED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    IS_CONTAINED.set(before);
    outcome.unwrap_or_else(|panic| Err(format!("{PANICKED}: {}", words(panic.as_ref()))))
}

/// Runs what calls into sled and may wait for its threads, but not for ever. After that it goes on
/// by itself, its outcome lost.
pub(super) fn bounded<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let (done, outcome) = mpsc::sync_channel(1);
    let run = move || {
        // Whoever waited may have given up.
        done.send(contained(work)).ok();
    };
    let started = thread::Builder::new().name("log-sled".to_owned()).spawn(run);
    started.map_err(|error| format!("no thread for it: {error}"))?;
    outcome.recv_timeout(limit).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => Err(format!("{SILENT} for {limit:?}")),
        RecvTimeoutError::Disconnected => Err(format!("{PANICKED}: while it told of a panic")),
    })
}

/// Tells whether an error means that sled is not to be asked again: it panicked, or hangs.
pub(super) fn is_final(what: &str) -> bool {
    what.starts_with(PANICKED) || what.starts_with(SILENT)
}

/// Listens from now on for panics on sled's own threads, which reach nobody else, and keeps those
/// that `contained` tells from being told twice. All others go on to whoever listened before.
pub(super) fn listen() {
    static ONCE: Once = Once::new();
    if thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let thread = thread::current();
            // The pool's threads, and the one that each database has for itself.
            let is_sleds = thread
                .name()
                .is_some_and(|name| name.starts_with("sled-io-") || name == "log flusher");
            if is_sleds {
                let what = words(info.payload());
                tracing::error!(%what, "sled panicked on a thread of its own");
                what.clone_into(&mut LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner));
                PANICS.fetch_add(1, Ordering::Release);
            } else if !IS_CONTAINED.get() {
                before(info);
            }
        }));
    });
}

/// Counts the panics on sled's own threads so far.
pub(super) fn panics() -> u64 {
    PANICS.load(Ordering::Acquire)
}

/// Tells of the last panic on a thread of sled's.
pub(super) fn last_panic() -> String {
    let what = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner);
    format!("{PANICKED} on a thread of its own: {what}")
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a word")
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
