//! Whether readers and the writer disturb each other, and what the two clocks cost.
//!
//! Data: a folder with `facts.ndjson` of the side-by-side bench, recorded into a log in memory, or
//! on the disk of a folder, where every commit is made durable.
//!
//! Interference: one task commits twenty relations every few milliseconds, one thread asks for the
//! customers of a firm every millisecond, first alone (idle), then while a third thread groups the
//! whole graph into communities over and over (busy); three rounds of each, in turn. Reported: the
//! 99th percentile of commits, of the time from acknowledgement until readers see the commit, and of
//! the query, idle and busy, with their ratio; and how long the analytic query took.
//!
//! Clocks: a view at a recent and at an old position against the present one, for the customers of
//! a firm and a trace to the fourth tier; and a walk over all relations on both clocks against the
//! walk that filters nothing, for each relation. Last, duplicates over the whole store.
//!
//! Run with `cargo bench -p lianzhu-graph --bench interference -- FOLDER [SECONDS] [DISK]`, where a
//! round lasts so many seconds.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a bench stops at the first surprise"
)]

#[path = "workload/load.rs"]
mod load;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use graph::decide::{Command, OnRefusal, Policy};
use graph::ledger::{Ledger, Submission};
use graph::model::{
    ClaimDraft, ClaimStatus, Confidence, Drafts, EntityDraft, EntityId, EntityKind, LocalEntity,
    Modality, Predicate, Qualifiers, RelationStatement, Statement, Validity,
};
use graph::query::{
    Basis, Budget, CommunityQuery, DuplicateQuery, STEPS_MAX, TraceDirection, TraceQuery,
    communities, duplicates, trace,
};
use graph::state::EntityIx;
use graph::view::{AsOf, Lens, PredicateSet, Recorded, View};
use oorandom::Rand64;
use petgraph::Direction::{Incoming, Outgoing};
use store::{LocalOptions, Log, Seq};
use tokio::runtime::Handle;

const ROUNDS: usize = 3;
const SEED: u128 = 20_261_126;
/// Relations of a commit.
const COMMIT: usize = 20;

fn main() {
    let mut words = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let Some(folder) = words.next().map(PathBuf::from) else {
        eprintln!("give the folder that holds facts.ndjson");
        return;
    };
    let round = Duration::from_secs(words.next().map_or(5, |seconds| seconds.parse().unwrap()));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()
        .unwrap();
    let policy = Policy::accepting_at(0.6).unwrap();
    let disk = words.next().map(|disk| tempfile::tempdir_in(disk).unwrap());
    let log = disk
        .as_ref()
        .map_or_else(Log::memory, |disk| Log::open(disk.path(), LocalOptions::default()).unwrap());
    let ledger = Ledger::open(log, policy, |_| {}).unwrap();
    runtime.block_on(load::load(&folder.join("facts.ndjson"), &ledger));
    // As a restart finds it: laid out, and nothing beside.
    let ledger = Ledger::open(ledger.log().clone(), policy, |_| {}).unwrap();
    while ledger.names_indexed() < ledger.view().names().count() {
        std::thread::sleep(Duration::from_millis(10));
    }
    clocks(&ledger.view());
    alike(&ledger.view());
    let (mut idle, mut busy) = (Times::default(), Times::default());
    for number in 0..ROUNDS {
        idle.take(disturbed((&ledger, runtime.handle()), round, 2 * number, false));
        busy.take(disturbed((&ledger, runtime.handle()), round, 2 * number + 1, true));
    }
    println!("p99 of | idle ms | busy ms | ratio");
    told("a commit", &mut idle.commits, &mut busy.commits);
    told("acknowledged until visible", &mut idle.visible, &mut busy.visible);
    told("customers of a firm", &mut idle.queries, &mut busy.queries);
    let (runs, median) = (busy.analytic.len(), median(&mut busy.analytic));
    println!("analytic queries meanwhile: {runs}, {median:.0} ms each (median)");
}

/// Milliseconds of each run.
#[derive(Default)]
struct Times {
    commits: Vec<f64>,
    visible: Vec<f64>,
    queries: Vec<f64>,
    analytic: Vec<f64>,
}

