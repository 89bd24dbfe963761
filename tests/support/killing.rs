//! Kills the server again and again while many write, and holds every answer that it gave against
//! what its log says afterwards.
//!
//! The oracle lives in this process, so no kill touches it. Writers record articles (one commit of
//! several events) and review claims, each under an idempotency key. After a kill the log is
//! verified; then the server is started again, what is new in its log is read over HTTP, and what
//! had no answer is asked again under the same key. Before a review is asked again its claim gets the
//! opposite verdict under another key: so a key that was forgotten would show as a second event.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use oorandom::Rand64;
use serde_json::{Value, json};

use super::client::data;
use super::server::Server;
use super::{Desk, command};

const WRITERS: usize = 6;
/// Within this many milliseconds after it was ready the server is killed.
const KILLED_WITHIN_MS: u64 = 300;
/// In every second round it has given so many answers before that, however slow the machine is.
const ANSWERS_MIN: usize = 3;
/// How long they may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// Every so many rounds it is killed once more while it opens the log.
const KILLED_OPENING_EVERY: usize = 4;
/// Every so many rounds all of the log is read again, not only what is new.
const ALL_READ_EVERY: usize = 20;

const INGEST: &str = "mutation($input: ArticleInput!, $key: String!) {
  done: ingestArticle(input: $input, idempotencyKey: $key) { seq events }
}";
const REVIEW: &str = "mutation($ids: [ID!]!, $verdict: Verdict!, $note: String!, $key: String!) {
  done: reviewClaims(ids: $ids, verdict: $verdict, note: $note, idempotencyKey: $key) { seq events }
}";
const EVENTS: &str = "query($after: Seq!) {
  log { events(after: $after, first: 500) { nodes { seq type hash payload } } }
}";

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) kills: usize,
    /// Commands that were answered, and the events of the log.
    pub(crate) acknowledged: usize,
    pub(crate) events: u64,
    /// Commands whose outcome was not known at a restart, and how many of them the log held.
    pub(crate) unknown: usize,
    pub(crate) unknown_but_recorded: usize,
    /// What must not be, each in words.
    pub(crate) lost: Vec<String>,
    pub(crate) halves: Vec<String>,
    pub(crate) doubles: Vec<String>,
    pub(crate) unsound: Vec<String>,
}

#[derive(Clone, Debug)]
struct Asked {
    /// Names the command in the log, and is its idempotency key.
    mark: String,
    /// `None`: an article.
    verdict: Option<&'static str>,
    variables: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Receipt {
    seq: u64,
    events: u64,
}

/// One writer; between two rounds it rests here.
#[derive(Debug)]
struct Writer {
    name: usize,
    turn: u64,
    claim: String,
    verdict: &'static str,
    /// Without an answer, in the order in which they were asked.
    open: Vec<Asked>,
    /// Answered since the log was last read.
    answered: Vec<(Asked, Receipt)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Recorded {
    receipt: Receipt,
    hash: String,
}

/// What the log is known to hold.
#[derive(Debug, Default)]
struct Oracle {
    head: u64,
    recorded: BTreeMap<String, Recorded>,
    /// Claims of an article: all have the same text, but for a number.
    claims: usize,
    counts: Counts,
}

/// Kills so many times. `progress` is told each round.
pub(crate) fn run(rounds: usize, seed: u64, progress: impl Fn(usize, &Counts)) -> Counts {
    let desk = Desk::new();
    let token = desk.run(["token", "new", "--role", "admin", "--json"]).well().json();
    let token = token["secret"].as_str().unwrap().to_owned();
    let mut random = Rand64::new(seed.into());
    let mut oracle = Oracle::default();
    let mut writers = begin(&desk, &token, &mut oracle);
    for round in 1..=rounds {
        let server = Server::start(desk.path(), &[]);
        oracle.read(&server, round % ALL_READ_EVERY == 0);
        oracle.compare(&mut writers);
        let after = Duration::from_millis(random.rand_range(1..KILLED_WITHIN_MS));
        let (base, url) = (oracle.head, server.url("/graphql"));
        let (stop, answers) = (AtomicBool::new(false), AtomicUsize::new(0));
        thread::scope(|scope| {
            for writer in &mut writers {
                scope.spawn(|| writer.write(&url, &token, base, (&stop, &answers)));
            }
            if round.is_multiple_of(2) {
                wait_for_answers(&answers);
            }
            thread::sleep(after);
            server.kill();
            stop.store(true, Ordering::Relaxed);
        });
        oracle.counts.kills += 1;
        if round % KILLED_OPENING_EVERY == 0 {
            kill_while_it_opens(&desk, Duration::from_millis(random.rand_range(1..120)));
            oracle.counts.kills += 1;
        }
        oracle.verify(&desk, round);
        progress(round, &oracle.counts);
    }
    let server = Server::start(desk.path(), &[]);
    for writer in &mut writers {
        writer.settle(&server.url("/graphql"), &token, oracle.head);
        assert!(writer.open.is_empty(), "a server that nobody kills gave no answer: {writer:?}");
    }
    oracle.read(&server, true);
    oracle.compare(&mut writers);
    server.stop();
    oracle.verify(&desk, rounds + 1);
    oracle.counts
}

/// Records an article for each writer, from which it takes the claim that it reviews.
fn begin(desk: &Desk, token: &str, oracle: &mut Oracle) -> Vec<Writer> {
    let server = Server::start(desk.path(), &[]);
    let mut writers = Vec::new();
    for name in 0..WRITERS {
        let mut writer = Writer {
            name,
            turn: 0,
            claim: String::new(),
            verdict: "REJECT",
            open: Vec::new(),
            answered: Vec::new(),
        };
        let article = writer.article();
        writer.ask(&agent(), &server.url("/graphql"), token, article);
        let title = writer.answered[0].0.variables["input"]["title"].clone();
        let query = "{ documents(first: 500) { nodes { title claims { nodes { id } } } } }";
        let answer = data(&server, query, &json!({}));
        let documents = answer["documents"]["nodes"].as_array().unwrap();
        let document = documents.iter().find(|one| one["title"] == title).unwrap();
        let claims = document["claims"]["nodes"].as_array().unwrap();
        assert!(claims.len() >= 2, "an article of one claim shows no halves: {answer:#}");
        oracle.claims = claims.len();
        writer.claim = claims[0]["id"].as_str().unwrap().to_owned();
        writers.push(writer);
    }
    server.stop();
    writers
}

fn wait_for_answers(answers: &AtomicUsize) {
    let since = Instant::now();
    while answers.load(Ordering::Relaxed) < ANSWERS_MIN {
        assert!(since.elapsed() < PATIENCE, "a server that nobody kills gives no answers");
        thread::sleep(Duration::from_millis(1));
    }
}

fn kill_while_it_opens(desk: &Desk, after: Duration) {
    let mut command = command(desk.path());
    command.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder();
    config.http_status_as_error(false).timeout_global(Some(PATIENCE)).build().into()
}

impl Writer {
    fn mark(&mut self) -> String {
        self.turn += 1;
        format!("mark:{}-{};", self.name, self.turn)
    }

