//! Reading on while a commit is on its way to the disk.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use crate::claims_file::{Checked, ClaimsError};

/// What one line of a file says, or why it says nothing.
pub(super) type Said = Result<Checked, ClaimsError>;

/// What a line says, and how long the line is, in bytes.
pub(super) type Line = (usize, Said);

/// The most lines that are read before they are asked for: about a commit of them.
const LINES_MAX: usize = 4_000;

/// No more lines are read ahead from this size on, in bytes: what waits must not fill the memory,
/// be it a thousand articles.
const BYTES_MAX: usize = 4 << 20;

/// The lines of a file, some of them read before they are asked for.
pub(super) struct Ahead<R> {
    lines: R,
    read: VecDeque<Line>,
    /// How long the lines are that were read ahead, together.
    bytes: usize,
}

impl<R: Iterator<Item = Line>> Ahead<R> {
    pub(super) fn of(lines: R) -> Self {
        Self { lines, read: VecDeque::new(), bytes: 0 }
    }

    /// Waits for some work, and reads on if it is not done at once.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        match poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
            Poll::Ready(done) => done,
            Poll::Pending => {
                self.read_on();
                work.await
            }
        }
    }

    fn read_on(&mut self) {
        while self.read.len() < LINES_MAX && self.bytes < BYTES_MAX {
            let Some(line) = self.lines.next() else { return };
            self.bytes += line.0;
            self.read.push_back(line);
        }
    }
}

impl<R: Iterator<Item = Line>> Iterator for Ahead<R> {
    type Item = Said;

    fn next(&mut self) -> Option<Said> {
        let Some((length, said)) = self.read.pop_front() else {
            return self.lines.next().map(|(_, said)| said);
        };
        self.bytes -= length;
        Some(said)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::task::{Context, Waker};

    use super::*;
    use crate::claims_file::Item;
    use graph::model::{EntityDraft, EntityKind};

    fn lines(count: usize, length: usize) -> impl Iterator<Item = Line> {
        let draft = || EntityDraft::Named {
            kind: EntityKind::Firm,
            name: "甲".to_owned(),
            also_known_as: Vec::new(),
        };
        (1..=count).map(move |line| (length, Ok(Checked { line, item: Item::Entity(draft()) })))
    }

    fn poll<T>(work: impl Future<Output = T>) -> Poll<T> {
        pin!(work).poll(&mut Context::from_waker(Waker::noop()))
    }

    fn numbers(file: impl Iterator<Item = Said>) -> Vec<usize> {
        file.map(|said| said.unwrap().line).collect()
    }

    #[test]
    fn what_is_read_ahead_is_bounded_and_keeps_its_order() {
        for (length, most) in [(1, LINES_MAX), (BYTES_MAX / 4, 4), (BYTES_MAX * 2, 1)] {
            let mut file = Ahead::of(lines(5_000, length));
            assert_eq!(poll(file.during(ready(()))), Poll::Ready(()));
            assert_eq!(file.read.len(), 0);
            for _ in 0..2 {
                assert_eq!(poll(file.during(pending::<()>())), Poll::Pending);
                assert_eq!(file.read.len(), most);
            }
            assert_eq!(numbers(&mut file), (1..=5_000).collect::<Vec<_>>());
            assert_eq!(file.bytes, 0);
        }
    }
}
