//! Clusters, and what people look for in one.

use async_graphql::{Context, MergedObject, Object};
use graph::model::{EntityKind, Predicate};
use petgraph::Direction as Way;

use super::super::entity::{Core, Entity};
use super::{SHORT, Chain, Firm, Town, others};
use crate::error::Problem;
use crate::page::size;
use crate::request::Scope;

/// 产业集群: an officially named concentration of one industry in one place. The same name in another
/// place is another cluster.
#[derive(Clone, MergedObject)]
pub(crate) struct Cluster(Core, Own);

impl From<Core> for Cluster {
    fn from(core: Core) -> Self {
        Self(core.clone(), Own(core))
    }
}

#[derive(Clone)]
pub(crate) struct Own(Core);

#[Object(name = "ClusterOwn")]
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

    /// Firms that belong to it.
    async fn firms(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Firm>, Problem> {
        let of = (&[Predicate::MemberOf][..], Way::Incoming);
        others(Scope::of(ctx)?, &self.0, of, &[EntityKind::Firm], first)
    }

    /// Towns that belong to it, and those that it is located in.
    async fn towns(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Town>, Problem> {
        let (scope, towns) = (Scope::of(ctx)?, [EntityKind::Town]);
        let members = (&[Predicate::MemberOf][..], Way::Incoming);
        let mut found: Vec<Town> = others(scope, &self.0, members, &towns, first)?;
        let seats = (&[Predicate::LocatedIn][..], Way::Outgoing);
        found.extend(others::<Town>(scope, &self.0, seats, &towns, first)?);
        let most = size(first.or(Some(SHORT)), "first", scope.limits.results)?;
        found.truncate(most);
        Ok(found)
    }

    /// Chains that it focuses on or is part of.
    async fn chains(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Chain>, Problem> {
        let of = (&[Predicate::FocusesOn, Predicate::PartOf][..], Way::Outgoing);
        others(Scope::of(ctx)?, &self.0, of, &[EntityKind::Chain], first)
    }
}
