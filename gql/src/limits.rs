//! Every maximum of the API, with its unit and its reason. What passes one is refused, never cut.

use std::time::Duration;

/// What one request, and all of them together, may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Fields within fields. Introspection queries, which tools send, are 13 deep.
    pub depth: usize,
    /// Fields that an operation may ask for, lists counted by what they may hold at most.
    pub complexity: u64,
    /// Fields of an operation that carry an alias: each repeats work under another name.
    pub aliases: usize,
    /// Results of one connection or list.
    pub results: usize,
    /// Operations of one HTTP request.
    pub batch: usize,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes of the body of a request that calls `ingestArticle`, by someone who may.
    pub article_body_bytes: usize,
    /// How long a query or mutation may take.
    pub deadline: Duration,
    /// Requests that are worked on at the same time; further ones are told to come back.
    pub requests_at_once: usize,
    /// Subscriptions that are open at the same time, over either transport.
    pub subscriptions_at_once: usize,
}

impl Default for Limits {
    /// What a server on one machine stands comfortably.
    fn default() -> Self {
        Self {
            depth: 15,
            complexity: 100_000,
            aliases: 100,
            results: 500,
            batch: 10,
            body_bytes: 2 << 20,
            article_body_bytes: 16 << 20,
            deadline: Duration::from_secs(10),
            requests_at_once: 1_024,
            subscriptions_at_once: 4_096,
        }
    }
}
