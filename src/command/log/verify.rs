//! `log verify`: is everything there as it was written?

use serde_json::json;
use store::{IndexReport, VerifyReport, verify_folder};

use crate::cli::Json;
use crate::command::Context;
use crate::progress::Progress;
use crate::report::Failure;

pub(crate) fn verify(json: Json, context: &mut Context) -> Result<(), Failure> {
    let (folder, _) = context.config.data();
    let progress = Progress::open_ended("verifying", "events");
    let report = verify_folder(&folder, |seq| progress.reached(seq.get()))?;
    drop(progress);
    super::say_if_empty(&folder);
    if json.wanted {
        context.out.json(&as_json(&report))?;
    } else {
        print(&report, context)?;
    }
    let Some(first) = report.faults.first() else { return Ok(()) };
    // What was found is shown before it is called damage.
    context.out.flush()?;
    Err(Failure::new(format!("the log in {} is damaged: {first}", folder.display()))
        .way_out("start `lianzhu serve` to have it mended from its other copy, or restore a backup")
        .in_chinese(format!("{} 中的日志已损坏：{first}", folder.display())))
}

fn print(report: &VerifyReport, context: &mut Context) -> Result<(), Failure> {
    let out = &mut context.out;
    let sound = if report.is_sound() { "sound" } else { "DAMAGED" };
    out.line(format_args!(
        "{sound}: {} events in {} commits, head {} {}",
        report.events, report.commits, report.head.seq, report.head.hash
    ))?;
    out.line(format_args!("journal: {} bytes read", report.journal_bytes))?;
    out.line(format_args!("index: {}", index(&report.index)))?;
    if let Some(torn) = &report.torn_tail {
        out.line(format_args!(
            "{}: the last {} bytes are a commit that was never acknowledged; opening the log cuts them",
            torn.segment.display(),
            torn.bytes
        ))?;
    }
    for fault in &report.faults {
        out.line(fault)?;
    }
    let more = report.fault_count.saturating_sub(report.faults.len() as u64);
    if more > 0 {
        out.line(format_args!("and {more} more"))?;
    }
    Ok(())
}

fn index(index: &IndexReport) -> String {
    match index {
        IndexReport::Absent => "there is none".to_owned(),
        IndexReport::Agrees => "agrees with the journal".to_owned(),
        IndexReport::Behind { at } => {
            format!("ends at {at}, as after a crash; opening the log brings it up")
        }
        IndexReport::Differs => "differs from the journal".to_owned(),
    }
}

fn as_json(report: &VerifyReport) -> serde_json::Value {
    let faults: Vec<_> = report
        .faults
        .iter()
        .map(|fault| {
            json!({
                "part": fault.part.to_string(),
                "first": fault.first.get(),
                "last": fault.last.get(),
                "what": fault.what,
            })
        })
        .collect();
    json!({
        "sound": report.is_sound(),
        "head": report.head.seq.get(),
        "hash": report.head.hash.to_string(),
        "commits": report.commits,
        "events": report.events,
        "journal_bytes": report.journal_bytes,
        "index": index(&report.index),
        "torn_tail": report.torn_tail.as_ref().map(|torn| {
            json!({ "segment": torn.segment.display().to_string(), "at": torn.at, "bytes": torn.bytes })
        }),
        "faults": faults,
        "fault_count": report.fault_count,
    })
}
