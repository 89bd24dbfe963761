//! The object types of the kinds: what all entities have, and what people look for in each.
//! Kinds without fields of their own stand here.

mod chain;
mod cluster;
mod firm;
mod network;
mod platform;
mod town;

pub(crate) use chain::Chain;
pub(crate) use cluster::Cluster;
pub(crate) use firm::Firm;
pub(crate) use network::Network;
pub(crate) use platform::Platform;
pub(crate) use town::Town;

use async_graphql::MergedObject;
use graph::model::{EntityKind, Predicate};
use petgraph::Direction as Way;

use super::entity::{Core, Entity};
use crate::error::Problem;
use crate::page::size;
use crate::request::Scope;

/// Entries of a short list unless told otherwise.
const SHORT: i32 = 100;

macro_rules! plain_kinds {
    ($($(#[doc = $about:literal])+ $kind:ident;)+) => {
        $($(#[doc = $about])+
        #[derive(Clone, MergedObject)]
        pub(crate) struct $kind(Core);

        impl From<Core> for $kind {
            fn from(core: Core) -> Self {
                Self(core)
            }
        })+
    };
}

plain_kinds! {
    /// 环节: a link of a chain, such as 轴承 or 整机.
    Stage;
    /// 园区: a development zone, park, science city, new town or resort.
    Park;
    /// 行政区: a province, city, district, county or township.
    Region;
    /// 高校: a university or a school of one.
    University;
    /// 组织: an association, learned society or alliance.
    Organization;
    /// 部门: a party or government body.
    Agency;
    /// 产品: a product, model, material or piece of equipment.
    Product;
    /// 技术: a technology, process, method or application scenario.
    Technology;
    /// 项目: a named investment or construction project, base or line.
    Project;
    /// 政策: a policy, reform, programme, plan or published case.
    Policy;
    /// 荣誉: an award, a list, or a tier of a list.
    Honour;
    /// 活动: a conference, contest or fair.
    Occasion;
    /// 人物: a person named in their public role.
    Person;
}

/// A short list of one type: whoever stands at the other end of relations that are so.
fn others<T: From<Core>>(
    scope: &Scope,
    core: &Core,
    (predicates, way): (&[Predicate], Way),
    kinds: &[EntityKind],
    first: Option<i32>,
) -> Result<Vec<T>, Problem> {
    let most = size(first.or(Some(SHORT)), "first", scope.limits.results)?;
    Ok(core.others(predicates, way, kinds).into_iter().take(most).map(T::from).collect())
}

impl From<Core> for Entity {
    fn from(core: Core) -> Self {
        Self(core)
    }
}
