//! What hangs on a source, against really withdrawing it; what cannot all be true.

use gql::AccessRole;
use serde_json::{Value, json};

use crate::support::{Server, code, id_of};

const CHANGES: &str = "entities { change entity { name } what } \
    relations { change relation { id source { name } predicate target { name } } what } \
    observations { change observation { metric value } } truncated { limit }";

fn first_id(server: &Server, list: &str) -> String {
    let query = format!("{{ list: {list} {{ nodes {{ id }} }} }}");
    server.data(&query, Value::Null)["list"]["nodes"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn supposing_a_retraction_tells_what_retracting_does() {
    let server = Server::with_ecosystem();
    let claim = first_id(&server, "claims(filter: { predicate: [SUPPLIES] }, first: 1)");
    let query = format!("query($id: ID!) {{ seq ifRetracted(claim: $id) {{ {CHANGES} }} }}");
    let before = server.data(&query, json!({ "id": claim }));
    assert_eq!(before["ifRetracted"]["relations"][0]["change"], "WENT");
    assert_eq!(server.data("{ seq }", Value::Null)["seq"], before["seq"]);

    let editor = server.token(AccessRole::Editor);
    let retract = "mutation($id: ID!) { retractClaim(id: $id, reason: \"误报\") { seq } }";
    let receipt = server.ask_as(Some(&editor), retract, json!({ "id": claim }));
    assert!(receipt.get("errors").is_none(), "{receipt}");
    let query = format!(
        "query($seq: Seq) {{ at(asOf: {{ seq: $seq }}) {{ diff(to: {{}}) {{ {CHANGES} }} }} }}"
    );
    let really = server.data(&query, json!({ "seq": before["seq"] }));
    assert_eq!(really["at"]["diff"], before["ifRetracted"]);
}

#[test]
fn withdrawing_the_only_article_takes_every_relation() {
    let server = Server::with_ecosystem();
    let document = first_id(&server, "documents(first: 1)");
    let query = "query($id: ID!) { stats { relations } \
        ifRetracted(document: $id, first: 500) { relations { change } } }";
    let answer = server.data(query, json!({ "id": document }));
    let went = answer["ifRetracted"]["relations"].as_array().unwrap();
    assert!(went.iter().all(|relation| relation["change"] == "WENT"));
    assert_eq!(answer["stats"]["relations"], went.len());
}

#[test]
fn conflicts_are_paged_and_explained() {
    let server = Server::with_ecosystem();
    let firm = id_of("FIRM", "远山膜业有限公司");
    let query =
        "query($after: String, $entity: ID) { conflicts(entity: $entity, first: 1, after: $after) {
        totalCount pageInfo { hasNextPage endCursor }
        nodes { kind explanation entities { name } claims { statement evidence { quote } } }
    } }";
    let ask = |after: &Value, entity: &Value| {
        server.data(query, json!({ "after": after, "entity": entity }))["conflicts"].clone()
    };
    assert_eq!(ask(&Value::Null, &Value::Null)["totalCount"], 0);
    let place = "rel|FIRM|远山膜业有限公司|LOCATED_IN|TOWN|江东轻纺小镇";
    server.ingest("另一说", place);
    server.ingest("又一说", "rel|FIRM|青禾化工|SPUN_OFF_FROM|FIRM|白鹭树脂");
    server.ingest("反过来说", "rel|FIRM|白鹭树脂|SPUN_OFF_FROM|FIRM|青禾化工");
    let first = ask(&Value::Null, &Value::Null);
    assert_eq!(
        (&first["totalCount"], &first["pageInfo"]["hasNextPage"]),
        (&json!(2), &json!(true))
    );
    let conflict = &first["nodes"][0];
    assert_eq!(conflict["kind"], "TWO_SEATS");
    let explanation = conflict["explanation"].as_str().unwrap();
    for name in ["远山膜业有限公司", "清溪膜材小镇", "江东轻纺小镇"] {
        assert!(explanation.contains(name), "{explanation}");
    }
    assert_eq!(conflict["claims"][1]["evidence"]["quote"], place);
    let then = ask(&first["pageInfo"]["endCursor"], &Value::Null);
    assert_eq!(then["nodes"][0]["kind"], "SPUN_OFF_BOTH_WAYS");
    assert_eq!(then["pageInfo"]["hasNextPage"], false);
    let about = ask(&Value::Null, &json!(firm));
    assert_eq!((&about["totalCount"], &about["nodes"][0]), (&json!(1), conflict));
}

#[test]
fn what_cannot_be_withdrawn_is_refused() {
    let server = Server::with_ecosystem();
    let nobody = "\"00000000-0000-0000-0000-000000000009\"";
    for (arguments, expected) in [
        (format!("claim: {nobody}"), "NOT_FOUND"),
        (format!("document: {nobody}"), "NOT_FOUND"),
        (format!("claim: {nobody}, document: {nobody}"), "BAD_INPUT"),
        ("claim: \"x\"".to_owned(), "BAD_INPUT"),
        ("first: 1".to_owned(), "BAD_INPUT"),
    ] {
        let query = format!("{{ ifRetracted({arguments}) {{ entities {{ change }} }} }}");
        assert_eq!(code(&server.ask(&query, Value::Null)), expected, "{arguments}");
    }
}

