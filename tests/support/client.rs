//! Asks a server over HTTP and WebSocket.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::server::Server;

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Fetches a page; an error status is an answer too.
pub(crate) fn get(server: &Server, path: &str) -> Answer {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut response = agent.get(server.url(path)).call().unwrap();
    Answer {
        status: response.status().as_u16(),
        body: response.body_mut().read_to_string().unwrap(),
    }
}

/// Sends a GraphQL request and gives the whole answer, errors included.
pub(crate) fn ask(server: &Server, query: &str, variables: &Value, token: Option<&str>) -> Value {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = agent.post(server.url("/graphql"));
    if let Some(token) = token {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    let mut response =
        request.send_json(json!({ "query": query, "variables": variables })).unwrap();
    let body = response.body_mut().read_to_string().unwrap();
    serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// Sends a GraphQL query that must be answered, and gives `data`.
#[track_caller]
pub(crate) fn data(server: &Server, query: &str, variables: &Value) -> Value {
    let answer = ask(server, query, variables, None);
    assert!(answer.get("errors").is_none(), "{answer:#}");
    answer["data"].clone()
}

/// The code of the first error of an answer.
#[track_caller]
pub(crate) fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{answer:#}"))
}

/// A subscription over graphql-transport-ws.
pub(crate) struct Subscription {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Subscription {
    pub(crate) async fn open(server: &Server, query: &str) -> Subscription {
        let url = format!("ws://{}/graphql", server.address);
        let mut request = url.into_client_request().unwrap();
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
        let (socket, _) = connect_async(request).await.unwrap();
        let mut subscription = Subscription { socket };
        subscription.send(&json!({ "type": "connection_init" })).await;
        assert_eq!(subscription.receive().await["type"], "connection_ack");
        let payload = json!({ "query": query });
        subscription.send(&json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
        subscription
    }

    /// The data of the next answer.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            let message = self.receive().await;
            match message["type"].as_str().unwrap() {
                "next" => {
                    let payload = &message["payload"];
                    assert!(payload.get("errors").is_none(), "{payload:#}");
                    return payload["data"].clone();
                }
                "ping" => self.send(&json!({ "type": "pong" })).await,
                _ => panic!("the subscription ended: {message:#}"),
            }
        }
    }

    async fn send(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn receive(&mut self) -> Value {
        loop {
            let waited =
                tokio::time::timeout(std::time::Duration::from_secs(300), self.socket.next());
            match waited.await.expect("nothing came for five minutes").unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("the server sent {other:?}"),
            }
        }
    }
}
