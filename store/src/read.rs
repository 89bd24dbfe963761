//! Reading: the one place where contiguity and hash links are checked, for every backend.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bytes::Bytes;
use tokio::sync::watch;

use crate::backend::{Backend, Source, Standing};
use crate::commit::{Appended, Commit, CommitId};
use crate::error::ReadError;
use crate::frame;
use crate::limits::{
    MAX_RECENT_BYTES, MAX_RECENT_COMMITS, READ_AHEAD_BYTES, SECOND_READ_AHEAD_BYTES,
};
use crate::metrics::Meter;
use crate::position::{Head, Seq};

/// The most places that are told, so that a copy that is gone altogether does not fill the log.
const MAX_TOLD_PLACES: usize = 1_000;

/// What readers and the writer share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) meter: Arc<Meter>,
    pub(crate) backend: Backend,
    pub(crate) published: watch::Sender<Published>,
    pub(crate) recent: RwLock<Recent>,
    /// Commits (and their idempotency keys) whose write failed half-way: whether they are there, only a reopening tells.
    pub(crate) uncertain: Mutex<Vec<(CommitId, Option<String>)>>,
    /// Places where the usual copy failed and the other one was read, for telling each once.
    told: Mutex<BTreeSet<Seq>>,
}

/// How far the log goes for its readers. Only what is durable is published.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published {
    pub(crate) standing: Standing,
    pub(crate) closed: bool,
}

impl Core {
    pub(crate) fn new(backend: Backend, standing: Standing, meter: Arc<Meter>) -> Core {
        Core {
            meter,
            backend,
            published: watch::Sender::new(Published { standing, closed: false }),
            recent: RwLock::default(),
            uncertain: Mutex::default(),
            told: Mutex::default(),
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        self.published.borrow().standing
    }

    /// Finds the commit that holds an event, hash-checked.
    pub(crate) fn commit_at(&self, seq: Seq) -> Result<Option<Commit>, ReadError> {
        if seq == Seq::ZERO || seq > self.standing().head.seq {
            return Ok(None);
        }
        let commit = self.read_at(Source::Usual, seq).or_else(|error| {
            if !self.backend.has_second() || matches!(error, ReadError::Closed) {
                return Err(error);
            }
            self.tell(seq, &error);
            // The first failure is the cause, so it is the one that is told.
            self.read_at(Source::Second, seq).map_err(|_| error)
        });
        commit.map(Some)
    }

    /// Tells that the second copy is read, once for each place.
    fn tell(&self, at: Seq, error: &ReadError) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < MAX_TOLD_PLACES && told.insert(at) {
            tracing::warn!(
                event = at.get(), %error,
                "read from the second copy; stop the log and run `lianzhu log repair`"
            );
        }
    }

    /// Asks the index, and where it fails, every commit: what the index cannot tell, the commits do.
    pub(crate) fn ask<T>(
        self: &Arc<Core>,
        index: impl FnOnce(&Core) -> Result<T, ReadError>,
        mut commits: impl FnMut(Commit) -> Option<T>,
        none: impl FnOnce(&Core) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let error = match index(self) {
            Err(error @ (ReadError::Index { .. } | ReadError::Corrupt { .. }))
                if self.backend.has_second() =>
            {
                error
            }
            other => return other,
        };
        self.tell(Seq::ZERO, &error);
        let upto = self.standing().head;
        let mut cursor = Cursor::new(Arc::clone(self), Seq::ZERO);
        while let Some(commit) = cursor.next(upto)? {
            if let Some(found) = commits(commit) {
                return Ok(found);
            }
        }
        none(self)
    }

    fn read_at(&self, source: Source, seq: Seq) -> Result<Commit, ReadError> {
        let batch = self.backend.batch(source, seq, 1)?;
        let Some(stored) = batch.first() else {
            let what = "the commit that holds it is missing".to_owned();
            return Err(ReadError::Corrupt { seq, what });
        };
        let commit = decode(stored, seq)?;
        if commit.first > seq || commit.last() < seq {
            let what = format!("events {} to {} were found instead", commit.first, commit.last());
            return Err(ReadError::Corrupt { seq, what });
        }
        Ok(commit)
    }

