//! `log tail`: the last events, and those that come, whoever holds the folder.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use graph::ledger::{Entry, ReplayError, entries};
use graph::state::State;
use graph::view::View;
use serde_json::{json, value::RawValue};
use store::{FolderReader, Seq};

use super::moment;
use crate::cli::LogTail;
use crate::command::Context;
use crate::output::Output;
use crate::progress::Progress;
use crate::report::{Failure, nothing_there};
use crate::telemetry::Signals;
use crate::wiring;

/// How often it looks for new events.
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(crate) fn tail(args: &LogTail, context: &mut Context) -> Result<(), Failure> {
    let (folder, _) = context.config.data();
    if !wiring::holds_a_log(&folder) {
        return Err(nothing_there(&folder));
    }
    let mut state = replay(&folder)?;
    let mut view = View::of(Arc::new(state.clone()));
    let head = state.seq().get();
    let after = Seq::new(args.after.unwrap_or_else(|| head.saturating_sub(args.lines)));
    let mut reader = FolderReader::open(&folder, after);
    wiring::block_on(async {
        let mut signals = Signals::listen()?;
        let mut at = 0;
        while args.follow || at < head {
            let Some(commit) = reader.read_next()? else {
                if !args.follow {
                    break;
                }
                context.out.flush()?;
                tokio::select! {
                    () = tokio::time::sleep(LOOK_EVERY) => continue,
                    () = signals.next() => break,
                }
            };
            at = commit.last().get();
            if at > state.seq().get() {
                state.apply(&commit).map_err(ReplayError::from)?;
                view = View::of(Arc::new(state.clone()));
            }
            for entry in entries(&commit).filter(|entry| entry.seq > after) {
                if args.follow || entry.seq.get() <= head {
                    print(&entry, &view, args.json.wanted, &mut context.out)?;
                }
            }
        }
        Ok(())
    })
}

/// What the graph knows at the durable end of the log; the names in the summaries come from there.
fn replay(folder: &Path) -> Result<State, Failure> {
    let progress = Progress::open_ended("replaying", "events");
    let mut reader = FolderReader::open(folder, Seq::ZERO);
    let upto = store::folder_info(folder)?.head.seq;
    let mut state = State::empty();
    while state.seq() < upto
        && let Some(commit) = reader.read_next()?
    {
        state.apply(&commit).map_err(ReplayError::from)?;
        progress.reached(state.seq().get());
    }
    Ok(state)
}

fn print(entry: &Entry, view: &View, json: bool, out: &mut Output) -> Result<(), Failure> {
    let time = moment(entry.recorded_at_ms).map_or("-".to_owned(), |time| time.to_string());
    let summary = entry.summary(view);
    if !json {
        let (seq, kind, actor) = (entry.seq, &entry.kind, &entry.actor);
        return out.words(format_args!("{seq:>8}  {time}  {actor}  {kind}  {summary}"));
    }
    // A payload that is no JSON is shown as the text it is.
    let payload = String::from_utf8_lossy(&entry.payload).into_owned();
    let payload = match RawValue::from_string(payload) {
        Ok(value) => json!(value),
        Err(_) => json!(String::from_utf8_lossy(&entry.payload)),
    };
    out.json_line(&json!({
        "seq": entry.seq.get(),
        "type": &*entry.kind,
        "version": entry.version,
        "recorded_at": time,
        "actor": entry.actor,
        "hash": entry.hash.to_string(),
        "summary": summary,
        "payload": payload,
    }))
}
