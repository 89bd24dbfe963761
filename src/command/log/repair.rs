//! `log repair`: what one copy lost comes from the other.

use serde_json::{Value, json};
use store::{LocalOptions, Mended, OpenError, RepairOptions, repair_folder};

use crate::cli::LogRepair;
use crate::command::Context;
use crate::output::say;
use crate::progress::Progress;
use crate::report::Failure;

pub(crate) fn repair(args: &LogRepair, context: &mut Context) -> Result<(), Failure> {
    let (folder, _) = context.config.data();
    super::say_if_empty(&folder);
    let index_cache_bytes = context.config.index_cache_bytes()?;
    let local = LocalOptions { index_cache_bytes, ..LocalOptions::default() };
    let options = RepairOptions { dry_run: args.dry_run, local };
    let progress = Progress::of_bytes("reading", 0);
    let repaired = repair_folder(&folder, &options, |at| {
        progress.reached_of(at.bytes, at.of_bytes);
    });
    drop(progress);
    let report = repaired.map_err(|error| match &error {
        OpenError::Lost { first, last, .. } => {
            let words =
                format!("事件 {first} 至 {last} 的两份副本均已损坏，未作任何更改；请恢复备份");
            Failure::from(error).in_chinese(words)
        }
        _ => error.into(),
    })?;
    if args.json.wanted {
        let mended: Vec<Value> = report.mended.iter().map(as_json).collect();
        return context.out.json(&json!({
            "dry_run": args.dry_run,
            "head": report.head.seq.get(),
            "hash": report.head.hash.to_string(),
            "commits": report.commits,
            "mended": mended,
        }));
    }
    for mended in &report.mended {
        let would = if args.dry_run { "would mend" } else { "mended" };
        context.out.line(format_args!("{would}: {mended}"))?;
    }
    let (head, commits) = (report.head, report.commits);
    context.out.line(format_args!(
        "whole: {} events in {commits} commits, head {} {}",
        head.seq, head.seq, head.hash
    ))?;
    context.out.flush()?;
    if report.mended.is_empty() {
        say("nothing to mend; nothing was changed");
    } else if args.dry_run {
        say("nothing was changed; without --dry-run it is done");
    }
    Ok(())
}

fn as_json(mended: &Mended) -> Value {
    let (part, set_aside) = match mended {
        Mended::SegmentRefilled { set_aside, .. } | Mended::PackingCutShort { set_aside, .. } => {
            ("journal", set_aside.as_ref())
        }
        Mended::IndexRebuilt { set_aside, .. } => ("index", set_aside.as_ref()),
        Mended::IndexCaughtUp { .. } => ("index", None),
        Mended::HeadRewritten => ("HEAD", None),
        _ => ("journal", None),
    };
    json!({
        "part": part,
        "what": mended.to_string(),
        "set_aside": set_aside.map(|path| path.display().to_string()),
    })
}
