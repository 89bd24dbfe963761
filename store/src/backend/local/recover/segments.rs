//! The journal's part of opening: every segment's ends, and the frames of the last one.

use std::path::PathBuf;

use bytes::Bytes;

use super::super::super::standing::Standing;
use super::super::content;
use super::super::journal::{self, Scan, Segment};
use super::super::segment::{self, BadHeader, HEADER_BYTES, Header};
use super::{Care, Mended, Opening, Pending};
use crate::error::OpenError;
use crate::position::Seq;
use crate::verify::Reached;

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
        let passed_over =
            self.settle_forms().map_err(|(path, error)| OpenError::io(&path, error))?;
        let listed = journal::list(self.disk.as_ref(), &self.journal);
        let mut segments = listed.map_err(|error| OpenError::io(&self.journal, error))?;
        for segment in segments.iter_mut().filter(|one| passed_over.contains(&one.path)) {
            segment.path = content::other_form(&segment.path);
        }
        let mut standing = Standing::default();
        let mut bound_mismatch = false;
        let mut reached = self.begin_progress(&segments);
        for pair in segments.windows(2) {
            let upto = Seq::new(pair[1].first.get().saturating_sub(1));
            standing = self.fill_gap(standing, pair[0].first)?;
            standing = match self.finished(&pair[0], standing, upto, &mut bound_mismatch)? {
                Ok(sealed) => sealed,
                Err(what) => self.refill(standing, upto, Some(upto), &what)?.standing,
            };
            reached.seq = standing.head.seq;
            reached.bytes += pair[0].path.metadata().map_or(0, |metadata| metadata.len());
            (self.progress)(reached);
        }
        match segments.last() {
            Some(last) => {
                standing = self.fill_gap(standing, last.first)?;
                let end = self.last_segment(last, standing)?;
                Ok(End { bound_mismatch: end.bound_mismatch || bound_mismatch, ..end })
            }
            None if self.known() == Seq::ZERO => {
                Ok(End { standing, last: None, bound_mismatch: false })
            }
            None => self.refill(standing, self.known(), None, "the journal is gone"),
        }
    }

    fn begin_progress(&self, segments: &[Segment]) -> Reached {
        // Only for the bar: a file that cannot be measured cannot be read either, which is told.
        let sizes = segments.iter().filter_map(|segment| segment.path.metadata().ok());
        let of_bytes = sizes.map(|metadata| metadata.len()).sum();
        Reached { seq: Seq::ZERO, bytes: 0, of_bytes }
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

    /// Checks a segment that is not the last: its header, the seal that must be there, and with all
    /// care every frame between. Tells the standing at its end, or what is wrong.
    fn finished(
        &self,
        segment: &Segment,
        start: Standing,
        upto: Seq,
        bound_mismatch: &mut bool,
    ) -> Result<Result<Standing, String>, OpenError> {
        let io = |error| OpenError::io(&segment.path, error);
        let disk = self.disk.as_ref();
        let ends = content::ends(disk, segment).map_err(io)?;
        let fits = self.header_fits(segment, ends.header, ends.newest, start)?;
        if self.care == Care::Ends {
            let seal = ends.seal.filter(|seal| fits && seal.head.seq <= upto);
            return Ok(seal.ok_or_else(|| "a finished segment".to_owned()));
        }
        if !fits {
            return Ok(Err("its header is damaged".to_owned()));
        }
        let content = content::read(disk, segment).map_err(io)?.unwrap_or_default();
        if let Some(what) = content.damage.into_iter().next() {
            return Ok(Err(what));
        }
        let scan = self.scan(&content.bytes, start, bound_mismatch);
        Ok(match scan.stop {
            Some(stop) => Err(stop.what),
            None if !scan.sealed => Err("it ends too early".to_owned()),
            None if scan.standing.head.seq > upto => Err("it reaches into the next one".to_owned()),
            None => Ok(scan.standing),
        })
    }

    /// Walks a segment's frames, and looks whether HEAD names one of its commits.
    fn scan(&self, content: &Bytes, start: Standing, bound_mismatch: &mut bool) -> Scan {
        let bound = self.bound.head;
        let scanned = journal::scan(content, start, |commit, _| {
            *bound_mismatch |= commit.last() == bound.seq && commit.hash != bound.hash;
            *bound_mismatch |= commit.first <= bound.seq && bound.seq < commit.last();
            Ok::<(), std::convert::Infallible>(())
        });
        match scanned {
            Ok(scan) => scan,
            Err(never) => match never {},
        }
    }

    fn header_fits(
        &self,
        segment: &Segment,
        header: Result<Header, BadHeader>,
        newest: u16,
        start: Standing,
    ) -> Result<bool, OpenError> {
        match header {
            Ok(header) => Ok(header.first == start.head.seq.next()
                && header.prev_hash == start.head.hash
                && header.epoch <= self.epoch),
            Err(BadHeader::Damaged) => Ok(false),
            Err(BadHeader::Unknown(version)) => {
                let path = segment.path.clone();
                Err(OpenError::UnknownVersion { path, version, newest })
            }
        }
    }

    fn last_segment(&mut self, segment: &Segment, start: Standing) -> Result<End, OpenError> {
        if content::is_packed(&segment.path) {
            return self.last_is_packed(segment, start);
        }
        let content = content::read_file(self.disk.as_ref(), &segment.path);
        let content = content.map_err(|error| OpenError::io(&segment.path, error))?;
        let content = content.unwrap_or_default().bytes;
        let header = Header::parse(&content);
        let fits = self.header_fits(segment, header, segment::FORMAT, start)?;
        let mut bound_mismatch = false;
        let scan = self.scan(&content, start, &mut bound_mismatch);
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
            if good < len {
                self.pending.push(Pending::Cut { path: segment.path.clone(), at: good });
            }
            None
        } else {
            Some((segment.path.clone(), good))
        };
        Ok(End { standing, last, bound_mismatch })
    }

    /// Only finished segments are packed, so the one that was begun after it has gone.
    fn last_is_packed(&mut self, segment: &Segment, start: Standing) -> Result<End, OpenError> {
        let io = |error| OpenError::io(&segment.path, error);
        let ends = content::ends(self.disk.as_ref(), segment).map_err(io)?;
        let fits = self.header_fits(segment, ends.header, ends.newest, start)?;
        let content =
            content::read_file(self.disk.as_ref(), &segment.path).map_err(io)?.unwrap_or_default();
        let bound = self.bound.head;
        let mut bound_mismatch = false;
        let scan = self.scan(&content.bytes, start, &mut bound_mismatch);
        let is_whole = fits && scan.sealed && scan.stop.is_none() && content.damage.is_empty();
        let mut standing = scan.standing;
        if !is_whole {
            let what = "a packed segment is damaged";
            let Some(seal) = ends.seal.filter(|seal| seal.head.seq > start.head.seq) else {
                return self.refill(start, self.known(), None, what);
            };
            let seal = seal.head.seq;
            standing = self.refill(start, seal, Some(seal), what)?.standing;
            bound_mismatch = standing.head.seq == bound.seq && standing.head != bound;
        }
        if standing.head.seq < self.known() {
            let what = "the segment after it is missing";
            return self.refill(standing, self.known(), None, what);
        }
        Ok(End { standing, last: None, bound_mismatch })
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
        self.pending.push(Pending::Remove { path: segment.path.clone() });
        self.mended.push(Mended::SegmentBegunAgain { segment: segment.path.clone() });
        Ok(End { standing, last: None, bound_mismatch: false })
    }
}
