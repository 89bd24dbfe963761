//! The kill loop of `tests/kill_loop.rs` for longer: the server of this build under concurrent
//! writers over HTTP, killed 200 times. Prints the counts, and fails when one of them is not zero
//! that must be.
//!
//! Run with `cargo bench --bench kill_loop [-- ROUNDS [SEED]]`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise"
)]

/// How tests start the program and ask it.
#[path = "../tests"]
mod tests {
    #[expect(dead_code, reason = "the loop needs some of what the tests need")]
    pub(crate) mod support;
}

use std::time::Instant;

use tests::support::killing;

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|arg| arg.parse::<u64>().ok());
    let rounds = usize::try_from(numbers.next().unwrap_or(200)).unwrap();
    let seed = numbers.next().unwrap_or_else(|| std::process::id().into());
    let began = Instant::now();
    println!("{rounds} rounds, seed {seed}");
    let counts = killing::run(rounds, seed, |round, counts| {
        if round % 20 == 0 {
            println!("round {round}: {} answers, {} events", counts.acknowledged, counts.events);
        }
    });
    println!(
        "{} kills in {:.0} s; {} commands answered, {} events; {} without an answer, {} of them in \
         the log all the same, each asked again",
        counts.kills,
        began.elapsed().as_secs_f64(),
        counts.acknowledged,
        counts.events,
        counts.unknown,
        counts.unknown_but_recorded
    );
    let mut bad = 0;
    for (what, found) in [
        ("lost", &counts.lost),
        ("halves", &counts.halves),
        ("doubles", &counts.doubles),
        ("verify unsound", &counts.unsound),
    ] {
        println!("{what}: {}", found.len());
        for one in found.iter().take(10) {
            println!("  {one}");
        }
        bad += found.len();
    }
    assert!(bad == 0, "the log broke a promise");
}
