use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::client::ask;
use crate::support::server::Server;
use crate::support::{Desk, command};

/// How long anything may take that must come, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(300);

const INGEST: &str = "mutation($input: ArticleInput!) { ingestArticle(input: $input) { seq } }";

fn desk() -> Desk {
    Desk::new().with_article("06-seal-ring-journey.md")
}

fn head_of(desk: &Desk, folder: &str) -> (u64, String) {
    let info = desk.run(["log", "info", "--json", "--data", folder]).well().json();
    (info["head"].as_u64().unwrap(), info["hash"].as_str().unwrap().to_owned())
}

fn pair(told: &Value) -> (u64, String) {
    (told["head"].as_u64().unwrap(), told["hash"].as_str().unwrap().to_owned())
}

fn editor(desk: &Desk) -> String {
    let made = desk.run(["token", "new", "--role", "editor", "--json"]).well().json();
    made["secret"].as_str().unwrap().to_owned()
}

/// What lies in a folder, hidden things included.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Waits until whoever reads beside the server sees an event. HEAD follows what is acknowledged in
/// its own time; what it has reached once is in every later copy.
fn wait_until_shown(desk: &Desk, seq: u64) {
    let since = Instant::now();
    while desk.head().0 < seq {
        assert!(since.elapsed() < PATIENCE, "event {seq} is acknowledged and never shown");
    }
}

#[test]
fn an_exported_log_is_imported_with_the_same_head() {
    let desk = desk();
    let head = desk.head();
    for (format, file) in [("segments", "log.lzx"), ("ndjson", "log.ndjson")] {
        let told = desk.run(["log", "export", "--format", format, file, "--json"]).well().json();
        assert_eq!(pair(&told), head);
        let copy = format!("copy-{format}");
        let told = desk.run(["log", "import", file, "--data", &copy, "--json"]).well().json();
        assert_eq!((pair(&told), head_of(&desk, &copy)), (head.clone(), head.clone()));
        let verified = desk.run(["log", "verify", "--data", &copy, "--json"]).well().json();
        assert_eq!(verified["index"], "agrees with the journal");
        let again = desk.run(["log", "import", file, "--data", &copy]).failed(1);
        assert!(again.err.contains("not empty"), "{again:#?}");
        let asked = ["query", "{ stats { seq entities claims } }"];
        let there = desk.run([&asked[..], &["--data", &copy]].concat()).well().json();
        assert_eq!(there, desk.run(asked).well().json());
    }
    // Through a pipe, lines that people can read.
    let lines = desk.run(["log", "export", "--format", "ndjson", "-"]).well().out;
    assert_eq!(lines, fs::read_to_string(desk.path().join("log.ndjson")).unwrap());
    let first: Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
    assert_eq!((&first["seq"], &first["actor"]), (&json!(1), &json!("cli")));
    assert!(first["events"][0]["payload"].is_object(), "{first:#}");
    desk.run_with(["log", "import", "-", "--data", "piped"], &lines).well();
    assert_eq!(head_of(&desk, "piped"), head);
}

