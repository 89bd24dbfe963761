//! HTTP: which path answers what. Every answer goes through [`Served::answer`].

mod graphql;
mod health;
mod live;
mod local;
mod reply;
mod socket;
mod ui;

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use http::header::{AUTHORIZATION, EXPECT, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, Method, StatusCode};
use tokio::sync::{Semaphore, watch};
use warp::Filter;
use warp::reply::Response;

use crate::auth::{AccessRole, Admission, Caller};
use crate::cost::FieldTable;
use crate::error::{Code, Problem};
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::request::Commons;
use crate::schema::{self, Schema};
use crate::server::{ServeError, ServerConfig, Services};

pub use local::{LocalRequest, answer};

/// What every request is answered with.
pub(crate) struct Served {
    services: watch::Receiver<Option<Services>>,
    stopped: watch::Receiver<bool>,
    config: ServerConfig,
    limits: Arc<Limits>,
    loopback: bool,
    schema: Schema,
    sdl: Bytes,
    table: FieldTable,
    commons: Arc<Commons>,
    metrics: Metrics,
    requests: Arc<Semaphore>,
    subscriptions: Arc<Semaphore>,
    /// Held by each open socket, so that their end can be waited for.
    sockets: (watch::Sender<()>, watch::Receiver<()>),
}

/// An HTTP request without its body.
pub(crate) struct Incoming {
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    host: Option<Authority>,
    begun: Instant,
}

/// All routes.
pub(crate) fn all(
    served: &Arc<Served>,
) -> impl Filter<Extract = (impl warp::Reply + use<>,), Error = warp::Rejection> + Clone + use<> {
    let shared = {
        let served = Arc::clone(served);
        warp::any().map(move || Arc::clone(&served))
    };
    let socket = warp::path!("graphql")
        .and(shared.clone())
        .and(warp::ws())
        .and(warp::header::headers_cloned())
        .and(warp::host::optional())
        .map(|served, ws, headers, host| socket::upgrade(&served, ws, &headers, host));
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    let plain = shared
        .and(warp::method())
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::host::optional())
        .and(warp::body::stream())
        .then(
            |served: Arc<Served>,
             method,
             path: warp::path::FullPath,
             query,
             headers,
             host,
             body| {
                let path = path.as_str().to_owned();
                let begun = Instant::now();
                let incoming = Incoming { method, path, query, headers, host, begun };
                async move { served.answer(incoming, body).await }
            },
        );
    socket.or(plain)
}

impl Served {
    pub(crate) fn new(
        services: watch::Receiver<Option<Services>>,
        config: ServerConfig,
        loopback: bool,
        stopped: watch::Receiver<bool>,
    ) -> Result<Arc<Self>, ServeError> {
        let limits = Arc::new(config.limits.clone());
        let schema = schema::build(&limits);
        let sdl = schema::sdl();
        let table = FieldTable::of_sdl(&sdl).map_err(|e| ServeError::Schema(e.to_string()))?;
        Ok(Arc::new(Self {
            services,
            stopped,
            config,
            loopback,
            schema,
            sdl: sdl.into(),
            table,
            commons: Arc::default(),
            metrics: Metrics::default(),
            requests: Arc::new(Semaphore::new(limits.requests_at_once)),
            subscriptions: Arc::new(Semaphore::new(limits.subscriptions_at_once)),
            limits,
            sockets: watch::channel(()),
        }))
    }

