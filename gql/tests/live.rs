//! Following the log over WebSocket and over SSE: the past, then live, each event once and in order.

use futures_util::{SinkExt, StreamExt};
use gql::{AccessRole, Limits, ServerConfig};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{ECOSYSTEM, PATIENCE, Server, code};

struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

fn upgrade(server: &Server) -> ClientRequestBuilder {
    let uri = format!("ws://{}/graphql", server.address).parse().unwrap();
    ClientRequestBuilder::new(uri).with_sub_protocol("graphql-transport-ws")
}

impl Socket {
    async fn open(server: &Server) -> Self {
        let (stream, response) = connect_async(upgrade(server)).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
        Self { stream }
    }

    async fn open_as(server: &Server, init: Value) -> Self {
        let mut socket = Self::open(server).await;
        socket.say(json!({ "type": "connection_init", "payload": init })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    async fn say(&mut self, message: Value) {
        self.stream.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": query } })).await;
    }

    async fn message(&mut self) -> Message {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.stream.next());
            match next.await.unwrap().unwrap().unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    async fn hear(&mut self) -> Value {
        let message = self.message().await;
        serde_json::from_str(message.to_text().unwrap()).unwrap_or_else(|_| panic!("{message:?}"))
    }

    async fn closed(&mut self) -> u16 {
        match self.message().await {
            Message::Close(Some(frame)) => frame.code.into(),
            other => panic!("{other:?}"),
        }
    }
}

fn seq(message: &Value) -> u64 {
    message["payload"]["data"]["events"]["seq"].as_u64().unwrap_or_else(|| panic!("{message}"))
}

#[test]
fn a_subscription_tells_the_past_then_what_comes() {
    let server = Server::with_ecosystem();
    server.runtime.block_on(async {
        let mut socket = Socket::open_as(&server, Value::Null).await;
        socket.subscribe("1", "subscription { events(after: 10) { seq type summary } }").await;
        for wanted in 11..=60 {
            assert_eq!(seq(&socket.hear().await), wanted);
        }
        tokio::task::block_in_place(|| server.ingest("新", "rel|FIRM|丁|SUPPLIES|FIRM|戊"));
        let mut kinds = Vec::new();
        for wanted in 61..=64 {
            let message = socket.hear().await;
            assert_eq!(seq(&message), wanted);
            kinds.push(message["payload"]["data"]["events"]["type"].as_str().unwrap().to_owned());
            if wanted == 64 {
                let summary = &message["payload"]["data"]["events"]["summary"];
                assert_eq!(summary, "ACCEPTED 丁 供应 戊");
            }
        }
        assert_eq!(
            kinds,
            ["DocumentRecorded", "EntityDeclared", "EntityDeclared", "ClaimRecorded"]
        );
        socket.say(json!({ "type": "complete", "id": "1" })).await;
        socket.say(json!({ "type": "ping", "payload": { "n": 1 } })).await;
        assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "n": 1 } }));
        tokio::task::block_in_place(|| server.ingest("新", "rel|FIRM|己|SUPPLIES|FIRM|戊"));
        socket.subscribe("2", "{ seq }").await;
        let answer = socket.hear().await;
        assert_eq!((&answer["id"], &answer["payload"]["data"]["seq"]), (&json!("2"), &json!(67)));
        assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "2" }));
    });
}

/// Writers and readers at the same time: every reader sees every event once, in order.
#[test]
fn no_event_is_missed_or_told_twice_while_writes_land() {
    let server = Server::with_ecosystem();
    let followers: Vec<_> = (0..4).map(|n| async move { n }).collect();
    server.runtime.block_on(async {
        let mut sockets = Vec::new();
        for follower in followers {
            let mut socket = Socket::open_as(&server, Value::Null).await;
            let after = follower.await * 15;
            socket
                .subscribe("1", &format!("subscription {{ events(after: {after}) {{ seq }} }}"))
                .await;
            sockets.push((socket, after + 1));
        }
        let writing = tokio::task::block_in_place(|| {
            std::thread::scope(|threads| {
                for writer in 0..3 {
                    let server = &server;
                    threads.spawn(move || {
                        for n in 0..5 {
                            server
                                .ingest("并", &format!("rel|FIRM|并{writer}-{n}|SUPPLIES|FIRM|发"));
                        }
                    });
                }
            });
            server.data("{ seq }", Value::Null)["seq"].as_u64().unwrap()
        });
        for (mut socket, first) in sockets {
            for wanted in first..=writing {
                assert_eq!(seq(&socket.hear().await), wanted);
            }
        }
    });
}

