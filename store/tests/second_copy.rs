use store::{CommitId, Draft, Log, Seq};

use crate::support::{keyed, small_segments, texts_after};

/// A closed log of six commits of one event each, with keys, entities and times.
async fn sample() -> (tempfile::TempDir, Vec<Draft>) {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), small_segments()).unwrap();
    let mut drafts = Vec::new();
    for at in 0..6_u8 {
        let mut draft = keyed(&format!("key {at}"), &[&format!("text {at}")]);
        draft.recorded_at_ms = 1_000 * i64::from(at);
        draft.records[0].keys = vec![[at % 2; 16]];
        log.append(None, draft.clone()).await.unwrap();
        drafts.push(draft);
    }
    log.close().await.unwrap();
    (dir, drafts)
}

/// Spoils every entry of a tree so that no look into it succeeds.
fn spoil(dir: &tempfile::TempDir, tree: &str) {
    let db = sled::open(dir.path().join("index")).unwrap();
    let tree = db.open_tree(tree).unwrap();
    for entry in &tree {
        let (key, value) = entry.unwrap();
        if value.is_empty() {
            // Times have no value; the newest keeps its entry, which is read at open.
            if tree.last().unwrap().unwrap().0 != key {
                tree.remove(&key).unwrap();
                tree.insert(&key[..9], value).unwrap();
            }
        } else {
            tree.insert(key, &value[..3]).unwrap();
        }
    }
    db.flush().unwrap();
}

#[tokio::test]
async fn what_the_index_cannot_tell_the_commits_do() {
    for tree in ["commits", "keys", "time"] {
        let (dir, drafts) = sample().await;
        spoil(&dir, tree);
        let log = Log::open(dir.path(), small_segments()).unwrap();
        assert_eq!(log.mended(), [], "{tree}: opening does not look there");
        for (draft, at) in drafts.iter().zip(1_u64..) {
            let found = log.resolve(draft.id).unwrap().unwrap();
            assert_eq!((found.first.get(), found.duplicate), (at, true), "{tree}");
            let key = draft.idempotency_key.as_deref().unwrap();
            assert_eq!(log.resolve_key(key).unwrap(), Some(found), "{tree}");
            assert_eq!(log.seq_at(draft.recorded_at_ms).unwrap(), Seq::new(at), "{tree}");
            assert_eq!(log.seq_at(draft.recorded_at_ms - 1).unwrap(), Seq::new(at - 1), "{tree}");
        }
        let nobody = CommitId::new(uuid::Uuid::from_u128(1 << 100));
        assert_eq!(log.resolve(nobody).unwrap(), None, "{tree}");
        assert_eq!(log.resolve_key("no key").unwrap(), None, "{tree}");
        assert_eq!(log.seq_at(i64::MAX).unwrap(), Seq::new(6), "{tree}");
        assert_eq!(log.events_of([1; 16]).unwrap(), [2, 4, 6].map(Seq::new), "{tree}");
    }
}

#[tokio::test]
async fn entities_are_found_in_the_commits_where_their_run_is_cut() {
    let (dir, _) = sample().await;
    let db = sled::open(dir.path().join("index")).unwrap();
    let runs = db.open_tree("entities").unwrap();
    // A run for every bucket, each cut.
    for bucket in 0..512_u16 {
        let key = [&1_u64.to_be_bytes()[..], &bucket.to_be_bytes(), &[0, 0]].concat();
        runs.insert(key, &[1, 2, 3]).unwrap();
    }
    db.open_tree("meta").unwrap().insert("entities", &6_u64.to_be_bytes()).unwrap();
    db.flush().unwrap();
    drop((runs, db));
    let log = Log::open(dir.path(), small_segments()).unwrap();
    assert_eq!(log.mended(), []);
    assert_eq!(log.events_of([0; 16]).unwrap(), [1, 3, 5].map(Seq::new));
    assert_eq!(log.events_of([9; 16]).unwrap(), []);
}

#[tokio::test]
async fn one_damaged_block_costs_the_reader_of_those_before_it_nothing() {
    let (dir, _) = sample().await;
    let expected = {
        let log = Log::open(dir.path(), small_segments()).unwrap();
        texts_after(&log, 0)
    };
    let db = sled::open(dir.path().join("index")).unwrap();
    let blocks = db.open_tree("blocks").unwrap();
    for (first, value) in [(3_u64, &b"\x07garbage"[..]), (5, b"")] {
        let key = [&first.to_be_bytes()[..], &[0, 0]].concat();
        assert!(blocks.insert(key, value).unwrap().is_some());
    }
    db.open_tree("meta").unwrap().insert("entities", &6_u64.to_be_bytes()).unwrap();
    db.flush().unwrap();
    drop((blocks, db));
    let log = Log::open(dir.path(), small_segments()).unwrap();
    assert_eq!(log.mended(), []);
    for after in 0..6 {
        let wanted: Vec<_> = expected.iter().filter(|(first, _)| *first > after).cloned().collect();
        assert_eq!(texts_after(&log, after), wanted, "after {after}");
        let commit = log.commit_at(Seq::new(after + 1)).unwrap().unwrap();
        assert_eq!(commit.first, Seq::new(after + 1));
    }
}
