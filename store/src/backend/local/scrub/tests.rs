use uuid::Uuid;

use super::*;
use crate::commit::{CommitId, Draft, Record};
use crate::disk::real::RealDisk;
use crate::log::Log;

fn options(bytes_per_second: u64, rest: Duration) -> LocalOptions {
    LocalOptions {
        segment_bytes: 1_000,
        index_cache_bytes: 8 << 20,
        scrub_bytes_per_second: bytes_per_second,
        scrub_rest: rest,
        ..LocalOptions::default()
    }
}

/// No rest to speak of, so a pass follows at once.
const EAGER: Duration = Duration::from_millis(1);

async fn fill(log: &Log, commits: u32) {
    for at in 0..commits {
        let payload = format!("text {at} {}", "x".repeat(300)).into_bytes().into();
        let draft = Draft {
            id: CommitId::new(Uuid::from_u128(u128::from(at) + 1)),
            idempotency_key: None,
            actor: "tester".to_owned(),
            recorded_at_ms: 1,
            records: vec![Record { kind: "Said".into(), version: 1, payload, keys: vec![] }],
        };
        log.append(None, draft).await.unwrap();
    }
}

/// Waits for what must come about, however busy the machine.
fn wait_for(log: &Log, is_there: impl Fn(ScrubFigures) -> bool) -> ScrubFigures {
    loop {
        let figures = log.metrics().scrub.unwrap();
        if is_there(figures) {
            return figures;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

#[tokio::test]
async fn it_reads_finished_segments_and_finds_nothing_in_a_sound_log() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), options(u64::MAX, EAGER)).unwrap();
    fill(&log, 12).await;
    let before = wait_for(&log, |figures| figures.passes > 0).passes;
    let figures = wait_for(&log, |figures| figures.passes >= before + 2);
    assert_eq!(figures.faults, 0);
    assert!(figures.bytes > 3_000, "{figures:?}");
    assert!(figures.since_last_pass.is_some() && figures.last_pass_took.is_some());
    log.close().await.unwrap();
}

#[tokio::test]
async fn it_finds_a_changed_byte_and_a_missing_segment_and_readers_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(dir.path(), options(u64::MAX, EAGER)).unwrap();
    fill(&log, 12).await;
    let segments = journal::list(&RealDisk, &dir.path().join(journal::FOLDER_NAME)).unwrap();
    let whole = std::fs::read(&segments[1].path).unwrap();
    let mut hurt = whole.clone();
    hurt[200] ^= 1;
    std::fs::write(&segments[1].path, hurt).unwrap();
    wait_for(&log, |figures| figures.faults > 0);
    assert_eq!(log.read(Seq::ZERO).filter(Result::is_ok).count(), 12);
    std::fs::write(&segments[1].path, whole).unwrap();
    let passes = log.metrics().scrub.unwrap().passes;
    // The pass that was under way may still have seen it.
    let calm = wait_for(&log, |figures| figures.passes >= passes + 2);
    let later = wait_for(&log, |figures| figures.passes > calm.passes);
    assert_eq!(later.faults, calm.faults, "what was put right is no fault any more");
    std::fs::remove_file(&segments[1].path).unwrap();
    wait_for(&log, |figures| figures.faults > later.faults);
    log.close().await.unwrap();
}

#[tokio::test]
async fn a_slow_one_ends_with_the_log_and_one_that_is_off_never_begins() {
    let dir = tempfile::tempdir().unwrap();
    // One byte a second: the first step would sleep for days.
    let log = Log::open(dir.path(), LocalOptions { segment_bytes: 1 << 20, ..options(1, EAGER) });
    let log = log.unwrap();
    let text = "y".repeat(400 << 10).into_bytes();
    for at in 0..5_u32 {
        let draft = Draft {
            id: CommitId::new(Uuid::from_u128(u128::from(at) + 1)),
            idempotency_key: None,
            actor: "tester".to_owned(),
            recorded_at_ms: 1,
            records: vec![Record {
                kind: "Said".into(),
                version: 1,
                payload: text.clone().into(),
                keys: vec![],
            }],
        };
        log.append(None, draft).await.unwrap();
    }
    wait_for(&log, |figures| figures.bytes > 0);
    // Would hang for as long.
    log.close().await.unwrap();
    let log = Log::open(dir.path(), options(0, EAGER)).unwrap();
    assert_eq!(log.metrics().scrub, Some(ScrubFigures::default()));
    assert_eq!(Log::memory().metrics().scrub, None);
}
