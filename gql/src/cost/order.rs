//! The order of an answer's fields is that of the question. The engine answers in the order in which
//! fields are ready, so that what was worked out on another thread would come last.

use std::collections::BTreeSet;

use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Value};

/// Where fields that take another thread stand: in the root, in `at`, in `log`.
const LEVELS: usize = 3;

/// The keys of an object in their order, each with the order of what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct KeyOrder(Vec<(Name, KeyOrder)>);

impl KeyOrder {
    pub(super) fn of(document: &ExecutableDocument, operation: &OperationDefinition) -> Self {
        Self::of_sets(document, &[&operation.selection_set.node], LEVELS)
    }

    fn of_sets(document: &ExecutableDocument, sets: &[&SelectionSet], levels: usize) -> Self {
        let Some(levels) = levels.checked_sub(1) else { return Self::default() };
        let mut keys: Vec<(Name, Vec<&SelectionSet>)> = Vec::new();
        let mut spread = BTreeSet::new();
        for set in sets {
            collect(document, set, &mut spread, &mut keys);
        }
        let below = |sets: &[&SelectionSet]| Self::of_sets(document, sets, levels);
        Self(keys.into_iter().map(|(key, sets)| (key, below(&sets))).collect())
    }

    /// Puts the fields of an answer in order.
    pub(crate) fn arrange(&self, data: &mut Value) {
        let Value::Object(fields) = data else { return };
        let mut found = std::mem::take(fields);
        for (key, below) in &self.0 {
            if let Some(mut value) = found.swap_remove(key) {
                below.arrange(&mut value);
                fields.insert(key.clone(), value);
            }
        }
        fields.extend(found);
    }
}

/// Gathers the keys of a selection, each fragment once.
fn collect<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    spread: &mut BTreeSet<&'a str>,
    keys: &mut Vec<(Name, Vec<&'a SelectionSet>)>,
) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                let (key, below) =
                    (&field.node.response_key().node, &field.node.selection_set.node);
                match keys.iter_mut().find(|(known, _)| known == key) {
                    Some((_, sets)) => sets.push(below),
                    None => keys.push((key.clone(), vec![below])),
                }
            }
            Selection::InlineFragment(inline) => {
                collect(document, &inline.node.selection_set.node, spread, keys);
            }
            Selection::FragmentSpread(named) => {
                let name = &named.node.fragment_name.node;
                if let Some(fragment) = document.fragments.get(name)
                    && spread.insert(name)
                {
                    collect(document, &fragment.node.selection_set.node, spread, keys);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    #[test]
    fn fields_come_in_the_order_of_the_question() {
        let query = "{ b ...F a: x { z y } } fragment F on Query { c a: x { w } b }";
        let document = async_graphql::parser::parse_query(query).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let mut data = value!({ "a": { "w": 1, "y": 2, "z": 3 }, "c": 4, "b": 5, "other": 6 });
        KeyOrder::of(&document, &operation.node).arrange(&mut data);
        assert_eq!(data.to_string(), "{b: 5, c: 4, a: {w: 1, z: 3, y: 2}, other: 6}");
    }
}
