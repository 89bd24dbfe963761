//! Prints what the rules read in an article, one JSON object a line: `extract_ndjson FILE [DATE]`.
//!
//! A working tool for tuning rules against an annotation; the program's own `extract` command
//! writes the full interchange format.

use std::process::ExitCode;
use std::time::Instant;

use graph::extract::Extractor;
use graph::model::{Document, DocumentMeta, EntityDraft, Statement};
use serde_json::json;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: extract_ndjson FILE [DATE]")?;
    let mut text = std::fs::read_to_string(&path)?;
    let mut date = arguments.next();
    if let Some(rest) = text.strip_prefix("---\n") {
        let (front, body) = rest.split_once("\n---\n").ok_or("front matter without an end")?;
        let published = front.lines().find_map(|l| l.strip_prefix("published_on: "));
        date = date.or(published.map(str::to_owned));
        text = body.to_owned();
    }
    let meta = DocumentMeta {
        title: path,
        publisher: None,
        published_on: date.map(|d| d.parse()).transpose()?,
        url: None,
        language: "zh".into(),
    };
    let document = Document::new(meta, &text)?;
    let extractor = seeds::RuleExtractor::bundled()?;
    let started = Instant::now();
    let extraction = extractor.extract(&document)?;
    eprintln!("{} characters in {:?}", text.chars().count(), started.elapsed());
    write(&extraction)
}

#[expect(clippy::print_stdout, reason = "the example prints its result")]
fn write(extraction: &graph::extract::Extraction) -> Result<(), Box<dyn std::error::Error>> {
    for (id, entity) in extraction.drafts.entities.iter().enumerate() {
        if let EntityDraft::Named { kind, name, also_known_as } = entity {
            let row = json!({"type": "entity", "id": id.to_string(), "kind": kind.as_str(), "name": name, "aliases": also_known_as});
            println!("{row}");
        }
    }
    for (claim, rule) in extraction.drafts.claims.iter().zip(&extraction.rules) {
        let quote = claim.evidence.as_ref().map(|e| e.quote.as_str());
        let row = match &claim.statement {
            Statement::Relation(r) => json!({
                "type": "relation", "predicate": r.predicate.as_str(),
                "source": r.source.0.to_string(), "target": r.target.0.to_string(),
                "product": r.qualifiers.product.map(|e| e.0.to_string()),
                "stage": r.qualifiers.stage.map(|e| e.0.to_string()),
                "texts": r.qualifiers.texts.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(),
                "modality": r.modality.as_str(), "validity": r.validity.from().map(|d| d.to_string()),
                "confidence": claim.confidence.value(), "rule": rule, "quote": quote,
            }),
            Statement::Observation(o) => json!({
                "type": "observation", "subject": o.subject.0.to_string(), "metric": o.metric,
                "value": o.value, "value_max": o.value_max, "unit": o.unit,
                "comparator": o.comparator.as_str(),
                "period": o.period.as_ref().map(ToString::to_string),
                "modality": o.modality.as_str(), "rule": rule, "quote": quote,
            }),
            Statement::Role(r) => json!({"type": "role", "entity": r.entity.0.to_string(),
                "role": r.role.as_str(), "basis": format!("{:?}", r.basis), "rule": rule, "quote": quote}),
            Statement::Alias { entity, text } => {
                json!({"type": "alias", "entity": entity.0.to_string(), "text": text, "quote": quote})
            }
            _ => continue,
        };
        println!("{row}");
    }
    Ok(())
}
