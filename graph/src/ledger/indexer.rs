//! The thread that keeps the name index up with the published state. It is never waited for: what
//! it has not reached yet, a search looks at name by name.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::name_index::NameIndex;
use crate::state::State;

/// Names that came without any others for so long are indexed, however few they are.
const QUIET: Duration = Duration::from_millis(100);

/// The name index of a ledger. Dropping it ends its thread after the part at hand.
pub(super) struct Indexer {
    index: Arc<ArcSwap<NameIndex>>,
    /// Room for one call: a call that is not yet answered stands for later ones too.
    calls: SyncSender<()>,
    is_over: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Indexer {
    /// Follows what is published there, from now on.
    pub(super) fn following(published: &Arc<ArcSwap<State>>) -> Self {
        let index = Arc::new(ArcSwap::from_pointee(NameIndex::default()));
        let (calls, called) = mpsc::sync_channel(1);
        let is_over = Arc::new(AtomicBool::new(false));
        let followed = Followed {
            index: Arc::downgrade(&index),
            published: Arc::downgrade(published),
            is_over: Arc::clone(&is_over),
        };
        let thread = thread::Builder::new().name("name-index".to_owned());
        let thread = match thread.spawn(move || follow(&called, &followed)) {
            Ok(thread) => Some(thread),
            Err(error) => {
                tracing::warn!(%error, "no thread for the name index; searches look at every name");
                None
            }
        };
        let indexer = Self { index, calls, is_over, thread: Mutex::new(thread) };
        indexer.call();
        indexer
    }

    /// Tells that more was published.
    pub(super) fn call(&self) {
        // A full queue means that a call is waiting already; a closed one, that there is no thread.
        self.calls.try_send(()).ok();
    }

    /// The index as far as it goes.
    pub(super) fn index(&self) -> Arc<NameIndex> {
        self.index.load_full()
    }

    /// Ends the thread after the part at hand, and waits for that. Blocking.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.call();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::warn!("the thread of the name index failed; searches look at every name");
        }
    }
}

/// What a thread follows, as long as somebody holds it.
struct Followed {
    index: Weak<ArcSwap<NameIndex>>,
    published: Weak<ArcSwap<State>>,
    is_over: Arc<AtomicBool>,
}

fn follow(called: &Receiver<()>, followed: &Followed) {
    while called.recv().is_ok() {
        loop {
            match followed.grow(NameIndex::is_behind) {
                Step::Grown => continue,
                Step::Gone => return,
                Step::UpToDate => {}
            }
            // The last few names are worth a part once no more come.
            match called.recv_timeout(QUIET) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        if matches!(followed.grow(NameIndex::misses_any), Step::Gone) {
            return;
        }
    }
}

/// What became of a step.
enum Step {
    Grown,
    UpToDate,
    /// Nobody is there to follow for.
    Gone,
}

impl Followed {
    /// Builds one part if the index is to be grown, so that a dropped ledger is not held for long.
    fn grow(&self, is_due: impl Fn(&NameIndex, &State) -> bool) -> Step {
        let held = (self.index.upgrade(), self.published.upgrade());
        let (Some(index), Some(published)) = held else { return Step::Gone };
        if self.is_over.load(Ordering::Acquire) {
            return Step::Gone;
        }
        let (now, state) = (index.load_full(), published.load_full());
        if !is_due(&now, &state) {
            return Step::UpToDate;
        }
        index.store(Arc::new(now.grown(&state)));
        Step::Grown
    }
}
