//! `import`: the claims of an NDJSON file, recorded.
//!
//! In the default, strict way nothing is recorded, and no folder made, before the last line is
//! known to be good.

mod source;

use std::path::Path;
use std::sync::Arc;

use graph::ledger::Ledger;
use graph::state::State;
use seeds::import::{BadLines, ImportError, Imported, Stop, Survey, Unread};
use serde_json::json;

use super::Context;
use crate::answer;
use crate::cli::Import;
use crate::output::say;
use crate::report::Failure;
use crate::wiring;

use source::Source;

/// In whose name claims are recorded. Who asserts one stands on its line.
const ACTOR: &str = "import";

pub(super) fn run(args: &Import, context: &mut Context) -> Result<(), Failure> {
    let source = Source::open(&args.file)?;
    let survey = Survey::of(&source).map_err(|error| failure(error, &source))?;
    if survey.is_empty() {
        return Err(Failure::new(format!("{} is empty", source.name()))
            .way_out("name a claims file, as `lianzhu extract` or `lianzhu generate` writes one")
            .in_chinese(format!("{} 是空的；请给出论断文件（NDJSON）", source.name())));
    }
    refuse_if_strict(args, &source, survey.bad())?;
    let config = &context.config;
    let (folder, _) = config.data();
    let opened =
        if wiring::holds_a_log(&folder) { Some(wiring::open(&folder, config)?) } else { None };
    let state = opened.as_ref().map_or_else(|| Arc::new(State::empty()), Ledger::state);
    let lines = survey.lines();
    let plan = survey
        .rehearse(&source, &state, config.policy()?)
        .map_err(|error| failure(error, &source))?;
    let bad = plan.bad();
    refuse_if_strict(args, &source, bad)?;
    drop(state);
    let ledger = match opened {
        Some(ledger) => ledger,
        None => wiring::open(&folder, config)?,
    };
    let imported = wiring::block_on(async {
        let imported = plan.record(&source, &ledger, ACTOR).await;
        let imported = imported.map_err(|error| failure(error, &source))?;
        ledger.close().await?;
        Ok(imported)
    })?;
    let side_file = if bad.count() > 0 { Some(source.set_bad_aside(bad)?) } else { None };
    tell(&imported, lines, bad, side_file.as_deref(), args, context)?;
    match imported.refused.first() {
        None => Ok(()),
        Some(first) => Err(Failure::new(format!(
            "{} things were refused while the rest was recorded: {first}",
            imported.refused.len()
        ))),
    }
}

fn refuse_if_strict(args: &Import, source: &Source, bad: &BadLines) -> Result<(), Failure> {
    if args.skip_bad || bad.count() == 0 {
        return Ok(());
    }
    let (count, name) = (bad.count(), source.name());
    let are = if count == 1 { "line is" } else { "lines are" };
    Err(Failure::new(format!("nothing was imported: {count} {are} bad in {name}:{}", list(bad)))
        .way_out("mend them, or import the rest with --skip-bad")
        .in_chinese(format!(
            "未导入任何内容：{name} 有 {count} 行无法使用；请修正，或用 --skip-bad 导入其余各行"
        )))
}

/// One line each, for people.
fn list(bad: &BadLines) -> String {
    let told = bad.told();
    let more = bad.count() - told.len();
    let mut list: String =
        told.map(|(line, reason)| format!("\n  line {line}: {reason}")).collect();
    if more > 0 {
        list.push_str(&format!("\n  and {more} more"));
    }
    list
}

/// What the command says is the cause: each has words and a way out of its own.
fn failure(error: ImportError, source: &Source) -> Failure {
    match error {
        ImportError::Unread(error) | ImportError::Stopped { source: Stop::Unread(error), .. } => {
            unread(&error, source)
        }
        ImportError::Refused(refusal) => refusal.into(),
        error @ ImportError::Unfit(_) => Failure::of(&error),
        ImportError::Stopped { source: Stop::Submit(error), .. } => error.into(),
        ImportError::Stopped { source: error @ Stop::Changed, .. } => Failure::new(error)
            .way_out("import the file again; what is recorded is not recorded twice"),
    }
}

fn unread(error: &Unread, source: &Source) -> Failure {
    match error {
        Unread::Open(error) => source.unreadable(error),
        Unread::Line { .. } => Failure::of(error),
    }
}

fn tell(
    imported: &Imported,
    lines: usize,
    bad: &BadLines,
    side_file: Option<&Path>,
    args: &Import,
    context: &mut Context,
) -> Result<(), Failure> {
    if args.json.wanted {
        return context.out.json(&json!({
            "lines": lines,
            "events": imported.events,
            "documents": imported.documents,
            "new_entities": imported.declared,
            "accepted": imported.accepted,
            "proposed": imported.proposed,
            "merges": imported.merges,
            "decisions": imported.decisions,
            "bad_lines": bad.count(),
            "bad_lines_file": side_file.map(|path| path.display().to_string()),
            "head": imported.head.get(),
        }));
    }
    if let Some(path) = side_file {
        let count = bad.count();
        say(format_args!(
            "{count} bad lines are left out and kept in {}:{}",
            path.display(),
            list(bad)
        ));
    }
    if imported.events == 0 {
        return context
            .out
            .line(format_args!("nothing new in {lines} lines; all of it is recorded"));
    }
    context.out.line(format_args!(
        "{} documents, {} new entities, {} claims accepted, {} proposed{}, {} decisions; the log stands at {}",
        imported.documents,
        imported.declared,
        imported.accepted,
        imported.proposed,
        answer::merged_by_rule(imported.merges),
        imported.decisions,
        imported.head
    ))
}
