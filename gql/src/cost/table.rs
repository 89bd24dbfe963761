//! What each field of the schema may hold, read from the schema itself.

use std::collections::BTreeMap;

use async_graphql::Value;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, OperationType, Type, TypeKind, TypeSystemDefinition,
};

/// Arguments that say how many results a field may hold.
pub(super) const SIZE_ARGUMENTS: [&str; 3] = ["first", "last", "limit"];
/// Lists without such an argument are short: what an entity is called, who stands on a path.
const SHORT_LIST: u64 = 2;

/// The fields of the schema, by type and name.
#[derive(Debug)]
pub(crate) struct FieldTable {
    fields: BTreeMap<(String, String), FieldEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldEntry {
    /// The type of what it holds.
    pub(super) holds: String,
    pub(super) size: Size,
    /// Whether null may stand for it.
    pub(super) nullable: bool,
    /// Whether null may stand for one of a list.
    pub(super) item_nullable: bool,
}

/// How many results a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// So many.
    Fixed(u64),
    /// What its argument says; this if it says nothing.
    Argument(u64),
    /// As many as its argument `ids` has.
    Ids,
}

impl FieldTable {
    /// Reads the schema's text. Types that it does not name cost one for each field.
    pub(crate) fn of_sdl(sdl: &str) -> Result<Self, async_graphql::parser::Error> {
        let document = async_graphql::parser::parse_schema(sdl)?;
        let mut fields = BTreeMap::new();
        for definition in &document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let (name, of_type) = match &definition.node.kind {
                TypeKind::Object(object) => (&definition.node.name.node, &object.fields),
                TypeKind::Interface(interface) => (&definition.node.name.node, &interface.fields),
                _ => continue,
            };
            for field in of_type {
                let key = (name.to_string(), field.node.name.node.to_string());
                fields.insert(key, entry(name, &field.node));
            }
        }
        Ok(Self { fields })
    }

    pub(super) fn get(&self, of_type: &str, field: &str) -> Option<&FieldEntry> {
        self.fields.get(&(of_type.to_owned(), field.to_owned()))
    }

    /// The name of a root type.
    pub(super) fn root(kind: OperationType) -> &'static str {
        match kind {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        }
    }
}

fn entry(of_type: &str, field: &FieldDefinition) -> FieldEntry {
    let default = |name: &str| {
        let argument = field.arguments.iter().find(|a| a.node.name.node == name)?;
        let given = argument.node.default_value.as_ref().map(|value| &value.node);
        Some(given.and_then(number).unwrap_or(u64::from(crate::page::PAGE.unsigned_abs())))
    };
    let sized = SIZE_ARGUMENTS.iter().find_map(|name| default(name));
    // What these hold was priced by the field that answers them.
    let within = of_type.ends_with("Connection")
        || matches!(of_type, "Trace" | "Tier" | "Subgraph" | "Path" | "Impact" | "Diff");
    let size = match sized {
        Some(default) => Size::Argument(default),
        None if field.arguments.iter().any(|a| a.node.name.node == "ids") => Size::Ids,
        None if is_list(&field.ty.node) && !within => Size::Fixed(SHORT_LIST),
        None => Size::Fixed(1),
    };
    let item_nullable = match &field.ty.node.base {
        BaseType::List(item) => item.nullable,
        BaseType::Named(_) => true,
    };
    let nullable = field.ty.node.nullable;
    FieldEntry { holds: named(&field.ty.node), size, nullable, item_nullable }
}

pub(super) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        _ => None,
    }
}

fn is_list(of: &Type) -> bool {
    matches!(of.base, BaseType::List(_))
}

fn named(of: &Type) -> String {
    match &of.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => named(inner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_from_the_schema() {
        let table = FieldTable::of_sdl(&crate::sdl()).unwrap();
        let size = |of: &str, field: &str| table.get(of, field).map(|entry| entry.size);
        assert_eq!(size("Query", "entities"), Some(Size::Argument(20)));
        assert_eq!(size("Graph", "search"), Some(Size::Argument(10)));
        assert_eq!(size("Entity", "relations"), Some(Size::Argument(20)));
        assert_eq!(size("Firm", "suppliers"), Some(Size::Argument(100)));
        assert_eq!(size("Query", "trace"), Some(Size::Argument(1000)));
        assert_eq!(size("EntityConnection", "nodes"), Some(Size::Fixed(1)));
        assert_eq!(size("Relation", "claims"), Some(Size::Fixed(2)));
        assert_eq!(size("Query", "nodes"), Some(Size::Ids));
        assert_eq!(table.get("Firm", "relations").map(|e| &*e.holds), Some("RelationConnection"));
    }
}
