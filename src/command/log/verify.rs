//! `log verify`: is everything there as it was written?

use std::path::Path;

use serde_json::json;
use store::{
    Against, Checkpoint, IndexReport, OpenError, PublicKey, VerifyOptions, VerifyReport,
    verify_beside, verify_folder_as,
};

use super::checkpoint;
use crate::cli::LogVerify;
use crate::command::Context;
use crate::output::say;
use crate::progress::Progress;
use crate::report::Failure;

pub(crate) fn verify(args: &LogVerify, context: &mut Context) -> Result<(), Failure> {
    let (folder, _) = context.config.data();
    let against = args.against.as_deref();
    let signed = against.map(|path| signed(path, args.public_key.as_deref(), &folder));
    let options = VerifyOptions { deep: args.deep, against: signed.transpose()? };
    let progress = Progress::of_bytes("verifying", 0);
    let checked = verify_folder_as(&folder, &options, |at| {
        progress.reached_of(at.bytes, at.of_bytes);
    });
    let report = match checked {
        // Entries of the index cannot be looked at while its holder changes them.
        Err(OpenError::Locked { .. }) if !options.deep => {
            verify_beside(&folder, &options, |at| progress.reached_of(at.bytes, at.of_bytes))?
        }
        checked => checked?,
    };
    drop(progress);
    super::say_if_empty(&folder);
    if args.json.wanted {
        context.out.json(&as_json(&report))?;
    } else {
        print(&report, options.against.as_ref(), context)?;
    }
    // What was found is shown before it is called damage.
    context.out.flush()?;
    let folder = folder.display();
    // A cut or rewritten log comes first: no copy in the folder mends that.
    let broken = report.against.filter(|against| !against.holds() && *against != Against::Unread);
    if let Some(against) = broken {
        return Err(Failure::new(format!("the log in {folder} is not what was signed: {against}"))
            .way_out("find out who changed it, and restore a backup")
            .in_chinese(format!("{folder} 中的日志与签名的检查点不符：{}", in_chinese(against))));
    }
    let Some(first) = report.faults.first() else { return Ok(()) };
    Err(Failure::new(format!("the log in {folder} is damaged: {first}"))
        .way_out("`lianzhu log repair` mends it from its other copy; otherwise restore a backup")
        .in_chinese(format!(
            "{folder} 中的日志已损坏：{first}；可用 `lianzhu log repair` 从另一副本修复，否则请恢复备份"
        )))
}

/// Reads a checkpoint whose signature is right.
fn signed(path: &Path, key: Option<&str>, folder: &Path) -> Result<Checkpoint, Failure> {
    let note = std::fs::read(path).map_err(|error| Failure::unreadable(path, &error))?;
    let about = |error: store::CheckpointError| Failure::of(&error).about(path.display());
    let key: PublicKey = match key {
        Some(text) => checkpoint::public_key(text)?,
        None => {
            let unchecked = Checkpoint::read_unchecked(&note).map_err(about)?;
            let own = checkpoint::own_key(folder)?.ok_or_else(|| {
                Failure::usage("no key is there to check the checkpoint's signature")
                    .way_out("name it with --public-key")
            })?;
            say(
                "the signature is checked with the data folder's own key; a key kept elsewhere proves more: --public-key",
            );
            own.public(unchecked.log)
        }
    };
    Checkpoint::open(&note, &key).map_err(about)
}

fn in_chinese(against: Against) -> String {
    match against {
        Against::Holds => "一致".to_owned(),
        Against::Shorter { at } => format!("末尾被截断，止于事件 {at}"),
        Against::Rewritten => "历史被改写".to_owned(),
        Against::OtherLog { .. } => "这是另一份日志，或从头被改写".to_owned(),
        Against::Unread => "签名处的事件已损坏，无法判断".to_owned(),
    }
}

fn print(
    report: &VerifyReport,
    checkpoint: Option<&Checkpoint>,
    context: &mut Context,
) -> Result<(), Failure> {
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
    if let (Some(against), Some(checkpoint)) = (report.against, checkpoint) {
        out.line(format_args!("checkpoint of event {}: {against}", checkpoint.head.seq))?;
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
        IndexReport::Missing => "missing; opening the log builds it anew".to_owned(),
        IndexReport::Differs => "differs from the journal".to_owned(),
        IndexReport::InUse => {
            "not compared, for the folder is in use; whoever holds it compares the index".to_owned()
        }
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
        "against": report.against.map(|against| {
            json!({ "holds": against.holds(), "told": against.to_string() })
        }),
        "torn_tail": report.torn_tail.as_ref().map(|torn| {
            json!({ "segment": torn.segment.display().to_string(), "at": torn.at, "bytes": torn.bytes })
        }),
        "faults": faults,
        "fault_count": report.fault_count,
    })
}
