//! Merges and their undoing, and pairs that are known to differ. Rows of merged entities stay as
//! they are; a view finds who stands for whom at its position.

use store::Seq;

use super::cow::{CowMap, CowVec, Quick};
use super::entities::EntityIx;
use super::numbers;
use super::table::IdTable;
use crate::model::MergeId;

/// A merge's row, numbered in the order of recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MergeIx(pub(crate) u32);

#[derive(Debug, Clone)]
pub(crate) struct MergeRow {
    pub(crate) id: MergeId,
    pub(crate) keep: EntityIx,
    pub(crate) absorbed: Vec<EntityIx>,
    pub(crate) reason: String,
    pub(crate) made: Seq,
    pub(crate) undone: Option<Undone>,
}

/// Where and why a merge was reversed.
#[derive(Debug, Clone)]
pub(crate) struct Undone {
    pub(crate) seq: Seq,
    pub(crate) reason: String,
}

impl MergeRow {
    /// Whether it stands at a position.
    pub(crate) fn stands_at(&self, seq: Seq) -> bool {
        self.made <= seq && self.undone.as_ref().is_none_or(|undone| undone.seq > seq)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct DistinctRow {
    pub(crate) a: EntityIx,
    pub(crate) b: EntityIx,
    pub(crate) reason: String,
    pub(crate) seq: Seq,
}

#[derive(Clone)]
pub(crate) struct Merges {
    rows: CowVec<MergeRow>,
    ids: IdTable,
    distinct: CowVec<DistinctRow>,
    /// Marks by whom they tell from others.
    distinct_of: CowMap<EntityIx, Vec<u32>, Quick>,
}

impl Merges {
    pub(crate) fn new() -> Self {
        Self {
            rows: CowVec::new(),
            ids: IdTable::new(),
            distinct: CowVec::new(),
            distinct_of: CowMap::new(),
        }
    }

    pub(crate) fn find(&self, id: MergeId) -> Option<MergeIx> {
        self.ids.find(id.uuid(), |_| true).map(MergeIx)
    }

    pub(crate) fn row(&self, ix: MergeIx) -> &MergeRow {
        &self.rows[ix.0 as usize]
    }

    pub(crate) fn row_mut(&mut self, ix: MergeIx) -> Option<&mut MergeRow> {
        self.rows.get_mut(ix.0 as usize)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &MergeRow> {
        self.rows.iter()
    }

    pub(crate) fn distinct(&self) -> impl Iterator<Item = &DistinctRow> {
        self.distinct.iter()
    }

    /// Marks that tell this very row from another, in the order of recording.
    pub(crate) fn distinct_of(&self, entity: EntityIx) -> impl Iterator<Item = &DistinctRow> {
        let rows = self.distinct_of.get(&entity).into_iter().flatten();
        rows.map(|row| &self.distinct[*row as usize])
    }

    /// Whether a row more, and a mark more, would have a number.
    pub(super) fn has_room(&self) -> bool {
        self.ids.next().is_some() && numbers::next(self.distinct.len()).is_some()
    }

    /// Adds a mark; `None` when rows are numbered out (2^32 - 1).
    pub(crate) fn mark_distinct(&mut self, row: DistinctRow) -> Option<()> {
        let ix = numbers::next(self.distinct.len())?;
        for entity in [row.a, row.b] {
            self.distinct_of.entry(entity, Vec::new).push(ix);
        }
        self.distinct.push(row);
        Some(())
    }

    /// Adds a row; `None` when rows are numbered out (2^32 - 1).
    pub(crate) fn push(&mut self, row: MergeRow) -> Option<MergeIx> {
        let ix = MergeIx(self.ids.push(row.id.uuid())?);
        self.rows.push(row);
        Some(ix)
    }

    /// How many merges were ever made, undone ones included.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
}
