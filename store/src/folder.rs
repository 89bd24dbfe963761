//! Reading a folder that another process may hold: no lock is taken, nothing is cut or written.
//!
//! What may be shown is what is durable, so that nothing is seen that a crash could take back:
//! 1. events up to HEAD, which is written after they were synced;
//! 2. events before a group that stands whole behind them, and all events of a segment that a seal
//!    or another segment follows: each of these is written only after the sync of what was before;
//! 3. whole commits at the very end that HEAD does not reach for half a second, if nobody holds the
//!    folder: after a crash. The reader syncs them through its own handle, and then shows them.
//!
//! So a commit is seen at the latest `head_interval` (100 ms) after it was acknowledged. Bytes behind
//! that are not looked at twice: they may be half of a write, or be cut when the writer recovers.
//! Anything within that is not whole, not linked, or not what HEAD says is damage, and an error.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::backend::Standing;
use crate::backend::local::head::{self, Found};
use crate::backend::local::journal::{self, Segment};
use crate::backend::local::lock::FolderLock;
use crate::backend::local::segment::{self, HEADER_BYTES, Header, Item};
use crate::backend::local::{INDEX_NAME, content};
use crate::checkpoint::{Checkpoint, LogId};
use crate::commit::Commit;
use crate::disk::bytes_under;
use crate::disk::real::RealDisk;
use crate::error::ReadError;
use crate::log::Info;
use crate::position::{Head, Seq};

/// How long whole commits may wait for HEAD before a crash is thought of.
const PATIENCE: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
const MAX_PROVEN: Seq = Seq::new(u64::MAX);

/// Follows the log in a folder, whoever holds it, from some event on.
///
/// It sees a prefix of the log: whole commits in order, each once, their hashes and links checked,
/// each durable (see the README, "Reading beside the writer"). It never waits for the writer, never
/// delays it, and writes nothing.
#[derive(Debug)]
pub struct FolderReader {
    folder: PathBuf,
    journal: PathBuf,
    /// Events up to here are not wanted.
    after: Seq,
    /// The last commit that was passed; `None` before the first look into a segment.
    passed: Option<Head>,
    /// The segment that is read, and the place in its original bytes.
    place: Option<(Seq, usize)>,
    ready: VecDeque<Commit>,
    waiting: Option<Waiting>,
}

/// Whole commits that nothing proves yet.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    since: Instant,
    upto: Seq,
}

/// What one look into the segment gave.
enum Look {
    /// What there is was taken.
    Taken,
    /// Something durable is not there, or not as it was written.
    Broken(String),
}

/// What a walk over the frames behind the place found.
struct Frames {
    pending: Vec<(Commit, usize)>,
    /// Where the commit ends that was passed last, if the walk came by it.
    passed_end: Option<usize>,
    head: Head,
    sealed: Option<usize>,
    proven: Seq,
    stop: Option<String>,
}

impl FolderReader {
    /// Begins behind an event; nothing is read yet. A folder that is empty or absent holds nothing
    /// so far.
    pub fn open(folder: &Path, after: Seq) -> FolderReader {
        FolderReader {
            folder: folder.to_owned(),
            journal: folder.join(journal::FOLDER_NAME),
            after,
            passed: None,
            place: None,
            ready: VecDeque::new(),
            waiting: None,
        }
    }

    /// Tells the next durable commit whose last event comes after where it began; `None` when it has
    /// told all that are durable by now. A later call finds what was added since.
    ///
    /// Cost: reads what was added to the last segment since the last call; a finished segment is
    /// read at once (64 MiB by default).
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read, or if what is durable is damaged: then no later commit comes.
    pub fn read_next(&mut self) -> Result<Option<Commit>, ReadError> {
        loop {
            if let Some(commit) = self.ready.pop_front() {
                return Ok(Some(commit));
            }
            let before = self.place;
            self.fill()?;
            if self.ready.is_empty() && self.place == before {
                return Ok(None);
            }
        }
    }

