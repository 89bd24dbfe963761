//! Who may do what.

use gql::{AccessRole, ServeError, ServerConfig, TokenError, TokenStore, check_exposure};
use serde_json::{Value, json};

use crate::support::{Server, code};

#[test]
fn each_role_may_what_it_may() {
    let server = Server::with_ecosystem();
    let tokens = AccessRole::ALL.map(|role| (role, server.token(role)));
    let claim = server.data("{ claims(first: 1) { nodes { id } } }", Value::Null);
    let claim = claim["claims"]["nodes"][0]["id"].as_str().unwrap().to_owned();
    let actions = [
        (
            AccessRole::Reviewer,
            format!(
                "mutation {{ reviewClaims(ids: [\"{claim}\"], verdict: ACCEPT) {{ events }} }}"
            ),
        ),
        (
            AccessRole::Editor,
            "mutation { ingestArticle(input: { title: \"t\", text: \"x\" }) { events } }"
                .to_owned(),
        ),
        (
            AccessRole::Editor,
            "mutation { retractClaim(id: \"x\", reason: \"r\") { events } }".to_owned(),
        ),
        (
            AccessRole::Editor,
            "mutation { mergeEntities(keep: \"x\", absorb: [], reason: \"r\") { events } }"
                .to_owned(),
        ),
        (
            AccessRole::Editor,
            "mutation { undoMerge(id: \"x\", reason: \"r\") { events } }".to_owned(),
        ),
        (
            AccessRole::Editor,
            "mutation { markDistinct(a: \"x\", b: \"y\", reason: \"r\") { events } }".to_owned(),
        ),
    ];
    for (needed, action) in &actions {
        assert_eq!(code(&server.ask(action, Value::Null)), "UNAUTHENTICATED", "{action}");
        for (held, token) in &tokens {
            let answer = server.ask_as(Some(token), action, Value::Null);
            let refused = answer["errors"][0]["extensions"]["code"] == "FORBIDDEN";
            assert_eq!(refused, held < needed, "{held:?}: {answer}");
        }
    }
    let viewer = server.ask_as(Some(&tokens[2].1), "{ viewer { name roles } }", Value::Null);
    let wanted = json!({ "name": "tester-EDITOR", "roles": ["READER", "REVIEWER", "EDITOR"] });
    assert_eq!(viewer["data"]["viewer"], wanted);
}

