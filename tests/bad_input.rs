use std::ffi::OsStr;
use std::path::Path;

use crate::support::server::Server;
use crate::support::{BINARY, Desk, Ran, article};

const ARTICLE: &str = "06-seal-ring-journey.md";

/// A folder with some history, which mistakes must leave as it is.
fn desk() -> Desk {
    Desk::new().with_article(ARTICLE)
}

/// Makes a mistake that must fail in words that hold each of these.
#[track_caller]
fn check(desk: &Desk, ran: Ran, words: &[&str], head: &(u64, String)) {
    let ran = ran.failed(1);
    for word in words {
        assert!(ran.err.contains(word), "`{word}` is not said: {ran:#?}");
    }
    let sentence = ran.err.lines().find(|line| line.starts_with("error: ")).unwrap();
    assert!(sentence.chars().count() < 400, "{sentence}");
    assert_eq!(desk.head(), *head, "the log has moved");
}

#[test]
fn articles_that_cannot_be_read() {
    let desk = desk();
    let head = desk.head();
    std::fs::create_dir(desk.path().join("folder")).unwrap();
    for (name, content, words) in [
        ("missing.md", None, ["missing.md", "no such file"]),
        ("folder", None, ["folder", "name the articles in it"]),
        ("empty.md", Some(b"".to_vec()), ["empty.md", "empty"]),
        ("blank.md", Some(b" \n\n".to_vec()), ["blank.md", "no text"]),
        ("picture.md", Some(b"\x89PNG\r\n\x1a\n\0\0".to_vec()), ["picture.md", "a picture"]),
        ("binary.txt", Some(b"abc\0def".to_vec()), ["binary.txt", "binary"]),
        ("noise.txt", Some(vec![0xff; 64]), ["noise.txt", "UTF-8"]),
        ("report.pdf", Some(b"%PDF-1.7 ...".to_vec()), ["report.pdf", "a PDF"]),
        ("large.txt", Some("很".repeat(20_000_000).into_bytes()), ["large.txt", "bytes"]),
        ("long.txt", Some("很长。".repeat(40_000).into_bytes()), ["long.txt", "split it"]),
    ] {
        if let Some(content) = content {
            desk.file(name, content);
        }
        for command in ["ingest", "extract", "explain"] {
            check(&desk, desk.run([command, name]), &words, &head);
        }
    }
    let front = desk.file("front.md", "---\ntitle: 甲\npublished_on: gestern\n---\n文。\n");
    check(
        &desk,
        desk.run([OsStr::new("ingest"), front.as_os_str()]),
        &["line 3", "gestern"],
        &head,
    );
}

#[test]
fn a_bad_article_makes_no_folder_and_keeps_no_good_one_out() {
    let desk = Desk::new();
    desk.file("empty.md", "");
    desk.run(["ingest", "empty.md"]).failed(1);
    assert!(!desk.path().join("lianzhu-data").exists());
    let good = article(ARTICLE);
    let both = desk.run([OsStr::new("ingest"), OsStr::new("empty.md"), good.as_os_str()]).failed(1);
    assert!(both.err.contains("empty.md") && both.err.contains("1 of 2"), "{both:#?}");
    assert!(both.out.contains("claims accepted"), "{both:#?}");
    assert!(desk.head().0 > 0);
}

#[test]
fn an_article_in_gb18030_is_read_and_named() {
    let desk = Desk::new();
    // 汀洲珂砚陶瓷科技有限公司为晨屿绛帆密封件有限公司供应密封环。
    let text = "汀洲珂砚陶瓷科技有限公司为晨屿绛帆密封件有限公司供应密封环。";
    let (encoded, _, lossy) = encoding_rs::GB18030.encode(text);
    assert!(!lossy);
    desk.file("gb.txt", encoded);
    let taken = desk.run(["ingest", "gb.txt", "--title", "来稿"]).well();
    assert!(taken.err.contains("GB18030"), "{taken:#?}");
    let found = desk.run(["find", "珂砚", "--json"]).well().json();
    assert_eq!(found[0]["name"], "汀洲珂砚陶瓷科技有限公司", "{found:#}");
}

