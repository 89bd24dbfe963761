//! Articles in: read, extracted, recorded.

use std::io;
use std::path::Path;
use std::sync::Arc;

use graph::decide::{Command, Decision, OnRefusal, Policy, Refusal, decide};
use graph::event::Event;
use graph::extract::Extractor;
use graph::ledger::{Article, Ingested, Ledger};
use graph::model::{ClaimStatus, Document, DocumentId};
use graph::state::State;
use graph::view::View;
use seeds::document::{ArticleFlags, Read, ReadError, read_article, read_stream};

use crate::cli::Metadata;
use crate::report::Failure;

/// The path that means standard input.
pub(crate) const STANDARD_INPUT: &str = "-";

/// Reads an article from a file, or from standard input.
pub(crate) fn read(path: &Path, flags: &ArticleFlags) -> Result<Read, ReadError> {
    if path.as_os_str() == STANDARD_INPUT {
        read_stream("standard input", io::stdin().lock(), flags)
    } else {
        read_article(path, flags)
    }
}

impl From<&Metadata> for ArticleFlags {
    fn from(metadata: &Metadata) -> ArticleFlags {
        ArticleFlags {
            title: metadata.title.clone(),
            publisher: metadata.publisher.clone(),
            published_on: metadata.published_on,
            url: metadata.url.clone(),
            language: metadata.language.clone(),
        }
    }
}

impl Metadata {
    /// Refuses what can only be said of one article.
    pub(crate) fn check_for(&self, articles: usize) -> Result<(), Failure> {
        if articles > 1 && (self.title.is_some() || self.url.is_some()) {
            return Err(Failure::usage(format!(
                "--title and --url speak of one article, and {articles} are named"
            ))
            .way_out("name one, or write them into the front matter of each"));
        }
        Ok(())
    }
}

/// What came of an article.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Taken {
    /// The text was recorded before; nothing was done.
    pub(crate) already_known: bool,
    /// Entities declared.
    pub(crate) declared: usize,
    /// Claims accepted at once.
    pub(crate) accepted: usize,
    /// Claims that wait for review.
    pub(crate) proposed: usize,
    /// Merges that followed by rule from strong identifiers.
    pub(crate) merges: usize,
    /// What was extracted and breaks a rule of the model.
    pub(crate) left_out: Vec<Refusal>,
    /// Of which earlier article it is a reprint: its id and title. Told only of what is recorded.
    pub(crate) reprint_of: Option<(DocumentId, String)>,
}

impl Taken {
    const KNOWN: Taken = Taken {
        already_known: true,
        declared: 0,
        accepted: 0,
        proposed: 0,
        merges: 0,
        left_out: Vec::new(),
        reprint_of: None,
    };
}

/// The earlier article of which this one is a reprint.
fn original(view: &View, document: &Document) -> Option<(DocumentId, String)> {
    let ix = view.document_by_id(document.id())?;
    let original = view.original(ix);
    let earlier = &view.document(original).document;
    (original != ix).then(|| (earlier.id(), earlier.meta().title.clone()))
}

/// Takes articles in.
pub(crate) struct Intake {
    pub(crate) ledger: Ledger,
    pub(crate) extractor: Arc<dyn Extractor>,
    /// In whose name they are recorded.
    pub(crate) actor: &'static str,
}

impl Intake {
    /// Extracts and records an article, in one commit. The same text again changes nothing.
    pub(crate) async fn take(&self, document: &Document) -> Result<Taken, Failure> {
        let article = Article {
            document: document.clone(),
            actor: self.actor.to_owned(),
            expected: None,
            idempotency: None,
        };
        let Ingested { already_known, receipt, .. } =
            self.ledger.ingest(&self.extractor, article).await?;
        let reprint_of = original(&self.ledger.view(), document);
        if already_known {
            return Ok(Taken { reprint_of, ..Taken::KNOWN });
        }
        Ok(Taken {
            already_known,
            declared: receipt.declared,
            accepted: receipt.accepted,
            proposed: receipt.proposed,
            merges: receipt.merges.len(),
            left_out: receipt.left_out.into_iter().map(|(_, refusal)| refusal).collect(),
            reprint_of,
        })
    }
}

/// What taking an article in would come to. Nothing is recorded.
pub(crate) fn rehearse(
    state: &Arc<State>,
    extractor: &dyn Extractor,
    policy: Policy,
    document: &Document,
) -> Result<Taken, Failure> {
    if View::of(Arc::clone(state)).document_by_id(document.id()).is_some() {
        return Ok(Taken::KNOWN);
    }
    let drafts = extractor.extract(document)?.drafts;
    let documents = vec![document.clone()];
    let command = Command::Record { documents, drafts, on_refusal: OnRefusal::LeaveOut };
    let Decision { events, left_out, .. } = decide(state, &command, policy)?;
    let recorded = |status| {
        events.iter().filter(|e| matches!(e, Event::ClaimRecorded(c) if c.status == status)).count()
    };
    let declared = |event: &&Event| matches!(event, Event::EntityDeclared { .. });
    let merge = |event: &&Event| matches!(event, Event::EntitiesMerged { .. });
    Ok(Taken {
        already_known: false,
        declared: events.iter().filter(declared).count(),
        accepted: recorded(ClaimStatus::Accepted),
        proposed: recorded(ClaimStatus::Proposed),
        merges: events.iter().filter(merge).count(),
        left_out: left_out.into_iter().map(|(_, refusal)| refusal).collect(),
        reprint_of: None,
    })
}
