//! A server on a free port over a log in memory, a client, and an extractor that reads lines.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gql::{AccessRole, Limits, ServerConfig, Services, TokenStore};
use graph::decide::Policy;
use graph::extract::{ExtractError, Extraction, Extractor};
use graph::ledger::Ledger;
use graph::model::{
    ClaimDraft, Confidence, Document, Drafts, EntityDraft, EntityId, Evidence, Identifier,
    LocalEntity, Modality, NameKey, Observation, Qualifiers, RelationStatement, RoleHeld, Span,
    Statement, Validity,
};
use serde_json::{Value, json};
use store::Log;
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

/// What most tests ask about: an invented network and its surroundings.
pub(crate) const ECOSYSTEM: &str = include_str!("ecosystem.txt");

/// How long anything may take that must come, however busy the machine is.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) struct Server {
    pub(crate) runtime: Runtime,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) ledger: Ledger,
    pub(crate) tokens: TokenStore,
    pub(crate) services: watch::Sender<Option<Services>>,
    stop: Option<oneshot::Sender<()>>,
    running: Option<tokio::task::JoinHandle<Result<(), gql::ServeError>>>,
    agent: ureq::Agent,
    folder: tempfile::TempDir,
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|v| v.to_str().unwrap()).unwrap_or_default()
    }

    /// The code of its one error.
    pub(crate) fn code(&self) -> String {
        code(&self.json())
    }
}

