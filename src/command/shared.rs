//! `common`: whom do several entities share?

use graph::query::{Budget, CommonQuery, STEPS_MAX, common};
use graph::state::EntityIx;
use petgraph::Direction;
use serde_json::{Value, json};

use super::Context;
use crate::cli;
use crate::output::say;
use crate::report::Failure;
use crate::{answer, lookup, wiring};

pub(super) fn run(args: &cli::Common, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let mut of: Vec<EntityIx> = Vec::new();
    for name in &args.names {
        let entity = lookup::entity(&view, name, None)?;
        if !of.contains(&entity) {
            of.push(entity);
        }
    }
    if let [only] = of.as_slice() {
        let name = view.name(*only);
        return Err(Failure::usage(format!("all of these are one and the same: {name}"))
            .way_out("name two entities that differ"));
    }
    let query = CommonQuery {
        of,
        predicate: args.predicate,
        direction: match args.direction {
            cli::Direction::Out => Some(Direction::Outgoing),
            cli::Direction::In => Some(Direction::Incoming),
            cli::Direction::Both => None,
        },
        limit: args.limit,
    };
    let found = common(&view, &query, &Budget::steps(STEPS_MAX));
    if args.json.wanted {
        let one = |common: &graph::query::Common| {
            json!({
                "entity": answer::entity(&view, common.entity),
                "relations": answer::relations(&view, &common.relations),
            })
        };
        let all: Vec<Value> = found.found.iter().map(one).collect();
        return context.out.json(&json!({
            "seq": view.seq().get(),
            "of": answer::entities(&view, query.of),
            "common": all,
            "truncated": answer::truncation(found.truncated),
        }));
    }
    if let Some(cut) = &found.truncated {
        say(answer::cut_short(cut));
    }
    if found.found.is_empty() {
        say(format_args!("no source names anyone whom {} share", answer::names(&view, query.of)));
        return Ok(());
    }
    let rows = found.found.iter().map(|common| {
        [
            view.kind(common.entity).to_string(),
            view.name(common.entity).to_string(),
            common.relations.len().to_string(),
            view.entity_id(common.entity).to_string(),
        ]
    });
    context.out.table(["KIND", "NAME", "RELATIONS", "ID"], rows)
}
