//! One request answered without HTTP: the same schema, limits and checks as over the network.

use std::time::Instant;

use async_graphql::{Request, Variables};
use tokio::sync::watch;

use super::{Served, graphql};
use crate::auth::{Admission, Caller};
use crate::server::{ServeError, ServerConfig, Services};

/// A GraphQL request of whoever has the data folder at hand.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalRequest {
    /// The document.
    pub query: String,
    /// Which operation of it, where it holds several.
    pub operation: Option<String>,
    /// Its variables: a JSON object, or null.
    pub variables: serde_json::Value,
}

/// Answers a query as someone without a token on loopback is answered: it reads, and does not
/// write. Must run within a tokio runtime. The answer is JSON with `data`, `errors` or both.
///
/// # Errors
/// [`ServeError::Schema`], a defect of this build.
pub async fn answer(
    services: &Services,
    config: ServerConfig,
    request: LocalRequest,
) -> Result<Vec<u8>, ServeError> {
    let (_ready, receiver) = watch::channel(Some(services.clone()));
    let (_stop, stopped) = watch::channel(false);
    let served = Served::new(receiver, config, true, stopped)?;
    let admission = Admission::new(Caller::anonymous(), services.tokens.clone());
    let run =
        graphql::Run { served: &served, services, admission, begun: Instant::now(), by_get: false };
    let LocalRequest { query, operation, variables } = request;
    let mut asked = Request::new(query).variables(Variables::from_json(variables));
    asked.operation_name = operation;
    Ok(match run.one(asked).await {
        Ok(outcome) => outcome.body,
        Err((_, problem)) => graphql::refused(&problem).body,
    })
}
