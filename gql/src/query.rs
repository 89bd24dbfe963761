//! The query root: the graph as it is now, the graph at another point, and what stands beside it.

mod structure;
mod trust;

pub(crate) use structure::Structure;
pub(crate) use trust::Trust;

use async_graphql::{Context, ID, MergedObject, Object, SimpleObject};
use graph::model::{ClaimStatus, Predicate};
use graph::state::{ClaimIx, DocumentIx, EntityIx, Stated};
use graph::view::View;

use crate::auth::AccessRole;
use crate::error::Problem;
use crate::page::{Connection, Page, Paging, fraction};
use crate::request::{Scope, work};
use crate::types::{
    AsOf, Claim, ClaimFilter, Document, Graph, Hypothesis, Log, Node, claim_id, document_id, known,
    words,
};

/// Everything that may be asked. All fields of one request answer for one position of the log, even
/// while writes land.
#[derive(MergedObject)]
pub(crate) struct Query(Graph, Own);

impl Query {
    pub(crate) fn new() -> Self {
        Self(Graph::at(None), Own)
    }
}

struct Own;

#[Object(name = "QueryOwn")]
impl Own {
    /// The graph at another point of either clock, or of both.
    async fn at(&self, ctx: &Context<'_>, as_of: AsOf) -> Result<Graph, Problem> {
        Ok(Graph::at(Some(as_of.view(Scope::of(ctx)?).await?)))
    }

    /// The graph as it would be if these changes were recorded, one after the other: at most 100, and
    /// a later one may speak of what an earlier one made. Nothing is written; `seq` stays that of the
    /// view that they are supposed of, and every field works as on any other. What is supposed says
    /// so: `assertedBy` of its claims is `what-if`. A change of what is not there is NOT_FOUND, one
    /// that breaks a rule BAD_INPUT; the error says which.
    async fn what_if(
        &self,
        ctx: &Context<'_>,
        changes: Vec<Hypothesis>,
        #[graphql(desc = "What they are supposed of; absent: the present.")] as_of: Option<AsOf>,
    ) -> Result<Graph, Problem> {
        let scope = Scope::of(ctx)?;
        let view = match as_of {
            Some(as_of) => as_of.view(scope).await?,
            None => scope.view.clone(),
        };
        let changes: Vec<_> =
            changes.iter().map(|change| change.over(&view)).collect::<Result<_, _>>()?;
        let supposed = work(move || view.suppose(&changes)).await??;
        Ok(Graph::at(Some(supposed)))
    }

