//! What callers pass: filters, points on the two clocks, what is supposed, articles.

mod hypothesis;
mod relation;

pub(crate) use hypothesis::Hypothesis;

use async_graphql::{Enum, ID, InputObject};
use graph::model::{ClaimStatus, EntityKind, Predicate, Role};
use graph::query;
use graph::state::EntityIx;
use graph::view::{self, Recorded, View};
use petgraph::Direction as Way;

use super::node_id::entity_id;
use super::scalar::{Date, DateTime, FuzzyDate, Seq};
use super::word::{Word, words};
use crate::error::Problem;
use crate::request::Scope;

/// Which end of its relations an entity stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Enum)]
pub(crate) enum Direction {
    /// It is the source.
    Out,
    /// It is the target.
    In,
    /// Either.
    Both,
}

impl Direction {
    pub(crate) fn way(self) -> Option<Way> {
        match self {
            Self::Out => Some(Way::Outgoing),
            Self::In => Some(Way::Incoming),
            Self::Both => None,
        }
    }
}

/// In which order entities are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum EntityOrder {
    /// By preferred name.
    Name,
    /// By kind, then by name.
    Kind,
    /// Most relations first.
    Degree,
    /// In the order in which they were first recorded.
    Recorded,
}

impl From<EntityOrder> for query::EntityOrder {
    fn from(order: EntityOrder) -> Self {
        match order {
            EntityOrder::Name => Self::Name,
            EntityOrder::Kind => Self::Kind,
            EntityOrder::Degree => Self::Degree,
            EntityOrder::Recorded => Self::Recorded,
        }
    }
}

/// A point on either clock, or on both: what had been recorded, and what held in the world.
#[derive(Debug, InputObject)]
pub(crate) struct AsOf {
    /// Only what had been recorded by this moment.
    pub(crate) recorded_at: Option<DateTime>,
    /// Only what had been recorded up to and including this position. Excludes `recordedAt`.
    pub(crate) seq: Option<Seq>,
    /// Only what held in the world on this date. A relation without a stated start is not claimed
    /// before its evidence's date.
    pub(crate) valid_on: Option<Date>,
    /// Answer from this position or later: read your own writes by the `seq` of a receipt. Waits up
    /// to the deadline, then TIMED_OUT.
    pub(crate) min_seq: Option<Seq>,
}

impl AsOf {
    pub(crate) fn point(&self) -> Result<view::AsOf, Problem> {
        let recorded = match (self.seq, self.recorded_at) {
            (Some(_), Some(_)) => {
                return Err(Problem::bad_input("pass `seq` or `recordedAt`, not both"));
            }
            (Some(seq), None) => Recorded::UpTo(seq.0),
            (None, Some(moment)) => Recorded::By(moment.0.as_millisecond()),
            (None, None) => Recorded::Now,
        };
        Ok(view::AsOf { recorded, valid_on: self.valid_on.map(|date| date.0) })
    }

    /// The view at this point; waits for `minSeq` up to the deadline of the request.
    pub(crate) async fn view(&self, scope: &Scope) -> Result<View, Problem> {
        let point = self.point()?;
        let base = match self.min_seq {
            Some(least) if least.0 > scope.view.seq() => {
                scope.ledger.view_from(least.0, scope.time_left()).await?
            }
            _ => scope.view.clone(),
        };
        let view = base.at(point)?;
        match self.min_seq {
            Some(least) if view.seq() < least.0 => Err(Problem::bad_input(format!(
                "`minSeq` {} lies after the point asked for, which is {}",
                least.0,
                view.seq()
            ))),
            _ => Ok(view),
        }
    }
}

/// Conditions that an entity must meet; an absent field sets none.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct EntityFilter {
    /// Of one of these kinds.
    pub(crate) kinds: Option<Vec<Word<EntityKind>>>,
    /// Holding every one of these roles.
    pub(crate) roles: Option<Vec<Word<Role>>>,
    /// Located in this place, over any number of steps.
    pub(crate) within: Option<ID>,
    /// With a name or alias that contains this text.
    pub(crate) named: Option<String>,
    /// With this identifier.
    pub(crate) identifier: Option<IdentifierInput>,
    /// Standing in this relation.
    pub(crate) related_to: Option<RelatedFilter>,
}

