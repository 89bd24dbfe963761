//! An article read and recorded: document and claims in one commit.

use std::sync::Arc;

use store::Seq;
use thiserror::Error;
use tokio::task::JoinError;

use super::{Idempotency, Ledger, Receipt, Submission, SubmitError};
use crate::decide::{Command, OnRefusal};
use crate::extract::{ExtractError, Extractor};
use crate::model::{Document, DocumentId, Drafts};

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
    /// changes nothing and gives the first receipt, also to one of two that came at the same time.
    /// The reading runs on a thread where it delays nobody.
    ///
    /// # Errors
    /// [`IngestError`] when it cannot be read or recorded, or when its idempotency key was used for
    /// another request.
    pub async fn ingest(
        &self,
        extractor: &Arc<dyn Extractor>,
        article: Article,
    ) -> Result<Ingested, IngestError> {
        let Article { document, actor, expected, idempotency } = article;
        let id = document.id();
        let known = self.known(id)?;
        let known_before = known.is_some();
        let (document, drafts) = match known {
            Some(known) if idempotency.is_none() => return Ok(known),
            // Nothing is left to record, but the key must not have been used for something else.
            Some(_) => (document, Drafts::none()),
            None => read(extractor, document).await?,
        };
        let documents = vec![document];
        let command = Command::Record { documents, drafts, on_refusal: OnRefusal::LeaveOut };
        let receipt = self.submit(Submission { actor, command, expected, idempotency }).await?;
        for (at, refusal) in &receipt.left_out {
            tracing::warn!(document = %id, claim = at, %refusal, "a claim was left out");
        }
        // A repeated key, or someone else who recorded the text meanwhile.
        if (known_before || receipt.events == 0)
            && let Some(known) = self.known(id)?
        {
            return Ok(known);
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

async fn read(
    extractor: &Arc<dyn Extractor>,
    document: Document,
) -> Result<(Document, Drafts), ExtractError> {
    let reader = Arc::clone(extractor);
    let title = document.meta().title.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let extraction = reader.extract(&document);
        extraction.map(|extraction| (document, extraction.drafts))
    });
    match reading.await.map_err(JoinError::try_into_panic) {
        Ok(read) => read,
        // A defect of the extractor is no fault of the article: it goes on to whoever contains it.
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(stopped)) => {
            let (extractor, reason) = (extractor.version().to_owned(), stopped.to_string());
            Err(ExtractError { extractor, title, reason })
        }
    }
}
