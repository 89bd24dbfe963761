//! `log tail`: the last events, and those that come.

use futures_util::StreamExt as _;
use graph::ledger::{Entry, Ledger};
use serde_json::{json, value::RawValue};
use store::Seq;

use super::moment;
use crate::cli::LogTail;
use crate::command::Context;
use crate::output::Output;
use crate::report::Failure;
use crate::telemetry::Signals;
use crate::wiring;

pub(crate) fn tail(args: &LogTail, context: &mut Context) -> Result<(), Failure> {
    let (folder, _) = context.config.data();
    let ledger = wiring::open_to_read(&folder, &context.config)?;
    let head = ledger.head().seq;
    let after = args.after.unwrap_or_else(|| head.get().saturating_sub(args.lines));
    wiring::block_on(async {
        let mut signals = Signals::listen()?;
        let mut entries = ledger.follow(Seq::new(after));
        let mut at = after;
        while args.follow || at < head.get() {
            let next = tokio::select! {
                next = entries.next() => next,
                () = signals.next() => break,
            };
            let Some(entry) = next else { break };
            let entry = entry?;
            at = entry.seq.get();
            print(&entry, &ledger, args.json.wanted, &mut context.out)?;
            if at >= head.get() {
                context.out.flush()?;
            }
        }
        Ok(())
    })
}

fn print(entry: &Entry, ledger: &Ledger, json: bool, out: &mut Output) -> Result<(), Failure> {
    let time = moment(entry.recorded_at_ms).map_or("-".to_owned(), |time| time.to_string());
    let summary = entry.summary(&ledger.view());
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
