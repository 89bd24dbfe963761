use serde_json::{Value, json};

use crate::support::Desk;
use crate::support::client::data;
use crate::support::server::Server;

/// Two mills feed one ring maker, who feeds the pump maker.
fn pumps() -> Desk {
    let desk = Desk::new();
    let supplies = |id: &str, source: &str, target: &str, product: &str| {
        format!(
            r#"{{"type":"relation","id":"{id}","predicate":"SUPPLIES","source":"{source}","target":"{target}","qualifiers":{{"product":"{product}"}}}}"#
        )
    };
    let entity = |id: &str, kind: &str, name: &str| {
        format!(r#"{{"type":"entity","id":"{id}","kind":"{kind}","name":"{name}"}}"#)
    };
    let lines = [
        entity("a", "FIRM", "粉厂"),
        entity("b", "FIRM", "环厂"),
        entity("c", "FIRM", "泵厂"),
        entity("p", "PRODUCT", "粉"),
        entity("q", "PRODUCT", "密封环"),
        supplies("r1", "a", "b", "p"),
        supplies("r2", "b", "c", "q"),
    ];
    desk.file("claims.ndjson", lines.join("\n"));
    desk.run(["import", "claims.ndjson"]).well();
    desk
}

fn upstream(desk: &Desk, more: &[&str]) -> Vec<String> {
    let args = ["trace", "泵厂", "--direction", "upstream", "--json"];
    let answer = desk.run(args.iter().chain(more)).well().json();
    let tiers = answer["tiers"].as_array().unwrap();
    let steps = tiers.iter().flat_map(|tier| tier["steps"].as_array().unwrap());
    steps.map(|step| step["entity"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn questions_are_asked_of_what_would_be_and_nothing_is_recorded() {
    let desk = pumps();
    let before = desk.head();
    assert_eq!(upstream(&desk, &[]), ["环厂", "粉厂"]);
    assert_eq!(upstream(&desk, &["--without", "环厂"]), [""; 0]);
    assert_eq!(upstream(&desk, &["--sever", "粉厂 SUPPLIES 环厂; product=粉"]), ["环厂"]);
    let new = "FIRM:新环厂 SUPPLIES 泵厂; product=密封环; from=2027";
    assert_eq!(upstream(&desk, &["--without", "FIRM:环厂", "--suppose", new]), ["新环厂"]);
    // What is said of a new firm may follow, and dates count.
    let both = ["--suppose", new, "--suppose", "粉厂 SUPPLIES 新环厂"];
    assert_eq!(upstream(&desk, &both), ["环厂", "新环厂", "粉厂", "粉厂"]);
    let early = ["--suppose", new, "--valid-on", "2026-06-01"];
    assert_eq!(upstream(&desk, &early), ["环厂", "粉厂"]);

    let args = ["impact", "环厂", "--suppose", new, "--json"];
    let ran = desk.run(args).well();
    assert!(ran.err.contains("nothing is recorded") && ran.err.contains(new), "{}", ran.err);
    let impact = ran.json();
    assert_eq!(impact["cut_off"], json!([]), "{impact:#}");
    let lost = desk.run(["impact", "环厂", "--json"]).well().json();
    let relations = &lost["cut_off"][0]["relations"];
    // A relation is severed by the id that an answer tells.
    let id = relations[0]["id"].as_str().unwrap();
    assert_eq!(upstream(&desk, &["--sever", id]), [""; 0]);

    let found = |more: &[&str]| {
        let args = ["find", "新环", "--json"];
        desk.run(args.iter().chain(more)).well().json().as_array().unwrap().len()
    };
    assert_eq!((found(&[]), found(&["--suppose", new])), (0, 1));
    assert_eq!(desk.head(), before);
}

#[test]
fn what_cannot_be_supposed_is_said() {
    let desk = pumps();
    for (flags, code, said) in [
        (vec!["--without", "谁厂"], 1, "no entity is named `谁厂`"),
        (vec!["--sever", "泵厂 SUPPLIES 粉厂"], 1, "nothing to sever"),
        (vec!["--sever", "粉厂 SUPPLIES 环厂; from=2020"], 2, "product=NAME"),
        (vec!["--sever", "5f0c7d5e-8f4b-5b52-9a55-0d2f8f0c3a11"], 1, "to sever"),
        (vec!["--suppose", "新环厂 SUPPLIES 泵厂"], 1, "FIRM:新环厂"),
        (vec!["--suppose", "新环厂 供应 泵厂"], 2, "NAME SUPPLIES NAME"),
        (vec!["--suppose", "TOWN:某镇 SUPPLIES 泵厂"], 1, "cannot start at a TOWN"),
        (vec!["--suppose", "粉厂 SUPPLIES 泵厂; from=2027; to=2026"], 2, "2027"),
    ] {
        let args = ["trace", "泵厂", "--direction", "upstream"];
        let ran = desk.run(args.iter().chain(&flags)).failed(code);
        assert!(ran.err.contains(said), "{flags:?}: {}", ran.err);
    }
}

#[test]
fn a_server_answers_what_if_to_anyone_and_its_log_stands_still() {
    let desk = Desk::new();
    desk.run(["ingest", crate::support::article("05-pump-core-town.md").to_str().unwrap()]).well();
    desk.run(["chain", "load"]).well();
    let server = Server::start(desk.path(), &[]);
    let query = "query($chain: ID!, $changes: [Hypothesis!]!) {
      before: log { head hash }
      chainReport(chain: $chain) { fragile { name } stages { stage { name } firms { name } } }
      whatIf(changes: $changes) { seq chainReport(chain: $chain) { fragile { name } stages { stage { name } firms { name } } } }
      after: log { head hash }
    }";
    let chain = "{ entity(name: \"特种泵阀产业\", kind: CHAIN) { id } }";
    let chain = data(&server, chain, &Value::Null)["entity"]["id"].clone();
    let changes = json!([{ "relate": {
        "predicate": "MEMBER_OF",
        "source": { "kind": "FIRM", "name": "澄砚陶瓷" },
        "target": { "id": chain },
        "qualifiers": [{ "key": "stage", "entity": { "name": "密封环" } }],
    } }]);
    let answer = data(&server, query, &json!({ "chain": chain, "changes": changes }));
    assert_eq!(answer["before"], answer["after"]);
    assert_eq!(answer["whatIf"]["seq"], answer["after"]["head"]);
    let firms = |report: &Value| {
        let stages = report["stages"].as_array().unwrap().iter();
        let firms = stages.flat_map(|stage| stage["firms"].as_array().unwrap());
        firms.filter(|firm| firm["name"] == "澄砚陶瓷").count()
    };
    assert_eq!(firms(&answer["chainReport"]), 0, "{answer:#}");
    assert_eq!(firms(&answer["whatIf"]["chainReport"]), 1, "{answer:#}");
}
