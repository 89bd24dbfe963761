use serde_json::{Value, json};

use crate::support::Desk;
use crate::support::client::{ask, code, data};
use crate::support::server::Server;

const STATS: &str = "query($seq: Seq!) { at(asOf: { seq: $seq }) { seq stats { seq entities relations claims documents } } }";

#[test]
fn the_past_is_what_it_was_when_it_was_the_present() {
    let desk = Desk::new();
    let mut then: Vec<(u64, Value)> = Vec::new();
    for name in ["05-pump-core-town.md", "06-seal-ring-journey.md", "07-motor-two-ways.md"] {
        desk.run(["ingest", crate::support::article(name).to_str().unwrap()]).well();
        let (head, _) = desk.head();
        let query = "{ stats { seq entities relations claims documents } }";
        let present = desk.run(["query", query]).well().json();
        assert_eq!(present["data"]["stats"]["seq"], head);
        then.push((head, present["data"]["stats"].clone()));
    }
    let server = Server::start(desk.path(), &[]);
    for (seq, known) in &then {
        let past = data(&server, STATS, &json!({ "seq": seq }));
        assert_eq!(past["at"]["seq"], *seq);
        assert_eq!(past["at"]["stats"], *known, "at {seq}");
    }
    let first = &then[0].1["entities"];
    assert_ne!(first, &then[2].1["entities"], "nothing was learnt in between");
    let none = data(&server, STATS, &json!({ "seq": 0 }));
    assert_eq!(none["at"]["stats"]["entities"], 0, "{none}");
    let beyond = ask(&server, STATS, &json!({ "seq": 999_999 }), None);
    assert_eq!(code(&beyond), "BAD_INPUT", "{beyond:#}");
}

#[test]
fn what_held_on_a_day_and_what_was_known_then_are_two_questions() {
    let desk = Desk::new();
    let lines = [
        r#"{"type":"entity","id":"a","kind":"FIRM","name":"甲公司"}"#,
        r#"{"type":"entity","id":"b","kind":"FIRM","name":"乙公司"}"#,
        r#"{"type":"relation","predicate":"SUPPLIES","source":"a","target":"b","valid_from":"2020","valid_to":"2023"}"#,
    ];
    desk.file("claims.ndjson", lines.join("\n"));
    desk.run(["import", "claims.ndjson"]).well();
    let server = Server::start(desk.path(), &[]);
    let suppliers = |as_of: Value| {
        let query = "query($asOf: AsOf!) { at(asOf: $asOf) { entity(name: \"乙公司\") {
          relations(predicates: [SUPPLIES], direction: IN) { nodes { source { name } } }
        } } }";
        let answer = data(&server, query, &json!({ "asOf": as_of }));
        answer["at"]["entity"]["relations"]["nodes"].as_array().unwrap().len()
    };
    assert_eq!(suppliers(json!({ "validOn": "2021-06-30" })), 1);
    assert_eq!(suppliers(json!({ "validOn": "2019-12-31" })), 0);
    assert_eq!(suppliers(json!({ "validOn": "2024-06-30" })), 0);
    // Before the third event nobody had said so, whatever held in the world.
    assert_eq!(suppliers(json!({ "validOn": "2021-06-30", "seq": 2 })), 0);
    assert_eq!(suppliers(json!({ "validOn": "2021-06-30", "seq": 3 })), 1);
}

