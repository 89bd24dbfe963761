//! Where a field failed: null goes up to the nearest place that may be null, as GraphQL says. The
//! engine leaves the failed field out instead, which strict clients take for a broken answer.

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use async_graphql::{PathSegment, Response, Value};

use super::chosen;
use super::table::FieldTable;

/// Fragments within fragments that are looked into. A document that ran nests fewer.
const FRAGMENTS_MAX: usize = 64;

/// Puts null where the fields failed that the errors name.
pub(crate) fn propagate(
    query: &str,
    operation_name: Option<&str>,
    table: &FieldTable,
    response: &mut Response,
) {
    if response.errors.iter().all(|error| error.path.is_empty()) {
        return;
    }
    // It ran, so it parses.
    let Ok(document) = async_graphql::parser::parse_query(query) else { return };
    let Some(operation) = chosen(&document, operation_name) else { return };
    let root = (&operation.selection_set.node, FieldTable::root(operation.ty));
    for error in &response.errors {
        let may_be_null = nullability(&document, root, table, &error.path);
        let up_to = may_be_null.iter().rposition(|null| *null);
        match up_to {
            Some(last) => put_null(&mut response.data, &error.path[..=last]),
            None if error.path.is_empty() => {}
            None => response.data = Value::Null,
        }
    }
}

/// For each step of a path, whether null may stand there.
fn nullability<'a>(
    document: &'a ExecutableDocument,
    root: (&'a SelectionSet, &'a str),
    table: &'a FieldTable,
    path: &[PathSegment],
) -> Vec<bool> {
    let mut sets = vec![root];
    let (mut may_be_null, mut item_may_be_null) = (Vec::new(), true);
    for step in path {
        let PathSegment::Field(key) = step else {
            may_be_null.push(item_may_be_null);
            continue;
        };
        let mut within = Vec::new();
        let mut nullable = true;
        for (set, of_type) in &sets {
            named(document, set, of_type, key, FRAGMENTS_MAX, &mut |field, of_type| {
                if let Some(entry) = table.get(of_type, field.name.node.as_str()) {
                    (nullable, item_may_be_null) = (entry.nullable, entry.item_nullable);
                    within.push((&field.selection_set.node, entry.holds.as_str()));
                }
            });
        }
        may_be_null.push(nullable);
        sets = within;
    }
    may_be_null
}

/// Finds the fields of a selection that answer under a key, in fragments too.
fn named<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    of_type: &'a str,
    key: &str,
    left: usize,
    found: &mut impl FnMut(&'a async_graphql::parser::types::Field, &'a str),
) {
    let Some(left) = left.checked_sub(1) else { return };
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                if field.node.response_key().node == key {
                    found(&field.node, of_type);
                }
            }
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref();
                let of_type = condition.map_or(of_type, |c| c.node.on.node.as_str());
                named(document, &inline.node.selection_set.node, of_type, key, left, found);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    let of_type = fragment.node.type_condition.node.on.node.as_str();
                    named(document, &fragment.node.selection_set.node, of_type, key, left, found);
                }
            }
        }
    }
}

fn put_null(data: &mut Value, path: &[PathSegment]) {
    let Some((last, way)) = path.split_last() else { return };
    let mut at = data;
    for step in way {
        let next = match (at, step) {
            (Value::Object(fields), PathSegment::Field(key)) => fields.get_mut(key.as_str()),
            (Value::List(items), PathSegment::Index(index)) => items.get_mut(*index),
            _ => None,
        };
        // Null stands further up already.
        let Some(next) = next else { return };
        at = next;
    }
    match (at, last) {
        (Value::Object(fields), PathSegment::Field(key)) => {
            fields.insert(async_graphql::Name::new(key), Value::Null);
        }
        (Value::List(items), PathSegment::Index(index)) => {
            if let Some(item) = items.get_mut(*index) {
                *item = Value::Null;
            }
        }
        // All fields of an object failed, and the engine made the object null: it may be one.
        (at @ Value::Null, PathSegment::Field(key)) => {
            *at =
                Value::Object([(async_graphql::Name::new(key), Value::Null)].into_iter().collect());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{ServerError, value};

    use super::*;

    const SDL: &str = "type Query { may: Node must: Node! list: [Node!]! gaps: [Node]! } type Node { may: Int must: Int! }";

    fn after(query: &str, data: Value, path: &[&str]) -> Value {
        let table = FieldTable::of_sdl(SDL).unwrap();
        let step = |s: &&str| match s.parse() {
            Ok(index) => PathSegment::Index(index),
            Err(_) => PathSegment::Field((*s).to_owned()),
        };
        let error = ServerError::new("failed", None).with_path(path.iter().map(step).collect());
        let mut response = Response::new(data);
        response.errors.push(error);
        propagate(query, None, &table, &mut response);
        response.data
    }

    #[test]
    fn null_goes_up_to_the_nearest_place_that_may_be_null() {
        let q = "{ may { may must } must { may must } list { must } g: gaps { ...F } } fragment F on Node { must }";
        let one = value!({ "may": { "must": 1 }, "must": { "must": 2 } });
        assert_eq!(
            after(q, one.clone(), &["may", "may"]),
            value!({ "may": { "must": 1, "may": null }, "must": { "must": 2 } })
        );
        assert_eq!(
            after(q, value!({ "may": { "may": 1 } }), &["may", "must"]),
            value!({ "may": null })
        );
        assert_eq!(after(q, one, &["must", "must"]), Value::Null);
        assert_eq!(after(q, value!({ "list": [null] }), &["list", "0", "must"]), Value::Null);
        assert_eq!(
            after(q, value!({ "g": [{ "must": 1 }, null] }), &["g", "1", "must"]),
            value!({ "g": [{ "must": 1 }, null] })
        );
        assert_eq!(after(q, value!(null), &["may"]), value!({ "may": null }));
    }
}
