use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use crate::support::{Desk, article, command};

/// The names of the commands that a help text lists.
fn commands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| line.starts_with("  "));
    let names = listed.filter(|line| !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_command_helps_with_examples() {
    let desk = Desk::new();
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    let mut seen = 0;
    while let Some(path) = waiting.pop() {
        let asked: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let help = desk.run(&asked).well();
        assert_eq!(help.err, "", "{path:?}");
        assert!(help.out.contains("Examples:"), "{path:?}: {}", help.out);
        let name = std::iter::once("help".to_owned()).chain(path.clone()).collect::<Vec<_>>();
        insta::assert_snapshot!(name.join("_"), help.out);
        for name in commands(&help.out) {
            waiting.push(path.iter().cloned().chain([name]).collect());
        }
        seen += 1;
    }
    assert!(seen > 25, "only {seen} commands were found");
}

#[test]
fn the_data_folder_may_be_named_before_and_after_the_command() {
    let desk = Desk::new();
    let path = article("06-seal-ring-journey.md");
    let path = path.to_str().unwrap();
    desk.run(["--data", "here", "ingest", path]).well();
    let after = desk.run(["find", "绛帆", "--data", "here", "--json"]).well().json();
    let before = desk.run(["--data", "here", "find", "绛帆", "--json"]).well().json();
    assert_eq!(after, before);
    assert!(after.as_array().is_some_and(|hits| !hits.is_empty()), "{after}");
    assert!(!desk.path().join("lianzhu-data").exists());
}

#[test]
fn results_go_to_standard_output_and_words_to_standard_error() {
    let desk = Desk::new().with_article("06-seal-ring-journey.md");
    let found = desk.run(["find", "没有这个名字"]).well();
    assert_eq!((found.out.as_str(), found.err.lines().count()), ("", 1), "{found:?}");
    let path = article("06-seal-ring-journey.md");
    let extracted = desk.run(["extract", path.to_str().unwrap()]).well();
    for line in extracted.out.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    assert!(extracted.err.contains("claims"), "{extracted:?}");
    assert!(!extracted.err.contains('\u{1b}'), "colours or bars went into a pipe: {extracted:?}");
}

#[test]
fn wrong_usage_is_told_and_exits_with_2() {
    let desk = Desk::new();
    for wrong in [
        vec!["nonsense"],
        vec!["trace", "甲"],
        vec!["find", "甲", "--kind", "PLANET"],
        vec!["generate", "--size", "XXL", "--seed", "1"],
        vec!["ingest"],
    ] {
        desk.run(&wrong).failed(2);
    }
    let several = desk.run(["ingest", "a.md", "b.md", "--title", "甲"]).failed(2);
    assert!(several.err.contains("--title"), "{several:?}");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let desk = Desk::new();
    let mut child = command(desk.path())
        .args(["generate", "--size", "S", "--seed", "3"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.starts_with('{'), "{line}");
    drop(out);
    let status = child.wait().unwrap();
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!((status.code(), err.as_str()), (Some(0), ""));
}

#[test]
fn settings_come_from_flags_then_environment_then_file() {
    let desk = Desk::new();
    let origin = |ran: crate::support::Ran| {
        let all = ran.well().json();
        let data = all.as_array().unwrap().iter().find(|s| s["name"] == "data").unwrap().clone();
        (data["value"].as_str().unwrap().to_owned(), data["origin"].as_str().unwrap().to_owned())
    };
    let show = ["config", "show", "--json"];
    assert_eq!(origin(desk.run(show)), ("./lianzhu-data".into(), "default".into()));
    desk.file("lianzhu.toml", "data = \"from-file\"\nlisten = \"127.0.0.1:9000\"\n");
    assert_eq!(origin(desk.run(show)), ("from-file".into(), "lianzhu.toml".into()));
    let set = ("LIANZHU_DATA", "from-environment");
    assert_eq!(origin(desk.run_in(set, show)), ("from-environment".into(), "LIANZHU_DATA".into()));
    let flagged = desk.run_in(set, ["config", "show", "--json", "--data", "from-flag"]);
    assert_eq!(origin(flagged), ("from-flag".into(), "--data".into()));
    desk.file("lianzhu.toml", "dta = \"slip\"\n");
    let unknown = desk.run(show).failed(2);
    assert!(unknown.err.contains("`dta`") && unknown.err.contains("data, listen"), "{unknown:?}");
}

#[test]
fn an_article_is_recorded_once_and_a_dry_run_records_nothing() {
    let desk = Desk::new();
    let path = article("06-seal-ring-journey.md");
    let path = path.to_str().unwrap();
    let rehearsed = desk.run(["ingest", path, "--dry-run", "--json"]).well().json();
    assert_eq!(rehearsed["recorded"], false);
    assert!(!desk.path().join("lianzhu-data").exists());
    let recorded = desk.run(["ingest", path, "--json"]).well().json();
    for count in ["new_entities", "accepted", "proposed"] {
        assert_eq!(recorded[count], rehearsed[count], "{count}");
    }
    assert!(recorded["accepted"].as_u64().unwrap() > 10, "{recorded}");
    let head = desk.head();
    let again = desk.run(["ingest", path, "--json"]).well().json();
    assert_eq!(again["already_known"], true);
    assert_eq!(desk.head(), head);
}

#[test]
fn an_article_may_come_by_standard_input_with_its_facts_by_flags() {
    let desk = Desk::new();
    let text = "沅朔泵业是晨屿区的企业。汀洲珂砚陶瓷科技有限公司为晨屿绛帆密封件有限公司供应碳化硅密封环。";
    let args = ["ingest", "-", "--title", "来稿", "--published-on", "2025-05", "--json"];
    let taken = desk.run_with(args, text).well().json();
    assert_eq!((&taken["title"], &taken["recorded"]), (&"来稿".into(), &true.into()));
    let tail = desk.run(["log", "tail", "--after", "0", "--json"]).well();
    let first: serde_json::Value = serde_json::from_str(tail.out.lines().next().unwrap()).unwrap();
    assert_eq!(first["type"], "DocumentRecorded");
    assert_eq!(first["payload"]["published_on"], "2025-05", "{first:#}");
}

#[test]
fn the_log_tells_where_it_stands_what_it_says_and_that_it_is_sound() {
    let desk = Desk::new();
    // Of a folder that is not there, and of an empty one.
    assert_eq!(desk.head(), (0, "0".repeat(64)));
    std::fs::create_dir(desk.path().join("lianzhu-data")).unwrap();
    assert_eq!(desk.head().0, 0);
    assert_eq!(desk.run(["log", "verify", "--json"]).well().json()["sound"], true);
    assert!(desk.path().join("lianzhu-data").read_dir().unwrap().next().is_none());

    let desk = desk.with_article("06-seal-ring-journey.md");
    let info = desk.run(["log", "info", "--json"]).well().json();
    let head = info["head"].as_u64().unwrap();
    assert!(head > 0 && info["bytes"].as_u64().unwrap() > 0, "{info}");
    let verified = desk.run(["log", "verify", "--json"]).well().json();
    assert_eq!((&verified["head"], &verified["hash"]), (&info["head"], &info["hash"]));
    let tail = desk.run(["log", "tail", "-n", "3", "--json"]).well();
    let seqs: Vec<u64> = tail
        .out
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64().unwrap()
        })
        .collect();
    assert_eq!(seqs, [head - 2, head - 1, head]);
}

