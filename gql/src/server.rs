//! The server: binds nothing, reads no configuration, ends when told.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use graph::extract::Extractor;
use graph::ledger::Ledger;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::auth::{TokenError, TokenStore};
use crate::limits::Limits;
use crate::routes;

/// What the server answers from.
#[derive(Clone)]
pub struct Services {
    /// The log and its graph.
    pub ledger: Ledger,
    /// Reads articles; `None`: `ingestArticle` is refused.
    pub extractor: Option<Arc<dyn Extractor>>,
    /// Who may do what.
    pub tokens: TokenStore,
}

/// How the server behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// What requests may take.
    pub limits: Limits,
    /// Whether reads need a token on loopback too. Elsewhere they always do.
    pub reads_need_token: bool,
    /// How long open requests may go on after the server was told to stop.
    pub drain: Duration,
    /// What `/version` answers.
    pub version: String,
}

impl Default for ServerConfig {
    /// Default limits; open reads on loopback; ten seconds to drain; this crate's version.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            reads_need_token: false,
            drain: Duration::from_secs(10),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// An address that others reach, and no token to keep them out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{address} can be reached from outside and there is no token; make one with `lianzhu token new --role ROLE --data FOLDER`, or listen on 127.0.0.1"
)]
pub struct Exposed {
    /// The address.
    pub address: SocketAddr,
}

/// Why the server would not start, or ended.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// It would be open to everyone.
    #[error(transparent)]
    Exposed(#[from] Exposed),
    /// The tokens cannot be read.
    #[error(transparent)]
    Tokens(#[from] TokenError),
    /// The listener has no address.
    #[error("the listening socket has no address: {0}")]
    Listener(#[source] std::io::Error),
    /// The schema cannot be read back: a defect of this build.
    #[error("the schema of this build is unusable: {0}")]
    Schema(String),
}

/// Checks that an address is loopback or that there is a token: to be called before binding.
///
/// # Errors
/// [`ServeError::Exposed`] when there is none, [`ServeError::Tokens`] when that cannot be told.
pub fn check_exposure(address: SocketAddr, tokens: &TokenStore) -> Result<(), ServeError> {
    if is_loopback(address) || tokens.any_usable()? {
        Ok(())
    } else {
        Err(Exposed { address }.into())
    }
}

pub(crate) fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

/// Serves on a listener until `shutdown`, then lets open requests finish for a while.
///
/// It answers at once: until `services` holds some, everything but `/livez` is answered 503.
///
/// # Errors
/// [`ServeError`]; [`ServeError::Exposed`] as soon as `services` shows that an address outside
/// loopback has no token.
pub async fn run(
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
    services: watch::Receiver<Option<Services>>,
    config: ServerConfig,
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Listener)?;
    let drain = config.drain;
    let (stop, stopped) = watch::channel(false);
    let served =
        routes::Served::new(services.clone(), config, is_loopback(address), stopped.clone())?;
    let mut told = stopped;
    let until_told = async move {
        // The sender is dropped only when this function ends.
        let _ended = told.wait_for(|stop| *stop).await.is_err();
    };
    let all = routes::all(&served);
    let server = warp::serve(all).incoming(listener).graceful(until_told).run();
    let mut server = std::pin::pin!(server);
    let outcome = tokio::select! {
        () = &mut server => Ok(()),
        () = shutdown => Ok(()),
        error = exposure(address, services) => Err(error),
    };
    stop.send_replace(true);
    let finished = async {
        server.await;
        served.sockets_closed().await;
    };
    if tokio::time::timeout(drain, finished).await.is_err() {
        tracing::warn!(?drain, "open connections were cut off");
    }
    outcome
}

/// Waits for services that must not be served here; for ever if all is well.
async fn exposure(
    address: SocketAddr,
    mut services: watch::Receiver<Option<Services>>,
) -> ServeError {
    loop {
        let tokens = services.borrow_and_update().as_ref().map(|s| s.tokens.clone());
        if let Some(tokens) = tokens
            && let Err(error) = check_exposure(address, &tokens)
        {
            return error;
        }
        if services.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
