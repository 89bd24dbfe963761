//! How readers come to see what was recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use store::Seq;
use tokio::sync::{Mutex, watch};

use super::Ledger;
use super::indexer::Indexer;
use super::writer::Writer;
use crate::state::State;

/// What is known now, for its one writer and for readers. It holds no log, so that a thread that
/// works on it never keeps one open.
pub(super) struct Live {
    pub(super) published: Arc<ArcSwap<State>>,
    pub(super) indexer: Indexer,
    pub(super) reached: watch::Sender<Seq>,
    pub(super) writer: Mutex<Writer>,
    folding: Folding,
}

/// Whether relations are being laid out anew.
#[derive(Clone, Default)]
struct Folding(Arc<AtomicBool>);

/// Held while they are. However that ends, the next may begin.
struct Held(Folding);

impl Folding {
    /// `None` while another does it.
    fn begin(&self) -> Option<Held> {
        (!self.0.swap(true, Ordering::AcqRel)).then(|| Held(self.clone()))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Self(Folding(is_held)) = self;
        is_held.store(false, Ordering::Release);
    }
}

impl Live {
    pub(super) fn new(state: State) -> Self {
        let published = Arc::new(ArcSwap::from_pointee(state.clone()));
        Self {
            indexer: Indexer::following(&published),
            published,
            reached: watch::channel(state.seq()).0,
            folding: Folding::default(),
            writer: Mutex::new(Writer::new(state)),
        }
    }

    fn show(&self, state: &State) {
        self.published.store(Arc::new(state.clone()));
        self.reached.send_replace(state.seq());
    }
}

impl Ledger {
    pub(super) fn publish_from(&self, state: &mut State) {
        let live = &self.shared.live;
        if state.is_resting() {
            let published = self.state();
            if published.seq() == state.seq() {
                *state = State::clone(&published);
            } else {
                state.fold();
            }
        }
        if self.state().seq() != state.seq() {
            live.show(state);
            self.see_to_snapshots(false);
        }
        if state.wants_folding()
            && let Some(held) = live.folding.begin()
        {
            self.fold_behind(held);
        }
    }

    pub(super) fn see_to_snapshots(&self, is_at_rest: bool) {
        if let Some(snapshots) = &self.shared.snapshots {
            snapshots.see(&self.state(), is_at_rest, || self.shared.log.metrics().free_bytes);
        }
    }

    /// Lays out the relations anew on a thread of its own, again while so many came meanwhile that
    /// it pays; the writer only takes the result.
    fn fold_behind(&self, held: Held) {
        let (state, live) = (self.state(), Arc::downgrade(&self.shared.live));
        let fold = move || {
            let mut state = state;
            loop {
                let folded = state.folded();
                drop(state);
                let Some(live) = live.upgrade() else { return };
                let mut writer = live.writer.blocking_lock();
                let Some(newest) = writer.presentable() else {
                    // It came too late, and what the writer holds is not for readers yet.
                    drop(held);
                    return;
                };
                newest.take_folded(folded);
                live.show(newest);
                if !newest.wants_folding() {
                    // Before the writer goes on, who may want it again.
                    drop(held);
                    return;
                }
                state = live.published.load_full();
            }
        };
        if let Err(error) = std::thread::Builder::new().name("fold".to_owned()).spawn(fold) {
            tracing::warn!(%error, "no thread to lay out relations; walks stay slower until one starts");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_fails_lets_the_next_begin() {
        let folding = Folding::default();
        let held = folding.begin();
        assert!(held.is_some() && folding.begin().is_none());
        let failed = std::thread::spawn(move || {
            let _held = held;
            panic!("the layout failed");
        });
        assert!(failed.join().is_err());
        assert!(folding.begin().is_some());
    }
}