    fn fill(&mut self) -> Result<(), ReadError> {
        if let Look::Broken(_) = self.look(false)? {
            // The segment may have been written anew between two looks; then it is read anew.
            if let Some((_, at)) = &mut self.place {
                *at = HEADER_BYTES;
            }
            if let Look::Broken(what) = self.look(false)? {
                let after = self.passed.map_or(self.after, |head| head.seq);
                return Err(ReadError::Broken { after, what });
            }
        }
        if self.waiting.is_some_and(|waiting| waiting.since.elapsed() >= PATIENCE) {
            self.waiting = None;
            // Only if nobody holds the folder is what stands there sure to stay. The lock is held
            // for this one look.
            if let Ok(Some(_lock)) = FolderLock::shared(&self.folder) {
                self.look(true)?;
            }
        }
        Ok(())
    }

    /// Takes what is durable behind the place. With `sync`, makes durable what is there.
    fn look(&mut self, sync: bool) -> Result<Look, ReadError> {
        let io = |path: &Path, error| ReadError::io(path, error);
        // In this order: whatever these two prove is in the content that is read after them.
        let segments =
            journal::list(&RealDisk, &self.journal).map_err(|error| io(&self.journal, error))?;
        let bound = read_head(&self.folder)?.map_or(Head::EMPTY, |standing| standing.head);
        let Some((first, at)) = self.begin(&segments) else {
            return Ok(if bound.seq > self.after {
                Look::Broken("the journal is empty, and HEAD is not".to_owned())
            } else {
                Look::Taken
            });
        };
        let followed = segments.last().is_some_and(|last| last.first > first);
        let path = journal::path_of(&self.journal, first);
        let read = content_from(&path, at).map_err(|error| io(&path, error))?;
        let Some((bytes, base)) = read else {
            let missing = followed || bound.seq >= first;
            return Ok(if missing {
                Look::Broken(format!("the segment of event {first} is missing"))
            } else {
                Look::Taken
            });
        };
        if sync {
            journal_sync(&path).map_err(|error| io(&path, error))?;
        }
        if at == HEADER_BYTES && self.passed.is_none_or(|head| head.seq.next() == first) {
            match self.header(&bytes, first, followed || bound.seq >= first) {
                Ok(true) => {}
                Ok(false) => return Ok(Look::Taken),
                Err(what) => return Ok(Look::Broken(what)),
            }
        }
        let passed = self.passed.unwrap_or(Head::EMPTY);
        let mut found = match walk(&bytes, at - base, passed) {
            Ok(found) => found,
            Err(what) => return Ok(Look::Broken(what)),
        };
        let durable = found.proven.max(bound.seq);
        found.proven = if followed || sync { MAX_PROVEN } else { durable };
        if found.sealed.is_none() && (followed || found.head.seq < durable) {
            let what = found.stop.unwrap_or_else(|| format!("it ends at event {}", found.head.seq));
            return Ok(Look::Broken(what));
        }
        Ok(self.take(found, bound, (first, base), followed))
    }

    /// Takes the commits that are proven; remembers that others wait.
    fn take(
        &mut self,
        found: Frames,
        bound: Head,
        (first, base): (Seq, usize),
        followed: bool,
    ) -> Look {
        let mut waits = false;
        if let Some(end) = found.passed_end {
            self.place = Some((first, base + end));
        }
        for (commit, end) in found.pending {
            if commit.first <= bound.seq && bound.seq <= commit.last() && commit.head() != bound {
                return Look::Broken(format!("HEAD names {bound}, where another commit stands"));
            }
            waits = commit.last() > found.proven;
            if waits {
                break;
            }
            self.passed = Some(commit.head());
            self.place = Some((first, base + end));
            if commit.last() > self.after {
                self.ready.push_back(commit);
            }
        }
        // A seal at the end of the journal may be taken back, when the disk is full; what follows one
        // is not.
        if found.sealed.is_some() && !waits && followed {
            self.place = Some((found.head.seq.next(), HEADER_BYTES));
        }
        let passed = self.passed.map_or(Seq::ZERO, |head| head.seq);
        let known = self.waiting.filter(|waiting| waits && waiting.upto > passed);
        let fresh = Waiting { since: Instant::now(), upto: found.head.seq };
        self.waiting = known.or(waits.then_some(fresh));
        Look::Taken
    }