#[test]
fn the_ontology_is_printed_as_tables_and_as_json() {
    let desk = Desk::new();
    let tables = desk.run(["ontology"]).well();
    let ontology = desk.run(["ontology", "--json"]).well().json();
    for part in ["kinds", "roles", "predicates"] {
        for entry in ontology[part].as_array().unwrap() {
            let (name, zh) = (entry["name"].as_str().unwrap(), entry["zh"].as_str().unwrap());
            let line = tables.out.lines().find(|line| line.starts_with(&format!("{name} ")));
            assert!(line.is_some_and(|line| line.contains(zh)), "{name}: {line:?}");
        }
    }
}

#[test]
fn explanations_name_rule_outcome_and_quote() {
    let desk = Desk::new();
    let path = article("06-seal-ring-journey.md");
    let explained = desk.run(["explain", path.to_str().unwrap(), "--json"]).well().json();
    let explained = explained.as_array().unwrap();
    assert!(explained.len() > 10, "{explained:#?}");
    let text = std::fs::read_to_string(&path).unwrap();
    for claim in explained {
        let quote = claim["evidence"]["quote"].as_str().unwrap();
        assert!(text.contains(quote) && !claim["rule"].as_str().unwrap().is_empty(), "{claim:#}");
        assert!(
            ["accepted", "proposed"].contains(&claim["outcome"].as_str().unwrap()),
            "{claim:#}"
        );
    }
}

#[test]
fn claims_are_scored_against_a_gold_file() {
    let desk = Desk::new();
    let gold = desk.file(
        "gold.json",
        r#"{"entities":[{"id":"a","kind":"FIRM","name":"甲公司"},{"id":"b","kind":"FIRM","name":"乙公司"}],
            "relations":[{"type":"SUPPLIES","source":"a","target":"b"}],"observations":[]}"#,
    );
    let claims = concat!(
        r#"{"type":"entity","id":"x","kind":"FIRM","name":"甲公司"}"#,
        "\n",
        r#"{"type":"entity","id":"y","kind":"FIRM","name":"丙公司"}"#,
        "\n",
    );
    let scores = desk.run_with(["eval", "--gold", gold.to_str().unwrap(), "-", "--json"], claims);
    let scores = scores.well().json();
    assert_eq!(scores["entities"]["right"], 1, "{scores:#}");
    assert_eq!(scores["entities"]["said"], 2, "{scores:#}");
    assert_eq!(scores["relations"]["recall"], 0.0, "{scores:#}");
}

