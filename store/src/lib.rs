#![doc = include_str!("../README.md")]

// In reading order: what is stored, how it looks in bytes, how it is written, how it is read.
mod archive;
mod backend;
mod checkpoint;
mod commit;
mod disk;
mod error;
mod folder;
mod formats;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod limits;
mod log;
mod metrics;
mod position;
mod read;
mod repair;
mod tail;
#[doc(hidden)]
pub mod testing;
mod verify;
mod writer;

pub use archive::{ArchiveError, Carried, ExportFormat, Watch, backup, export, import, restore};
pub use backend::local::{LocalOptions, Mended, ScrubFigures};
pub use checkpoint::{Checkpoint, CheckpointError, LogId, PublicKey, SigningKey};
pub use commit::{Appended, Commit, CommitId, Draft, Record};
pub use error::{AppendError, CloseError, OpenError, ReadError};
pub use folder::{FolderReader, folder_checkpoint, folder_info};
pub use formats::{Format, formats};
pub use log::{Info, Log};
pub use metrics::{Histogram, LogMetrics};
pub use position::{Hash32, Head, NotAHash, Seq};
pub use repair::{RepairOptions, RepairReport, repair_folder};
pub use verify::{
    Against, Fault, IndexReport, Part, Reached, TornTail, VerifyOptions, VerifyReport,
    verify_beside, verify_folder, verify_folder_as,
};
