//! Answers about the whole graph: who matters most, which groups it falls into.

use async_graphql::{Enum, Object, SimpleObject};
use graph::query;
use graph::view::{PredicateSet, View};

use super::entity::Entity;
use super::relation::Relation;
use crate::error::Problem;
use crate::page::{count, size};

/// How much an entity matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum Measure {
    /// How many relations it stands in.
    Degree,
    /// The chance to be met on a random walk along relations (damping 0.85). Sums to 1.
    #[graphql(name = "PAGERANK")]
    PageRank,
    /// The share of shortest ways between two others that lead over it, 0 to 1.
    Betweenness,
    /// Harmonic closeness: the mean of 1/distance to all others, 0 to 1.
    Closeness,
}

impl From<Measure> for query::Measure {
    fn from(measure: Measure) -> Self {
        match measure {
            Measure::Degree => Self::Degree,
            Measure::PageRank => Self::PageRank,
            Measure::Betweenness => Self::Betweenness,
            Measure::Closeness => Self::Closeness,
        }
    }
}

/// An entity in a ranking.
#[derive(SimpleObject)]
pub(crate) struct Ranked {
    /// From 1; equals share a rank.
    rank: i32,
    /// Who it is.
    entity: Entity,
    /// By the measure.
    score: f64,
    /// 0 where the score is exact. Betweenness and closeness of large graphs are estimated from a
    /// sample: the exact score lies within this of `score` in 95 of 100 samples.
    error: f64,
}

impl Ranked {
    pub(crate) fn new(view: &View, ranked: &query::Ranked) -> Self {
        Self {
            rank: count(ranked.rank),
            entity: Entity::new(view, ranked.entity),
            score: ranked.score,
            error: ranked.error,
        }
    }
}

/// How many leading members a group shows.
const LEADING: usize = 5;
/// The most members that are answered.
const MEMBERS_MAX: usize = 500;

/// A densely tied group.
pub(crate) struct Community {
    view: View,
    found: query::Community,
    predicates: PredicateSet,
}

impl Community {
    pub(crate) fn new(view: &View, found: query::Community, predicates: &PredicateSet) -> Self {
        Self { view: view.clone(), found, predicates: *predicates }
    }
}

/// A group whose members are tied to each other more than to others.
#[Object]
impl Community {
    /// How many members it has.
    async fn size(&self) -> i32 {
        count(self.found.members.len())
    }

    /// Its members, those with most relations inside the group first.
    async fn members(
        &self,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
    ) -> Result<Vec<Entity>, Problem> {
        let first = size(first.or(Some(20)), "first", MEMBERS_MAX)?;
        let members = self.found.members.iter().take(first);
        Ok(members.map(|ix| Entity::new(&self.view, *ix)).collect())
    }

    /// The five members with most relations inside the group.
    async fn leading(&self) -> Vec<Entity> {
        let members = self.found.members.iter().take(LEADING);
        members.map(|ix| Entity::new(&self.view, *ix)).collect()
    }

    /// How many of the pairs of members are linked, as a share of all pairs, 0 to 1.
    async fn density(&self) -> f64 {
        self.found.density
    }

    /// The relations that hold it together, as first stated.
    async fn relations(
        &self,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
    ) -> Result<Vec<Relation>, Problem> {
        let first = size(first.or(Some(20)), "first", MEMBERS_MAX)?;
        let mut relations = self.found.relations(&self.view, &self.predicates);
        relations.truncate(first);
        Ok(Relation::all(&self.view, &relations))
    }
}
