//! `ranking`: who matters most?

use graph::query::{self, Budget, Ranked, RankingQuery, STEPS_MAX, ranking};
use graph::view::PredicateSet;
use serde_json::{Value, json};

use super::Context;
use crate::cli::{self, Measure};
use crate::output::say;
use crate::report::Failure;
use crate::{answer, lookup, wiring};

pub(super) fn run(args: &cli::Ranking, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let within =
        args.within.as_deref().map(|name| lookup::entity(&view, name, None)).transpose()?;
    let query = RankingQuery {
        measure: match args.by {
            Measure::Degree => query::Measure::Degree,
            Measure::Pagerank => query::Measure::PageRank,
            Measure::Betweenness => query::Measure::Betweenness,
            Measure::Closeness => query::Measure::Closeness,
        },
        kinds: args.kind.clone(),
        predicates: PredicateSet::of(args.predicate.iter().copied()),
        within,
        limit: args.limit,
        walk_max: query::WALK_MAX,
    };
    let found = ranking(&view, &query, &Budget::steps(STEPS_MAX));
    if args.json.wanted {
        let one = |ranked: &Ranked| {
            json!({
                "rank": ranked.rank,
                "entity": answer::entity(&view, ranked.entity),
                "score": ranked.score,
                "error": ranked.error,
            })
        };
        let all: Vec<Value> = found.ranked.iter().map(one).collect();
        return context.out.json(&json!({
            "seq": view.seq().get(),
            "of": found.of,
            "sampled": found.sampled,
            "ranked": all,
            "truncated": answer::truncation(found.truncated),
        }));
    }
    if let Some(size) = found.sampled {
        let of = found.of;
        say(format_args!(
            "estimated by walks from {size} of {of} entities; ± is what 95 in 100 keep"
        ));
    }
    if found.ranked.is_empty() {
        say("nobody stands in such relations");
        return Ok(());
    }
    let rows = found.ranked.iter().map(|ranked| {
        let error =
            if ranked.error > 0.0 { format!(" ± {:.6}", ranked.error) } else { String::new() };
        let score = match query.measure {
            query::Measure::Degree => format!("{:.0}", ranked.score),
            _ => format!("{:.6}{error}", ranked.score),
        };
        [
            ranked.rank.to_string(),
            view.kind(ranked.entity).to_string(),
            view.name(ranked.entity).to_string(),
            score,
            view.entity_id(ranked.entity).to_string(),
        ]
    });
    context.out.table(["RANK", "KIND", "NAME", "SCORE", "ID"], rows)
}
