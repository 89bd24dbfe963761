//! Activity over time on either clock: how much of what a view shows began when.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use super::{Budget, Meter, Truncation};
use crate::model::FuzzyDate;
use crate::state::{ClaimIx, EntityIx};
use crate::view::View;

/// Which clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// When it was first recorded (UTC).
    Recorded,
    /// When it held from in the world, as stated; else the date of the document that says so.
    Valid,
}

/// How wide a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// A day.
    Day,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl Bucket {
    /// The first day of the bucket that a day falls into.
    pub fn start(self, day: Date) -> Date {
        match self {
            Bucket::Day => day,
            Bucket::Month => day.first_of_month(),
            Bucket::Year => day.first_of_year(),
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct TimelineQuery {
    /// On which clock.
    pub clock: Clock,
    /// In steps of what.
    pub bucket: Bucket,
    /// Only what began on this day or later.
    pub from: Option<Date>,
    /// Only what began on this day or before.
    pub to: Option<Date>,
    /// The most buckets.
    pub limit: usize,
}

/// How much began in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimelineBucket {
    /// Its first day.
    pub start: Date,
    /// Entities that began in it.
    pub entities: u64,
    /// Relations that began in it.
    pub relations: u64,
    /// Accepted claims that began in it.
    pub claims: u64,
}

/// Buckets in which something began, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// The buckets; empty ones are left out.
    pub buckets: Vec<TimelineBucket>,
    /// What cut it; at a deadline nothing is told, for half a count is wrong.
    pub truncated: Option<Truncation>,
}

/// Counts what holds in a view by when it began.
///
/// A relation began with the first of its claims. An entity began with its declaration on the
/// recorded clock, and on the other with the first claim that names it. A fuzzy date counts for the
/// first day that it may mean; what has no date on the clock is left out.
/// Cost: one pass over the view's claims and relations.
pub fn timeline(view: &View, query: &TimelineQuery, budget: &Budget) -> Timeline {
    let mut counts = Counts { query, buckets: BTreeMap::new() };
    if let Err(cut) = counts.fill(view, &mut budget.meter()) {
        return Timeline { buckets: Vec::new(), truncated: Some(cut) };
    }
    let mut buckets: Vec<TimelineBucket> = counts.buckets.into_values().collect();
    let truncated = Truncation::to_limit(&mut buckets, query.limit);
    Timeline { buckets, truncated }
}

struct Counts<'a> {
    query: &'a TimelineQuery,
    buckets: BTreeMap<Date, TimelineBucket>,
}

impl Counts<'_> {
    fn fill(&mut self, view: &View, meter: &mut Meter<'_>) -> Result<(), Truncation> {
        let mut first_named: BTreeMap<EntityIx, Date> = BTreeMap::new();
        for claim in view.claims().filter(|claim| view.holds_by(*claim)) {
            meter.pass()?;
            let Some(day) = day_of(view, self.query.clock, claim) else { continue };
            self.count(day, |bucket| &mut bucket.claims);
            for entity in entities_of(view, claim) {
                first_named.entry(entity).and_modify(|d| *d = day.min(*d)).or_insert(day);
            }
        }
        for relation in view.all_relations() {
            meter.pass()?;
            let claims = view.relation_claims(relation);
            let days = claims.filter_map(|c| day_of(view, self.query.clock, c));
            if let Some(day) = days.min() {
                self.count(day, |bucket| &mut bucket.relations);
            }
        }
        for entity in view.entities() {
            meter.pass()?;
            let began = match self.query.clock {
                Clock::Recorded => declared_on(view, entity),
                Clock::Valid => first_named.get(&entity).copied(),
            };
            if let Some(day) = began {
                self.count(day, |bucket| &mut bucket.entities);
            }
        }
        Ok(())
    }

    fn count(&mut self, day: Date, of: impl Fn(&mut TimelineBucket) -> &mut u64) {
        let early = self.query.from.is_some_and(|from| day < from);
        if early || self.query.to.is_some_and(|to| day > to) {
            return;
        }
        let start = self.query.bucket.start(day);
        let empty = TimelineBucket { start, entities: 0, relations: 0, claims: 0 };
        *of(self.buckets.entry(start).or_insert(empty)) += 1;
    }
}

fn day_of(view: &View, clock: Clock, claim: ClaimIx) -> Option<Date> {
    match clock {
        Clock::Recorded => recorded_on(view, view.state().claims.row(claim).seq),
        Clock::Valid => {
            let published = || view.state().evidenced_on(claim);
            view.state().validity(claim).from().or_else(published).map(FuzzyDate::earliest)
        }
    }
}

/// Of those merged into one, the day of the first.
fn declared_on(view: &View, entity: EntityIx) -> Option<Date> {
    let rows = view.members(entity).into_iter();
    let first = rows.map(|member| view.state().entities.row(member).declared).min()?;
    recorded_on(view, first)
}

fn recorded_on(view: &View, seq: store::Seq) -> Option<Date> {
    let moment = Timestamp::from_millisecond(view.recorded_at_ms(seq)?).ok()?;
    Some(TimeZone::UTC.to_datetime(moment).date())
}

fn entities_of(view: &View, claim: ClaimIx) -> Vec<EntityIx> {
    view.state().stated(claim).entities().map(|entity| view.root(entity)).collect()
}