#[test]
fn a_damaged_export_is_refused_with_its_place_and_leaves_nothing() {
    let desk = desk();
    let lines = desk.run(["log", "export", "--format", "ndjson", "-"]).well().out;
    desk.file("cut.ndjson", lines.trim_end().rsplit_once('\n').unwrap().0.to_owned() + "\n");
    let cut = desk.run(["log", "import", "cut.ndjson", "--data", "new"]).failed(1);
    assert!(cut.err.contains("cut.ndjson: line") && cut.err.contains("event"), "{cut:#?}");
    desk.run(["log", "export", "log.lzx"]).well();
    let mut bytes = fs::read(desk.path().join("log.lzx")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    desk.file("hurt.lzx", bytes);
    let hurt = desk.run(["log", "import", "hurt.lzx", "--data", "new"]).failed(1);
    assert!(hurt.err.contains("hurt.lzx: byte") && hurt.err.contains("event 1"), "{hurt:#?}");
    let claims = desk.run(["export"]).well().out;
    desk.file("claims.ndjson", claims);
    desk.run(["log", "import", "claims.ndjson", "--data", "new"]).failed(1);
    desk.run(["log", "import", "absent", "--data", "new"]).failed(1);
    desk.run(["log", "export", "-", "--json"]).failed(2);
    let all = names(desk.path());
    assert!(all.iter().all(|name| !name.contains("new")), "{all:?}");
}

#[test]
fn a_backup_beside_a_writing_server_is_restored_elsewhere_with_the_same_head() {
    let desk = desk();
    let secret = editor(&desk);
    let server = Arc::new(Server::start(desk.path(), &[]));
    let done = Arc::new(AtomicBool::new(false));
    let (told, written) = mpsc::channel();
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let (server, done, secret) = (Arc::clone(&server), Arc::clone(&done), secret.clone());
            let told = told.clone();
            thread::spawn(move || {
                let mut seq = 0;
                for turn in 0.. {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    let text =
                        format!("晨屿区的汀洲砺岫{writer}号材料有限公司发布第{turn}款产品。");
                    let input = json!({ "title": format!("{writer}-{turn}"), "text": text });
                    let answer = ask(&server, INGEST, &json!({ "input": input }), Some(&secret));
                    seq = answer["data"]["ingestArticle"]["seq"].as_u64().unwrap();
                    told.send(seq).unwrap();
                }
                seq
            })
        })
        .collect();
    let mut last = 0;
    for round in 0..4 {
        let acknowledged = written.recv_timeout(PATIENCE).unwrap();
        wait_until_shown(&desk, acknowledged);
        let backup = desk.run(["log", "backup", "backup", "--json"]).well().json();
        let (head, hash) = pair(&backup);
        assert!(head >= acknowledged && head >= last, "{head} {acknowledged} {last}");
        last = head;
        let to = format!("restored-{round}");
        let back = desk.run(["log", "restore", "backup", "--data", &to, "--json"]).well().json();
        assert_eq!(pair(&back), (head, hash.clone()));
        assert_eq!(head_of(&desk, &to), (head, hash));
    }
    // The log can be looked at meanwhile, and exported.
    let info = desk.run(["log", "info", "--json"]).well().json();
    assert!(info["head"].as_u64().unwrap() >= last);
    desk.run(["log", "export", "beside.lzx"]).well();
    done.store(true, Ordering::Relaxed);
    let end = writers.into_iter().map(|writer| writer.join().unwrap()).max().unwrap();
    Arc::into_inner(server).unwrap().stop();
    // Every restored log is the beginning of the whole one.
    let whole = desk.run(["log", "export", "--format", "ndjson", "-"]).well().out;
    for round in 0..4 {
        let to = format!("restored-{round}");
        let export = ["log", "export", "--format", "ndjson", "-", "--data", &to];
        let part = desk.run(export).well().out;
        let (commits, _) = part.trim_end().rsplit_once('\n').unwrap();
        assert!(whole.starts_with(commits), "round {round}");
    }
    let told = desk.run(["log", "backup", "backup"]).well();
    assert!(told.out.contains(&format!("head {end} ")), "{told:#?}");
    assert!(!desk.path().join("backup/index").exists());
}

#[test]
fn a_backup_refuses_what_it_is_not_of() {
    let desk = desk();
    desk.run(["log", "backup", "backup"]).well();
    let article = crate::support::article("05-pump-core-town.md");
    desk.run(["ingest", article.to_str().unwrap(), "--data", "other"]).well();
    let other = desk.run(["log", "backup", "backup", "--data", "other"]).failed(1);
    assert!(other.err.contains("another log"), "{other:#?}");
    let mixed = desk.run(["log", "backup", "other"]).failed(1);
    assert!(mixed.err.contains("BACKUP.json"), "{mixed:#?}");
    let full = desk.run(["log", "restore", "backup", "--data", "other"]).failed(1);
    assert!(full.err.contains("not empty"), "{full:#?}");
    let none = desk.run(["log", "restore", "other", "--data", "new"]).failed(1);
    assert!(none.err.contains("no finished backup"), "{none:#?}");
    assert!(!desk.path().join("new").exists());
    desk.run(["log", "backup", "nothing", "--data", "absent"]).failed(1);
    assert!(!desk.path().join("nothing").exists());
}

