//! The API of Lianzhu: a GraphQL schema over the graph, and the HTTP server that answers it.
//!
//! It reads and writes through [`graph::ledger::Ledger`] only. It knows no extractor (one comes in
//! through the port [`graph::extract::Extractor`]), no command line and no configuration file.
//!
//! One request sees one position of the log: the view is taken when the request starts.

// In reading order: who asks, what may be asked, what is answered, how it is served.
mod auth;
mod cost;
mod error;
mod kept;
mod limits;
mod metrics;
mod mutation;
mod page;
#[expect(clippy::unused_async, reason = "the schema's macros take async functions only")]
mod query;
mod request;
mod routes;
mod schema;
mod server;
#[expect(clippy::unused_async, reason = "the schema's macros take async functions only")]
mod subscription;
#[expect(clippy::unused_async, reason = "the schema's macros take async functions only")]
mod types;

pub use auth::{AccessRole, Issued, TokenError, TokenInfo, TokenStore};
pub use limits::Limits;
pub use routes::{LocalRequest, answer};
pub use schema::sdl;
pub use server::{Exposed, ServeError, ServerConfig, Services, check_exposure, run};
pub use types::entity_of_node_id;
