//! `ontology`: the words that claims use.

use graph::model::EntityKind;
use graph::model::ontology::{KINDS, METRICS, PREDICATES, ROLES};
use serde_json::json;

use super::Context;
use crate::cli::Json;
use crate::report::Failure;

pub(super) fn run(json: Json, context: &mut Context) -> Result<(), Failure> {
    if json.wanted { as_json(context) } else { as_tables(context) }
}

fn as_tables(context: &mut Context) -> Result<(), Failure> {
    let out = &mut context.out;
    let rows = KINDS.iter().map(|kind| {
        [kind.kind.to_string(), kind.zh.to_owned(), kind.en.to_owned(), kind.meaning.to_owned()]
    });
    out.table(["KIND", "中文", "ENGLISH", "MEANING"], rows)?;
    out.line("")?;
    let rows = ROLES.iter().map(|r| [r.role.to_string(), r.zh.to_owned(), r.en.to_owned()]);
    out.table(["ROLE", "中文", "ENGLISH"], rows)?;
    out.line("")?;
    let rows = PREDICATES.iter().map(|rule| {
        let symmetric = if rule.symmetric { " (both ways)" } else { "" };
        [
            format!("{}{symmetric}", rule.predicate),
            rule.zh.to_owned(),
            rule.en.to_owned(),
            words(rule.domain).join(" "),
            words(rule.range).join(" "),
        ]
    });
    out.table(["PREDICATE", "中文", "ENGLISH", "FROM", "TO"], rows)?;
    out.line("")?;
    let rows = METRICS.iter().map(|metric| [metric.zh.to_owned(), metric.en.to_owned()]);
    out.table(["METRIC", "ENGLISH"], rows)
}

fn as_json(context: &mut Context) -> Result<(), Failure> {
    let kinds: Vec<_> = KINDS
        .iter()
        .map(|kind| {
            json!({ "name": kind.kind.as_str(), "zh": kind.zh, "en": kind.en, "meaning": kind.meaning })
        })
        .collect();
    let roles: Vec<_> = ROLES
        .iter()
        .map(|role| json!({ "name": role.role.as_str(), "zh": role.zh, "en": role.en }))
        .collect();
    let predicates: Vec<_> = PREDICATES
        .iter()
        .map(|rule| {
            json!({
                "name": rule.predicate.as_str(),
                "zh": rule.zh,
                "en": rule.en,
                "inverse_zh": rule.inverse_zh,
                "inverse_en": rule.inverse_en,
                "symmetric": rule.symmetric,
                "domain": words(rule.domain),
                "range": words(rule.range),
            })
        })
        .collect();
    let metrics: Vec<_> =
        METRICS.iter().map(|metric| json!({ "zh": metric.zh, "en": metric.en })).collect();
    context.out.json(&json!({
        "kinds": kinds,
        "roles": roles,
        "predicates": predicates,
        "metrics": metrics,
    }))
}

fn words(kinds: &[EntityKind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.as_str()).collect()
}
