//! `/graphql` over HTTP: POST for everything, GET for queries, several operations in one array.
//! Media types and statuses follow the GraphQL-over-HTTP draft.

use std::sync::Arc;
use std::time::Instant;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, ServerError};
use bytes::{Buf, Bytes};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};
use warp::reply::Response;

use super::{BodyOf, Incoming, Served, read_body, reply, too_large};
use crate::auth::Admission;
use crate::cost;
use crate::error::{Code, Problem};
use crate::request::Scope;
use crate::server::Services;

const JSON: &str = "application/json";
const RESPONSE_JSON: &str = "application/graphql-response+json";

/// A refusal of the HTTP request as such.
type Refused = (StatusCode, Problem);

pub(super) async fn answer<B: Buf>(
    served: &Arc<Served>,
    services: &Services,
    incoming: Incoming,
    body: impl BodyOf<B>,
) -> Response {
    let by_get = match incoming.method {
        Method::POST => false,
        Method::GET | Method::HEAD => true,
        _ => return reply::wrong_method("GET, HEAD, POST"),
    };
    if by_get && incoming.query.is_empty() && accepts(&incoming.headers, "text/html") {
        return reply::redirect("/console");
    }
    let Some(media) = media(&incoming.headers) else {
        let message = format!("this address answers {RESPONSE_JSON} and {JSON}");
        return reply::problem_with(StatusCode::NOT_ACCEPTABLE, &Problem::bad_input(message));
    };
    let Ok(_permit) = served.requests.try_acquire() else {
        return reply::problem(&reply::busy("requests"));
    };
    let begun = incoming.begun;
    let outcome = async {
        let admission = admitted(served, services, &incoming)?;
        let asked = if by_get {
            Asked::One(Box::new(from_query(&incoming.query)?))
        } else {
            from_body(served, &admission, incoming.headers, body).await?
        };
        Ok((admission, asked))
    };
    let (admission, asked) = match outcome.await {
        Ok(read) => read,
        Err((status, problem)) => return reply::problem_with(status, &problem),
    };
    let run = Run { served, services, admission, begun, by_get };
    match asked {
        Asked::One(request) => match run.one(*request).await {
            Ok(outcome) => {
                let status = if media == JSON { outcome.plain_status } else { outcome.status };
                reply::with_status(status, reply::text(media, outcome.body.into()))
            }
            Err((status, problem)) => reply::problem_with(status, &problem),
        },
        Asked::Several(requests) => run.several(requests).await,
    }
}

fn admitted(
    served: &Served,
    services: &Services,
    incoming: &Incoming,
) -> Result<Admission, Refused> {
    let admission = served.admit(services, &incoming.headers, incoming.host.as_ref());
    admission.map_err(|problem| (reply::status(problem.code), problem))
}

enum Asked {
    One(Box<Request>),
    Several(Vec<Request>),
}

pub(super) fn from_query(query: &str) -> Result<Request, Refused> {
    let read = async_graphql::http::parse_query_string(query);
    let request = read.map_err(|error| bad_request(format!("the query string: {error}")))?;
    if request.query.is_empty() {
        return Err(bad_request("pass a GraphQL document as `query`".to_owned()));
    }
    Ok(request)
}

async fn from_body<B: Buf>(
    served: &Served,
    admission: &Admission,
    headers: HeaderMap,
    body: impl BodyOf<B>,
) -> Result<Asked, Refused> {
    let bytes = json_body(served, admission, &headers, body).await?;
    let bytes_read = bytes.len();
    let read = if bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[') {
        serde_json::from_slice(&bytes).map(Asked::Several)
    } else {
        serde_json::from_slice(&bytes).map(|request| Asked::One(Box::new(request)))
    };
    let mut asked = read.map_err(|error| bad_request(format!("the body: {error}")))?;
    let requests = match &mut asked {
        Asked::One(request) => std::slice::from_mut(&mut **request),
        Asked::Several(requests) => requests.as_mut_slice(),
    };
    if requests.is_empty() {
        return Err(bad_request("the body holds no request".to_owned()));
    }
    if requests.len() > served.limits.batch {
        let message = format!(
            "the body holds {} requests, at most {} are answered together",
            requests.len(),
            served.limits.batch
        );
        return Err((StatusCode::BAD_REQUEST, Problem::new(Code::TooComplex, message)));
    }
    if bytes_read > served.limits.body_bytes {
        article_only(served, requests)?;
    }
    Ok(asked)
}

/// Reads a JSON body of up to what this caller may send.
pub(super) async fn json_body<B: Buf>(
    served: &Served,
    admission: &Admission,
    headers: &HeaderMap,
    body: impl BodyOf<B>,
) -> Result<Bytes, Refused> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    // A browser asks before it sends JSON to another site, and is told no: no forged requests.
    if !essence.eq_ignore_ascii_case(JSON) {
        let message = format!("send the request as `Content-Type: {JSON}`");
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, Problem::bad_input(message)));
    }
    read_body(body, served.body_max(&admission.caller)).await
}

/// Lets a large body pass only if it sends an article.
fn article_only(served: &Served, requests: &mut [Request]) -> Result<(), Refused> {
    for request in requests {
        let checked = cost::check(request, &served.table, &served.limits);
        if checked.is_ok_and(|checked| checked.ingests) {
            return Ok(());
        }
    }
    Err(too_large(served.limits.body_bytes))
}

