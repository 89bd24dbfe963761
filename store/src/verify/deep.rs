//! The index's entries against the commits, in both directions: what it lacks, and what it holds
//! that no commit says.
//!
//! Commits come in order, and so do the index's runs of entities and its times, so both are passed
//! side by side; memory holds one run at a time. Entries that point to commits by their ids and keys
//! lie in no order; they are counted, and looked at one by one only when there are too many.

use std::collections::VecDeque;

use super::{Part, VerifyReport};
use crate::backend::local::index::{Index, Pair, Pointer, Pointers, Refused};
use crate::commit::Commit;
use crate::frame;
use crate::position::Seq;

/// So many pairs are compared at a time even if no run begins, as when runs were lost.
const MAX_PAIRS: usize = 1 << 20;

pub(super) struct Deep<'a> {
    index: &'a Index,
    /// Runs that were not reached yet.
    runs: VecDeque<Seq>,
    /// Pairs of the index of events that were not compared yet.
    held: Vec<Pair>,
    /// Pairs of the commits that were not compared yet.
    said: Vec<Pair>,
    /// Events that the journal lost: nobody can tell what belongs to them.
    lost: Vec<(Seq, Seq)>,
    times: Times<'a>,
    ids: u64,
    keys: u64,
}

/// The times of the index, read in order.
struct Times<'a> {
    index: &'a Index,
    fetched: VecDeque<(i64, Seq)>,
    last: Option<(i64, Seq)>,
    is_done: bool,
    /// The time of the commit before; `None` where it is not known.
    before: Option<i64>,
}

impl<'a> Deep<'a> {
    pub(super) fn new(index: &'a Index, report: &mut VerifyReport) -> Deep<'a> {
        let (runs, held) = match index.entity_entries() {
            Ok(entries) => (entries.runs.into(), entries.waiting),
            Err(refused) => {
                report.fault(Part::Index, Seq::ZERO, Seq::ZERO, refused.told());
                (VecDeque::new(), Vec::new())
            }
        };
        let times =
            Times { index, fetched: VecDeque::new(), last: None, is_done: false, before: None };
        let (said, lost) = (Vec::new(), Vec::new());
        Deep { index, runs, held, said, lost, times, ids: 0, keys: 0 }
    }

    /// Compares a commit that the index should know. `id` and `key` say whether it was found by
    /// them.
    pub(super) fn pass(
        &mut self,
        commit: &Commit,
        (id, key): (bool, bool),
        report: &mut VerifyReport,
    ) {
        self.ids += u64::from(id);
        self.keys += u64::from(key);
        if self.runs.front().is_some_and(|run| *run <= commit.first) || self.said.len() > MAX_PAIRS
        {
            self.settle(commit.first, report);
        }
        while let Some(run) = self.runs.front().copied().filter(|run| *run <= commit.first) {
            self.runs.pop_front();
            self.load(run, report);
        }
        for (record, seq) in commit.records.iter().zip(commit.first.get()..) {
            self.said.extend(record.keys.iter().map(|key| (*key, Seq::new(seq))));
        }
        self.times.pass(commit, &self.lost, report);
    }

    /// Events are lost in the journal.
    pub(super) fn lose(&mut self, first: Seq, last: Seq) {
        self.lost.push((first, last));
        self.times.before = None;
    }

    /// Compares what is left; the log ends at `end`.
    pub(super) fn finish(mut self, end: Seq, report: &mut VerifyReport) {
        while let Some(run) = self.runs.pop_front().filter(|run| *run <= end) {
            self.load(run, report);
        }
        self.settle(end.next(), report);
        self.times.finish(end, &self.lost, report);
        for (which, known) in [(Pointers::Ids, self.ids), (Pointers::Keys, self.keys)] {
            if let Err(refused) = self.count(which, known, end, report) {
                report.fault(Part::Index, Seq::new(1), end, refused.told());
            }
        }
        let blobs = self.index.blob_files();
        if blobs > 0 {
            let what = format!("it keeps {blobs} values in files of their own, never synced");
            report.fault(Part::Index, Seq::new(1), end, what);
        }
    }

    fn load(&mut self, run: Seq, report: &mut VerifyReport) {
        match self.index.run(run) {
            Ok(pairs) => {
                let astray = pairs.iter().filter(|one| !one.is_in_place);
                tell(astray.map(|one| one.pair), "entries of entities lie astray", report);
                let in_place = pairs.iter().filter(|one| one.is_in_place);
                self.held.extend(in_place.map(|one| one.pair));
            }
            Err(refused) => report.fault(Part::Index, run, run, refused.told()),
        }
    }

    /// Compares all pairs of events before `end`.
    fn settle(&mut self, end: Seq, report: &mut VerifyReport) {
        // A run may hold pairs of later events too, where it was once written with another end.
        let (mut held, later) = std::mem::take(&mut self.held)
            .into_iter()
            .partition::<Vec<_>, _>(|(_, seq)| *seq < end);
        self.held = later;
        let mut said = std::mem::take(&mut self.said);
        for pairs in [&mut held, &mut said] {
            pairs.sort_unstable_by_key(|(key, seq)| (*seq, *key));
            pairs.dedup();
        }
        let by = |(key, seq): &Pair| (*seq, *key);
        let lacks = |pairs: &[Pair], one: &Pair| pairs.binary_search_by_key(&by(one), by).is_err();
        let missing = said.iter().filter(|one| lacks(&held, one)).copied();
        tell(missing, "entries of entities are missing", report);
        let surplus = held.iter().filter(|one| lacks(&said, one) && !is_in(&self.lost, one.1));
        tell(surplus.copied(), "entries of entities are of no commit", report);
    }

    /// Counts the entries that point to commits up to `end`. If there are more than commits that
    /// were found by one, some point to a commit that is not theirs.
    fn count(
        &self,
        which: Pointers,
        known: u64,
        end: Seq,
        report: &mut VerifyReport,
    ) -> Result<(), Refused> {
        let mut count: u64 = 0;
        self.each_pointer(which, |pointer| {
            count += u64::from(pointer.first <= end && !is_in(&self.lost, pointer.first));
            Ok(())
        })?;
        if count <= known {
            return Ok(());
        }
        self.each_pointer(which, |pointer| {
            if pointer.first <= end
                && !is_in(&self.lost, pointer.first)
                && !self.is_true(which, pointer)?
            {
                let what = match which {
                    Pointers::Ids => "an entry finds it by the id of another commit, or of none",
                    Pointers::Keys => "an entry finds it by a key that is not its own",
                };
                report.fault(Part::Index, pointer.first, pointer.first, what);
            }
            Ok(())
        })
    }

    fn each_pointer(
        &self,
        which: Pointers,
        mut visit: impl FnMut(&Pointer) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = self.index.pointers(which, after.as_deref())?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            page.iter().try_for_each(&mut visit)?;
        }
    }