impl Times {
    fn take(&mut self, other: Times) {
        self.commits.extend(other.commits);
        self.visible.extend(other.visible);
        self.queries.extend(other.queries);
        self.analytic.extend(other.analytic);
    }
}

fn told(what: &str, idle: &mut [f64], busy: &mut [f64]) {
    let (idle, busy) = (p99(idle), p99(busy));
    println!("{what} | {idle:.4} | {busy:.4} | {:.2}", busy / idle);
}

fn p99(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() * 99 / 100]
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn timed<T>(run: impl FnOnce() -> T) -> f64 {
    let began = Instant::now();
    std::hint::black_box(run());
    began.elapsed().as_secs_f64() * 1_000.0
}

/// One round: commits and small queries, beside an analytic query if asked for.
fn disturbed(
    (ledger, handle): (&Ledger, &Handle),
    round: Duration,
    number: usize,
    is_busy: bool,
) -> Times {
    let firms = firms(&ledger.view());
    let ids: Vec<EntityId> = firms.iter().map(|firm| ledger.view().entity_id(*firm)).collect();
    let is_over = AtomicBool::new(false);
    let (mut times, mut random) = (Times::default(), Rand64::new(SEED + number as u128));
    std::thread::scope(|scope| {
        let analytic = scope.spawn(|| {
            let mut runs = Vec::new();
            while is_busy && !is_over.load(Ordering::Relaxed) {
                runs.push(timed(|| grouped(&ledger.view())));
            }
            runs
        });
        let queries = scope.spawn(|| {
            let (mut times, mut random) = (Vec::new(), Rand64::new(SEED));
            while !is_over.load(Ordering::Relaxed) {
                let firm = any(&firms, &mut random);
                times.push(timed(|| customers(&ledger.view(), firm).len()));
                std::thread::sleep(Duration::from_millis(1));
            }
            times
        });
        let writer = scope.spawn(|| {
            let began = Instant::now();
            let (mut commits, mut visible) = (Vec::new(), Vec::new());
            while began.elapsed() < round {
                let submission = submission(&ids, &mut random);
                let before = Instant::now();
                let receipt = handle.block_on(ledger.submit(submission)).unwrap();
                commits.push(before.elapsed().as_secs_f64() * 1_000.0);
                visible.push(timed(|| {
                    let within = Duration::from_secs(10);
                    handle.block_on(ledger.view_from(receipt.seq, within)).unwrap()
                }));
                std::thread::sleep(Duration::from_millis(3));
            }
            is_over.store(true, Ordering::Relaxed);
            (commits, visible)
        });
        (times.commits, times.visible) = writer.join().unwrap();
        times.queries = queries.join().unwrap();
        times.analytic = analytic.join().unwrap();
    });
    times
}

fn firms(view: &View) -> Vec<EntityIx> {
    view.entities().filter(|entity| view.kind(*entity) == EntityKind::Firm).collect()
}

fn any<T: Copy>(all: &[T], random: &mut Rand64) -> T {
    all[usize::try_from(random.rand_range(0..all.len() as u64)).unwrap()]
}

fn supplies() -> PredicateSet {
    PredicateSet::of([Predicate::Supplies])
}

fn customers(view: &View, firm: EntityIx) -> Vec<EntityIx> {
    Lens::new(view, supplies()).each_step(firm, Outgoing).map(|(customer, _)| customer).collect()
}

fn grouped(view: &View) -> usize {
    let query = CommunityQuery { predicates: supplies(), min_size: 3, limit: 100 };
    communities(view, &query, &Budget::steps(STEPS_MAX)).found.len()
}

