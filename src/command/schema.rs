//! `schema`: the GraphQL schema as SDL.

use super::Context;
use crate::report::Failure;

pub(super) fn run(context: &mut Context) -> Result<(), Failure> {
    context.out.line(gql::sdl().trim_end())
}
