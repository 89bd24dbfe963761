//! Counters for Prometheus.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use graph::ledger::Ledger;
use http::StatusCode;

mod log;

/// Counts since the server started.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    served: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
    /// Subscriptions that are open now.
    pub(crate) subscriptions: AtomicU64,
}

impl Metrics {
    pub(crate) fn count(&self, status: StatusCode) {
        let counter = if status.is_server_error() {
            &self.failed
        } else if status.is_client_error() {
            &self.refused
        } else {
            &self.served
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The counters in Prometheus's text form.
    pub(crate) fn text(&self, ledger: &Ledger) -> String {
        let state = ledger.state();
        let parked = state.parked().count();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut text = String::new();
        let mut put = |name: &str, kind: &str, help: &str, rows: &[(&str, u64)]| {
            // Writing into a string cannot fail.
            let mut head = || -> std::fmt::Result {
                writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}")?;
                rows.iter().try_for_each(|(labels, value)| writeln!(text, "{name}{labels} {value}"))
            };
            if head().is_err() {
                tracing::error!(name, "a metric could not be written");
            }
        };
        put(
            "lianzhu_seq",
            "gauge",
            "Position of the log that readers see.",
            &[("", state.seq().get())],
        );
        put(
            "lianzhu_parked_events",
            "gauge",
            "Events that could not be read; any makes the graph incomplete.",
            &[("", u64::try_from(parked).unwrap_or(u64::MAX))],
        );
        put(
            "lianzhu_http_requests_total",
            "counter",
            "HTTP requests by how they ended.",
            &[
                ("{result=\"served\"}", read(&self.served)),
                ("{result=\"refused\"}", read(&self.refused)),
                ("{result=\"failed\"}", read(&self.failed)),
            ],
        );
        put(
            "lianzhu_subscriptions",
            "gauge",
            "Subscriptions that are open.",
            &[("", read(&self.subscriptions))],
        );
        log::write(&mut text, &ledger.log().metrics());
        text
    }
}
