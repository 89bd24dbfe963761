//! Subscriptions, and everything else, as streams of answers: what both transports share, and
//! `/graphql/stream`, GraphQL over SSE in its "distinct connections" mode.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_graphql::Request;
use async_graphql::parser::types::OperationType;
use bytes::Buf;
use futures_util::stream::{self, BoxStream, StreamExt};
use http::{Method, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use warp::Reply;
use warp::reply::Response;
use warp::sse::{self, Event};

use super::graphql::{Run, accepts, answered, from_query, json_body};
use super::{BodyOf, Incoming, Served, is_foreign, reply};
use crate::cost;
use crate::error::{Code, Problem};

/// How often a quiet stream says that it is there.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(12);

/// Events that wait for a slow reader.
const EVENTS_AHEAD: usize = 16;

pub(super) async fn answer<B: Buf>(
    served: &Arc<Served>,
    services: &crate::server::Services,
    incoming: Incoming,
    body: impl BodyOf<B>,
) -> Response {
    let by_get = match incoming.method {
        Method::POST => false,
        Method::GET => true,
        _ => return reply::wrong_method("GET, POST"),
    };
    if !accepts(&incoming.headers, "text/event-stream") {
        let problem = Problem::bad_input("this address answers `Accept: text/event-stream`");
        return reply::problem_with(StatusCode::NOT_ACCEPTABLE, &problem);
    }
    if is_foreign(&incoming.headers, incoming.host.as_ref()) {
        return reply::problem(&foreign());
    }
    let admission = match served.admit(services, &incoming.headers, incoming.host.as_ref()) {
        Ok(admission) => admission,
        Err(problem) => return reply::problem(&problem),
    };
    let request = if by_get {
        from_query(&incoming.query)
    } else {
        let body = json_body(served, &admission, &incoming.headers, body).await;
        body.and_then(|bytes| {
            serde_json::from_slice::<Request>(&bytes).map_err(|error| {
                (StatusCode::BAD_REQUEST, Problem::bad_input(format!("the body: {error}")))
            })
        })
    };
    let request = match request {
        Ok(request) => request,
        Err((status, problem)) => return reply::problem_with(status, &problem),
    };
    let run = Run { served, services, admission, begun: incoming.begun, by_get };
    match answers(&run, request).await {
        Ok(answers) => stream_of(served, answers),
        Err(problem) => reply::problem(&problem),
    }
}

pub(super) fn foreign() -> Problem {
    Problem::new(Code::Forbidden, "pages of other sites may not ask this server")
}

/// The answers to one operation as JSON: one for a query or mutation, many for a subscription.
///
/// # Errors
/// What is wrong with the request before anything runs.
pub(super) async fn answers(
    run: &Run<'_>,
    mut request: Request,
) -> Result<BoxStream<'static, String>, Problem> {
    let served = run.served;
    // A socket outlives the moment in which its token was looked at.
    if !run.admission.still_counts() {
        return Err(Problem::new(Code::Unauthenticated, "the token has ended"));
    }
    let checked = cost::check(&mut request, &served.table, &served.limits)?;
    if checked.kind != OperationType::Subscription {
        let Ok(_permit) = served.requests.try_acquire() else {
            return Err(reply::busy("requests"));
        };
        let outcome = run.one(request).await.map_err(|(_, problem)| problem)?;
        return Ok(stream::iter([text(&outcome.body)]).boxed());
    }
    let Ok(permit) = Arc::clone(&served.subscriptions).try_acquire_owned() else {
        return Err(reply::busy("subscriptions"));
    };
    let open = Open::new(Arc::clone(served), permit);
    let scope = Arc::new(run.scope());
    let (query, name) = (request.query.clone(), request.operation_name.clone());
    let stream = served.schema.execute_stream(request.data(scope));
    Ok(stream
        .map(move |mut response| {
            cost::propagate(&query, name.as_deref(), &open.served.table, &mut response);
            text(&answered(response).body)
        })
        .boxed())
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

/// A subscription that is open, counted while it is.
struct Open {
    served: Arc<Served>,
    _permit: OwnedSemaphorePermit,
}

impl Open {
    fn new(served: Arc<Served>, permit: OwnedSemaphorePermit) -> Self {
        served.metrics.subscriptions.fetch_add(1, Ordering::Relaxed);
        Self { served, _permit: permit }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.served.metrics.subscriptions.fetch_sub(1, Ordering::Relaxed);
    }
}

fn stream_of(served: &Served, mut answers: BoxStream<'static, String>) -> Response {
    let mut stopped = served.stopped.clone();
    let (send, receive) = mpsc::channel::<Event>(EVENTS_AHEAD);
    // The reply must be shareable between threads, which a stream of answers is not.
    tokio::spawn(async move {
        let mut stop = Box::pin(async move { stopped.wait_for(|stop| *stop).await.is_ok() });
        loop {
            let answer = tokio::select! {
                answer = answers.next() => answer,
                _ = &mut stop => return,
                () = send.closed() => return,
            };
            let over = answer.is_none();
            let event = match answer {
                Some(answer) => Event::default().event("next").data(answer),
                None => Event::default().event("complete").data(""),
            };
            if send.send(event).await.is_err() || over {
                return;
            }
        }
    });
    let events = ReceiverStream::new(receive).map(Ok::<_, Infallible>);
    sse::reply(sse::keep_alive().interval(KEEP_ALIVE).stream(events)).into_response()
}
