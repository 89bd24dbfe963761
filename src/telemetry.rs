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

/// Resolves when the system asks the process to end: Ctrl-C, or a request to terminate.
pub(crate) async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut interrupt), Ok(mut terminate)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            tracing::warn!("signals cannot be heard; only killing the process ends it");
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "Ctrl-C cannot be heard; only killing the process ends it");
        std::future::pending().await
    }
}
