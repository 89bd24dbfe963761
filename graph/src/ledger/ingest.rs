//! An article read and recorded: document and claims in one commit.

use store::Seq;
use thiserror::Error;

use super::{Idempotency, Ledger, Receipt, Submission, SubmitError};
use crate::decide::{Command, OnRefusal};
use crate::extract::{ExtractError, Extractor};
use crate::model::{Document, DocumentId};

/// An article, and on whose behalf it comes.
#[derive(Debug, Clone)]
pub struct Article {
    /// The article.
    pub document: Document,
    /// Who submits it.
    pub actor: String,
    /// Only if the log still stands here.
    pub expected: Option<Seq>,
    /// The caller's own key for it, kept for ever.
    pub idempotency: Option<Idempotency>,
}

/// What came of an article.
#[derive(Debug, Clone, PartialEq)]
pub struct Ingested {
    /// The document.
    pub document: DocumentId,
    /// The text was recorded before; the receipt is the one given then, and nothing has changed.
    pub already_known: bool,
    /// What was recorded. Claims that the graph's rules refuse are left out, and named here.
    pub receipt: Receipt,
}

/// Why an article was not recorded. Nothing of it was.
#[derive(Debug, Error)]
pub enum IngestError {
    /// It could not be read.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// It could not be recorded.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

impl Ledger {
    /// Reads an article and records it with its claims, whole or not at all. The same text again
    /// changes nothing and gives the first receipt.
    ///
    /// # Errors
    /// [`IngestError`] when it cannot be read or recorded.
    pub async fn ingest(
        &self,
        extractor: &dyn Extractor,
        article: Article,
    ) -> Result<Ingested, IngestError> {
        let Article { document, actor, expected, idempotency } = article;
        let id = document.id();
        if let Some(known) = self.known(id)? {
            return Ok(known);
        }
        let extraction = extractor.extract(&document)?;
        let command = Command::Record {
            documents: vec![document],
            drafts: extraction.drafts,
            on_refusal: OnRefusal::LeaveOut,
        };
        let receipt = self.submit(Submission { actor, command, expected, idempotency }).await?;
        for (at, refusal) in &receipt.left_out {
            tracing::warn!(document = %id, claim = at, %refusal, "a claim was left out");
        }
        Ok(Ingested { document: id, already_known: false, receipt })
    }

    fn known(&self, id: DocumentId) -> Result<Option<Ingested>, SubmitError> {
        let view = self.view();
        let Some(ix) = view.document_by_id(id) else { return Ok(None) };
        let receipt = self.receipt_at(view.document(ix).seq)?;
        Ok(Some(Ingested { document: id, already_known: true, receipt }))
    }
}
