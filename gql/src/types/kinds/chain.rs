//! Chains, and what people look for in one.

use async_graphql::{Context, MergedObject, Object};
use graph::model::{EntityKind, Predicate};
use petgraph::Direction as Way;

use super::super::entity::{Core, Entity};
use super::{SHORT, Firm, Stage, others};
use crate::error::Problem;
use crate::request::Scope;

/// 产业链 / 赛道: an industry spoken of as one, such as 具身智能 or 新材料.
#[derive(Clone, MergedObject)]
pub(crate) struct Chain(Core, Own);

impl From<Core> for Chain {
    fn from(core: Core) -> Self {
        Self(core.clone(), Own(core))
    }
}

#[derive(Clone)]
pub(crate) struct Own(Core);

#[Object(name = "ChainOwn")]
impl Own {
    /// Its stages, as far as stated.
    async fn stages(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(SHORT)")] first: Option<i32>,
    ) -> Result<Vec<Stage>, Problem> {
        let of = (&[Predicate::PartOf][..], Way::Incoming);
        others(Scope::of(ctx)?, &self.0, of, &[EntityKind::Stage], first)
    }

    /// Who leads it (链主).
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
}
