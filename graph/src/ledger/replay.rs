//! The log folded into a state when a ledger is opened.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, Builder, Scope};

use store::{Commit, Log, ReadError, Seq};

use super::ReplayError;
use crate::state::{Readied, State};

/// Commits that each decoder may be ahead of the fold. They bound the memory, not the speed.
const COMMITS_AHEAD: usize = 4;

/// More decoders than this would only wait for the fold.
const DECODERS_MAX: usize = 4;

type Read = Result<Commit, ReadError>;
type Decoded = Result<Readied, ReadError>;

/// Folds what the log holds beyond a state: one thread reads, some decode, this one folds, all in
/// the order of the log.
pub(super) fn replay(
    log: &Log,
    state: &mut State,
    mut progress: impl FnMut(Seq),
) -> Result<(), ReplayError> {
    let after = state.seq();
    let mut fold = |decoded: Decoded| {
        state.apply_readied(decoded?)?;
        progress(state.seq());
        Ok::<(), ReplayError>(())
    };
    thread::scope(|scope| match Decoders::start(scope, log, after) {
        Ok(decoders) => decoders.in_order().try_for_each(&mut fold),
        Err(error) => {
            tracing::warn!(%error, "no threads to decode the log; it is replayed more slowly");
            log.read(after).map(decoded).try_for_each(&mut fold)
        }
    })
}

fn decoded(commit: Read) -> Decoded {
    commit.map(Readied::new)
}

/// Commits are dealt to the decoders in turn, and taken from them in turn.
struct Decoders(Vec<Receiver<Decoded>>);

impl Decoders {
    fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        log: &'scope Log,
        after: Seq,
    ) -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, usize::from).min(DECODERS_MAX);
        let (mut dealers, mut takers) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (dealer, dealt) = sync_channel::<Read>(COMMITS_AHEAD);
            let (sender, taker) = sync_channel(COMMITS_AHEAD);
            let work = move || decode(dealt, &sender);
            Builder::new().name("decode".to_owned()).spawn_scoped(scope, work)?;
            dealers.push(dealer);
            takers.push(taker);
        }
        let deal = move || deal(log.read(after), &dealers);
        Builder::new().name("replay".to_owned()).spawn_scoped(scope, deal)?;
        Ok(Self(takers))
    }

    /// What was decoded, up to the first that there is no more of.
    fn in_order(self) -> impl Iterator<Item = Decoded> {
        let mut turn = 0;
        std::iter::from_fn(move || {
            let next = self.0[turn].recv().ok();
            turn = (turn + 1) % self.0.len();
            next
        })
    }
}

fn decode(dealt: Receiver<Read>, sender: &SyncSender<Decoded>) {
    for commit in dealt {
        // Nobody listens any more once a commit could not be folded.
        if sender.send(decoded(commit)).is_err() {
            break;
        }
    }
}

fn deal(commits: impl Iterator<Item = Read>, dealers: &[SyncSender<Read>]) {
    for (commit, dealer) in commits.zip(dealers.iter().cycle()) {
        if dealer.send(commit).is_err() {
            break;
        }
    }
}
