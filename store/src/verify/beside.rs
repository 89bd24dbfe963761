//! Checking a log that another process holds.

use std::path::Path;

use super::against::Comparison;
use super::{IndexReport, Part, Reached, VerifyOptions, VerifyReport};
use crate::backend::local::journal;
use crate::disk::bytes_under;
use crate::error::ReadError;
use crate::folder::{FolderReader, folder_head};
use crate::position::{Head, Seq};

/// Checks the journal and HEAD of a folder that another process may hold, without disturbing it.
///
/// Reads every commit that was durable at the call: checksums, hashes, links, positions, and that
/// HEAD names a commit that stands there. The index belongs to whoever holds the folder and is not
/// looked at, nor are `options.deep`'s entries of it; their scrub compares it. The first damage ends
/// the check: it is the one fault told, and what lies behind it is not read. The bytes that
/// `progress` hears of are reckoned from the events.
///
/// # Errors
///
/// Fails if a file cannot be read. Damage is no error; it is in the report.
pub fn verify_beside(
    folder: &Path,
    options: &VerifyOptions,
    mut progress: impl FnMut(Reached),
) -> Result<VerifyReport, ReadError> {
    let of_bytes = bytes_under(&folder.join(journal::FOLDER_NAME));
    let mut report = VerifyReport { index: IndexReport::InUse, ..VerifyReport::empty() };
    let mut against = Comparison::new(options.against);
    // When the end of the log is damaged, the walk from the beginning tells it.
    let upto = match folder_head(folder) {
        Ok(head) => Some(head),
        Err(ReadError::Broken { .. }) => None,
        Err(error) => return Err(error),
    };
    let mut reader = FolderReader::open(folder, Seq::ZERO);
    while upto.is_none_or(|upto| report.head.seq < upto.seq) {
        match reader.read_next() {
            Ok(Some(commit)) => {
                report.commits += 1;
                report.events += commit.records.len() as u64;
                report.head = commit.head();
                against.pass(&commit);
                let bytes = upto.map_or(0, |upto| share(of_bytes, commit.last(), upto.seq));
                progress(Reached { seq: commit.last(), bytes, of_bytes });
            }
            Ok(None) => break,
            Err(ReadError::Broken { after, what }) => {
                let last = upto.map_or(after.next(), |upto| upto.seq.max(after.next()));
                report.fault(Part::Journal, after.next(), last, what);
                break;
            }
            Err(error) => return Err(error),
        }
    }
    if report.is_sound() {
        report.journal_bytes = of_bytes;
        held_to(upto, &mut report);
    }
    let damaged_from = report.faults.first().map(|fault| fault.first);
    let is_damaged = |seq| damaged_from.is_some_and(|first| first <= seq);
    report.against = against.outcome(report.head.seq, is_damaged);
    Ok(report)
}

/// What was durable at the beginning must have been met.
fn held_to(upto: Option<Head>, report: &mut VerifyReport) {
    let Some(upto) = upto.filter(|upto| upto.seq >= report.head.seq) else { return };
    if upto != report.head {
        let (first, last) = (report.head.seq.next(), upto.seq.max(report.head.seq.next()));
        report.fault(Part::Journal, first, last, format!("{upto} was durable, and is not there"));
    }
}

fn share(of_bytes: u64, at: Seq, upto: Seq) -> u64 {
    let bytes = u128::from(of_bytes) * u128::from(at.get()) / u128::from(upto.get().max(1));
    u64::try_from(bytes).map_or(of_bytes, |bytes| bytes.min(of_bytes))
}