    /// Tells the segment to read, and where in it.
    fn begin(&mut self, segments: &[Segment]) -> Option<(Seq, usize)> {
        if self.place.is_none() {
            let upto = segments.partition_point(|one| one.first <= self.after.next());
            let segment = segments.get(upto.saturating_sub(1))?;
            // Without its first segment a log is broken, and reading from event 1 tells so.
            let first = if upto == 0 { Seq::new(1) } else { segment.first };
            self.place = Some((first, HEADER_BYTES));
        }
        self.place
    }

    /// Checks a segment's header against what was passed. `false`: it is not written yet.
    fn header(&mut self, bytes: &Bytes, first: Seq, must_be: bool) -> Result<bool, String> {
        let header = match Header::parse(bytes) {
            Ok(header) => header,
            Err(_) if !must_be => return Ok(false),
            Err(_) => return Err(format!("the header of the segment of event {first} is damaged")),
        };
        let before = Head { seq: Seq::new(first.get() - 1), hash: header.prev_hash };
        let fits = self.passed.is_none_or(|passed| passed == before);
        let fits = fits && (first > Seq::new(1) || header.prev_hash == Head::EMPTY.hash);
        if header.first != first || !fits {
            return Err(format!("the segment of event {first} follows another commit"));
        }
        self.passed = Some(before);
        Ok(true)
    }
}

/// Walks frames from `from` on. Commits up to `passed` are passed over; the last of them must be it.
fn walk(bytes: &Bytes, from: usize, passed: Head) -> Result<Frames, String> {
    let mut found = Frames {
        pending: Vec::new(),
        passed_end: None,
        head: passed,
        sealed: None,
        proven: Seq::ZERO,
        stop: None,
    };
    for (at, item) in segment::items(bytes, from) {
        let next = found.head.seq.next();
        match item {
            Item::Commit { group, .. } if found.stop.is_some() => {
                if group > next {
                    found.proven = found.proven.max(Seq::new(group.get() - 1));
                }
            }
            Item::Commit { commit, .. } if commit.last() < passed.seq => {}
            Item::Commit { commit, end, .. } if commit.last() == passed.seq => {
                if commit.head() != passed {
                    return Err(format!("another commit stands at event {}", passed.seq));
                }
                found.passed_end = Some(end);
            }
            Item::Commit { commit, group, end, .. }
                if commit.first == next && commit.prev_hash == found.head.hash =>
            {
                found.head = commit.head();
                found.proven = found.proven.max(Seq::new(group.get().saturating_sub(1)));
                found.pending.push((*commit, end));
            }
            Item::Seal { standing, end } if standing.head == found.head => {
                found.proven = found.proven.max(found.head.seq);
                found.sealed = Some(end);
                break;
            }
            Item::Seal { standing, .. } => found.proven = found.proven.max(standing.head.seq),
            Item::Commit { .. } | Item::Strange { .. } | Item::Bad { .. } => {
                found.stop.get_or_insert(format!("no commit that follows stands at byte {at}"));
            }
        }
    }
    Ok(found)
}