    /// Whatever has this id: an entity, relation, claim, document or event. Null where nothing does.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>, Problem> {
        let scope = Scope::of(ctx)?;
        Node::find(scope, &scope.view, &id)
    }

    /// Whatever has these ids, in their order; null in the place of an id that names nothing.
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Node>>, Problem> {
        let scope = Scope::of(ctx)?;
        if ids.len() > scope.limits.results {
            return Err(Problem::bad_input(format!(
                "`ids` holds at most {}",
                scope.limits.results
            )));
        }
        ids.iter().map(|id| Node::find(scope, &scope.view, id)).collect()
    }

    /// An article by its id.
    async fn document(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Document>, Problem> {
        let view = &Scope::of(ctx)?.view;
        let found = view.document_by_id(document_id(&id)?);
        Ok(found.map(|ix| Document::new(view, ix)))
    }

    /// Every article, oldest recorded first.
    async fn documents(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Document>, Problem> {
        let scope = Scope::of(ctx)?;
        let page = Page::open(scope, &scope.view, &"documents", &Paging::forward(first, after))?;
        let count = |view: &View| Ok(view.documents().count());
        Ok(page
            .of_iter(page.view.documents(), count, |view, ix: DocumentIx| Document::new(view, ix)))
    }

    /// A claim by its id.
    async fn claim(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Claim>, Problem> {
        let view = &Scope::of(ctx)?.view;
        let found = view.claim_by_id(claim_id(&id)?);
        Ok(found.map(|ix| Claim::new(view, ix)))
    }

    /// Claims that fit a description, whatever their status, oldest recorded first. What waits for
    /// review: `filter: { status: [PROPOSED] }`.
    async fn claims(
        &self,
        ctx: &Context<'_>,
        filter: Option<ClaimFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Claim>, Problem> {
        let scope = Scope::of(ctx)?;
        let list = ("claims", &filter);
        let page = Page::open(scope, &scope.view, &list, &Paging::forward(first, after))?;
        let chosen = ChosenClaims::over(filter.as_ref(), &page.view)?;
        work(move || {
            let counting = chosen.clone();
            let count = move |view: &View| Ok(counting.of(view).count());
            page.of_iter(chosen.of(&page.view), count, Claim::new)
        })
        .await
    }

    /// The log: everything that happened.
    async fn log(&self) -> Log {
        Log
    }

    /// Who asks, by the token.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer, Problem> {
        let caller = &Scope::of(ctx)?.caller;
        Ok(Viewer { name: caller.name.clone(), roles: caller.roles() })
    }
}

/// Who asks.
#[derive(SimpleObject)]
struct Viewer {
    /// The name of the token, which stands as the actor of what it records; `anonymous` without one.
    name: String,
    /// What it allows; each role includes those before it.
    roles: Vec<AccessRole>,
}

/// A claim filter, its ids found.
#[derive(Clone)]
struct ChosenClaims {
    status: Vec<ClaimStatus>,
    entity: Option<EntityIx>,
    document: Option<DocumentIx>,
    predicates: Vec<Predicate>,
    confidence: (f64, f64),
    asserted_by: Option<String>,
}

impl ChosenClaims {
    fn over(filter: Option<&ClaimFilter>, view: &View) -> Result<Self, Problem> {
        let mut chosen = Self {
            status: Vec::new(),
            entity: None,
            document: None,
            predicates: Vec::new(),
            confidence: (0.0, 1.0),
            asserted_by: None,
        };
        let Some(filter) = filter else { return Ok(chosen) };
        chosen.status = words(filter.status.clone());
        chosen.entity = filter.entity.as_ref().map(|id| known(view, id)).transpose()?;
        if let Some(id) = &filter.document {
            let found = view.document_by_id(document_id(id)?);
            chosen.document = Some(found.ok_or_else(|| Problem::not_found("document", id))?);
        }
        chosen.predicates = words(filter.predicate.clone());
        chosen.confidence = (
            fraction(filter.min_confidence.unwrap_or(0.0), "minConfidence")?,
            fraction(filter.max_confidence.unwrap_or(1.0), "maxConfidence")?,
        );
        chosen.asserted_by = filter.asserted_by.clone();
        Ok(chosen)
    }

    fn of<'a>(&'a self, view: &'a View) -> impl Iterator<Item = ClaimIx> + 'a {
        // The narrowest list that is at hand, then the rest of the filter.
        let candidates: Box<dyn Iterator<Item = ClaimIx> + 'a> = match (self.document, self.entity)
        {
            (Some(document), _) => Box::new(view.claims_quoting(document)),
            (None, Some(entity)) => Box::new(view.claims_naming(entity).into_iter()),
            (None, None) => Box::new(view.claims()),
        };
        candidates.filter(move |ix| self.fits(view, *ix))
    }

    fn fits(&self, view: &View, ix: ClaimIx) -> bool {
        if !self.status.is_empty() && !self.status.contains(&view.claim_status(ix)) {
            return false;
        }
        let said = view.claim_said(ix);
        let named = |wanted: EntityIx| {
            let ends = match said.statement {
                Stated::Relation(r) => [r.source, r.target],
                other => [other.subject(); 2],
            };
            ends.into_iter().any(|e| view.entity(view.entity_id(e)) == Some(wanted))
        };
        let confidence = said.confidence.value();
        self.entity.is_none_or(named)
            && (self.predicates.is_empty()
                || matches!(said.statement, Stated::Relation(r) if self.predicates.contains(&r.predicate)))
            && (self.confidence.0..=self.confidence.1).contains(&confidence)
            && self.asserted_by.as_ref().is_none_or(|name| name == said.asserted_by)
    }
}
