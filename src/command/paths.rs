//! `paths`: how are two entities linked?

use graph::query::{Budget, Orientation, Path, PathQuery, STEPS_MAX, paths};
use graph::view::{PredicateSet, View};
use serde_json::{Value, json};

use super::Context;
use crate::cli::Paths;
use crate::output::say;
use crate::report::Failure;
use crate::{answer, lookup, wiring};

pub(super) fn run(args: &Paths, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let from = lookup::entity(&view, &args.from, None)?;
    let to = lookup::entity(&view, &args.to, None)?;
    if from == to {
        return Err(Failure::usage(format!(
            "`{}` and `{}` are one and the same: {}",
            args.from,
            args.to,
            view.name(from)
        ))
        .way_out("name two entities that differ"));
    }
    let query = PathQuery {
        from,
        to,
        predicates: PredicateSet::of(args.predicates.iter().copied()),
        max_length: args.max_length,
        limit: args.limit,
        orientation: if args.forward { Orientation::Forward } else { Orientation::Any },
    };
    let found = paths(&view, &query, &Budget::steps(STEPS_MAX));
    if args.json.wanted {
        let all: Vec<Value> = found.paths.iter().map(|path| as_json(&view, path)).collect();
        return context.out.json(&json!({
            "seq": view.seq().get(),
            "from": answer::entity(&view, from),
            "to": answer::entity(&view, to),
            "paths": all,
            "truncated": answer::truncation(found.truncated),
        }));
    }
    if let Some(cut) = &found.truncated {
        say(answer::cut_short(cut));
    }
    if found.paths.is_empty() {
        say(format_args!(
            "no source links {} to {} within {} steps",
            view.name(from),
            view.name(to),
            args.max_length
        ));
        return Ok(());
    }
    let rows = found.paths.iter().map(|path| {
        [
            path.relations.len().to_string(),
            format!("{:.2}", path.confidence.value()),
            drawn(&view, path),
        ]
    });
    context.out.table(["LENGTH", "CONFIDENCE", "PATH"], rows)
}

/// The path in one line, each relation as an arrow from its source to its target.
fn drawn(view: &View, path: &Path) -> String {
    let Some((first, rest)) = path.entities.split_first() else { return String::new() };
    let mut line = view.name(*first).to_string();
    let mut from = *first;
    for (to, relation) in rest.iter().zip(&path.relations) {
        let predicate = view.predicate(*relation);
        let arrow = if view.ends(*relation).0 == from {
            format!(" -{predicate}-> ")
        } else {
            format!(" <-{predicate}- ")
        };
        line.push_str(&arrow);
        line.push_str(&view.name(*to));
        from = *to;
    }
    line
}

fn as_json(view: &View, path: &Path) -> Value {
    json!({
        "length": path.relations.len(),
        "confidence": path.confidence.value(),
        "entities": answer::entities(view, path.entities.iter().copied()),
        "relations": answer::relations(view, &path.relations),
    })
}
