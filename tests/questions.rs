//! The commands of `docs/questions.md`, run over the demo: the page shows what they print.

use std::ffi::OsString;

use serde_json::Value;

use crate::support::{Desk, root};

/// A store with the bundled articles and templates.
fn demo() -> Desk {
    let desk = Desk::new();
    let mut articles: Vec<_> = std::fs::read_dir(root().join("seeds/articles"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "md") && !path.ends_with("README.md"))
        .collect();
    articles.sort();
    let args = [OsString::from("ingest")].into_iter();
    desk.run(args.chain(articles.into_iter().map(Into::into))).well();
    desk.run(["chain", "load"]).well();
    desk
}

/// The page with each command followed by what it prints now.
fn answered(desk: &Desk, page: &str) -> String {
    let mut out = String::new();
    let mut in_console = false;
    for line in page.lines() {
        if line == "```console" {
            in_console = true;
        } else if line == "```" {
            in_console = false;
        }
        let command = line.strip_prefix("$ lianzhu ").filter(|_| in_console);
        if let Some(command) = command {
            let ran = desk.run(words(command)).well();
            out.push_str(&format!("{line}\n{}{}", ran.err, ran.out));
        } else if !in_console || line == "```console" {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// The words of a command, those in single quotes as one.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

#[test]
fn the_page_of_questions_shows_what_is_printed() {
    let path = root().join("docs/questions.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let now = answered(&demo(), &page);
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, &now).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap() == now,
        "docs/questions.md is stale: run `cargo bless`, read the difference, commit it\n{now}"
    );
    assert!(now.matches("$ lianzhu ").count() >= 6);
}

/// Every relation of an answer, wherever it stands in it.
fn relations(answer: &Value) -> Vec<&Value> {
    match answer {
        Value::Object(fields) if fields.contains_key("claims") => vec![answer],
        Value::Object(fields) => fields.values().flat_map(relations).collect(),
        Value::Array(items) => items.iter().flat_map(relations).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_answer_names_the_words_that_say_so() {
    let desk = demo();
    for command in [
        vec!["chokepoints", "岫步机器人", "--json"],
        vec!["impact", "翎犀关节", "--json"],
        vec!["sole-sourced", "--json"],
        vec!["common", "岫步机器人", "苍栎智能", "--json"],
        vec!["paths", "砺岫新材", "沅朔泵业", "--json"],
    ] {
        let answer = desk.run(&command).well().json();
        let all = relations(&answer);
        assert!(!all.is_empty(), "{command:?}: {answer:#}");
        for relation in all {
            let quote = relation["claims"][0]["quote"].as_str();
            assert!(quote.is_some_and(|quote| !quote.is_empty()), "{command:?}: {relation:#}");
        }
    }
    let first = desk.run(["chokepoints", "岫步机器人", "--json"]).well().json();
    let point = first["chokepoints"][0]["entity"]["name"].as_str().unwrap().to_owned();
    assert!(point.contains("翎犀关节"), "{first:#}");
    let lost = desk.run(["impact", "翎犀关节", "--json"]).well().json();
    assert_eq!(lost["cut_off"].as_array().map(Vec::len), Some(2), "{lost:#}");
}

#[test]
fn paths_are_drawn_from_one_end_to_the_other() {
    let desk =
        Desk::new().with_article("05-pump-core-town.md").with_article("06-seal-ring-journey.md");
    let supply = ["paths", "砺岫新材", "沅朔泵业", "--predicate", "SUPPLIES"];
    let forward = desk.run(supply.iter().chain(&["--forward", "--json"])).well().json();
    let path = &forward["paths"][0];
    let (entities, relations) = (&path["entities"], path["relations"].as_array().unwrap());
    assert_eq!(path["length"], relations.len(), "{path:#}");
    assert_eq!(entities.as_array().unwrap().len(), relations.len() + 1, "{path:#}");
    for (at, relation) in relations.iter().enumerate() {
        assert_eq!(relation["predicate"], "SUPPLIES");
        assert_eq!((&relation["source"], &relation["target"]), (&entities[at], &entities[at + 1]));
    }
    // Against the direction of supply there is a way too, if either may be walked.
    let back = ["paths", "沅朔泵业", "砺岫新材", "--predicate", "SUPPLIES"];
    let drawn = desk.run(back).well().out;
    assert!(drawn.contains(" <-SUPPLIES- ") && !drawn.contains(" -SUPPLIES-> "), "{drawn}");
    let none = desk.run(back.iter().chain(&["--forward"])).well();
    assert!(none.err.contains("no source links") && none.out.is_empty(), "{none:?}");
    let same = desk.run(["paths", "砺岫新材", "砺岫新材"]).failed(2);
    assert!(same.err.contains("one and the same"), "{same:?}");
}

#[test]
fn templates_are_loaded_once_from_files_folders_and_the_program() {
    let desk = Desk::new();
    let first = desk.run(["chain", "load", "--json"]).well().json();
    let again = desk.run(["chain", "load", "--json"]).well().json();
    assert!(first[0]["claims"].as_u64().unwrap() > 5, "{first:#}");
    assert!(again.as_array().unwrap().iter().all(|t| t["claims"] == 0), "{again:#}");
    let template = "name = \"battery\"\nversion = 1\nchain = \"动力电池产业\"\n\
                    [[stage]]\nname = \"电芯\"\nposition = \"midstream\"\n";
    std::fs::create_dir(desk.path().join("chains")).unwrap();
    desk.file("chains/battery.toml", template);
    let own = desk.run(["chain", "load", "chains", "--json"]).well().json();
    assert_eq!(
        (&own[0]["template"], &own[0]["claims"]),
        (&"chain-template/battery@1".into(), &1.into())
    );
    let told = desk.run(["chain", "report", "动力电池产业"]).well();
    assert!(told.out.contains("电芯") && told.out.contains("not read about"), "{told:?}");
    desk.file("chains/wrong.toml", template.replace("midstream", "inside"));
    let head = desk.head();
    let wrong = desk.run(["chain", "load", "chains"]).failed(1);
    assert!(wrong.err.contains("wrong.toml") && wrong.err.contains("inside"), "{wrong:?}");
    desk.run(["chain", "load", "missing.toml"]).failed(1);
    assert_eq!(desk.head(), head);
}

/// What the API answers is answered without a server too: how much there is, a network, what
/// surrounds an entity, and a trace narrowed by product and by its far ends.
#[test]
fn questions_that_look_around_are_asked_without_a_server() {
    let desk = demo();
    let stats = desk.run(["stats", "--json"]).well().json();
    let asked = "{ stats { seq entities relations claims documents byKind { kind count } } }";
    let api = desk.run(["query", asked]).well().json()["data"]["stats"].clone();
    for count in ["seq", "entities", "relations", "claims", "documents"] {
        assert_eq!(stats[count], api[count], "{count}");
    }
    assert_eq!(stats["by_kind"]["FIRM"], api["byKind"][0]["count"]);
    let early = desk.run(["stats", "--recorded-at", "1999-01-01T00:00:00Z", "--json"]).well();
    assert_eq!(early.json()["entities"], 0);

    let network = desk.run(["network", "一镇七星"]).well();
    assert!(network.err.contains("8 claimed, 0 known"), "{network:?}");
    assert!(network.out.contains("(7 claimed, not named)"), "{network:?}");
    desk.run(["network", "岫步机器人"]).failed(1);

    let around = desk.run(["subgraph", "岫步机器人", "--limit", "3", "--json"]).well().json();
    assert_eq!(around["entities"].as_array().unwrap().len(), 3);
    assert_eq!(around["entities"][0]["name"], "岫步机器人");
    assert_eq!(around["truncated"]["limit"], "limit");
    assert!(around["relations"][0]["claims"][0]["quote"].is_string(), "{around}");

    let names = |narrowed: &[&str]| {
        let up = ["trace", "汀洲衡渚流体装备有限公司", "--direction", "upstream", "--json"];
        let traced = desk.run(up.iter().chain(narrowed)).well().json();
        let steps = traced["tiers"].as_array().unwrap().iter().flat_map(|tier| {
            tier["steps"].as_array().unwrap().iter().map(|step| step["entity"]["name"].clone())
        });
        steps.map(|name| name.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--product", "磁力驱动泵"]), ["汀洲沅朔泵业股份有限公司"]);
    assert!(names(&["--first-product", "磁力驱动泵"]).len() > 3);
    assert!(names(&[]).len() > names(&["--leaf-within", "晨屿区", "--depth", "2"]).len());
    assert!(names(&["--leaf-kind", "TOWN"]).is_empty());
    let cut = desk.run(["trace", "岫步机器人", "--direction", "upstream", "--depth", "1"]).well();
    assert!(cut.err.contains("raise --depth"), "{cut:?}");
}
