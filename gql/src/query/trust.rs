//! Questions about time: what differs between two views, what began when.

use async_graphql::{Context, Object};
use graph::query::{self, TimelineQuery};

use crate::error::{Code, Problem};
use crate::page::size;
use crate::request::{Scope, work};
use crate::types::{AsOf, Bucket, Clock, Date, Diff, Point, TimelineBucket};

/// The most buckets of a timeline: 27 years of days.
const BUCKETS_MAX: usize = 10_000;

/// Time, and what changes with it.
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
