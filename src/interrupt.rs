//! Ctrl-C while files are written: the work is asked to stop, and cleans up behind itself.

use std::ops::ControlFlow;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::Builder;

use crate::output::say;
use crate::report::Failure;
use crate::telemetry::Signals;

/// The exit code of a process that a signal ended, by custom: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Whether somebody asked to stop.
#[derive(Clone)]
pub(crate) struct Stop {
    asked: Arc<AtomicBool>,
}

impl Stop {
    /// Listens from now on: the first Ctrl-C asks the work to stop, the second ends the process.
    pub(crate) fn listen() -> Result<Stop, Failure> {
        let deaf = |error| Failure::new(format!("signals cannot be heard: {error}"));
        let runtime = Builder::new_current_thread().enable_all().build().map_err(deaf)?;
        let mut signals = runtime.block_on(async { Signals::listen() })?;
        let stop = Stop { asked: Arc::new(AtomicBool::new(false)) };
        let asked = Arc::clone(&stop.asked);
        let listener = thread::Builder::new().name("signals".to_owned());
        // It ends with the process.
        drop(listener.spawn(move || {
            runtime.block_on(async {
                signals.next().await;
                asked.store(true, Ordering::Relaxed);
                say("stopping; Ctrl-C again ends at once");
                signals.next().await;
                process::exit(INTERRUPTED);
            });
        }));
        Ok(stop)
    }

    /// Whether to go on.
    pub(crate) fn flow(&self) -> ControlFlow<()> {
        if self.asked.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
