//! Joins the parts: a log, the ledger over it, and who reads articles.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use graph::extract::Extractor;
use graph::ledger::{Ledger, Snapshots};
use graph::view::View;
use store::{LocalOptions, Log, Mended, OpenError, Seq};

use crate::cli::Moment;
use crate::command::Context;
use crate::config::Config;
use crate::lookup;
use crate::output::say;
use crate::progress::Progress;
use crate::report::{Failure, nothing_there};
use crate::suppose::suppose;

/// What a log keeps in its folder. Any of them left alone is a log that was hurt, not a new folder:
/// opening it mends it or tells what is lost.
const PARTS_OF_A_LOG: [&str; 3] = ["journal", "index", "HEAD"];

/// Whether a folder holds a log, be it an empty one.
pub(crate) fn holds_a_log(folder: &Path) -> bool {
    PARTS_OF_A_LOG.iter().any(|part| folder.join(part).exists())
}

/// Opens the log in a folder, making it where there is none, and tells what had to be mended.
pub(crate) fn open_log(folder: &Path, config: &Config) -> Result<Log, Failure> {
    Ok(try_open_log(folder, config)??)
}

/// The same for who wants to know why it does not open.
pub(crate) fn try_open_log(
    folder: &Path,
    config: &Config,
) -> Result<Result<Log, OpenError>, Failure> {
    let index_cache_bytes = config.index_cache_bytes()?;
    let min_free_bytes = config.min_free_bytes()?;
    let scrub_bytes_per_second = config.scrub_bytes_per_second()?;
    let options = LocalOptions {
        index_cache_bytes,
        min_free_bytes,
        scrub_bytes_per_second,
        ..LocalOptions::default()
    };
    let log = match Log::open(folder, options) {
        Ok(log) => log,
        Err(error) => return Ok(Err(error)),
    };
    for mended in log.mended() {
        // After every crash the index is a little behind; nobody need hear of it.
        match mended {
            Mended::IndexCaughtUp { .. } => tracing::info!("{mended}"),
            _ => say(format_args!("mended: {mended}")),
        }
    }
    Ok(Ok(log))
}

/// Replays a log, from its snapshot where there is one.
pub(crate) fn replay(log: Log, config: &Config) -> Result<Ledger, Failure> {
    let snapshots = match log.info().folder {
        Some(folder) => config.snapshots(&folder)?,
        None => None,
    };
    replay_from(log, snapshots, config)
}

/// Replays all of a log, whatever snapshots there are, and makes none.
pub(crate) fn replay_all(log: Log, config: &Config) -> Result<Ledger, Failure> {
    replay_from(log, None, config)
}

fn replay_from(log: Log, snapshots: Option<Snapshots>, config: &Config) -> Result<Ledger, Failure> {
    let progress = Progress::of("replaying", log.head().seq.get(), "events");
    let reached = |seq: Seq| progress.reached(seq.get());
    let ledger = Ledger::open_from(log, config.policy()?, snapshots, reached)?;
    let parked = ledger.state().parked().count();
    if parked > 0 {
        say(format_args!(
            "warning: {parked} events of the log could not be read, so the graph is not complete; a newer release may read them"
        ));
    }
    Ok(ledger)
}

/// Opens a folder for a command that writes; makes it where it is not there.
pub(crate) fn open(folder: &Path, config: &Config) -> Result<Ledger, Failure> {
    replay(open_log(folder, config)?, config)
}

/// Opens a folder for a command that only asks.
pub(crate) fn open_to_read(folder: &Path, config: &Config) -> Result<Ledger, Failure> {
    if holds_a_log(folder) { open(folder, config) } else { Err(nothing_there(folder)) }
}

/// What is known at a point of both clocks, or would be, for a command that only asks.
pub(crate) fn view_at(moment: &Moment, context: &Context) -> Result<View, Failure> {
    let (folder, _) = context.config.data();
    let view = open_to_read(&folder, &context.config)?.view();
    let view = lookup::moment(&view, moment.recorded(), moment.valid_on)?;
    suppose(view, &moment.supposed)
}

/// The reader of articles.
pub(crate) fn extractor() -> Result<Arc<dyn Extractor>, Failure> {
    let rules = seeds::RuleExtractor::bundled().map_err(|error| Failure::of(&error))?;
    Ok(Arc::new(rules))
}

/// Runs what waits for the log, on this thread.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .map_err(|error| Failure::new(format!("the runtime cannot start: {error}")))?
        .block_on(work)
}
