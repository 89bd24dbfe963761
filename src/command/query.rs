//! `query`: a GraphQL query, answered without a server.

use std::io::Read as _;

use gql::{LocalRequest, ServerConfig, Services, TokenStore};
use serde_json::Value;

use super::Context;
use crate::cli::Query;
use crate::intake::STANDARD_INPUT;
use crate::report::Failure;
use crate::wiring;

pub(super) fn run(args: &Query, context: &mut Context) -> Result<(), Failure> {
    let request = LocalRequest {
        query: text(&args.query)?,
        operation: args.operation.clone(),
        variables: args.variables.as_deref().map_or(Ok(Value::Null), variables)?,
    };
    let (folder, _) = context.config.data();
    let ledger = wiring::open_to_read(&folder, &context.config)?;
    let services = Services { ledger, extractor: None, tokens: TokenStore::of_folder(&folder) };
    let answer = wiring::block_on(async {
        Ok(gql::answer(&services, ServerConfig::default(), request).await?)
    })?;
    // As it is: its fields stand in the order of the question, which reading it would lose.
    context.out.line(String::from_utf8_lossy(&answer))?;
    let answer: Value = serde_json::from_slice(&answer).map_err(|error| Failure::of(&error))?;
    let Some(errors) = answer["errors"].as_array() else { return Ok(()) };
    context.out.flush()?;
    let first = errors.first().and_then(|error| error["message"].as_str()).unwrap_or_default();
    let code = errors.first().and_then(|error| error["extensions"]["code"].as_str());
    let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
    Err(Failure::new(format!("the query was not answered in full{code}: {first}")))
}

fn text(argument: &str) -> Result<String, Failure> {
    if argument != STANDARD_INPUT {
        return Ok(argument.to_owned());
    }
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).map_err(|error| {
        Failure::new(format!("the query cannot be read from standard input: {error}"))
    })?;
    Ok(text)
}

fn variables(text: &str) -> Result<Value, Failure> {
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Failure::usage(format!("the variables `{text}` are no JSON object"))
            .way_out("write them as --variables '{\"name\": \"科百特\"}'")),
        Err(error) => Err(Failure::usage(format!("the variables `{text}` are no JSON: {error}"))
            .way_out("write them as --variables '{\"name\": \"科百特\"}'")),
    }
}
