//! Reading what nobody reads: finished segments, again and again, so that a byte that went bad is
//! found while the other copy is still whole.
//!
//! One thread, one segment at a time, at a bounded rate. It changes nothing: finished segments may
//! be changing their form meanwhile, and mending one would race with that; what it finds is told,
//! and `repair` mends it. Readers lose nothing by waiting, they get the other copy.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::super::standing::Standing;
use super::index::Refused;
use super::journal::{self, Segment};
use super::segment::Header;
use super::{Local, LocalOptions, content, packed};
use crate::commit::Commit;
use crate::disk::{self, Mode};
use crate::frame;
use crate::limits::READ_AHEAD_BYTES;
use crate::position::{Hash32, Head, Seq};

/// A log that is open for less than this is not scrubbed at all.
const SETTLE: Duration = Duration::from_secs(10);
/// It sleeps after so many bytes at the latest.
const STEP_BYTES: usize = 256 << 10;

/// So many faults of one pass are told; all are counted.
const MAX_TOLD: u64 = 100;

/// What the scrub has done since the log was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScrubFigures {
    /// Bytes of finished segments that were checked, over all passes.
    pub bytes: u64,
    /// Passes that reached the end.
    pub passes: u64,
    /// Faults that were found; one that stays is counted in each pass.
    pub faults: u64,
    /// How long ago the last pass ended.
    pub since_last_pass: Option<Duration>,
    /// How long the last pass took.
    pub last_pass_took: Option<Duration>,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    bytes: AtomicU64,
    passes: AtomicU64,
    faults: AtomicU64,
    /// When the last pass ended, and how long it took.
    last_pass: Mutex<Option<(Instant, Duration)>>,
}

impl Counts {
    pub(super) fn figures(&self) -> ScrubFigures {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let last = *self.last_pass.lock().unwrap_or_else(PoisonError::into_inner);
        ScrubFigures {
            bytes: read(&self.bytes),
            passes: read(&self.passes),
            faults: read(&self.faults),
            since_last_pass: last.map(|(ended, _)| ended.elapsed()),
            last_pass_took: last.map(|(_, took)| took),
        }
    }
}

/// The thread; dropping it ends it, within a step.
#[derive(Debug)]
pub(super) struct Scrub {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

/// A sleep that somebody else can end.
#[derive(Debug, Default)]
struct Stop {
    is_asked: Mutex<bool>,
    bell: Condvar,
}

/// The pass was broken off: the log closes.
struct Stopped;

impl Scrub {
    /// Starts it, unless the options turn it off. Without a thread to have, the log goes on without
    /// it, and says so.
    pub(super) fn start(local: &Arc<Local>, options: &LocalOptions) -> Option<Scrub> {
        if options.scrub_bytes_per_second == 0 {
            return None;
        }
        let stop = Arc::new(Stop::default());
        let scrubber = Scrubber {
            local: Arc::clone(local),
            stop: Arc::clone(&stop),
            bytes_per_second: options.scrub_bytes_per_second,
            // A rest of nothing would list the folder without end.
            rest: options.scrub_rest.max(Duration::from_millis(1)),
            told: Cell::new(0),
        };
        let started = thread::Builder::new().name("log-scrub".to_owned()).spawn(|| scrubber.run());
        match started {
            Ok(thread) => Some(Scrub { stop, thread: Some(thread) }),
            Err(error) => {
                tracing::warn!(%error, "the log is not scrubbed");
                None
            }
        }
    }
}

impl Drop for Scrub {
    fn drop(&mut self) {
        *self.stop.is_asked.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.bell.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the scrub ended by a panic");
        }
    }
}

impl Stop {
    fn sleep(&self, time: Duration) -> Result<(), Stopped> {
        let asked = self.is_asked.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.bell.wait_timeout_while(asked, time, |asked| !*asked);
        if *waited.unwrap_or_else(PoisonError::into_inner).0 { Err(Stopped) } else { Ok(()) }
    }
}

struct Scrubber {
    local: Arc<Local>,
    stop: Arc<Stop>,
    bytes_per_second: u64,
    rest: Duration,
    /// Faults of this pass that were told.
    told: Cell<u64>,
}

impl Scrubber {
    fn run(self) {
        let mut pause = SETTLE.min(self.rest);
        while self.stop.sleep(pause).is_ok() {
            let begun = Instant::now();
            self.told.set(0);
            pause = self.rest;
            match self.pass() {
                Ok(true) => {}
                Ok(false) => continue,
                Err(Stopped) => return,
            }
            let counts = &self.local.scrub;
            counts.passes.fetch_add(1, Ordering::Relaxed);
            let ended = (Instant::now(), begun.elapsed());
            *counts.last_pass.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
        }
    }

    /// Reads all segments but the last, which is still being written. Tells whether it came to the
    /// end.
    fn pass(&self) -> Result<bool, Stopped> {
        let folder = self.local.folder.join(journal::FOLDER_NAME);
        let segments = match journal::list(self.local.disk(), &folder) {
            Ok(segments) => segments,
            Err(error) => {
                self.fault(Seq::ZERO, &format!("{} cannot be listed: {error}", folder.display()));
                return Ok(false);
            }
        };
        let mut standing = Some(Standing::default());
        for pair in segments.windows(2) {
            let next = standing.map_or(pair[0].first, |standing| standing.head.seq.next());
            if pair[0].first != next {
                self.fault(next, "the segment that holds it is missing");
                standing = None;
            }
            standing = self.segment(&pair[0], standing)?;
        }
        Ok(true)
    }

