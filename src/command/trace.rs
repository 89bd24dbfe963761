//! `trace`: supply links, tier by tier.

use graph::model::Predicate;
use graph::query::{self, Budget, STEPS_MAX, TraceQuery, trace};
use graph::view::{PredicateSet, View};
use serde_json::{Value, json};

use super::Context;
use crate::cli::{Basis, Trace, TraceDirection};
use crate::output::say;
use crate::report::Failure;
use crate::{answer, lookup, wiring};

pub(super) fn run(args: &Trace, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let from = lookup::entity(&view, &args.name, args.kind)?;
    let query = TraceQuery {
        from,
        direction: match args.direction {
            TraceDirection::Upstream => query::TraceDirection::Upstream,
            TraceDirection::Downstream => query::TraceDirection::Downstream,
        },
        max_depth: args.depth,
        limit: args.limit,
        predicates: PredicateSet::of([Predicate::Supplies]),
        product_on_first_link: None,
        product_on_every_link: None,
        leaf: None,
        min_confidence: args.min_confidence,
        basis: args.basis.iter().map(|basis| basis_of(*basis)).collect(),
    };
    let found = trace(&view, &query, &Budget::steps(STEPS_MAX));
    if args.json.wanted {
        return context.out.json(&as_json(&view, &found));
    }
    if let Some(cut) = &found.truncated {
        say(answer::cut_short(cut));
    }
    if found.tiers.is_empty() {
        let side = match args.direction {
            TraceDirection::Upstream => "suppliers",
            TraceDirection::Downstream => "customers",
        };
        say(format_args!("no source names {side} of {}", view.name(from)));
        return Ok(());
    }
    let rows = found.tiers.iter().flat_map(|tier| {
        tier.steps.iter().map(|step| {
            let products = step.via.iter().filter_map(|ix| view.product(*ix));
            let products: Vec<String> = products.map(|p| view.name(p).to_string()).collect();
            [
                tier.depth.to_string(),
                view.name(step.entity).to_string(),
                view.name(step.from).to_string(),
                products.join("、"),
                step.basis.as_str().to_owned(),
                format!("{:.2}", step.confidence.value()),
                view.entity_id(step.entity).to_string(),
            ]
        })
    });
    let linked = match args.direction {
        TraceDirection::Upstream => "SUPPLIES",
        TraceDirection::Downstream => "SUPPLIED BY",
    };
    context.out.table(["TIER", "NAME", linked, "PRODUCT", "BASIS", "CONFIDENCE", "ID"], rows)
}

fn basis_of(basis: Basis) -> query::Basis {
    match basis {
        Basis::Stated => query::Basis::Stated,
        Basis::Derived => query::Basis::Derived,
    }
}

fn as_json(view: &View, found: &query::Trace) -> Value {
    let entity = |ix| answer::entity(view, ix);
    let step = |step: &query::TraceStep| {
        let relations = step.via.iter().filter_map(|ix| view.relation(*ix));
        let via: Vec<Value> = relations
            .map(|relation| {
                json!({
                    "id": relation.id.to_string(),
                    "predicate": relation.predicate.as_str(),
                    "product": view.product(relation.ix).map(entity),
                    "confidence": relation.confidence.value(),
                })
            })
            .collect();
        json!({
            "entity": entity(step.entity),
            "from": entity(step.from),
            "basis": step.basis.as_str(),
            "confidence": step.confidence.value(),
            "via": via,
        })
    };
    let tiers: Vec<Value> = found
        .tiers
        .iter()
        .map(|tier| {
            let steps: Vec<Value> = tier.steps.iter().map(step).collect();
            json!({ "depth": tier.depth, "steps": steps })
        })
        .collect();
    json!({
        "seq": view.seq().get(),
        "root": entity(found.root),
        "tiers": tiers,
        "truncated": answer::truncation(found.truncated),
    })
}
