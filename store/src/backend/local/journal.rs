//! The truth: segment files that are only ever appended to.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::super::Prepared;
use super::super::standing::Standing;
use super::segment::{self, HEADER_BYTES, Header, Item};
use super::{content, packed};
use crate::commit::Commit;
use crate::disk::{self, Disk, DiskFile, Mode};
use crate::metrics::Meter;
use crate::position::Seq;

pub(crate) const FOLDER_NAME: &str = "journal";
const SUFFIX: &str = ".seg";

/// The journal, open for appending. Owned by the writer.
#[derive(Debug)]
pub(crate) struct Journal {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    /// The last segment.
    file: Box<dyn DiskFile>,
    /// How much of it is sound.
    len: u64,
    epoch: u32,
    segment_bytes: u64,
    /// It is sealed, and the next one could not be begun yet.
    is_sealed: bool,
    /// A segment was begun since the last group that was appended.
    has_rolled: bool,
    buffer: Vec<u8>,
}

/// Why a group was not appended.
#[derive(Debug)]
pub(crate) enum AppendFailed {
    /// The disk is full. What was begun is undone, durably, and nothing else was lost.
    Full(io::Error),
    /// Nothing is known of the group, and nothing more may be appended: a sync that failed may
    /// succeed when called again, without the bytes being on disk.
    Failed(io::Error),
}

/// A segment on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The first event, after which it is named.
    pub(crate) first: Seq,
    pub(crate) path: PathBuf,
}

/// Tells the file of a segment as it is written.
pub(crate) fn path_of(folder: &Path, first: Seq) -> PathBuf {
    folder.join(format!("{first:020}{SUFFIX}", first = first.get()))
}

/// Lists the segments in order, each once: one that has both forms, as for a moment while it is
/// packed, by its original. Other files are none of the journal's.
pub(crate) fn list(disk: &dyn Disk, folder: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    let paths = match disk.list(folder) {
        Ok(paths) => paths,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(segments),
        Err(error) => return Err(error),
    };
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let digits = name.strip_suffix(SUFFIX).or_else(|| name.strip_suffix(packed::SUFFIX));
        let digits = digits.filter(|digits| digits.len() == 20);
        if let Some(first) = digits.and_then(|digits| digits.parse().ok()) {
            segments.push(Segment { first: Seq::new(first), path });
        }
    }
    segments.sort_by_key(|segment| (segment.first, content::is_packed(&segment.path)));
    segments.dedup_by_key(|segment| segment.first);
    Ok(segments)
}

/// Fetches stored commits from the segment files; see `Backend::batch`. Reads a whole segment: it
/// is the way out when the index fails, not the usual way.
pub(crate) fn batch(
    disk: &dyn Disk,
    folder: &Path,
    at: Seq,
    max_bytes: usize,
) -> io::Result<Vec<Bytes>> {
    let segments = list(disk, folder)?;
    let upto = segments.partition_point(|segment| segment.first <= at);
    let mut out: Vec<Bytes> = Vec::new();
    let mut bytes = 0;
    for segment in segments.iter().skip(upto.saturating_sub(1)) {
        let content = content::read(disk, segment)?.unwrap_or_default().bytes;
        for (_, item) in segment::items(&content, HEADER_BYTES) {
            let Item::Commit { stored, commit, .. } = item else { continue };
            if commit.last() < at {
                continue;
            }
            bytes += stored.len();
            if !out.is_empty() && bytes > max_bytes {
                return Ok(out);
            }
            // A copy, so that a few commits do not hold a whole segment in memory.
            out.push(Bytes::copy_from_slice(&stored));
        }
    }
    Ok(out)
}

impl Journal {
    fn of(
        disk: Arc<dyn Disk>,
        folder: PathBuf,
        file: Box<dyn DiskFile>,
        len: u64,
        epoch: u32,
        segment_bytes: u64,
    ) -> Journal {
        let (is_sealed, has_rolled, buffer) = (false, false, Vec::new());
        Journal { disk, folder, file, len, epoch, segment_bytes, is_sealed, has_rolled, buffer }
    }