#[test]
fn the_doctor_finds_a_fresh_installation_well() {
    let desk = Desk::new().with_article("06-seal-ring-journey.md");
    let findings = desk.run(["doctor", "--json"]).well().json();
    for finding in findings.as_array().unwrap() {
        assert_eq!(finding["ok"], true, "{finding:#}");
    }
    let sick = desk.run(["doctor", "--config", "broken.toml"]).failed(2);
    assert!(sick.err.contains("broken.toml"), "{sick:?}");
}

#[test]
fn completions_know_the_commands() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = desk.run(["completions", shell]).well().out;
        assert!(script.contains("ingest") && script.contains("trace"), "{shell}");
    }
}

#[test]
fn a_query_is_answered_without_a_server_and_cannot_write() {
    let desk = Desk::new().with_article("06-seal-ring-journey.md");
    let query = "query($n: String!) { entity(name: $n) { name kind } }";
    let answer = desk.run(["query", query, "--variables", r#"{"n": "绛帆密封"}"#]).well().json();
    assert_eq!(answer["data"]["entity"]["kind"], "FIRM", "{answer}");
    assert_eq!(
        desk.run_with(["query", "-"], "{ log { head } }").well().json()["data"]["log"]["head"],
        desk.head().0
    );

    let head = desk.head();
    let write = "mutation { markDistinct(a: \"x\", b: \"y\", reason: \"z\") { seq } }";
    let refused = desk.run(["query", write]).failed(1);
    assert!(refused.err.contains("UNAUTHENTICATED"), "{refused:#?}");
    assert_eq!(desk.head(), head);
    let wrong = desk.run(["query", "{ nonsense }"]).failed(1);
    assert!(wrong.err.contains("nonsense") && wrong.json()["errors"].is_array(), "{wrong:#?}");
    desk.run(["query", query, "--variables", "[1]"]).failed(2);
}

#[test]
fn the_schema_is_the_one_in_the_repository() {
    let desk = Desk::new();
    let printed = desk.run(["schema"]).well().out;
    let kept = std::fs::read_to_string(crate::support::root().join("gql/schema.graphql")).unwrap();
    assert_eq!(
        printed.trim_end(),
        kept.trim_end(),
        "run `cargo bless` to renew gql/schema.graphql"
    );
}

/// Nothing is answered as if nothing were known where the question itself makes no sense.
#[test]
fn a_question_that_makes_no_sense_is_wrong_usage() {
    let desk = Desk::new().with_article("06-seal-ring-journey.md");
    let name = "汀洲珂砚陶瓷科技有限公司";
    for (wrong, word) in [
        (vec!["trace", name, "--direction", "upstream", "--limit", "0"], "one result"),
        (vec!["ranking", "--by", "degree", "--limit", "0"], "one result"),
        (vec!["find", ""], "at least one letter"),
        (vec!["find", "泵", "--valid-on", "2025"], "2025-05-23"),
        (vec!["find", "泵", "--recorded-at", "gestern"], "08:30:00Z"),
        (vec!["find", "泵", "--recorded-at", "2025-05-24T08:30:00Z", "--at", "3"], "--at"),
        (vec!["common", name, name], "one and the same"),
        (vec!["timeline", "--from", "2025-01-01", "--to", "2024-01-01"], "lies before"),
        (vec!["diff"], "--from"),
        (vec!["trace", name, "--direction", "upstream", "--product", name], "is a FIRM"),
        (vec!["trace", name, "--direction", "upstream", "--leaf-role", "KING"], "KING"),
    ] {
        let failed = desk.run(&wrong).failed(2);
        assert!(failed.err.contains(word), "{wrong:?}: {failed:?}");
    }
}

/// An entity is named by its name, with its kind, by its id, or by the id that the API tells.
#[test]
fn an_entity_may_be_named_in_every_way_it_is_told() {
    let desk = Desk::new().with_article("06-seal-ring-journey.md");
    let name = "汀洲珂砚陶瓷科技有限公司";
    let told = desk.run(["find", name, "--json"]).well().json();
    let asked = format!("{{ entity(name: \"{name}\") {{ id }} }}");
    let opaque = desk.run(["query", &asked]).well().json();
    let wanted = desk.run(["impact", name, "--json"]).well().json();
    assert!(wanted["touched"].as_array().is_some_and(|touched| !touched.is_empty()), "{wanted}");
    let id = opaque["data"]["entity"]["id"].as_str().unwrap();
    for word in [told[0]["id"].as_str().unwrap(), id, &format!("FIRM:{name}")] {
        assert_eq!(desk.run(["impact", word, "--json"]).well().json(), wanted, "{word}");
    }
    let other = desk.run(["impact", &format!("TOWN:{name}")]).failed(1);
    assert!(other.err.contains("no entity is named"), "{other:?}");
}