fn bad_request(message: String) -> Refused {
    (StatusCode::BAD_REQUEST, Problem::bad_input(message))
}

/// The media type to answer in; `None`: none that the client takes.
fn media(headers: &HeaderMap) -> Option<&'static str> {
    if accepts_exactly(headers, RESPONSE_JSON) {
        Some(RESPONSE_JSON)
    } else if !headers.contains_key(ACCEPT) || accepts(headers, JSON) {
        Some(JSON)
    } else {
        None
    }
}

pub(super) fn accepts(headers: &HeaderMap, media: &str) -> bool {
    let family = media.split('/').next().unwrap_or_default();
    accepted(headers).any(|kind| {
        kind == media || (media != "text/html" && (kind == "*/*" || kind == format!("{family}/*")))
    })
}

fn accepts_exactly(headers: &HeaderMap, media: &str) -> bool {
    accepted(headers).any(|kind| kind == media)
}

fn accepted(headers: &HeaderMap) -> impl Iterator<Item = String> {
    let values = headers.get_all(ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    let kinds = values.flat_map(|value| value.split(',')).filter(|kind| !is_refused(kind));
    kinds.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// `q=0` means: not this one.
fn is_refused(kind: &str) -> bool {
    kind.split(';').skip(1).any(|parameter| {
        let weight = parameter.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
        weight.is_some_and(|weight| weight <= 0.0)
    })
}

/// An operation that was carried out, or refused as such.
pub(super) struct Outcome {
    pub(super) body: Vec<u8>,
    /// By the draft's own media type.
    pub(super) status: StatusCode,
    /// By plain JSON, where a GraphQL answer is always an answer.
    plain_status: StatusCode,
}

/// One HTTP request being answered.
pub(super) struct Run<'a> {
    pub(super) served: &'a Arc<Served>,
    pub(super) services: &'a Services,
    pub(super) admission: Admission,
    pub(super) begun: Instant,
    pub(super) by_get: bool,
}

impl Run<'_> {
    async fn several(&self, requests: Vec<Request>) -> Response {
        let mut body = vec![b'['];
        for request in requests {
            if body.len() > 1 {
                body.push(b',');
            }
            match self.one(request).await {
                Ok(outcome) => body.extend(outcome.body),
                Err((_, problem)) => body.extend(refused(&problem).body),
            }
        }
        body.push(b']');
        reply::text(JSON, body.into())
    }

    /// Carries out one operation within the deadline, each with its own view.
    pub(super) async fn one(&self, mut request: Request) -> Result<Outcome, Refused> {
        let checked = match cost::check(&mut request, &self.served.table, &self.served.limits) {
            Ok(checked) => checked,
            Err(problem) => return Ok(refused(&problem)),
        };
        if self.by_get && checked.kind != OperationType::Query {
            let problem = Problem::bad_input("GET takes queries only; POST this");
            return Err((StatusCode::METHOD_NOT_ALLOWED, problem));
        }
        if checked.kind == OperationType::Subscription {
            return Ok(refused(&Problem::bad_input(
                "subscriptions are answered over WebSocket at this address, or over SSE at /graphql/stream",
            )));
        }
        let scope = Arc::new(self.scope());
        let _stop = scope.stop_on_drop();
        let (left, schema) = (scope.time_left(), self.served.schema.clone());
        let (query, name) = (request.query.clone(), request.operation_name.clone());
        // Its own task, so that a panic in it is one caller's error.
        let task = tokio::spawn(async move { schema.execute(request.data(scope)).await });
        let abort = task.abort_handle();
        match tokio::time::timeout(left, task).await {
            Ok(Ok(mut response)) => {
                cost::propagate(&query, name.as_deref(), &self.served.table, &mut response);
                checked.order.arrange(&mut response.data);
                Ok(answered(response))
            }
            Ok(Err(panicked)) => Ok(refused(&Problem::internal(panicked))),
            Err(_) => {
                abort.abort();
                Ok(refused(&Problem::timed_out()))
            }
        }
    }

    pub(super) fn scope(&self) -> Scope {
        Scope::new(
            self.services,
            self.admission.clone(),
            Arc::clone(&self.served.limits),
            Arc::clone(&self.served.commons),
            self.begun + self.served.limits.deadline,
        )
    }
}

/// An operation that was refused before it ran.
pub(super) fn refused(problem: &Problem) -> Outcome {
    let mut error = ServerError::new(problem.message.clone(), None);
    error.extensions = Some(problem.extensions());
    let mut outcome = answered(async_graphql::Response::from_errors(vec![error]));
    outcome.status = reply::status(problem.code);
    outcome
}

/// The answer of the engine, every error with a code.
pub(super) fn answered(mut response: async_graphql::Response) -> Outcome {
    let mut ran = response.data != async_graphql::Value::Null || response.errors.is_empty();
    for error in &mut response.errors {
        ran |= !error.path.is_empty();
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            // Ours all carry one: this is the engine's own, about the request.
            extensions.set("code", Code::BadInput.as_str());
        }
    }
    // By the draft a request that did not run has no `data`, and one that did has it, even if null.
    let body = if ran {
        serde_json::to_vec(&response)
    } else {
        serde_json::to_vec(&serde_json::json!({ "errors": response.errors }))
    };
    let status = if ran { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    match body {
        Ok(body) => Outcome { body, status, plain_status: StatusCode::OK },
        Err(error) => refused(&Problem::internal(error)),
    }
}
