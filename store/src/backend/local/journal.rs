//! The truth: segment files that are only ever appended to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::super::Prepared;
use super::super::standing::Standing;
use super::segment::{self, HEADER_BYTES, Header, Item};
use super::{content, packed};
use crate::commit::Commit;
use crate::disk;
use crate::position::Seq;

pub(crate) const FOLDER_NAME: &str = "journal";
const SUFFIX: &str = ".seg";

/// The journal, open for appending. Owned by the writer.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    /// The last segment, its place at the end.
    file: File,
    len: u64,
    epoch: u32,
    segment_bytes: u64,
    buffer: Vec<u8>,
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
pub(crate) fn list(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(segments),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
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
pub(crate) fn batch(folder: &Path, at: Seq, max_bytes: usize) -> io::Result<Vec<Bytes>> {
    let segments = list(folder)?;
    let upto = segments.partition_point(|segment| segment.first <= at);
    let mut out: Vec<Bytes> = Vec::new();
    let mut bytes = 0;
    for segment in segments.iter().skip(upto.saturating_sub(1)) {
        let content = content::read(segment)?.unwrap_or_default().bytes;
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
    /// Begins a segment after `standing`; its file and entry are durable after this.
    pub(crate) fn begin(
        folder: &Path,
        standing: Standing,
        epoch: u32,
        segment_bytes: u64,
    ) -> io::Result<Journal> {
        let file = begin_segment(folder, standing, epoch)?;
        let (folder, len) = (folder.to_owned(), HEADER_BYTES as u64);
        Ok(Journal { folder, file, len, epoch, segment_bytes, buffer: Vec::new() })
    }

    /// Goes on with a segment whose first `len` bytes are sound; cuts what follows. What remains is
    /// durable after this, even if the process that wrote it died before its sync.
    pub(crate) fn resume(
        segment: &Path,
        len: u64,
        epoch: u32,
        segment_bytes: u64,
    ) -> io::Result<Journal> {
        let mut file = OpenOptions::new().read(true).write(true).open(segment)?;
        if file.metadata()?.len() != len {
            file.set_len(len)?;
        }
        file.sync_all()?;
        file.seek(SeekFrom::Start(len))?;
        let folder = segment.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Journal { folder, file, len, epoch, segment_bytes, buffer: Vec::new() })
    }

    /// Appends a group and makes it durable with one sync. `before` is the standing before it.
    /// Tells whether it began a new segment.
    ///
    /// After an error nothing is known of the group, and nothing more may be appended: a sync that
    /// failed may succeed when called again, without the bytes being on disk.
    pub(crate) fn append(&mut self, group: &[Prepared], before: Standing) -> io::Result<bool> {
        let roll = self.len >= self.segment_bytes;
        if roll {
            self.roll(before)?;
        }
        self.buffer.clear();
        let first = before.head.seq.next();
        for one in group {
            segment::put_commit(&mut self.buffer, first, &one.bytes);
        }
        self.file.write_all(&self.buffer)?;
        self.file.sync_data()?;
        self.len += self.buffer.len() as u64;
        Ok(roll)
    }

    /// Seals the segment and begins the next one.
    fn roll(&mut self, standing: Standing) -> io::Result<()> {
        self.buffer.clear();
        segment::put_seal(&mut self.buffer, standing);
        self.file.write_all(&self.buffer)?;
        self.file.sync_all()?;
        self.file = begin_segment(&self.folder, standing, self.epoch)?;
        self.len = HEADER_BYTES as u64;
        Ok(())
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    #[cfg(test)]
    /// Makes every further write fail.
    pub(crate) fn break_writes(&mut self) -> io::Result<()> {
        self.file = File::open(path_of(&self.folder, Seq::new(1)))?;
        Ok(())
    }
}

fn begin_segment(folder: &Path, standing: Standing, epoch: u32) -> io::Result<File> {
    let head = standing.head;
    let header = Header { epoch, first: head.seq.next(), prev_hash: head.hash };
    disk::write_new(&path_of(folder, header.first), &header.to_bytes())
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
