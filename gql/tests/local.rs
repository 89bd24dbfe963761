//! The schema without a server.

use gql::{Limits, Local, Question, ServerConfig};
use serde_json::{Value, json};

use crate::support::{Server, code};

#[test]
fn questions_are_answered_in_this_process() {
    let server = Server::with_ecosystem();
    let services = server.services.borrow().clone().unwrap();
    let limits = Limits { depth: 3, ..Limits::default() };
    let local = Local::new(services, ServerConfig { limits, ..ServerConfig::default() }).unwrap();
    let ask = |query: &str, variables: Value, operation: Option<&str>| {
        let (query, operation) = (query.to_owned(), operation.map(str::to_owned));
        let question = Question { query, variables, operation };
        let answered = server.runtime.block_on(local.ask(question));
        let json: Value = serde_json::from_str(&answered.json).unwrap();
        assert_eq!(answered.has_errors, json.get("errors").is_some());
        json
    };
    let named =
        "query A($n: String!) { entity(name: $n) { name } } query B { seq viewer { name } }";
    let answer = ask(named, json!({ "n": "远山膜业" }), Some("A"));
    assert_eq!(answer, json!({ "data": { "entity": { "name": "远山膜业有限公司" } } }));
    let answer = ask(named, Value::Null, Some("B"));
    assert_eq!(answer, json!({ "data": { "seq": 60, "viewer": { "name": "cli" } } }));
    assert_eq!(code(&ask("{ nothing }", Value::Null, None)), "BAD_INPUT");
    assert_eq!(code(&ask("{ log { events { nodes { seq } } } }", Value::Null, None)), "TOO_DEEP");
    let write = "mutation { retractClaim(id: \"x\", reason: \"r\") { seq } }";
    assert_eq!(code(&ask(write, Value::Null, None)), "FORBIDDEN");
}
