//! The schema, built once.

use async_graphql::Schema as AnySchema;

use crate::limits::Limits;
use crate::mutation::Mutation;
use crate::query::Query;
use crate::subscription::Subscription;

pub(crate) type Schema = AnySchema<Query, Mutation, Subscription>;

/// Builds the schema. Depth, cost and aliases are checked by [`crate::cost`] before.
pub(crate) fn build(limits: &Limits) -> Schema {
    AnySchema::build(Query::new(), Mutation, Subscription)
        // Counted in fields and fragments, so it is above what `cost` lets pass.
        .limit_recursive_depth(limits.depth.saturating_mul(2).saturating_add(8))
        .limit_directives(10)
        .finish()
}

/// The schema as GraphQL's own text (SDL): what clients generate their types from.
pub fn sdl() -> String {
    build(&Limits::default()).sdl()
}