    /// Waits until no socket is open.
    pub(crate) async fn sockets_closed(&self) {
        // The one receiver beside those of sockets keeps the channel open.
        while self.sockets.0.receiver_count() > 1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn answer<B: Buf>(self: Arc<Self>, incoming: Incoming, body: impl BodyOf<B>) -> Response {
        let mut body = std::pin::pin!(body.fuse());
        // Who asks whether to send is told no, and sends nothing.
        let sends = !incoming.headers.contains_key(EXPECT);
        let mut response = self.route(incoming, body.as_mut()).await;
        if sends {
            discard(body).await;
        }
        reply::protect(response.headers_mut());
        self.metrics.count(response.status());
        response
    }

    async fn route<B: Buf>(self: &Arc<Self>, incoming: Incoming, body: impl BodyOf<B>) -> Response {
        let reads = matches!(incoming.method, Method::GET | Method::HEAD);
        let path = incoming.path.clone();
        if path == "/livez" && reads {
            return health::alive();
        }
        let services = self.services.borrow().clone();
        let Some(services) = services else { return health::not_ready() };
        match path.as_str() {
            "/graphql" => graphql::answer(self, &services, incoming, body).await,
            "/graphql/stream" => live::answer(self, &services, incoming, body).await,
            _ if !reads => reply::wrong_method("GET, HEAD"),
            "/readyz" => health::ready(&services),
            "/version" => health::version(&self.config.version),
            "/schema.graphql" => reply::text("text/plain; charset=utf-8", self.sdl.clone()),
            "/metrics" => match self.admit(&services, &incoming.headers, incoming.host.as_ref()) {
                Ok(_) => health::metrics(&self.metrics, &services),
                Err(problem) => reply::problem(&problem),
            },
            "/" => reply::redirect("/console"),
            path => ui::answer(path, &incoming.headers),
        }
    }

    /// Who makes a request: the bearer of its token, or, on loopback, anyone.
    fn admit(
        &self,
        services: &Services,
        headers: &HeaderMap,
        host: Option<&Authority>,
    ) -> Result<Admission, Problem> {
        let caller = match headers.get(AUTHORIZATION) {
            Some(value) => bearer(services, value.to_str().unwrap_or_default())?,
            None => self.anonymous(host)?,
        };
        Ok(Admission::new(caller, services.tokens.clone()))
    }

    /// A name that leads to this machine by someone else's doing (DNS rebinding) is not loopback.
    fn anonymous(&self, host: Option<&Authority>) -> Result<Caller, Problem> {
        let local = host.is_none_or(|authority| {
            let name = authority.host().trim_matches(['[', ']']);
            name == "localhost"
                || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
        });
        if self.loopback && local && !self.config.reads_need_token {
            return Ok(Caller::anonymous());
        }
        Err(Problem::new(
            Code::Unauthenticated,
            "this server answers with a token only: send `Authorization: Bearer TOKEN`",
        ))
    }

    fn body_max(&self, caller: &Caller) -> usize {
        if caller.may(AccessRole::Editor) {
            self.limits.article_body_bytes.max(self.limits.body_bytes)
        } else {
            self.limits.body_bytes
        }
    }
}

/// Whose token stands in an `Authorization` header or in `connection_init`.
fn bearer(services: &Services, authorization: &str) -> Result<Caller, Problem> {
    let refused = |message: &str| Problem::new(Code::Unauthenticated, message);
    let secret = match authorization.split_once(' ') {
        Some((scheme, secret)) if scheme.eq_ignore_ascii_case("bearer") => secret.trim(),
        _ => return Err(refused("write `Authorization: Bearer TOKEN`")),
    };
    let found = services.tokens.caller(secret).map_err(Problem::internal)?;
    found.ok_or_else(|| refused("the token is unknown, was revoked or has expired"))
}

/// A body in pieces.
pub(crate) trait BodyOf<B>: Stream<Item = Result<B, warp::Error>> + Send {}

impl<B, S: Stream<Item = Result<B, warp::Error>> + Send> BodyOf<B> for S {}

/// How much of a body that nobody reads is taken in, so that its sender hears the answer.
const DISCARD_BYTES_MAX: usize = 1 << 20;

/// Takes in what a refusal left unread of a body. Closing the connection upon someone who is still
/// sending would reset it, and the answer be lost.
async fn discard<B: Buf>(mut body: Pin<&mut impl BodyOf<B>>) {
    let all = async {
        let mut taken = 0;
        while let Some(Ok(piece)) = body.next().await
            && taken < DISCARD_BYTES_MAX
        {
            taken += piece.remaining();
        }
    };
    // Whoever is slower is left without.
    tokio::time::timeout(BODY_WITHIN, all).await.ok();
}

/// How long a client may take to send its body.
const BODY_WITHIN: Duration = Duration::from_secs(30);

/// Reads a body up to a limit.
async fn read_body<B: Buf>(
    body: impl BodyOf<B>,
    bytes_max: usize,
) -> Result<Bytes, (StatusCode, Problem)> {
    let slow = |_| {
        let message = format!("the body took longer than {} s", BODY_WITHIN.as_secs());
        (StatusCode::REQUEST_TIMEOUT, Problem::new(Code::TimedOut, message))
    };
    tokio::time::timeout(BODY_WITHIN, pieces(body, bytes_max)).await.map_err(slow)?
}

async fn pieces<B: Buf>(
    body: impl BodyOf<B>,
    bytes_max: usize,
) -> Result<Bytes, (StatusCode, Problem)> {
    let mut body = std::pin::pin!(body);
    let mut read = Vec::new();
    while let Some(piece) = body.next().await {
        let mut piece = piece.map_err(|_| {
            (StatusCode::BAD_REQUEST, Problem::bad_input("the body ended before it was complete"))
        })?;
        if read.len().saturating_add(piece.remaining()) > bytes_max {
            return Err(too_large(bytes_max));
        }
        while piece.has_remaining() {
            let chunk = piece.chunk();
            read.extend_from_slice(chunk);
            let taken = chunk.len();
            piece.advance(taken);
        }
    }
    Ok(read.into())
}

fn too_large(bytes_max: usize) -> (StatusCode, Problem) {
    let message = format!("the body has more than {bytes_max} bytes");
    (StatusCode::PAYLOAD_TOO_LARGE, Problem::bad_input(message))
}

/// Whether a page of another site sends this: browsers say so, and let no page lie about it.
fn is_foreign(headers: &HeaderMap, host: Option<&Authority>) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let origin = origin.to_str().ok().and_then(|text| text.split_once("://")).map(|(_, at)| at);
    origin != host.map(Authority::as_str)
}
