//! The door for tests: a log over a disk of the test's own, such as one that fails.
//!
//! Hidden rather than behind a feature: a feature would make the tests run another build than the
//! one that is shipped, and every dependent would be built twice. It is no part of what the crate
//! promises, and may change at any time.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::backend::local::{LocalOptions, journal, packer};
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

/// Packs every finished segment of a log's folder now, in the same steps as the thread that
/// [`LocalOptions::compress_finished`] starts, and tells how many. For logs without that thread.
///
/// # Errors
///
/// Fails with the first step that fails; what is left then is what the thread leaves.
pub fn pack_finished(disk: &dyn Disk, folder: &Path) -> io::Result<usize> {
    packer::pack_finished(disk, &folder.join(journal::FOLDER_NAME))
}
