//! Walking the journal of a folder segment by segment, each commit checked, up to a fixed end.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::ArchiveError;
use crate::backend::Standing;
use crate::backend::local::content::{self, Content};
use crate::backend::local::journal::{self, Segment};
use crate::backend::local::packed;
use crate::backend::local::segment::{FRAME_BYTES, HEADER_BYTES, Header};
use crate::commit::Commit;
use crate::disk::real::RealDisk;
use crate::error::ReadError;
use crate::folder;
use crate::position::{Head, Seq};

/// A walk over the segments of a folder.
pub(super) struct Source {
    journal: PathBuf,
    segments: Vec<Segment>,
    at: usize,
    /// After the segments that were passed.
    pub(super) standing: Standing,
    pub(super) upto: Head,
}

/// A segment, or the part of the last one that is durable. Its commits were checked.
pub(super) struct Piece {
    pub(super) segment: Segment,
    content: Content,
    pub(super) header: Header,
    /// What of the content counts, in bytes.
    len: usize,
    pub(super) sealed: bool,
    pub(super) start: Standing,
    pub(super) end: Standing,
}

impl Source {
    /// Begins with the segment that holds `from`, and ends where the log is durable now.
    pub(super) fn open(folder: &Path, from: Seq) -> Result<Source, ReadError> {
        let upto = folder::durable(folder)?.head;
        Source::open_upto(folder, from, upto)
    }

    /// The same with a known end.
    pub(super) fn open_upto(folder: &Path, from: Seq, upto: Head) -> Result<Source, ReadError> {
        let journal = folder.join(journal::FOLDER_NAME);
        let segments =
            journal::list(&RealDisk, &journal).map_err(|error| ReadError::io(&journal, error))?;
        let at = segments.partition_point(|segment| segment.first <= from.max(Seq::new(1)));
        let at = at.saturating_sub(1);
        let mut standing = Standing::default();
        if let Some(before) = at.checked_sub(1).and_then(|at| segments.get(at)) {
            let ends = content::ends(&RealDisk, before)
                .map_err(|error| ReadError::io(&before.path, error))?;
            standing = ends.seal.ok_or_else(|| broken(before, "it has no whole seal"))?;
        }
        Ok(Source { journal, segments, at, standing, upto })
    }

    /// Tells the next segment, unless the end is reached.
    pub(super) fn peek(&self) -> Option<&Segment> {
        if self.standing.head.seq >= self.upto.seq { None } else { self.segments.get(self.at) }
    }

    /// Goes on behind the next segment, of whose seal somebody else made sure.
    pub(super) fn skip(&mut self, seal: Standing) {
        self.standing = seal;
        self.at += 1;
    }

    /// Reads and checks the next segment; shows each of its commits. `None` at the end.
    pub(super) fn next(
        &mut self,
        visit: &mut dyn FnMut(&Commit, &Bytes) -> Result<(), ArchiveError>,
    ) -> Result<Option<Piece>, ArchiveError> {
        let (start, upto) = (self.standing, self.upto);
        if start.head.seq >= upto.seq {
            return Ok(None);
        }
        let Some(segment) = self.segments.get(self.at).cloned() else {
            let what = format!("the journal in {} ends before it", self.journal.display());
            return Err(ReadError::Broken { after: start.head.seq, what }.into());
        };
        let content =
            content::read(&RealDisk, &segment).map_err(|error| ReadError::io(&segment.path, error));
        let content = content?.ok_or_else(|| broken(&segment, "it is gone"))?;
        if let Some(what) = content.damage.first() {
            return Err(broken(&segment, what).into());
        }
        let header = Header::parse(&content.bytes);
        let header = header.map_err(|_| broken(&segment, "its header is damaged"))?;
        if header.first != start.head.seq.next() || header.prev_hash != start.head.hash {
            return Err(broken(&segment, "it does not follow what stands before it").into());
        }
        let (mut end, mut len) = (start, HEADER_BYTES);
        let scanned = journal::scan(&content.bytes, start, |commit, stored| {
            if commit.last() <= upto.seq {
                len += FRAME_BYTES + stored.len();
                end = end.after(&commit);
                visit(&commit, &stored)?;
            }
            Ok::<_, ArchiveError>(())
        })?;
        let is_whole = scanned.sealed && scanned.stop.is_none();
        if end.head.seq == upto.seq && end.head != upto {
            let what = format!("another commit than {upto} stands there");
            return Err(ReadError::Broken { after: start.head.seq, what }.into());
        }
        if end.head.seq < upto.seq && !is_whole {
            let what = scanned.stop.map_or("it is not finished".to_owned(), |stop| stop.what);
            let (after, name) = (scanned.standing.head.seq, segment.path.display());
            return Err(ReadError::Broken { after, what: format!("{name}: {what}") }.into());
        }
        let sealed = is_whole && scanned.standing.head == end.head;
        if sealed {
            len = content.bytes.len();
        }
        self.standing = end;
        self.at += 1;
        Ok(Some(Piece { segment, content, header, len, sealed, start, end }))
    }
}

impl Piece {
    /// The original bytes that count.
    pub(super) fn raw(&self) -> &[u8] {
        &self.content.bytes[..self.len]
    }

    /// The packed file, where that is the form it has and all of it counts.
    pub(super) fn packed_file(&self) -> Option<&Bytes> {
        (self.sealed && self.content.end.is_some()).then_some(&self.content.stored)
    }

    /// The packed form.
    pub(super) fn packed(&self) -> io::Result<Bytes> {
        if let Some(file) = self.packed_file() {
            return Ok(file.clone());
        }
        let mut out = Vec::with_capacity(self.len / 3);
        packed::pack(self.raw(), self.end, &mut out, || Ok(()))?;
        Ok(out.into())
    }

    /// The packed form of the part from `begin` on, which follows `start`.
    pub(super) fn packed_from(&self, begin: usize, start: Standing) -> io::Result<Bytes> {
        if start == self.start {
            return self.packed();
        }
        let header =
            Header { first: start.head.seq.next(), prev_hash: start.head.hash, ..self.header };
        let raw = [&header.to_bytes(), &self.raw()[begin..]].concat();
        let mut out = Vec::new();
        packed::pack(&raw[..], self.end, &mut out, || Ok(()))?;
        Ok(out.into())
    }
}

fn broken(segment: &Segment, what: &str) -> ReadError {
    let after = Seq::new(segment.first.get().saturating_sub(1));
    ReadError::Broken { after, what: format!("{}: {what}", segment.path.display()) }
}
