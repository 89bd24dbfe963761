//! Bringing the index up to the journal.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::super::super::Prepared;
use super::super::super::standing::Standing;
use super::super::content;
use super::super::index::{Index, prepare};
use super::super::journal::{self, Scan, Segment};
use super::Opening;
use super::refill::add_whole_commits;
use crate::commit::Commit;
use crate::error::OpenError;
use crate::frame;
use crate::limits::{MAX_GROUP_BYTES, MAX_GROUP_COMMITS};
use crate::position::{Hash32, Head, Seq};

/// How an index compares with the journal, after it was given what it lacked.
pub(super) enum Outcome {
    Agrees,
    /// It holds other commits, or failed.
    Contradicts(String),
}

/// Commits on their way into the index.
struct Feed<'a> {
    index: &'a Index,
    /// Where the index stood.
    from: Standing,
    /// Where it will stand after `waiting`.
    standing: Standing,
    waiting: Vec<Prepared>,
    bytes: usize,
    /// The journal holds the commit with which the index ends.
    joins: bool,
}

impl Opening<'_> {
    /// Gives the index what it lacks up to `end`, and checks that what it has is the journal's.
    pub(super) fn replay(
        &self,
        index: &Index,
        from: Standing,
        end: Standing,
    ) -> Result<Outcome, OpenError> {
        if let Err(why) = last_block(index, from) {
            return Ok(Outcome::Contradicts(why));
        }
        if from.head.seq >= end.head.seq {
            return Ok(if from == end {
                Outcome::Agrees
            } else {
                Outcome::Contradicts(format!(
                    "it stands at {}, the journal at {}",
                    from.head, end.head
                ))
            });
        }
        if let Err(why) = index.remove_leftovers(from) {
            return Ok(Outcome::Contradicts(why));
        }
        let joins = from.head == Head::EMPTY;
        let mut feed = Feed { index, from, standing: from, waiting: Vec::new(), bytes: 0, joins };
        let segments = journal::list(self.disk.as_ref(), &self.journal);
        let segments = segments.map_err(|error| OpenError::io(&self.journal, error))?;
        // The segment that holds the index's last commit comes along, to see that it is the same.
        let begin = segments.partition_point(|segment| segment.first <= from.head.seq);
        let segments = &segments[begin.saturating_sub(1)..];
        for (at, segment) in segments.iter().enumerate() {
            match self.replay_segment(segment, &mut feed)? {
                Ok(scan) if scan.standing.head.seq < end.head.seq && !scan.sealed => {
                    let what = scan.stop.map_or("it ends too early".to_owned(), |stop| stop.what);
                    let next = segments.get(at + 1).map(|next| Seq::new(next.first.get() - 1));
                    let floor = next.unwrap_or(end.head.seq);
                    return self.unreadable(segment, scan.standing.head.seq, floor, &what);
                }
                Ok(_) => {}
                Err(why) => return Ok(Outcome::Contradicts(why)),
            }
        }
        if let Err(why) = feed.flush() {
            return Ok(Outcome::Contradicts(why));
        }
        if feed.joins && feed.standing.head == end.head {
            return Ok(Outcome::Agrees);
        }
        Ok(Outcome::Contradicts(format!("it ends at {}, which the journal lacks", from.head)))
    }

    fn replay_segment(
        &self,
        segment: &Segment,
        feed: &mut Feed<'_>,
    ) -> Result<Result<Scan, String>, OpenError> {
        let content = content::read(self.disk.as_ref(), segment);
        let content = content.map_err(|error| OpenError::io(&segment.path, error))?;
        let content = content.unwrap_or_default().bytes;
        let before = Seq::new(segment.first.get().saturating_sub(1));
        let start = match super::super::segment::Header::parse(&content) {
            Ok(header) => Head { seq: before, hash: header.prev_hash },
            Err(_) => Head { seq: before, hash: Hash32::ZERO },
        };
        let start = Standing { head: start, ..Standing::default() };
        Ok(journal::scan(&content, start, |commit, stored| feed.take(commit, stored)))
    }

    fn unreadable<T>(
        &self,
        segment: &Segment,
        after: Seq,
        floor: Seq,
        what: &str,
    ) -> Result<T, OpenError> {
        let content = content::read(self.disk.as_ref(), segment);
        let content = content.map_err(|error| OpenError::io(&segment.path, error))?;
        let mut whole = BTreeMap::new();
        add_whole_commits(&content.unwrap_or_default().bytes, &mut whole);
        Err(self.lost(&segment.path, after.next(), floor, &whole, what))
    }
}

impl Feed<'_> {
    fn take(&mut self, commit: Commit, stored: Bytes) -> Result<(), String> {
        if commit.last() <= self.from.head.seq {
            self.joins |= commit.head() == self.from.head;
            return Ok(());
        }
        if !self.joins {
            return Err(format!("it ends at {}, which the journal lacks", self.from.head));
        }
        self.standing = self.standing.after(&commit);
        self.bytes += stored.len();
        self.waiting.push(prepare(commit, stored));
        if self.waiting.len() >= MAX_GROUP_COMMITS || self.bytes >= MAX_GROUP_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), String> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let packed = self.index.pack(&self.waiting)?;
        self.index.apply(&self.waiting, packed, self.standing)?;
        if self.index.wants_upkeep() {
            self.index.upkeep()?;
        }
        self.waiting.clear();
        self.bytes = 0;
        Ok(())
    }
}

/// Checks that the index holds the commit with which it says it ends.
fn last_block(index: &Index, standing: Standing) -> Result<(), String> {
    let head = standing.head;
    if head.seq == Seq::ZERO {
        return Ok(());
    }
    let stored = index.batch(head.seq, 1).map_err(super::super::index::Refused::told)?;
    match stored.first().map(frame::decode) {
        Some(Ok(commit)) if commit.head() == head => Ok(()),
        Some(Ok(commit)) => {
            Err(format!("it says it ends at {head}, and ends at {}", commit.head()))
        }
        Some(Err(what)) => Err(format!("its last commit cannot be read: {what}")),
        None => Err(format!("it says it ends at {head}, and holds nothing")),
    }
}