fn submission(ids: &[EntityId], random: &mut Rand64) -> Submission {
    let mut drafts = Drafts::none();
    for at in 0..COMMIT {
        for _ in 0..2 {
            drafts.entities.push(EntityDraft::Known(any(ids, random)));
        }
        let statement = Statement::Relation(RelationStatement {
            predicate: Predicate::Supplies,
            source: LocalEntity(2 * at),
            target: LocalEntity(2 * at + 1),
            qualifiers: Qualifiers::none(),
            validity: Validity::UNSTATED,
            modality: Modality::Actual,
        });
        drafts.claims.push(ClaimDraft {
            statement,
            evidence: None,
            confidence: Confidence::CERTAIN,
            asserted_by: "bench".into(),
            status: Some(ClaimStatus::Accepted),
        });
    }
    // Two firms drawn may be one and the same.
    let command = Command::Record { documents: vec![], drafts, on_refusal: OnRefusal::LeaveOut };
    Submission { actor: "bench".into(), command, expected: None, idempotency: None }
}

/// What a past position and a day cost.
fn clocks(view: &View) {
    let head = view.seq().get();
    let upto = |seq| AsOf { recorded: Recorded::UpTo(Seq::new(seq)), valid_on: None };
    let day = Some("2015-06-15".parse().unwrap());
    let points = [
        ("present", AsOf::NOW),
        ("10,000 events ago", upto(head.saturating_sub(10_000))),
        ("half of the log", upto(head / 2)),
        ("present, on a day", AsOf { valid_on: day, ..AsOf::NOW }),
    ];
    let mut random = Rand64::new(SEED);
    let drawn = firms(view);
    let drawn: Vec<EntityIx> = (0..200).map(|_| any(&drawn, &mut random)).collect();
    println!("at | customers, median ms | trace to tier 4, median, p99 ms");
    for (what, as_of) in points {
        let near = |firm: &EntityIx| timed(|| customers(&view.at(as_of).unwrap(), *firm).len());
        let far = |firm: &EntityIx| timed(|| traced(&view.at(as_of).unwrap(), *firm));
        let warmed: f64 = drawn.iter().map(|firm| near(firm) + far(firm)).sum();
        assert!(warmed > 0.0, "a clock that stands still");
        let mut near: Vec<f64> = drawn.iter().map(near).collect();
        let mut far: Vec<f64> = drawn.iter().map(far).collect();
        println!(
            "{what} | {:.5} | {:.3}, {:.3}",
            median(&mut near),
            median(&mut far),
            p99(&mut far)
        );
    }
    let past = view.at(AsOf { valid_on: day, ..upto(head - 1) }).unwrap();
    let (mut plain, mut both) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        plain.push(timed(|| walked(view)));
        both.push(timed(|| walked(&past)));
    }
    let (plain, both, links) = (median(&mut plain), median(&mut both), walked(view) as f64);
    let each = 1_000_000.0 / links;
    let ratio = both / plain;
    println!(
        "a relation looked at: {:.2} ns; on both clocks {:.2} ns; ratio {ratio:.2}",
        plain * each,
        both * each
    );
}

fn traced(view: &View, from: EntityIx) -> usize {
    let query = TraceQuery {
        from,
        direction: TraceDirection::Upstream,
        max_depth: 4,
        limit: 1_000,
        predicates: supplies(),
        product_on_first_link: None,
        product_on_every_link: None,
        leaf: None,
        min_confidence: 0.0,
        basis: vec![Basis::Stated, Basis::Derived],
        planned: false,
    };
    trace(view, &query, &Budget::steps(STEPS_MAX)).tiers.len()
}

/// Steps of everyone, both ways.
fn walked(view: &View) -> usize {
    let lens = Lens::new(view, PredicateSet::all());
    let entities = view.entities();
    let steps = |entity| [Outgoing, Incoming].map(|way| lens.each_step(entity, way).count());
    entities.map(|entity| steps(entity).into_iter().sum::<usize>()).sum()
}

/// Duplicates over the whole store.
fn alike(view: &View) {
    let query = DuplicateQuery { kinds: vec![], min_score: 0.5, limit: 100 };
    let began = Instant::now();
    let found = duplicates(view, &query, &Budget::steps(STEPS_MAX));
    let (took, count) = (began.elapsed().as_secs_f64(), found.found.len());
    println!("duplicates: {took:.2} s, the first {count}, cut by {:?}", found.truncated);
}
