use std::fmt;
use std::fs;
use std::path::Path;

use store::{Log, OpenError, Part, RepairOptions, repair_folder, verify_folder};

use super::master::{Changed, Expected, options};
use crate::support::texts_after;

/// What came of a case; see the head of the table for the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Nothing,
    Mended,
    Repaired,
    Harmless,
    RefusedRange(u64, u64),
    Refused,
    /// What must not be.
    Wrong(String),
}

impl Outcome {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Outcome::Nothing => "nothing changed",
            Outcome::Mended => "mended",
            Outcome::Repaired => "repaired",
            Outcome::Harmless => "harmless",
            Outcome::RefusedRange(..) => "refused with the events named",
            Outcome::Refused => "refused without a range",
            Outcome::Wrong(_) => "wrong",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Nothing => f.write_str("·"),
            Outcome::RefusedRange(first, last) => write!(f, "refused {first}–{last}"),
            Outcome::Refused => f.write_str("refused"),
            Outcome::Wrong(what) => write!(f, "WRONG: {what}"),
            other => f.write_str(other.kind()),
        }
    }
}

/// Verifies, opens and reads a hurt log, and judges.
pub(super) fn outcome(folder: &Path, expected: &Expected, changed: &Changed) -> Outcome {
    judged(folder, expected, changed).unwrap_or_else(Outcome::Wrong)
}

fn judged(folder: &Path, expected: &Expected, changed: &Changed) -> Result<Outcome, String> {
    let before = bytes_of_log(folder);
    let report = verify_folder(folder, |_| {}).map_err(|error| format!("verify: {error}"));
    if bytes_of_log(folder) != before {
        return Err("verify changed something".to_owned());
    }
    let log = match Log::open(folder, options()) {
        Ok(log) => log,
        Err(refused) => {
            if bytes_of_log(folder) != before {
                return Err(format!("it changed something and refused: {refused}"));
            }
            // A folder of another format cannot be verified, which is told in the same way.
            if report.is_ok_and(|report| report.is_sound()) {
                return Err(format!("verify is content, and opening refuses: {refused}"));
            }
            return match refused {
                OpenError::Lost { first, last, .. }
                    if first > last || first.get() == 0 || last > expected.head.seq =>
                {
                    Err(format!("it names events {first} to {last}"))
                }
                OpenError::Lost { first, last, .. } => {
                    Ok(Outcome::RefusedRange(first.get(), last.get()))
                }
                OpenError::Contradiction { .. } | OpenError::UnknownVersion { .. } => {
                    Ok(Outcome::Refused)
                }
                other => Err(other.to_string()),
            };
        }
    };
    is_as_written(&log, expected)?;
    let open_report = log.verify(|_| {}).map_err(|error| error.to_string())?;
    let was_mended = !log.mended().is_empty();
    close(log)?;
    if !open_report.is_sound() {
        let in_journal = open_report.faults.iter().all(|fault| fault.part == Part::Journal);
        if !in_journal {
            return Err(format!("{open_report:?}"));
        }
        let options = RepairOptions { dry_run: false, local: options() };
        let repaired =
            repair_folder(folder, &options, |_| {}).map_err(|error| error.to_string())?;
        if repaired.mended.is_empty() {
            return Err(format!("repair finds nothing, and verify {:?}", open_report.faults));
        }
    }
    let again = Log::open(folder, options()).map_err(|error| format!("again: {error}"))?;
    is_as_written(&again, expected)?;
    if !again.mended().is_empty() {
        return Err(format!("the second opening mends again: {:?}", again.mended()));
    }
    close(again)?;
    let report = verify_folder(folder, |_| {}).map_err(|error| error.to_string())?;
    if !report.is_sound() {
        return Err(format!("opening left faults: {:?}", report.faults));
    }
    let left_alone = fs::read(folder.join(&changed.0)).ok() == changed.1;
    Ok(match (open_report.is_sound(), left_alone && !was_mended) {
        (false, _) => Outcome::Repaired,
        (true, true) => Outcome::Harmless,
        (true, false) => Outcome::Mended,
    })
}

fn close(log: Log) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(log.close()).map_err(|error| error.to_string())
}

fn is_as_written(log: &Log, expected: &Expected) -> Result<(), String> {
    if log.head() != expected.head {
        return Err(format!("it opens at {}, not {}", log.head(), expected.head));
    }
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| texts_after(log, 0)));
    match read {
        Ok(texts) if texts == expected.texts => Ok(()),
        Ok(_) => Err("it reads other commits than were written".to_owned()),
        Err(_) => Err("it opens and cannot be read".to_owned()),
    }
}

/// The bytes of everything but sled's own files and the lock.
fn bytes_of_log(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    let journal = fs::read_dir(folder.join("journal")).into_iter().flatten();
    for path in journal.map(|entry| entry.unwrap().path()).chain([folder.join("HEAD")]) {
        if let Ok(bytes) = fs::read(&path) {
            out.push((path.display().to_string(), bytes));
        }
    }
    out.sort();
    out
}