    /// Reads a finished segment; tells the standing at its end, if it is whole up to there.
    fn segment(
        &self,
        segment: &Segment,
        start: Option<Standing>,
    ) -> Result<Option<Standing>, Stopped> {
        let path = segment.path.display();
        let content = match self.read(segment)? {
            Ok(content) => content,
            Err(error) => {
                self.fault(segment.first, &format!("{path} cannot be read: {error}"));
                return Ok(None);
            }
        };
        let header = Header::parse(&content);
        let before = Seq::new(segment.first.get().saturating_sub(1));
        let prev_hash = header.map_or(Hash32::ZERO, |header| header.prev_hash);
        let start = start.unwrap_or(Standing {
            head: Head { seq: before, hash: prev_hash },
            ..Standing::default()
        });
        if header.is_err() || prev_hash != start.head.hash {
            self.fault(segment.first, &format!("the header of {path} is not as it was written"));
        }
        let mut pace = Pace { scrubber: self, due: 0 };
        let mut ahead = VecDeque::new();
        let scan = journal::scan(&content, start, |commit, stored| {
            pace.pass(stored.len())?;
            self.compare(&commit, &stored, &mut ahead)
        })?;
        match scan.stop {
            Some(stop) => {
                let next = scan.standing.head.seq.next();
                self.fault(next, &format!("{path}: {}", stop.what));
                Ok(None)
            }
            None if !scan.sealed => {
                let next = scan.standing.head.seq.next();
                self.fault(next, &format!("{path} ends before its seal"));
                Ok(None)
            }
            None => Ok(Some(scan.standing)),
        }
    }

    /// Reads a segment, whichever form its file has by now.
    fn read(&self, segment: &Segment) -> Result<io::Result<Bytes>, Stopped> {
        let other = content::other_form(&segment.path);
        let mut read = Err(io::Error::from(io::ErrorKind::NotFound));
        for path in [&segment.path, &other, &segment.path] {
            read = self.read_file(path)?;
            if !matches!(&read, Err(error) if error.kind() == io::ErrorKind::NotFound) {
                break;
            }
        }
        Ok(read)
    }

    /// Reads a file a step at a time.
    fn read_file(&self, path: &Path) -> Result<io::Result<Bytes>, Stopped> {
        let mut file = match self.local.disk().open(path, Mode::Read) {
            Ok(file) => file,
            Err(error) => return Ok(Err(error)),
        };
        let mut content = Vec::new();
        let mut pace = Pace { scrubber: self, due: 0 };
        loop {
            match disk::read_range(file.as_mut(), content.len() as u64, STEP_BYTES as u64) {
                Ok(step) if step.is_empty() => break,
                Ok(step) => {
                    content.extend_from_slice(&step);
                    self.local.scrub.bytes.fetch_add(step.len() as u64, Ordering::Relaxed);
                    pace.pass(step.len())?;
                }
                Err(error) => return Ok(Err(error)),
            }
        }
        if !content::is_packed(path) {
            return Ok(Ok(content.into()));
        }
        let unpacked = packed::unpack(&content);
        Ok(match unpacked.damage.into_iter().next() {
            Some(what) => Err(io::Error::new(io::ErrorKind::InvalidData, what)),
            None => Ok(unpacked.raw),
        })
    }

    /// Compares a commit of the journal with the index's.
    fn compare(
        &self,
        commit: &Commit,
        stored: &Bytes,
        ahead: &mut VecDeque<Bytes>,
    ) -> Result<(), Stopped> {
        let index = &self.local.index;
        if ahead.front() != Some(stored) {
            match index.batch(commit.first, READ_AHEAD_BYTES) {
                Ok(batch) => *ahead = batch.into(),
                Err(Refused::Closed) => return Err(Stopped),
                Err(Refused::Failed(what)) => {
                    self.fault(commit.first, &format!("the index: {what}"));
                    return Ok(());
                }
            }
        }
        if ahead.pop_front().as_ref() != Some(stored) {
            ahead.clear();
            self.fault(commit.first, "the index holds another commit, or none");
        }
        match index.find_id(commit.id) {
            Ok(Some(found)) if found == commit.first => {}
            Err(Refused::Closed) => return Err(Stopped),
            _ => self.fault(commit.first, "the index does not find its commit"),
        }
        let Some(key) = &commit.idempotency_key else { return Ok(()) };
        let entry = (frame::content_hash(&commit.records), commit.first);
        match index.find_key(key) {
            Ok(Some(found)) if found == entry => {}
            Err(Refused::Closed) => return Err(Stopped),
            _ => self.fault(commit.first, "the index does not find its idempotency key"),
        }
        Ok(())
    }

    /// Counts a fault, and tells it unless this pass has told enough: an index that failed has one
    /// for every commit.
    fn fault(&self, event: Seq, what: &str) {
        self.local.scrub.faults.fetch_add(1, Ordering::Relaxed);
        self.told.set(self.told.get() + 1);
        if self.told.get() > MAX_TOLD {
            return;
        }
        tracing::error!(
            folder = %self.local.folder.display(), event = event.get(), what,
            "the scrub found damage; the other copy serves readers; stop the log and run \
             `lianzhu log repair`"
        );
    }
}

/// Sleeps so often that the rate is kept.
struct Pace<'a> {
    scrubber: &'a Scrubber,
    /// Bytes that were not slept for yet.
    due: usize,
}

impl Pace<'_> {
    fn pass(&mut self, bytes: usize) -> Result<(), Stopped> {
        self.due += bytes;
        if self.due < STEP_BYTES {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.due) as u64;
        let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(self.scrubber.bytes_per_second);
        let time = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        self.scrubber.stop.sleep(time)
    }
}

#[cfg(test)]
mod tests;
