//! `duplicates`: which entities may be one?

use graph::query::{Budget, DuplicatePair, DuplicateQuery, STEPS_MAX, duplicates};
use serde_json::{Value, json};

use super::Context;
use crate::cli;
use crate::output::say;
use crate::report::Failure;
use crate::{answer, wiring};

pub(super) fn run(args: &cli::Duplicates, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let query =
        DuplicateQuery { kinds: args.kind.clone(), min_score: args.min_score, limit: args.limit };
    let found = duplicates(&view, &query, &Budget::steps(STEPS_MAX));
    let reasons = |pair: &DuplicatePair| -> Vec<String> {
        pair.signs.iter().map(|sign| sign.sentence(&view)).collect()
    };
    if args.json.wanted {
        let one = |pair: &DuplicatePair| {
            json!({
                "a": answer::entity(&view, pair.a),
                "b": answer::entity(&view, pair.b),
                "score": pair.score,
                "reasons": reasons(pair),
            })
        };
        let all: Vec<Value> = found.found.iter().map(one).collect();
        return context.out.json(&json!({
            "seq": view.seq().get(),
            "duplicates": all,
            "truncated": answer::truncation(found.truncated),
        }));
    }
    if let Some(cut) = &found.truncated {
        say(answer::cut_short(cut));
    }
    if found.found.is_empty() && found.truncated.is_none() {
        say(format_args!("no two entities are alike enough to score {}", args.min_score));
        return Ok(());
    }
    let rows = found.found.iter().map(|pair| {
        [
            format!("{:.3}", pair.score),
            view.kind(pair.a).as_str().to_owned(),
            view.name(pair.a).to_string(),
            view.name(pair.b).to_string(),
            reasons(pair).join("；"),
        ]
    });
    context.out.table(["SCORE", "KIND", "NAME", "NAME", "WHY"], rows)
}
