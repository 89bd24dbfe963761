//! `conflicts`: which accepted claims cannot all be true?

use graph::query::{self, Budget, Conflict, STEPS_MAX, Truncation};
use graph::state::ClaimIx;
use serde_json::{Value, json};

use super::Context;
use crate::cli;
use crate::output::say;
use crate::report::Failure;
use crate::{answer, lookup, wiring};

pub(super) fn run(args: &cli::Conflicts, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let about =
        args.name.as_deref().map(|name| lookup::entity(&view, name, args.kind)).transpose()?;
    let mut found = query::conflicts(&view, about, &Budget::steps(STEPS_MAX));
    let total = found.found.len();
    let cut = found.truncated.or(Truncation::to_limit(&mut found.found, args.limit));
    if args.json.wanted {
        let claim = |ix: &ClaimIx| answer::claim(&view, *ix);
        let one = |conflict: &Conflict| {
            json!({
                "kind": conflict.kind.as_str(),
                "explanation": conflict.explanation,
                "entities": answer::entities(&view, conflict.entities.iter().copied()),
                "claims": conflict.claims.iter().map(claim).collect::<Vec<Value>>(),
            })
        };
        let all: Vec<Value> = found.found.iter().map(one).collect();
        return context.out.json(&json!({
            "seq": view.seq().get(),
            "total": total,
            "conflicts": all,
            "truncated": answer::truncation(cut),
        }));
    }
    if let Some(cut) = &cut {
        say(answer::cut_short(cut));
    }
    if found.found.is_empty() && cut.is_none() {
        say("no accepted claims are known that cannot all be true");
        return Ok(());
    }
    let rows = found.found.iter().map(|conflict| {
        [
            conflict.kind.as_str().to_owned(),
            answer::names(&view, conflict.entities.iter().copied()),
            conflict.claims.len().to_string(),
            conflict.explanation.clone(),
        ]
    });
    context.out.table(["KIND", "ABOUT", "CLAIMS", "WHY"], rows)
}
