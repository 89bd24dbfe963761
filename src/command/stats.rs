//! `stats`: how much is known?

use std::collections::BTreeMap;

use graph::query::stats;
use serde_json::json;

use super::Context;
use crate::cli::Stats;
use crate::report::Failure;
use crate::wiring;

pub(super) fn run(args: &Stats, context: &mut Context) -> Result<(), Failure> {
    let view = wiring::view_at(&args.moment, context)?;
    let found = stats(&view);
    if args.json.wanted {
        let by_kind: BTreeMap<&str, u64> =
            found.by_kind.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
        let by_predicate = found.by_predicate.iter();
        let by_predicate: BTreeMap<&str, u64> =
            by_predicate.map(|(predicate, count)| (predicate.as_str(), *count)).collect();
        return context.out.json(&json!({
            "seq": view.seq().get(),
            "entities": found.entities,
            "relations": found.relations,
            "claims": found.claims,
            "documents": found.documents,
            "by_kind": by_kind,
            "by_predicate": by_predicate,
        }));
    }
    let all = [
        ("entities", found.entities),
        ("relations", found.relations),
        ("claims", found.claims),
        ("documents", found.documents),
    ];
    let all = all.map(|(what, count)| [what.to_owned(), String::new(), count.to_string()]);
    let kinds = found
        .by_kind
        .iter()
        .map(|(kind, count)| ["entities".to_owned(), kind.to_string(), count.to_string()]);
    let predicates = found.by_predicate.iter().map(|(predicate, count)| {
        ["relations".to_owned(), predicate.to_string(), count.to_string()]
    });
    context.out.table(["WHAT", "OF", "COUNT"], all.into_iter().chain(kinds).chain(predicates))
}
