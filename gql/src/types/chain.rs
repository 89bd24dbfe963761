//! Answers about chains and what hangs on one firm.

use async_graphql::{Object, SimpleObject};
use graph::query::{self, Reason};
use graph::state::EntityIx;
use graph::view::View;

use super::document::Document;
use super::entity::Entity;
use super::relation::Relation;
use super::supply::Truncation;
use crate::error::Problem;
use crate::page::{count, size};

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
    async fn relation(&self) -> Result<Relation, Problem> {
        let first = self.found.relations.first().and_then(|ix| Relation::of(&self.view, *ix));
        first.ok_or_else(|| Problem::internal("a sole source without a relation"))
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
        let stage = |found: &query::StageReport| StageReport {
            view: self.view.clone(),
            found: found.clone(),
        };
        self.found.stages.iter().map(stage).collect()
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
    async fn unplaced(
        &self,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
    ) -> Result<Vec<StageFirm>, Problem> {
        let firms = some(&self.found.unplaced, first, FIRMS)?.iter();
        Ok(firms.map(|firm| StageFirm::new(&self.view, firm)).collect())
    }

    /// What cut it, in which case candidates are left out; null where nothing did.
    async fn truncated(&self) -> Option<Truncation> {
        self.found.truncated.map(Truncation::from)
    }
}

/// A stage of a chain.
pub(crate) struct StageReport {
    view: View,
    found: query::StageReport,
}

/// A stage of a chain.
#[Object]
impl StageReport {
    /// The stage.
    async fn stage(&self) -> Entity {
        Entity::new(&self.view, self.found.stage)
    }

    /// `upstream`, `midstream` or `downstream`, where a source says so.
    async fn position(&self) -> Option<&str> {
        self.found.position.as_deref()
    }

    /// What makes it a stage of this chain, with its claims.
    async fn part_of(&self) -> Vec<Relation> {
        Relation::all(&self.view, &self.found.part_of)
    }

    /// How many firms stand in it here.
    async fn firm_count(&self) -> i32 {
        count(self.found.firms.len())
    }

    /// Firms that stand in it here.
    async fn firms(
        &self,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
    ) -> Result<Vec<Entity>, Problem> {
        let firms = some(&self.found.firms, first, FIRMS)?.iter();
        Ok(firms.map(|firm| Entity::new(&self.view, firm.entity)).collect())
    }

    /// The same with what says so.
    async fn standings(
        &self,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
    ) -> Result<Vec<StageFirm>, Problem> {
        let firms = some(&self.found.firms, first, FIRMS)?.iter();
        Ok(firms.map(|firm| StageFirm::new(&self.view, firm)).collect())
    }

    /// Those of them that lead: by a claim that they lead the chain or the stage, or by their role.
    async fn leaders(
        &self,
        #[graphql(default_with = "Some(100)")] first: Option<i32>,
    ) -> Result<Vec<Entity>, Problem> {
        let leaders = some(&self.found.leaders, first, FIRMS)?.iter();
        Ok(leaders.map(|ix| Entity::new(&self.view, *ix)).collect())
    }

    /// Herfindahl-Hirschman index: the sum of the squared market shares of its firms, 0 to 1. Null
    /// unless the share of every one of them is known.
    async fn concentration(&self) -> Option<f64> {
        self.found.concentration
    }

    /// How many documents speak of the chain and name this stage here.
    async fn coverage(&self) -> i32 {
        count(self.found.coverage.len())
    }

    /// Those documents, oldest recorded first.
    async fn documents(
        &self,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
    ) -> Result<Vec<Document>, Problem> {
        let documents = some(&self.found.coverage, first, DOCUMENTS)?.iter();
        Ok(documents.map(|ix| Document::new(&self.view, *ix)).collect())
    }

    /// Firms that could fill it, those with most reasons first; at most 20.
    async fn candidates(
        &self,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
    ) -> Result<Vec<Candidate>, Problem> {
        let candidates = some(&self.found.candidates, first, CANDIDATES)?.iter();
        Ok(candidates.map(|candidate| Candidate::new(&self.view, candidate)).collect())
    }
}

/// How many of each a stage shows unless told otherwise.
const FIRMS: i32 = 100;
const DOCUMENTS: i32 = 20;
const CANDIDATES: i32 = 20;
/// The most of each that a stage shows.
const SHOWN_MAX: usize = 500;

/// The front of a list, as long as asked for.
fn some<T>(all: &[T], first: Option<i32>, default: i32) -> Result<&[T], Problem> {
    let first = size(first.or(Some(default)), "first", SHOWN_MAX)?;
    Ok(all.get(..first).unwrap_or(all))
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
