use crate::support::{Desk, article};

#[test]
fn an_extract_that_is_imported_says_what_ingesting_says() {
    let ingested = Desk::new().with_article("05-pump-core-town.md");
    let path = article("05-pump-core-town.md");
    let extracted = ingested.run(["extract", path.to_str().unwrap()]).well().out;
    let imported = Desk::new();
    imported.run_with(["import", "-"], &extracted).well();
    assert_eq!(imported.head().0, ingested.head().0, "as many events either way");
    let head = ingested.head();
    let again = ingested.run_with(["import", "-"], &extracted).well();
    assert!(again.out.contains("nothing new"), "{again:#?}");
    assert_eq!(ingested.head(), head);
}

#[test]
fn what_is_exported_and_imported_into_an_empty_folder_is_exported_the_same() {
    let first = Desk::new();
    for name in ["04-golden-ding.md", "05-pump-core-town.md", "10-four-months-scan.md"] {
        first.run(["ingest", article(name).to_str().unwrap()]).well();
    }
    let exported = first.run(["export"]).well().out;
    assert!(exported.lines().count() > 50, "{exported}");
    let second = Desk::new();
    second.run_with(["import", "-"], &exported).well();
    assert_eq!(second.run(["export"]).well().out, exported);
    let again = second.run_with(["import", "-"], &exported).well();
    assert!(again.out.contains("nothing new"), "{again:#?}");
}

#[test]
fn an_article_that_is_printed_again_is_told_as_a_reprint() {
    let desk = Desk::new().with_article("05-pump-core-town.md");
    let known = std::fs::read_to_string(article("05-pump-core-town.md")).unwrap();
    let (_, body) = known.trim_start_matches("---").split_once("---").unwrap();
    let again = desk.file("again.txt", format!("本报综合消息\n{body}\n编辑：某某"));
    let path = again.to_str().unwrap();
    let ingest = ["ingest", path, "--title", "转载", "--json"];
    let rehearsed = desk.run([&ingest[..], &["--dry-run"]].concat()).well().json();
    assert_eq!(rehearsed["reprint_of"], serde_json::Value::Null);
    let taken = desk.run(ingest).well().json();
    let documents = desk.run(["query", "{ documents { nodes { id title } } }"]).well().json();
    let earlier = &documents["data"]["documents"]["nodes"][0];
    assert_eq!(taken["reprint_of"]["title"], earlier["title"], "{taken}");
    let told = desk.run(["ingest", path, "--title", "转载"]).well();
    assert!(told.err.contains("a reprint of"), "{told:#?}");
}

#[test]
fn an_export_at_a_position_knows_nothing_of_what_came_later() {
    let desk = Desk::new().with_article("05-pump-core-town.md");
    let (then, _) = desk.head();
    let known_then = desk.run(["export"]).well().out;
    let desk = desk.with_article("06-seal-ring-journey.md");
    assert_eq!(desk.run(["export", "--at", &then.to_string()]).well().out, known_then);
    assert!(desk.run(["export"]).well().out.lines().count() > known_then.lines().count());
    let later = desk.run(["export", "--at", "999999"]).failed(1);
    assert!(later.err.contains("999999"), "{later:#?}");
}

#[test]
fn an_invented_ecosystem_is_the_same_for_one_seed_and_imports_once() {
    let desk = Desk::new();
    let generate = ["generate", "--size", "XS", "--seed", "11", "--evidence"];
    let generated = desk.run(generate).well().out;
    assert_eq!(desk.run(generate).well().out, generated);
    let imported = desk.run_with(["import", "-", "--json"], &generated).well().json();
    assert_eq!(imported["bad_lines"], 0, "{imported}");
    assert_eq!(imported["lines"].as_u64(), u64::try_from(generated.lines().count()).ok());
    let head = desk.head();
    let again = desk.run_with(["import", "-", "--json"], &generated).well().json();
    assert_eq!(again["events"], 0, "{again}");
    assert_eq!(desk.head(), head);
}

#[test]
fn decisions_in_a_claims_file_are_carried_out_once() {
    let desk = Desk::new();
    let lines = [
        r#"{"type":"entity","id":"a","kind":"FIRM","name":"甲公司"}"#,
        r#"{"type":"entity","id":"b","kind":"FIRM","name":"甲集团"}"#,
        r#"{"type":"entity","id":"t","kind":"TOWN","name":"乙镇"}"#,
        r#"{"type":"relation","id":"c1","predicate":"LEADS","source":"a","target":"t","status":"proposed"}"#,
        r#"{"type":"relation","id":"c2","predicate":"LEADS","source":"b","target":"t"}"#,
        r#"{"type":"review","claim":"c1","verdict":"accept","by":"lin","note":"seen"}"#,
        r#"{"type":"retraction","claim":"c2","reason":"a slip"}"#,
        r#"{"type":"merge","id":"m","keep":"a","absorb":["b"],"reason":"one group"}"#,
        r#"{"type":"distinct","a":"a","b":"t","reason":"a firm is no town"}"#,
    ];
    desk.file("claims.ndjson", lines.join("\n"));
    let imported = desk.run(["import", "claims.ndjson", "--json"]).well().json();
    assert_eq!(imported["decisions"], 4, "{imported}");
    let tail = desk.run(["log", "tail", "--after", "0"]).well().out;
    for (kind, actor) in
        [("ClaimReviewed", "lin"), ("ClaimRetracted", "import"), ("EntitiesMerged", "import")]
    {
        assert!(tail.lines().any(|l| l.contains(kind) && l.contains(actor)), "{kind}: {tail}");
    }
    let head = desk.head();
    desk.run(["import", "claims.ndjson"]).well();
    assert_eq!(desk.head(), head);
}

/// Two entities of a kind that bear one strong identifier are one by rule, said by the receipt; an
/// export carries that, and what people decided on it.
#[test]
fn strong_identifiers_merge_and_what_was_decided_on_that_comes_along() {
    let desk = Desk::new();
    let lines = [
        r#"{"type":"entity","id":"a","kind":"FIRM","name":"甲公司"}"#,
        r#"{"type":"entity","id":"b","kind":"FIRM","name":"乙公司"}"#,
        r#"{"type":"entity","id":"c","kind":"FIRM","name":"丙公司"}"#,
        r#"{"type":"identifier","entity":"a","scheme":"USCC","value":"91350100M000100Y43"}"#,
        r#"{"type":"identifier","entity":"b","scheme":"USCC","value":"91350100M000100Y43"}"#,
        r#"{"type":"identifier","entity":"c","scheme":"USCC","value":"91350100M000100Y43"}"#,
        r#"{"type":"distinct","a":"b","b":"c","reason":"two firms"}"#,
    ];
    desk.file("claims.ndjson", lines.join("\n"));
    let done = desk.run(["import", "claims.ndjson"]).well();
    assert!(done.out.contains("1 merged by strong identifiers"), "{done:#?}");
    let merged = desk.run(["find", "乙公司", "--json"]).well().json();
    assert_eq!(merged[0]["name"], "甲公司", "{merged}");
    let exported = desk.run(["export"]).well().out;
    let second = Desk::new();
    let again = second.run_with(["import", "-", "--json"], &exported).well().json();
    assert_eq!(again["merges"], 1, "{again}");
    assert_eq!(second.head().0, desk.head().0);
    assert!(second.run_with(["import", "-"], &exported).well().out.contains("nothing new"));
    // The third is told apart, and shows as a conflict.
    let found = second.run(["conflicts"]).well().out;
    assert!(found.contains("甲公司") && found.contains("丙公司"), "{found}");
}