    /// Begins a segment after `standing`; its file and entry are durable after this.
    pub(crate) fn begin(
        disk: Arc<dyn Disk>,
        folder: &Path,
        standing: Standing,
        epoch: u32,
        segment_bytes: u64,
    ) -> io::Result<Journal> {
        let file = begin_segment(disk.as_ref(), folder, standing, epoch)?;
        let (folder, len) = (folder.to_owned(), HEADER_BYTES as u64);
        Ok(Journal::of(disk, folder, file, len, epoch, segment_bytes))
    }

    /// Goes on with a segment whose first `len` bytes are sound; cuts what follows. What remains is
    /// durable after this, even if the process that wrote it died before its sync.
    pub(crate) fn resume(
        disk: Arc<dyn Disk>,
        segment: &Path,
        len: u64,
        epoch: u32,
        segment_bytes: u64,
    ) -> io::Result<Journal> {
        let mut file = disk.open(segment, Mode::Write)?;
        if file.size()? != len {
            file.set_len(len)?;
        }
        file.sync_all()?;
        let folder = segment.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Journal::of(disk, folder, file, len, epoch, segment_bytes))
    }

    /// Appends a group and makes it durable with one sync. `before` is the standing before it.
    /// Tells whether it began a new segment.
    pub(crate) fn append(
        &mut self,
        group: &[Prepared],
        before: Standing,
        meter: &Meter,
    ) -> Result<bool, AppendFailed> {
        if self.is_sealed || self.len >= self.segment_bytes {
            self.roll(before)?;
        }
        self.buffer.clear();
        let first = before.head.seq.next();
        for one in group {
            segment::put_commit(&mut self.buffer, first, &one.bytes);
        }
        self.write_buffer()?;
        let begin = Instant::now();
        self.file.sync_data().map_err(AppendFailed::Failed)?;
        meter.synced(begin.elapsed());
        self.len += self.buffer.len() as u64;
        Ok(std::mem::take(&mut self.has_rolled))
    }

    /// Writes the buffer behind what is sound. On a full disk it is cut off again, which is sure
    /// only because nothing of it was synced yet.
    fn write_buffer(&mut self) -> Result<(), AppendFailed> {
        let Err(error) = self.file.write_at(self.len, &self.buffer) else { return Ok(()) };
        if !disk::is_full(&error) {
            return Err(AppendFailed::Failed(error));
        }
        let cut = self.file.set_len(self.len).and_then(|()| self.file.sync_all());
        Err(undone(error, cut))
    }

    /// Seals the segment and begins the next one. What of it was done stays so, for the next try.
    fn roll(&mut self, standing: Standing) -> Result<(), AppendFailed> {
        if !self.is_sealed {
            self.buffer.clear();
            segment::put_seal(&mut self.buffer, standing);
            self.write_buffer()?;
            self.file.sync_all().map_err(AppendFailed::Failed)?;
            self.len += self.buffer.len() as u64;
            self.is_sealed = true;
        }
        self.file = begin_segment(self.disk.as_ref(), &self.folder, standing, self.epoch)?;
        self.len = HEADER_BYTES as u64;
        self.is_sealed = false;
        self.has_rolled = true;
        Ok(())
    }

    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.file.sync_all()
    }
}

/// Tells what became of a write that found the disk full.
fn undone(error: io::Error, cut: io::Result<()>) -> AppendFailed {
    match cut {
        Ok(()) => AppendFailed::Full(error),
        Err(why) => {
            let told = format!("{error}, and what was begun could not be undone: {why}");
            AppendFailed::Failed(io::Error::other(told))
        }
    }
}

