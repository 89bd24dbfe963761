//! Cursors.

use serde_json::{Value, json};

use crate::support::{Server, code};

const FIRMS: &str = "query($first: Int, $after: String, $last: Int, $before: String) {
  entities(first: $first, after: $after, last: $last, before: $before, orderBy: RECORDED) {
    totalCount nodes { name } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}";

fn names(page: &Value) -> Vec<String> {
    let nodes = page["nodes"].as_array().unwrap();
    nodes.iter().map(|n| n["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn later_pages_answer_for_the_state_of_the_first_while_writes_land() {
    let server = Server::with_ecosystem();
    let all = names(&server.data(FIRMS, json!({ "first": 500 }))["entities"]);
    let (mut seen, mut after, mut round) = (Vec::new(), Value::Null, 0);
    loop {
        let page = server.data(FIRMS, json!({ "first": 4, "after": after }))["entities"].clone();
        assert_eq!(page["totalCount"], all.len());
        seen.extend(names(&page));
        // An entity that would stand first by name, and one more at the end of the order recorded.
        round += 1;
        server.ingest("新企业", &format!("rel|FIRM|阿{round}|SUPPLIES|FIRM|终{round}"));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, all);
    let now = server.data(FIRMS, json!({ "first": 500 }))["entities"].clone();
    assert_eq!(now["totalCount"], all.len() + 2 * round);
}

#[test]
fn pages_go_backwards_too() {
    let server = Server::with_ecosystem();
    let all = names(&server.data(FIRMS, json!({ "first": 500 }))["entities"]);
    let (mut seen, mut before) = (Vec::new(), Value::Null);
    loop {
        let page = server.data(FIRMS, json!({ "last": 5, "before": before }))["entities"].clone();
        seen.splice(0..0, names(&page));
        if page["pageInfo"]["hasPreviousPage"] == false {
            break;
        }
        before = page["pageInfo"]["startCursor"].clone();
    }
    assert_eq!(seen, all);
    assert_eq!(code(&server.ask(FIRMS, json!({ "first": 1, "last": 1 }))), "BAD_INPUT");
}

#[test]
fn every_connection_pages_to_its_end() {
    let server = Server::with_ecosystem();
    let pages = [
        ("claims(first: 7, after: $after)", "/claims"),
        ("documents(first: 7, after: $after)", "/documents"),
        (
            "entity(name: \"远山膜业\") { relations(first: 3, after: $after) { ...P } }",
            "/entity/relations",
        ),
        (
            "entity(name: \"远山膜业\") { claims(first: 3, after: $after) { ...P } }",
            "/entity/claims",
        ),
        (
            "entity(name: \"远山膜业\") { history(first: 3, after: $after) { ...P } }",
            "/entity/history",
        ),
        (
            "network(name: \"一镇七星\") { observations(first: 1, after: $after) { ...P } }",
            "/network/observations",
        ),
    ];
    for (field, at) in pages {
        let inner = if field.contains("...P") { String::new() } else { " { ...P }".to_owned() };
        let kind = match at {
            "/claims" | "/entity/claims" => "ClaimConnection",
            "/documents" => "DocumentConnection",
            "/entity/relations" => "RelationConnection",
            "/entity/history" => "EventConnection",
            _ => "ObservationConnection",
        };
        let query = format!(
            "query($after: String) {{ {field}{inner} }} fragment P on {kind} {{ totalCount edges {{ cursor }} pageInfo {{ hasNextPage endCursor }} }}"
        );
        let (mut cursors, mut after) = (Vec::new(), Value::Null);
        loop {
            let data = server.data(&query, json!({ "after": after }));
            let page = data.pointer(at).unwrap();
            cursors
                .extend(page["edges"].as_array().unwrap().iter().map(|e| e["cursor"].to_string()));
            if page["pageInfo"]["hasNextPage"] == false {
                assert_eq!(page["totalCount"], cursors.len(), "{field}");
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        let distinct: std::collections::BTreeSet<_> = cursors.iter().collect();
        assert_eq!(distinct.len(), cursors.len(), "{field}");
    }
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let server = Server::with_ecosystem();
    let page = server.data(FIRMS, json!({ "first": 1 }));
    let cursor = page["entities"]["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
    for query in [
        "query($after: String) { firms(after: $after) { totalCount } }",
        "query($after: String) { entities(after: $after, orderBy: KIND) { totalCount } }",
        "query($after: String) { claims(after: $after) { totalCount } }",
        "query($after: String) { at(asOf: { validOn: \"2024-01-01\" }) { entities(after: $after, orderBy: RECORDED) { totalCount } } }",
    ] {
        let answer = server.ask(query, json!({ "after": cursor }));
        assert_eq!(code(&answer), "BAD_INPUT", "{query}");
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.starts_with("this cursor is not of this list"), "{message}");
    }
    for cursor in ["", "x", "AAAA", "游标", &cursor[1..], &format!("{cursor}A")] {
        assert_eq!(code(&server.ask(FIRMS, json!({ "after": cursor }))), "BAD_INPUT", "{cursor}");
    }
    // Another log with the same content is another log.
    let other = Server::with_ecosystem();
    assert_eq!(code(&other.ask(FIRMS, json!({ "after": cursor }))), "BAD_INPUT");
}

#[test]
fn page_sizes_have_their_limits() {
    let server = Server::with_ecosystem();
    for first in [-1, 501, 100_000] {
        assert_eq!(code(&server.ask(FIRMS, json!({ "first": first }))), "BAD_INPUT", "{first}");
    }
    let none = server.data(FIRMS, json!({ "first": 0 }));
    assert_eq!(none["entities"]["nodes"], json!([]));
    assert_eq!(none["entities"]["pageInfo"]["hasNextPage"], true);
}
