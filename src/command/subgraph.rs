//! `subgraph`: what surrounds some entities?

use graph::query::{Budget, STEPS_MAX, SubgraphQuery, subgraph};
use graph::view::PredicateSet;
use serde_json::json;

use super::Context;
use crate::cli;
use crate::output::say;
use crate::report::Failure;
use crate::{answer, lookup, wiring};

pub(super) fn run(args: &cli::Subgraph, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let around = args.names.iter().map(|name| lookup::entity(&view, name, None));
    let query = SubgraphQuery {
        around: around.collect::<Result<Vec<_>, _>>()?,
        depth: args.depth,
        limit: args.limit,
        predicates: PredicateSet::of(args.predicates.iter().copied()),
        kinds: args.kinds.clone(),
    };
    let found = subgraph(&view, &query, &Budget::steps(STEPS_MAX));
    if args.json.wanted {
        return context.out.json(&json!({
            "seq": view.seq().get(),
            "around": answer::entities(&view, query.around),
            "entities": answer::entities(&view, found.entities),
            "relations": answer::relations(&view, &found.relations),
            "truncated": answer::truncation(found.truncated),
        }));
    }
    if let Some(cut) = &found.truncated {
        say(answer::cut_short(cut));
    }
    if found.relations.is_empty() {
        say(format_args!("no source links {} to anyone", answer::names(&view, query.around)));
        return Ok(());
    }
    let rows = found.relations.iter().map(|ix| {
        let (source, target) = view.ends(*ix);
        let product = view.product(*ix).map(|product| view.name(product).to_string());
        [
            view.name(source).to_string(),
            view.predicate(*ix).to_string(),
            view.name(target).to_string(),
            product.unwrap_or_default(),
            if view.is_actual(*ix) { String::new() } else { "planned".to_owned() },
            format!("{:.2}", view.relation_confidence(*ix).value()),
        ]
    });
    context.out.table(["FROM", "RELATION", "TO", "PRODUCT", "STATE", "CONFIDENCE"], rows)
}
