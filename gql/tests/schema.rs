//! The schema's text, and the names that clients rely on.

use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn the_schema_checked_in_is_the_schema_built() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let built = gql::sdl();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, &built).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == built,
        "gql/schema.graphql is stale: run `cargo bless`, read the difference, commit it"
    );
}

/// `Type.field(arguments): type`, as clients wrote them down. Removing or changing one breaks them.
const NAMES: &str = include_str!("names.txt");

#[test]
fn the_names_that_clients_rely_on_stand() {
    let fields = fields();
    let mut missing = Vec::new();
    for line in NAMES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (of_type, field) = line.split_once('.').unwrap();
        let (name, wanted) = match field.split_once('(') {
            Some((name, rest)) => {
                let (arguments, result) = rest.split_once("): ").unwrap();
                (name, (arguments.to_owned(), result.to_owned()))
            }
            None => {
                let (name, result) = field.split_once(": ").unwrap();
                (name, (String::new(), result.to_owned()))
            }
        };
        let Some((arguments, result)) = fields.get(&format!("{of_type}.{name}")) else {
            missing.push(format!("{line}: not there"));
            continue;
        };
        let all_there = wanted
            .0
            .split(", ")
            .filter(|a| !a.is_empty())
            .all(|a| arguments.contains(&a.to_owned()));
        if *result != wanted.1 || !all_there {
            missing.push(format!("{line}: is ({}): {result}", arguments.join(", ")));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Every kind has what all entities have: the order in which types register must not matter.
#[test]
fn every_kind_has_the_fields_of_all_entities() {
    let fields = fields();
    for kind in graph::model::EntityKind::ALL {
        let word = kind.as_str().to_lowercase();
        let name = format!("{}{}", word[..1].to_uppercase(), &word[1..]);
        for field in ["id", "relations", "claims", "history", "heldRoles"] {
            assert!(fields.contains_key(&format!("{name}.{field}")), "{name}.{field}");
        }
    }
}

/// `Type.field` → its arguments, each `name: type = default`, and its type.
fn fields() -> BTreeMap<String, (Vec<String>, String)> {
    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
    let document = async_graphql::parser::parse_schema(gql::sdl()).unwrap();
    let mut found = BTreeMap::new();
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let of_type = &definition.node.name.node;
        let (fields, inputs) = match &definition.node.kind {
            TypeKind::Object(object) => (&object.fields[..], &[][..]),
            TypeKind::Interface(interface) => (&interface.fields[..], &[][..]),
            TypeKind::InputObject(input) => (&[][..], &input.fields[..]),
            _ => continue,
        };
        let written = |a: &async_graphql::parser::types::InputValueDefinition| {
            let default = a.default_value.as_ref().map(|v| format!(" = {}", v.node));
            format!("{}: {}{}", a.name.node, a.ty.node, default.unwrap_or_default())
        };
        for field in fields {
            let field = &field.node;
            let arguments = field.arguments.iter().map(|a| written(&a.node)).collect();
            let key = format!("{of_type}.{}", field.name.node);
            found.insert(key, (arguments, field.ty.node.to_string()));
        }
        for input in inputs {
            let key = format!("{of_type}.{}", input.node.name.node);
            found.insert(key, (Vec::new(), input.node.ty.node.to_string()));
        }
    }
    found
}
