//! The thread that keeps the name index up with the published state. It is never waited for: what
//! it has not reached yet, a search looks at name by name.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Weak};
use std::thread;
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
}

impl Indexer {
    /// Follows what is published there, from now on.
    pub(super) fn following(published: &Arc<ArcSwap<State>>) -> Self {
        let index = Arc::new(ArcSwap::from_pointee(NameIndex::default()));
        let (calls, called) = mpsc::sync_channel(1);
        let (grown, followed) = (Arc::downgrade(&index), Arc::downgrade(published));
        let thread = thread::Builder::new().name("name-index".to_owned());
        if let Err(error) = thread.spawn(move || follow(&called, &grown, &followed)) {
            tracing::warn!(%error, "no thread for the name index; searches look at every name");
        }
        let indexer = Self { index, calls };
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
}

fn follow(
    called: &Receiver<()>,
    index: &Weak<ArcSwap<NameIndex>>,
    published: &Weak<ArcSwap<State>>,
) {
    while called.recv().is_ok() {
        loop {
            match grow(index, published, NameIndex::is_behind) {
                Followed::Grown => continue,
                Followed::Gone => return,
                Followed::UpToDate => {}
            }
            // The last few names are worth a part once no more come.
            match called.recv_timeout(QUIET) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        if matches!(grow(index, published, NameIndex::misses_any), Followed::Gone) {
            return;
        }
    }
}

/// What became of following.
enum Followed {
    Grown,
    UpToDate,
    /// Nobody is there to follow for.
    Gone,
}

/// Builds one part if the index is to be grown, so that a dropped ledger is not held for long.
fn grow(
    index: &Weak<ArcSwap<NameIndex>>,
    published: &Weak<ArcSwap<State>>,
    is_due: impl Fn(&NameIndex, &State) -> bool,
) -> Followed {
    let (Some(index), Some(published)) = (index.upgrade(), published.upgrade()) else {
        return Followed::Gone;
    };
    let (now, state) = (index.load_full(), published.load_full());
    if !is_due(&now, &state) {
        return Followed::UpToDate;
    }
    index.store(Arc::new(now.grown(&state)));
    Followed::Grown
}
