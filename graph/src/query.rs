//! What one may ask. One question, one file: a view and parameters in, a plain struct out. Every
//! question has a budget, and its answer says what cut it.

mod area;
mod chain_report;
mod chokepoint;
mod community;
mod compact;
mod conflict;
mod derived;
mod diff;
mod duplicate;
mod find;
mod impact;
mod network;
mod paths;
mod ranking;
mod retracted;
mod search;
mod shared;
mod sole_sourced;
mod standing;
mod stats;
mod subgraph;
mod timeline;
mod trace;

pub use area::inside;
pub use chain_report::{
    Candidate, ChainReport, ChainReportQuery, NoChain, Reason, StageFirm, StageReport, chain_report,
};
pub use chokepoint::{Chokepoint, ChokepointQuery, Chokepoints, chokepoints};
pub use community::{Communities, Community, CommunityQuery, communities};
pub use conflict::{Conflict, ConflictKind, Conflicts, conflicts};
pub use diff::{Change, Diff, EntityChange, ObservationChange, RelationChange, diff};
pub use duplicate::{
    DuplicateList, DuplicatePair, DuplicateQuery, Duplicates, Shortened, Sign, duplicate_list,
    duplicates, duplicates_of_all_pairs,
};
pub use find::{AmbiguousName, EntityFilter, EntityOrder, RelatedFilter, find, list, within};
pub use impact::{Alternative, CutOff, Impact, ImpactQuery, ImpactStep, Lost, impact};
pub use network::{Claimed, Member, Network, Vacancy, network};
pub use paths::{Orientation, Path, PathQuery, Paths, paths};
pub use ranking::{Measure, Ranked, Ranking, RankingQuery, WALK_MAX, ranking};
pub use retracted::{IfRetracted, Withdrawn, if_retracted};
pub use search::{Field, SearchHit, search};
pub use shared::{Common, CommonQuery, Commons, common};
pub use sole_sourced::{NoSources, SoleSourced, SoleSourcedQuery, SoleSources, sole_sourced};
pub use stats::{Stats, stats};
pub use subgraph::{Subgraph, SubgraphQuery, subgraph};
pub use timeline::{Bucket, Clock, Timeline, TimelineBucket, TimelineQuery, timeline};
pub use trace::{Basis, Tier, Trace, TraceDirection, TraceQuery, TraceStep, trace};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How much work a question may take. A step is one relation looked at.
#[derive(Debug, Clone)]
pub struct Budget {
    steps_max: u64,
    stop: Arc<AtomicBool>,
}

/// Steps that a question may take unless told otherwise: a second or so of walking.
pub const STEPS_MAX: u64 = 5_000_000;

impl Budget {
    /// At most so many steps.
    pub fn steps(steps_max: u64) -> Self {
        Self { steps_max, stop: Arc::new(AtomicBool::new(false)) }
    }

    /// The same budget, ended early when someone sets `stop`, as a deadline does.
    #[must_use]
    pub fn stopped_by(self, stop: Arc<AtomicBool>) -> Self {
        Self { stop, ..self }
    }

    pub(crate) fn meter(&self) -> Meter<'_> {
        Meter { budget: self, spent: 0, passed: 0 }
    }
}

/// Why an answer is not the whole answer: which limit cut it, and what is known of the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truncation {
    /// `limit`, `steps`, `depth`, `deadline` or `block`.
    pub limit: &'static str,
    /// Where it cut.
    pub at: u64,
    /// How much was left out, where that is known.
    pub remaining: Option<u64>,
}

impl Truncation {
    /// Cuts a list to its limit, and tells how much was left out; `None` where nothing was.
    pub fn to_limit<T>(list: &mut Vec<T>, limit: usize) -> Option<Self> {
        let left_out = list.len().checked_sub(limit).filter(|left_out| *left_out > 0)?;
        list.truncate(limit);
        let at = u64::try_from(limit).unwrap_or(u64::MAX);
        Some(Self { limit: "limit", at, remaining: u64::try_from(left_out).ok() })
    }
}

/// Counts the steps of one question.
pub(crate) struct Meter<'a> {
    budget: &'a Budget,
    spent: u64,
    passed: u64,
}

impl Meter<'_> {
    /// Takes one step.
    pub(crate) fn step(&mut self) -> Result<(), Truncation> {
        self.steps(1)
    }

    /// Takes so many steps at once, which were walked already.
    pub(crate) fn steps(&mut self, steps: u64) -> Result<(), Truncation> {
        self.spent += steps;
        if self.spent > self.budget.steps_max {
            return Err(Truncation { limit: "steps", at: self.budget.steps_max, remaining: None });
        }
        // A shared flag is dear to read at every step.
        if self.spent % 256 < steps { self.heed() } else { Ok(()) }
    }

    /// Takes one relation of a pass over all of them, whose cost is the graph's size: the deadline
    /// bounds it, the steps do not.
    pub(crate) fn pass(&mut self) -> Result<(), Truncation> {
        self.passed += 1;
        if self.passed.is_multiple_of(256) { self.heed() } else { Ok(()) }
    }

    fn heed(&self) -> Result<(), Truncation> {
        if self.budget.stop.load(Ordering::Relaxed) {
            return Err(Truncation { limit: "deadline", at: self.spent, remaining: None });
        }
        Ok(())
    }
}
