//! `if-retracted`: what would no longer stand if a source were withdrawn?

use graph::model::DocumentId;
use graph::query::{Budget, STEPS_MAX, Withdrawn, if_retracted};
use graph::state::DocumentIx;
use graph::view::View;

use super::Context;
use super::diff::Pair;
use crate::cli;
use crate::report::Failure;
use crate::wiring;

pub(super) fn run(args: &cli::IfRetracted, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let withdrawn = match (&args.document, args.claim) {
        (Some(title_or_id), _) => Withdrawn::Document(document(&view, title_or_id)?),
        (None, Some(id)) => {
            let claim = view.claim_by_id(id);
            Withdrawn::Claim(claim.ok_or_else(|| Failure::new(format!("there is no claim {id}")))?)
        }
        (None, None) => return Err(Failure::usage("pass --document or --claim")),
    };
    let found = if_retracted(&view, withdrawn, args.limit, &Budget::steps(STEPS_MAX));
    let pair = Pair { from: view, to: found.without };
    pair.tell(&found.diff, args.json, "nothing hangs on it alone", context)
}

/// The document with this id, or the only one with this title.
fn document(view: &View, title_or_id: &str) -> Result<DocumentIx, Failure> {
    if let Ok(id) = title_or_id.parse::<DocumentId>() {
        let found = view.document_by_id(id);
        return found.ok_or_else(|| Failure::new(format!("there is no document {id}")));
    }
    let titled = |ix: &DocumentIx| view.document(*ix).document.meta().title == title_or_id;
    let found: Vec<DocumentIx> = view.documents().filter(titled).collect();
    match found.as_slice() {
        [] => Err(Failure::new(format!("there is no document with the title `{title_or_id}`"))
            .way_out("give the title exactly as recorded, or an id")),
        [only] => Ok(*only),
        several => {
            let ids = several.iter().map(|ix| view.document(*ix).document.id().to_string());
            let ids: Vec<String> = ids.collect();
            Err(Failure::new(format!("{} documents have this title", ids.len()))
                .way_out(format!("give one of their ids: {}", ids.join(", "))))
        }
    }
}