    pub(crate) fn resolve(&self, id: CommitId) -> Result<Option<Appended>, ReadError> {
        if let Some(first) = self.backend.find_id(id)? {
            let commit = self.commit_at(first)?.filter(|commit| commit.id == id);
            return commit.map(|commit| Some(commit.receipt(true))).ok_or_else(|| {
                let what = format!("the index names it for commit {id}, which is not there");
                ReadError::Corrupt { seq: first, what }
            });
        }
        self.absent_unless_uncertain(|uncertain, _| uncertain == id)
    }

    pub(crate) fn resolve_key(&self, key: &str) -> Result<Option<Appended>, ReadError> {
        if let Some((_, first)) = self.backend.find_key(key)? {
            let commit = self.commit_at(first)?;
            let commit = commit.filter(|commit| commit.idempotency_key.as_deref() == Some(key));
            return commit.map(|commit| Some(commit.receipt(true))).ok_or_else(|| {
                let what = format!("the index names it for key {key:?}, which is not there");
                ReadError::Corrupt { seq: first, what }
            });
        }
        self.absent_unless_uncertain(|_, uncertain| uncertain == Some(key))
    }

    pub(crate) fn absent_unless_uncertain(
        &self,
        is_it: impl Fn(CommitId, Option<&str>) -> bool,
    ) -> Result<Option<Appended>, ReadError> {
        let uncertain = self.uncertain.lock().unwrap_or_else(PoisonError::into_inner);
        match uncertain.iter().find(|(id, key)| is_it(*id, key.as_deref())) {
            Some((id, _)) => Err(ReadError::Uncertain { id: *id }),
            None => Ok(None),
        }
    }
}

/// The newest commits, decoded, so that tails which keep up share them and read nothing.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    commits: VecDeque<(Arc<Commit>, usize)>,
    bytes: usize,
}

impl Recent {
    pub(crate) fn push(&mut self, commit: Arc<Commit>, bytes: usize) {
        self.commits.push_back((commit, bytes));
        self.bytes += bytes;
        while self.commits.len() > MAX_RECENT_COMMITS || self.bytes > MAX_RECENT_BYTES {
            let Some((_, dropped)) = self.commits.pop_front() else { break };
            self.bytes -= dropped;
        }
    }

