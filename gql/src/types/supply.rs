//! Answers about links: traces, paths, neighbourhoods.

use async_graphql::{Enum, ID, InputObject, Object, SimpleObject};
use graph::model::Predicate;
use graph::query;
use graph::view::View;

use super::entity::Entity;
use super::input::EntityFilter;
use super::relation::Relation;
use super::word::Word;
use crate::page::count;

/// Against or along the flow of goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum TraceDirection {
    /// To suppliers.
    Upstream,
    /// To customers.
    Downstream,
}

/// Whether relations may be walked against their direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum PathOrientation {
    /// Either way.
    Any,
    /// From source to target only.
    Forward,
}

/// Whether a source says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum Basis {
    /// A source says so.
    Stated,
    /// Inferred: one firm stands in a stage of a chain, the other in the stage that it feeds.
    Derived,
}

impl From<Basis> for query::Basis {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::Stated => Self::Stated,
            Basis::Derived => Self::Derived,
        }
    }
}

/// Which links a trace follows, and what its far ends must be.
#[derive(Debug, InputObject)]
pub(crate) struct TraceFilter {
    /// Over which relations.
    #[graphql(default_with = "Some(vec![Word(Predicate::Supplies)])")]
    pub(crate) predicates: Option<Vec<Word<Predicate>>>,
    /// The product that the links of the first tier must carry, or the stage that they stand in.
    pub(crate) product_on_first_link: Option<ID>,
    /// The product that every link must carry, or the stage that it stands in.
    pub(crate) product_on_every_link: Option<ID>,
    /// What the far ends must be; others are shown only on the way to one that fits.
    pub(crate) leaf: Option<EntityFilter>,
    /// Which links count: STATED ones, and DERIVED ones, which are inferred from stages, marked, and
    /// carry no product.
    #[graphql(default_with = "Some(vec![Basis::Stated])")]
    pub(crate) basis: Option<Vec<Basis>>,
    /// Links with lower confidence, 0 to 1, are ignored.
    #[graphql(default_with = "Some(0.0)")]
    pub(crate) min_confidence: Option<f64>,
    /// Whether plans count as if they were so. A derived link never rests on one.
    #[graphql(default_with = "Some(false)")]
    pub(crate) planned: Option<bool>,
}

/// Why an answer is not the whole answer: which limit cut it, and what is known of the rest.
#[derive(Clone, SimpleObject)]
pub(crate) struct Truncation {
    /// `limit`, `steps`, `depth`, `deadline` or `block`.
    limit: &'static str,
    /// Where it cut.
    at: i32,
    /// How much was left out, where that is known.
    remaining: Option<i32>,
}

impl From<query::Truncation> for Truncation {
    fn from(cut: query::Truncation) -> Self {
        Self { limit: cut.limit, at: count(cut.at), remaining: cut.remaining.map(count) }
    }
}

/// Supply links, tier by tier.
pub(crate) struct Trace {
    view: View,
    found: query::Trace,
}

impl Trace {
    pub(crate) fn new(view: View, found: query::Trace) -> Self {
        Self { view, found }
    }
}

/// Supply links followed tier by tier. Cycles are met once; each entity stands in its first tier.
#[Object]
impl Trace {
    /// Where it started.
    async fn root(&self) -> Entity {
        Entity::new(&self.view, self.found.root)
    }

    /// Which way it went.
    async fn direction(&self) -> TraceDirection {
        match self.found.direction {
            query::TraceDirection::Upstream => TraceDirection::Upstream,
            query::TraceDirection::Downstream => TraceDirection::Downstream,
        }
    }

    /// What cut it; null where nothing did.
    async fn truncated(&self) -> Option<Truncation> {
        self.found.truncated.map(Truncation::from)
    }

    /// The tiers, nearest first; empty ones are left out.
    async fn tiers(&self) -> Vec<Tier> {
        self.found.tiers.iter().map(|tier| Tier::new(&self.view, tier)).collect()
    }

    /// All of it as a graph, the root first, ready to draw.
    async fn subgraph(&self) -> Subgraph {
        Subgraph::new(self.view.clone(), self.found.subgraph.clone())
    }
}

