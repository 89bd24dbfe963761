//! What a copy of the state may suppose without a log that says so: claims withdrawn or recorded,
//! entities gone. The hash stays that of the log.
//!
//! A copy supposes at one position, and only a view at that position reads it. Where that lies
//! before the head, rows that came later stay where they are and are left out as ever; what is
//! supposed is added behind them, so that rows are no longer in the order of their positions.

use store::Seq;

use super::State;
use super::apply::Unfit;
use super::claims::{ClaimIx, ClaimRow, StatusChange};
use super::entities::{EntityIx, EntityRow};
use super::readied::Derived;
use super::relations::RelationIx;
use crate::event::Event;
use crate::model::{ClaimId, ClaimStatus, RelationId};

/// No log is ever as long.
const NEVER: Seq = Seq::new(u64::MAX);

/// Where a copy supposes, and which of its rows the log gave: the first so many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Supposed {
    pub(super) at: Seq,
    claims: usize,
    names: usize,
}

impl State {
    /// A copy in which things may be supposed at a position. It answers for that position alone.
    /// Cost: it shares all but the parts that change.
    pub(crate) fn supposing(&self, at: Seq) -> State {
        let mut copy = self.clone();
        let (claims, names) = (self.claims_logged(), self.names_logged());
        copy.supposed = Some(Supposed { at, claims, names });
        copy
    }

    /// A copy that knows these events as if they had been recorded: what the graph would say if
    /// they were. It answers for its position alone. Cost: that of the events.
    ///
    /// # Errors
    /// Why an event cannot follow, in one sentence.
    pub fn expecting(&self, events: Vec<Event>) -> Result<State, String> {
        let mut copy = self.supposing(self.seq());
        copy.suppose_recorded(events, "").map(|()| copy)
    }

    /// As if these events had been recorded there, after all that had been by then.
    pub(crate) fn suppose_recorded(&mut self, events: Vec<Event>, by: &str) -> Result<(), Unfit> {
        let (hash, seq, by) = (self.hash, self.seq(), by.into());
        let mut taken = events.into_iter().map(|event| {
            let derived = Derived::of(&event);
            self.take(seq, &by, &event, derived)
        });
        let outcome = taken.try_for_each(|taken| taken);
        self.hash = hash;
        outcome
    }

    /// As if a claim that was recorded by there had come to stand so, after all that was said of it
    /// by then. A claim recorded later is left alone.
    pub(crate) fn suppose_status(&mut self, claim: ClaimIx, status: ClaimStatus, by: &str) {
        let seq = self.seq();
        if self.claims.row(claim).seq > seq {
            return;
        }
        self.claims.change(claim, StatusChange { seq, status, by: by.into(), note: None });
        if let Some(relation) = self.claims.row(claim).relation() {
            self.relations.changed(relation);
        }
    }

    /// As if an entity had never been declared. What is said of it is for the caller to withdraw.
    pub(crate) fn suppose_absent(&mut self, entity: EntityIx) {
        self.entities.redeclare(entity, NEVER);
    }

    /// Entities declared by a position, in the order of rows.
    pub(crate) fn entities_by(&self, seq: Seq) -> impl Iterator<Item = (EntityIx, &EntityRow)> {
        let in_order = self.supposed.is_none();
        let rows = self.entities.iter();
        let until = rows.take_while(move |(_, row)| !in_order || row.declared <= seq);
        until.filter(move |(_, row)| row.declared <= seq)
    }

    /// Claims recorded by a position, in the order of rows.
    pub(crate) fn claims_by(&self, seq: Seq) -> impl Iterator<Item = (ClaimIx, &ClaimRow)> {
        let in_order = self.supposed.is_none();
        let rows = self.claims.iter();
        let until = rows.take_while(move |(_, row)| !in_order || row.seq <= seq);
        until.filter(move |(_, row)| row.seq <= seq)
    }

    /// How many relations the claims state that the log had by a position: the first so many rows.
    pub(crate) fn relations_logged_by(&self, seq: Seq) -> u32 {
        self.relations.stated_by(self.claims.recorded_by(seq, self.claims_logged()))
    }

    fn claims_logged(&self) -> usize {
        self.supposed.map_or(self.claims.len(), |supposed| supposed.claims)
    }

    /// How many names the log gave: the first so many rows.
    pub(crate) fn names_logged(&self) -> usize {
        self.supposed.map_or(self.names.len(), |supposed| supposed.names)
    }

    /// The relation with this id that a claim stated by a position, between entities that are there.
    pub(super) fn relation_stated_by(&self, id: RelationId, seq: Seq) -> Option<RelationIx> {
        self.relations.find(id, |row| {
            self.claims.row(row.first).seq <= seq && self.names_who_is_there(seq, || row.entities())
        })
    }

    /// The claim with this id that was recorded by a position and names entities that are there.
    pub(super) fn claim_stated_by(&self, id: ClaimId, seq: Seq) -> Option<ClaimIx> {
        self.claims.find(id, |row| {
            row.seq <= seq && self.names_who_is_there(seq, || self.stated_by_row(row).entities())
        })
    }

    /// Who is removed and named again is a new row under the same id, and so is what is said of it.
    fn names_who_is_there<E: IntoIterator<Item = EntityIx>>(
        &self,
        seq: Seq,
        named: impl FnOnce() -> E,
    ) -> bool {
        self.supposed.is_none()
            || named().into_iter().all(|entity| self.entities.row(entity).declared <= seq)
    }
}
