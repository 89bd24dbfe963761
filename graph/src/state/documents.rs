//! Documents as recorded.

use store::Seq;

use super::cow::CowVec;
use super::table::IdTable;
use crate::model::{Document, DocumentId};

/// A document's row, numbered in the order of recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentIx(pub(crate) u32);

#[derive(Debug, Clone)]
pub(crate) struct DocumentRow {
    pub(crate) document: Document,
    pub(crate) seq: Seq,
}

#[derive(Clone)]
pub(crate) struct Documents {
    rows: CowVec<DocumentRow>,
    ids: IdTable,
}

impl Documents {
    pub(crate) fn new() -> Self {
        Self { rows: CowVec::new(), ids: IdTable::new() }
    }

    /// The row with this id that was recorded by a position.
    pub(crate) fn find(&self, id: DocumentId, by: Seq) -> Option<DocumentIx> {
        let wanted = |row: u32| self.rows[row as usize].seq <= by;
        self.ids.find(id.uuid(), wanted).map(DocumentIx)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn row(&self, ix: DocumentIx) -> &DocumentRow {
        &self.rows[ix.0 as usize]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (DocumentIx, &DocumentRow)> + Clone {
        (0..).map(DocumentIx).zip(self.rows.iter())
    }

    /// Whether a row more would have a number.
    pub(super) fn has_room(&self) -> bool {
        self.ids.next().is_some()
    }

    /// Adds a row; `None` when rows are numbered out (2^32 - 1).
    pub(crate) fn push(&mut self, row: DocumentRow) -> Option<DocumentIx> {
        let ix = DocumentIx(self.ids.push(row.document.id().uuid())?);
        self.rows.push(row);
        Some(ix)
    }
}
