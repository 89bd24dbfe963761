//! Answers about trust and time: what differs between two views, what began when, what cannot all be
//! true.

use async_graphql::{Enum, MergedObject, SimpleObject};
use graph::query;
use graph::view::View;

use super::claim::Claim;
use super::entity::Entity;
use super::observation::Observation;
use super::relation::Relation;
use super::scalar::Date;
use super::supply::Truncation;
use crate::page::{Connection, count};

/// How something differs between two views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "query::Change")]
pub(crate) enum Change {
    /// Only the other view has it.
    Came,
    /// The other view no longer has it. An entity merged into another went.
    Went,
    /// Both have it, not alike.
    Changed,
}

/// What differs between two views. Each list in the order of recording.
#[derive(SimpleObject)]
pub(crate) struct Diff {
    /// Entities that came, went or changed.
    entities: Vec<EntityChange>,
    /// Relations that came, went or changed.
    relations: Vec<RelationChange>,
    /// Figures that came, went, or are now about another entity because of a merge.
    observations: Vec<ObservationChange>,
    /// What cut the answer. Null where it is whole.
    truncated: Option<Truncation>,
}

/// An entity that differs.
#[derive(SimpleObject)]
pub(crate) struct EntityChange {
    /// How.
    change: Change,
    /// The entity: as it was where it went, else as the other view has it.
    entity: Entity,
    /// What changed: `name`, `aliases`, `roles`, `identifiers`, `summary`. Empty unless CHANGED.
    what: Vec<&'static str>,
}

/// A relation that differs.
#[derive(SimpleObject)]
pub(crate) struct RelationChange {
    /// How.
    change: Change,
    /// The relation, with its claims: as it was where it went, else as the other view has it.
    relation: Relation,
    /// What changed: `source`, `target`, `qualifiers`, `validity`, `modality`, `confidence`,
    /// `claims`. Empty unless CHANGED.
    what: Vec<&'static str>,
}

/// A figure that differs.
#[derive(SimpleObject)]
pub(crate) struct ObservationChange {
    /// How.
    change: Change,
    /// The figure, with its claim.
    observation: Observation,
}

impl Diff {
    pub(crate) fn new(from: &View, to: &View, found: query::Diff) -> Self {
        let shows = |change| if change == query::Change::Went { from } else { to };
        let entities = found.entities.into_iter().map(|c| EntityChange {
            change: c.change.into(),
            entity: Entity::new(shows(c.change), c.entity),
            what: c.what,
        });
        let relations = found.relations.into_iter().filter_map(|c| {
            let relation = Relation::of(shows(c.change), c.relation)?;
            Some(RelationChange { change: c.change.into(), relation, what: c.what })
        });
        let observations = found.observations.into_iter().map(|c| ObservationChange {
            change: c.change.into(),
            observation: Observation::new(shows(c.change), c.observation),
        });
        Self {
            entities: entities.collect(),
            relations: relations.collect(),
            observations: observations.collect(),
            truncated: found.truncated.map(Into::into),
        }
    }
}

/// Accepted claims that cannot all be true.
#[derive(Clone, SimpleObject)]
pub(crate) struct Conflict {
    /// By which rule: TWO_SEATS, TWO_VALUES, END_BEFORE_START, SPUN_OFF_BOTH_WAYS,
    /// SHARED_IDENTIFIER or SEVERAL_IDENTIFIERS.
    kind: &'static str,
    /// Why they cannot all be true, in one sentence.
    explanation: String,
    /// The claims, in the order of recording.
    claims: Vec<Claim>,
    /// Whom it is about.
    entities: Vec<Entity>,
}

impl Conflict {
    pub(crate) fn new(view: &View, found: &query::Conflict) -> Self {
        Self {
            kind: found.kind.as_str(),
            explanation: found.explanation.clone(),
            claims: found.claims.iter().map(|claim| Claim::new(view, *claim)).collect(),
            entities: found.entities.iter().map(|entity| Entity::new(view, *entity)).collect(),
        }
    }
}

/// Two entities of one kind that may be one.
#[derive(Clone, SimpleObject)]
pub(crate) struct DuplicatePair {
    /// The one declared first.
    a: Entity,
    /// The other.
    b: Entity,
    /// 0 to 1: the logistic function of what the signs weigh together. It orders pairs; it is no
    /// measured probability.
    score: f64,
    /// What speaks for their being one, then what speaks against it, the heaviest first.
    reasons: Vec<String>,
}

impl DuplicatePair {
    pub(crate) fn new(view: &View, found: &query::DuplicatePair) -> Self {
        Self {
            a: Entity::new(view, found.a),
            b: Entity::new(view, found.b),
            score: found.score,
            reasons: found.signs.iter().map(|sign| sign.sentence(view)).collect(),
        }
    }
}

/// What cut a list beside its pages.
#[derive(SimpleObject)]
pub(crate) struct DuplicatesCut {
    /// What cut the whole list, beside the paging. Null where nothing did. `block`: so many share a
    /// name, or a part of one, that each was compared with the next `at` declared only.
    truncated: Option<Truncation>,
}

/// A page of pairs that may be one. Pass `pageInfo.endCursor` as `after` for the next one.
#[derive(MergedObject)]
pub(crate) struct DuplicateConnection(Connection<DuplicatePair>, DuplicatesCut);

impl DuplicateConnection {
    pub(crate) fn new(
        pairs: Connection<DuplicatePair>,
        truncated: Option<query::Truncation>,
    ) -> Self {
        Self(pairs, DuplicatesCut { truncated: truncated.map(Into::into) })
    }
}

/// One of the two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "query::Clock")]
pub(crate) enum Clock {
    /// When it was first recorded (UTC).
    Recorded,
    /// When it held from in the world, as stated; else the date of the document that says so.
    Valid,
}

/// How wide a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "query::Bucket")]
pub(crate) enum Bucket {
    /// A day.
    Day,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// How much began in a span of time.
#[derive(SimpleObject)]
pub(crate) struct TimelineBucket {
    /// Its first day.
    start: Date,
    /// Entities that began in it.
    entities: i32,
    /// Relations that began in it.
    relations: i32,
    /// Accepted claims that began in it.
    claims: i32,
}

impl From<query::TimelineBucket> for TimelineBucket {
    fn from(bucket: query::TimelineBucket) -> Self {
        Self {
            start: Date(bucket.start),
            entities: count(bucket.entities),
            relations: count(bucket.relations),
            claims: count(bucket.claims),
        }
    }
}
