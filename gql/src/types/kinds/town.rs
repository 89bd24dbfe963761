//! Towns, and what people look for in one.

use async_graphql::{Context, MergedObject, Object};
use graph::model::{EntityKind, Predicate};
use petgraph::Direction as Way;

use super::super::entity::{Core, Entity};
use super::{Region, SHORT, Firm, Network, Platform, others};
use crate::error::Problem;
use crate::request::Scope;

/// 小镇: a characteristic town, a platform for one industry. (An administrative township is a Region.)
#[derive(Clone, MergedObject)]
pub(crate) struct Town(Core, Own);

impl From<Core> for Town {
    fn from(core: Core) -> Self {
        Self(core.clone(), Own(core))
    }
}

#[derive(Clone)]
pub(crate) struct Own(Core);

#[Object(name = "TownOwn")]
impl Own {
    /// Who leads it (引领).
    async fn leaders(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Entity>, Problem> {
        let of = (&[Predicate::Leads][..], Way::Incoming);
        others(Scope::of(ctx)?, &self.0, of, &[], first)
    }

    /// Firms located in it.
    async fn firms(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Firm>, Problem> {
        let of = (&[Predicate::LocatedIn][..], Way::Incoming);
        others(Scope::of(ctx)?, &self.0, of, &[EntityKind::Firm], first)
    }

    /// Platforms located in it.
    async fn platforms(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Platform>, Problem> {
        let of = (&[Predicate::LocatedIn][..], Way::Incoming);
        others(Scope::of(ctx)?, &self.0, of, &[EntityKind::Platform], first)
    }

    /// Networks that it belongs to.
    async fn networks(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Network>, Problem> {
        let of = (&[Predicate::MemberOf][..], Way::Outgoing);
        others(Scope::of(ctx)?, &self.0, of, &[EntityKind::Network], first)
    }

    /// The region that it is located in.
    async fn region(&self) -> Option<Region> {
        let found = self.0.others(&[Predicate::LocatedIn], Way::Outgoing, &[EntityKind::Region]);
        found.into_iter().next().map(Region::from)
    }
}
