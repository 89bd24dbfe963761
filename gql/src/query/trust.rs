//! Questions about trust and time: what differs between two views, what began when, what hangs on
//! a source, what cannot all be true, who may be one.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use graph::model::EntityKind;
use graph::query::{self, TimelineQuery, Truncation, Withdrawn};
use graph::view::View;

use crate::error::{Code, Problem};
use crate::kept::Asked;
use crate::page::{Connection, Page, Paging, fraction, size};
use crate::request::{Scope, work};
use crate::types::{
    AsOf, Bucket, Clock, Conflict, Date, Diff, DuplicateConnection, DuplicatePair, Point,
    TimelineBucket, Word, claim_id, document_id, known, words,
};

/// The most buckets of a timeline: 27 years of days.
const BUCKETS_MAX: usize = 10_000;

/// Trust and time.
pub(crate) struct Trust(pub(crate) Point);

#[Object(name = "GraphTrust")]
impl Trust {
    /// What differs between this view and another: entities, relations and figures that came, went
    /// or changed on the way from this one to the other.
    async fn diff(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The other view. A clock that it does not name stands at the present, whenever it held."
        )]
        to: AsOf,
        #[graphql(desc = "The most of each list.", default_with = "Some(100)")] first: Option<i32>,
    ) -> Result<Diff, Problem> {
        let (scope, from) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let first = size(first.or(Some(100)), "first", scope.limits.results)?;
        let to = to.view(scope).await?;
        let budget = scope.budget();
        work(move || {
            let found = query::diff(&from, &to, first, &budget);
            Diff::new(&from, &to, found)
        })
        .await
    }

    /// What would no longer stand, or stand less firmly, if a document (with every claim that quotes
    /// it) or a single claim were withdrawn. Pass one of them. Nothing is written. Entities stay:
    /// withdrawing undoes no declaration.
    async fn if_retracted(
        &self,
        ctx: &Context<'_>,
        document: Option<ID>,
        claim: Option<ID>,
        #[graphql(desc = "The most of each list.", default_with = "Some(100)")] first: Option<i32>,
    ) -> Result<Diff, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let withdrawn = withdrawn(&view, document.as_ref(), claim.as_ref())?;
        let first = size(first.or(Some(100)), "first", scope.limits.results)?;
        let budget = scope.budget();
        work(move || {
            let found = query::if_retracted(&view, withdrawn, first, &budget);
            Diff::new(&view, &found.without, found.diff)
        })
        .await
    }

    /// Accepted claims that cannot all be true, by rules: two seats at one time, two values of one
    /// metric and period beyond rounding, an end before a start, each spun off from the other, one
    /// identifier on two entities, two identifiers of a register that gives one. Plans are left out.
    async fn conflicts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those about this entity; absent: all.")] entity: Option<ID>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<Conflict>, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let list = ("conflicts", &entity);
        let page = Page::open(scope, &view, &list, &Paging::forward(first.or(Some(20)), after))?;
        let about = entity.map(|id| known(&page.view, &id)).transpose()?;
        let budget = scope.budget();
        work(move || {
            let found = query::conflicts(&page.view, about, &budget);
            match found.truncated {
                // A page has no room to say what cut it.
                Some(cut) => Err(beyond(cut)),
                None => Ok(page.of_all(&found.found, Conflict::new)),
            }
        })
        .await?
    }

    /// Pairs of entities of one kind that may be one, best first, with the signs for and against;
    /// pairs marked distinct never come back. Merge them with `mergeEntities`, or tell them apart
    /// with `markDistinct`.
    async fn duplicates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of these kinds; absent or empty: all.")] kinds: Option<
            Vec<Word<EntityKind>>,
        >,
        #[graphql(desc = "Leave out pairs that score less, 0 to 1.", default_with = "Some(0.5)")]
        min_score: Option<f64>,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
        after: Option<String>,
    ) -> Result<DuplicateConnection, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let kinds = words(kinds);
        let min_score = fraction(min_score.unwrap_or(0.5), "minScore")?;
        let list = ("duplicates", &kinds, min_score);
        let page = Page::open(scope, &view, &list, &Paging::forward(first.or(Some(20)), after))?;
        let asked = Asked::of(scope.genesis()?, &page.view, &kinds, min_score);
        let (budget, commons) = (scope.budget(), Arc::clone(&scope.commons));
        work(move || {
            let list = commons
                .duplicates
                .list(asked, || query::duplicate_list(&page.view, &kinds, min_score, &budget));
            let pairs = page.of_part(list.len(), |view, part| {
                let shown = list.shown(view, part, &budget).map_err(beyond)?;
                Ok::<_, Problem>(shown.iter().map(|pair| DuplicatePair::new(view, pair)).collect())
            })?;
            Ok(DuplicateConnection::new(pairs, list.truncated))
        })
        .await?
    }

    /// How much of what this view shows began when, on either clock, oldest first. Spans in which
    /// nothing began are left out, and so is what has no date on the clock. A fuzzy date counts for
    /// the first day that it may mean.
    async fn timeline(
        &self,
        ctx: &Context<'_>,
        clock: Clock,
        bucket: Bucket,
        #[graphql(desc = "Only what began on this day or later.")] from: Option<Date>,
        #[graphql(desc = "Only what began on this day or before.")] to: Option<Date>,
    ) -> Result<Vec<TimelineBucket>, Problem> {
        let (scope, view) = (Scope::of(ctx)?, self.0.view(ctx)?);
        let (from, to) = (from.map(|date| date.0), to.map(|date| date.0));
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            return Err(Problem::bad_input("`to` lies before `from`"));
        }
        let wanted = TimelineQuery {
            clock: clock.into(),
            bucket: bucket.into(),
            from,
            to,
            limit: BUCKETS_MAX,
        };
        let budget = scope.budget();
        work(move || {
            let found = query::timeline(&view, &wanted, &budget);
            match found.truncated {
                // A list has no room to say what cut it.
                Some(cut) => Err(Problem::new(
                    Code::TooComplex,
                    format!(
                        "the answer lies beyond the limit `{}`; ask for wider buckets, or pass `from` and `to`",
                        cut.limit
                    ),
                )),
                None => Ok(found.buckets.into_iter().map(Into::into).collect()),
            }
        })
        .await?
    }
}

fn beyond(cut: Truncation) -> Problem {
    let message = format!("the answer lies beyond the limit `{}`", cut.limit);
    Problem::new(Code::TooComplex, message)
}

fn withdrawn(view: &View, document: Option<&ID>, claim: Option<&ID>) -> Result<Withdrawn, Problem> {
    match (document, claim) {
        (Some(id), None) => {
            let document = view.document_by_id(document_id(id)?);
            document.map(Withdrawn::Document).ok_or_else(|| Problem::not_found("document", id))
        }
        (None, Some(id)) => {
            let claim = view.claim_by_id(claim_id(id)?);
            claim.map(Withdrawn::Claim).ok_or_else(|| Problem::not_found("claim", id))
        }
        _ => Err(Problem::bad_input("pass `document` or `claim`: one of them, not both")),
    }
}
