//! `ingest`: articles in, documents and claims recorded.

use std::path::Path;
use std::sync::Arc;

use graph::extract::Extractor;
use graph::model::Document;
use graph::state::State;
use seeds::document::{ArticleFlags, Read};
use serde_json::json;

use super::Context;
use crate::answer;
use crate::cli::Ingest;
use crate::intake::{self, Intake, Taken};
use crate::output::{Output, say};
use crate::progress::Progress;
use crate::report::Failure;
use crate::wiring;

/// How many refused claims of an article are told one by one.
const REFUSALS_TOLD_MAX: usize = 5;

pub(super) fn run(args: &Ingest, context: &mut Context) -> Result<(), Failure> {
    args.metadata.check_for(args.paths.len())?;
    let flags = ArticleFlags::from(&args.metadata);
    let mut desk = Desk { dry_run: args.dry_run, context, open: None };
    let progress = Progress::of("reading", args.paths.len() as u64, "articles");
    let mut failures = Vec::new();
    for path in &args.paths {
        let taken = intake::read(path, &flags).map_err(Failure::from).and_then(|read| {
            let taken = desk.take(&read.document)?;
            Ok((read, taken))
        });
        progress.aside(|| match taken {
            Ok((read, taken)) => {
                tell(path, &read, &taken, args, &mut desk.context.out)?;
                desk.context.out.flush()
            }
            Err(failure) if args.paths.len() > 1 => {
                say(&failure);
                failures.push(failure);
                Ok(())
            }
            Err(failure) => Err(failure),
        })?;
        progress.advance(1);
    }
    drop(progress);
    desk.close()?;
    if failures.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} of {} articles were not recorded, for the reasons above",
        failures.len(),
        args.paths.len()
    ))
    .way_out("mend them and name them again; the others are recorded"))
}

/// Where articles are handed in. The data folder is opened for the first that can be read, so a
/// bad one leaves no trace.
struct Desk<'a> {
    dry_run: bool,
    context: &'a mut Context,
    open: Option<Open>,
}

enum Open {
    Recording(Intake),
    Rehearsing(Arc<State>, Arc<dyn Extractor>),
}

impl Desk<'_> {
    fn take(&mut self, document: &Document) -> Result<Taken, Failure> {
        let opened = match self.open.take() {
            Some(open) => open,
            None => self.open()?,
        };
        let taken = match &opened {
            Open::Recording(intake) => wiring::block_on(intake.take(document)),
            Open::Rehearsing(state, extractor) => {
                intake::rehearse(state, &**extractor, self.context.config.policy()?, document)
            }
        };
        self.open = Some(opened);
        taken
    }

    fn open(&self) -> Result<Open, Failure> {
        let (folder, _) = self.context.config.data();
        let extractor = wiring::extractor()?;
        if !self.dry_run {
            let ledger = wiring::open(&folder, &self.context.config)?;
            return Ok(Open::Recording(Intake { ledger, extractor, actor: "cli" }));
        }
        let state = if wiring::holds_a_log(&folder) {
            wiring::open_to_read(&folder, &self.context.config)?.state()
        } else {
            Arc::new(State::empty())
        };
        Ok(Open::Rehearsing(state, extractor))
    }

    fn close(self) -> Result<(), Failure> {
        let Some(Open::Recording(intake)) = self.open else { return Ok(()) };
        wiring::block_on(async { Ok(intake.ledger.close().await?) })
    }
}

fn tell(
    path: &Path,
    read: &Read,
    taken: &Taken,
    args: &Ingest,
    out: &mut Output,
) -> Result<(), Failure> {
    let path = path.display();
    if args.json.wanted {
        return out.json_line(&json!({
            "path": path.to_string(),
            "document": read.document.id().to_string(),
            "title": read.document.meta().title,
            "recorded": !args.dry_run,
            "already_known": taken.already_known,
            "new_entities": taken.declared,
            "accepted": taken.accepted,
            "proposed": taken.proposed,
            "merges": taken.merges,
            "reprint_of": taken.reprint_of.as_ref().map(|(id, title)| json!({ "id": id.to_string(), "title": title })),
            "left_out": taken.left_out.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "notes": read.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }));
    }
    for note in &read.notes {
        say(format_args!("{path}: {note}"));
    }
    for refusal in taken.left_out.iter().take(REFUSALS_TOLD_MAX) {
        say(format_args!("{path}: a claim was left out: {refusal}"));
    }
    if taken.left_out.len() > REFUSALS_TOLD_MAX {
        let more = taken.left_out.len() - REFUSALS_TOLD_MAX;
        say(format_args!("{path}: {more} more claims were left out; `lianzhu explain` shows them"));
    }
    if let Some((_, earlier)) = &taken.reprint_of {
        say(format_args!("{path}: a reprint of `{earlier}`: what both say counts once"));
    }
    let title = &read.document.meta().title;
    if taken.already_known {
        return out.words(format_args!("{path}  {title}  known already, nothing recorded"));
    }
    let (declared, accepted, proposed) = (taken.declared, taken.accepted, taken.proposed);
    let would = if args.dry_run { "would record: " } else { "" };
    let merges = answer::merged_by_rule(taken.merges);
    out.words(format_args!(
        "{path}  {title}  {would}{declared} new entities, {accepted} claims accepted, {proposed} proposed{merges}"
    ))
}
