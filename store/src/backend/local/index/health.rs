//! Whether the index may still be asked: after a panic inside sled it may not, now or later.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::containment;
use crate::disk::{self, Disk};

/// A file that says why the index must be built anew. It lies in the index's folder, so that it is
/// set aside with it.
pub(crate) const MARK_NAME: &str = "failed";

/// What is known of one opening of the index.
#[derive(Debug)]
pub(super) struct Health {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    /// How many panics sled had on its own threads before.
    panics: u64,
    /// Why nothing is asked any more.
    failed: OnceLock<String>,
}

impl Health {
    /// Begins to listen; to be called before sled is.
    pub(super) fn new(disk: Arc<dyn Disk>, folder: PathBuf) -> Health {
        containment::listen();
        Health { disk, folder, panics: containment::panics(), failed: OnceLock::new() }
    }

    /// Tells why the index can be asked no more, if it cannot.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(why) = self.failed.get() {
            return Err(why.clone());
        }
        if containment::panics() == self.panics {
            return Ok(());
        }
        let why = containment::last_panic();
        self.give_up(&why);
        Err(why)
    }

    /// Takes note of what an answer said.
    pub(super) fn heard(&self, what: &str) {
        if containment::is_final(what) {
            self.give_up(what);
        }
    }

    /// Leaves a mark for the next opening: what a panic left behind may look well.
    fn give_up(&self, why: &str) {
        if self.failed.set(why.to_owned()).is_err() {
            return;
        }
        let mark = self.folder.join(MARK_NAME);
        if let Err(error) = disk::write_new(self.disk.as_ref(), &mark, why.as_bytes()) {
            tracing::warn!(path = %mark.display(), %error, "the index could not be marked");
        }
    }
}
