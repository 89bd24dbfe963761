use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use store::limits::MAX_COMMIT_BYTES;
use store::{AppendError, Commit, Draft, Hash32, Head, Log, ReadError, Record, Seq};

use crate::support::{draft, fresh_id, keyed, record, small_segments, texts_after};

/// A backend under test: makes an empty log, and opens it again if it can outlive one.
pub(crate) trait Stage {
    fn open(&self) -> Log;
    fn outlives(&self) -> bool;
}

struct InMemory;

impl Stage for InMemory {
    fn open(&self) -> Log {
        Log::memory()
    }

    fn outlives(&self) -> bool {
        false
    }
}

/// A folder that goes with the test.
struct InFolder(tempfile::TempDir);

impl InFolder {
    fn new() -> InFolder {
        InFolder(tempfile::tempdir().unwrap())
    }
}

impl Stage for InFolder {
    fn open(&self) -> Log {
        // Small segments, so that every case crosses from one to the next.
        let log = Log::open(self.0.path(), small_segments()).unwrap();
        assert_eq!(log.mended(), []);
        log
    }

    fn outlives(&self) -> bool {
        true
    }
}

/// Runs each case on each backend, as a test of its own.
macro_rules! on_every_backend {
    ($($case:ident)*) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(&super::InMemory).await; })*
        }

        mod local {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { super::$case(&super::InFolder::new()).await; })*
        }
    };
}

on_every_backend! {
    commits_follow_each_other_without_a_gap
    a_wrong_expected_head_writes_nothing
    the_same_id_is_one_commit_for_ever
    a_reused_key_needs_the_same_content
    what_is_too_large_or_empty_is_refused
    recorded_at_never_runs_backwards
    events_are_found_by_entity_and_time
    a_tail_gives_past_then_live
    a_slow_tail_loses_nothing_and_delays_nobody
    many_writers_share_one_order
    a_closed_log_says_so
    what_was_acknowledged_is_there_again
}

async fn commits_follow_each_other_without_a_gap(stage: &dyn Stage) {
    let log = stage.open();
    assert_eq!(log.head(), Head::EMPTY);
    let one = log.append(Some(Head::EMPTY), draft(&["a", "b", "c"])).await.unwrap();
    assert_eq!((one.first, one.head.seq, one.duplicate), (Seq::new(1), Seq::new(3), false));
    let two = log.append(Some(one.head), draft(&["d"])).await.unwrap();
    assert_eq!((two.first, two.head.seq), (Seq::new(4), Seq::new(4)));
    let three = log.append(None, draft(&["e", "f"])).await.unwrap();
    assert_eq!(log.head(), three.head);

    let commits: Vec<Commit> = log.read(Seq::ZERO).map(Result::unwrap).collect();
    assert_eq!(commits[0].prev_hash, Hash32::ZERO);
    assert_eq!(commits[1].prev_hash, commits[0].hash);
    assert_eq!(commits[2].prev_hash, commits[1].hash);
    assert_eq!(commits[2].head(), three.head);
    assert_eq!((commits[0].epoch, commits[0].actor.as_str()), (1, "tester"));

    let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let all = [(1, texts(&["a", "b", "c"])), (4, texts(&["d"])), (5, texts(&["e", "f"]))];
    assert_eq!(texts_after(&log, 0), all);
    assert_eq!(texts_after(&log, 2), all, "event 3 is still to come");
    assert_eq!(texts_after(&log, 3), all[1..]);
    assert_eq!(texts_after(&log, 5), all[2..]);
    assert_eq!(texts_after(&log, 6), []);
    assert_eq!(texts_after(&log, u64::MAX), []);

    let holder = |seq| log.commit_at(Seq::new(seq)).unwrap().map(|commit| commit.first.get());
    assert_eq!([0, 1, 3, 4, 6, 7].map(holder), [None, Some(1), Some(1), Some(4), Some(5), None]);
}

