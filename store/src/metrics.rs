//! Figures of a running log, counted where they arise.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::backend::local::ScrubFigures;

/// Upper bounds of group sizes, in commits.
const GROUP_BOUNDS: [u64; 8] = [1, 2, 4, 8, 16, 64, 256, 1_024];
/// Upper bounds of sync times, in microseconds.
const SYNC_BOUNDS_US: [u64; 10] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000];

/// Figures of a log since it was opened. They are read one after the other while the log works, so
/// they may be a commit apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogMetrics {
    /// Commits that wait for the writer.
    pub queued_commits: u64,
    /// What they and the group that is being written take, in bytes, each rounded up to 1 KiB.
    pub queued_bytes: u64,
    /// Commits that were written; duplicates are not counted.
    pub appended_commits: u64,
    /// Their events.
    pub appended_events: u64,
    /// Their bytes, as encoded.
    pub appended_bytes: u64,
    /// Commits that shared one sync, in commits.
    pub group_commits: Histogram,
    /// How long the journal's syncs of a group took, in microseconds.
    pub sync_us: Histogram,
    /// Groups whose write failed, after which the log takes no more.
    pub failed_writes: u64,
    /// Groups that were refused because the disk is nearly full.
    pub refused_full: u64,
    /// Bytes that are free where the log lies; `None` in memory, or when the system cannot tell.
    pub free_bytes: Option<u64>,
    /// The last group was refused because the disk is nearly full.
    pub is_full: bool,
    /// Why the log takes no appends until it is opened again.
    pub read_only: Option<String>,
    /// What the background reading of finished segments has found; `None` in memory.
    pub scrub: Option<ScrubFigures>,
}

/// How often a figure lay within bounds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// For each upper bound, ascending, how often the figure was at most that.
    pub upto: Vec<(u64, u64)>,
    /// How often there was one.
    pub count: u64,
    /// All of them together.
    pub sum: u64,
}

/// What the log's parts count into.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    queued: AtomicU64,
    commits: AtomicU64,
    events: AtomicU64,
    bytes: AtomicU64,
    groups: Tally<8>,
    syncs: Tally<10>,
    failed: AtomicU64,
    refused_full: AtomicU64,
    is_full: AtomicBool,
    read_only: Mutex<Option<String>>,
}

#[derive(Debug)]
struct Tally<const N: usize> {
    within: [AtomicU64; N],
    count: AtomicU64,
    sum: AtomicU64,
}

impl<const N: usize> Default for Tally<N> {
    fn default() -> Tally<N> {
        let within = std::array::from_fn(|_| AtomicU64::new(0));
        Tally { within, count: AtomicU64::new(0), sum: AtomicU64::new(0) }
    }
}

impl<const N: usize> Tally<N> {
    fn add(&self, bounds: &[u64; N], figure: u64) {
        let slot = bounds.iter().position(|bound| figure <= *bound);
        if let Some(within) = slot.and_then(|slot| self.within.get(slot)) {
            within.fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(figure, Ordering::Relaxed);
    }

    fn read(&self, bounds: &[u64; N]) -> Histogram {
        let mut sum = 0;
        let upto = bounds.iter().zip(&self.within).map(|(bound, within)| {
            sum += within.load(Ordering::Relaxed);
            (*bound, sum)
        });
        let upto: Vec<_> = upto.collect();
        // Another one may have come since, and a bound must not hold more than there are.
        let count = self.count.load(Ordering::Relaxed).max(sum);
        Histogram { upto, count, sum: self.sum.load(Ordering::Relaxed) }
    }
}

impl Meter {
    pub(crate) fn queued(&self) {
        self.queued.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn taken(&self) {
        self.queued.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn synced(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.syncs.add(&SYNC_BOUNDS_US, us);
    }

    pub(crate) fn written(&self, commits: u64, events: u64, bytes: u64) {
        self.commits.fetch_add(commits, Ordering::Relaxed);
        self.events.fetch_add(events, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.groups.add(&GROUP_BOUNDS, commits);
        self.is_full.store(false, Ordering::Relaxed);
    }

    pub(crate) fn refused_full(&self) {
        self.refused_full.fetch_add(1, Ordering::Relaxed);
        self.is_full.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Relaxed)
    }

    pub(crate) fn failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn stopped(&self, reason: &str) {
        let mut read_only = self.read_only.lock().unwrap_or_else(PoisonError::into_inner);
        read_only.get_or_insert_with(|| reason.to_owned());
    }

    pub(crate) fn read(
        &self,
        queued_bytes: u64,
        free_bytes: Option<u64>,
        scrub: Option<ScrubFigures>,
    ) -> LogMetrics {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        LogMetrics {
            queued_commits: get(&self.queued),
            queued_bytes,
            appended_commits: get(&self.commits),
            appended_events: get(&self.events),
            appended_bytes: get(&self.bytes),
            group_commits: self.groups.read(&GROUP_BOUNDS),
            sync_us: self.syncs.read(&SYNC_BOUNDS_US),
            failed_writes: get(&self.failed),
            refused_full: get(&self.refused_full),
            free_bytes,
            is_full: self.is_full(),
            read_only: self.read_only.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            scrub,
        }
    }
}
