//! What the program tells those who run it: logs on standard error, and what signals mean.

use std::panic;

use tracing_subscriber::EnvFilter;

use crate::report::Failure;

/// Starts logging to standard error, by a filter such as `info` or `warn,store=debug`.
pub(crate) fn start_logs(filter: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::usage(format!("the log filter `{filter}` cannot be used: {error}"))
            .way_out("write one such as `info` or `warn,store=debug`")
    })?;
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours)
        .try_init()
        .map_err(|error| Failure::new(format!("logging cannot start: {error}")))
}

/// Keeps panic texts from people: what panics inside a library is contained and told in our words
/// by whoever contains it, and `main` does so for the rest. Developers find the text in the log at
/// level `debug`.
pub(crate) fn keep_panics_quiet() {
    panic::set_hook(Box::new(|panic| tracing::debug!(%panic, "contained")));
}

/// Requests of the system to end: Ctrl-C, or a request to terminate. From the moment that this
/// exists no signal is lost, and none ends the process by itself.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// Begins to listen. Must be called within a runtime.
    #[cfg(unix)]
    pub(crate) fn listen() -> Result<Signals, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let deaf = |error| Failure::new(format!("signals cannot be heard: {error}"));
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt()).map_err(deaf)?,
            terminate: signal(SignalKind::terminate()).map_err(deaf)?,
        })
    }

    /// Begins to listen. Must be called within a runtime.
    #[cfg(not(unix))]
    pub(crate) fn listen() -> Result<Signals, Failure> {
        Ok(Signals {})
    }

    /// The next request.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "Ctrl-C cannot be heard");
            std::future::pending::<()>().await;
        }
    }
}
