//! A claims file into a ledger.
//!
//! The file is read three times, so that memory holds its entities and never its claims:
//! [`Survey::of`] checks every line and gathers the entities, [`Survey::rehearse`] asks a state
//! what it would say to each claim, [`Plan::record`] records what is good. The first two write
//! nothing and need no ledger, so a caller can refuse a file with bad lines before anything is
//! opened; whoever goes on records the file without them.
//!
//! What the ledger knows already changes nothing: a file twice is the file once, and an import
//! that was cut off is finished by running it again.

mod ahead;
mod bad;
mod batch;
mod entities;
mod outcome;
mod plan;
mod record;
mod rehearse;
mod survey;

use std::io::{self, BufRead, Cursor};

use graph::decide::Refusal;
use graph::ledger::SubmitError;
use thiserror::Error;

use crate::claims_file::{Claims, read_claims_beside};

pub use bad::BadLines;
pub use outcome::{Imported, Refused};
pub use plan::Plan;
pub use survey::Survey;

/// A claims file that can be read from its start several times, with the same bytes each time.
pub trait Rereadable {
    /// Opens it at its start.
    ///
    /// # Errors
    /// Why it cannot be opened.
    fn read(&self, pass: Pass) -> io::Result<impl BufRead + Send + 'static>;
}

/// A claims file in memory.
impl Rereadable for &[u8] {
    fn read(&self, _: Pass) -> io::Result<impl BufRead + Send + 'static> {
        Ok(Cursor::new(self.to_vec()))
    }
}

/// What a claims file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Its lines are checked, each against the lines before it.
    Checking,
    /// Its claims are put to a state, which is not changed.
    Rehearsing,
    /// It is recorded.
    Recording,
}

/// Why a file was not imported, or not to its end.
#[derive(Debug, Error)]
pub enum ImportError {
    /// It could not be read. Nothing was imported.
    #[error("nothing was imported: {0}")]
    Unread(#[from] Unread),
    /// The graph refused it as a whole. Nothing was imported.
    #[error("nothing was imported: {0}")]
    Refused(#[from] Refusal),
    /// The graph cannot hold so many entities. Nothing was imported.
    #[error("nothing was imported: {0}")]
    Unfit(String),
    /// The import stopped on the way. What came before is recorded and stays so.
    #[error(
        "{events} events are recorded, then the import stopped; run it again to finish it: {source}"
    )]
    Stopped {
        /// Events that are recorded for certain.
        events: usize,
        /// Why it stopped.
        source: Stop,
    },
}

/// Why a file could not be read.
#[derive(Debug, Error)]
pub enum Unread {
    /// It could not be opened.
    #[error("the claims file cannot be opened")]
    Open(#[source] io::Error),
    /// Reading failed on the way.
    #[error("cannot read on after line {line}")]
    Line {
        /// The last line that was read, from 1; 0 if none was.
        line: usize,
        /// What failed.
        source: io::Error,
    },
}

/// What stops an import on its way.
#[derive(Debug, Error)]
pub enum Stop {
    /// The file could not be read on.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// The ledger did not take a commit.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// Somebody else recorded entities of the same names since the state that was rehearsed with.
    #[error("the graph changed while the file was read")]
    Changed,
}

/// What the file says, from its start.
fn read(source: &impl Rereadable, pass: Pass) -> Result<Claims<'static>, Unread> {
    source.read(pass).and_then(read_claims_beside).map_err(Unread::Open)
}
