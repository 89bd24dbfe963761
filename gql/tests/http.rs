//! HTTP itself: media types, statuses, health, pages.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use gql::ServerConfig;
use serde_json::{Value, json};

use crate::support::Server;

const GRAPHQL_JSON: &str = "application/graphql-response+json";

#[test]
fn everything_but_livez_waits_for_the_log() {
    let server = Server::waiting(ServerConfig::default());
    assert_eq!(server.get("/livez", &[]).status, 200);
    let paths = [
        "/readyz",
        "/version",
        "/metrics",
        "/schema.graphql",
        "/console",
        "/",
        "/graphql?query=%7Bseq%7D",
    ];
    for path in paths {
        let answer = server.get(path, &[]);
        assert_eq!((answer.status, answer.code()), (503, "STORAGE".to_owned()), "{path}");
        assert_eq!(answer.header("retry-after"), "1", "{path}");
    }
    server.make_ready();
    for path in paths {
        let status = server.get(path, &[]).status;
        assert_eq!(status, if path == "/" { 303 } else { 200 }, "{path}");
    }
    assert_eq!(server.get("/readyz", &[]).json()["ready"], true);
    assert!(server.stop().is_ok());
}

#[test]
fn answers_come_in_the_media_type_asked_for() {
    let server = Server::with_ecosystem();
    let post = |query: &str, accept: &[(&str, &str)]| {
        server.post("/graphql", &json!({ "query": query }).to_string(), accept)
    };
    let plain = post("{ seq }", &[]);
    assert_eq!((plain.status, plain.header("content-type")), (200, "application/json"));
    let any = post("{ seq }", &[("accept", "*/*")]);
    assert_eq!(any.header("content-type"), "application/json");
    let modern =
        post("{ seq }", &[("accept", "application/graphql-response+json, application/json;q=0.9")]);
    assert_eq!((modern.status, modern.header("content-type")), (200, GRAPHQL_JSON));
    // A request that does not run: 400 without `data` by the draft's media type, 200 by plain JSON.
    let refused = post("{ nothing }", &[("accept", GRAPHQL_JSON)]);
    assert_eq!(refused.status, 400);
    assert!(refused.json().get("data").is_none());
    assert_eq!(post("{ nothing }", &[]).status, 200);
    assert_eq!(post("{", &[("accept", GRAPHQL_JSON)]).status, 400);
    // One that ran and failed in a field: 200 with `data`, even if null.
    let failed =
        post("{ log { events(types: [\"x\"]) { totalCount } } }", &[("accept", GRAPHQL_JSON)]);
    assert_eq!((failed.status, failed.json().get("data")), (200, Some(&Value::Null)));
    assert_eq!(post("{ seq }", &[("accept", "image/png")]).status, 406);
    let form = server.post("/graphql", "{ seq }", &[("content-type", "application/graphql")]);
    assert_eq!(form.status, 415);
    let broken = server.post("/graphql", "{ \"query\": ", &[]);
    assert_eq!((broken.status, broken.code()), (400, "BAD_INPUT".to_owned()));
}

#[test]
fn fields_come_in_the_order_of_the_question() {
    let server = Server::with_ecosystem();
    let query = "{ stats { entities } at(asOf: { seq: 1 }) { stats { seq } seq } seq log { verify { sound } head } }";
    let answer = server.post("/graphql", &json!({ "query": query }).to_string(), &[]);
    let wanted = "{\"data\":{\"stats\":{\"entities\":21},\"at\":{\"stats\":{\"seq\":1},\"seq\":1},\"seq\":60,\"log\":{\"verify\":{\"sound\":true},\"head\":60}}}";
    assert_eq!(answer.body, wanted);
}

#[test]
fn get_takes_queries_only() {
    let server = Server::with_ecosystem();
    let answer = server.get("/graphql?query=query(%24n:String!)%7Bentity(name:%24n)%7Bname%7D%7D&variables=%7B%22n%22:%22%E8%86%9C%E6%9D%90%E6%96%99%22%7D", &[]);
    assert_eq!(answer.json()["data"]["entity"]["name"], "膜材料");
    let mutation = "/graphql?query=mutation%7BretractClaim(id:%22x%22,reason:%22r%22)%7Bseq%7D%7D";
    assert_eq!(server.get(mutation, &[]).status, 405);
    assert_eq!(server.get("/graphql", &[]).status, 400);
    let page = server.get("/graphql", &[("accept", "text/html")]);
    assert_eq!((page.status, page.header("location")), (303, "/console"));
}

