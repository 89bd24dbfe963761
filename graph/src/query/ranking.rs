//! Who matters most, by a measure of centrality.

mod centrality;

use std::collections::BTreeSet;

use super::compact::Compact;
use super::{Budget, Truncation, inside};
use crate::model::EntityKind;
use crate::state::EntityIx;
use crate::view::{PredicateSet, View};
use centrality::Scores;

/// What counts as mattering. Each is computed over all entities that stand in relations of the
/// chosen predicates; kinds and area only choose who is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// How many relations an entity stands in.
    Degree,
    /// `PageRank`: the chance to be met on a walk along relations, source to target, that starts
    /// anew anywhere with probability 0.15 at each step. Parallel relations are each a way to go;
    /// who has no way out starts anew. Sums to 1. By iteration from the even distribution until
    /// it changes by less than 10⁻⁶ in all, at most 200 times. (Brin, Page: *The anatomy of a
    /// large-scale hypertextual web search engine*, 1998.)
    PageRank,
    /// The share of shortest ways between two others that lead over it, either way along relations,
    /// 0 to 1. (Brandes: *A faster algorithm for betweenness centrality*, 2001.)
    Betweenness,
    /// Harmonic closeness: the mean of 1/distance to every other entity, either way along
    /// relations, 0 where there is no way; 0 to 1. (Marchiori, Latora: *Harmony in the
    /// small-world*, 2000.)
    Closeness,
}

/// What is ranked.
#[derive(Debug, Clone)]
pub struct RankingQuery {
    /// By which measure.
    pub measure: Measure,
    /// Only entities of these kinds are listed; empty: any.
    pub kinds: Vec<EntityKind>,
    /// Over which relations.
    pub predicates: PredicateSet,
    /// Only entities inside this area are listed.
    pub within: Option<EntityIx>,
    /// At most so many.
    pub limit: usize,
    /// Links that may be walked before betweenness and closeness are estimated from a sample;
    /// [`WALK_MAX`] unless told otherwise.
    pub walk_max: u64,
}

/// Links that an exact betweenness or closeness may walk: a few seconds. A graph of n entities and
/// m links takes n · (n + m); above that, walks start from a sample of the entities.
pub const WALK_MAX: u64 = 200_000_000;

/// A ranking, and how far it can be relied upon.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Highest score first; equals in the order of declaration, with one rank.
    pub ranked: Vec<Ranked>,
    /// How many entities were ranked, listed or not.
    pub of: usize,
    /// How many entities walks started from, where the scores are estimates; `None`: exact.
    pub sampled: Option<usize>,
    /// What cut the list, or the computation: then nobody is listed.
    pub truncated: Option<Truncation>,
}

/// An entity in a ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// From 1; equals share the better rank, and the ranks behind them are left out.
    pub rank: usize,
    /// Who it is.
    pub entity: EntityIx,
    /// By the measure.
    pub score: f64,
    /// Half the width of the interval that holds the exact score in 95 of 100 samples; 0 where the
    /// score is exact. From the spread within the sample, by the normal approximation.
    pub error: f64,
}

/// Ranks entities. Entities without any of the relations are not ranked; plans are left out.
///
/// Cost with n entities and m links: one pass over all relations; for `PageRank` m for each
/// iteration; for betweenness and closeness n · (n + m), bounded by `walk_max`.
pub fn ranking(view: &View, query: &RankingQuery, budget: &Budget) -> Ranking {
    let mut meter = budget.meter();
    let computed = Compact::of(view, query.predicates, &mut meter).and_then(|graph| {
        let scores = Scores::of(&graph, query.measure, query.walk_max, &mut meter)?;
        Ok((graph, scores))
    });
    match computed {
        Ok((graph, scores)) => listed(view, query, &graph, &scores),
        Err(cut) => Ranking { ranked: Vec::new(), of: 0, sampled: None, truncated: Some(cut) },
    }
}

fn listed(view: &View, query: &RankingQuery, graph: &Compact<'_>, scores: &Scores) -> Ranking {
    let area: Option<BTreeSet<EntityIx>> = query.within.map(|area| inside(view, area));
    let wanted = |entity: EntityIx| {
        (query.kinds.is_empty() || query.kinds.contains(&view.kind(entity)))
            && area.as_ref().is_none_or(|area| area.contains(&entity))
    };
    let mut places: Vec<usize> =
        (0..graph.len()).filter(|at| wanted(graph.entities[*at])).collect();
    let order =
        |a: &usize, b: &usize| scores.values[*b].total_cmp(&scores.values[*a]).then(a.cmp(b));
    if query.limit < places.len() {
        // Only those who are listed need to be in order.
        places.select_nth_unstable_by(query.limit, order);
    }
    let truncated = Truncation::to_limit(&mut places, query.limit);
    places.sort_unstable_by(order);
    let mut ranked: Vec<Ranked> = Vec::with_capacity(places.len());
    for (before, at) in places.into_iter().enumerate() {
        let score = scores.values[at];
        let rank = match ranked.last() {
            Some(last) if last.score.total_cmp(&score).is_eq() => last.rank,
            _ => before + 1,
        };
        let error = scores.errors.get(at).copied().unwrap_or_default();
        ranked.push(Ranked { rank, entity: graph.entities[at], score, error });
    }
    Ranking { ranked, of: graph.len(), sampled: scores.sampled, truncated }
}
