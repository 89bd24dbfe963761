//! Is it alive, is it ready, what is it, how is it.

use warp::reply::Response;

use super::reply;
use crate::error::{Code, Problem};
use crate::metrics::Metrics;
use crate::server::Services;

pub(super) fn alive() -> Response {
    reply::text("text/plain; charset=utf-8", "alive\n".into())
}

pub(super) fn not_ready() -> Response {
    reply::problem(&Problem::new(Code::Storage, "the server is starting: it replays its log"))
}

pub(super) fn ready(services: &Services) -> Response {
    let seq = services.ledger.state().seq();
    reply::text("application/json", format!("{{\"ready\":true,\"seq\":{seq}}}\n").into())
}

pub(super) fn version(version: &str) -> Response {
    let body = serde_json::json!({ "name": "lianzhu", "version": version });
    reply::text("application/json", format!("{body}\n").into())
}

pub(super) fn metrics(metrics: &Metrics, services: &Services) -> Response {
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    reply::text(content_type, metrics.text(&services.ledger).into())
}