#[test]
fn small_pages_answer() {
    let server = Server::with_ecosystem();
    assert_eq!(server.get("/version", &[]).json()["name"], "lianzhu");
    assert_eq!(server.get("/schema.graphql", &[]).body, gql::sdl());
    let metrics = server.get("/metrics", &[]).body;
    assert!(metrics.contains("\nlianzhu_seq 60\n"), "{metrics}");
    assert!(metrics.contains("\nlianzhu_parked_events 0\n"), "{metrics}");
    for line in [
        "# TYPE lianzhu_log_events_total counter",
        "lianzhu_log_events_total 60",
        "lianzhu_log_queue_commits 0",
        "lianzhu_log_queue_bytes 0",
        "lianzhu_log_failed_writes_total 0",
        "lianzhu_log_read_only{reason=\"failed\"} 0",
        "lianzhu_log_read_only{reason=\"disk_full\"} 0",
        "# TYPE lianzhu_log_group_commits histogram",
        "# TYPE lianzhu_log_sync_seconds histogram",
    ] {
        assert!(metrics.lines().any(|one| one == line), "{line} is not in {metrics}");
    }
    assert!(metrics.contains("lianzhu_http_requests_total{result=\"served\"}"), "{metrics}");
    assert_eq!(server.get("/nothing", &[]).code(), "NOT_FOUND");
    let wrong = server.post("/metrics", "", &[]);
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET, HEAD"));
}

#[test]
fn the_console_is_served_from_the_binary() {
    let server = Server::with_ecosystem();
    let page = server.get("/console", &[]);
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-cache");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'self'; script-src 'self';"), "{policy}");
    assert!(
        policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-eval"),
        "{policy}"
    );
    let tag = page.header("etag");
    let again = server.get("/console", &[("if-none-match", tag)]);
    assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", tag));
    assert_eq!(server.get("/console", &[("if-none-match", "\"other\"")]).status, 200);
    let script = page.body.split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(script.starts_with("/console/assets/"), "{script}");
    let asset = server.get(script, &[]);
    assert_eq!(asset.status, 200);
    assert_eq!(asset.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(server.get("/console/assets/index-GONE.js", &[]).status, 404);
    assert_eq!(
        server.get("/console/some/page", &[]).header("content-type"),
        "text/html; charset=utf-8"
    );
    assert_eq!(server.get("/consoles", &[]).status, 404);
    assert_eq!(
        server.get("/console/../Cargo.toml", &[]).header("content-type"),
        "text/html; charset=utf-8"
    );
}

/// Whoever is refused while still sending hears it, and may ask again on the same connection.
#[test]
fn a_refusal_waits_for_the_body_that_is_on_its_way() {
    let server = Server::with_ecosystem();
    let mut stream = TcpStream::connect(server.address).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let body = "{\"query\":\"{ seq }\"}";
    let head = |authorization: &str, more: &str| {
        format!(
            "POST /graphql HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n{authorization}{more}content-length: {}\r\n\r\n",
            server.address,
            body.len()
        )
    };
    stream.write_all(head("authorization: Bearer lz_no_one\r\n", "").as_bytes()).unwrap();
    // Long enough that the server has seen the head alone.
    std::thread::sleep(Duration::from_millis(200));
    stream.write_all(body.as_bytes()).unwrap();
    assert_eq!(status(&mut answers), 401);
    stream.write_all(head("", "").as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    assert_eq!(status(&mut answers), 200);
    // Who asks first is told at once, and need not send.
    let asks = head("authorization: Bearer lz_no_one\r\n", "expect: 100-continue\r\n");
    stream.write_all(asks.as_bytes()).unwrap();
    assert_eq!(status(&mut answers), 401);
}

/// The status of the next answer, its body taken in.
fn status(answers: &mut impl BufRead) -> u16 {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.to_ascii_lowercase());
    }
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length:")).unwrap();
    let mut body = vec![0; length.trim().parse().unwrap()];
    answers.read_exact(&mut body).unwrap();
    lines[0].split(' ').nth(1).unwrap().parse().unwrap()
}
