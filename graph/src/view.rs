//! A view: what a reader holds. Immutable, at one position of the log, cheap to take and to copy,
//! never blocked by the writer nor by another reader.
//!
//! A view is the state's rows with everything left out that was recorded after its position, or
//! that did not hold on its day. The present is nothing but the view at the head, so the present
//! and the past are answered by the same code.

mod claim;
mod document;
mod entity;
mod history;
mod lens;
mod merges;
mod reach;
mod relation;
mod walk;
mod what_if;
mod without;

pub use claim::{ClaimView, EvidenceView, ObservationView};
pub use document::DocumentView;
pub use entity::{HeldRole, NameHit};
pub use history::ClaimSaid;
pub use lens::{Lens, Neighbors, PredicateSet};
pub use merges::MergeView;
pub use reach::Seen;
pub use relation::{QualifierView, RelationView};
pub use walk::Steps;
pub use what_if::{
    HYPOTHESES_MAX, Hypothesis, SupposedRelation, Unsupposable, Unsupposed, WHAT_IF,
};

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use store::{Head, Seq};
use thiserror::Error;

use crate::name_index::NameIndex;
use crate::state::{ClaimIx, State};

/// Where a view stands on either clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    /// What had been recorded.
    pub recorded: Recorded,
    /// Only what held in the world on this day; `None`: whenever it held.
    pub valid_on: Option<Date>,
}

/// A position of the log, as a reader names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// All that is known.
    Now,
    /// Up to and including this position.
    UpTo(Seq),
    /// By this moment, in Unix milliseconds.
    By(i64),
}

impl AsOf {
    /// The present, whenever it held.
    pub const NOW: AsOf = AsOf { recorded: Recorded::Now, valid_on: None };
}

/// A position that the log has not reached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("position {asked} lies beyond the head of the log, which is {head}")]
pub struct NotYet {
    /// The position asked for.
    pub asked: Seq,
    /// The last position there is.
    pub head: Seq,
}

/// A view at another point that there is not.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum NoView {
    /// The log has not come so far.
    #[error(transparent)]
    NotYet(#[from] NotYet),
    /// What this view supposes cannot be supposed there.
    #[error(transparent)]
    Unsupposable(#[from] Unsupposable),
}

/// An immutable view of the graph. Copying it copies a pointer.
#[derive(Clone)]
pub struct View {
    state: Arc<State>,
    seq: Seq,
    valid_on: Option<Date>,
    /// Makes searching fast; never needed for an answer.
    names: Option<Arc<NameIndex>>,
    /// Relations that claims logged by its position state: the first so many rows.
    relations_logged: u32,
    /// Set where it is not what was recorded.
    supposed: Option<Arc<Supposed>>,
}

/// Of which view a supposed one is made, and how.
struct Supposed {
    base: View,
    what: Supposition,
}

/// What is supposed, so that it can be supposed at another point too.
enum Supposition {
    Changes(Vec<Hypothesis>),
    Withdrawn(BTreeSet<ClaimIx>),
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("View")
            .field("seq", &self.seq)
            .field("valid_on", &self.valid_on)
            .finish_non_exhaustive()
    }
}

impl View {
    /// Everything that a state knows.
    pub fn of(state: Arc<State>) -> Self {
        let seq = state.seq();
        let relations_logged = state.relations_logged_by(seq);
        Self { state, seq, valid_on: None, relations_logged, names: None, supposed: None }
    }

    /// The same view, whose searches use an index of the same log.
    #[must_use]
    pub fn with_names(self, names: Arc<NameIndex>) -> Self {
        Self { names: Some(names), ..self }
    }

    /// The same graph at another point of either clock. Where this view supposes something, the
    /// same is supposed there. Cost: logarithmic in the commits, and that of supposing.
    ///
    /// # Errors
    /// [`NoView`] for a position beyond this view's, or one at which its suppositions make no sense.
    pub fn at(&self, as_of: AsOf) -> Result<View, NoView> {
        if let Some(supposed) = &self.supposed {
            let base = supposed.base.at(as_of)?;
            return Ok(match &supposed.what {
                Supposition::Changes(changes) => base.suppose(changes)?,
                Supposition::Withdrawn(claims) => base.without(claims),
            });
        }
        let seq = match as_of.recorded {
            Recorded::Now => self.seq,
            Recorded::UpTo(seq) if seq > self.seq => {
                return Err(NotYet { asked: seq, head: self.seq }.into());
            }
            Recorded::UpTo(seq) => seq,
            Recorded::By(at_ms) => self.state.seq_recorded_by(at_ms).min(self.seq),
        };
        let valid_on = as_of.valid_on.or(self.valid_on);
        let relations_logged = self.state.relations_logged_by(seq);
        Ok(View { seq, valid_on, relations_logged, ..self.clone() })
    }

    /// The position that this view answers for.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// Where the log stood when the view was taken, also for a view of the past.
    pub fn log_head(&self) -> Head {
        self.state.head()
    }

    /// The day in the world that this view is limited to.
    pub fn valid_on(&self) -> Option<Date> {
        self.valid_on
    }

    /// What was recorded, without what this view only supposes: itself where it supposes nothing.
    pub fn recorded(&self) -> &View {
        self.supposed.as_ref().map_or(self, |supposed| supposed.base.recorded())
    }

    /// What it supposes, in order.
    pub fn hypotheses(&self) -> Vec<&Hypothesis> {
        let Some(supposed) = &self.supposed else { return Vec::new() };
        let mut all = supposed.base.hypotheses();
        if let Supposition::Changes(changes) = &supposed.what {
            all.extend(changes);
        }
        all
    }

    /// When the event at a position was recorded, in Unix milliseconds.
    pub fn recorded_at_ms(&self, seq: Seq) -> Option<i64> {
        self.state.recorded_at_ms(seq)
    }

    pub(crate) fn name_index(&self) -> Option<&NameIndex> {
        self.names.as_deref()
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }
}
