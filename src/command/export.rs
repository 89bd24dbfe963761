//! `export`: everything that is known, as a file.

use graph::export;
use graph::view::Recorded;
use store::Seq;

use super::Context;
use crate::cli::{Export, ExportFormat};
use crate::report::Failure;
use crate::{lookup, wiring};

pub(super) fn run(args: &Export, context: &mut Context) -> Result<(), Failure> {
    let (folder, _) = context.config.data();
    let view = wiring::open_to_read(&folder, &context.config)?.view();
    let recorded = args.at.map_or(Recorded::Now, |seq| Recorded::UpTo(Seq::new(seq)));
    let view = lookup::moment(&view, recorded, None)?;
    match args.format {
        ExportFormat::Ndjson => export::ndjson(&view, context.out.writer()),
    }
    .map_err(|error| Failure::output(&error))
}
