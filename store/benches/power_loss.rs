//! Power cuts under load: random workloads over a disk that loses what was not synced, and an
//! oracle of what was acknowledged. The same rounds as `tests/power.rs`, as many as are asked for.
//!
//! Run with `cargo bench -p lianzhu-store --bench power_loss -- [rounds] [first seed]`; 500 rounds
//! from seed 1,000 unless told otherwise. It stops at the first thing that is lost, half there or
//! there twice, and names the seed.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise"
)]

use std::time::Instant;

#[path = "../tests/simulation.rs"]
mod simulation;
#[path = "../tests/support.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod support;

use simulation::{Counts, round};

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|arg| arg.parse::<u64>().ok());
    let rounds = numbers.next().unwrap_or(500);
    let first = numbers.next().unwrap_or(1_000);
    let begin = Instant::now();
    let mut all = Counts::default();
    for seed in first..first + rounds {
        all.add(round(seed));
    }
    println!("{rounds} rounds, seeds {first} to {}", first + rounds - 1);
    for (what, count) in all.rows() {
        println!("{count:>9} {what}");
    }
    println!("0 lost, 0 halves, 0 doubles, in {:.0} s", begin.elapsed().as_secs_f64());
}