#[test]
fn what_hangs_on_a_source_what_differs_and_what_cannot_be_true_together() {
    let desk = Desk::new().with_article("06-seal-ring-journey.md");
    let (head, _) = desk.head();
    let changes = |answer: &Value, list: &str| -> Vec<String> {
        let all = answer[list].as_array().unwrap().iter();
        all.map(|change| change["change"].as_str().unwrap().to_owned()).collect()
    };
    let withdrawn = ["if-retracted", "--document", "一枚密封环的旅程", "--limit", "500", "--json"];
    let supposed = desk.run(withdrawn).well().json();
    let went = changes(&supposed, "relations");
    assert!(went.len() > 5 && went.iter().all(|change| change == "WENT"), "{supposed:#}");
    assert_eq!(desk.head().0, head);

    let lines = [
        r#"{"type":"entity","id":"a","kind":"FIRM","name":"甲公司"}"#,
        r#"{"type":"entity","id":"b","kind":"REGION","name":"乙一区"}"#,
        r#"{"type":"entity","id":"c","kind":"REGION","name":"丙二区"}"#,
        r#"{"type":"relation","predicate":"LOCATED_IN","source":"a","target":"b","valid_from":"2020"}"#,
        r#"{"type":"relation","predicate":"LOCATED_IN","source":"a","target":"c","valid_from":"2021-03"}"#,
    ];
    desk.file("claims.ndjson", lines.join("\n"));
    desk.run(["import", "claims.ndjson"]).well();
    let differs = desk.run(["diff", "--from", &head.to_string(), "--json"]).well().json();
    assert_eq!(changes(&differs, "entities"), ["CAME"; 3]);
    assert_eq!(changes(&differs, "relations"), ["CAME"; 2]);
    let now = desk.head().0.to_string();
    let same = desk.run(["diff", "--from", &now]).well();
    assert_eq!((&*same.out, same.err.trim()), ("", "nothing differs"));

    let found = desk.run(["conflicts", "甲公司", "--json"]).well().json();
    assert_eq!((&found["total"], &found["conflicts"][0]["kind"]), (&json!(1), &json!("TWO_SEATS")));
    assert_eq!(found["conflicts"][0]["claims"].as_array().map(Vec::len), Some(2), "{found:#}");
    let claim = found["conflicts"][0]["claims"][0]["id"].as_str().unwrap().to_owned();
    let supposed = desk.run(["if-retracted", "--claim", &claim, "--json"]).well().json();
    assert_eq!(changes(&supposed, "relations"), ["WENT"]);
    let told = desk.run(["conflicts"]).well();
    assert!(told.out.contains("乙一区") && told.out.contains("丙二区"), "{told:?}");

    let years = desk.run(["timeline", "--from", "2020-01-01", "--to", "2020-12-31"]).well();
    assert!(years.out.contains("2020-01-01"), "{years:?}");
    let unknown = ["if-retracted", "--document", "没有这个标题"];
    assert!(desk.run(unknown).failed(1).err.contains("没有这个标题"));
    desk.run(["if-retracted"]).failed(2);
}

#[test]
fn who_may_be_one_and_why() {
    let desk = Desk::new();
    let lines = [
        r#"{"type":"entity","id":"a","kind":"FIRM","name":"青禾轴承"}"#,
        r#"{"type":"entity","id":"b","kind":"FIRM","name":"青禾轴承股份有限公司"}"#,
        r#"{"type":"entity","id":"c","kind":"FIRM","name":"沅朔泵业一厂"}"#,
        r#"{"type":"entity","id":"d","kind":"FIRM","name":"沅朔泵业二厂"}"#,
    ];
    desk.file("claims.ndjson", lines.join("\n"));
    desk.run(["import", "claims.ndjson"]).well();
    let found = desk.run(["duplicates", "--json"]).well().json();
    assert_eq!(found["duplicates"].as_array().map(Vec::len), Some(1), "{found:#}");
    assert_eq!(found["duplicates"][0]["a"]["name"], "青禾轴承");
    let all = desk.run(["duplicates", "--min-score", "0"]).well();
    assert!(all.out.contains("但编号不同"), "{all:?}");
    let none = desk.run(["duplicates", "--kind", "TOWN"]).well();
    assert_eq!((&*none.out, none.err.lines().count()), ("", 1), "{none:?}");
    desk.run(["duplicates", "--min-score", "2"]).failed(2);
}
