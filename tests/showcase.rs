use serde_json::{Value, json};

use crate::support::Desk;
use crate::support::client::data;
use crate::support::server::Server;

const TRACE: &str = "query($from: ID!, $direction: TraceDirection!) {
  trace(from: $from, direction: $direction, maxDepth: 8) {
    root { name } truncated { limit }
    tiers { depth steps { entity { name } from { name } via { predicate claims { evidence { quote } } } } }
  }
}";

/// Asks about the demo, one server for all the questions of a test.
struct Demo {
    _desk: Desk,
    server: Server,
}

impl Demo {
    fn open() -> Demo {
        let desk = Desk::new();
        let server = Server::start(desk.path(), &["--demo"]);
        Demo { _desk: desk, server }
    }

    fn ask(&self, query: &str, variables: &Value) -> Value {
        data(&self.server, query, variables)
    }

    fn id(&self, name: &str) -> String {
        let found =
            self.ask("query($n: String!) { entity(name: $n) { id } }", &json!({ "n": name }));
        found["entity"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("nobody is named {name}"))
            .to_owned()
    }
}

#[test]
fn the_supply_chain_upstream_tier_by_tier() {
    let demo = Demo::open();
    let variables = json!({ "from": demo.id("沅朔泵业"), "direction": "UPSTREAM" });
    let trace = demo.ask(TRACE, &variables)["trace"].take();
    assert_eq!(trace["truncated"], Value::Null);
    let tier_of = |part: &str| {
        trace["tiers"].as_array().unwrap().iter().find_map(|tier| {
            let steps = tier["steps"].as_array().unwrap();
            let stands = |step: &&Value| step["entity"]["name"].as_str().unwrap().contains(part);
            steps.iter().find(stands).map(|_| tier["depth"].as_u64().unwrap())
        })
    };
    // The main line of the invented articles: 砺岫 → 珂砚 → 绛帆 → 沅朔.
    assert_eq!(
        (tier_of("绛帆"), tier_of("珂砚"), tier_of("砺岫")),
        (Some(1), Some(2), Some(3)),
        "{trace:#}"
    );
    for tier in trace["tiers"].as_array().unwrap() {
        for step in tier["steps"].as_array().unwrap() {
            for relation in step["via"].as_array().unwrap() {
                assert_eq!(relation["predicate"], "SUPPLIES");
                let quoted = &relation["claims"][0]["evidence"]["quote"];
                assert!(quoted.as_str().is_some_and(|quote| !quote.is_empty()), "{step:#}");
            }
        }
    }
}

#[test]
fn the_same_chain_from_its_other_end() {
    let demo = Demo::open();
    let variables = json!({ "from": demo.id("砺岫新材"), "direction": "DOWNSTREAM" });
    let trace = demo.ask(TRACE, &variables)["trace"].take();
    let names = trace.to_string();
    for part in ["珂砚", "绛帆", "沅朔"] {
        assert!(names.contains(part), "{part}: {trace:#}");
    }
}

#[test]
fn two_figures_for_one_year_stand_side_by_side() {
    let demo = Demo::open();
    let query = "query($n: String!) {
      entity(name: $n) { observations(first: 100) { nodes {
        metric value unit comparator claim { evidence { document { title } } }
      } } }
    }";
    let cluster = demo.ask(query, &json!({ "n": "晨屿特种泵阀产业集群" }));
    let figures = cluster["entity"]["observations"]["nodes"].as_array().unwrap().clone();
    let output: Vec<(f64, &str)> = figures
        .iter()
        .filter(|figure| figure["metric"] == "总产值" && figure["unit"] == "CNY")
        .map(|figure| {
            let title = figure["claim"]["evidence"]["document"]["title"].as_str().unwrap();
            (figure["value"].as_f64().unwrap(), title)
        })
        .collect();
    for expected in [18_630_000_000.0, 17_940_000_000.0] {
        assert!(output.iter().any(|(value, _)| (value - expected).abs() < 1.0), "{figures:#?}");
    }
    assert_ne!(output[0].1, output[1].1, "each from its own article");
}

#[test]
fn names_are_found_by_parts_pinyin_and_initials() {
    let demo = Demo::open();
    let query = "query($t: String!) { search(text: $t, first: 5) { entity { name } field score } }";
    for text in ["科百特", "百特", "kebaite", "kbt"] {
        let hits = demo.ask(query, &json!({ "t": text }));
        let found =
            hits["search"].as_array().unwrap().iter().any(|hit| {
                hit["entity"]["name"].as_str().is_some_and(|name| name.contains("科百特"))
            });
        assert!(found, "{text}: {hits:#}");
    }
}

#[test]
fn a_neighbourhood_is_ready_to_draw() {
    let demo = Demo::open();
    let query = "query($id: ID!) { subgraph(around: [$id], depth: 1, limit: 50) {
      entities { id name } relations { source { id } target { id } predicate } truncated { limit }
    } }";
    let drawn = demo.ask(query, &json!({ "id": demo.id("泵芯小镇") }))["subgraph"].take();
    let ids: Vec<&Value> = drawn["entities"].as_array().unwrap().iter().map(|e| &e["id"]).collect();
    let relations = drawn["relations"].as_array().unwrap();
    assert!(ids.len() > 3 && relations.len() >= ids.len() - 1, "{drawn:#}");
    for relation in relations {
        let drawn_ends = [&relation["source"]["id"], &relation["target"]["id"]];
        assert!(drawn_ends.iter().all(|end| ids.contains(end)), "{relation:#}");
    }
}
