//! `trace`: supply links, tier by tier.

use graph::model::{EntityKind, Predicate};
use graph::query::{self, Budget, EntityFilter, STEPS_MAX, TraceQuery, trace};
use graph::state::EntityIx;
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
        predicates: predicates(&args.predicates),
        product_on_first_link: carried(&view, args.first_product.as_deref())?,
        product_on_every_link: carried(&view, args.product.as_deref())?,
        leaf: leaf(&view, args)?,
        min_confidence: args.min_confidence,
        basis: args.basis.iter().map(|basis| basis_of(*basis)).collect(),
        planned: args.plans.planned,
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
        let such = if is_narrowed(args) { "such " } else { "" };
        say(format_args!("no source names {such}{side} of {}", view.name(from)));
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

/// Whether it asks for some of the links only.
fn is_narrowed(args: &Trace) -> bool {
    let carried = args.product.is_some() || args.first_product.is_some();
    let leaf =
        args.leaf_within.is_some() || !(args.leaf_kind.is_empty() && args.leaf_role.is_empty());
    carried || leaf || args.min_confidence > 0.0 || !args.predicates.is_empty()
}

fn predicates(named: &[Predicate]) -> PredicateSet {
    if named.is_empty() {
        PredicateSet::of([Predicate::Supplies])
    } else {
        PredicateSet::of(named.iter().copied())
    }
}

/// What a link may carry, or the stage in which it may stand.
fn carried(view: &View, name: Option<&str>) -> Result<Option<EntityIx>, Failure> {
    let Some(name) = name else { return Ok(None) };
    let product = lookup::entity(view, name, Some(EntityKind::Product));
    let found = product.or_else(|_| lookup::entity(view, name, None))?;
    match view.kind(found) {
        EntityKind::Product | EntityKind::Stage => Ok(Some(found)),
        other => {
            Err(Failure::usage(format!("`{name}` is a {other}; links carry a PRODUCT or a STAGE")))
        }
    }
}

/// What the far ends must be; `None` where nothing is asked of them.
fn leaf(view: &View, args: &Trace) -> Result<Option<EntityFilter>, Failure> {
    let within = args.leaf_within.as_deref();
    let within = within.map(|name| lookup::entity(view, name, None)).transpose()?;
    let (kinds, roles) = (args.leaf_kind.clone(), args.leaf_role.clone());
    let asks_nothing = kinds.is_empty() && roles.is_empty() && within.is_none();
    let filter = EntityFilter { kinds, roles, within, ..EntityFilter::default() };
    Ok((!asks_nothing).then_some(filter))
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