#[test]
fn duplicates_are_paged_explained_and_gone_once_told_apart() {
    let server = Server::with_ecosystem();
    server.ingest("简称", "rel|FIRM|南塘水务集团|SUPPLIES|FIRM|青禾化工");
    let query = "query($min: Float, $first: Int, $after: String) {
        duplicates(kinds: [FIRM], minScore: $min, first: $first, after: $after) {
            totalCount truncated { limit } pageInfo { hasNextPage endCursor }
            nodes { a { id name } b { id name } score reasons }
    } }";
    let ask = |variables: Value| server.data(query, variables)["duplicates"].clone();
    let found = ask(json!({ "first": 1 }));
    assert_eq!((&found["totalCount"], &found["truncated"]), (&json!(1), &Value::Null));
    let pair = &found["nodes"][0];
    assert_eq!(
        (&pair["a"]["name"], &pair["b"]["name"]),
        (&json!("南塘水务"), &json!("南塘水务集团"))
    );
    assert!(pair["score"].as_f64().unwrap() > 0.8, "{pair}");
    assert!(pair["reasons"][0].as_str().unwrap().contains("南塘水务"), "{pair}");
    assert_eq!(code(&server.ask(query, json!({ "min": 1.5 }))), "BAD_INPUT");
    let after = ask(json!({ "first": 1, "after": found["pageInfo"]["endCursor"] }));
    assert_eq!(after["nodes"], json!([]));

    let editor = server.token(AccessRole::Editor);
    let distinct =
        "mutation($a: ID!, $b: ID!) { markDistinct(a: $a, b: $b, reason: \"两家\") { seq } }";
    let ids = json!({ "a": pair["a"]["id"], "b": pair["b"]["id"] });
    let receipt = server.ask_as(Some(&editor), distinct, ids);
    assert!(receipt.get("errors").is_none(), "{receipt}");
    assert_eq!(ask(json!({ "min": 0.0 }))["totalCount"], 0);
}

/// Pages of one position go on with the list of the first, and nothing else is answered from it.
#[test]
fn pages_of_duplicates_stay_with_their_position_day_and_suppositions() {
    let server = Server::with_ecosystem();
    server.ingest(
        "简称",
        "rel|FIRM|南塘水务集团|SUPPLIES|FIRM|青禾化工\nrel|FIRM|白鹭树脂集团|SUPPLIES|FIRM|青禾化工",
    );
    let fields = "duplicates(kinds: [FIRM], first: $first, after: $after) {
        totalCount pageInfo { endCursor } nodes { a { name } b { name } score reasons } }";
    let query = format!("query($first: Int, $after: String) {{ {fields} }}");
    let ask = |variables: Value| server.data(&query, variables)["duplicates"].clone();
    let whole = ask(json!({ "first": 100 }));
    let total = whole["totalCount"].as_u64().unwrap();
    assert!(total >= 2, "{whole}");
    let first = ask(json!({ "first": 1 }));

    // What supposes something has a list of its own, before and after.
    let supposed = format!(
        "query($first: Int, $after: String) {{ whatIf(changes: [{{ remove: \"{}\" }}]) {{ {fields} }} }}",
        id_of("FIRM", "南塘水务集团")
    );
    let without = server.data(&supposed, json!({ "first": 100 }));
    assert_eq!(without["whatIf"]["duplicates"]["totalCount"], total - 1);
    assert_eq!(ask(json!({ "first": 100 })), whole);

    // A later position too; pages begun before it go on as they were.
    server.ingest("又一简称", "rel|FIRM|远山膜业集团|SUPPLIES|FIRM|青禾化工");
    assert_eq!(ask(json!({ "first": 100 }))["totalCount"], total + 1);
    let mut nodes = first["nodes"].as_array().unwrap().clone();
    let mut after = first["pageInfo"]["endCursor"].clone();
    while !after.is_null() {
        let page = ask(json!({ "first": 1, "after": after }));
        assert!(page["nodes"] == json!([]) || page["totalCount"] == total);
        nodes.extend(page["nodes"].as_array().unwrap().clone());
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(json!(nodes), whole["nodes"]);
}

/// An article printed again says of which it is a reprint; the first, and one of another text, of none.
#[test]
fn a_reprint_names_the_earliest_article() {
    let server = Server::with_ecosystem();
    let body: String =
        (1..40).map(|n| format!("第{n}段说，某与某在{}号楼订约。\n", n * 37)).collect();
    for (title, text) in [
        ("首发", body.clone()),
        ("转载", format!("据首发报道：\n{body}（完）")),
        ("再转", format!("本报综合\n{body}编辑：某")),
        ("另文", "这一篇说的是别的事情，与前文无关。".repeat(3)),
    ] {
        server.ingest(title, &text);
    }
    let query = "{ documents { nodes { title reprintOf { title reprintOf { title } } } } }";
    let all = server.data(query, Value::Null);
    let nodes = all["documents"]["nodes"].as_array().unwrap();
    let of = |title: &str| &nodes.iter().find(|node| node["title"] == title).unwrap()["reprintOf"];
    let first = json!({ "title": "首发", "reprintOf": null });
    assert_eq!((of("转载"), of("再转")), (&first, &first));
    assert_eq!((of("首发"), of("另文")), (&Value::Null, &Value::Null));
}
