//! Firms, and what people look for in one.

use async_graphql::{Context, MergedObject, Object};
use graph::model::{EntityKind, Predicate};
use petgraph::Direction as Way;

use super::super::entity::{Core, Entity};
use super::{Cluster, Honour, Product, Project, SHORT, Town, others};
use crate::error::Problem;
use crate::request::Scope;

/// 企业: a registered company or group. Its roles (链主, 龙头, 专精特新 …) are dated claims.
#[derive(Clone, MergedObject)]
pub(crate) struct Firm(Core, Own);

impl From<Core> for Firm {
    fn from(core: Core) -> Self {
        Self(core.clone(), Own(core))
    }
}

#[derive(Clone)]
pub(crate) struct Own(Core);

#[Object(name = "FirmOwn")]
impl Own {
    /// Towns, clusters, chains, parks that it leads (引领).
    async fn leads(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Entity>, Problem> {
        let of = (&[Predicate::Leads][..], Way::Outgoing);
        others(Scope::of(ctx)?, &self.0, of, &[], first)
    }

    /// Clusters that it belongs to.
    async fn clusters(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Cluster>, Problem> {
        let of = (&[Predicate::MemberOf][..], Way::Outgoing);
        others(Scope::of(ctx)?, &self.0, of, &[EntityKind::Cluster], first)
    }

    /// Towns that it leads or is located in.
    async fn towns(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Town>, Problem> {
        let of = (&[Predicate::Leads, Predicate::LocatedIn][..], Way::Outgoing);
        others(Scope::of(ctx)?, &self.0, of, &[EntityKind::Town], first)
    }

    /// Who is stated to supply it. Tier by tier: `trace`.
    async fn suppliers(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Entity>, Problem> {
        let of = (&[Predicate::Supplies][..], Way::Incoming);
        others(Scope::of(ctx)?, &self.0, of, &[], first)
    }

    /// Whom it is stated to supply.
    async fn customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Entity>, Problem> {
        let of = (&[Predicate::Supplies][..], Way::Outgoing);
        others(Scope::of(ctx)?, &self.0, of, &[], first)
    }

    /// What it makes.
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Product>, Problem> {
        let of = (&[Predicate::Produces][..], Way::Outgoing);
        others(Scope::of(ctx)?, &self.0, of, &[EntityKind::Product], first)
    }

    /// Projects that it owns, invests in, builds or has spun off.
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Project>, Problem> {
        let of = (&[Predicate::Owns, Predicate::InvestsIn, Predicate::Builds][..], Way::Outgoing);
        others(Scope::of(ctx)?, &self.0, of, &[EntityKind::Project], first)
    }

    /// Where it came from (裂变自).
    async fn spun_off_from(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Entity>, Problem> {
        let of = (&[Predicate::SpunOffFrom][..], Way::Outgoing);
        others(Scope::of(ctx)?, &self.0, of, &[], first)
    }

    /// What came from it (裂变).
    async fn spin_offs(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Entity>, Problem> {
        let of = (&[Predicate::SpunOffFrom][..], Way::Incoming);
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

    /// Awards that it won and lists that it is on.
    async fn honours(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Honour>, Problem> {
        let of = (&[Predicate::Awarded][..], Way::Outgoing);
        others(Scope::of(ctx)?, &self.0, of, &[EntityKind::Honour], first)
    }
}
