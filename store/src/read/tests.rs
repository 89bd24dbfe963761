use uuid::Uuid;

use super::*;
use crate::backend::Prepared;
use crate::backend::memory::Memory;
use crate::commit::{Draft, Record};
use crate::frame::{Place, Unplaced};
use crate::position::Hash32;

/// A commit of two events at any place, its own hash right.
fn commit(first: u64, prev_hash: Hash32, text: &str) -> Prepared {
    let record = |payload: &str| Record {
        kind: "Said".into(),
        version: 1,
        payload: payload.to_owned().into(),
        keys: Vec::new(),
    };
    let draft = Draft {
        id: CommitId::new(Uuid::from_u128(first.into())),
        idempotency_key: None,
        actor: "forger".to_owned(),
        recorded_at_ms: 1,
        records: vec![record(text), record("second")],
    };
    let place = Place { epoch: 1, first: Seq::new(first), recorded_at_ms: 1, prev_hash };
    let (bytes, _) = Unplaced::encode(&draft).unwrap().place(place);
    let commit = frame::decode(&bytes).unwrap();
    Prepared { commit: Arc::new(commit), bytes, content: None }
}

/// Reads a log that a backend made of these commits, with `head` published.
fn read(commits: &[Prepared], head: Head, after: u64) -> Result<Vec<u64>, String> {
    let memory = Memory::default();
    memory.write(commits);
    let standing = Standing { head, ..Standing::default() };
    let core = Arc::new(Core::new(Backend::Memory(Arc::new(memory)), standing, Arc::default()));
    let mut cursor = Cursor::new(core, Seq::new(after));
    let mut firsts = Vec::new();
    loop {
        match cursor.next(head) {
            Ok(Some(commit)) => firsts.push(commit.first.get()),
            Ok(None) => return Ok(firsts),
            Err(error) => return Err(format!("{firsts:?}, then {error}")),
        }
    }
}

#[test]
fn a_reader_takes_only_what_is_linked_and_in_place() {
    let one = commit(1, Hash32::ZERO, "one");
    let two = commit(3, one.commit.hash, "two");
    let three = commit(5, two.commit.hash, "three");
    let head = three.commit.head();
    let bytes = |one: &Prepared| Prepared {
        commit: Arc::clone(&one.commit),
        bytes: one.bytes.clone(),
        content: None,
    };
    let read = |commits: &[&Prepared], after| {
        let commits: Vec<_> = commits.iter().map(|one| bytes(one)).collect();
        read(&commits, head, after)
    };
    assert_eq!(read(&[&one, &two, &three], 0), Ok(vec![1, 3, 5]));
    assert_eq!(read(&[&one, &two, &three], 3), Ok(vec![3, 5]));

    let stranger = commit(3, Hash32::new([7; 32]), "two");
    let rewritten = commit(1, Hash32::ZERO, "one, but nicer");
    let cases: [(&[&Prepared], u64, &str); 6] = [
        (&[&one, &stranger, &three], 0, "as the hash before it"),
        (&[&rewritten, &two, &three], 0, "as the hash before it"),
        (&[&rewritten, &two, &three], 2, "as the hash before it"),
        (&[&one, &three], 0, "event 3 should follow, and 5 does"),
        (&[&one, &two], 0, "event 5 should follow, and 3 does"),
        (&[&one, &two, &commit(5, two.commit.hash, "other")], 0, "not the one that ends the log"),
    ];
    for (commits, after, expected) in cases {
        let told = read(commits, after).unwrap_err();
        assert!(told.contains(expected), "{expected}: {told}");
    }
}