#[test]
fn the_socket_keeps_to_its_protocol() {
    let server = Server::with_ecosystem();
    let token = server.token(AccessRole::Editor);
    server.runtime.block_on(async {
        let mut early = Socket::open(&server).await;
        early.subscribe("1", "{ seq }").await;
        assert_eq!(early.closed().await, 4401);
        let mut twice = Socket::open_as(&server, Value::Null).await;
        twice.say(json!({ "type": "connection_init" })).await;
        assert_eq!(twice.closed().await, 4429);
        let mut nonsense = Socket::open_as(&server, Value::Null).await;
        nonsense.say(json!({ "type": "dance" })).await;
        assert_eq!(nonsense.closed().await, 4400);
        let mut same = Socket::open_as(&server, Value::Null).await;
        same.subscribe("1", "subscription { events(after: 60) { seq } }").await;
        same.subscribe("1", "subscription { events(after: 60) { seq } }").await;
        assert_eq!(same.closed().await, 4409);
        let mut wrong = Socket::open(&server).await;
        wrong
            .say(json!({ "type": "connection_init", "payload": { "Authorization": "Bearer x" } }))
            .await;
        assert_eq!(wrong.closed().await, 4403);
        let init = json!({ "authorization": format!("Bearer {token}") });
        let mut known = Socket::open_as(&server, init).await;
        known.subscribe("1", "{ viewer { name } }").await;
        assert_eq!(known.hear().await["payload"]["data"]["viewer"]["name"], "tester-EDITOR");
        assert_eq!(known.hear().await["type"], "complete");
        known.subscribe("2", "{ nothing }").await;
        let refused = known.hear().await;
        assert_eq!(code(&refused["payload"]), "BAD_INPUT");
        let deep = "{a".repeat(100);
        assert_eq!(known.hear().await["type"], "complete");
        known.subscribe("3", &deep).await;
        let error = known.hear().await;
        assert_eq!(
            (&error["type"], &error["payload"][0]["extensions"]["code"]),
            (&json!("error"), &json!("TOO_DEEP"))
        );
        known.subscribe("4", "subscription { events(after: 999) { seq } }").await;
        assert_eq!(code(&known.hear().await["payload"]), "BAD_INPUT");
    });
}

#[test]
fn a_page_of_another_site_opens_no_socket() {
    let server = Server::with_ecosystem();
    server.runtime.block_on(async {
        let foreign = upgrade(&server).with_header("Origin", "https://elsewhere.example");
        assert!(connect_async(foreign).await.is_err());
        let own = format!("http://{}", server.address);
        assert!(connect_async(upgrade(&server).with_header("Origin", own)).await.is_ok());
        let uri = format!("ws://{}/graphql", server.address).parse().unwrap();
        let old = ClientRequestBuilder::new(uri).with_sub_protocol("graphql-ws");
        assert!(connect_async(old).await.is_err());
    });
}

#[test]
fn a_subscription_ends_with_its_token() {
    let server = Server::with_ecosystem();
    let issued = server.tokens.issue("短", AccessRole::Reader, None).unwrap();
    server.runtime.block_on(async {
        let init = json!({ "Authorization": format!("Bearer {}", issued.secret) });
        let mut socket = Socket::open_as(&server, init).await;
        socket.subscribe("1", "subscription { events(after: 59) { seq } }").await;
        assert_eq!(seq(&socket.hear().await), 60);
        server.tokens.revoke(&issued.id).unwrap();
        tokio::task::block_in_place(|| server.ingest("新", "rel|FIRM|丁|SUPPLIES|FIRM|戊"));
        assert_eq!(code(&socket.hear().await["payload"]), "UNAUTHENTICATED");
        assert_eq!(socket.hear().await["type"], "complete");
    });
}

#[test]
fn an_open_socket_asks_nothing_more_once_its_token_has_ended() {
    let server = Server::with_ecosystem();
    let issued = server.tokens.issue("短", AccessRole::Editor, None).unwrap();
    server.runtime.block_on(async {
        let init = json!({ "Authorization": format!("Bearer {}", issued.secret) });
        let mut socket = Socket::open_as(&server, init).await;
        server.tokens.revoke(&issued.id).unwrap();
        let article = r#"mutation { ingestArticle(input: { title: "新", text: "甲" }) { seq } }"#;
        for asked in [article, "{ seq }", "subscription { events(after: 59) { seq } }"] {
            socket.subscribe("1", asked).await;
            let answer = socket.hear().await;
            assert_eq!(answer["type"], "error", "{answer}");
            assert_eq!(answer["payload"][0]["extensions"]["code"], "UNAUTHENTICATED");
        }
    });
    assert_eq!(server.data("{ seq }", Value::Null)["seq"], 60);
}