async fn a_wrong_expected_head_writes_nothing(stage: &dyn Stage) {
    let log = stage.open();
    let one = log.append(None, draft(&["a"])).await.unwrap();
    let late = draft(&["b"]);
    let wrong_hash = Head { hash: Hash32::new([7; 32]), ..one.head };
    for expected in [Head::EMPTY, wrong_hash] {
        match log.append(Some(expected), late.clone()).await {
            Err(AppendError::Conflict { actual }) => assert_eq!(actual, one.head),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(log.head(), one.head);
    assert_eq!(log.resolve(late.id).unwrap(), None);
    assert_eq!(texts_after(&log, 0).len(), 1);
    log.append(Some(one.head), late).await.unwrap();
}

async fn the_same_id_is_one_commit_for_ever(stage: &dyn Stage) {
    let log = stage.open();
    let first = draft(&["a"]);
    let one = log.append(None, first.clone()).await.unwrap();
    log.append(None, draft(&["b"])).await.unwrap();
    // Whatever a retry says of the head, and even of the content, the id decides.
    let other = Draft { records: vec![record("z")], ..first.clone() };
    for retry in [first.clone(), other] {
        let again = log.append(Some(Head::EMPTY), retry).await.unwrap();
        assert!(again.duplicate);
        assert_eq!((again.first, again.head), (one.first, one.head));
    }
    assert_eq!(log.resolve(first.id).unwrap().map(|found| found.head), Some(one.head));
    assert_eq!(log.resolve(fresh_id()).unwrap(), None);
    let racers = (0..8).map(|_| log.append(None, first.clone()));
    for raced in futures_util::future::join_all(racers).await {
        assert!(raced.unwrap().duplicate);
    }
    let fresh = draft(&["c"]);
    let racers = (0..8).map(|_| log.append(None, fresh.clone()));
    let raced: Vec<_> = futures_util::future::join_all(racers).await;
    let raced: Vec<_> = raced.into_iter().map(Result::unwrap).collect();
    assert_eq!(raced.iter().filter(|one| !one.duplicate).count(), 1);
    assert!(raced.iter().all(|one| one.head == raced[0].head));
    assert_eq!(log.head().seq, Seq::new(3));
}

async fn a_reused_key_needs_the_same_content(stage: &dyn Stage) {
    let log = stage.open();
    let one = log.append(None, keyed("k", &["a", "b"])).await.unwrap();
    let again = log.append(Some(Head::EMPTY), keyed("k", &["a", "b"])).await.unwrap();
    assert!(again.duplicate);
    assert_eq!((again.first, again.head), (one.first, one.head));
    for texts in [&["a"][..], &["a", "c"], &["ab", ""]] {
        match log.append(None, keyed("k", texts)).await {
            Err(AppendError::KeyReused { key, seq }) => {
                assert_eq!((key.as_str(), seq), ("k", Seq::new(1)));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(log.resolve_key("k").unwrap().map(|found| found.head), Some(one.head));
    assert_eq!(log.resolve_key("K").unwrap(), None);
    assert_eq!(log.head(), one.head);
    // Keys meet in one group as well as in the past.
    let racers = (0..8).map(|_| log.append(None, keyed("race", &["r"])));
    let raced = futures_util::future::join_all(racers).await;
    assert_eq!(raced.iter().filter(|one| !one.as_ref().unwrap().duplicate).count(), 1);
}

async fn what_is_too_large_or_empty_is_refused(stage: &dyn Stage) {
    let log = stage.open();
    let sized = |bytes: usize| Draft {
        records: vec![Record { payload: vec![1; bytes].into(), ..record("") }],
        ..draft(&[])
    };
    assert!(matches!(log.append(None, draft(&[])).await, Err(AppendError::Empty)));
    match log.append(None, sized(MAX_COMMIT_BYTES)).await {
        Err(AppendError::TooLarge { bytes, max }) => assert!(bytes > max),
        other => panic!("{other:?}"),
    }
    let actor = Draft { actor: "x".repeat(2_000), ..draft(&["a"]) };
    assert!(matches!(log.append(None, actor).await, Err(AppendError::Limit { .. })));
    let key = "x".repeat(2_000);
    assert!(matches!(log.append(None, keyed(&key, &["a"])).await, Err(AppendError::Limit { .. })));
    assert_eq!(log.head(), Head::EMPTY);

    // The largest that fits, incompressible, comes back as it went in.
    let mut noise = blake3_noise(MAX_COMMIT_BYTES - 200);
    let largest = Draft {
        records: vec![Record { payload: noise.clone().into(), ..record("") }],
        ..draft(&[])
    };
    log.append(None, largest).await.unwrap();
    let back = log.commit_at(Seq::new(1)).unwrap().unwrap();
    assert!(back.records[0].payload == noise);
    noise.clear();
}

/// Bytes that do not compress.
fn blake3_noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut out = Vec::with_capacity(len + 8);
    while out.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(len);
    out
}

async fn recorded_at_never_runs_backwards(stage: &dyn Stage) {
    let log = stage.open();
    let at = |recorded_at_ms| Draft { recorded_at_ms, ..draft(&["a"]) };
    let mut told = Vec::new();
    for ms in [-5, 100, 50, 100, 101] {
        told.push(log.append(None, at(ms)).await.unwrap().recorded_at_ms);
    }
    assert_eq!(told, [-5, 100, 100, 100, 101]);
    let stored: Vec<_> = log.read(Seq::ZERO).map(|c| c.unwrap().recorded_at_ms).collect();
    assert_eq!(stored, told);
}

async fn events_are_found_by_entity_and_time(stage: &dyn Stage) {
    let log = stage.open();
    let touching = |keys: &[u8]| Record {
        keys: keys.iter().map(|key| [*key; 16]).collect(),
        ..record("touches")
    };
    let first = Draft { records: vec![touching(&[1, 1]), touching(&[2])], ..draft(&[]) };
    let second = Draft {
        records: vec![touching(&[2, 1]), touching(&[])],
        recorded_at_ms: 2_000,
        ..draft(&[])
    };
    log.append(None, first).await.unwrap();
    log.append(None, second).await.unwrap();
    let of = |key: u8| -> Vec<u64> {
        log.events_of([key; 16]).unwrap().into_iter().map(Seq::get).collect()
    };
    assert_eq!((of(1), of(2), of(3)), (vec![1, 3], vec![2, 3], vec![]));
    let at = |ms| log.seq_at(ms).unwrap().get();
    assert_eq!([i64::MIN, 999, 1_000, 1_999, 2_000, i64::MAX].map(at), [0, 0, 2, 2, 4, 4]);
    let info = log.info();
    assert_eq!((info.head, info.commits), (log.head(), 2));
    assert_eq!((info.first_recorded_at_ms, info.last_recorded_at_ms), (Some(1_000), Some(2_000)));
}

async fn a_tail_gives_past_then_live(stage: &dyn Stage) {
    let log = stage.open();
    log.append(None, draft(&["a", "b"])).await.unwrap();
    log.append(None, draft(&["c"])).await.unwrap();
    let mut whole = log.tail(Seq::ZERO);
    let mut inside = log.tail(Seq::new(1));
    let mut ahead = log.tail(Seq::new(4));
    let writer = log.clone();
    let writing = tokio::spawn(async move {
        for text in ["d", "e", "f"] {
            writer.append(None, draft(&[text])).await.unwrap();
        }
    });
    let mut firsts = Vec::new();
    while firsts.len() < 5 {
        firsts.push(whole.next().await.unwrap().unwrap().first.get());
    }
    assert_eq!(firsts, [1, 3, 4, 5, 6]);
    assert_eq!(inside.next().await.unwrap().unwrap().first, Seq::new(1));
    assert_eq!(ahead.next().await.unwrap().unwrap().first, Seq::new(5));
    writing.await.unwrap();
    let nothing = tokio::time::timeout(Duration::from_millis(30), whole.next()).await;
    assert!(nothing.is_err(), "nothing new happened: {nothing:?}");
    log.close().await.unwrap();
    assert!(whole.next().await.is_none(), "a tail ends with the log");
}

async fn a_slow_tail_loses_nothing_and_delays_nobody(stage: &dyn Stage) {
    // More than the recent commits that are kept in memory, so the tail must go back to the log.
    const COMMITS: u64 = 3_000;
    let log = stage.open();
    let mut slow = log.tail(Seq::ZERO);
    log.append(None, draft(&["first"])).await.unwrap();
    assert_eq!(slow.next().await.unwrap().unwrap().first, Seq::new(1));
    // Nobody polls `slow` meanwhile; the writer finishes all the same.
    let appends = (1..COMMITS).map(|_| log.append(None, draft(&["x"])));
    for done in futures_util::future::join_all(appends).await {
        done.unwrap();
    }
    let rest: Vec<Arc<Commit>> = slow.take(2_999).map(Result::unwrap).collect().await;
    let firsts: Vec<u64> = rest.iter().map(|commit| commit.first.get()).collect();
    assert_eq!(firsts, (2..=COMMITS).collect::<Vec<_>>());
    assert_eq!(rest.last().unwrap().head(), log.head());
}

async fn many_writers_share_one_order(stage: &dyn Stage) {
    let log = stage.open();
    let writers = (0..16).map(|writer| {
        let log = log.clone();
        tokio::spawn(async move {
            let mut firsts = Vec::new();
            for turn in 0..25 {
                // Half of them insist on a head and decide again after each conflict.
                let work = draft(&[&format!("{writer}/{turn}"), "more"]);
                let done = loop {
                    let expected = (writer % 2 == 0).then(|| log.head());
                    match log.append(expected, work.clone()).await {
                        Ok(done) => break done,
                        Err(AppendError::Conflict { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                };
                assert!(!done.duplicate);
                firsts.push(done.first.get());
            }
            assert!(firsts.is_sorted());
            firsts
        })
    });
    let mut seen = BTreeSet::new();
    for firsts in futures_util::future::join_all(writers).await {
        for first in firsts.unwrap() {
            assert!(seen.insert(first));
        }
    }
    assert_eq!(log.head().seq, Seq::new(16 * 25 * 2));
    assert_eq!(seen, (0..16 * 25).map(|at| at * 2 + 1).collect());
    assert_eq!(log.read(Seq::ZERO).map(Result::unwrap).count(), 16 * 25);
}

async fn a_closed_log_says_so(stage: &dyn Stage) {
    let log = stage.open();
    log.append(None, draft(&["a"])).await.unwrap();
    let (other, mut tail, mut iterator) = (log.clone(), log.tail(Seq::ZERO), log.read(Seq::ZERO));
    log.close().await.unwrap();
    assert!(matches!(other.append(None, draft(&["b"])).await, Err(AppendError::Closed)));
    assert!(matches!(other.commit_at(Seq::new(1)), Err(ReadError::Closed)));
    assert!(matches!(iterator.next(), Some(Err(ReadError::Closed))));
    assert!(iterator.next().is_none());
    other.clone().close().await.unwrap();
    assert!(matches!(tail.next().await, Some(Ok(_)) | Some(Err(ReadError::Closed))));
    drop(other);
    if stage.outlives() {
        let again = stage.open();
        assert_eq!(texts_after(&again, 0).len(), 1);
    }
}

async fn what_was_acknowledged_is_there_again(stage: &dyn Stage) {
    let log = stage.open();
    let one = keyed("k", &["a", "b"]);
    log.append(None, one.clone()).await.unwrap();
    let touching = Record { keys: vec![[5; 16]], ..record("c") };
    let two = Draft { records: vec![touching], recorded_at_ms: 7_000, ..draft(&[]) };
    log.append(None, two).await.unwrap();
    let (head, info, texts) = (log.head(), log.info(), texts_after(&log, 0));
    if !stage.outlives() {
        return;
    }
    drop(log);
    for _ in 0..2 {
        let again = stage.open();
        assert_eq!((again.head(), texts_after(&again, 0)), (head, texts.clone()));
        assert_eq!(again.info().commits, info.commits);
        assert_eq!(again.info().last_recorded_at_ms, Some(7_000));
        assert_eq!(again.events_of([5; 16]).unwrap(), [Seq::new(3)]);
        assert_eq!(again.seq_at(6_999).unwrap(), Seq::new(2));
        assert!(again.append(None, one.clone()).await.unwrap().duplicate);
        assert!(again.append(None, keyed("k", &["a", "b"])).await.unwrap().duplicate);
        let other = again.append(None, keyed("k", &["z"])).await;
        assert!(matches!(other, Err(AppendError::KeyReused { .. })));
        again.close().await.unwrap();
    }
    let again = stage.open();
    let more = again.append(Some(head), draft(&["d"])).await.unwrap();
    assert_eq!((more.first, more.recorded_at_ms), (Seq::new(4), 7_000));
}
