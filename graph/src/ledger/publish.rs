//! How readers come to see what was recorded.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Ledger, Shared};
use crate::state::State;

impl Ledger {
    pub(super) fn publish_from(&self, state: &State) {
        if self.state().seq() != state.seq() {
            self.shared.show(state);
            if state.wants_folding() && !self.shared.is_folding.swap(true, Ordering::AcqRel) {
                self.fold_behind();
            }
        }
    }

    /// Lays out the relations anew on a thread of its own; the writer only takes the result.
    fn fold_behind(&self) {
        let (state, shared) = (self.state(), Arc::downgrade(&self.shared));
        let fold = move || {
            let folded = state.folded();
            drop(state);
            if let Some(shared) = shared.upgrade() {
                let mut writer = shared.writer.blocking_lock();
                writer.take_folded(folded);
                shared.show(&writer);
                shared.is_folding.store(false, Ordering::Release);
            }
        };
        if let Err(error) = std::thread::Builder::new().name("fold".to_owned()).spawn(fold) {
            tracing::warn!(%error, "no thread to lay out relations; walks stay slower until one starts");
            self.shared.is_folding.store(false, Ordering::Release);
        }
    }
}

impl Shared {
    fn show(&self, state: &State) {
        self.published.store(Arc::new(state.clone()));
        self.reached.send_replace(state.seq());
        self.indexer.call();
    }
}