/// Reads a segment's original bytes; of one that still grows, only those from `at` on. Tells where
/// what it gives begins.
fn content_from(path: &Path, at: usize) -> io::Result<Option<(Bytes, usize)>> {
    // The beginning of a file is always read whole, for its header.
    let base = if at <= HEADER_BYTES { 0 } else { at };
    for _ in 0..2 {
        match File::open(path) {
            Ok(mut file) => {
                file.seek(SeekFrom::Start(base as u64))?;
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes)?;
                return Ok(Some((bytes.into(), base)));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        if let Some(content) = content::read_file(&RealDisk, &content::other_form(path))? {
            let base = base.min(content.bytes.len());
            return Ok(Some((content.bytes.slice(base..), base)));
        }
    }
    Ok(None)
}

fn journal_sync(path: &Path) -> io::Result<()> {
    match File::open(path) {
        Ok(file) => file.sync_all(),
        // A packed segment was synced before it got its name.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Reads HEAD, which may be in the middle of being written.
fn read_head(folder: &Path) -> Result<Option<Standing>, ReadError> {
    let path = folder.join(head::FILE_NAME);
    let io = |error| ReadError::io(&path, error);
    let found = match head::read(&RealDisk, &path).map_err(io)? {
        Found::Damaged => head::read(&RealDisk, &path).map_err(io)?,
        found => found,
    };
    match found {
        Found::Bound(bound) => Ok(Some(bound.standing)),
        Found::Absent | Found::Damaged => Ok(None),
        Found::Newer(format) => Err(io(io::Error::other(head::too_new(&path, format)))),
    }
}

/// Tells up to where the log in a folder is durable, and what it amounts to there. Waits for up to
/// half a second for HEAD to reach what stands behind it.
pub(crate) fn durable(folder: &Path) -> Result<Standing, ReadError> {
    let journal = folder.join(journal::FOLDER_NAME);
    let mut start = Standing::default();
    let mut reader = FolderReader::open(folder, Seq::ZERO);
    let segments =
        journal::list(&RealDisk, &journal).map_err(|error| ReadError::io(&journal, error))?;
    if let [.., before, last] = &segments[..] {
        let ends =
            content::ends(&RealDisk, before).map_err(|error| ReadError::io(&before.path, error))?;
        let seal = ends.seal.filter(|seal| seal.head.seq.next() == last.first);
        start = seal.ok_or_else(|| {
            let after = Seq::new(before.first.get().saturating_sub(1));
            let what = format!("{} has no whole seal", before.path.display());
            ReadError::Broken { after, what }
        })?;
        reader = FolderReader::open(folder, start.head.seq);
        reader.passed = Some(start.head);
        reader.place = Some((last.first, HEADER_BYTES));
    }
    let mut standing = start;
    let mut upto = None;
    loop {
        while let Some(commit) = reader.read_next()? {
            standing = standing.after(&commit);
            // What came while this looked need not be waited for: the writer may go on for ever.
            if upto.is_some_and(|upto| commit.last() >= upto) {
                return Ok(standing);
            }
        }
        let Some(waiting) = reader.waiting else { return Ok(standing) };
        upto.get_or_insert(waiting.upto);
        thread::sleep(LOOK_AGAIN);
    }
}

/// Tells up to where the log in a folder is durable.
pub(crate) fn folder_head(folder: &Path) -> Result<Head, ReadError> {
    durable(folder).map(|standing| standing.head)
}

/// Tells what a checkpoint of the log in a folder says now, without opening it, as [`folder_info`]
/// does; `None` while nothing in it is durable. `signed_at_ms` is the time in Unix milliseconds.
///
/// # Errors
///
/// Fails if the first or the last segment cannot be read, or is damaged.
pub fn folder_checkpoint(
    folder: &Path,
    signed_at_ms: i64,
) -> Result<Option<Checkpoint>, ReadError> {
    let head = durable(folder)?.head;
    if head == Head::EMPTY {
        return Ok(None);
    }
    let before = Seq::new(head.seq.get() - 1);
    let first = FolderReader::open(folder, Seq::ZERO).read_next()?;
    let last = FolderReader::open(folder, before).read_next()?;
    let (Some(first), Some(last)) = (first, last.filter(|last| last.head() == head)) else {
        let what = format!("the commit that ends the log is not {head}");
        return Err(ReadError::Broken { after: before, what });
    };
    Ok(Some(Checkpoint { log: LogId::new(first.hash), head, epoch: last.epoch, signed_at_ms }))
}

/// Tells how large the log in a folder is and where it stands, without opening it: whoever may hold
/// it is not disturbed, and nothing is written. What is not durable yet does not count.
///
/// # Errors
///
/// Fails if the last segment or the end of the one before it cannot be read.
pub fn folder_info(folder: &Path) -> Result<Info, ReadError> {
    let standing = durable(folder)?;
    let some = standing.commits > 0;
    Ok(Info {
        head: standing.head,
        commits: standing.commits,
        first_recorded_at_ms: some.then_some(standing.first_recorded_at_ms),
        last_recorded_at_ms: some.then_some(standing.last_recorded_at_ms),
        folder: Some(folder.to_owned()),
        journal_bytes: bytes_under(&folder.join(journal::FOLDER_NAME)),
        index_bytes: bytes_under(&folder.join(INDEX_NAME)),
    })
}