    fn article(&mut self) -> Asked {
        let mark = self.mark();
        let text = format!(
            "晨屿区的汀洲砺岫新材料有限公司为汀洲珂砚陶瓷科技有限公司供应高纯碳化硅微粉。\
             汀洲珂砚陶瓷科技有限公司生产陶瓷密封环。本报第{}期第{}号。",
            self.name + 1,
            self.turn
        );
        let input = json!({ "title": mark, "text": text, "publishedOn": "2025-06-01" });
        let variables = json!({ "input": input, "key": mark });
        Asked { mark, verdict: None, variables }
    }

    fn review(&mut self, verdict: &'static str) -> Asked {
        let mark = self.mark();
        let variables =
            json!({ "ids": [self.claim], "verdict": verdict, "note": mark, "key": mark });
        Asked { mark, verdict: Some(verdict), variables }
    }

    /// Settles what is open, then writes until the server is gone.
    fn write(
        &mut self,
        url: &str,
        token: &str,
        base: u64,
        (stop, answers): (&AtomicBool, &AtomicUsize),
    ) {
        if !self.settle(url, token, base) {
            return;
        }
        let agent = agent();
        while !stop.load(Ordering::Relaxed) {
            let next = if self.turn.is_multiple_of(2) {
                self.article()
            } else {
                self.review(opposite(self.verdict))
            };
            if !self.ask(&agent, url, token, next) {
                return;
            }
            answers.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Asks again what had no answer. Tells whether all of it has one now.
    fn settle(&mut self, url: &str, token: &str, base: u64) -> bool {
        let agent = agent();
        let mut open = std::mem::take(&mut self.open).into_iter();
        while let Some(again) = open.next() {
            let mut alive = true;
            if let Some(verdict) = again.verdict {
                let other = self.review(opposite(verdict));
                alive = self.ask(&agent, url, token, other);
            }
            let verdict = self.verdict;
            if !alive {
                self.open.push(again);
            } else if self.ask(&agent, url, token, again) {
                // Recorded before the kill: its claim keeps the verdict that came after.
                let recorded_before =
                    self.answered.last().is_some_and(|(_, receipt)| receipt.seq <= base);
                self.verdict = if recorded_before { verdict } else { self.verdict };
                continue;
            }
            self.open.extend(open);
            return false;
        }
        true
    }

    /// Asks, and tells whether there was an answer.
    fn ask(&mut self, agent: &ureq::Agent, url: &str, token: &str, asked: Asked) -> bool {
        let query = if asked.verdict.is_some() { REVIEW } else { INGEST };
        let sent = agent
            .post(url)
            .header("Authorization", format!("Bearer {token}"))
            .send_json(json!({ "query": query, "variables": asked.variables }));
        let answer = sent.and_then(|mut answer| answer.body_mut().read_to_string());
        // Whether it was recorded is not known, and will be seen.
        let Ok(answer) = answer else {
            self.open.push(asked);
            return false;
        };
        let value: Value = serde_json::from_str(&answer)
            .unwrap_or_else(|error| panic!("{error}: {answer} to {asked:?}"));
        let done = &value["data"]["done"];
        let number = |name: &str| done[name].as_u64().unwrap_or_else(|| panic!("{value:#}"));
        let receipt = Receipt { seq: number("seq"), events: number("events") };
        self.verdict = asked.verdict.unwrap_or(self.verdict);
        self.answered.push((asked, receipt));
        true
    }
}

fn opposite(verdict: &str) -> &'static str {
    if verdict == "ACCEPT" { "REJECT" } else { "ACCEPT" }
}

impl Oracle {
    /// Reads what is new in the log, or all of it, and looks at each commit by itself.
    fn read(&mut self, server: &Server, all: bool) {
        let mut before = std::mem::take(&mut self.recorded);
        if all {
            self.head = 0;
        } else {
            self.recorded = std::mem::take(&mut before);
        }
        let mut commit: Vec<Value> = Vec::new();
        let mut after = self.head;
        loop {
            let mut page = data(server, EVENTS, &json!({ "after": after }));
            let events = page["log"]["events"]["nodes"].take();
            let Value::Array(events) = events else { panic!("{events:#}") };
            let is_last = events.is_empty();
            for event in events {
                after += 1;
                if event["seq"].as_u64() != Some(after) {
                    let told = &event["seq"];
                    self.counts.lost.push(format!("event {after}: the log goes on with {told}"));
                }
                if commit.first().is_some_and(|first| first["hash"] != event["hash"]) {
                    self.commit(&std::mem::take(&mut commit));
                }
                commit.push(event);
            }
            if is_last {
                break;
            }
        }
        if !commit.is_empty() {
            self.commit(&commit);
        }
        for (mark, was) in before {
            let is = self.recorded.get(&mark);
            if is != Some(&was) {
                self.counts.lost.push(format!("{mark} was {was:?} and is {is:?}"));
            }
        }
        self.counts.events = self.head;
    }

