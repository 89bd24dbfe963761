//! Each file of `tests/queries` is asked of the ecosystem, and its answer is kept beside it.
//! A line `#$name KIND NAME` passes an entity's id as the variable `name`.

use serde_json::{Map, Value, json};

use crate::support::{Server, id_of};

#[test]
fn every_query_answers_as_kept() {
    let server = Server::with_ecosystem();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/queries");
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "graphql")).collect();
    files.sort();
    assert!(files.len() >= 15, "{}", files.len());
    for file in files {
        let query = std::fs::read_to_string(&file).unwrap();
        let mut answer = server.ask(&query, variables(&query));
        steady(&mut answer);
        let name = file.file_stem().unwrap().to_str().unwrap();
        let text = serde_json::to_string_pretty(&answer).unwrap();
        insta::with_settings!({ snapshot_path => "queries", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, text);
        });
    }
}

fn variables(query: &str) -> Value {
    let lines = query.lines().filter_map(|line| line.strip_prefix("#$"));
    let named = lines.map(|line| {
        let (name, entity) = line.split_once(' ').unwrap();
        let (kind, bearer) = entity.split_once(' ').unwrap();
        (name.to_owned(), json!(id_of(kind, bearer)))
    });
    Value::Object(named.collect::<Map<_, _>>())
}

/// Times and hashes are another each run.
fn steady(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if matches!(name.as_str(), "recordedAt" | "hash") && value.is_string() {
                    *value = json!("…");
                }
                steady(value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(steady),
        _ => {}
    }
}
