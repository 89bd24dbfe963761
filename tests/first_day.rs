use serde_json::{Value, json};

use crate::support::client::{ask, data, get};
use crate::support::server::Server;
use crate::support::{Desk, root};

/// How long a server may take to be ready, however busy the machine is.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(300);

/// The shell blocks of a README, each as its lines.
fn shell_blocks(name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(root().join(name)).unwrap();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == "```sh" {
            let block = lines.by_ref().take_while(|line| *line != "```");
            blocks.push(block.map(str::to_owned).collect());
        }
    }
    blocks
}

/// GraphQL blocks of a README, one a block.
fn graphql_blocks(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(name)).unwrap();
    let blocks = text.split("```graphql\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

#[test]
fn the_readme_begins_with_two_commands() {
    for name in ["README.md", "README.zh.md"] {
        let blocks = shell_blocks(name);
        assert_eq!(blocks[0], ["cargo run --release -- serve --demo"], "{name}");
        assert_eq!(blocks[1], ["cargo test"], "{name}");
    }
}

#[test]
fn the_first_command_opens_the_showcase() {
    let desk = Desk::new();
    let server = Server::start(desk.path(), &["--demo"]);
    for (path, status) in [("/livez", 200), ("/readyz", 200), ("/console", 200)] {
        let answer = get(&server, path);
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
    }
    let address = server.address.clone();
    let stats = data(&server, "{ stats { seq entities relations claims documents } }", &json!({}));
    assert_eq!(stats["stats"]["documents"], 11, "{stats}");

    let ended = server.stop();
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "{ended:#?}");
    assert!(ended.err.contains(&format!("http://{address}/console")), "{ended:#?}");
    assert!(!ended.err.contains('\u{1b}'), "{ended:#?}");

    // A second start finds everything there, and reads nothing twice.
    let head = |desk: &Desk| {
        let info = desk.run(["log", "info", "--json", "--data", "lianzhu-demo"]).well().json();
        (info["head"].clone(), info["hash"].clone())
    };
    let before = head(&desk);
    let server = Server::start(desk.path(), &["--demo"]);
    let again = data(&server, "{ stats { seq entities relations claims documents } }", &json!({}));
    assert_eq!(again, stats);
    server.stop();
    assert_eq!(head(&desk), before);
}

#[test]
fn until_it_is_ready_it_lives_and_answers_503() {
    // A log that takes a while to replay in a test's build.
    let desk = Desk::new();
    let generated = desk.run(["generate", "--size", "XS", "--seed", "5"]).well().out;
    desk.run_with(["import", "-"], generated).well();
    // A port that was free may be somebody else's by the time the server takes it.
    let statuses = (0..20).find_map(|_| statuses_until_ready(&desk)).unwrap();
    assert_eq!(statuses.last(), Some(&200), "{statuses:?}");
    // How early it is first seen is luck; what it may say until then is not.
    assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
}

