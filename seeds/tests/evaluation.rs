use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use seeds::eval::{EvalError, Evaluation, Gold, Said, Score, Strictness, evaluate};

const GOLD: &str = include_str!("evaluation/gold.json");
const CLAIMS: &str = include_str!("evaluation/claims.ndjson");

fn scored(gold: &str, claims: &str, strictness: Strictness) -> Evaluation {
    let gold = Gold::read(gold.as_bytes()).unwrap();
    let said = Said::read(claims.as_bytes()).unwrap();
    evaluate(&gold, &said, strictness)
}

fn score(right: usize, said: usize, gold: usize) -> Score {
    Score { right, said, gold }
}

fn by_name(scores: &[(&str, Score)]) -> BTreeMap<String, Score> {
    scores.iter().map(|(name, score)| ((*name).to_owned(), *score)).collect()
}

#[test]
fn strict_scores_want_the_same_kind_and_predicate() {
    let result = scored(GOLD, CLAIMS, Strictness::Strict);
    assert_eq!(result.entities.score, score(5, 8, 6));
    assert_eq!(result.relations.score, score(2, 6, 4));
    assert_eq!(result.observations.score, score(3, 6, 4));
    assert_eq!(
        result.kinds,
        by_name(&[
            ("CHAIN", score(0, 0, 1)),
            ("CLUSTER", score(0, 1, 0)),
            ("FIRM", score(2, 4, 2)),
            ("PRODUCT", score(1, 1, 1)),
            ("TOWN", score(2, 2, 2)),
        ])
    );
    assert_eq!(
        result.predicates,
        by_name(&[
            ("DEVELOPS", score(0, 1, 0)),
            ("LEADS", score(1, 3, 2)),
            ("OWNS", score(0, 1, 0)),
            ("PARTNERS_WITH", score(1, 1, 1)),
            ("PRODUCES", score(0, 0, 1)),
        ])
    );
}

#[test]
fn relaxed_scores_accept_neighbours() {
    let result = scored(GOLD, CLAIMS, Strictness::Relaxed);
    assert_eq!(result.entities.score, score(6, 8, 6));
    assert_eq!(result.relations.score, score(4, 6, 4));
    assert_eq!(result.observations.score, score(3, 6, 4));
    // Right under the predicate of the gold, said under its own.
    assert_eq!(result.predicates["PRODUCES"], score(1, 0, 1));
    assert_eq!(result.predicates["DEVELOPS"], score(0, 1, 0));
    assert_eq!(result.kinds["CLUSTER"], score(1, 1, 0));
}

#[test]
fn what_went_wrong_is_told_in_words() {
    let result = scored(GOLD, CLAIMS, Strictness::Strict);
    assert_eq!(result.entities.spurious, ["CLUSTER 泵阀产业", "FIRM 丙公司"]);
    assert_eq!(result.entities.missed, ["CHAIN 泵阀产业"]);
    assert_eq!(result.relations.spurious[2], "丙公司 OWNS 乙公司");
    assert_eq!(result.relations.missed[0], "甲科技有限公司 PRODUCES “潜流”水泵");
    assert_eq!(
        result.observations.spurious,
        ["泵阀小镇 企业数 20 家 over", "甲 科技 专利数 7 项 over", "丙公司 专利数 7 项 exact"]
    );
    assert_eq!(result.observations.missed, ["甲科技有限公司 专利数 7 项 exact"]);
}

#[test]
fn scores_are_shares_and_never_divide_by_nothing() {
    let some = score(5, 8, 6);
    assert!((some.precision() - 0.625).abs() < 1e-12);
    assert!((some.recall() - 5.0 / 6.0).abs() < 1e-12);
    assert!((some.f1() - 10.0 / 14.0).abs() < 1e-12);
    for none in [score(0, 0, 0), score(0, 3, 0), score(0, 0, 3)] {
        assert_eq!((none.precision(), none.recall(), none.f1()), (0.0, 0.0, 0.0));
    }
    assert_eq!(scored(GOLD, "", Strictness::Strict).entities.missed.len(), 6);
}

