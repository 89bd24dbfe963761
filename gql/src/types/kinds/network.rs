//! Networks: named sets of towns and platforms such as 一镇七星.

use async_graphql::{MergedObject, Object, SimpleObject};
use graph::model::EntityKind;
use graph::query;

use super::super::entity::{Core, Entity};
use super::super::relation::Relation;
use super::super::word::Word;
use crate::page::count;

/// 网络: a named set of towns and platforms, such as 一镇七星. Its claimed size stands beside the
/// members that are evidenced; what is claimed but not evidenced stays visible as vacancies.
#[derive(Clone, MergedObject)]
pub(crate) struct Network(Core, Own);

impl From<Core> for Network {
    fn from(core: Core) -> Self {
        Self(core.clone(), Own(core))
    }
}

#[derive(Clone)]
pub(crate) struct Own(Core);

/// Members of a network that are claimed but not evidenced.
#[derive(SimpleObject)]
pub(crate) struct Vacancy {
    /// Of which kind.
    kind: Word<EntityKind>,
    /// How many.
    count: i32,
}

#[Object(name = "NetworkOwn")]
impl Own {
    /// How many members it is claimed to have in all; null where no source says.
    async fn claimed_size(&self) -> Option<i32> {
        self.network().claimed_size().map(count)
    }

    /// Who belongs to it on evidence: towns, then platforms, each in the order of recording.
    async fn members(&self) -> Vec<Entity> {
        let members = self.network().members.into_iter();
        members.map(|member| Entity::new(&self.0.view, member.entity)).collect()
    }

    /// The relations that make them members, in the same order, each with its claims.
    async fn memberships(&self) -> Vec<Relation> {
        let members = self.network().members.into_iter();
        members.filter_map(|member| Relation::of(&self.0.view, member.relation)).collect()
    }

    /// Relations among its members.
    async fn relations_among(&self) -> Vec<Relation> {
        let among = self.network().among.into_iter();
        among.filter_map(|ix| Relation::of(&self.0.view, ix)).collect()
    }

    /// How many members of each kind are claimed but not evidenced.
    async fn vacancies(&self) -> Vec<Vacancy> {
        let vacancies = self.network().vacancies.into_iter();
        vacancies.map(|v| Vacancy { kind: Word(v.kind), count: count(v.count) }).collect()
    }
}

impl Own {
    fn network(&self) -> query::Network {
        query::Network::of(&self.0.view, self.0.ix)
    }
}
