//! `/graphql` over WebSocket: the protocol `graphql-transport-ws`.
//!
//! A token comes in the `Authorization` header of the upgrade or, since browsers cannot set that, in
//! the payload of `connection_init`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::Request;
use futures_util::stream::{self, BoxStream, StreamExt};
use futures_util::{FutureExt, SinkExt};
use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use http::uri::Authority;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio_stream::StreamMap;
use warp::Reply;
use warp::reply::Response;
use warp::ws::{Message, WebSocket, Ws};

use super::graphql::Run;
use super::live::{KEEP_ALIVE, answers, foreign};
use super::{Served, bearer, health, is_foreign, reply};
use crate::auth::{Admission, Caller};
use crate::error::Problem;
use crate::server::Services;

const PROTOCOL: &str = "graphql-transport-ws";
/// How long a client may take to say `connection_init`.
const INIT_WITHIN: Duration = Duration::from_secs(10);
/// A peer that is silent for so long, pings unanswered, is gone.
const GONE_AFTER: Duration = Duration::from_secs(40);
/// How long the answer to a closing is waited for.
const CLOSED_WITHIN: Duration = Duration::from_secs(1);
/// Operations of one socket at the same time.
const OPERATIONS_MAX: usize = 100;

pub(super) fn upgrade(
    served: &Arc<Served>,
    ws: Ws,
    headers: &HeaderMap,
    host: Option<Authority>,
) -> Response {
    let mut response = upgraded(served, ws, headers, host);
    reply::protect(response.headers_mut());
    served.metrics.count(response.status());
    response
}

fn upgraded(
    served: &Arc<Served>,
    ws: Ws,
    headers: &HeaderMap,
    host: Option<Authority>,
) -> Response {
    let services = served.services.borrow().clone();
    let Some(services) = services else { return health::not_ready() };
    if is_foreign(headers, host.as_ref()) {
        return reply::problem(&foreign());
    }
    let offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let mut offered = offered.filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    if !offered.any(|name| name.trim() == PROTOCOL) {
        return reply::problem(&Problem::bad_input(format!("offer the subprotocol `{PROTOCOL}`")));
    }
    let by_header = headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
    let caller = match by_header.map(|text| bearer(&services, text)).transpose() {
        Ok(caller) => caller,
        Err(problem) => return reply::problem(&problem),
    };
    let conversation = Conversation {
        served: Arc::clone(served),
        services,
        host,
        by_header: caller,
        admission: None,
    };
    let max = served.limits.article_body_bytes;
    let reply = ws.max_message_size(max).max_frame_size(max).on_upgrade(|socket| async move {
        let held = conversation.served.sockets.1.clone();
        conversation.hold(socket).await;
        drop(held);
    });
    let mut response = reply.into_response();
    response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    response
}

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    ConnectionInit {
        #[serde(default)]
        payload: Option<Json>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Json>,
    },
    Pong {},
    Subscribe {
        id: String,
        payload: Box<Request>,
    },
    Complete {
        id: String,
    },
}

/// Why a socket is closed: a code of the protocol and a reason.
type Close = (u16, String);

struct Conversation {
    served: Arc<Served>,
    services: Services,
    host: Option<Authority>,
    by_header: Option<Caller>,
    /// Who it is with, once `connection_init` was answered.
    admission: Option<Admission>,
}

impl Conversation {
    async fn hold(mut self, socket: WebSocket) {
        let (mut out, mut incoming) = socket.split();
        let mut running: StreamMap<String, BoxStream<'static, Json>> = StreamMap::new();
        let mut stopped = self.served.stopped.clone();
        let mut stopped = Box::pin(async move { stopped.wait_for(|stop| *stop).await.is_ok() });
        let mut tick = tokio::time::interval(KEEP_ALIVE);
        let (begun, mut heard) = (Instant::now(), Instant::now());
        let closed: Close = loop {
            let send = tokio::select! {
                message = incoming.next() => {
                    heard = Instant::now();
                    match message {
                        Some(Ok(message)) if message.is_close() => return,
                        Some(Ok(message)) => match self.hear(&message, &mut running) {
                            Ok(answer) => answer.map(|json| Message::text(json.to_string())),
                            Err(close) => break close,
                        },
                        Some(Err(_)) | None => return,
                    }
                }
                Some((_, json)) = running.next() => Some(Message::text(json.to_string())),
                _ = tick.tick() => {
                    if self.admission.is_none() && begun.elapsed() > INIT_WITHIN {
                        break (4408, "Connection initialisation timeout".to_owned());
                    }
                    if heard.elapsed() > GONE_AFTER {
                        return;
                    }
                    Some(Message::ping(Vec::new()))
                }
                _ = &mut stopped => {
                    break (1001, "the server is stopping".to_owned());
                }
            };
            if let Some(message) = send
                && out.send(message).await.is_err()
            {
                return;
            }
        };
        let (code, reason) = closed;
        // The peer may be gone already, which is as good as closed.
        let told = out.send(Message::close_with(code, reason)).await;
        // Letting go while the peer still sends resets the connection, and it may never read why.
        let answered = async {
            while let Some(Ok(message)) = incoming.next().await {
                if message.is_close() {
                    return true;
                }
            }
            false
        };
        let answered =
            told.is_ok() && tokio::time::timeout(CLOSED_WITHIN, answered).await.unwrap_or_default();
        tracing::debug!(code, told = told.is_ok(), answered, "a socket was closed");
    }

