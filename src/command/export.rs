//! `export`: everything that is known, as a file.

use graph::export;

use super::Context;
use crate::cli::{Export, ExportFormat};
use crate::report::Failure;
use crate::{lookup, wiring};

pub(super) fn run(args: &Export, context: &mut Context) -> Result<(), Failure> {
    let (folder, _) = context.config.data();
    let view = wiring::open_to_read(&folder, &context.config)?.view();
    let view = lookup::moment(&view, lookup::recorded(args.at), None)?;
    match args.format {
        ExportFormat::Ndjson => export::ndjson(&view, context.out.writer()),
    }
    .map_err(|error| Failure::output(&error))
}