#[test]
fn the_tail_follows_a_folder_that_a_server_holds() {
    let desk = desk();
    let secret = editor(&desk);
    let (head, _) = desk.head();
    let server = Server::start(desk.path(), &[]);
    let mut tail = command(desk.path());
    tail.args(["log", "tail", "-f", "-n", "1", "--json"]).stdout(Stdio::piped());
    let mut tail = tail.spawn().unwrap();
    let out = BufReader::new(tail.stdout.take().unwrap());
    let (told, heard) = mpsc::channel();
    let reading = thread::spawn(move || {
        for line in out.lines() {
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            // Nobody listens any more when the test is over.
            told.send(line["seq"].as_u64().unwrap()).ok();
        }
    });
    let next = || heard.recv_timeout(PATIENCE).unwrap();
    assert_eq!(next(), head);
    let input = json!({ "title": "新", "text": "汀洲砺岫新材料有限公司位于晨屿区。" });
    let answer = ask(&server, INGEST, &json!({ "input": input }), Some(&secret));
    let last = answer["data"]["ingestArticle"]["seq"].as_u64().unwrap();
    for seq in head + 1..=last {
        assert_eq!(next(), seq);
    }
    let pid = tail.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert!(tail.wait().unwrap().success());
    reading.join().unwrap();
}

#[test]
fn ctrl_c_leaves_nothing_half_done() {
    let desk = Desk::new();
    let ecosystem = desk.run(["generate", "--size", "S", "--seed", "5"]).well().out;
    desk.run_with(["import", "-"], &ecosystem).well();
    desk.run(["log", "export", "--format", "ndjson", "log.ndjson"]).well();
    desk.run(["log", "backup", "backup"]).well();
    for (args, target) in [
        (vec!["log", "import", "log.ndjson", "--data", "new"], "new"),
        (vec!["log", "restore", "backup", "--data", "new"], "new"),
        (vec!["log", "export", "--format", "ndjson", "again.ndjson"], "again.ndjson"),
    ] {
        let mut child = command(desk.path());
        child.args(&args).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = child.spawn().unwrap();
        // As soon as something shows: wherever it falls, the outcome is whole or absent.
        let since = Instant::now();
        let shows = || {
            let names = names(desk.path());
            names.iter().any(|name| name.contains("unfinished") || name.starts_with(".tmp"))
        };
        while !shows() && child.try_wait().unwrap().is_none() {
            assert!(since.elapsed() < PATIENCE, "{args:?}: it neither begins nor ends");
            thread::sleep(Duration::from_millis(1));
        }
        // It may have ended by itself meanwhile; its number may be another's then.
        if child.try_wait().unwrap().is_none() {
            let pid = child.id().to_string();
            assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        }
        let code = child.wait().unwrap().code();
        let left = names(desk.path());
        assert!(left.iter().all(|name| !name.starts_with('.')), "{args:?}: {left:?}");
        let path = desk.path().join(target);
        match code {
            Some(0) if path.is_dir() => {
                assert_eq!(head_of(&desk, target), desk.head(), "{args:?}");
                fs::remove_dir_all(path).unwrap();
            }
            Some(0) => assert!(path.is_file(), "{args:?}"),
            Some(1) => assert!(!path.exists(), "{args:?}: {left:?}"),
            // Stopped while the whole log was being indexed.
            other => panic!("{args:?}: {other:?}"),
        }
    }
}
