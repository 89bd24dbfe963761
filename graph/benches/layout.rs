//! What laying out the relations for walking takes, and how much memory meanwhile.
//!
//! Data: an invented graph of so many supply relations among a tenth as many firms, some of which
//! stand in far more of them than others; each has a first day. Reported for each of five layings:
//! the time, the resident memory at its peak above that of the state before it, and that left
//! behind, old layout included where there is one.
//!
//! Run with `cargo bench -p lianzhu-graph --bench layout [-- RELATIONS…]`; a million unless told
//! otherwise.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and stops at the first surprise"
)]

use std::fs;
use std::time::Instant;

use graph::event::{ClaimRecord, Event};
use graph::model::{
    ClaimId, ClaimStatus, Confidence, EntityId, EntityKind, Modality, Name, Predicate, Qualifiers,
    RelationStatement, Statement, Validity,
};
use graph::state::State;
use oorandom::Rand64;
use uuid::Uuid;

const SEED: u128 = 20_261_126;
/// Firms or relations that become known at once.
const BATCH: usize = 250_000;
const RELATIONS_A_FIRM: u64 = 10;
const ROUNDS: usize = 5;

fn main() {
    let words = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let mut sizes: Vec<u64> = words.map(|word| word.parse().unwrap()).collect();
    if sizes.is_empty() {
        sizes.push(1_000_000);
    }
    println!("relations | seconds | MiB more at the peak | MiB more afterwards");
    for relations in sizes {
        let state = invented(relations);
        for _ in 0..ROUNDS {
            let mut state = state.clone();
            // The peak that the system keeps begins anew.
            fs::write("/proc/self/clear_refs", "5").unwrap();
            let before = memory("VmRSS");
            let began = Instant::now();
            state.fold();
            let took = began.elapsed().as_secs_f64();
            let [peak, after] = ["VmHWM", "VmRSS"].map(|what| memory(what).saturating_sub(before));
            println!("{relations} | {took:.3} | {peak} | {after}");
        }
    }
}

/// A state that knows so many relations, in no order of their ends.
fn invented(relations: u64) -> State {
    let firms = relations / RELATIONS_A_FIRM;
    let declared = (0..firms).map(|firm| Event::EntityDeclared {
        id: firm_id(firm),
        kind: EntityKind::Firm,
        name: Name::new(&format!("甲{firm}")).unwrap(),
    });
    let mut random = Rand64::new(SEED);
    let claimed = (0..relations).map(|at| {
        let (source, target) = ends(firms, &mut random);
        let year = random.rand_range(2000..2026);
        Event::ClaimRecorded(ClaimRecord {
            id: ClaimId::from_uuid(id(firms + at)),
            statement: Statement::Relation(RelationStatement {
                predicate: Predicate::Supplies,
                source: firm_id(source),
                target: firm_id(target),
                qualifiers: Qualifiers::none(),
                validity: Validity::new(format!("{year}-05").parse().ok(), None).unwrap(),
                modality: Modality::Actual,
            }),
            evidence: None,
            confidence: Confidence::CERTAIN,
            asserted_by: "bench".into(),
            status: ClaimStatus::Accepted,
        })
    });
    let mut events = declared.chain(claimed);
    let mut state = State::empty();
    loop {
        let batch: Vec<Event> = events.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return state;
        }
        state = state.expecting(batch).unwrap();
        state.fold();
    }
}

fn firm_id(firm: u64) -> EntityId {
    EntityId::from_uuid(id(firm))
}

/// As evenly spread as ids are that were made of hashes.
fn id(number: u64) -> Uuid {
    let mut random = Rand64::new(u128::from(number));
    Uuid::from_u64_pair(random.rand_u64(), random.rand_u64())
}

/// Two firms, low numbers far more often than high ones.
fn ends(firms: u64, random: &mut Rand64) -> (u64, u64) {
    let mut any = || {
        let (a, b) = (random.rand_range(0..firms), random.rand_range(0..firms));
        // Spread, so that those who stand in many relations are not neighbours.
        a * b / firms * 7_919 % firms
    };
    let source = any();
    let target = any();
    if source == target { (source, (target + 1) % firms) } else { (source, target) }
}

/// A line of what the system tells of this process's memory, in MiB.
fn memory(what: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    let kib: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024
}
