//! One walk over all segments, comparing each commit with the index on the way.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::against::Comparison;
use super::deep::Deep;
use super::{IndexReport, Part, Reached, TornTail, VerifyOptions, VerifyReport};
use crate::backend::Standing;
use crate::backend::local::content;
use crate::backend::local::head::Found;
use crate::backend::local::index::{Index, Refused};
use crate::backend::local::journal::{self, Segment};
use crate::backend::local::segment::{self, BadHeader, HEADER_BYTES, Header, Item};
use crate::commit::Commit;
use crate::disk::Disk;
use crate::frame;
use crate::limits::READ_AHEAD_BYTES;
use crate::position::{Head, Seq};

/// What the journal is compared with.
pub(super) enum Checked<'a> {
    Against(&'a Index),
    Unusable(&'a str),
    Missing,
}

/// What is asked of the log.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) options: &'a VerifyOptions,
    /// What HEAD says.
    pub(super) head: Found,
    /// Where to stop, when the log is open and may grow.
    pub(super) upto: Option<Head>,
}

pub(super) struct Walk<'a> {
    index: Checked<'a>,
    /// How far the index goes.
    index_standing: Standing,
    /// Commits of the index that were fetched ahead.
    ahead: VecDeque<Bytes>,
    head: Found,
    /// Where to stop, when the log is open and may grow.
    upto: Option<Head>,
    standing: Standing,
    /// Events before this place are lost, so the next commit's link cannot be checked.
    unlinked: bool,
    /// The end of the journal, until a commit shows that it goes on.
    tail: Option<Tail>,
    deep: Option<Deep<'a>>,
    against: Comparison,
    report: VerifyReport,
    /// Bytes of the segments that were passed, and of all.
    passed_bytes: u64,
    of_bytes: u64,
    progress: &'a mut dyn FnMut(Reached),
}

/// Bytes behind the last good commit.
struct Tail {
    torn: TornTail,
    what: String,
    proven: Seq,
}

type Outcome<T> = Result<T, (PathBuf, io::Error)>;

