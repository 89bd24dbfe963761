//! The journal's part of opening: every segment's ends, and the frames of the last one.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::super::super::standing::Standing;
use super::super::journal::{self, Scan, Segment};
use super::super::segment::{self, BadHeader, HEADER_BYTES, Header, SEAL_BYTES};
use super::{Mended, Opening};
use crate::disk::{self, Disk, Mode};
use crate::error::OpenError;
use crate::position::Seq;

/// The end of a journal that is whole.
#[derive(Debug)]
pub(super) struct End {
    pub(super) standing: Standing,
    /// The segment to go on with and its sound length; `None` to begin a new one.
    pub(super) last: Option<(PathBuf, u64)>,
    /// The journal holds another commit than HEAD says.
    pub(super) bound_mismatch: bool,
}

impl Opening<'_> {
    /// Walks the segments in order, mends those that need it, and tells where the journal ends.
    pub(super) fn check_segments(&mut self) -> Result<End, OpenError> {
        let listed = journal::list(self.disk.as_ref(), &self.journal);
        let segments = listed.map_err(|error| OpenError::io(&self.journal, error))?;
        let mut standing = Standing::default();
        for pair in segments.windows(2) {
            let upto = Seq::new(pair[1].first.get().saturating_sub(1));
            standing = self.fill_gap(standing, pair[0].first)?;
            standing = match self.finished(&pair[0], standing, upto)? {
                Some(sealed) => sealed,
                None => self.refill(standing, upto, Some(upto), "a finished segment")?.standing,
            };
        }
        match segments.last() {
            Some(last) => {
                standing = self.fill_gap(standing, last.first)?;
                self.last_segment(last, standing)
            }
            None if self.known() == Seq::ZERO => {
                Ok(End { standing, last: None, bound_mismatch: false })
            }
            None => self.refill(standing, self.known(), None, "the journal is gone"),
        }
    }

    /// Tells up to where HEAD and the index know of events.
    pub(super) fn known(&self) -> Seq {
        let index = self.index.as_ref().map_or(Seq::ZERO, |(_, standing)| standing.head.seq);
        self.bound.head.seq.max(index)
    }

    /// Restores a segment whose file is missing altogether between `standing` and `first`.
    fn fill_gap(&mut self, standing: Standing, first: Seq) -> Result<Standing, OpenError> {
        let next = standing.head.seq.next();
        if first < next {
            let what = format!("a segment begins at event {first}, inside the one before it");
            return Err(OpenError::Contradiction { folder: self.folder.to_owned(), what });
        }
        if first == next {
            return Ok(standing);
        }
        let upto = Seq::new(first.get() - 1);
        Ok(self.refill(standing, upto, Some(upto), "a segment is missing")?.standing)
    }

    /// Reads the ends of a segment that is not the last: its header, and the seal that must be
    /// there. Its frames are not read: `verify` and readers check them. `None`: not sound.
    fn finished(
        &self,
        segment: &Segment,
        start: Standing,
        upto: Seq,
    ) -> Result<Option<Standing>, OpenError> {
        let io = |error| OpenError::io(&segment.path, error);
        let (header, seal) = read_ends(self.disk.as_ref(), &segment.path).map_err(io)?;
        let fits = self.header_fits(segment, &header, start)?;
        Ok(segment::parse_seal(&seal).filter(|seal| fits && seal.head.seq <= upto))
    }

    fn header_fits(
        &self,
        segment: &Segment,
        bytes: &[u8],
        start: Standing,
    ) -> Result<bool, OpenError> {
        match Header::parse(bytes) {
            Ok(header) => Ok(header.first == start.head.seq.next()
                && header.prev_hash == start.head.hash
                && header.epoch <= self.epoch),
            Err(BadHeader::Damaged) => Ok(false),
            Err(BadHeader::Unknown(version)) => Err(OpenError::UnknownVersion {
                path: segment.path.clone(),
                version,
                newest: segment::FORMAT,
            }),
        }
    }

    fn last_segment(&mut self, segment: &Segment, start: Standing) -> Result<End, OpenError> {
        let content = disk::read_if_there(self.disk.as_ref(), &segment.path);
        let content = content.map_err(|error| OpenError::io(&segment.path, error))?;
        let content = content.unwrap_or_default();
        let fits = self.header_fits(segment, &content, start)?;
        let bound = self.bound.head;
        let mut bound_mismatch = false;
        let scanned: Result<Scan, OpenError> = journal::scan(&content, start, |commit, _| {
            bound_mismatch |= commit.last() == bound.seq && commit.hash != bound.hash;
            bound_mismatch |= commit.first <= bound.seq && bound.seq < commit.last();
            Ok(())
        });
        let scan = scanned?;
        let proven = scan.stop.as_ref().map_or(Seq::ZERO, |stop| stop.proven);
        let floor = self.known().max(proven);
        if !fits && scan.standing == start && floor <= start.head.seq {
            return self.begin_again(segment, &content, start);
        }
        if fits && scan.sealed && scan.standing.head.seq < floor {
            return self.refill(scan.standing, floor, None, "the segment after it is missing");
        }
        if !fits || scan.standing.head.seq < floor {
            let what = scan.stop.map_or("it ends too early".to_owned(), |stop| stop.what);
            return self.refill(start, floor, None, &what);
        }
        let (good, len) = (scan.good as u64, content.len() as u64);
        if scan.stop.is_some() {
            let (segment, at, bytes) = (segment.path.clone(), good, len.saturating_sub(good));
            self.mended.push(Mended::TailCut { segment, at, bytes });
        }
        let standing = scan.standing;
        let last = if scan.sealed {
            self.cut_behind_seal(segment, &content, good)?;
            None
        } else {
            Some((segment.path.clone(), good))
        };
        Ok(End { standing, last, bound_mismatch })
    }

    /// The segment was begun when the writer died, before any commit of it could be acknowledged.
    fn begin_again(
        &mut self,
        segment: &Segment,
        content: &Bytes,
        standing: Standing,
    ) -> Result<End, OpenError> {
        // Nothing but a piece of a header may be thrown away here.
        if content.len() > HEADER_BYTES {
            return self.refill(standing, standing.head.seq, None, "its header is damaged");
        }
        self.disk.remove(&segment.path).map_err(|error| OpenError::io(&segment.path, error))?;
        self.mended.push(Mended::SegmentBegunAgain { segment: segment.path.clone() });
        Ok(End { standing, last: None, bound_mismatch: false })
    }

    fn cut_behind_seal(
        &self,
        segment: &Segment,
        content: &Bytes,
        good: u64,
    ) -> Result<(), OpenError> {
        if good == content.len() as u64 {
            return Ok(());
        }
        let size = self.options.segment_bytes;
        let disk = std::sync::Arc::clone(&self.disk);
        let cut = journal::Journal::resume(disk, &segment.path, good, self.epoch, size);
        cut.map(drop).map_err(|error| OpenError::io(&segment.path, error))
    }
}

fn read_ends(disk: &dyn Disk, path: &Path) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut file = disk.open(path, Mode::Read)?;
    let header = disk::read_range(file.as_mut(), 0, HEADER_BYTES as u64)?;
    let seal_at = file.size()?.saturating_sub(SEAL_BYTES as u64);
    let seal = disk::read_range(file.as_mut(), seal_at, SEAL_BYTES as u64)?;
    Ok((header, seal))
}
