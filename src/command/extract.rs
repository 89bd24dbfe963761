//! `extract`: the claims of articles as NDJSON. Nothing is recorded.

use graph::ledger::Ledger;
use graph::model::EntityDraft;
use seeds::claims_file::{ClaimsWriter, WriteError};
use seeds::document::ArticleFlags;

use super::Context;
use crate::cli::Extract;
use crate::config::Origin;
use crate::intake;
use crate::output::say;
use crate::report::Failure;
use crate::wiring;

pub(super) fn run(args: &Extract, context: &mut Context) -> Result<(), Failure> {
    args.metadata.check_for(args.paths.len())?;
    let flags = ArticleFlags::from(&args.metadata);
    let accept_at = context.config.policy()?.accept_at;
    let (folder, origin) = context.config.data();
    // A setting that names the folder for other commands is no wish to compare with it.
    let ledger = match origin {
        Origin::Flag(_) => Some(wiring::open_to_read(&folder, &context.config)?),
        _ => None,
    };
    let extractor = wiring::extractor()?;
    let mut writer = ClaimsWriter::new(context.out.writer(), accept_at);
    for path in &args.paths {
        let read = intake::read(path, &flags)?;
        for note in &read.notes {
            say(format_args!("{}: {note}", path.display()));
        }
        let extraction = extractor.extract(&read.document)?;
        writer.write(&read.document, &extraction, |_| None).map_err(unwritten)?;
        let (entities, claims) = (extraction.drafts.entities.len(), extraction.drafts.claims.len());
        let known = ledger.as_ref().map(|ledger| known_among(ledger, &extraction.drafts.entities));
        let known = known.map(|known| format!(" ({known} known)")).unwrap_or_default();
        say(format_args!("{}: {entities} entities{known}, {claims} claims", path.display()));
    }
    writer.finish().map(drop).map_err(|error| Failure::output(&error))
}

fn known_among(ledger: &Ledger, entities: &[EntityDraft]) -> usize {
    let view = ledger.view();
    let is_known = |draft: &&EntityDraft| match draft {
        EntityDraft::Known(id) => view.entity(*id).is_some(),
        EntityDraft::Named { kind, name, also_known_as } => {
            let mut names = std::iter::once(name).chain(also_known_as);
            names.any(|name| view.entities_named(name).iter().any(|ix| view.kind(*ix) == *kind))
        }
    };
    entities.iter().filter(is_known).count()
}

fn unwritten(error: WriteError) -> Failure {
    match error {
        WriteError::Io(error) => Failure::output(&error),
        other => Failure::of(&other),
    }
}
