//! Every bad input, its code, and a sentence that helps.

use serde_json::json;

use crate::support::{Server, code, id_of};

/// A query, the code of its error, and words of its message.
const CASES: &[(&str, &str, &str)] = &[
    ("{ nothing }", "BAD_INPUT", "Unknown field"),
    ("{ entity(name: 3) { id } }", "BAD_INPUT", "name"),
    ("{", "BAD_INPUT", "expected"),
    ("", "BAD_INPUT", ""),
    ("query A { seq } query B { seq }", "BAD_INPUT", "Operation name required"),
    ("{ entity { id } }", "BAD_INPUT", "either `id` or `name`"),
    ("{ entity(id: \"U\", name: \"n\") { id } }", "BAD_INPUT", "either `id` or `name`"),
    ("{ entity(id: \"no id\") { id } }", "BAD_INPUT", "not the id of an entity"),
    ("{ node(id: \"no id\") { id } }", "BAD_INPUT", "no id"),
    ("{ claim(id: \"x\") { id } }", "BAD_INPUT", "not the id of a claim"),
    ("{ document(id: \"x\") { id } }", "BAD_INPUT", "not the id of a document"),
    ("{ entity(name: \"清禾\") { id } }", "AMBIGUOUS_NAME", "青禾化工"),
    ("{ trace(from: \"UNKNOWN\", direction: UPSTREAM) { root { id } } }", "NOT_FOUND", "no entity"),
    (
        "{ trace(from: \"FIRM\", direction: UPSTREAM, maxDepth: 33) { root { id } } }",
        "BAD_INPUT",
        "maxDepth",
    ),
    (
        "{ trace(from: \"FIRM\", direction: UPSTREAM, limit: 10001) { root { id } } }",
        "BAD_INPUT",
        "limit",
    ),
    (
        "{ trace(from: \"FIRM\", direction: UPSTREAM, filter: { minConfidence: 1.5 }) { root { id } } }",
        "BAD_INPUT",
        "`minConfidence` is 0 to 1",
    ),
    (
        "{ trace(from: \"FIRM\", direction: UPSTREAM, filter: { productOnEveryLink: \"FIRM\" }) { root { id } } }",
        "BAD_INPUT",
        "is a FIRM",
    ),
    ("{ claims(filter: { maxConfidence: -1 }) { totalCount } }", "BAD_INPUT", "`maxConfidence`"),
    ("{ trace(from: \"FIRM\", direction: SIDEWAYS) { root { id } } }", "BAD_INPUT", "SIDEWAYS"),
    ("{ paths(from: \"FIRM\", to: \"FIRM\", maxLength: 13) { length } }", "BAD_INPUT", "maxLength"),
    ("{ subgraph(around: []) { entities { id } } }", "BAD_INPUT", "around"),
    ("{ subgraph(around: [\"UNKNOWN\"]) { entities { id } } }", "NOT_FOUND", "no entity"),
    ("{ entities(filter: { within: \"UNKNOWN\" }) { totalCount } }", "NOT_FOUND", "no entity"),
    ("{ firms(filter: { kinds: [TOWN] }) { totalCount } }", "BAD_INPUT", "FIRM only"),
    (
        "{ entities(filter: { identifier: { scheme: USCC, value: \"1\" } }) { totalCount } }",
        "BAD_INPUT",
        "USCC",
    ),
    ("{ claims(filter: { document: \"UNKNOWN\" }) { totalCount } }", "NOT_FOUND", "no document"),
    (
        "{ at(asOf: { seq: 1, recordedAt: \"2025-01-01T00:00:00Z\" }) { seq } }",
        "BAD_INPUT",
        "not both",
    ),
    ("{ at(asOf: { seq: 100000 }) { seq } }", "BAD_INPUT", "beyond the head"),
    ("{ at(asOf: { seq: -1 }) { seq } }", "BAD_INPUT", "Seq"),
    ("{ at(asOf: { validOn: \"2025-02-30\" }) { seq } }", "BAD_INPUT", "Date"),
    ("{ at(asOf: { recordedAt: \"yesterday\" }) { seq } }", "BAD_INPUT", "DateTime"),
    ("{ at(asOf: { seq: 3, minSeq: 5 }) { seq } }", "BAD_INPUT", "minSeq"),
    ("{ log { events(types: [\"Nothing\"]) { totalCount } } }", "BAD_INPUT", "DocumentRecorded"),
    ("subscription { events { seq } }", "BAD_INPUT", "WebSocket"),
    ("mutation { retractClaim(id: \"x\", reason: \"r\") { seq } }", "UNAUTHENTICATED", "EDITOR"),
];

#[test]
fn bad_input_is_told_as_such() {
    let server = Server::with_ecosystem();
    let firm = id_of("FIRM", "远山膜业有限公司");
    let unknown = id_of("FIRM", "无此企业");
    for (query, wanted, words) in CASES {
        let query = query.replace("UNKNOWN", &unknown).replace("\"FIRM\"", &format!("\"{firm}\""));
        let answer = server.ask(&query, json!({}));
        assert_eq!(code(&answer), *wanted, "{query}: {answer}");
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(words), "{query}: {message}");
        assert!(!message.contains('\n'), "{query}: {message}");
    }
}

#[test]
fn a_position_that_does_not_come_times_out() {
    let limits =
        gql::Limits { deadline: std::time::Duration::from_millis(300), ..gql::Limits::default() };
    // Nothing is recorded first: that would have to be done within the deadline too.
    let server = Server::start_limited(limits);
    let answer = server.ask("{ at(asOf: { minSeq: 100000 }) { seq } }", json!({}));
    assert_eq!(code(&answer), "TIMED_OUT", "{answer}");
}

#[test]
fn one_bad_field_leaves_the_others_standing() {
    let server = Server::with_ecosystem();
    let answer = server.ask(
        "{ good: entity(name: \"膜材料\") { name } bad: entity(name: \"清禾\") { name } }",
        json!({}),
    );
    assert_eq!(answer["data"]["good"]["name"], "膜材料");
    assert_eq!(answer["data"]["bad"], json!(null));
    assert_eq!(code(&answer), "AMBIGUOUS_NAME");
    assert_eq!(answer["errors"][0]["path"], json!(["bad"]));
}

#[test]
fn what_fails_inside_is_not_told_outside() {
    let server = Server::with_ecosystem();
    let editor = server.token(gql::AccessRole::Editor);
    let input = crate::support::article("坏", "panic");
    let answer = server.ask_as(Some(&editor), crate::support::INGEST, input);
    assert_eq!(code(&answer), "INTERNAL");
    let text = answer.to_string();
    assert!(!text.contains("panic") && !text.contains("extractor"), "{text}");
}
