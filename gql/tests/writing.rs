//! Mutations.

use gql::AccessRole;
use serde_json::{Value, json};

use crate::support::{ECOSYSTEM, INGEST, Server, article, code, id_of};

fn first_claim(server: &Server, filter: &str) -> String {
    let query = format!("{{ claims(filter: {filter}, first: 1) {{ nodes {{ id }} }} }}");
    server.data(&query, Value::Null)["claims"]["nodes"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn an_article_is_read_recorded_and_shown() {
    let server = Server::start(gql::ServerConfig::default());
    let receipt = server.ingest("一镇七星的由来", ECOSYSTEM);
    assert_eq!(receipt["alreadyKnown"], false);
    assert_eq!(receipt["leftOut"], json!([]));
    assert_eq!((&receipt["accepted"], &receipt["proposed"]), (&json!(37), &json!(1)));
    assert_eq!(receipt["newEntities"], 21);
    assert_eq!(receipt["seq"], receipt["events"]);
    let query = "query($seq: Seq) { at(asOf: { minSeq: $seq }) { stats { documents claims } } }";
    let stats = server.data(query, json!({ "seq": receipt["seq"] }));
    assert_eq!(stats["at"]["stats"], json!({ "documents": 1, "claims": 38 }));
    // The same text again, whatever is said about it and with other line ends, is the first receipt.
    let mut first = receipt.clone();
    first["alreadyKnown"] = json!(true);
    assert_eq!(server.ingest("另一标题", &ECOSYSTEM.replace('\n', "\r\n")), first);
    assert_eq!(server.data("{ log { head } }", Value::Null)["log"]["head"], receipt["seq"]);
}

#[test]
fn what_breaks_a_rule_is_left_out_and_told() {
    let server = Server::with_ecosystem();
    let receipt =
        server.ingest("混合", "rel|REGION|甲区|LEADS|TOWN|乙镇\nrel|FIRM|丙|LEADS|TOWN|乙镇");
    assert_eq!(receipt["accepted"], 1);
    let left_out = receipt["leftOut"].as_array().unwrap();
    assert_eq!(left_out.len(), 1);
    assert!(
        left_out[0].as_str().unwrap().contains("LEADS cannot start at a REGION"),
        "{left_out:?}"
    );
}

#[test]
fn articles_that_are_none_are_refused() {
    let server = Server::with_ecosystem();
    let editor = server.token(AccessRole::Editor);
    for (title, text) in [
        ("", "文"),
        ("题", " "),
        ("题", "\u{0}"),
        ("题", "unreadable"),
        ("题", &"长".repeat(90_000)),
    ] {
        let answer = server.ask_as(Some(&editor), INGEST, article(title, text));
        assert_eq!(code(&answer), "BAD_INPUT", "{title}");
    }
    assert_eq!(server.data("{ stats { documents } }", Value::Null)["stats"]["documents"], 1);
}

#[test]
fn keys_and_expected_positions_guard_a_command() {
    let server = Server::with_ecosystem();
    let editor = server.token(AccessRole::Editor);
    let ask = |text: &str, key: Option<&str>, expected: Option<u64>| {
        let mut variables = article("题", text);
        variables["key"] = json!(key);
        variables["expected"] = json!(expected);
        server.ask_as(Some(&editor), INGEST, variables)
    };
    let text = "rel|FIRM|丁|SUPPLIES|FIRM|戊";
    let first = ask(text, Some("k1"), None)["data"]["ingestArticle"].clone();
    let again = ask(text, Some("k1"), None)["data"]["ingestArticle"].clone();
    assert_eq!(first["seq"], again["seq"]);
    assert_eq!(first["events"], again["events"]);
    assert_eq!(code(&ask("rel|FIRM|己|SUPPLIES|FIRM|庚", Some("k1"), None)), "CONFLICT");
    let head = server.data("{ seq }", Value::Null)["seq"].as_u64().unwrap();
    assert_eq!(code(&ask("别的", None, Some(head - 1))), "CONFLICT");
    assert!(ask("别的", None, Some(head)).get("errors").is_none());
}

#[test]
fn a_review_changes_what_is_shown_and_the_past_stays() {
    let server = Server::with_ecosystem();
    let reviewer = server.token(AccessRole::Reviewer);
    let claim = first_claim(&server, "{ status: [PROPOSED] }");
    let suppliers = "{ entity(name: \"西岭药业\") { ... on Firm { suppliers { name } } } }";
    let shown = |query: &str| server.data(query, Value::Null)["entity"]["suppliers"].clone();
    assert_eq!(shown(suppliers), json!([]));
    let review = "mutation($ids: [ID!]!, $verdict: Verdict!) { reviewClaims(ids: $ids, verdict: $verdict, note: \"看过\") { seq events } }";
    let variables = json!({ "ids": [claim], "verdict": "ACCEPT" });
    let receipt =
        server.ask_as(Some(&reviewer), review, variables.clone())["data"]["reviewClaims"].clone();
    assert_eq!(receipt["events"], 1);
    assert_eq!(shown(suppliers), json!([{ "name": "北岸砂业" }]));
    let claim_now = "query($id: ID!) { claim(id: $id) { status reviewedBy note } node(id: $id) { ... on Claim { status } } }";
    let now = server.data(claim_now, json!({ "id": claim }));
    assert_eq!(
        now["claim"],
        json!({ "status": "ACCEPTED", "reviewedBy": "tester-REVIEWER", "note": "看过" })
    );
    assert_eq!(now["node"]["status"], "ACCEPTED");
    assert_eq!(
        server.ask_as(Some(&reviewer), review, variables)["data"]["reviewClaims"]["events"],
        0
    );
    let past = format!(
        "{{ at(asOf: {{ seq: {} }}) {{ entity(name: \"西岭药业\") {{ ... on Firm {{ suppliers {{ name }} }} }} }} }}",
        receipt["seq"].as_u64().unwrap() - 1
    );
    assert_eq!(server.data(&past, Value::Null)["at"]["entity"]["suppliers"], json!([]));
    let history =
        server.data("{ entity(name: \"西岭药业\") { history { nodes { type } } } }", Value::Null);
    let last = history["entity"]["history"]["nodes"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["type"], "ClaimReviewed");
    let unknown = json!({ "ids": [id_of("FIRM", "x")], "verdict": "REJECT" });
    assert_eq!(code(&server.ask_as(Some(&reviewer), review, unknown)), "NOT_FOUND");
}

#[test]
fn a_retracted_claim_holds_nothing_up() {
    let server = Server::with_ecosystem();
    let editor = server.token(AccessRole::Editor);
    let claim = first_claim(&server, "{ predicate: [AWARDED] }");
    let retract = "mutation($id: ID!, $reason: String!) { retractClaim(id: $id, reason: $reason) { events } }";
    let empty = server.ask_as(Some(&editor), retract, json!({ "id": claim, "reason": " " }));
    assert_eq!(code(&empty), "BAD_INPUT");
    let done = server.ask_as(Some(&editor), retract, json!({ "id": claim, "reason": "误报" }));
    assert_eq!(done["data"]["retractClaim"]["events"], 1);
    let honours = server
        .data("{ entity(name: \"远山膜业\") { ... on Firm { honours { name } } } }", Value::Null);
    assert_eq!(honours["entity"]["honours"], json!([]));
    let review = "mutation($ids: [ID!]!) { reviewClaims(ids: $ids, verdict: ACCEPT) { events } }";
    assert_eq!(code(&server.ask_as(Some(&editor), review, json!({ "ids": [claim] }))), "CONFLICT");
}

#[test]
fn merges_join_and_are_undone() {
    let server = Server::with_ecosystem();
    let editor = server.token(AccessRole::Editor);
    let (keep, absorb) = (id_of("FIRM", "白鹭树脂"), id_of("FIRM", "青禾化工"));
    let merge = "mutation($keep: ID!, $absorb: [ID!]!) { mergeEntities(keep: $keep, absorb: $absorb, reason: \"同一家\") { seq events mergeId kept { name aliases } } }";
    let variables = json!({ "keep": keep, "absorb": [absorb] });
    let merged = server.ask_as(Some(&editor), merge, variables.clone());
    let receipt = merged["data"]["mergeEntities"].clone();
    assert_eq!(receipt["kept"]["aliases"], json!(["青禾化工", "清禾"]), "{merged}");
    assert_eq!(code(&server.ask_as(Some(&editor), merge, variables)), "CONFLICT");
    let distinct =
        "mutation($a: ID!, $b: ID!) { markDistinct(a: $a, b: $b, reason: \"不同\") { events } }";
    let pair = json!({ "a": keep, "b": absorb });
    assert_eq!(code(&server.ask_as(Some(&editor), distinct, pair.clone())), "CONFLICT");
    let undo = "mutation($id: ID!) { undoMerge(id: $id, reason: \"不是\") { events } }";
    let id = json!({ "id": receipt["mergeId"] });
    assert_eq!(server.ask_as(Some(&editor), undo, id.clone())["data"]["undoMerge"]["events"], 1);
    assert_eq!(code(&server.ask_as(Some(&editor), undo, id)), "CONFLICT");
    assert_eq!(server.ask_as(Some(&editor), distinct, pair)["data"]["markDistinct"]["events"], 1);
    let kinds = json!({ "keep": keep, "absorb": [id_of("CHAIN", "膜材料")] });
    assert_eq!(code(&server.ask_as(Some(&editor), merge, kinds)), "BAD_INPUT");
    let itself = json!({ "a": keep, "b": keep });
    let refused = server.ask_as(Some(&editor), distinct, itself);
    assert_eq!(code(&refused), "BAD_INPUT");
    assert!(refused.to_string().contains("told apart from itself"), "{refused}");
}

#[test]
fn a_receipt_tells_which_merges_followed_by_rule() {
    let server = Server::start(gql::ServerConfig::default());
    let editor = server.token(AccessRole::Editor);
    let ingest =
        "mutation($input: ArticleInput!) { ingestArticle(input: $input) { events merges } }";
    let text =
        "id|FIRM|甲公司|WIKIDATA|Q7|c=0.3\nid|FIRM|乙公司|WIKIDATA|Q7\nid|FIRM|丙公司|WIKIDATA|Q7";
    let read = server.ask_as(Some(&editor), ingest, article("登记", text));
    // Three declarations, three claims, the document, and a merge of the two that are accepted.
    let merges = read["data"]["ingestArticle"]["merges"].as_array().unwrap().clone();
    assert_eq!((&read["data"]["ingestArticle"]["events"], merges.len()), (&json!(8), 1), "{read}");
    let claims = "{ claims(filter: { status: [PROPOSED] }) { nodes { id } } }";
    let claim = server.data(claims, Value::Null)["claims"]["nodes"][0]["id"].clone();
    let review =
        "mutation($ids: [ID!]!) { reviewClaims(ids: $ids, verdict: ACCEPT) { events merges } }";
    let reviewed = server.ask_as(Some(&editor), review, json!({ "ids": [claim] }));
    let later = reviewed["data"]["reviewClaims"]["merges"].as_array().unwrap().clone();
    assert_eq!((&reviewed["data"]["reviewClaims"]["events"], later.len()), (&json!(2), 1));
    let firms = "{ entities(filter: { kinds: [FIRM] }) { nodes { name aliases } } }";
    let known = json!([{ "name": "甲公司", "aliases": ["乙公司", "丙公司"] }]);
    assert_eq!(server.data(firms, Value::Null)["entities"]["nodes"], known);
    let undo = "mutation($id: ID!) { undoMerge(id: $id, reason: \"两家\") { events merges } }";
    let blocked = server.ask_as(Some(&editor), undo, json!({ "id": merges[0] }));
    assert!(blocked["errors"][0]["message"].as_str().unwrap().contains("undo that first"));
    for merge in later.iter().chain(&merges) {
        let undone = server.ask_as(Some(&editor), undo, json!({ "id": merge }));
        assert_eq!(undone["data"]["undoMerge"], json!({ "events": 1, "merges": [] }), "{undone}");
    }
    let apart = server.data(firms, Value::Null)["entities"]["nodes"].as_array().unwrap().len();
    assert_eq!(apart, 3);
}

/// The fields of one request never see two positions, however many writes land meanwhile.
#[test]
fn one_request_sees_one_position() {
    let server = Server::with_ecosystem();
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for n in 0..20 {
                server.ingest("快", &format!("rel|FIRM|快{n}|SUPPLIES|FIRM|慢{n}"));
            }
        });
        for _ in 0..40 {
            let query = "{ a: seq stats { seq entities } log { head } entities(first: 1) { totalCount } b: seq at(asOf: {}) { seq } }";
            let data = server.data(query, Value::Null);
            let seq = &data["a"];
            assert_eq!(
                (seq, seq, seq, seq),
                (&data["b"], &data["stats"]["seq"], &data["log"]["head"], &data["at"]["seq"])
            );
            assert_eq!(data["stats"]["entities"], data["entities"]["totalCount"]);
        }
    });
}
