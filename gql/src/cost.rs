//! What a request may ask for, checked on its text and on its parsed document before anything runs;
//! and what its answer looks like where a field failed.
//!
//! The engine's own depth and complexity are not used: it prices no field asked of an interface,
//! which is most of ours; and it expands fragments before it checks anything, so that a page of
//! fragments within fragments could keep it busy for hours.

mod nulls;
mod order;
mod table;
mod text;
mod weigh;

use async_graphql::Request;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};

use crate::error::{Code, Problem};
use crate::limits::Limits;
pub(crate) use nulls::propagate;
pub(crate) use order::KeyOrder;
pub(crate) use table::FieldTable;

/// What is known of a request before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    /// What it does. Where it names no operation of its document, the engine will say so.
    pub(crate) kind: OperationType,
    /// Whether it sends an article.
    pub(crate) ingests: bool,
    /// In which order its answer comes.
    pub(crate) order: KeyOrder,
}

/// Parses a request's document, once, and checks it against the limits.
pub(crate) fn check(
    request: &mut Request,
    table: &FieldTable,
    limits: &Limits,
) -> Result<Checked, Problem> {
    text::check(&request.query)?;
    // Some clients send an empty name where they mean none.
    request.operation_name = request.operation_name.take().filter(|name| !name.is_empty());
    let variables = request.variables.clone();
    let operation_name = request.operation_name.clone();
    let document =
        request.parsed_query().map_err(|error| Problem::bad_input(one_line(&error.message)))?;
    for (_, operation) in document.operations.iter() {
        let weight = weigh::weigh(document, &operation.node, &variables, table, limits)?;
        if weight.depth > limits.depth {
            return Err(Problem::new(
                Code::TooDeep,
                format!(
                    "the query nests {} fields, at most {} are answered",
                    weight.depth, limits.depth
                ),
            ));
        }
        if weight.aliases > limits.aliases {
            return Err(Problem::new(
                Code::TooComplex,
                format!(
                    "the query has {} aliases, at most {} are answered",
                    weight.aliases, limits.aliases
                ),
            ));
        }
        if weight.cost > limits.complexity {
            return Err(Problem::new(
                Code::TooComplex,
                format!(
                    "the query may ask for {} fields (lists counted by `first` or `limit`), at most {} are answered; ask for shorter lists, or page by page",
                    weight.cost, limits.complexity
                ),
            ));
        }
    }
    let chosen = chosen(document, operation_name.as_deref());
    Ok(Checked {
        kind: chosen.map_or(OperationType::Query, |operation| operation.ty),
        ingests: chosen.is_some_and(|operation| weigh::names(document, operation, "ingestArticle")),
        order: chosen.map(|operation| KeyOrder::of(document, operation)).unwrap_or_default(),
    })
}

/// The operation that will run.
fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Option<&'a OperationDefinition> {
    let mut all = document.operations.iter();
    match name {
        Some(name) => {
            all.find(|(n, _)| n.is_some_and(|n| n == name)).map(|(_, operation)| &operation.node)
        }
        None => all.next().map(|(_, operation)| &operation.node),
    }
}

/// The parser draws its errors over several lines; what it expected stands in the last.
fn one_line(message: &str) -> String {
    let lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}
