//! Parts of answers as JSON, the same in every command: entities, relations with their claims, what
//! was cut.

use graph::query::Truncation;
use graph::state::{ClaimIx, EntityIx, RelationIx};
use graph::view::View;
use serde_json::{Value, json};

/// An entity.
pub(crate) fn entity(view: &View, ix: EntityIx) -> Value {
    json!({
        "id": view.entity_id(ix).to_string(),
        "kind": view.kind(ix).as_str(),
        "name": &*view.name(ix),
    })
}

/// Entities in their order.
pub(crate) fn entities(view: &View, all: impl IntoIterator<Item = EntityIx>) -> Vec<Value> {
    all.into_iter().map(|ix| entity(view, ix)).collect()
}

/// A claim with the words that say so.
pub(crate) fn claim(view: &View, ix: ClaimIx) -> Value {
    let claim = view.claim(ix);
    let evidence = claim.evidence.as_ref();
    json!({
        "id": claim.id.to_string(),
        "statement": view.sentence(ix),
        "asserted_by": &*claim.asserted_by,
        "quote": evidence.map(|e| e.quote.as_str()),
        "document": evidence.map(|e| view.document(e.document).document.meta().title.clone()),
    })
}

/// Relations that hold in the view, each with the claims that hold it up and their words.
pub(crate) fn relations(view: &View, all: &[RelationIx]) -> Vec<Value> {
    let held = all.iter().filter_map(|ix| view.relation(*ix));
    held.map(|relation| {
        let claims: Vec<Value> = relation.claims.iter().map(|ix| claim(view, *ix)).collect();
        json!({
            "id": relation.id.to_string(),
            "predicate": relation.predicate.as_str(),
            "source": entity(view, relation.source),
            "target": entity(view, relation.target),
            "product": view.product(relation.ix).map(|product| entity(view, product)),
            "confidence": relation.confidence.value(),
            "claims": claims,
        })
    })
    .collect()
}

/// What cut an answer; null where nothing did.
pub(crate) fn truncation(cut: Option<Truncation>) -> Value {
    cut.map_or(
        Value::Null,
        |cut| json!({ "limit": cut.limit, "at": cut.at, "remaining": cut.remaining }),
    )
}

/// The same for people.
pub(crate) fn cut_short(cut: &Truncation) -> String {
    let rest = cut.remaining.map(|rest| format!("; {rest} more are known")).unwrap_or_default();
    let way_out = match cut.limit {
        "depth" => "raise --depth to see farther",
        "limit" => "raise --limit to see more",
        "block" => "names that so many share were compared in part",
        _ => "ask for less",
    };
    format!("this is not all: cut by {} at {}{rest}; {way_out}", cut.limit, cut.at)
}

/// Merges that followed by rule while something was recorded; nothing where there were none.
pub(crate) fn merged_by_rule(merges: usize) -> String {
    if merges == 0 { String::new() } else { format!(", {merges} merged by strong identifiers") }
}

/// The names of entities in a row.
pub(crate) fn names(view: &View, all: impl IntoIterator<Item = EntityIx>) -> String {
    let names: Vec<String> = all.into_iter().map(|ix| view.name(ix).to_string()).collect();
    names.join("、")
}
