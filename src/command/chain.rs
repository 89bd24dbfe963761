//! `chain`: templates of chains in, reports on chains out.

use graph::query::{Budget, ChainReport, ChainReportQuery, STEPS_MAX, StageReport, chain_report};
use graph::view::View;
use serde_json::{Value, json};

use super::Context;
use crate::cli;
use crate::output::say;
use crate::report::Failure;
use crate::templates::{self, Loaded};
use crate::{answer, lookup, wiring};

/// Records templates.
pub(super) fn load(args: &cli::ChainLoad, context: &mut Context) -> Result<(), Failure> {
    let all =
        if args.paths.is_empty() { templates::bundled()? } else { templates::read(&args.paths)? };
    let (folder, _) = context.config.data();
    let ledger = wiring::open(&folder, &context.config)?;
    let mut loaded = Vec::new();
    for template in &all {
        loaded.push(wiring::block_on(templates::record(&ledger, template))?);
    }
    if args.json.wanted {
        let one = |loaded: &Loaded| {
            json!({
                "template": loaded.author,
                "chain": loaded.chain,
                "stages": loaded.stages,
                "claims": loaded.claims,
            })
        };
        return context.out.json(&loaded.iter().map(one).collect::<Vec<Value>>());
    }
    let rows = loaded.into_iter().map(|loaded| {
        [loaded.chain, loaded.stages.to_string(), loaded.claims.to_string(), loaded.author]
    });
    context.out.table(["CHAIN", "STAGES", "NEW CLAIMS", "TEMPLATE"], rows)
}

/// Describes a chain.
pub(super) fn report(args: &cli::ChainReport, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let chain = lookup::entity(&view, &args.name, None)?;
    let region =
        args.region.as_deref().map(|name| lookup::entity(&view, name, None)).transpose()?;
    let query = ChainReportQuery { chain, region, candidates: args.candidates };
    let found = chain_report(&view, &query, &Budget::steps(STEPS_MAX))
        .map_err(|error| Failure::usage(error.to_string()))?;
    if args.json.wanted {
        return context.out.json(&as_json(&view, &found));
    }
    if let Some(cut) = &found.truncated {
        say(answer::cut_short(cut));
    }
    if found.stages.is_empty() {
        say(format_args!(
            "no source names stages of {}; `lianzhu chain load` records a template of it",
            view.name(chain)
        ));
        return Ok(());
    }
    if !found.unplaced.is_empty() {
        let firms = found.unplaced.iter().map(|firm| firm.entity);
        say(format_args!("of the chain, in no known stage: {}", answer::names(&view, firms)));
    }
    let rows = found.stages.iter().map(|stage| {
        let state = match (stage.firms.len(), stage.coverage.len()) {
            (0, 0) => "not read about",
            (0, _) => "missing",
            (1, _) => "fragile",
            _ => "",
        };
        [
            view.name(stage.stage).to_string(),
            stage.position.clone().unwrap_or_default(),
            answer::names(&view, stage.firms.iter().map(|firm| firm.entity)),
            state.to_owned(),
            stage.coverage.len().to_string(),
            answer::names(&view, stage.candidates.iter().map(|c| c.entity)),
        ]
    });
    context.out.table(["STAGE", "POSITION", "FIRMS", "STATE", "DOCUMENTS", "CANDIDATES"], rows)
}

fn as_json(view: &View, found: &ChainReport) -> Value {
    let firm = |firm: &graph::query::StageFirm| {
        json!({
            "entity": answer::entity(view, firm.entity),
            "stated": firm.stated,
            "relations": answer::relations(view, &firm.relations),
        })
    };
    let candidate = |candidate: &graph::query::Candidate| {
        let reasons = candidate.reasons.iter().map(|reason| {
            json!({
                "reason": reason.sentence(view),
                "relations": answer::relations(view, reason.relations()),
            })
        });
        json!({
            "entity": answer::entity(view, candidate.entity),
            "reasons": reasons.collect::<Vec<Value>>(),
        })
    };
    let stage = |stage: &StageReport| {
        let documents =
            stage.coverage.iter().map(|ix| view.document(*ix).document.meta().title.clone());
        json!({
            "stage": answer::entity(view, stage.stage),
            "position": stage.position,
            "part_of": answer::relations(view, &stage.part_of),
            "firms": stage.firms.iter().map(firm).collect::<Vec<Value>>(),
            "leaders": answer::entities(view, stage.leaders.iter().copied()),
            "concentration": stage.concentration,
            "coverage": stage.coverage.len(),
            "documents": documents.collect::<Vec<_>>(),
            "candidates": stage.candidates.iter().map(candidate).collect::<Vec<Value>>(),
        })
    };
    json!({
        "seq": view.seq().get(),
        "chain": answer::entity(view, found.chain),
        "stages": found.stages.iter().map(stage).collect::<Vec<Value>>(),
        "unplaced": found.unplaced.iter().map(firm).collect::<Vec<Value>>(),
        "missing": answer::entities(view, found.missing.iter().copied()),
        "fragile": answer::entities(view, found.fragile.iter().copied()),
        "truncated": answer::truncation(found.truncated),
    })
}
