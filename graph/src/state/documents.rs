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
    by_id: IdTable,
}

impl Documents {
    pub(crate) fn new() -> Self {
        Self { rows: CowVec::new(), by_id: IdTable::new() }
    }

    /// The row with this id that was recorded by a position.
    pub(crate) fn find(&self, id: DocumentId, by: Seq) -> Option<DocumentIx> {
        let is = |row: &DocumentRow| row.document.id() == id && row.seq <= by;
        self.by_id.find(id.uuid(), |row| is(&self.rows[row as usize])).map(DocumentIx)
    }

    pub(crate) fn row(&self, ix: DocumentIx) -> &DocumentRow {
        &self.rows[ix.0 as usize]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (DocumentIx, &DocumentRow)> + Clone {
        (0..).map(DocumentIx).zip(self.rows.iter())
    }

    /// Adds a row; `None` when rows are numbered out (2^32 - 1).
    pub(crate) fn push(&mut self, row: DocumentRow) -> Option<DocumentIx> {
        let ix = DocumentIx(u32::try_from(self.rows.len()).ok().filter(|ix| *ix != u32::MAX)?);
        self.by_id.insert(row.document.id().uuid(), ix.0);
        self.rows.push(row);
        Some(ix)
    }
}
