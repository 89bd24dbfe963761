//! `impact`: what breaks if some entities fail?

use graph::query::{Budget, CutOff, Impact, ImpactQuery, Lost, STEPS_MAX, impact};
use graph::view::View;
use serde_json::{Value, json};

use super::Context;
use crate::cli;
use crate::output::say;
use crate::report::Failure;
use crate::{answer, lookup, wiring};

pub(super) fn run(args: &cli::Impact, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let of = args.names.iter().map(|name| lookup::entity(&view, name, None));
    let query = ImpactQuery {
        of: of.collect::<Result<Vec<_>, _>>()?,
        max_depth: args.depth,
        limit: args.limit,
        planned: args.plans.planned,
    };
    let found = impact(&view, &query, &Budget::steps(STEPS_MAX));
    if args.json.wanted {
        let mut shown = as_json(&view, &found);
        shown["of"] = answer::entities(&view, query.of).into();
        return context.out.json(&shown);
    }
    if let Some(cut) = &found.truncated {
        say(answer::cut_short(cut));
    }
    if found.touched.is_empty() {
        say(format_args!("no source names customers of {}", answer::names(&view, query.of)));
        return Ok(());
    }
    let rows = found.touched.iter().map(|step| {
        let lost = found.cut_off.iter().filter(|cut| cut.entity == step.entity);
        let lost: Vec<String> = lost.map(|cut| words(&view, cut)).collect();
        [
            step.depth.to_string(),
            view.name(step.entity).to_string(),
            view.name(view.ends(step.via).0).to_string(),
            lost.join("；"),
            view.entity_id(step.entity).to_string(),
        ]
    });
    context.out.table(["TIER", "NAME", "REACHED BY", "LOSES", "ID"], rows)
}

fn words(view: &View, cut: &CutOff) -> String {
    let lost = lost(view, cut.lost);
    if cut.alternatives.is_empty() {
        return lost;
    }
    format!("{lost} (or from {})", answer::names(view, cut.alternatives.iter().map(|a| a.entity)))
}

fn lost(view: &View, lost: Lost) -> String {
    match lost {
        Lost::Product(product) => view.name(product).to_string(),
        Lost::Everything => "every known supplier".into(),
    }
}

fn as_json(view: &View, found: &Impact) -> Value {
    let touched: Vec<Value> = found
        .touched
        .iter()
        .map(|step| {
            json!({
                "depth": step.depth,
                "entity": answer::entity(view, step.entity),
                "via": answer::relations(view, &[step.via]),
            })
        })
        .collect();
    let cut_off: Vec<Value> = found
        .cut_off
        .iter()
        .map(|cut| {
            let product = match cut.lost {
                Lost::Product(product) => answer::entity(view, product),
                Lost::Everything => Value::Null,
            };
            let alternatives = cut.alternatives.iter().map(|other| {
                json!({
                    "entity": answer::entity(view, other.entity),
                    "relations": answer::relations(view, &other.relations),
                })
            });
            json!({
                "entity": answer::entity(view, cut.entity),
                "lost": lost(view, cut.lost),
                "product": product,
                "relations": answer::relations(view, &cut.relations),
                "alternatives": alternatives.collect::<Vec<Value>>(),
            })
        })
        .collect();
    json!({
        "seq": view.seq().get(),
        "touched": touched,
        "cut_off": cut_off,
        "truncated": answer::truncation(found.truncated),
    })
}
