//! The door for tests: a log over a disk of the test's own, such as one that fails.
//!
//! Hidden rather than behind a feature: a feature would make the tests run another build than the
//! one that is shipped, and every dependent would be built twice. It is no part of what the crate
//! promises, and may change at any time.

use std::path::Path;
use std::sync::Arc;

use crate::backend::local::LocalOptions;
pub use crate::disk::faulty::{FaultyDisk, Lost, Op};
pub use crate::disk::real::RealDisk;
pub use crate::disk::{Disk, DiskFile, Kind, Mode};
use crate::error::OpenError;
use crate::log::Log;

/// Opens the log in a folder as [`Log::open`] does, through a disk.
///
/// # Errors
///
/// As for [`Log::open`].
pub fn open(disk: Arc<dyn Disk>, folder: &Path, options: &LocalOptions) -> Result<Log, OpenError> {
    Log::open_on(disk, folder, options)
}
