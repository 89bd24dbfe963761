use std::fs;
use std::path::PathBuf;

use crate::support::Desk;

/// Every few events, so that a small log has one.
const OFTEN: (&str, &str) = ("LIANZHU_SNAPSHOT_EVENTS", "10");
const NEVER: (&str, &str) = ("LIANZHU_SNAPSHOT_EVENTS", "0");

fn snapshots(desk: &Desk) -> Vec<PathBuf> {
    let entries = fs::read_dir(desk.path().join("lianzhu-data/snapshots"));
    let entries = entries.into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn an_answer_is_the_same_from_a_snapshot_and_without() {
    let desk = Desk::new().with_article("05-pump-core-town.md");
    assert!(snapshots(&desk).is_empty(), "a small log is replayed in a moment");
    let export = || desk.run_in(NEVER, ["export"]).well().out;
    let replayed = export();
    desk.run_in(OFTEN, ["export"]).well();
    let [path] = &snapshots(&desk)[..] else { panic!("{:?}", snapshots(&desk)) };
    assert_eq!(desk.run_in(OFTEN, ["export"]).well().out, replayed);
    let desk = desk.with_article("06-seal-ring-journey.md");
    let later = desk.run_in(NEVER, ["export"]).well().out;
    assert_ne!(later, replayed);
    assert_eq!(desk.run(["export"]).well().out, later, "what came after it is replayed");

    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
    let told = desk.run(["export"]).well();
    assert_eq!(told.out, later);
    assert!(told.err.contains("snapshot"), "{told:#?}");
    let doctor = desk.run(["doctor"]).well();
    assert!(doctor.out.contains("snapshots 1"), "{doctor:#?}");
}
