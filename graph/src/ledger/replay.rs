//! The log folded into a state when a ledger is opened.

use std::sync::mpsc::sync_channel;
use std::thread;

use store::{Log, ReadError, Seq};

use super::ReplayError;
use crate::state::{Readied, State};

/// Commits that are read and decoded ahead of the fold. They bound the memory, not the speed.
const COMMITS_AHEAD: usize = 16;

/// Replays a log: another thread reads and decodes, this one folds, in the order of the log.
pub(super) fn replay(log: &Log, mut progress: impl FnMut(Seq)) -> Result<State, ReplayError> {
    let mut state = State::replaying();
    let mut fold = |readied: Result<Readied, ReadError>| {
        state.apply_readied(readied?)?;
        progress(state.seq());
        Ok::<(), ReplayError>(())
    };
    let (sender, receiver) = sync_channel(COMMITS_AHEAD);
    thread::scope(|scope| {
        let decode = move || {
            for readied in readied(log) {
                let is_last = readied.is_err();
                // Nobody listens any more once a commit could not be folded.
                if sender.send(readied).is_err() || is_last {
                    break;
                }
            }
        };
        let started = thread::Builder::new().name("replay".to_owned()).spawn_scoped(scope, decode);
        if let Err(error) = started {
            tracing::warn!(%error, "no thread to decode the log; it is replayed more slowly");
            return readied(log).try_for_each(&mut fold);
        }
        receiver.into_iter().try_for_each(&mut fold)
    })?;
    state.fold();
    Ok(state)
}

fn readied(log: &Log) -> impl Iterator<Item = Result<Readied, ReadError>> {
    log.read(Seq::ZERO).map(|commit| commit.map(Readied::new))
}