/// A relation that an entity must stand in.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RelatedFilter {
    /// Which relation.
    pub(crate) predicate: Word<Predicate>,
    /// Seen from the entity: OUT where it is the source.
    #[graphql(default_with = "Some(Direction::Out)")]
    pub(crate) direction: Option<Direction>,
    /// With whom; absent: with anyone.
    pub(crate) to: Option<ID>,
}

/// An identifier from a register outside.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct IdentifierInput {
    /// Which register.
    pub(crate) scheme: Word<graph::model::IdentifierScheme>,
    /// The identifier. Check characters are checked.
    pub(crate) value: String,
}

/// An entity of a view by its id.
pub(crate) fn known(view: &View, id: &ID) -> Result<EntityIx, Problem> {
    view.entity(entity_id(id)?).ok_or_else(|| Problem::not_found("entity", id))
}

impl EntityFilter {
    /// The filter over entities of a view; `kind`: only of this one.
    pub(crate) fn over(
        given: Option<&Self>,
        view: &View,
        kind: Option<EntityKind>,
    ) -> Result<query::EntityFilter, Problem> {
        let mut filter = query::EntityFilter::default();
        if let Some(given) = given {
            filter.kinds = words(given.kinds.clone());
            filter.roles = words(given.roles.clone());
            filter.within = given.within.as_ref().map(|id| known(view, id)).transpose()?;
            filter.named = given.named.clone();
            filter.identifier = match &given.identifier {
                None => None,
                Some(wanted) => Some(
                    graph::model::Identifier::new(wanted.scheme.0, &wanted.value)
                        .map_err(|e| Problem::bad_input(e.to_string()))?,
                ),
            };
            filter.related_to = match &given.related_to {
                None => None,
                Some(related) => Some(query::RelatedFilter {
                    predicate: related.predicate.0,
                    direction: related.direction.unwrap_or(Direction::Out).way(),
                    to: related.to.as_ref().map(|id| known(view, id)).transpose()?,
                }),
            };
        }
        if let Some(kind) = kind {
            if !filter.kinds.is_empty() && !filter.kinds.contains(&kind) {
                return Err(Problem::bad_input(format!(
                    "this list holds entities of kind {kind} only; leave `kinds` out"
                )));
            }
            filter.kinds = vec![kind];
        }
        Ok(filter)
    }
}

/// A description that claims fit. What is absent asks for nothing.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ClaimFilter {
    /// Standing in one of these ways.
    pub(crate) status: Option<Vec<Word<ClaimStatus>>>,
    /// Naming this entity, at either end of a relation.
    pub(crate) entity: Option<ID>,
    /// Quoting this document.
    pub(crate) document: Option<ID>,
    /// Stating a relation of one of these predicates.
    pub(crate) predicate: Option<Vec<Word<Predicate>>>,
    /// At least this sure.
    pub(crate) min_confidence: Option<f64>,
    /// At most this sure.
    pub(crate) max_confidence: Option<f64>,
    /// Asserted by exactly this person or extractor.
    pub(crate) asserted_by: Option<String>,
}

/// An article to be read.
#[derive(Debug, InputObject)]
pub(crate) struct ArticleInput {
    /// Its title.
    pub(crate) title: String,
    /// Its text. Line ends are normalised, nothing else is changed.
    pub(crate) text: String,
    /// Who published it.
    pub(crate) publisher: Option<String>,
    /// When it was published; figures such as 今年1—4月 are read against it.
    pub(crate) published_on: Option<FuzzyDate>,
    /// Where it can be read.
    pub(crate) url: Option<String>,
    /// Its language (BCP 47); absent: `zh`.
    pub(crate) language: Option<String>,
}
