//! Counts.

use async_graphql::SimpleObject;
use graph::model::{EntityKind, Predicate};
use graph::query;

use super::input::Direction;
use super::scalar::Seq;
use super::word::Word;
use crate::page::count;

/// How much is known at one position of the log.
#[derive(SimpleObject)]
pub(crate) struct Stats {
    /// The position that it counts at.
    seq: Seq,
    /// Entities, merged ones once.
    entities: i32,
    /// Relations that hold.
    relations: i32,
    /// Claims recorded, whatever their status.
    claims: i32,
    /// Documents recorded.
    documents: i32,
    /// Entities by kind; kinds without any are left out.
    by_kind: Vec<KindCount>,
    /// Relations by predicate, seen from their source; predicates without any are left out.
    by_predicate: Vec<PredicateCount>,
}

impl Stats {
    pub(crate) fn new(seq: store::Seq, stats: &query::Stats) -> Self {
        let by_kind = stats.by_kind.iter();
        let by_predicate = stats.by_predicate.iter();
        Self {
            seq: Seq(seq),
            entities: count(stats.entities),
            relations: count(stats.relations),
            claims: count(stats.claims),
            documents: count(stats.documents),
            by_kind: by_kind
                .map(|(kind, n)| KindCount { kind: Word(*kind), count: count(*n) })
                .collect(),
            by_predicate: by_predicate
                .map(|(predicate, n)| PredicateCount {
                    predicate: Word(*predicate),
                    direction: Direction::Out,
                    count: count(*n),
                })
                .collect(),
        }
    }
}

/// How many entities of a kind.
#[derive(SimpleObject)]
pub(crate) struct KindCount {
    /// Which kind.
    kind: Word<EntityKind>,
    /// How many.
    count: i32,
}

/// How many relations of a predicate, in one direction.
#[derive(SimpleObject)]
pub(crate) struct PredicateCount {
    /// Which predicate.
    pub(crate) predicate: Word<Predicate>,
    /// Seen from the entity: OUT where it is the source.
    pub(crate) direction: Direction,
    /// How many.
    pub(crate) count: i32,
}
