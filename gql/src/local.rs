//! The schema without a server: what the command line asks of a data folder that it holds itself.

use std::sync::Arc;
use std::time::Instant;

use async_graphql::{Request, Variables};
use serde_json::Value;
use tokio::sync::watch;

use crate::auth::{Admission, Caller};
use crate::routes::{Served, answer_locally};
use crate::server::{ServeError, ServerConfig, Services};

/// Answers questions in this process, under the same limits as a server. It reads only.
pub struct Local {
    served: Arc<Served>,
    services: Services,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// A GraphQL document.
    pub query: String,
    /// An object, or null.
    pub variables: Value,
    /// Which operation of the document, where it has several.
    pub operation: Option<String>,
}

/// What is answered: GraphQL's JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// `data`, `errors`, or both, as a server answers them.
    pub json: String,
    /// Whether there are errors.
    pub has_errors: bool,
}

impl Local {
    /// Builds the schema. Cost: some milliseconds; keep it for further questions.
    ///
    /// # Errors
    /// [`ServeError::Schema`] for a defect of this build.
    pub fn new(services: Services, config: ServerConfig) -> Result<Self, ServeError> {
        let (_, watched) = watch::channel(Some(services.clone()));
        let (_, stopped) = watch::channel(false);
        let served = Served::new(watched, config, true, stopped)?;
        Ok(Self { served, services })
    }

    /// Answers one question at the present position. Must run within a tokio runtime.
    pub async fn ask(&self, question: Question) -> Answered {
        let mut request =
            Request::new(question.query).variables(Variables::from_json(question.variables));
        request.operation_name = question.operation;
        let admission = Admission::new(Caller::local(), self.services.tokens.clone());
        let (json, has_errors) =
            answer_locally(&self.served, &self.services, admission, request, Instant::now()).await;
        Answered { json, has_errors }
    }
}
