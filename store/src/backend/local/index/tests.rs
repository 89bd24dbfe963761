use uuid::Uuid;

use super::*;
use crate::commit::{Draft, Record};
use crate::disk::real::RealDisk;
use crate::frame::{self, Place, Unplaced};
use crate::limits::MAX_COMMIT_BYTES;

/// Makes commits that follow each other.
struct Maker {
    standing: Standing,
}

impl Maker {
    fn make(&mut self, records: &[Record], recorded_at_ms: i64) -> Prepared {
        let first = self.standing.head.seq.next();
        let draft = Draft {
            id: CommitId::new(Uuid::from_u128(first.get().into())),
            idempotency_key: None,
            actor: "tester".to_owned(),
            recorded_at_ms,
            records: records.to_vec(),
        };
        let prev_hash = self.standing.head.hash;
        let place = Place { epoch: 1, first, recorded_at_ms, prev_hash };
        let (bytes, _) = Unplaced::encode(&draft).unwrap().place(place);
        let commit = frame::decode(&bytes).unwrap();
        self.standing = self.standing.after(&commit);
        prepare(commit, bytes)
    }
}

fn record(payload: Vec<u8>, keys: Vec<[u8; 16]>) -> Record {
    Record { kind: "Said".into(), version: 1, payload: payload.into(), keys }
}

fn noise(len: usize) -> Vec<u8> {
    let mut reader = blake3::Hasher::new().finalize_xof();
    let mut out = vec![0; len];
    reader.fill(&mut out);
    out
}

fn options() -> LocalOptions {
    LocalOptions { index_cache_bytes: 16 << 20, ..LocalOptions::default() }
}

fn key(number: u64) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

fn apply(index: &Index, group: &[Prepared], standing: Standing) {
    index.apply(group, index.pack(group).unwrap(), standing).unwrap();
}

#[test]
fn the_largest_commits_never_make_a_blob_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let index = Index::open(Arc::new(RealDisk), &path, &options()).unwrap();
    let mut maker = Maker { standing: Standing::default() };
    for len in [MAX_COMMIT_BYTES - 300, 4_096, 4_089, 511, 512, 100_000] {
        let one = maker.make(&[record(noise(len), vec![])], 1);
        apply(&index, std::slice::from_ref(&one), maker.standing);
        assert_eq!(index.batch(one.commit.first, 1).unwrap(), [one.bytes]);
    }
    index.sync().unwrap();
    let blobs = std::fs::read_dir(path.join("blobs")).into_iter().flatten().count();
    assert_eq!(blobs, 0, "sled would never sync them");
    index.close().unwrap();
    let again = Index::open(Arc::new(RealDisk), &path, &options()).unwrap();
    assert_eq!(again.standing().unwrap(), maker.standing);
    assert_eq!(again.batch(Seq::new(1), usize::MAX).unwrap().len(), 6);
}

#[test]
fn entities_are_found_while_they_wait_in_runs_and_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut maker = Maker { standing: Standing::default() };
    let expected = |of: u64, upto: u64| -> Vec<Seq> {
        (1..=upto).filter(|seq| seq % 50 == of).map(Seq::new).collect()
    };
    let check = |index: &Index, upto: u64| {
        for of in [0, 1, 49] {
            assert_eq!(index.events_of(key(of)).unwrap(), expected(of, upto), "{of} at {upto}");
        }
        assert_eq!(index.events_of(key(50)).unwrap(), []);
    };
    let mut index = Index::open(Arc::new(RealDisk), folder.path(), &options()).unwrap();
    for round in 1..=70_u64 {
        let first = maker.standing.head.seq.get() + 1;
        let records = (first..first + 1_000).map(|seq| record(vec![1], vec![key(seq % 50); 2]));
        let one = maker.make(&records.collect::<Vec<_>>(), 1);
        apply(&index, &[one], maker.standing);
        if index.wants_upkeep() {
            index.upkeep().unwrap();
        }
        // 2 keys an event: a run is written at round 33 and at round 66.
        if [1, 32, 33, 34, 70].contains(&round) {
            check(&index, round * 1_000);
        }
        if round == 40 {
            // Without `sync`, as a crash would have it: what waited is read from the blocks.
            drop(index);
            wait_until_free(folder.path()).unwrap();
            index = Index::open(Arc::new(RealDisk), folder.path(), &options()).unwrap();
            check(&index, 40_000);
        }
    }
    index.close().unwrap();
    assert_eq!(index.events_of(key(1)), Err(Refused::Closed));
    check(&Index::open(Arc::new(RealDisk), folder.path(), &options()).unwrap(), 70_000);
}

#[test]
fn times_sort_as_numbers_before_and_after_1970() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(Arc::new(RealDisk), folder.path(), &options()).unwrap();
    let mut maker = Maker { standing: Standing::default() };
    for ms in [i64::MIN, -5, 0, 7] {
        let one = maker.make(&[record(vec![1], vec![])], ms);
        apply(&index, &[one], maker.standing);
    }
    let at = |ms| index.first_after(ms).unwrap().map_or(0, Seq::get);
    assert_eq!([i64::MIN, -6, -5, -1, 0, 6, 7, i64::MAX].map(at), [2, 2, 3, 3, 4, 4, 0, 0]);
}

#[test]
fn commits_that_share_a_block_are_found_each() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(Arc::new(RealDisk), folder.path(), &options()).unwrap();
    let mut maker = Maker { standing: Standing::default() };
    let mut all = Vec::new();
    for len in [10, 5_000, 9_000, 4_000, 30_000, 20, 10, 7] {
        all.push(maker.make(&[record(noise(len), vec![]), record(vec![], vec![])], 1));
    }
    // As if a crash had come after these blocks and before the standing.
    apply(&index, &all[..5], Standing::default());
    index.remove_leftovers(Standing::default()).unwrap();
    assert!(index.batch(Seq::new(9), usize::MAX).unwrap().is_empty());
    apply(&index, &all[..2], maker.standing);
    apply(&index, &all[2..], maker.standing);
    let bytes: Vec<Bytes> = all.iter().map(|one| one.bytes.clone()).collect();
    for seq in 1..=16_u64 {
        let at = usize::try_from((seq - 1) / 2).unwrap();
        assert_eq!(index.batch(Seq::new(seq), usize::MAX).unwrap(), bytes[at..], "event {seq}");
        assert_eq!(index.batch(Seq::new(seq), 1).unwrap(), bytes[at..=at], "event {seq}");
    }
}

#[test]
fn a_panic_is_told_in_words() {
    let told = contained::<()>(|| panic!("page {} is gone", 7));
    assert_eq!(told, Err("sled panicked: page 7 is gone".to_owned()));
}
