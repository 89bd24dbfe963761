//! Documents as recorded, and the claims that quote each.

use store::Seq;

use super::claims::ClaimIx;
use super::cow::{CowMap, CowVec};
use crate::model::{Document, DocumentId};

/// A document's row, numbered in the order of recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentIx(pub(crate) u32);

#[derive(Debug, Clone)]
pub(crate) struct DocumentRow {
    pub(crate) document: Document,
    pub(crate) seq: Seq,
    /// Claims that quote it, in the order of recording.
    pub(crate) claims: Vec<ClaimIx>,
}

#[derive(Clone)]
pub(crate) struct Documents {
    rows: CowVec<DocumentRow>,
    by_id: CowMap<DocumentId, DocumentIx>,
}

impl Documents {
    pub(crate) fn new() -> Self {
        Self { rows: CowVec::new(), by_id: CowMap::new() }
    }

    pub(crate) fn find(&self, id: DocumentId) -> Option<DocumentIx> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn row(&self, ix: DocumentIx) -> &DocumentRow {
        &self.rows[ix.0 as usize]
    }

    pub(crate) fn row_mut(&mut self, ix: DocumentIx) -> Option<&mut DocumentRow> {
        self.rows.get_mut(ix.0 as usize)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (DocumentIx, &DocumentRow)> + Clone {
        (0..).map(DocumentIx).zip(self.rows.iter())
    }

    /// Adds a row; `None` when rows are numbered out (2^32).
    pub(crate) fn push(&mut self, row: DocumentRow) -> Option<DocumentIx> {
        let ix = DocumentIx(u32::try_from(self.rows.len()).ok()?);
        self.by_id.insert(row.document.id(), ix);
        self.rows.push(row);
        Some(ix)
    }
}