pub(crate) fn code(answer: &Value) -> String {
    let errors = answer["errors"].as_array().unwrap_or_else(|| panic!("no errors: {answer}"));
    assert_eq!(errors.len(), 1, "{answer}");
    errors[0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

impl Server {
    /// A server with the ecosystem recorded.
    pub(crate) fn with_ecosystem() -> Self {
        let server = Self::start(ServerConfig::default());
        server.ingest("一镇七星的由来", ECOSYSTEM);
        server
    }

    pub(crate) fn start(config: ServerConfig) -> Self {
        let server = Self::waiting(config);
        server.make_ready();
        server
    }

    pub(crate) fn start_limited(limits: Limits) -> Self {
        Self::start(ServerConfig { limits, ..ServerConfig::default() })
    }

    pub(crate) fn limited(limits: Limits) -> Self {
        let server = Self::start_limited(limits);
        server.ingest("一镇七星的由来", ECOSYSTEM);
        server
    }

    /// A server that has no services yet. Unless its deadline is what a test is about, none of its
    /// requests runs into one.
    pub(crate) fn waiting(mut config: ServerConfig) -> Self {
        if config.limits.deadline == Limits::default().deadline {
            config.limits.deadline = PATIENCE;
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let tokens = TokenStore::of_folder(folder.path());
        let ledger =
            Ledger::open(Log::memory(), Policy::accepting_at(0.6).unwrap(), |_| ()).unwrap();
        let (services, watched) = watch::channel(None);
        let (stop, stopped) = oneshot::channel::<()>();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = async move {
            stopped.await.ok();
        };
        let running = runtime.spawn(gql::run(listener, shutdown, watched, config));
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let (stop, running) = (Some(stop), Some(running));
        Self { runtime, address, ledger, tokens, services, stop, running, agent, folder }
    }

    pub(crate) fn make_ready(&self) {
        let (ledger, tokens) = (self.ledger.clone(), self.tokens.clone());
        let extractor: Option<Arc<dyn Extractor>> = Some(Arc::new(Lines));
        self.services.send_replace(Some(Services { ledger, extractor, tokens }));
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn token(&self, role: AccessRole) -> String {
        self.tokens.issue(&format!("tester-{}", role.as_str()), role, None).unwrap().secret
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.get(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.call().unwrap())
    }

    pub(crate) fn post(&self, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.post(self.url(path));
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.send(body).unwrap())
    }

    /// What a query answers, errors and all.
    pub(crate) fn ask(&self, query: &str, variables: Value) -> Value {
        self.ask_as(None, query, variables)
    }

    pub(crate) fn ask_as(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let mut body = json!({ "query": query });
        body["variables"] = variables;
        let body = body.to_string();
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> =
            bearer.iter().map(|b| ("authorization", b.as_str())).collect();
        let answer = self.post("/graphql", &body, &headers);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// The data of a query that goes well.
    pub(crate) fn data(&self, query: &str, variables: Value) -> Value {
        let answer = self.ask(query, variables);
        assert!(answer.get("errors").is_none(), "{answer:#}");
        answer["data"].clone()
    }

    pub(crate) fn ingest(&self, title: &str, text: &str) -> Value {
        let editor = self.token(AccessRole::Editor);
        let answer = self.ask_as(Some(&editor), INGEST, article(title, text));
        assert!(answer.get("errors").is_none(), "{answer:#}");
        answer["data"]["ingestArticle"].clone()
    }

    /// Stops it and tells how it ended.
    pub(crate) fn stop(mut self) -> Result<(), gql::ServeError> {
        drop(self.stop.take());
        let running = self.running.take().unwrap();
        self.runtime.block_on(running).unwrap()
    }
}

pub(crate) const INGEST: &str = "mutation($input: ArticleInput!, $key: String, $expected: Seq) {
  ingestArticle(input: $input, idempotencyKey: $key, expectedSeq: $expected) {
    seq events accepted proposed newEntities alreadyKnown leftOut document { id title }
  }
}";

pub(crate) fn article(title: &str, text: &str) -> Value {
    json!({ "input": { "title": title, "text": text, "publishedOn": "2025-05-24", "publisher": "测试报" } })
}

fn read(mut response: http::Response<ureq::Body>) -> Answer {
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.body_mut().read_to_string().unwrap(),
    }
}

/// The id of an entity declared by this name.
pub(crate) fn id_of(kind: &str, name: &str) -> String {
    EntityId::derive(kind.parse().unwrap(), &NameKey::of(name)).to_string()
}

/// Reads lines such as `rel|FIRM|甲|SUPPLIES|FIRM|乙|product=丙`; each line is its own evidence.
pub(crate) struct Lines;

impl Extractor for Lines {
    fn version(&self) -> &str {
        "lines/1"
    }

    fn extract(&self, document: &Document) -> Result<Extraction, ExtractError> {
        let mut reading = Reading { entities: Vec::new(), claims: Vec::new() };
        let mut start = 0;
        for line in document.text().split('\n') {
            let length = u32::try_from(line.chars().count()).unwrap();
            if line == "unreadable" {
                return Err(ExtractError {
                    extractor: "lines/1".to_owned(),
                    title: document.meta().title.clone(),
                    reason: "it says so".to_owned(),
                });
            }
            if line == "panic" {
                panic!("the extractor panics");
            }
            let parts: Vec<&str> = line.split('|').collect();
            if parts.len() > 2 {
                let (statement, confidence) = reading.statement(&parts);
                reading.claims.push(ClaimDraft {
                    statement,
                    evidence: Some(Evidence {
                        document: document.id(),
                        span: Span { start, end: start + length },
                        quote: line.to_owned(),
                    }),
                    confidence,
                    asserted_by: self.version().to_owned(),
                    status: None,
                });
            }
            start += length + 1;
        }
        let rules = vec!["line".to_owned(); reading.claims.len()];
        let drafts = Drafts { entities: reading.entities, claims: reading.claims };
        Ok(Extraction { drafts, rules })
    }
}

struct Reading {
    entities: Vec<EntityDraft>,
    claims: Vec<ClaimDraft>,
}

impl Reading {
    fn entity(&mut self, kind: &str, name: &str) -> LocalEntity {
        self.entities.push(EntityDraft::Named {
            kind: kind.parse().unwrap(),
            name: name.to_owned(),
            also_known_as: Vec::new(),
        });
        LocalEntity(self.entities.len() - 1)
    }

    fn statement(&mut self, parts: &[&str]) -> (Statement<LocalEntity>, Confidence) {
        let option = |key: &str| parts.iter().find_map(|p| p.strip_prefix(key));
        let confidence = Confidence::new(option("c=").map_or(0.9, |c| c.parse().unwrap())).unwrap();
        let date = |key: &str| option(key).map(|d| d.parse().unwrap());
        let validity = Validity::new(date("from="), date("to=")).unwrap();
        let entity = self.entity(parts[1], parts[2]);
        let text = parts.get(3).copied().unwrap_or_default().to_owned();
        let statement = match parts[0] {
            "alias" => Statement::Alias { entity, text },
            "sum" => Statement::Summary { entity, text },
            "role" => Statement::Role(RoleHeld {
                entity,
                role: parts[3].parse().unwrap(),
                basis: parts[4].parse().unwrap(),
                validity,
            }),
            "id" => Statement::Identifier {
                entity,
                identifier: Identifier::new(parts[3].parse().unwrap(), parts[4]).unwrap(),
            },
            "obs" => Statement::Observation(Observation {
                subject: entity,
                metric: text,
                value: parts[4].parse().unwrap(),
                value_max: None,
                unit: parts[5].to_owned(),
                comparator: parts[6].parse().unwrap(),
                period: option("in=").map(|p| p.parse().unwrap()),
                modality: Modality::Actual,
            }),
            "rel" => {
                let product = option("product=").map(|name| self.entity("PRODUCT", name));
                let planned = parts.contains(&"planned");
                Statement::Relation(RelationStatement {
                    predicate: parts[3].parse().unwrap(),
                    source: entity,
                    target: self.entity(parts[4], parts[5]),
                    qualifiers: Qualifiers { product, ..Qualifiers::none() },
                    validity,
                    modality: if planned { Modality::Planned } else { Modality::Actual },
                })
            }
            other => panic!("no such line: {other}"),
        };
        (statement, confidence)
    }
}
