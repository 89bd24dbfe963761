//! `eval`: how well do claims agree with what a careful reader took from the same text?

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use seeds::eval::{Evaluation, Gold, Part, Said, Score, Strictness, evaluate};
use serde_json::{Value, json};

use super::Context;
use crate::cli::Eval;
use crate::intake::STANDARD_INPUT;
use crate::report::Failure;

pub(super) fn run(args: &Eval, context: &mut Context) -> Result<(), Failure> {
    let gold = Gold::read(open(&args.gold)?).map_err(|error| unusable(&args.gold, &error))?;
    let claims: Box<dyn BufRead> = if args.claims.as_os_str() == STANDARD_INPUT {
        Box::new(io::stdin().lock())
    } else {
        Box::new(open(&args.claims)?)
    };
    let said = Said::read(claims).map_err(|error| unusable(&args.claims, &error))?;
    let strictness = if args.relaxed { Strictness::Relaxed } else { Strictness::Strict };
    let evaluation = evaluate(&gold, &said, strictness);
    if args.json.wanted {
        return context.out.json(&as_json(&evaluation, args.relaxed));
    }
    let parts = [
        ("entities", evaluation.entities.score),
        ("relations", evaluation.relations.score),
        ("observations", evaluation.observations.score),
    ];
    let kinds = evaluation.kinds.iter().map(|(name, score)| (name.as_str(), *score));
    let predicates = evaluation.predicates.iter().map(|(name, score)| (name.as_str(), *score));
    let rows = parts.into_iter().chain(kinds).chain(predicates).map(|(name, score)| {
        [
            name.to_owned(),
            format!("{:.3}", score.precision()),
            format!("{:.3}", score.recall()),
            format!("{:.3}", score.f1()),
            score.right.to_string(),
            score.said.to_string(),
            score.gold.to_string(),
        ]
    });
    context.out.table(["", "PRECISION", "RECALL", "F1", "RIGHT", "SAID", "GOLD"], rows)
}

fn open(path: &Path) -> Result<BufReader<File>, Failure> {
    let file = File::open(path).map_err(|error| Failure::unreadable(path, &error))?;
    Ok(BufReader::new(file))
}

fn unusable(path: &Path, error: &(dyn std::error::Error + 'static)) -> Failure {
    let failure = Failure::of(error);
    failure.about(path.display())
}

fn as_json(evaluation: &Evaluation, relaxed: bool) -> Value {
    let score = |score: &Score| {
        json!({
            "precision": score.precision(),
            "recall": score.recall(),
            "f1": score.f1(),
            "right": score.right,
            "said": score.said,
            "gold": score.gold,
        })
    };
    let part = |part: &Part| {
        let mut value = score(&part.score);
        value["spurious"] = json!(part.spurious);
        value["missed"] = json!(part.missed);
        value
    };
    let each = |scores: &std::collections::BTreeMap<String, Score>| -> Value {
        scores.iter().map(|(name, of)| (name.clone(), score(of))).collect()
    };
    json!({
        "relaxed": relaxed,
        "entities": part(&evaluation.entities),
        "relations": part(&evaluation.relations),
        "observations": part(&evaluation.observations),
        "kinds": each(&evaluation.kinds),
        "predicates": each(&evaluation.predicates),
    })
}
