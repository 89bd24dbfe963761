//! `explain`: which rule reads what in an article, and what becomes of it.

use graph::decide::{Command, OnRefusal, Refusal};
use graph::ledger::{Ledger, Submission};
use graph::model::{ClaimDraft, ClaimId, EntityId};
use graph::view::View;
use seeds::document::ArticleFlags;
use serde_json::json;
use store::Log;

use super::Context;
use crate::cli::Explain;
use crate::intake;
use crate::output::say;
use crate::report::Failure;
use crate::wiring;

/// What became of one claim.
struct Explained {
    rule: String,
    outcome: String,
    sentence: String,
    claim: ClaimDraft,
}

pub(super) fn run(args: &Explain, context: &mut Context) -> Result<(), Failure> {
    let read = intake::read(&args.path, &ArticleFlags::from(&args.metadata))?;
    for note in &read.notes {
        say(format_args!("{}: {note}", args.path.display()));
    }
    let extraction = wiring::extractor()?.extract(&read.document)?;
    // Recorded in a log that ends with the process, the claims say what any log would make of them.
    let ledger = Ledger::open(Log::memory(), context.config.policy()?, |_| {})?;
    let documents = vec![read.document];
    let drafts = extraction.drafts.clone();
    let command = Command::Record { documents, drafts, on_refusal: OnRefusal::LeaveOut };
    let submission =
        Submission { actor: "explain".to_owned(), command, expected: None, idempotency: None };
    let recorded = wiring::block_on(async { Ok(ledger.submit(submission).await?) })?;
    let view = ledger.view();
    let claims = extraction.rules.into_iter().zip(extraction.drafts.claims).enumerate();
    let explained: Vec<Explained> = claims
        .map(|(at, (rule, claim))| {
            let refused = recorded.left_out.iter().find(|(place, _)| *place == at);
            explain(rule, claim, refused.map(|(_, why)| why), &recorded.entities, &view)
        })
        .collect();
    if args.json.wanted {
        let all: Vec<_> = explained.iter().map(as_json).collect();
        return context.out.json(&all);
    }
    let rows = explained.iter().map(|e| {
        let quote = e.claim.evidence.as_ref().map(|evidence| evidence.quote.clone());
        [
            e.rule.clone(),
            e.outcome.clone(),
            format!("{:.2}", e.claim.confidence.value()),
            e.sentence.clone(),
            quote.unwrap_or_default(),
        ]
    });
    context.out.table(["RULE", "OUTCOME", "CONFIDENCE", "CLAIM", "QUOTE"], rows)
}

fn explain(
    rule: String,
    claim: ClaimDraft,
    refused: Option<&Refusal>,
    entities: &[Option<EntityId>],
    view: &View,
) -> Explained {
    let statement =
        claim.statement.try_map(|local| entities.get(local.0).copied().flatten().ok_or(()));
    let recorded = statement.ok().and_then(|statement| {
        let id = ClaimId::derive(&statement, claim.evidence.as_ref(), &claim.asserted_by);
        view.claim_by_id(id)
    });
    let (outcome, sentence) = match (recorded, refused) {
        (Some(ix), _) => (view.claim_status(ix).to_string().to_lowercase(), view.sentence(ix)),
        (None, Some(why)) => ("left out".to_owned(), why.to_string()),
        // An alias that is the very name says nothing new.
        (None, None) => ("already said".to_owned(), String::new()),
    };
    Explained { rule, outcome, sentence, claim }
}

fn as_json(explained: &Explained) -> serde_json::Value {
    json!({
        "rule": explained.rule,
        "outcome": explained.outcome,
        "claim": explained.sentence,
        "confidence": explained.claim.confidence.value(),
        "evidence": explained.claim.evidence.as_ref().map(|evidence| {
            json!({
                "start": evidence.span.start,
                "end": evidence.span.end,
                "quote": evidence.quote,
            })
        }),
    })
}
