//! What one request stands on: one view of the graph, who asks, and how long it may take.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_graphql::Context;
use graph::extract::Extractor;
use graph::ledger::Ledger;
use graph::query::{Budget, STEPS_MAX};
use graph::view::View;
use store::{Hash32, Head, Seq};

use crate::auth::{Admission, Caller};
use crate::error::Problem;
use crate::kept::Kept;
use crate::limits::Limits;
use crate::server::Services;

/// What all requests to one ledger share.
#[derive(Default)]
pub(crate) struct Commons {
    /// Verifying reads the whole log: one at a time.
    pub(crate) verifying: tokio::sync::Mutex<()>,
    /// Lists of duplicates, for the pages that follow the first.
    pub(crate) duplicates: Kept,
    /// Hash of the first commit, which tells one log from another.
    genesis: OnceLock<Hash32>,
}

/// One request. Every field of it answers for `view`.
pub(crate) struct Scope {
    pub(crate) ledger: Ledger,
    pub(crate) extractor: Option<Arc<dyn Extractor>>,
    pub(crate) head: Head,
    pub(crate) view: View,
    pub(crate) caller: Caller,
    pub(crate) admission: Admission,
    pub(crate) limits: Arc<Limits>,
    pub(crate) commons: Arc<Commons>,
    deadline: Instant,
    stop: Arc<AtomicBool>,
}

/// Ends the walks of a request that nobody waits for any more.
pub(crate) struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Scope {
    /// Takes the present view.
    pub(crate) fn new(
        services: &Services,
        admission: Admission,
        limits: Arc<Limits>,
        commons: Arc<Commons>,
        deadline: Instant,
    ) -> Self {
        let view = services.ledger.view();
        Self {
            head: view.log_head(),
            view,
            ledger: services.ledger.clone(),
            extractor: services.extractor.clone(),
            caller: admission.caller.clone(),
            admission,
            limits,
            commons,
            deadline,
            stop: Arc::default(),
        }
    }

    pub(crate) fn of<'a>(ctx: &Context<'a>) -> Result<&'a Arc<Self>, Problem> {
        ctx.data::<Arc<Self>>().map_err(|error| Problem::internal(error.message))
    }

    /// The hash of the log's first commit; `None` while it is empty.
    pub(crate) fn genesis(&self) -> Result<Option<Hash32>, Problem> {
        if let Some(hash) = self.commons.genesis.get() {
            return Ok(Some(*hash));
        }
        let first = self.ledger.log().commit_at(Seq::new(1))?;
        Ok(first.map(|commit| *self.commons.genesis.get_or_init(|| commit.hash)))
    }

    pub(crate) fn budget(&self) -> Budget {
        Budget::steps(STEPS_MAX).stopped_by(Arc::clone(&self.stop))
    }

    pub(crate) fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    pub(crate) fn stop_on_drop(&self) -> StopOnDrop {
        StopOnDrop(Arc::clone(&self.stop))
    }

    pub(crate) fn stopped(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }
}

/// Runs what may take long on a thread where it delays no other request.
pub(crate) async fn work<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(job).await.map_err(Problem::internal)
}
