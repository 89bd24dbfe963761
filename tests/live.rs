use serde_json::{Value, json};

use crate::support::Desk;
use crate::support::client::{Subscription, ask, code, data};
use crate::support::server::Server;

const INGEST: &str = "mutation($input: ArticleInput!) {
  ingestArticle(input: $input) { seq events alreadyKnown accepted document { title } }
}";

fn article() -> Value {
    json!({ "input": {
        "title": "新供应商",
        "text": "晨屿区的汀洲砺岫新材料有限公司为汀洲珂砚陶瓷科技有限公司供应高纯碳化硅微粉。",
        "publishedOn": "2025-06-01",
    } })
}

fn token(desk: &Desk, role: &str) -> (String, String) {
    let made = desk.run(["token", "new", "--role", role, "--json"]).well().json();
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

#[test]
fn the_past_then_what_comes_each_event_once_and_in_order() {
    let desk = Desk::new().with_article("06-seal-ring-journey.md");
    let (_, secret) = token(&desk, "editor");
    let (head, _) = desk.head();
    let server = Server::start(desk.path(), &[]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let seqs = runtime.block_on(async {
        let query = "subscription { events(after: 0) { seq type summary recordedAt } }";
        let mut events = Subscription::open(&server, query).await;
        let mut seqs = Vec::new();
        for _ in 0..head {
            seqs.push(events.next().await["events"]["seq"].as_u64().unwrap());
        }
        let receipt = ask(&server, INGEST, &article(), Some(&secret));
        let receipt = &receipt["data"]["ingestArticle"];
        let last = receipt["seq"].as_u64().unwrap();
        assert!(last > head && receipt["alreadyKnown"] == false, "{receipt:#}");
        for _ in head..last {
            seqs.push(events.next().await["events"]["seq"].as_u64().unwrap());
        }
        seqs
    });
    let expected: Vec<u64> = (1..=u64::try_from(seqs.len()).unwrap()).collect();
    assert_eq!(seqs, expected);
}

#[test]
fn whoever_has_no_token_reads_and_does_not_write() {
    let desk = Desk::new().with_article("06-seal-ring-journey.md");
    let (_, reader) = token(&desk, "reader");
    let server = Server::start(desk.path(), &[]);
    let before = data(&server, "{ log { head hash } }", &json!({}));
    assert_eq!(code(&ask(&server, INGEST, &article(), None)), "UNAUTHENTICATED");
    assert_eq!(code(&ask(&server, INGEST, &article(), Some("lz_0_nonsense"))), "UNAUTHENTICATED");
    assert_eq!(code(&ask(&server, INGEST, &article(), Some(&reader))), "FORBIDDEN");
    assert_eq!(data(&server, "{ log { head hash } }", &json!({})), before);
}

#[test]
fn a_token_made_or_revoked_counts_at_once_on_a_running_server() {
    let desk = Desk::new().with_article("06-seal-ring-journey.md");
    let server = Server::start(desk.path(), &[]);
    let (id, secret) = token(&desk, "editor");
    let first = ask(&server, INGEST, &article(), Some(&secret));
    assert_eq!(first["data"]["ingestArticle"]["alreadyKnown"], false, "{first:#}");
    let again = ask(&server, INGEST, &article(), Some(&secret));
    assert_eq!(again["data"]["ingestArticle"]["alreadyKnown"], true, "{again:#}");
    assert_eq!(again["data"]["ingestArticle"]["seq"], first["data"]["ingestArticle"]["seq"]);

    let listed = desk.run(["token", "list", "--json"]).well();
    assert!(listed.out.contains(&id) && !listed.out.contains(&secret), "{listed:#?}");
    desk.run(["token", "revoke", &id]).well();
    assert_eq!(code(&ask(&server, INGEST, &article(), Some(&secret))), "UNAUTHENTICATED");
    let unknown = desk.run(["token", "revoke", &id]).failed(1);
    assert!(unknown.err.contains(&id) && unknown.err.contains("token list"), "{unknown:#?}");
}

#[test]
fn off_loopback_it_does_not_start_without_a_token() {
    let desk = Desk::new();
    let ran = desk.run(["serve", "--listen", "0.0.0.0:0"]).failed(1);
    assert!(ran.err.contains("token new"), "{ran:#?}");
    assert!(!desk.path().join("lianzhu-data/journal").exists(), "it opened the log all the same");
}

#[test]
fn what_others_wrote_cannot_rewrite_a_terminal() {
    let desk = Desk::new();
    let (_, secret) = token(&desk, "editor");
    let server = Server::start(desk.path(), &[]);
    let ingest =
        "mutation($t: String!) { ingestArticle(input: { title: $t, text: \"文。\" }) { seq } }";
    let title = json!({ "t": "题\u{1b}[2J\n       9  2020-01-01  nobody" });
    let answer = ask(&server, ingest, &title, Some(&secret));
    assert_eq!(answer["data"]["ingestArticle"]["seq"], 1, "{answer}");
    server.stop();
    let told = desk.run(["log", "tail"]).well().out;
    assert!(told.contains("题\\u{1b}[2J"), "{told:?}");
    assert_eq!(told.lines().count(), 1, "{told:?}");
}