#[test]
fn a_wrong_token_is_refused_even_where_none_is_needed() {
    let server = Server::with_ecosystem();
    let good = server.token(AccessRole::Reader);
    let body = "{\"query\":\"{ seq }\"}";
    let status = |authorization: &str| {
        let answer = server.post("/graphql", body, &[("authorization", authorization)]);
        if answer.status != 200 {
            assert_eq!(answer.code(), "UNAUTHENTICATED");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
        answer.status
    };
    assert_eq!(status(&format!("Bearer {good}")), 200);
    assert_eq!(status(&format!("bearer {good}")), 200);
    let mut other = good.clone();
    other.replace_range(good.len() - 1.., if good.ends_with('0') { "1" } else { "0" });
    for wrong in [&other, "lz_0000000000_00", "", "lz_", &good[..20], "令牌"] {
        let text = format!("Bearer {wrong}");
        if text.is_ascii() {
            assert_eq!(status(&text), 401, "{wrong}");
        }
    }
    assert_eq!(status(&good), 401);
    assert_eq!(status(&format!("Basic {good}")), 401);
}

#[test]
fn tokens_end_while_the_server_runs() {
    let server = Server::with_ecosystem();
    let issued = server.tokens.issue("短", AccessRole::Editor, None).unwrap();
    let status = |secret: &str| {
        let authorization = format!("Bearer {secret}");
        let headers = [("authorization", authorization.as_str())];
        server.post("/graphql", "{\"query\":\"{ seq }\"}", &headers).status
    };
    assert_eq!(status(&issued.secret), 200);
    // As the command line does it: another process, so another store over the same file.
    let other = TokenStore::of_folder(server.folder());
    other.revoke(&issued.id).unwrap();
    assert_eq!(status(&issued.secret), 401);
    let past = "2020-01-01T00:00:00Z".parse().unwrap();
    let ended = other.issue("过期", AccessRole::Admin, Some(past)).unwrap();
    assert_eq!(status(&ended.secret), 401);
    let fresh = other.issue("新", AccessRole::Reader, None).unwrap();
    assert_eq!(status(&fresh.secret), 200);
}

#[test]
fn the_file_of_tokens_keeps_no_secret_and_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let store = TokenStore::of_folder(folder.path());
    assert!(store.list().unwrap().is_empty() && !store.any_usable().unwrap());
    let one = store.issue("甲", AccessRole::Reader, None).unwrap();
    let two = store.issue("乙", AccessRole::Admin, None).unwrap();
    let path = folder.path().join("tokens.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(&one.id) && text.contains("甲"));
    assert!(!text.contains(&one.secret) && !text.contains(one.secret.rsplit('_').next().unwrap()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let names: Vec<String> = store.list().unwrap().into_iter().map(|t| t.name).collect();
    assert_eq!(names, ["甲", "乙"]);
    assert!(matches!(store.revoke("nobody"), Err(TokenError::Unknown(_))));
    store.revoke(&two.id).unwrap();
    assert_eq!(store.list().unwrap().len(), 1);
    for name in ["", "  ", "a\nb", &"长".repeat(101)] {
        assert!(
            matches!(store.issue(name, AccessRole::Reader, None), Err(TokenError::Name)),
            "{name}"
        );
    }
    std::fs::write(&path, "{").unwrap();
    assert!(matches!(store.list(), Err(TokenError::Damaged { .. })));
    assert!(store.issue("丙", AccessRole::Reader, None).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "{");
}

#[test]
fn an_address_that_others_reach_needs_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let store = TokenStore::of_folder(folder.path());
    for (address, open) in [
        ("127.0.0.1:1", true),
        ("[::1]:1", true),
        ("[::ffff:127.0.0.1]:1", true),
        ("0.0.0.0:1", false),
        ("10.0.0.1:1", false),
        ("[::]:1", false),
    ] {
        let checked = check_exposure(address.parse().unwrap(), &store);
        assert_eq!(checked.is_ok(), open, "{address}");
        assert!(open || matches!(checked, Err(ServeError::Exposed(_))));
    }
    store.issue("甲", AccessRole::Reader, None).unwrap();
    assert!(check_exposure("0.0.0.0:1".parse().unwrap(), &store).is_ok());
}

#[test]
fn without_a_token_nothing_is_read_where_one_is_needed() {
    let server = Server::start(ServerConfig { reads_need_token: true, ..ServerConfig::default() });
    let body = "{\"query\":\"{ seq }\"}";
    let refused = server.post("/graphql", body, &[]);
    assert_eq!((refused.status, refused.code()), (401, "UNAUTHENTICATED".to_owned()));
    assert_eq!(server.get("/metrics", &[]).status, 401);
    assert_eq!(server.get("/graphql?query=%7Bseq%7D", &[]).status, 401);
    let stream = server.get("/graphql/stream?query=%7Bseq%7D", &[("accept", "text/event-stream")]);
    assert_eq!(stream.status, 401);
    assert_eq!(server.get("/console", &[]).status, 200);
    let reader = format!("Bearer {}", server.token(AccessRole::Reader));
    assert_eq!(server.post("/graphql", body, &[("authorization", &reader)]).status, 200);
    assert_eq!(server.get("/metrics", &[("authorization", &reader)]).status, 200);
}

#[test]
fn a_name_that_merely_leads_here_is_not_loopback() {
    let server = Server::with_ecosystem();
    let body = "{\"query\":\"{ seq }\"}";
    let status = |host: &str| server.post("/graphql", body, &[("host", host)]).status;
    assert_eq!(status("localhost:8080"), 200);
    assert_eq!(status("[::1]:8080"), 200);
    assert_eq!(status("rebound.example:8080"), 401);
}

#[test]
fn an_exposed_listener_without_tokens_ends_with_the_reason() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let donor = Server::waiting(ServerConfig::default());
    donor.make_ready();
    let services = donor.services.subscribe();
    let ended = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
        gql::run(listener, std::future::pending(), services, ServerConfig::default()).await
    });
    assert!(matches!(ended, Err(ServeError::Exposed(_))), "{ended:?}");
}