    fn commit(&mut self, events: &[Value]) {
        let of_kind = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
        let kinds: Vec<_> = events.iter().map(|event| &event["type"]).collect();
        let marks: Vec<String> =
            events.iter().filter_map(|event| mark_in(&event["payload"].to_string())).collect();
        self.head += events.len() as u64;
        let [mark] = &marks[..] else {
            let what = format!("a commit up to event {} is of {marks:?}: {kinds:?}", self.head);
            return self.counts.halves.push(what);
        };
        let is_whole = match (of_kind("DocumentRecorded"), of_kind("ClaimReviewed")) {
            (1, 0) => of_kind("ClaimRecorded") == self.claims || self.claims == 0,
            (0, 1) => events.len() == 1,
            _ => false,
        };
        if !is_whole {
            self.counts.halves.push(format!("{mark} holds {kinds:?}"));
        }
        let hash = events[0]["hash"].as_str().unwrap_or_default().to_owned();
        let receipt = Receipt { seq: self.head, events: events.len() as u64 };
        let recorded = Recorded { receipt, hash };
        if let Some(first) = self.recorded.insert(mark.clone(), recorded) {
            self.counts
                .doubles
                .push(format!("{mark} at {} and at {}", first.receipt.seq, self.head));
        }
    }

    /// Holds what was answered against what the log holds.
    fn compare(&mut self, writers: &mut [Writer]) {
        for writer in writers {
            for (asked, receipt) in writer.answered.drain(..) {
                self.counts.acknowledged += 1;
                let found = self.recorded.get(&asked.mark).map(|one| one.receipt);
                let expected = (receipt.events > 0).then_some(receipt);
                if found != expected {
                    let what = format!("{} was answered {receipt:?}, found {found:?}", asked.mark);
                    self.counts.lost.push(what);
                }
            }
            self.counts.unknown += writer.open.len();
            let landed = writer.open.iter().filter(|one| self.recorded.contains_key(&one.mark));
            self.counts.unknown_but_recorded += landed.count();
        }
    }

    fn verify(&mut self, desk: &Desk, round: usize) {
        let ran = desk.run(["log", "verify", "--json"]);
        if ran.code != 0 || ran.json()["sound"] != true {
            self.counts.unsound.push(format!("round {round}: {ran:?}"));
        }
    }
}

fn mark_in(payload: &str) -> Option<String> {
    let at = payload.find("mark:")?;
    let end = payload[at..].find(';')?;
    Some(payload[at..=at + end].to_owned())
}
