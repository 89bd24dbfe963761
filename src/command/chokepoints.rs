//! `chokepoints`: the single points of failure of an entity's supply.

use graph::query::{Budget, ChokepointQuery, STEPS_MAX, Truncation, chokepoints};
use serde_json::{Value, json};

use super::Context;
use crate::cli;
use crate::output::say;
use crate::report::Failure;
use crate::{answer, lookup, wiring};

/// How many of those cut off are named in a table, and in JSON.
const NAMED: usize = 5;
const NAMED_IN_JSON: usize = 1_000;

pub(super) fn run(args: &cli::Chokepoints, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let of = lookup::entity(&view, &args.name, args.kind)?;
    let examples = if args.json.wanted { NAMED_IN_JSON } else { NAMED };
    let query =
        ChokepointQuery { of, max_depth: args.depth, examples, planned: args.plans.planned };
    let mut found = chokepoints(&view, &query, &Budget::steps(STEPS_MAX));
    let limited = Truncation::to_limit(&mut found.found, args.limit);
    found.truncated = found.truncated.or(limited);
    if args.json.wanted {
        let one = |point: &graph::query::Chokepoint| {
            json!({
                "entity": answer::entity(&view, point.entity),
                "depth": point.depth,
                "cuts_off": point.cuts_off,
                "share": point.share,
                "examples": answer::entities(&view, point.examples.iter().copied()),
                "via": answer::relations(&view, &point.via),
            })
        };
        let all: Vec<Value> = found.found.iter().map(one).collect();
        return context.out.json(&json!({
            "seq": view.seq().get(),
            "of": answer::entity(&view, of),
            "upstream": found.upstream,
            "chokepoints": all,
            "truncated": answer::truncation(found.truncated),
        }));
    }
    if let Some(cut) = &found.truncated {
        say(answer::cut_short(cut));
    }
    if found.found.is_empty() && found.truncated.is_none_or(|cut| cut.limit == "depth") {
        let (name, upstream) = (view.name(of), found.upstream);
        say(format_args!("of {upstream} known upstream of {name}, none hangs on another"));
        return Ok(());
    }
    let rows = found.found.iter().map(|point| {
        [
            view.name(point.entity).to_string(),
            point.depth.to_string(),
            point.cuts_off.to_string(),
            format!("{:.0}%", point.share * 100.0),
            answer::names(&view, point.examples.iter().copied()),
            view.entity_id(point.entity).to_string(),
        ]
    });
    context.out.table(["NAME", "TIER", "CUTS OFF", "OF ALL", "SUCH AS", "ID"], rows)
}