/// What `/readyz` answers from the first time on that it does until it is 200. `None`: the server
/// ended, its port was taken.
fn statuses_until_ready(desk: &Desk) -> Option<Vec<u16>> {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let mut child = crate::support::command(desk.path())
        .args(["serve", "--listen", &address])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let status = |path: &str| {
        let answer = agent.get(format!("http://{address}{path}")).call();
        answer.map(|answer| answer.status().as_u16())
    };
    let (since, mut statuses) = (std::time::Instant::now(), Vec::new());
    while statuses.last() != Some(&200) && child.try_wait().unwrap().is_none() {
        if let Ok(ready) = status("/readyz") {
            if ready == 503 && statuses.is_empty() {
                assert_eq!(status("/livez").unwrap(), 200);
            }
            statuses.push(ready);
        }
        assert!(since.elapsed() < PATIENCE, "it is never ready: {statuses:?}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let ended = child.try_wait().unwrap();
    child.kill().unwrap();
    let err = child.wait_with_output().unwrap().stderr;
    if ended.is_some() {
        let err = String::from_utf8(err).unwrap();
        assert!(err.contains("in use by another program"), "it ended: {err}");
        return None;
    }
    Some(statuses)
}

#[test]
fn the_readmes_queries_are_answered_by_the_demo() {
    let desk = Desk::new();
    let server = Server::start(desk.path(), &["--demo"]);
    let firm = data(&server, "{ entity(name: \"沅朔泵业\") { id } }", &json!({}));
    let id = firm["entity"]["id"].clone();
    let made = desk.run(["token", "new", "--role", "editor", "--json", "--data", "lianzhu-demo"]);
    let token = made.well().json()["secret"].as_str().unwrap().to_owned();
    for name in ["README.md", "README.zh.md"] {
        let blocks = graphql_blocks(name);
        assert!(blocks.len() >= 3, "{name}");
        for block in &blocks {
            // A block may hold several operations; each stands on lines of its own.
            for operation in operations(block) {
                if operation.starts_with("subscription") {
                    continue;
                }
                let answer = ask(&server, &operation, &json!({ "id": id }), Some(&token));
                assert!(answer.get("errors").is_none(), "{name}: {operation}: {answer:#}");
                let answer = answer["data"].clone();
                let filled = answer.as_object().unwrap().values().all(|value| !value.is_null());
                assert!(filled, "{name}: {operation}: {answer:#}");
            }
        }
    }
}

/// Splits a document into its operations, by the braces at their ends.
fn operations(document: &str) -> Vec<String> {
    let (mut found, mut depth, mut begun) = (Vec::new(), 0_i32, String::new());
    for c in document.chars() {
        begun.push(c);
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        if c == '}' && depth == 0 {
            found.push(begun.trim().to_owned());
            begun.clear();
        }
    }
    found
}

/// A firm with its relations, each with all its evidence.
const FIRM: &str = r#"query($name: String!) {
  entity(name: $name) {
    name kind aliases roles
    relations(first: 100) {
      pageInfo { hasNextPage }
      nodes {
        predicate source { name } target { name } confidence
        claims { status evidence { quote start end document { text } } }
      }
    }
  }
}"#;

#[test]
fn the_chain_leader_and_every_word_that_says_so() {
    let desk = Desk::new();
    let server = Server::start(desk.path(), &["--demo"]);
    let firm = data(&server, FIRM, &json!({ "name": "科百特" }));
    let firm = &firm["entity"];
    assert_eq!(firm["name"], "杭州科百特过滤器材有限公司");
    assert_eq!(firm["kind"], "FIRM");
    assert!(firm["aliases"].as_array().unwrap().contains(&"科百特".into()), "{firm:#}");
    assert!(firm["roles"].as_array().unwrap().contains(&"CHAIN_LEADER".into()), "{firm:#}");
    let relations = firm["relations"]["nodes"].as_array().unwrap();
    let leads = |r: &&Value| r["predicate"] == "LEADS" && r["target"]["name"] == "膜材料小镇";
    assert!(relations.iter().any(|r| leads(&r)), "{firm:#}");
    let mut quotes = 0;
    for relation in relations {
        let claims = relation["claims"].as_array().unwrap();
        assert!(!claims.is_empty(), "a relation that no claim holds up: {relation:#}");
        for claim in claims {
            let evidence = &claim["evidence"];
            let at = |key: &str| usize::try_from(evidence[key].as_u64().unwrap()).unwrap();
            let text = evidence["document"]["text"].as_str().unwrap();
            let there: String =
                text.chars().skip(at("start")).take(at("end") - at("start")).collect();
            assert_eq!(evidence["quote"].as_str(), Some(there.as_str()), "{claim:#}");
            quotes += 1;
        }
    }
    assert!(quotes >= 5, "only {quotes} quotes: {firm:#}");
}

const NETWORK: &str = "query($name: String!) {
  network(name: $name) { name claimedSize members { name kind } vacancies { kind count } }
}";

#[test]
fn a_network_of_which_only_the_name_is_known() {
    let desk = Desk::new();
    let server = Server::start(desk.path(), &["--demo"]);
    let network = data(&server, NETWORK, &json!({ "name": "一镇七星" }));
    assert_eq!(
        network["network"],
        json!({
            "name": "一镇七星",
            "claimedSize": 8,
            "members": [],
            "vacancies": [{ "kind": "TOWN", "count": 1 }, { "kind": "PLATFORM", "count": 7 }],
        })
    );
}

#[test]
fn a_network_that_is_partly_filled() {
    let desk = Desk::new();
    let server = Server::start(desk.path(), &["--demo"]);
    let network = data(&server, NETWORK, &json!({ "name": "一镇五星" }));
    let network = &network["network"];
    assert_eq!(network["claimedSize"], 6);
    let members = network["members"].as_array().unwrap();
    assert!(
        members.contains(&json!({ "name": "泵芯小镇", "kind": "TOWN" })),
        "the town is known: {network:#}"
    );
    let platforms = members.iter().filter(|m| m["kind"] == "PLATFORM").count();
    assert!((1..5).contains(&platforms), "some stars are known, not all: {network:#}");
    assert_eq!(
        network["vacancies"],
        json!([{ "kind": "PLATFORM", "count": 5 - platforms }]),
        "{network:#}"
    );
}
