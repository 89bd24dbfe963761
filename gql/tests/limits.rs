//! What is asked too much for.

use gql::{AccessRole, Limits};
use serde_json::{Value, json};

use crate::support::{INGEST, Server, article, code};

const INTROSPECTION: &str = include_str!("introspection.graphql");

fn nested(depth: usize) -> String {
    // `entity` counts one, each further pair of `relations` and `nodes` and `source` three.
    let mut query = "name".to_owned();
    for level in 0..depth.saturating_sub(2) {
        query = match level % 3 {
            0 => format!("source {{ {query} }}"),
            1 => format!("nodes {{ {query} }}"),
            _ => format!("relations(first: 1) {{ {query} }}"),
        };
    }
    query
}

#[test]
fn the_standard_introspection_passes() {
    let server = Server::with_ecosystem();
    let data = server.data(INTROSPECTION, Value::Null);
    assert!(data["__schema"]["types"].as_array().unwrap().len() > 90);
}

#[test]
fn an_introspection_that_multiplies_does_not() {
    let server = Server::with_ecosystem();
    let query =
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    assert_eq!(code(&server.ask(query, Value::Null)), "TOO_DEEP");
}

#[test]
fn depth_is_limited_and_never_overflows_a_stack() {
    let server = Server::with_ecosystem();
    let ask = |inner: &str| {
        server.ask(&format!("{{ network(name: \"一镇七星\") {{ {inner} }} }}"), Value::Null)
    };
    // 1 (network) + 3·4 (relations, nodes, source) + 1 (name) = 14.
    let fits = ask(&nested(14));
    assert!(fits.get("errors").is_none(), "{fits}");
    assert_eq!(code(&ask(&nested(17))), "TOO_DEEP");
    assert_eq!(code(&ask(&nested(100))), "TOO_DEEP");
    for raw in [
        "{a".repeat(100),
        "{a".repeat(100_000),
        "{a(b:".repeat(50_000),
        format!("{{a(b:{}", "[".repeat(200_000)),
    ] {
        assert_eq!(code(&server.ask(&raw, Value::Null)), "TOO_DEEP");
    }
}

#[test]
fn fragments_do_not_hide_what_is_asked() {
    let server = Server::with_ecosystem();
    // Each fragment spreads the next one twice: 2^60 fields.
    let mut bomb = "{ network(name: \"一镇七星\") { ...F0 } }".to_owned();
    for n in 0..60 {
        bomb.push_str(&format!(" fragment F{n} on Network {{ ...F{} ...F{} }}", n + 1, n + 1));
    }
    bomb.push_str(" fragment F60 on Network { name }");
    let refused = code(&server.ask(&bomb, Value::Null));
    assert!(matches!(&*refused, "TOO_COMPLEX" | "TOO_DEEP"), "{refused}");
    // As deep as is looked into, 2^34 fields: who went into each of them would not answer in time.
    let shallow = bomb.split(" fragment F34 on Network { ...F35").next().unwrap().to_owned()
        + " fragment F34 on Network { name }";
    assert_eq!(code(&server.ask(&shallow, Value::Null)), "TOO_COMPLEX");
    let cycle = "{ network(name: \"一镇七星\") { ...A } } fragment A on Network { ...B ...B } fragment B on Network { ...A }";
    assert_eq!(code(&server.ask(cycle, Value::Null)), "BAD_INPUT");
}

#[test]
fn cost_counts_lists_by_what_they_may_hold() {
    let server = Server::with_ecosystem();
    let pages = |outer: &str, inner: &str| {
        format!(
            "query($n: Int = 500) {{ entities(first: {outer}) {{ nodes {{ relations(first: {inner}) {{ nodes {{ id }} }} }} }} }}"
        )
    };
    assert_eq!(code(&server.ask(&pages("500", "500"), Value::Null)), "TOO_COMPLEX");
    assert_eq!(code(&server.ask(&pages("$n", "500"), Value::Null)), "TOO_COMPLEX");
    let by_variable = server.ask(&pages("$n", "500"), json!({ "n": 10 }));
    assert!(by_variable.get("errors").is_none(), "{by_variable}");
    let fair = "{ entities(first: 500) { nodes { id kind name aliases roles relations(first: 20) { nodes { predicate target { name } } } } } }";
    assert!(server.ask(fair, Value::Null).get("errors").is_none());
}

#[test]
fn aliases_are_limited() {
    let server = Server::with_ecosystem();
    let aliased = |n: usize| {
        let fields: Vec<String> = (0..n).map(|i| format!("a{i}: seq")).collect();
        format!("{{ {} }}", fields.join(" "))
    };
    assert!(server.ask(&aliased(100), Value::Null).get("errors").is_none());
    assert_eq!(code(&server.ask(&aliased(101), Value::Null)), "TOO_COMPLEX");
}

#[test]
fn batches_are_limited() {
    let server = Server::with_ecosystem();
    let batch = |n: usize| Value::Array(vec![json!({ "query": "{ seq }" }); n]).to_string();
    let answer = server.post("/graphql", &batch(10), &[]);
    assert_eq!(answer.json().as_array().unwrap().len(), 10);
    let answer = server.post("/graphql", &batch(11), &[]);
    assert_eq!((answer.status, answer.code()), (400, "TOO_COMPLEX".to_owned()));
    let answer = server.post("/graphql", "[]", &[]);
    assert_eq!((answer.status, answer.code()), (400, "BAD_INPUT".to_owned()));
    let mixed = json!([{ "query": "{ seq }" }, { "query": "{ nothing }" }]).to_string();
    let answers = server.post("/graphql", &mixed, &[]).json();
    assert!(answers[0]["data"]["seq"].is_u64());
    assert_eq!(code(&answers[1]), "BAD_INPUT");
}

#[test]
fn bodies_are_limited_and_articles_may_be_longer() {
    let limits = Limits { body_bytes: 4_000, article_body_bytes: 40_000, ..Limits::default() };
    let server = Server::limited(limits);
    let editor = format!("Bearer {}", server.token(AccessRole::Editor));
    let reader = format!("Bearer {}", server.token(AccessRole::Reader));
    let query = |length: usize| {
        json!({ "query": "{ seq }", "variables": { "x": "长".repeat(length) } }).to_string()
    };
    let article = |length: usize| {
        json!({ "query": INGEST, "variables": article("长文", &"长".repeat(length)) }).to_string()
    };
    let post =
        |body: &str, token: &str| server.post("/graphql", body, &[("authorization", token)]).status;
    assert_eq!(post(&query(1_000), &editor), 200);
    assert_eq!(post(&query(2_000), &editor), 413);
    assert_eq!(post(&article(5_000), &editor), 200);
    assert_eq!(post(&article(20_000), &editor), 413);
    assert_eq!(post(&article(5_000), &reader), 413);
    assert_eq!(server.post("/graphql", &article(5_000), &[]).code(), "BAD_INPUT");
}

#[test]
fn too_many_at_once_are_told_to_come_back() {
    let server = Server::start_limited(Limits { requests_at_once: 0, ..Limits::default() });
    let answer = server.post("/graphql", "{\"query\":\"{ seq }\"}", &[]);
    assert_eq!((answer.status, answer.code()), (429, "RATE_LIMITED".to_owned()));
    assert_eq!(answer.header("retry-after"), "1");
}
