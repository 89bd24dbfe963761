use crate::support::killing;

const ROUNDS: usize = 20;

#[test]
fn killed_while_many_write_it_loses_nothing_halves_nothing_and_records_nothing_twice() {
    let seed = std::process::id().into();
    let counts = killing::run(ROUNDS, seed, |_, _| {});
    let faults = [&counts.lost, &counts.halves, &counts.doubles, &counts.unsound];
    assert!(faults.iter().all(|what| what.is_empty()), "seed {seed}: {counts:#?}");
    // Otherwise it proves nothing.
    assert!(counts.kills >= ROUNDS && counts.acknowledged > ROUNDS, "{counts:#?}");
    assert!(counts.unknown > 0, "no kill ever met a request: {counts:#?}");
}