/// Entities at one distance from the root.
#[derive(SimpleObject)]
pub(crate) struct Tier {
    /// How many links away.
    depth: i32,
    /// How many entities stand here.
    total: i32,
    /// The links that lead here, in the order met.
    steps: Vec<TraceStep>,
}

impl Tier {
    fn new(view: &View, tier: &query::Tier) -> Self {
        let entities: std::collections::BTreeSet<_> = tier.steps.iter().map(|s| s.entity).collect();
        Self {
            depth: count(tier.depth),
            total: count(entities.len()),
            steps: tier.steps.iter().map(|step| TraceStep::new(view, step)).collect(),
        }
    }
}

/// One link of a trace. An entity that several links reach in its tier has a step for each.
#[derive(SimpleObject)]
pub(crate) struct TraceStep {
    /// Who is reached.
    entity: Entity,
    /// From whom.
    from: Entity,
    /// Whether a source says so.
    basis: Basis,
    /// The relations that link the two, each with its claims; of a DERIVED link, those from which
    /// it is inferred: where both stand, what feeds what, the place that they share.
    via: Vec<Relation>,
    /// How sure it is that at least one of the stated links holds, 0 to 1; of a DERIVED link, that
    /// all of its reasons hold, times 0.3, or 0.5 where both are in one place.
    confidence: f64,
}

impl TraceStep {
    fn new(view: &View, step: &query::TraceStep) -> Self {
        Self {
            entity: Entity::new(view, step.entity),
            from: Entity::new(view, step.from),
            basis: match step.basis {
                query::Basis::Stated => Basis::Stated,
                query::Basis::Derived => Basis::Derived,
            },
            via: Relation::all(view, &step.via),
            confidence: step.confidence.value(),
        }
    }
}

/// A way from one entity to another that meets none twice.
#[derive(SimpleObject)]
pub(crate) struct Path {
    /// How many relations long.
    length: i32,
    /// That every relation of it holds, 0 to 1.
    confidence: f64,
    /// The entities, first to last.
    entities: Vec<Entity>,
    /// The relations between them, the surest where there are several.
    relations: Vec<Relation>,
}

impl Path {
    pub(crate) fn new(view: &View, path: &query::Path) -> Self {
        Self {
            length: count(path.relations.len()),
            confidence: path.confidence.value(),
            entities: path.entities.iter().map(|ix| Entity::new(view, *ix)).collect(),
            relations: Relation::all(view, &path.relations),
        }
    }
}

/// Entities and the relations among them.
pub(crate) struct Subgraph {
    view: View,
    found: query::Subgraph,
}

impl Subgraph {
    pub(crate) fn new(view: View, found: query::Subgraph) -> Self {
        Self { view, found }
    }
}

/// Entities and the relations among them, ready to draw.
#[Object]
impl Subgraph {
    /// The entities: the start, then nearer before farther, better known before less.
    async fn entities(&self) -> Vec<Entity> {
        self.found.entities.iter().map(|ix| Entity::new(&self.view, *ix)).collect()
    }

    /// Every relation between two of them.
    async fn relations(&self) -> Vec<Relation> {
        Relation::all(&self.view, &self.found.relations)
    }

    /// What cut it; null where nothing did.
    async fn truncated(&self) -> Option<Truncation> {
        self.found.truncated.map(Truncation::from)
    }
}

/// An entity that a search found, and why.
#[derive(SimpleObject)]
pub(crate) struct SearchHit {
    /// The entity.
    entity: Entity,
    /// How well it fits: 1 is the very name.
    score: f64,
    /// The name that fits.
    matched: String,
    /// How it matched: `name`, `alias`, `pinyin`, `initials`, `short` (characters of the name, 简称)
    /// or `slip`.
    field: &'static str,
}

impl SearchHit {
    pub(crate) fn new(view: &View, hit: &query::SearchHit) -> Self {
        Self {
            entity: Entity::new(view, hit.entity),
            score: hit.score,
            matched: hit.matched.to_string(),
            field: hit.field.as_str(),
        }
    }
}