    /// Takes a message in; what it answers at once, or why the socket is closed.
    fn hear(
        &mut self,
        message: &Message,
        running: &mut StreamMap<String, BoxStream<'static, Json>>,
    ) -> Result<Option<Json>, Close> {
        if message.is_ping() || message.is_pong() {
            return Ok(None);
        }
        let text = message.to_str().map_err(|()| (4400, "messages are text".to_owned()))?;
        let bytes_max = self.bytes_max();
        if text.len() > bytes_max {
            return Err((1009, format!("a message has at most {bytes_max} bytes")));
        }
        let said: Said =
            serde_json::from_str(text).map_err(|error| (4400, short(&error.to_string())))?;
        match said {
            Said::ConnectionInit { .. } if self.admission.is_some() => {
                Err((4429, "Too many initialisation requests".to_owned()))
            }
            Said::ConnectionInit { payload } => {
                let caller = self.introduce(payload.as_ref());
                let caller = caller.map_err(|problem| (4403, short(&problem.message)))?;
                self.admission = Some(Admission::new(caller, self.services.tokens.clone()));
                Ok(Some(json!({ "type": "connection_ack" })))
            }
            Said::Ping { payload: None } => Ok(Some(json!({ "type": "pong" }))),
            Said::Ping { payload } => Ok(Some(json!({ "type": "pong", "payload": payload }))),
            Said::Pong {} => Ok(None),
            Said::Complete { id } => {
                drop(running.remove(&id));
                Ok(None)
            }
            Said::Subscribe { id, payload } => {
                if running.contains_key(&id) {
                    return Err((4409, short(&format!("Subscriber for {id} already exists"))));
                }
                let started = self.start(&id, *payload, running.len())?;
                running.insert(id, started);
                Ok(None)
            }
        }
    }

    /// How long a message may be: as long as the body of a request by the same caller.
    fn bytes_max(&self) -> usize {
        let caller = self.admission.as_ref().map(|admission| &admission.caller);
        caller.map_or(self.served.limits.body_bytes, |caller| self.served.body_max(caller))
    }

    fn introduce(&self, payload: Option<&Json>) -> Result<Caller, Problem> {
        let fields = payload.and_then(Json::as_object).into_iter().flatten();
        let mut named = fields.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        match (named.next(), &self.by_header) {
            (Some((_, value)), _) => bearer(&self.services, value.as_str().unwrap_or_default()),
            (None, Some(caller)) => Ok(caller.clone()),
            (None, None) => self.served.anonymous(self.host.as_ref()),
        }
    }

    /// Starts an operation: its messages, the last of which ends it.
    fn start(
        &self,
        id: &str,
        request: Request,
        running: usize,
    ) -> Result<BoxStream<'static, Json>, Close> {
        let Some(admission) = self.admission.clone() else {
            return Err((4401, "Unauthorized".to_owned()));
        };
        if running >= OPERATIONS_MAX {
            let problem = reply::busy("operations of one socket");
            return Ok(stream::iter([failed(id, &problem)]).boxed());
        }
        let (served, services, id) =
            (Arc::clone(&self.served), self.services.clone(), id.to_owned());
        // Queries run while the socket goes on listening.
        let started = async move {
            let begun = Instant::now();
            let run = Run { served: &served, services: &services, admission, begun, by_get: false };
            match answers(&run, request).await {
                Err(problem) => stream::iter([failed(&id, &problem)]).boxed(),
                Ok(answers) => {
                    let complete = json!({ "type": "complete", "id": id });
                    let next = answers.map(move |answer| {
                        let payload: Json = serde_json::from_str(&answer).unwrap_or(Json::Null);
                        json!({ "type": "next", "id": id, "payload": payload })
                    });
                    next.chain(stream::iter([complete])).boxed()
                }
            }
        };
        Ok(started.into_stream().flatten().boxed())
    }
}

fn failed(id: &str, problem: &Problem) -> Json {
    let code = problem.code.as_str();
    let error = json!({ "message": problem.message, "extensions": { "code": code } });
    json!({ "type": "error", "id": id, "payload": [error] })
}

/// The reason of a close frame has at most 123 bytes.
fn short(reason: &str) -> String {
    let end = reason.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= 120);
    let end = end.last().unwrap_or_default();
    reason.get(..end).unwrap_or_default().to_owned()
}