#[test]
fn claims_files_with_bad_lines() {
    let desk = desk();
    let head = desk.head();
    let document = r#"{"type":"document","id":"d","title":"题","text":"甲公司引领乙镇。"}"#;
    let firm = r#"{"type":"entity","id":"a","kind":"FIRM","name":"甲公司"}"#;
    let town = r#"{"type":"entity","id":"b","kind":"TOWN","name":"乙镇"}"#;
    let leads = |more: &str| {
        format!(r#"{{"type":"relation","predicate":"LEADS","source":"a","target":"b"{more}}}"#)
    };
    let quoting = r#","evidence":{"document":"d","start":0,"end":3,"quote":"丙公司"}"#;
    for (line, words) in [
        ("{oops".to_owned(), vec!["line 4", "not JSON"]),
        (r#"{"type":"planet"}"#.to_owned(), vec!["line 4", "`planet`"]),
        (firm.replace("FIRM", "PLANET").replace("\"a\"", "\"c\""), vec!["line 4", "PLANET"]),
        (leads("").replace("\"b\"", "\"a\""), vec!["line 4", "LEADS", "FIRM", "TOWN"]),
        (leads(quoting), vec!["line 4", "丙公司", "甲公司"]),
        (leads("").replace("\"b\"", "\"zz\""), vec!["line 4", "`zz`"]),
        (leads(r#","confidence":7"#), vec!["line 4", "7"]),
        (leads(r#","valid_from":"gestern""#), vec!["line 4", "gestern"]),
    ] {
        let good = leads("");
        let file = desk.file("claims.ndjson", [document, firm, town, &line, &good].join("\n"));
        let words = [vec!["claims.ndjson", "nothing was imported", "--skip-bad"], words].concat();
        check(&desk, desk.run([OsStr::new("import"), file.as_os_str()]), &words, &head);
    }
    for (name, content) in [("empty.ndjson", ""), ("blank.ndjson", "\n\n")] {
        desk.file(name, content);
        check(&desk, desk.run(["import", name]), &[name, "empty"], &head);
    }
    check(&desk, desk.run(["import", "missing.ndjson"]), &["missing.ndjson", "no file"], &head);
    desk.file("binary.ndjson", [0xff; 64]);
    check(&desk, desk.run(["import", "binary.ndjson"]), &["line 1", "UTF-8"], &head);
}

#[test]
fn skip_bad_imports_the_rest_and_keeps_the_bad_lines() {
    let desk = Desk::new();
    let good = r#"{"type":"entity","id":"a","kind":"FIRM","name":"甲公司"}"#;
    desk.file("claims.ndjson", format!("{good}\n{{oops\n"));
    let ran = desk.run(["import", "claims.ndjson", "--skip-bad"]).well();
    assert!(ran.err.contains("line 2") && ran.err.contains("claims.bad.ndjson"), "{ran:#?}");
    assert_eq!(std::fs::read_to_string(desk.path().join("claims.bad.ndjson")).unwrap(), "{oops\n");
    assert_eq!(desk.head().0, 1);
}

#[test]
fn a_relation_whose_ends_turn_out_to_be_one_is_refused_before_anything_is_recorded() {
    let desk = Desk::new();
    let lines = [
        r#"{"type":"entity","id":"a","kind":"FIRM","name":"甲公司"}"#,
        r#"{"type":"entity","id":"b","kind":"FIRM","name":"甲公司"}"#,
        r#"{"type":"relation","predicate":"SUPPLIES","source":"a","target":"b"}"#,
    ];
    desk.file("claims.ndjson", lines.join("\n"));
    let ran = desk.run(["import", "claims.ndjson"]).failed(1);
    assert!(ran.err.contains("line 3"), "{ran:#?}");
    assert!(!desk.path().join("lianzhu-data").exists());
}

/// Two firms that were both called 青禾 at some time.
fn two_of_one_name() -> Desk {
    let desk = Desk::new();
    let lines = [
        r#"{"type":"entity","id":"a","kind":"FIRM","name":"汀洲青禾轴承有限公司","aliases":["青禾"]}"#,
        r#"{"type":"entity","id":"b","kind":"FIRM","name":"晨屿青禾药业有限公司","aliases":["青禾"]}"#,
    ];
    desk.file("names.ndjson", lines.join("\n"));
    desk.run(["import", "names.ndjson"]).well();
    desk
}

#[test]
fn a_name_that_several_bear_lists_them_with_ids() {
    let desk = two_of_one_name();
    let head = desk.head();
    let found = desk.run(["find", "青禾", "--json"]).well().json();
    let ids: Vec<&str> =
        found.as_array().unwrap().iter().filter_map(|hit| hit["id"].as_str()).collect();
    assert_eq!(ids.len(), 2, "{found:#}");
    let words = [vec!["青禾", "汀洲青禾轴承有限公司"], ids.clone()].concat();
    check(&desk, desk.run(["trace", "青禾", "--direction", "upstream"]), &words, &head);
    desk.run(["trace", ids[0], "--direction", "upstream"]).well();
    // A claims file that means one of the two does not say which.
    let line = r#"{"type":"entity","id":"q","kind":"FIRM","name":"青禾"}"#;
    desk.file("claims.ndjson", line);
    let words = [vec!["line 1", "青禾"], ids].concat();
    check(&desk, desk.run(["import", "claims.ndjson"]), &words, &head);
}

#[test]
fn a_name_that_nobody_bears_is_answered_with_near_ones() {
    let desk = desk();
    let head = desk.head();
    let near = desk.run(["trace", "绛帆密", "--direction", "upstream"]);
    check(&desk, near, &["绛帆密", "did you mean", "晨屿绛帆密封件有限公司"], &head);
    let far = desk.run(["trace", "火星基地", "--direction", "upstream"]);
    check(&desk, far, &["火星基地", "lianzhu find"], &head);
    let id = "00000000-0000-0000-0000-000000000000";
    check(&desk, desk.run(["trace", id, "--direction", "upstream"]), &[id], &head);
    let late = desk.run(["trace", "绛帆密封", "--direction", "upstream", "--at", "999999"]);
    check(&desk, late, &["999999", "choose a position"], &head);
}

#[test]
fn questions_to_a_folder_with_nothing_in_it() {
    for args in [
        vec!["find", "甲"],
        vec!["trace", "甲", "--direction", "upstream"],
        vec!["export"],
        vec!["query", "{ stats { seq } }"],
        vec!["log", "tail"],
        vec!["extract", "a.md", "--data", "nowhere"],
    ] {
        let desk = Desk::new();
        desk.file("a.md", "文。");
        let ran = desk.run(&args).failed(1);
        assert!(ran.err.contains("nothing in the data folder"), "{ran:#?}");
        assert!(ran.err.contains("lianzhu serve --demo"), "{ran:#?}");
        assert!(ran.err.contains("数据文件夹"), "{ran:#?}");
        for folder in ["lianzhu-data", "nowhere"] {
            assert!(!desk.path().join(folder).exists(), "{args:?} made a folder");
        }
    }
}

#[test]
fn a_folder_that_a_server_holds_names_its_address() {
    let desk = desk();
    let server = Server::start(desk.path(), &[]);
    let path = article("05-pump-core-town.md");
    for args in [
        vec!["ingest", path.to_str().unwrap()],
        vec!["find", "甲"],
        vec!["log", "verify", "--deep"],
        vec!["serve", "--listen", "127.0.0.1:0"],
    ] {
        let ran = desk.run(&args).failed(1);
        assert!(ran.err.contains(&server.address), "{args:?}: {ran:#?}");
        assert!(ran.err.contains("lianzhu-data"), "{args:?}: {ran:#?}");
    }
}

#[test]
fn a_port_in_use_is_named_with_a_way_out() {
    let desk = desk();
    let head = desk.head();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let ran = desk.run(["serve", "--listen", &address.to_string()]);
    let port = address.port().to_string();
    check(&desk, ran, &[&port, "in use", "--listen 127.0.0.1:0", "占用"], &head);
    let nonsense = desk.run(["serve", "--listen", "here"]).failed(2);
    assert!(nonsense.err.contains("`here`") && nonsense.err.contains("--listen"), "{nonsense:#?}");
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;

    let desk = Desk::new();
    desk.file("a.md", std::fs::read(article(ARTICLE)).unwrap());
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(desk.path(), 0o555);
    // Root may write anywhere, so where tests run as root the program runs as nobody; from a copy,
    // since nobody may not look into root's folders.
    let bin = tempfile::Builder::new().prefix("lianzhu").tempdir().unwrap();
    mode(bin.path(), 0o755);
    let copy = bin.path().join("lianzhu");
    std::fs::copy(BINARY, &copy).unwrap();
    mode(&copy, 0o755);
    let mut command = std::process::Command::new(&copy);
    command.current_dir(desk.path()).args(["ingest", "a.md"]);
    let is_root = std::process::Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    if is_root {
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().unwrap();
    mode(desk.path(), 0o755);
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("lianzhu-data may not be written") && err.contains("权限"), "{err}");
}

#[test]
fn a_damaged_log_is_told_with_its_range() {
    let desk = desk();
    let journal = desk.path().join("lianzhu-data/journal");
    let segment = journal.read_dir().unwrap().map(|entry| entry.unwrap().path()).min().unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    std::fs::write(&segment, &bytes).unwrap();
    let ran = desk.run(["log", "verify"]).failed(1);
    assert!(ran.err.contains("journal: events 1 to"), "{ran:#?}");
    assert!(ran.out.starts_with("DAMAGED"), "{ran:#?}");
    assert_eq!(std::fs::read(&segment).unwrap(), bytes, "verifying changed the log");
    // Opening restores it from the other copy, and says so.
    let mended = desk.run(["find", "绛帆"]).well();
    assert!(mended.err.contains("mended"), "{mended:#?}");
    desk.run(["log", "verify"]).well();
}

#[test]
fn a_log_that_lost_its_journal_is_not_taken_for_an_empty_folder() {
    let desk = desk();
    let (seq, hash) = desk.head();
    let data = desk.path().join("lianzhu-data");
    std::fs::remove_dir_all(data.join("journal")).unwrap();
    let mended = desk.run(["query", "{ log { head hash } }"]).well();
    assert_eq!(mended.json()["data"]["log"], serde_json::json!({ "head": seq, "hash": hash }));
    // With its index gone too nothing is left but HEAD, which knows what there was.
    for part in ["journal", "index"] {
        std::fs::remove_dir_all(data.join(part)).unwrap();
    }
    let lost = desk.run(["query", "{ seq }"]).failed(1);
    assert!(lost.err.contains(&format!("events 1 to {seq} are lost")), "{lost:#?}");
}

#[test]
fn revoking_a_token_where_there_is_no_folder_says_that_there_is_none() {
    let desk = Desk::new();
    let ran = desk.run(["token", "revoke", "nobody"]).failed(1);
    assert!(ran.err.contains("there is no token `nobody`"), "{ran:#?}");
    assert_eq!(std::fs::read_dir(desk.path()).unwrap().count(), 0, "a folder was made");
}