    /// Tells all commits that follow `after`, if the very next one is still here.
    pub(crate) fn following(&self, after: Head) -> Vec<Arc<Commit>> {
        let at = self.commits.partition_point(|(commit, _)| commit.first <= after.seq);
        match self.commits.get(at) {
            Some((next, _)) if next.first == after.seq.next() && next.prev_hash == after.hash => {
                self.commits.range(at..).map(|(commit, _)| Arc::clone(commit)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A place in the log that moves forward and checks every step: each commit's hash, that it begins
/// where the one before ended, that it names the hash of the one before, and that the last one is
/// the published head.
#[derive(Debug)]
pub(crate) struct Cursor {
    core: Arc<Core>,
    /// The last commit that was passed; `None` until the first fetch, when starting inside the log.
    passed: Option<Head>,
    /// Events up to here are not wanted.
    after: Seq,
    fetched: VecDeque<Commit>,
}

impl Cursor {
    pub(crate) fn new(core: Arc<Core>, after: Seq) -> Cursor {
        let passed = (after == Seq::ZERO).then_some(Head::EMPTY);
        Cursor { core, passed, after, fetched: VecDeque::new() }
    }

    /// Tells the head of the last commit that was given out or skipped, once one was.
    pub(crate) fn passed(&self) -> Option<Head> {
        self.passed
    }

    /// Takes note of a commit that came by another way. It must follow `passed`.
    pub(crate) fn pass(&mut self, commit: &Commit) {
        self.passed = Some(commit.head());
    }

    /// Tells whether events up to `upto` are still to come.
    pub(crate) fn lacks(&self, upto: Head) -> bool {
        self.passed.map_or(self.after, |head| head.seq) < upto.seq
    }

    /// Tells whether commits wait here that need no further fetch.
    pub(crate) fn has_fetched(&self) -> bool {
        !self.fetched.is_empty()
    }

    /// Tells the next commit up to `upto`, or `None` there.
    pub(crate) fn next(&mut self, upto: Head) -> Result<Option<Commit>, ReadError> {
        loop {
            let at = self.passed.map_or(self.after, |head| head.seq.next());
            if at > upto.seq {
                return Ok(None);
            }
            let commit = match self.step(Source::Usual, at, upto) {
                Ok(commit) => commit,
                Err(error) if !self.core.backend.has_second() => return Err(error),
                Err(error @ ReadError::Closed) => return Err(error),
                Err(error) => {
                    self.core.tell(at, &error);
                    self.fetched.clear();
                    // The first failure is the cause, so it is the one that is told.
                    self.step(Source::Second, at, upto).map_err(|_| error)?
                }
            };
            self.passed = Some(commit.head());
            if commit.last() > self.after {
                return Ok(Some(commit));
            }
        }
    }

    fn step(&mut self, source: Source, at: Seq, upto: Head) -> Result<Commit, ReadError> {
        if self.fetched.is_empty() {
            let max_bytes = match source {
                Source::Usual => READ_AHEAD_BYTES,
                Source::Second => SECOND_READ_AHEAD_BYTES,
            };
            let stored = self.core.backend.batch(source, at, max_bytes)?;
            self.fetched = self.decode_all(&stored, at, upto.seq)?;
        }
        let Some(commit) = self.fetched.pop_front() else {
            let what = format!("event {at} is missing, and the log goes on to {}", upto.seq);
            return Err(ReadError::Broken { after: self.before(), what });
        };
        self.check(&commit, at, upto)?;
        Ok(commit)
    }

    /// Decodes a batch. Damage behind the first commit waits for its own turn: what stands before
    /// it is still given out.
    fn decode_all(
        &self,
        stored: &[Bytes],
        at: Seq,
        upto: Seq,
    ) -> Result<VecDeque<Commit>, ReadError> {
        let mut commits = VecDeque::with_capacity(stored.len());
        let mut next = at;
        for bytes in stored {
            match decode(bytes, next) {
                Ok(commit) if commit.first > upto => break,
                Ok(commit) => {
                    next = commit.last().next();
                    commits.push_back(commit);
                }
                Err(error) if commits.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(commits)
    }

    fn check(&self, commit: &Commit, at: Seq, upto: Head) -> Result<(), ReadError> {
        let broken = |what: String| Err(ReadError::Broken { after: self.before(), what });
        let last = commit.last();
        match self.passed {
            Some(_) if commit.first != at => {
                broken(format!("event {at} should follow, and {} does", commit.first))
            }
            None if commit.first > at || last < at => {
                broken(format!("event {at} should be in events {} to {last}", commit.first))
            }
            Some(passed) if commit.prev_hash != passed.hash => broken(format!(
                "the commit at {at} names {} as the hash before it, which is {}",
                commit.prev_hash, passed.hash
            )),
            _ if last > upto.seq || (last == upto.seq && commit.hash != upto.hash) => {
                broken(format!("the commit at {} is not the one that ends the log", commit.first))
            }
            _ => Ok(()),
        }
    }

    fn before(&self) -> Seq {
        self.passed.map_or(Seq::ZERO, |head| head.seq)
    }
}

fn decode(stored: &Bytes, seq: Seq) -> Result<Commit, ReadError> {
    frame::decode(stored).map_err(|what| ReadError::Corrupt { seq, what })
}

#[cfg(test)]
mod tests;
