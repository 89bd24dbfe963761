//! Entities as declared, and the merges of each.

use std::sync::Arc;

use store::Seq;
use uuid::Uuid;

use super::cow::CowVec;
use super::merges::MergeIx;
use super::table::IdTable;
use crate::model::{EntityId, EntityKind};

/// An entity's row. Rows are numbered in the order of declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityIx(pub(crate) u32);

#[derive(Debug, Clone)]
pub(crate) struct EntityRow {
    pub(crate) kind: EntityKind,
    pub(crate) name: Arc<str>,
    pub(crate) declared: Seq,
    /// Merges that absorbed it, in the order of recording.
    pub(crate) absorbed_by: Vec<MergeIx>,
    /// Merges in which it absorbed others, in the order of recording.
    pub(crate) absorbs: Vec<MergeIx>,
}

impl EntityRow {
    /// Whether a merge, standing or undone, ever touched it.
    pub(crate) fn was_merged(&self) -> bool {
        !self.absorbed_by.is_empty() || !self.absorbs.is_empty()
    }
}

#[derive(Clone)]
pub(crate) struct Entities {
    rows: CowVec<EntityRow>,
    ids: IdTable,
    /// No row was declared later.
    latest: Seq,
}

impl Entities {
    pub(crate) fn new() -> Self {
        Self { rows: CowVec::new(), ids: IdTable::new(), latest: Seq::ZERO }
    }

    /// Entities with these rows.
    pub(super) fn of(ids: IdTable, rows: CowVec<EntityRow>) -> Self {
        let latest = rows.iter().map(|row| row.declared).max().unwrap_or(Seq::ZERO);
        Self { rows, ids, latest }
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = Uuid> {
        self.ids.ids()
    }

    /// Bytes of the ids and of the table that finds them.
    pub(super) fn ids_bytes(&self) -> usize {
        self.ids.bytes()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row with this id that was declared by a position. Where something is supposed about the
    /// past there may be a later one.
    pub(crate) fn find(&self, id: EntityId, by: Seq) -> Option<EntityIx> {
        let wanted = |row: u32| self.latest <= by || self.rows[row as usize].declared <= by;
        self.ids.find(id.uuid(), wanted).map(EntityIx)
    }

    pub(crate) fn row(&self, ix: EntityIx) -> &EntityRow {
        &self.rows[ix.0 as usize]
    }

    pub(crate) fn id(&self, ix: EntityIx) -> EntityId {
        EntityId::from_uuid(self.ids.id(ix.0))
    }

    pub(crate) fn row_mut(&mut self, ix: EntityIx) -> Option<&mut EntityRow> {
        self.rows.get_mut(ix.0 as usize)
    }

    /// From now on it counts as declared at this position.
    pub(super) fn redeclare(&mut self, ix: EntityIx, declared: Seq) {
        self.latest = self.latest.max(declared);
        if let Some(row) = self.row_mut(ix) {
            row.declared = declared;
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (EntityIx, &EntityRow)> + Clone {
        (0..).map(EntityIx).zip(self.rows.iter())
    }

    /// Whether a row more would have a number.
    pub(super) fn has_room(&self) -> bool {
        self.ids.next().is_some()
    }

    /// Adds a row; `None` when rows are numbered out (2^32 - 1).
    pub(crate) fn push(&mut self, id: EntityId, row: EntityRow) -> Option<EntityIx> {
        let ix = EntityIx(self.ids.push(id.uuid())?);
        self.latest = self.latest.max(row.declared);
        self.rows.push(row);
        Some(ix)
    }
}
