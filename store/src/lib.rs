#![doc = include_str!("../README.md")]

// In reading order: what is stored, how it looks in bytes, how it is written, how it is read.
mod archive;
mod backend;
mod commit;
mod disk;
mod error;
mod folder;
mod frame;
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

#[doc(hidden)]
pub use archive::untrusted;
pub use archive::{ArchiveError, Carried, ExportFormat, Watch, backup, export, import, restore};
pub use backend::local::{LocalOptions, Mended};
pub use commit::{Appended, Commit, CommitId, Draft, Record};
pub use error::{AppendError, CloseError, OpenError, ReadError};
pub use folder::{FolderReader, folder_info};
pub use log::{Info, Log};
pub use metrics::{Histogram, LogMetrics};
pub use position::{Hash32, Head, NotAHash, Seq};
pub use verify::{Fault, IndexReport, Part, TornTail, VerifyReport, verify_folder};
