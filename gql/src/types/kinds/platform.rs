//! Platforms, and what people look for in one.

use async_graphql::{Context, MergedObject, Object};
use graph::model::{EntityKind, Predicate};
use petgraph::Direction as Way;

use super::super::entity::{Core, Entity};
use super::{Region, SHORT, Network, others};
use crate::error::Problem;
use crate::request::Scope;

/// 科创平台: a laboratory, institute, innovation centre, pilot-scale platform or new-type R&D body.
#[derive(Clone, MergedObject)]
pub(crate) struct Platform(Core, Own);

impl From<Core> for Platform {
    fn from(core: Core) -> Self {
        Self(core.clone(), Own(core))
    }
}

#[derive(Clone)]
pub(crate) struct Own(Core);

#[Object(name = "PlatformOwn")]
impl Own {
    /// Who runs it.
    async fn operators(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Entity>, Problem> {
        let of = (&[Predicate::Operates][..], Way::Incoming);
        others(Scope::of(ctx)?, &self.0, of, &[], first)
    }

    /// With whom it works (合作).
    async fn partners(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Entity>, Problem> {
        let of = (&[Predicate::PartnersWith][..], Way::Outgoing);
        others(Scope::of(ctx)?, &self.0, of, &[], first)
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
