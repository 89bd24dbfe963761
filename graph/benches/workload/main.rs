//! The side-by-side bench's workload, in process, and what loading costs.
//!
//! Data: a folder with `facts.ndjson` and `workload.json` of that bench. Reported: the rate of
//! recording into a log in memory, the rate of replaying it three times, the memory after each,
//! and for every question the median and the 99th percentile of five runs of each parameter after
//! one that warms up and is checked against the reference. Parameters are mapped to the graph's own
//! ids beforehand; the clock runs from an id to the whole answer, its ids as text. Beside the
//! walking questions stand the same over petgraph's adjacency and over plain arrays. The figures of
//! the questions go to stdout as JSON in the form of that bench; the rest goes to stderr, as a table.
//!
//! Run with `cargo bench -p lianzhu-graph --bench workload -- FOLDER [QUESTION…]`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a bench stops at the first surprise"
)]

mod answer;
mod ask;
mod floor;
mod load;
mod measure;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use graph::decide::Policy;
use graph::ledger::Ledger;
use graph::query::TraceDirection;
use serde_json::{Map, Value, json};
use store::Log;

use ask::{Asked, World};
use floor::{Adjacency, Arrays, Petgraph, Places, Plain};
use load::Ids;
use measure::{Figures, measured};

/// The questions, in the order of the workload.
const QUESTIONS: [&str; 13] = [
    "q01_point",
    "q02_prefix",
    "q03_substr",
    "q04_hop1",
    "q05_hop2",
    "q06_down4",
    "q07_up6",
    "q08_path",
    "q09_common",
    "q10_top20",
    "q11_pagerank",
    "q12_single",
    "q13_asof",
];

fn main() {
    let mut words = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let Some(folder) = words.next().map(PathBuf::from) else {
        eprintln!("give the folder that holds facts.ndjson and workload.json");
        return;
    };
    let only: Vec<String> = words.collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let (ledger, ids) = runtime.block_on(opened(&folder));
    while ledger.names_indexed() < ledger.view().names().count() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let workload = std::fs::read(folder.join("workload.json")).unwrap();
    let workload: Value = serde_json::from_slice(&workload).unwrap();
    let queries = asked(&World::new(ledger.view(), &ids), &ids, &workload, &only);
    let size = folder.file_name().unwrap().to_string_lossy();
    let figures = json!({
        "peer": "lianzhu-inprocess",
        "size": size,
        "version": env!("CARGO_PKG_VERSION"),
        "query": { "queries": queries },
    });
    println!("{figures:#}");
}

/// The facts recorded into a log in memory, and replayed three times.
async fn opened(folder: &Path) -> (Ledger, Ids) {
    let policy = Policy::accepting_at(0.6).unwrap();
    let ledger = Ledger::open(Log::memory(), policy, |_| {}).unwrap();
    let (began, before) = (Instant::now(), rss());
    let ids = load::load(&folder.join("facts.ndjson"), &ledger).await;
    let events = ledger.head().seq.get();
    report("record", events, began, before);
    let mut opened = None;
    for _ in 0..3 {
        drop(opened.take());
        let (began, before) = (Instant::now(), rss());
        opened = Some(Ledger::open(ledger.log().clone(), policy, |_| {}).unwrap());
        report("replay", events, began, before);
    }
    (opened.unwrap(), ids)
}

/// Asks everything, and gives the figures of each question.
fn asked(world: &World<'_>, ids: &Ids, workload: &Value, only: &[String]) -> Value {
    let names = world.names();
    let petgraph = Petgraph::of(&world.view);
    let arrays = Arrays::of(petgraph.len(), &petgraph.supplies());
    let places = Places::of(&world.view, ids);
    eprintln!("query | rows | median ms | p99 ms | petgraph median, p99 | arrays median, p99");
    let mut all = Map::new();
    for name in
        QUESTIONS.into_iter().filter(|name| only.is_empty() || only.iter().any(|o| o == name))
    {
        let params = workload["params"][name].as_array().unwrap();
        let references = workload["refs"][name].as_array().unwrap();
        let questions: Vec<Asked> = params.iter().map(|p| world.asked(p)).collect();
        let wrong = questions.iter().zip(references).zip(params).find(|((asked, reference), _)| {
            let answer = world.answer(name, asked);
            let id = |own: &str| names[own].clone();
            !if name == "q11_pagerank" {
                answer.is_nearly_right(reference, id)
            } else {
                answer.is_right(reference, id)
            }
        });
        if let Some((_, params)) = wrong {
            eprintln!("{name}: a wrong answer to {params}");
            all.insert(name.to_owned(), json!({ "status": "wrong" }));
            continue;
        }
        let figures = measured(&questions, |asked| world.answer(name, asked).len());
        let told = [
            told(Some(&figures)),
            told(plain(&petgraph, &places, name, params, &figures).as_ref()),
            told(plain(&arrays, &places, name, params, &figures).as_ref()),
        ];
        eprintln!("{name} | {} | {}", figures.rows(), told.join(" | "));
        all.insert(name.to_owned(), figures.json());
    }
    traces(world, workload, only);
    Value::Object(all)
}

/// Traces from where the walks down and up start. No part of that bench, so only in the table.
fn traces(world: &World<'_>, workload: &Value, only: &[String]) {
    let ways = [
        ("trace_down4", "q06_down4", TraceDirection::Downstream),
        ("trace_up4", "q07_up6", TraceDirection::Upstream),
    ];
    let wanted = |name: &str| only.is_empty() || only.iter().any(|o| o == name);
    for (name, starts, direction) in ways.into_iter().filter(|way| wanted(way.0)) {
        let params = workload["params"][starts].as_array().unwrap();
        let questions: Vec<Asked> = params.iter().map(|p| world.asked(p)).collect();
        let figures = measured(&questions, |asked| world.traced(asked, direction));
        eprintln!("{name} | {} | {}", figures.rows(), told(Some(&figures)));
    }
}

/// The same question over a plain graph, which must answer as much.
fn plain<A: Adjacency>(
    graph: &A,
    places: &Places,
    name: &str,
    params: &[Value],
    ours: &Figures,
) -> Option<Figures> {
    let plain = Plain { graph, texts: &places.texts };
    let questions: Vec<_> = params.iter().map(|p| places.asked(p)).collect();
    plain.answer(name, questions.first()?)?;
    let figures = measured(&questions, |asked| plain.answer(name, asked).map_or(0, |a| a.len()));
    assert_eq!(figures.rows(), ours.rows(), "{name}: the floor answers something else");
    Some(figures)
}

fn told(figures: Option<&Figures>) -> String {
    figures.map_or("–".to_owned(), |f| format!("{:.4}, {:.4}", f.median(), f.p99()))
}

fn report(what: &str, events: u64, began: Instant, rss_before: usize) {
    let took = began.elapsed().as_secs_f64();
    let rate = events as f64 / took;
    let grown = rss().saturating_sub(rss_before);
    eprintln!("{what}: {events} events in {took:.2} s, {rate:.0}/s, {grown} MiB more");
}

/// Resident memory in MiB; 0 where the system does not tell.
fn rss() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or_default() * 4 / 1024
}
