#![doc = include_str!("../README.md")]

// In reading order: what is stored, how it looks in bytes, how it is written, how it is read.
mod backend;
mod commit;
mod disk;
mod error;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod limits;
mod log;
mod metrics;
mod position;
mod read;
mod tail;
#[doc(hidden)]
pub mod testing;
mod verify;
mod writer;

pub use backend::local::{LocalOptions, Mended};
pub use commit::{Appended, Commit, CommitId, Draft, Record};
pub use error::{AppendError, CloseError, OpenError, ReadError};
pub use log::{Info, Log};
pub use metrics::{Histogram, LogMetrics};
pub use position::{Hash32, Head, NotAHash, Seq};
pub use verify::{Fault, IndexReport, Part, TornTail, VerifyReport, verify_folder};
