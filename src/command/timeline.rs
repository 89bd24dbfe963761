//! `timeline`: what began when?

use graph::query::{self, Budget, STEPS_MAX, TimelineQuery};
use serde_json::{Value, json};

use super::Context;
use crate::cli::{self, Bucket, Clock};
use crate::output::say;
use crate::report::Failure;
use crate::{answer, wiring};

pub(super) fn run(args: &cli::Timeline, context: &mut Context) -> Result<(), Failure> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && to < from
    {
        return Err(Failure::usage(format!("--to {to} lies before --from {from}")));
    }
    let view = wiring::view_at(&args.moment, context)?;
    let query = TimelineQuery {
        clock: match args.clock {
            Clock::Recorded => query::Clock::Recorded,
            Clock::Valid => query::Clock::Valid,
        },
        bucket: match args.bucket {
            Bucket::Day => query::Bucket::Day,
            Bucket::Month => query::Bucket::Month,
            Bucket::Year => query::Bucket::Year,
        },
        from: args.from,
        to: args.to,
        limit: args.limit,
    };
    let found = query::timeline(&view, &query, &Budget::steps(STEPS_MAX));
    if args.json.wanted {
        let buckets: Vec<Value> = found
            .buckets
            .iter()
            .map(|bucket| {
                json!({
                    "start": bucket.start.to_string(),
                    "entities": bucket.entities,
                    "relations": bucket.relations,
                    "claims": bucket.claims,
                })
            })
            .collect();
        return context.out.json(&json!({
            "seq": view.seq().get(),
            "buckets": buckets,
            "truncated": answer::truncation(found.truncated),
        }));
    }
    if let Some(cut) = &found.truncated {
        say(answer::cut_short(cut));
    }
    if found.buckets.is_empty() {
        say("nothing that is known has a date there");
        return Ok(());
    }
    let rows = found.buckets.iter().map(|bucket| {
        [
            bucket.start.to_string(),
            bucket.entities.to_string(),
            bucket.relations.to_string(),
            bucket.claims.to_string(),
        ]
    });
    context.out.table(["FROM", "ENTITIES", "RELATIONS", "CLAIMS"], rows)
}
