//! Changes that are only supposed.

use async_graphql::{ID, OneofObject};
use graph::view::{self, View};

use super::super::node_id::{entity_id, relation_id};
use super::relation::RelationInput;
use crate::error::Problem;

/// A change that is only supposed.
#[derive(Debug, Clone, OneofObject)]
pub(crate) enum Hypothesis {
    /// The entity with this id leaves, with everything that is said of it: its relations, those that
    /// name it as product or stage, its names, roles and figures.
    Remove(ID),
    /// Such a relation holds. A claim that `what-if` asserts holds it up, beside those that do
    /// already. Who is named by kind and name and not known is new.
    Relate(Box<RelationInput>),
    /// The relation with this id ends: nothing holds it up.
    Sever(ID),
}

impl Hypothesis {
    pub(crate) fn over(&self, view: &View) -> Result<view::Hypothesis, Problem> {
        Ok(match self {
            Self::Remove(id) => view::Hypothesis::Remove(entity_id(id)?),
            Self::Relate(relation) => view::Hypothesis::Relate(relation.supposed(view)?),
            Self::Sever(id) => view::Hypothesis::Sever(relation_id(id)?),
        })
    }
}
