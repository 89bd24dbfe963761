//! The log folded into a state when a ledger is opened.

use std::sync::mpsc::sync_channel;

use store::{Log, Seq};

use super::ReplayError;
use crate::state::{Readied, State};

/// Commits that are read and decoded ahead of the fold. They bound the memory, not the speed.
const COMMITS_AHEAD: usize = 16;

/// Replays a log: another thread reads and decodes, this one folds, in the order of the log.
pub(super) fn replay(log: &Log, mut progress: impl FnMut(Seq)) -> Result<State, ReplayError> {
    let mut state = State::replaying();
    let (sender, receiver) = sync_channel(COMMITS_AHEAD);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for commit in log.read(Seq::ZERO) {
                let readied = commit.map(Readied::new);
                let is_last = readied.is_err();
                // Nobody listens any more once a commit could not be folded.
                if sender.send(readied).is_err() || is_last {
                    break;
                }
            }
        });
        for readied in receiver {
            state.apply_readied(readied?)?;
            progress(state.seq());
        }
        Ok::<(), ReplayError>(())
    })?;
    state.fold();
    Ok(state)
}