/// Makes a segment's file; it and its entry are durable after this. A full disk leaves none.
fn begin_segment(
    disk: &dyn Disk,
    folder: &Path,
    standing: Standing,
    epoch: u32,
) -> Result<Box<dyn DiskFile>, AppendFailed> {
    let head = standing.head;
    let header = Header { epoch, first: head.seq.next(), prev_hash: head.hash };
    let path = path_of(folder, header.first);
    let begun = disk.open(&path, Mode::New).and_then(|mut file| {
        file.write_at(0, &header.to_bytes())?;
        Ok(file)
    });
    let mut file = match begun {
        Ok(file) => file,
        Err(error) if disk::is_full(&error) => {
            let cleared = disk.kind(&path).and_then(|there| match there {
                Some(_) => disk.remove(&path).and_then(|()| disk.sync_dir(folder)),
                None => Ok(()),
            });
            return Err(undone(error, cleared));
        }
        Err(error) => return Err(AppendFailed::Failed(error)),
    };
    let synced = file.sync_all().and_then(|()| disk.sync_dir(folder));
    synced.map(|()| file).map_err(AppendFailed::Failed)
}

impl From<AppendFailed> for io::Error {
    fn from(failed: AppendFailed) -> io::Error {
        match failed {
            AppendFailed::Full(error) | AppendFailed::Failed(error) => error,
        }
    }
}

/// How far the frames of a segment are in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scan {
    /// After the last commit that is whole and linked to the one before.
    pub(crate) standing: Standing,
    /// Bytes up to there, the seal included.
    pub(crate) good: usize,
    pub(crate) sealed: bool,
    pub(crate) stop: Option<Stop>,
}

/// What comes after the last good frame, when it is not the end of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) what: String,
    /// Events up to here had been written and synced, as what follows the break proves.
    pub(crate) proven: Seq,
}

/// Walks the frames of a segment that begins after `start`, and shows each commit that is in order.
pub(crate) fn scan<E>(
    content: &Bytes,
    start: Standing,
    mut visit: impl FnMut(Commit, Bytes) -> Result<(), E>,
) -> Result<Scan, E> {
    let good = HEADER_BYTES.min(content.len());
    let mut scan = Scan { standing: start, good, sealed: false, stop: None };
    for (at, item) in segment::items(content, HEADER_BYTES) {
        let next = scan.standing.head.seq.next();
        if let Some(stop) = &mut scan.stop {
            stop.proven = stop.proven.max(proven_by(&item, next));
            continue;
        }
        let what = match item {
            _ if scan.sealed => (format!("bytes follow the seal at byte {at}"), Seq::ZERO),
            Item::Commit { commit, stored, end, .. } if follows(&commit, scan.standing) => {
                scan.standing = scan.standing.after(&commit);
                scan.good = end;
                visit(*commit, stored)?;
                continue;
            }
            Item::Seal { standing, end } if standing.head == scan.standing.head => {
                (scan.sealed, scan.good) = (true, end);
                continue;
            }
            Item::Commit { commit, .. } => {
                (format!("a commit of event {} stands at byte {at}", commit.first), next)
            }
            Item::Seal { .. } => (format!("a seal of another place stands at byte {at}"), next),
            Item::Strange { what, .. } => (format!("the commit at byte {at}: {what}"), next),
            Item::Bad { .. } => (format!("no whole commit stands at byte {at}"), Seq::ZERO),
        };
        scan.stop = Some(Stop { what: what.0, proven: what.1 });
    }
    Ok(scan)
}

fn follows(commit: &Commit, standing: Standing) -> bool {
    commit.first == standing.head.seq.next() && commit.prev_hash == standing.head.hash
}

/// Tells which events an item behind a break at `next` proves to have been durable.
fn proven_by(item: &Item, next: Seq) -> Seq {
    match item {
        // Its own group may have been torn in the middle; those before were synced.
        Item::Commit { group, .. } if *group > next => Seq::new(group.get() - 1),
        Item::Seal { standing, .. } => standing.head.seq,
        Item::Commit { .. } | Item::Strange { .. } | Item::Bad { .. } => Seq::ZERO,
    }
}