impl<'a> Walk<'a> {
    pub(super) fn new(
        asked: Asked<'a>,
        index: Checked<'a>,
        progress: &'a mut dyn FnMut(Reached),
    ) -> Walk<'a> {
        let mut report = VerifyReport::empty();
        let deep = match index {
            Checked::Against(index) if asked.options.deep => Some(Deep::new(index, &mut report)),
            _ => None,
        };
        Walk {
            index,
            index_standing: Standing::default(),
            ahead: VecDeque::new(),
            head: asked.head,
            upto: asked.upto,
            standing: Standing::default(),
            unlinked: false,
            tail: None,
            deep,
            against: Comparison::new(asked.options.against),
            report,
            passed_bytes: 0,
            of_bytes: 0,
            progress,
        }
    }

    pub(super) fn run(mut self, disk: &dyn Disk, folder: &Path) -> Outcome<VerifyReport> {
        self.measure_index();
        let segments = journal::list(disk, folder).map_err(|error| (folder.to_owned(), error))?;
        // Only for the bar: a file that cannot be measured cannot be read either, which is told.
        let sizes = segments.iter().filter_map(|segment| segment.path.metadata().ok());
        self.of_bytes = sizes.map(|metadata| metadata.len()).sum();
        for segment in &segments {
            if self.is_done() {
                break;
            }
            self.segment(disk, segment, segments.last() == Some(segment))?;
            self.passed_bytes = self.report.journal_bytes;
        }
        self.finish();
        Ok(self.report)
    }

    fn is_done(&self) -> bool {
        self.upto.is_some_and(|upto| self.standing.head.seq >= upto.seq)
    }

    fn measure_index(&mut self) {
        if let Checked::Against(index) = self.index {
            match index.standing() {
                Ok(standing) => self.index_standing = standing,
                Err(why) => self.report.fault(Part::Index, Seq::ZERO, Seq::ZERO, why),
            }
        }
    }

    fn segment(&mut self, disk: &dyn Disk, segment: &Segment, is_last: bool) -> Outcome<()> {
        let content = content::read(disk, segment);
        let content = content.map_err(|error| (segment.path.clone(), error))?.unwrap_or_default();
        self.report.journal_bytes += content.stored.len() as u64;
        self.leave_tail(segment);
        let next = self.standing.head.seq.next();
        if segment.first > next {
            self.lost(Seq::new(segment.first.get() - 1), "a segment is missing".to_owned());
        }
        for what in content.damage {
            let what = format!("{}: {what}", segment.path.display());
            let last = content.end.map_or(segment.first, |end| end.head.seq.max(segment.first));
            self.report.fault(Part::Journal, segment.first, last, what);
        }
        let content = content.bytes;
        self.header(segment, &content);
        let mut sealed = false;
        for (at, item) in segment::items(&content, HEADER_BYTES) {
            if self.is_done() {
                return Ok(());
            }
            let end = item.end();
            let bad = match item {
                Item::Commit { group, .. } if is_last && self.is_rest_of_torn(group) => {
                    Some((String::new(), false))
                }
                Item::Commit { commit, stored, group, .. } if !sealed => {
                    self.commit(&commit, &stored, group, at);
                    None
                }
                Item::Seal { standing, .. } if !sealed => {
                    sealed = true;
                    self.leave_tail(segment);
                    let off = standing.head != self.standing.head;
                    off.then(|| (format!("the seal at byte {at} is of {}", standing.head), true))
                }
                Item::Strange { what, .. } => Some((format!("at byte {at}: {what}"), true)),
                _ if sealed => Some((format!("bytes follow the seal, at byte {at}"), false)),
                _ => Some((format!("no whole commit stands at byte {at}"), false)),
            };
            if let Some((what, whole)) = bad {
                self.note_tail(segment, at..end, what, whole);
            }
        }
        Ok(())
    }

    /// Tells whether a whole commit behind a break was written together with what is broken: then
    /// it may all be one torn write, of which the end reached the disk before the beginning.
    fn is_rest_of_torn(&self, group: Seq) -> bool {
        self.tail.is_some() && group <= self.standing.head.seq.next()
    }

    fn header(&mut self, segment: &Segment, content: &Bytes) {
        let before = self.standing.head;
        let name = segment.path.display();
        let what = match Header::parse(content) {
            Ok(header) if header.first != segment.first => {
                format!("{name} says it begins at event {}", header.first)
            }
            Ok(header) if header.prev_hash != before.hash && !self.unlinked => {
                format!("{name} follows another commit than the one before it")
            }
            Ok(_) => return,
            Err(BadHeader::Unknown(version)) => {
                format!("{name} has format version {version}, newer than this release reads")
            }
            Err(BadHeader::Damaged) if content.len() <= HEADER_BYTES => {
                return self.note_tail(segment, 0..content.len(), "a header is cut".into(), false);
            }
            Err(BadHeader::Damaged) => format!("the header of {name} is damaged"),
        };
        self.report.fault(Part::Journal, segment.first, segment.first, what);
    }

    /// Remembers bytes that are no commit: whether they are damage depends on what follows.
    fn note_tail(
        &mut self,
        segment: &Segment,
        bytes: std::ops::Range<usize>,
        what: String,
        whole: bool,
    ) {
        let proven = if whole { self.standing.head.seq.next() } else { Seq::ZERO };
        let (begin, end) = (bytes.start as u64, bytes.end as u64);
        let tail = self.tail.get_or_insert_with(|| Tail {
            torn: TornTail { segment: segment.path.clone(), at: begin, bytes: 0 },
            what,
            proven: Seq::ZERO,
        });
        tail.torn.bytes = end.saturating_sub(tail.torn.at);
        tail.proven = tail.proven.max(proven);
    }

    /// Another segment or a seal follows, so what stood at the end was damage.
    fn leave_tail(&mut self, segment: &Segment) {
        let next = self.standing.head.seq.next();
        if let Some(tail) = self.tail.take() {
            let last = Seq::new(segment.first.get().saturating_sub(1)).max(next);
            self.report.fault(Part::Journal, next, last, tail.what);
        }
    }

    fn commit(&mut self, commit: &Commit, stored: &Bytes, group: Seq, at: usize) {
        let next = self.standing.head.seq.next();
        if commit.first < next {
            let what = format!("events {} and on stand again at byte {at}", commit.first);
            return self.report.fault(Part::Journal, commit.first, commit.last(), what);
        }
        if commit.first > next {
            if let Some(tail) = &mut self.tail
                && group > next
            {
                tail.proven = tail.proven.max(Seq::new(group.get() - 1));
            }
            let what = self.tail.take().map_or("they are missing".to_owned(), |tail| tail.what);
            self.lost(Seq::new(commit.first.get() - 1), what);
        } else if commit.prev_hash != self.standing.head.hash {
            let what = "it names another commit before it".to_owned();
            self.report.fault(Part::Journal, commit.first, commit.last(), what);
        }
        if let Some(tail) = self.tail.take() {
            self.report.fault(Part::Journal, commit.first, commit.first, tail.what);
        }
        self.standing = self.standing.after(commit);
        self.unlinked = false;
        self.report.commits += 1;
        self.report.events += commit.records.len() as u64;
        self.against.pass(commit);
        self.compare_head(commit);
        if let Checked::Against(index) = self.index
            && commit.last() <= self.index_standing.head.seq
        {
            self.compare_index(index, commit, stored);
        }
        // Of a packed segment, `at` tells of the original bytes.
        let bytes = (self.passed_bytes + at as u64).min(self.report.journal_bytes);
        (self.progress)(Reached { seq: commit.last(), bytes, of_bytes: self.of_bytes });
    }

    fn lost(&mut self, last: Seq, what: String) {
        let first = self.standing.head.seq.next();
        self.report.fault(Part::Journal, first, last, what);
        if let Some(deep) = &mut self.deep {
            deep.lose(first, last);
        }
        // What the index holds of them is no surplus.
        self.ahead.clear();
        // The next commit is taken as it is; its own hash was checked.
        self.standing.head.seq = last;
        self.unlinked = true;
    }

    fn compare_head(&mut self, commit: &Commit) {
        let Found::Bound(bound) = self.head else { return };
        let bound = bound.standing.head;
        let covers = (commit.first..=commit.last()).contains(&bound.seq);
        if covers && commit.head() != bound {
            let what = format!("it names {bound}, where the journal has another commit");
            self.report.fault(Part::Head, commit.first, commit.last(), what);
        }
    }

    fn compare_index(&mut self, index: &Index, commit: &Commit, stored: &Bytes) {
        let (first, last) = (commit.first, commit.last());
        if let Err(what) = self.compare_block(index, first, stored) {
            self.report.fault(Part::Index, first, last, what);
        }
        let by_id = matches!(index.find_id(commit.id), Ok(Some(found)) if found == first);
        if !by_id {
            let what = format!("it does not find commit {}", commit.id);
            self.report.fault(Part::Index, first, last, what);
        }
        let by_key = commit.idempotency_key.as_ref().is_some_and(|key| {
            let entry = (frame::content_hash(&commit.records), first);
            let found = matches!(index.find_key(key), Ok(Some(found)) if found == entry);
            if !found {
                let what = format!("it does not find idempotency key {key:?}");
                self.report.fault(Part::Index, first, last, what);
            }
            found
        });
        if let Some(deep) = &mut self.deep {
            deep.pass(commit, (by_id, by_key), &mut self.report);
        }
    }

    fn compare_block(&mut self, index: &Index, first: Seq, stored: &Bytes) -> Result<(), String> {
        let had = !self.ahead.is_empty();
        if self.ahead.front() != Some(stored) {
            self.ahead.clear();
            let batch = index.batch(first, READ_AHEAD_BYTES);
            self.ahead = batch.map_err(Refused::told)?.into();
            if had && self.ahead.front() == Some(stored) {
                self.ahead.pop_front();
                return Err("it holds another commit too, just before".to_owned());
            }
        }
        if self.ahead.pop_front().as_ref() != Some(stored) {
            self.ahead.clear();
            return Err("it holds another commit, or none".to_owned());
        }
        Ok(())
    }

    fn finish(&mut self) {
        let head = self.standing.head;
        self.report.head = head;
        let bound = match self.head {
            Found::Bound(bound) => bound.standing.head.seq,
            Found::Absent | Found::Damaged | Found::Newer(_) => Seq::ZERO,
        };
        if !matches!(self.head, Found::Bound(_)) && head.seq > Seq::ZERO {
            self.report.fault(Part::Head, Seq::new(1), head.seq, "it is missing or unreadable");
        }
        let proven = self.tail.as_ref().map_or(Seq::ZERO, |tail| tail.proven);
        // An open log is only asked about its head as it was, whatever came since.
        let floor = match self.upto {
            Some(upto) => upto.seq,
            None => bound.max(self.index_standing.head.seq).max(proven),
        };
        let tail = self.tail.take();
        if head.seq < floor {
            let what = tail.map_or("the journal ends before them".to_owned(), |tail| tail.what);
            self.report.fault(Part::Journal, head.seq.next(), floor, what);
        } else if let Some(tail) = tail.filter(|_| self.upto.is_none()) {
            self.report.torn_tail = Some(tail.torn);
        }
        if self.upto.is_some_and(|upto| upto.seq == head.seq && upto.hash != head.hash) {
            self.report.fault(Part::Journal, head.seq, head.seq, "it ends with another commit");
        }
        if let Some(deep) = self.deep.take() {
            let end = head.seq.min(self.index_standing.head.seq);
            deep.finish(end, &mut self.report);
        }
        self.report.against = self.against.outcome(head.seq, |seq| {
            let mut faults = self.report.faults.iter();
            faults.any(|one| one.part == Part::Journal && one.first <= seq && seq <= one.last)
        });
        self.finish_index(head);
    }

    fn finish_index(&mut self, head: Head) {
        let at = self.index_standing.head;
        match self.index {
            Checked::Missing if head.seq == Seq::ZERO => return,
            Checked::Missing => {
                let what = "it is missing; opening the log builds it anew";
                self.report.fault(Part::Index, Seq::new(1), head.seq, what);
            }
            Checked::Unusable(why) => {
                self.report.fault(Part::Index, Seq::new(1), head.seq, why);
            }
            Checked::Against(_) if at.seq == head.seq && at.hash != head.hash => {
                self.report.fault(Part::Index, head.seq, head.seq, "it ends with another commit");
            }
            Checked::Against(_) => {}
        }
        let differs = self.report.faults.iter().any(|fault| fault.part == Part::Index);
        self.report.index = match self.index {
            Checked::Missing => IndexReport::Missing,
            _ if differs => IndexReport::Differs,
            Checked::Against(_) if at.seq < head.seq => IndexReport::Behind { at: at.seq },
            _ => IndexReport::Agrees,
        };
    }
}
