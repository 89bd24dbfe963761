//! `log`: where it stands, what it says last, whether it is sound; out of its folder and in again.

mod carry;
mod checkpoint;
mod repair;
mod tail;
mod verify;

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;
use store::{Hash32, Info, ReadError};

use super::Context;
use crate::cli::Json;
use crate::output::say;
use crate::report::Failure;
use crate::wiring;

pub(super) use carry::{backup, export, import, restore};
pub(super) use checkpoint::checkpoint;
pub(super) use repair::repair;
pub(super) use tail::tail;
pub(super) use verify::verify;

pub(super) fn info(json: Json, context: &mut Context) -> Result<(), Failure> {
    let (folder, _) = context.config.data();
    // An empty folder is a log that holds nothing; asking makes no files in it.
    say_if_empty(&folder);
    let info = if wiring::holds_a_log(&folder) { Some(info_of(&folder, context)?) } else { None };
    let head = info.as_ref().map_or(0, |info| info.head.seq.get());
    let hash = info.as_ref().map_or(Hash32::ZERO, |info| info.head.hash);
    let commits = info.as_ref().map_or(0, |info| info.commits);
    let journal_bytes = info.as_ref().map_or(0, |info| info.journal_bytes);
    let index_bytes = info.as_ref().map_or(0, |info| info.index_bytes);
    let time = |of: fn(&Info) -> Option<i64>| info.as_ref().and_then(of).and_then(moment);
    let (first, last) =
        (time(|info| info.first_recorded_at_ms), time(|info| info.last_recorded_at_ms));
    let bytes = journal_bytes + index_bytes;
    let bytes_per_event = bytes.checked_div(head);
    let signed = checkpoint::last(&folder);
    if json.wanted {
        return context.out.json(&json!({
            "folder": folder.display().to_string(),
            "head": head,
            "hash": hash.to_string(),
            "commits": commits,
            "bytes": bytes,
            "bytes_per_event": bytes_per_event,
            "journal_bytes": journal_bytes,
            "index_bytes": index_bytes,
            "first_recorded_at": first.map(|time| time.to_string()),
            "last_recorded_at": last.map(|time| time.to_string()),
            "last_checkpoint": signed.map(|signed| {
                json!({
                    "head": signed.head.seq.get(),
                    "hash": signed.head.hash.to_string(),
                    "signed_at": moment(signed.signed_at_ms).map(|time| time.to_string()),
                })
            }),
        }));
    }
    let shown = |time: Option<Timestamp>| time.map_or("-".to_owned(), |time| time.to_string());
    let rows = [
        ("folder", folder.display().to_string()),
        ("head", head.to_string()),
        ("hash", hash.to_string()),
        ("commits", commits.to_string()),
        ("bytes", bytes.to_string()),
        ("  journal", journal_bytes.to_string()),
        ("  index", index_bytes.to_string()),
        ("  per event", bytes_per_event.map_or("-".to_owned(), |bytes| bytes.to_string())),
        ("first recorded", shown(first)),
        ("last recorded", shown(last)),
        (
            "last checkpoint",
            signed.map_or("-".to_owned(), |signed| {
                let at = shown(moment(signed.signed_at_ms));
                format!("event {}, signed at {at}", signed.head.seq)
            }),
        ),
    ];
    rows.into_iter()
        .try_for_each(|(name, value)| context.out.line(format_args!("{name:<17}{value}")))
}

/// Asks without opening, so that a server may hold the folder. What cannot be read so may need
/// mending, which opening does.
fn info_of(folder: &Path, context: &Context) -> Result<Info, Failure> {
    match store::folder_info(folder) {
        Ok(info) => Ok(info),
        Err(error @ ReadError::Broken { .. }) => wiring::open_log(folder, &context.config)
            .map(|log| log.info())
            .map_err(|_| Failure::from(error)),
        Err(error) => Err(error.into()),
    }
}

/// A mistyped folder should not read as a sound log.
fn say_if_empty(folder: &Path) {
    if !wiring::holds_a_log(folder) {
        say(format_args!("there is no log in {} yet", folder.display()));
    }
}

/// A recorded time, for people.
pub(super) fn moment(recorded_at_ms: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(recorded_at_ms).ok()
}
