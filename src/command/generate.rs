//! `generate`: an invented ecosystem as claims NDJSON.

use seeds::generate::generate;

use super::Context;
use crate::cli::Generate;
use crate::output::say;
use crate::progress::Progress;
use crate::report::Failure;

pub(super) fn run(args: &Generate, context: &mut Context) -> Result<(), Failure> {
    let progress = Progress::open_ended("generating", "bytes");
    let out = progress.writing(context.out.writer());
    let counts = generate(args.size, args.seed, args.evidence, out)
        .map_err(|error| Failure::output(&error))?;
    say(format_args!(
        "{} entities, {} relations, {} documents",
        counts.entities, counts.relations, counts.documents
    ));
    Ok(())
}
