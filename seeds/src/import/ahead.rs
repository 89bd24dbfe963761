//! Reading on while a commit is on its way to the disk.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use crate::claims_file::{Checked, ClaimsError};

/// What one line of a file says, or why it says nothing.
pub(super) type Said = Result<Checked, ClaimsError>;

/// The most lines that are read before they are asked for: about a commit of them.
const LINES_MAX: usize = 1_000;

/// The lines of a file, some of them read before they are asked for.
pub(super) struct Ahead<R> {
    lines: R,
    read: VecDeque<Said>,
}

impl<R: Iterator<Item = Said>> Ahead<R> {
    pub(super) fn of(lines: R) -> Self {
        Self { lines, read: VecDeque::new() }
    }

    /// Waits for some work, and reads on if it is not done at once.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        match poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
            Poll::Ready(done) => done,
            Poll::Pending => {
                let missing = LINES_MAX.saturating_sub(self.read.len());
                self.read.extend(self.lines.by_ref().take(missing));
                work.await
            }
        }
    }
}

impl<R: Iterator<Item = Said>> Iterator for Ahead<R> {
    type Item = Said;

    fn next(&mut self) -> Option<Said> {
        self.read.pop_front().or_else(|| self.lines.next())
    }
}
