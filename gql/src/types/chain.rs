//! Answers about chains and what hangs on one firm.

use async_graphql::{Object, SimpleObject};
use graph::query::{self, Reason};
use graph::state::EntityIx;
use graph::view::View;

use super::document::Document;
use super::entity::Entity;
use super::relation::Relation;
use super::supply::Truncation;
use crate::page::count;

/// A product that one firm alone supplies or makes, or a firm with one supplier.
#[derive(Clone)]
pub(crate) struct SoleSourced {
    view: View,
    found: query::SoleSourced,
}

impl SoleSourced {
    pub(crate) fn new(view: &View, found: &query::SoleSourced) -> Self {
        Self { view: view.clone(), found: found.clone() }
    }
}

/// A product that one firm alone supplies or makes, or a firm with one supplier, as far as is
/// known.
#[Object]
impl SoleSourced {
    /// The product, or the firm supplied.
    async fn entity(&self) -> Entity {
        Entity::new(&self.view, self.found.entity)
    }

    /// The one firm.
    async fn supplier(&self) -> Entity {
        Entity::new(&self.view, self.found.supplier)
    }

    /// The first relation that says so.
    async fn relation(&self) -> Option<Relation> {
        Relation::of(&self.view, *self.found.relations.first()?)
    }

    /// Every relation that says so, with its claims.
    async fn relations(&self) -> Vec<Relation> {
        Relation::all(&self.view, &self.found.relations)
    }
}

/// A chain, stage by stage.
pub(crate) struct ChainReport {
    view: View,
    found: query::ChainReport,
}

impl ChainReport {
    pub(crate) fn new(view: View, found: query::ChainReport) -> Self {
        Self { view, found }
    }

    fn entities(&self, all: &[EntityIx]) -> Vec<Entity> {
        all.iter().map(|ix| Entity::new(&self.view, *ix)).collect()
    }
}

/// A chain, stage by stage: who stands in it, what is missing (补链), what hangs on one firm (强链).
#[Object]
impl ChainReport {
    /// The chain.
    async fn chain(&self) -> Entity {
        Entity::new(&self.view, self.found.chain)
    }

    /// Its stages, upstream first.
    async fn stages(&self) -> Vec<StageReport> {
        self.found.stages.iter().map(|stage| StageReport::new(&self.view, stage)).collect()
    }

    /// Stages in which no firm is known here. `coverage` of a stage tells whether any document
    /// speaks of it: not found and not read about differ.
    async fn missing(&self) -> Vec<Entity> {
        self.entities(&self.found.missing)
    }

    /// Stages in which exactly one firm is known here.
    async fn fragile(&self) -> Vec<Entity> {
        self.entities(&self.found.fragile)
    }

    /// Firms of the chain that are here, of which no source says in which stage they stand.
    async fn unplaced(&self) -> Vec<StageFirm> {
        self.found.unplaced.iter().map(|firm| StageFirm::new(&self.view, firm)).collect()
    }

    /// What cut it, in which case candidates are left out; null where nothing did.
    async fn truncated(&self) -> Option<Truncation> {
        self.found.truncated.map(Truncation::from)
    }
}

/// A stage of a chain.
#[derive(SimpleObject)]
pub(crate) struct StageReport {
    /// The stage.
    stage: Entity,
    /// `upstream`, `midstream` or `downstream`, where a source says so.
    position: Option<String>,
    /// What makes it a stage of this chain, with its claims.
    part_of: Vec<Relation>,
    /// Firms that stand in it here.
    firms: Vec<Entity>,
    /// The same with what says so.
    standings: Vec<StageFirm>,
    /// Those of them that lead: by a claim that they lead the chain or the stage, or by their role.
    leaders: Vec<Entity>,
    /// Herfindahl-Hirschman index: the sum of the squared market shares of its firms, 0 to 1. Null
    /// unless the share of every one of them is known.
    concentration: Option<f64>,
    /// How many documents speak of the chain and name this stage here.
    coverage: i32,
    /// Those documents.
    documents: Vec<Document>,
    /// Firms that could fill it, those with most reasons first.
    candidates: Vec<Candidate>,
}

/// A firm in a stage, and what says so.
#[derive(SimpleObject)]
pub(crate) struct StageFirm {
    /// The firm.
    entity: Entity,
    /// Whether a source says so; if not, it is told from what the firm makes.
    stated: bool,
    /// What says so, with its claims.
    relations: Vec<Relation>,
}

/// A firm that could fill a stage.
#[derive(SimpleObject)]
pub(crate) struct Candidate {
    /// The firm.
    entity: Entity,
    /// Why, the strongest reason first.
    reasons: Vec<String>,
    /// What says so, in the order of the reasons.
    relations: Vec<Relation>,
}

impl StageFirm {
    fn new(view: &View, firm: &query::StageFirm) -> Self {
        Self {
            entity: Entity::new(view, firm.entity),
            stated: firm.stated,
            relations: Relation::all(view, &firm.relations),
        }
    }
}

impl StageReport {
    fn new(view: &View, stage: &query::StageReport) -> Self {
        let entities = |all: &mut dyn Iterator<Item = EntityIx>| {
            all.map(|ix| Entity::new(view, ix)).collect::<Vec<_>>()
        };
        Self {
            stage: Entity::new(view, stage.stage),
            position: stage.position.clone(),
            part_of: Relation::all(view, &stage.part_of),
            firms: entities(&mut stage.firms.iter().map(|firm| firm.entity)),
            standings: stage.firms.iter().map(|firm| StageFirm::new(view, firm)).collect(),
            leaders: entities(&mut stage.leaders.iter().copied()),
            concentration: stage.concentration,
            coverage: count(stage.coverage.len()),
            documents: stage.coverage.iter().map(|ix| Document::new(view, *ix)).collect(),
            candidates: stage.candidates.iter().map(|c| Candidate::new(view, c)).collect(),
        }
    }
}

impl Candidate {
    fn new(view: &View, candidate: &query::Candidate) -> Self {
        let relations = candidate.reasons.iter().map(Reason::relations);
        Self {
            entity: Entity::new(view, candidate.entity),
            reasons: candidate.reasons.iter().map(|reason| reason.sentence(view)).collect(),
            relations: relations.flat_map(|all| Relation::all(view, all)).collect(),
        }
    }
}