#[test]
fn a_message_is_as_long_as_a_body_may_be() {
    let limits = Limits { body_bytes: 4_000, article_body_bytes: 40_000, ..Limits::default() };
    let server = Server::limited(limits);
    let editor = format!("Bearer {}", server.token(AccessRole::Editor));
    let long = json!({ "query": "{ seq }", "variables": { "x": "长".repeat(2_000) } });
    let long = json!({ "type": "subscribe", "id": "1", "payload": long });
    server.runtime.block_on(async {
        let mut socket = Socket::open_as(&server, Value::Null).await;
        socket.say(long.clone()).await;
        assert_eq!(socket.closed().await, 1009);
        let mut socket = Socket::open_as(&server, json!({ "Authorization": editor })).await;
        socket.say(long).await;
        assert_eq!(socket.hear().await["type"], "next");
    });
}

#[test]
fn a_stop_closes_sockets_and_streams() {
    // Whatever a stop does not close is let go after so long at the latest.
    let drain = 2 * PATIENCE;
    let server = Server::start(ServerConfig { drain, ..ServerConfig::default() });
    server.ingest("一镇七星的由来", ECOSYSTEM);
    // The client's own runtime, for the server's ends with the server.
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut socket = client.block_on(async {
        let mut socket = Socket::open_as(&server, Value::Null).await;
        socket.subscribe("1", "subscription { events(after: 59) { seq } }").await;
        assert_eq!(seq(&socket.hear().await), 60);
        socket
    });
    let stream =
        follow(&server, "/graphql/stream?query=subscription%7Bevents(after:59)%7Bseq%7D%7D");
    let begun = std::time::Instant::now();
    let (ended, code) = std::thread::scope(|threads| {
        let listening = threads.spawn(|| client.block_on(socket.closed()));
        (server.stop(), listening.join().unwrap())
    });
    assert!(ended.is_ok());
    assert_eq!(code, 1001);
    assert!(begun.elapsed() < drain, "{:?}", begun.elapsed());
    drop(stream);
}

/// The lines of an SSE stream that mean something.
fn follow(server: &Server, path: &str) -> impl Iterator<Item = String> + use<> {
    let request = ureq::get(server.url(path)).header("accept", "text/event-stream");
    let response = request.call().unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let lines = BufReader::new(response.into_body().into_reader()).lines().map_while(Result::ok);
    lines.filter(|line| !line.is_empty() && !line.starts_with(':'))
}

fn data(line: &str) -> Value {
    serde_json::from_str(line.strip_prefix("data:").unwrap().trim()).unwrap()
}

#[test]
fn server_sent_events_tell_the_past_then_what_comes() {
    let server = Server::with_ecosystem();
    let mut lines =
        follow(&server, "/graphql/stream?query=subscription%7Bevents(after:58)%7Bseq%20type%7D%7D");
    let mut next = || {
        assert_eq!(lines.next().unwrap(), "event:next");
        data(&lines.next().unwrap())["data"]["events"]["seq"].as_u64().unwrap()
    };
    assert_eq!((next(), next()), (59, 60));
    server.ingest("新", "rel|FIRM|丁|SUPPLIES|FIRM|戊");
    assert_eq!((next(), next(), next(), next()), (61, 62, 63, 64));
}

#[test]
fn server_sent_events_answer_queries_and_refuse_before_they_start() {
    let server = Server::with_ecosystem();
    let sse = [("accept", "text/event-stream")];
    let body = json!({ "query": "{ seq }" }).to_string();
    let answer = server.post("/graphql/stream", &body, &sse);
    let lines: Vec<&str> = answer.body.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines[0], "event:next");
    assert_eq!(data(lines[1])["data"]["seq"], 60);
    assert_eq!(lines[2], "event:complete");
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(
        server.post("/graphql/stream", &body, &[("accept", "application/json")]).status,
        406
    );
    let deep = json!({ "query": "{a".repeat(100) }).to_string();
    let refused = server.post("/graphql/stream", &deep, &sse);
    assert_eq!((refused.status, refused.code()), (400, "TOO_DEEP".to_owned()));
    let foreign = [("accept", "text/event-stream"), ("origin", "https://elsewhere.example")];
    assert_eq!(server.post("/graphql/stream", &body, &foreign).status, 403);
}
