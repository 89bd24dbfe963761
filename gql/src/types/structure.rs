//! Answers about structure: what entities share, what hangs on whom.

use async_graphql::{Object, SimpleObject};
use graph::query;
use graph::state::EntityIx;
use graph::view::View;

use super::entity::Entity;
use super::relation::Relation;
use super::supply::Truncation;
use crate::error::Problem;
use crate::page::{count, size};

/// What `lost` says where all suppliers are lost and some supply what no source names.
const EVERYTHING: &str = "every known supplier";

/// An entity that others have in common.
#[derive(SimpleObject)]
pub(crate) struct Common {
    /// Who is shared.
    entity: Entity,
    /// The relations that join it to each of them, with their claims.
    relations: Vec<Relation>,
}

impl Common {
    pub(crate) fn new(view: &View, found: &query::Common) -> Self {
        Self {
            entity: Entity::new(view, found.entity),
            relations: Relation::all(view, &found.relations),
        }
    }
}

/// A supplier whose failure cuts the one supplied off from some of its upstream: every supply path
/// from those entities passes it.
pub(crate) struct Chokepoint {
    view: View,
    found: query::Chokepoint,
}

/// The most entities that a chokepoint names as cut off.
pub(crate) const EXAMPLES_MAX: usize = 500;

impl Chokepoint {
    pub(crate) fn new(view: &View, found: query::Chokepoint) -> Self {
        Self { view: view.clone(), found }
    }
}

/// A supplier whose failure cuts the one supplied off from some of its upstream: every supply path
/// from those entities passes it.
#[Object]
impl Chokepoint {
    /// Who it is.
    async fn entity(&self) -> Entity {
        Entity::new(&self.view, self.found.entity)
    }

    /// How many links away from the one supplied.
    async fn depth(&self) -> i32 {
        count(self.found.depth)
    }

    /// How many upstream entities supply by no way around it. It is not counted itself.
    async fn cuts_off(&self) -> i32 {
        count(self.found.cuts_off)
    }

    /// Some of those it cuts off, nearest first.
    async fn examples(
        &self,
        #[graphql(default_with = "Some(5)")] first: Option<i32>,
    ) -> Result<Vec<Entity>, Problem> {
        let first = size(first.or(Some(5)), "first", EXAMPLES_MAX)?;
        let some = self.found.examples.iter().take(first);
        Ok(some.map(|ix| Entity::new(&self.view, *ix)).collect())
    }

    /// `cutsOff` as a share of all that stands upstream, 0 to 1.
    async fn share(&self) -> f64 {
        self.found.share
    }

    /// The links by which it supplies others on the way, with their claims.
    async fn via(&self) -> Vec<Relation> {
        Relation::all(&self.view, &self.found.via)
    }
}

/// What follows if some entities fail.
#[derive(SimpleObject)]
pub(crate) struct Impact {
    /// Whom it reaches over supply links downstream, nearest first, each in its first tier.
    touched: Vec<ImpactStep>,
    /// Who loses the last known supplier of something.
    cut_off: Vec<CutOff>,
    /// What cut the answer; null where nothing did.
    truncated: Option<Truncation>,
}

/// An entity that a failure reaches.
#[derive(SimpleObject)]
pub(crate) struct ImpactStep {
    /// How many links away from the nearest entity that fails.
    depth: i32,
    /// Who is touched.
    entity: Entity,
    /// The link that reaches it, with its claims.
    via: Relation,
}

/// An entity that loses its last known supplier of something.
pub(crate) struct CutOff {
    view: View,
    found: query::CutOff,
}

impl CutOff {
    fn what(&self) -> Option<EntityIx> {
        match self.found.lost {
            query::Lost::Product(product) => Some(product),
            query::Lost::Everything => None,
        }
    }

    fn others(&self, first: Option<i32>) -> Result<&[query::Alternative], Problem> {
        let first = size(first.or(Some(20)), "first", EXAMPLES_MAX)?;
        let all = &self.found.alternatives;
        Ok(all.get(..first).unwrap_or(all))
    }
}

/// An entity that loses its last known supplier of something.
#[Object]
impl CutOff {
    /// Who loses it.
    async fn entity(&self) -> Entity {
        Entity::new(&self.view, self.found.entity)
    }

    /// What is lost: the product's name, or `every known supplier`, where some of them supply what
    /// no source names.
    async fn lost(&self) -> String {
        let product = self.what();
        product.map_or_else(|| EVERYTHING.to_owned(), |ix| self.view.name(ix).to_string())
    }

    /// The product that is lost; null where no source names one.
    async fn product(&self) -> Option<Entity> {
        self.what().map(|ix| Entity::new(&self.view, ix))
    }

    /// The links that end, with their claims.
    async fn relations(&self) -> Vec<Relation> {
        Relation::all(&self.view, &self.found.relations)
    }

    /// Who else supplies or makes that product, in the order of declaration.
    async fn alternatives(
        &self,
        #[graphql(default_with = "Some(20)")] first: Option<i32>,
    ) -> Result<Vec<Entity>, Problem> {
        let others = self.others(first)?.iter();
        Ok(others.map(|other| Entity::new(&self.view, other.entity)).collect())
    }

    /// What says that these alternatives have it.
    async fn alternative_relations(
        &self,
        #[graphql(desc = "Of so many alternatives.", default_with = "Some(20)")] first: Option<i32>,
    ) -> Result<Vec<Relation>, Problem> {
        let others = self.others(first)?.iter();
        Ok(others.flat_map(|other| Relation::all(&self.view, &other.relations)).collect())
    }
}

impl Impact {
    pub(crate) fn new(view: &View, found: &query::Impact) -> Self {
        let touched = found.touched.iter().filter_map(|step| {
            Some(ImpactStep {
                depth: count(step.depth),
                entity: Entity::new(view, step.entity),
                via: Relation::of(view, step.via)?,
            })
        });
        let cut_off = |found: &query::CutOff| CutOff { view: view.clone(), found: found.clone() };
        Self {
            touched: touched.collect(),
            cut_off: found.cut_off.iter().map(cut_off).collect(),
            truncated: found.truncated.map(Truncation::from),
        }
    }
}
