//! `sole-sourced`: what hangs on one firm?

use graph::query::{Budget, STEPS_MAX, SoleSourced, SoleSourcedQuery, Truncation, sole_sourced};
use serde_json::{Value, json};

use super::Context;
use crate::cli;
use crate::output::say;
use crate::report::Failure;
use crate::{answer, lookup, wiring};

pub(super) fn run(args: &cli::SoleSourced, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let within =
        args.within.as_deref().map(|name| lookup::entity(&view, name, None)).transpose()?;
    let query = SoleSourcedQuery { kind: args.kind, within };
    let mut found = sole_sourced(&view, &query, &Budget::steps(STEPS_MAX))
        .map_err(|error| Failure::usage(error.to_string()))?;
    let total = found.found.len();
    let cut = found.truncated.or(Truncation::to_limit(&mut found.found, args.limit));
    if args.json.wanted {
        let one = |sole: &SoleSourced| {
            json!({
                "entity": answer::entity(&view, sole.entity),
                "supplier": answer::entity(&view, sole.supplier),
                "relations": answer::relations(&view, &sole.relations),
            })
        };
        let all: Vec<Value> = found.found.iter().map(one).collect();
        return context.out.json(&json!({
            "seq": view.seq().get(),
            "total": total,
            "sole_sourced": all,
            "truncated": answer::truncation(cut),
        }));
    }
    if let Some(cut) = &cut {
        say(answer::cut_short(cut));
    }
    if found.found.is_empty() {
        say("nothing is known to come from one firm alone");
        return Ok(());
    }
    let rows = found.found.iter().map(|sole| {
        [
            view.name(sole.entity).to_string(),
            view.name(sole.supplier).to_string(),
            sole.relations.len().to_string(),
            view.entity_id(sole.entity).to_string(),
        ]
    });
    context.out.table(["NAME", "ONLY FROM", "RELATIONS", "ID"], rows)
}
