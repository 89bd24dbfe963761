//! Documents as a view shows them.

use store::Seq;

use super::View;
use crate::model::{Document, DocumentId};
use crate::state::{ClaimIx, DocumentIx};

/// A document of a view. Borrowed: texts are long.
#[derive(Debug, Clone)]
pub struct DocumentView<'a> {
    /// Its row.
    pub ix: DocumentIx,
    /// The document.
    pub document: &'a Document,
    /// Where it was recorded.
    pub seq: Seq,
}

impl View {
    /// The document with this id, if it was recorded by this view's position.
    pub fn document_by_id(&self, id: DocumentId) -> Option<DocumentIx> {
        let ix = self.state().document_ix(id)?;
        (self.state().documents.row(ix).seq <= self.seq).then_some(ix)
    }

    /// Every document recorded by this view's position, oldest first.
    pub fn documents(&self) -> impl Iterator<Item = DocumentIx> + '_ {
        self.state().documents.iter().take_while(|(_, row)| row.seq <= self.seq).map(|(ix, _)| ix)
    }

    /// A document.
    pub fn document(&self, ix: DocumentIx) -> DocumentView<'_> {
        let row = self.state().documents.row(ix);
        DocumentView { ix, document: &row.document, seq: row.seq }
    }

    /// The earliest document of which this one is a reprint, or a reprint of a reprint; itself
    /// where it is none. Of two texts with the greater part of their words in the same order the
    /// later is a reprint of the earlier. Cost: constant.
    pub fn original(&self, ix: DocumentIx) -> DocumentIx {
        self.state().origins.original(ix)
    }

    /// Claims that quote a document, whatever their status, oldest first.
    pub fn claims_quoting(&self, ix: DocumentIx) -> impl Iterator<Item = ClaimIx> + '_ {
        let claims = self.state().claims.quoting(ix).into_iter();
        claims.filter(|c| self.state().claims.row(*c).seq <= self.seq)
    }
}