#[test]
fn what_cannot_be_scored_is_named() {
    assert!(matches!(Gold::read(&b"{}"[..]), Err(EvalError::Gold(_))));
    let error = Said::read("\n{\"type\":\"entity\",\"id\":\"e1\"}".as_bytes()).unwrap_err();
    assert!(error.to_string().starts_with("line 2 of the claims: missing field `kind`"), "{error}");
}

/// The annotated article and the reference scorer, where a checkout has them beside it.
fn reference() -> Option<(PathBuf, PathBuf)> {
    let folder = std::env::var_os("LIANZHU_GOLD").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/gold"),
        PathBuf::from,
    );
    let (gold, scorer) = (folder.join("seed.json"), folder.join("score.py"));
    (gold.is_file() && scorer.is_file()).then_some((gold, scorer))
}

/// Claims like those of a middling extractor: some of the gold left out, some of it changed.
fn middling_claims(gold: &serde_json::Value) -> String {
    let rows = |part: &str| gold[part].as_array().unwrap().clone();
    let mut lines = Vec::new();
    for (n, mut entity) in rows("entities").into_iter().enumerate() {
        entity["type"] = "entity".into();
        match n % 7 {
            0 => continue,
            1 => entity["kind"] = "CLUSTER".into(),
            2 => entity["name"] = "别的".into(),
            _ => {}
        }
        lines.push(entity.to_string());
    }
    for (n, mut relation) in rows("relations").into_iter().enumerate() {
        relation["predicate"] =
            if n % 9 == 1 { "DEVELOPS".into() } else { relation["type"].take() };
        relation["type"] = "relation".into();
        if n % 5 == 2 {
            let source = relation["source"].take();
            relation["source"] = relation["target"].take();
            relation["target"] = source;
        }
        lines.push(relation.to_string());
    }
    for (n, mut figure) in rows("observations").into_iter().enumerate() {
        figure["type"] = "observation".into();
        if n % 4 == 0 {
            figure["comparator"] = "OVER".into();
        }
        lines.push(figure.to_string());
        if n % 6 == 0 {
            lines.push(figure.to_string());
        }
    }
    lines.join("\n")
}

fn as_json(result: &Evaluation) -> serde_json::Value {
    let round = |share: f64| format!("{share:.4}").parse::<f64>().unwrap();
    let one = |s: &Score| {
        serde_json::json!({
            "tp": s.right, "predicted": s.said, "gold": s.gold,
            "precision": round(s.precision()), "recall": round(s.recall()), "f1": round(s.f1()),
        })
    };
    let all = |scores: &BTreeMap<String, Score>| {
        scores
            .iter()
            .map(|(name, score)| (name.clone(), one(score)))
            .collect::<serde_json::Map<_, _>>()
    };
    serde_json::json!({
        "entities": one(&result.entities.score), "relations": one(&result.relations.score),
        "observations": one(&result.observations.score),
        "kinds": all(&result.kinds), "types": all(&result.predicates),
    })
}

#[test]
fn scores_equal_the_reference_scorer_where_it_is_at_hand() {
    let Some((gold_path, scorer)) = reference() else { return };
    let gold = fs::read_to_string(&gold_path).unwrap();
    let claims = middling_claims(&serde_json::from_str(&gold).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (own_gold, own) = (folder.path().join("gold.json"), folder.path().join("own.ndjson"));
    let middling = folder.path().join("middling.ndjson");
    fs::write(&own_gold, GOLD).unwrap();
    fs::write(&own, CLAIMS).unwrap();
    fs::write(&middling, &claims).unwrap();
    let cases = [(&gold_path, &middling, &*gold, &*claims), (&own_gold, &own, GOLD, CLAIMS)];
    for (gold_path, claims_path, gold, claims) in cases {
        for strictness in [Strictness::Strict, Strictness::Relaxed] {
            let mut command = Command::new("python3");
            command.arg(&scorer).arg(gold_path).arg(claims_path).arg("--json");
            if strictness == Strictness::Relaxed {
                command.arg("--relaxed");
            }
            // A machine without Python has nothing to compare with.
            let Ok(output) = command.output() else { return };
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let expected: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(as_json(&scored(gold, claims, strictness)), expected, "{strictness:?}");
        }
    }
}
