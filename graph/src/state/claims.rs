//! Claims as recorded, with every change of their status.

use std::sync::Arc;

use store::Seq;

use super::cow::CowVec;
use super::documents::DocumentIx;
use super::entities::EntityIx;
use super::relations::RelationIx;
use super::table::IdTable;
use crate::model::{ClaimId, ClaimStatus, Confidence, Span, Statement};

/// A claim's row, numbered in the order of recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimIx(pub(crate) u32);

/// Where a claim's words stand. The quote itself is a slice of the document's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EvidenceRow {
    pub(crate) document: DocumentIx,
    pub(crate) span: Span,
}

/// A review or a retraction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatusChange {
    pub(crate) seq: Seq,
    pub(crate) status: ClaimStatus,
    pub(crate) by: Arc<str>,
    pub(crate) note: Option<Arc<str>>,
}

#[derive(Debug, Clone)]
pub(crate) struct ClaimRow {
    pub(crate) id: ClaimId,
    pub(crate) statement: Statement<EntityIx>,
    /// The relation that it holds up, if it states one.
    pub(crate) relation: Option<RelationIx>,
    pub(crate) evidence: Option<EvidenceRow>,
    pub(crate) confidence: Confidence,
    pub(crate) asserted_by: Arc<str>,
    pub(crate) seq: Seq,
    pub(crate) recorded_as: ClaimStatus,
    pub(crate) changes: Vec<StatusChange>,
}

impl ClaimRow {
    /// Its status at a position; `None` before it was recorded.
    pub(crate) fn status_at(&self, seq: Seq) -> Option<ClaimStatus> {
        if self.seq > seq {
            return None;
        }
        Some(self.last_change_at(seq).map_or(self.recorded_as, |change| change.status))
    }

    /// The last review or retraction up to a position.
    pub(crate) fn last_change_at(&self, seq: Seq) -> Option<&StatusChange> {
        self.changes.iter().rev().find(|change| change.seq <= seq)
    }
}

#[derive(Clone)]
pub(crate) struct Claims {
    rows: CowVec<ClaimRow>,
    by_id: IdTable,
}

impl Claims {
    pub(crate) fn new() -> Self {
        Self { rows: CowVec::new(), by_id: IdTable::new() }
    }

    /// The row with this id that is as wanted.
    pub(crate) fn find(&self, id: ClaimId, wanted: impl Fn(&ClaimRow) -> bool) -> Option<ClaimIx> {
        let is = |row: &ClaimRow| row.id == id && wanted(row);
        self.by_id.find(id.uuid(), |row| is(&self.rows[row as usize])).map(ClaimIx)
    }

    pub(crate) fn row(&self, ix: ClaimIx) -> &ClaimRow {
        &self.rows[ix.0 as usize]
    }

    pub(crate) fn row_mut(&mut self, ix: ClaimIx) -> Option<&mut ClaimRow> {
        self.rows.get_mut(ix.0 as usize)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many of the first so many were recorded up to a position; these are the oldest ones.
    pub(crate) fn recorded_by(&self, seq: Seq, among: usize) -> usize {
        self.rows.partition_point(among, |row| row.seq <= seq)
    }

    /// Every claim, in the order of recording.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ClaimIx, &ClaimRow)> + Clone {
        (0..).map(ClaimIx).zip(self.rows.iter())
    }

    /// The row that the next claim will get; `None` when rows are numbered out (2^32 - 1).
    pub(crate) fn next_ix(&self) -> Option<ClaimIx> {
        u32::try_from(self.rows.len()).ok().filter(|ix| *ix != u32::MAX).map(ClaimIx)
    }

    pub(crate) fn push(&mut self, ix: ClaimIx, row: ClaimRow) {
        self.by_id.insert(row.id.uuid(), ix.0);
        self.rows.push(row);
    }
}
