//! `communities`: which groups does the graph fall into?

use graph::query::{Budget, Community, CommunityQuery, STEPS_MAX, communities};
use graph::view::PredicateSet;
use serde_json::{Value, json};

use super::Context;
use crate::cli;
use crate::output::say;
use crate::report::Failure;
use crate::{answer, wiring};

/// How many members a table names.
const NAMED: usize = 5;

pub(super) fn run(args: &cli::Communities, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let query = CommunityQuery {
        predicates: PredicateSet::of(args.predicate.iter().copied()),
        min_size: args.min_size,
        limit: args.limit,
    };
    let found = communities(&view, &query, &Budget::steps(STEPS_MAX));
    if args.json.wanted {
        let one = |group: &Community| {
            json!({
                "size": group.members.len(),
                "density": group.density,
                "members": answer::entities(&view, group.members.iter().copied()),
            })
        };
        let all: Vec<Value> = found.found.iter().map(one).collect();
        return context.out.json(&json!({
            "seq": view.seq().get(),
            "modularity": found.modularity,
            "communities": all,
            "truncated": answer::truncation(found.truncated),
        }));
    }
    if let Some(cut) = &found.truncated {
        say(answer::cut_short(cut));
    }
    if found.found.is_empty() {
        say(format_args!("no group has {} members", args.min_size));
        return Ok(());
    }
    say(format_args!("modularity {:.3}", found.modularity));
    let rows = found.found.iter().map(|group| {
        [
            group.members.len().to_string(),
            format!("{:.2}", group.density),
            answer::names(&view, group.members.iter().take(NAMED).copied()),
        ]
    });
    context.out.table(["SIZE", "DENSITY", "LEADING"], rows)
}
