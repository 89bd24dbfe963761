//! Past, then live, without a gap.
//!
//! A tail holds no place in any queue: it waits for the published head to move, then takes what it
//! lacks from the recent commits in memory or, when it was slow, from the log. So a slow reader
//! costs the writer nothing and loses nothing.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};

use futures_util::Stream;
use futures_util::stream::{self, StreamExt};
use tokio::sync::watch;

use crate::commit::Commit;
use crate::error::ReadError;
use crate::limits::MAX_RECENT_COMMITS;
use crate::position::{Head, Seq};
use crate::read::{Core, Cursor, Published};

struct Tail {
    core: Arc<Core>,
    /// Away while a blocking task reads with it.
    cursor: Option<Cursor>,
    head: watch::Receiver<Published>,
    ready: VecDeque<Arc<Commit>>,
    /// An error to be told after `ready`; the tail ends with it.
    failed: Option<ReadError>,
}

pub(crate) fn tail(
    core: Arc<Core>,
    after: Seq,
) -> impl Stream<Item = Result<Arc<Commit>, ReadError>> + Send + Unpin + 'static {
    let head = core.published.subscribe();
    let cursor = Some(Cursor::new(Arc::clone(&core), after));
    let tail = Tail { core, cursor, head, ready: VecDeque::new(), failed: None };
    stream::unfold(tail, |mut tail| async move { tail.next().await.map(|item| (item, tail)) })
        .boxed()
}

impl Tail {
    async fn next(&mut self) -> Option<Result<Arc<Commit>, ReadError>> {
        loop {
            if let Some(commit) = self.ready.pop_front() {
                return Some(Ok(commit));
            }
            if let Some(error) = self.failed.take() {
                return Some(Err(error));
            }
            let published = *self.head.borrow_and_update();
            // An empty cursor means that an error was told: the tail is over.
            let cursor = self.cursor.take()?;
            self.fill(cursor, published.standing.head).await;
            if self.ready.is_empty() && self.failed.is_none() {
                if published.closed {
                    return None;
                }
                // The sender lives in `core`, which this tail holds, so this waits for a change.
                self.head.changed().await.ok()?;
            }
        }
    }

    /// Takes what follows the cursor up to `upto` into `ready`, or the reason why not.
    async fn fill(&mut self, mut cursor: Cursor, upto: Head) {
        if let Some(passed) = cursor.passed()
            && passed.seq < upto.seq
        {
            let recent = self.core.recent.read().unwrap_or_else(PoisonError::into_inner);
            self.ready.extend(recent.following(passed));
            drop(recent);
            if let Some(last) = self.ready.back() {
                cursor.pass(last);
                self.cursor = Some(cursor);
                return;
            }
        }
        if !cursor.lacks(upto) {
            self.cursor = Some(cursor);
            return;
        }
        match tokio::task::spawn_blocking(move || read_some(cursor, upto)).await {
            Ok((cursor, ready, None)) => (self.cursor, self.ready) = (Some(cursor), ready),
            Ok((_, ready, failed)) => (self.ready, self.failed) = (ready, failed),
            Err(stopped) => {
                let what = format!("the reading task stopped: {stopped}");
                self.failed = Some(ReadError::Index { what });
            }
        }
    }
}

/// Reads until about one fetch is used up, so that a long past arrives in pieces.
fn read_some(mut cursor: Cursor, upto: Head) -> (Cursor, VecDeque<Arc<Commit>>, Option<ReadError>) {
    let mut ready = VecDeque::new();
    while ready.len() < MAX_RECENT_COMMITS {
        match cursor.next(upto) {
            Ok(Some(commit)) => ready.push_back(Arc::new(commit)),
            Ok(None) => break,
            Err(error) => return (cursor, ready, Some(error)),
        }
        if !cursor.has_fetched() {
            break;
        }
    }
    (cursor, ready, None)
}
