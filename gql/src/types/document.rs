//! Documents: the articles that claims quote.

use async_graphql::{Context, ID, Object};
use graph::state::DocumentIx;
use graph::view::View;

use super::claim::Claim;
use super::node_id::NodeId;
use super::scalar::{DateTime, FuzzyDate, Seq};
use crate::error::Problem;
use crate::page::{Connection, Page, Paging};
use crate::request::Scope;

/// A document of a view.
#[derive(Clone)]
pub(crate) struct Document {
    view: View,
    ix: DocumentIx,
}

impl Document {
    pub(crate) fn new(view: &View, ix: DocumentIx) -> Self {
        Self { view: view.clone(), ix }
    }
}

/// An article, and the claims that quote it.
#[Object]
impl Document {
    /// Identifies it by its text: the same text has the same id everywhere.
    async fn id(&self) -> ID {
        NodeId::Document(self.view.document(self.ix).document.id()).into()
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.view.document(self.ix).document.meta().title
    }

    /// Who published it.
    async fn publisher(&self) -> Option<&str> {
        self.view.document(self.ix).document.meta().publisher.as_deref()
    }

    /// When it was published, as exactly as known.
    async fn published_on(&self) -> Option<FuzzyDate> {
        self.view.document(self.ix).document.meta().published_on.map(FuzzyDate)
    }

    /// Where it can be read.
    async fn url(&self) -> Option<&str> {
        self.view.document(self.ix).document.meta().url.as_deref()
    }

    /// Its language (BCP 47), such as `zh`.
    async fn language(&self) -> &str {
        &self.view.document(self.ix).document.meta().language
    }

    /// Its text, with line ends normalised and nothing else changed. Evidence counts its characters.
    async fn text(&self) -> Option<&str> {
        Some(self.view.document(self.ix).document.text())
    }

    /// SHA-256 of the text, in hexadecimal.
    async fn sha256(&self) -> String {
        self.view.document(self.ix).document.sha256()
    }

    /// The earliest article of which this one is a reprint, or a reprint of a reprint: more than half
    /// of two texts is the same. What both say counts once. Null where it is no reprint.
    async fn reprint_of(&self) -> Option<Document> {
        let original = self.view.original(self.ix);
        (original != self.ix).then(|| Self::new(&self.view, original))
    }

    /// Where in the log it was recorded.
    async fn seq(&self) -> Seq {
        Seq(self.view.document(self.ix).seq)
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> Option<DateTime> {
        let seq = self.view.document(self.ix).seq;
        self.view.recorded_at_ms(seq).map(DateTime::of_ms)
    }

    /// Claims that quote it, whatever their status, oldest first.
    async fn claims(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(50)")] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Claim>, Problem> {
        let list = ("Document.claims", self.view.document(self.ix).document.id());
        let paging = Paging::forward(first.or(Some(50)), after);
        let page = Page::open(Scope::of(ctx)?, &self.view, &list, &paging)?;
        let all: Vec<_> = page.view.claims_quoting(self.ix).collect();
        Ok(page.of_all(&all, |view, ix| Claim::new(view, *ix)))
    }
}