    fn is_true(&self, which: Pointers, pointer: &Pointer) -> Result<bool, Refused> {
        let stored = self.index.batch(pointer.first, 1)?;
        let Some(Ok(commit)) = stored.first().map(frame::decode) else { return Ok(false) };
        let is_of = match which {
            Pointers::Ids => pointer.is_of_id(commit.id),
            Pointers::Keys => commit.idempotency_key.as_deref().is_some_and(|key| {
                pointer.is_of_key(key)
                    && pointer.content == Some(frame::content_hash(&commit.records))
            }),
        };
        Ok(is_of && commit.first == pointer.first)
    }
}

impl Times<'_> {
    fn pass(&mut self, commit: &Commit, lost: &[(Seq, Seq)], report: &mut VerifyReport) {
        let this = (commit.recorded_at_ms, commit.first);
        while let Some(entry) = self.next(report).filter(|entry| *entry < this) {
            self.fetched.pop_front();
            surplus(entry, lost, report);
        }
        let has = self.next(report) == Some(this);
        if has {
            self.fetched.pop_front();
        }
        // A time has an entry at its first commit. One at a later commit too, which a crash may
        // leave, says nothing wrong.
        let is_new = self.before.is_some_and(|before| before != this.0) || this.1 == Seq::new(1);
        if is_new && !has {
            let what = "the entry of their time is missing";
            report.fault(Part::Index, commit.first, commit.last(), what);
        }
        self.before = Some(this.0);
    }

    fn finish(&mut self, end: Seq, lost: &[(Seq, Seq)], report: &mut VerifyReport) {
        while let Some(entry) = self.next(report) {
            self.fetched.pop_front();
            if entry.1 <= end {
                surplus(entry, lost, report);
            }
        }
    }

    fn next(&mut self, report: &mut VerifyReport) -> Option<(i64, Seq)> {
        if self.fetched.is_empty() && !self.is_done {
            match self.index.times(self.last) {
                Ok(page) => self.fetched = page.into(),
                Err(refused) => report.fault(Part::Index, Seq::ZERO, Seq::ZERO, refused.told()),
            }
            self.is_done = self.fetched.is_empty();
            self.last = self.fetched.back().copied().or(self.last);
        }
        self.fetched.front().copied()
    }
}

fn surplus((_, first): (i64, Seq), lost: &[(Seq, Seq)], report: &mut VerifyReport) {
    if !is_in(lost, first) {
        report.fault(Part::Index, first, first, "an entry of a time is of no commit");
    }
}

fn is_in(ranges: &[(Seq, Seq)], seq: Seq) -> bool {
    ranges.iter().any(|(first, last)| (*first..=*last).contains(&seq))
}

/// Makes one fault of all pairs that share it.
fn tell(pairs: impl Iterator<Item = Pair>, what: &str, report: &mut VerifyReport) {
    let mut found: Option<(Seq, Seq, u64)> = None;
    for (_, seq) in pairs {
        let (first, last, count) = found.unwrap_or((seq, seq, 0));
        found = Some((first.min(seq), last.max(seq), count + 1));
    }
    if let Some((first, last, count)) = found {
        report.fault(Part::Index, first, last, format!("{count} {what}"));
    }
}
