//! The two contenders that every comparison has: a plain file, and the log.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use store::{Draft, LocalOptions, Log};

use super::workload::drafts;

/// How long each commit took.
pub(crate) fn timed(drafts: &[Draft], mut commit: impl FnMut(&Draft)) -> Vec<Duration> {
    let time = |draft| {
        let begin = Instant::now();
        commit(draft);
        begin.elapsed()
    };
    drafts.iter().map(time).collect()
}

/// A plain file: length, CRC32C and payloads in one `write`, then one `fdatasync`.
pub(crate) fn raw(folder: &Path, drafts: &[Draft]) -> Vec<Duration> {
    let dir = tempfile::tempdir_in(folder).unwrap();
    let mut file = File::create(dir.path().join("raw")).unwrap();
    timed(drafts, |draft| {
        let mut frame = vec![0; 12];
        draft.records.iter().for_each(|one| frame.extend_from_slice(&one.payload));
        let len = (frame.len() as u64 - 12).to_le_bytes();
        let crc = crc32c::crc32c(&frame[12..]).to_le_bytes();
        frame[..8].copy_from_slice(&len);
        frame[8..12].copy_from_slice(&crc);
        file.write_all(&frame).unwrap();
        file.sync_data().unwrap();
    })
}

/// The log: journal, hash link, index of ids, entities and times.
pub(crate) async fn stored(folder: &Path, drafts: Vec<Draft>) -> Vec<Duration> {
    let dir = tempfile::tempdir_in(folder).unwrap();
    let log = Log::open(dir.path(), LocalOptions::default()).unwrap();
    let mut times = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let begin = Instant::now();
        log.append(None, draft).await.unwrap();
        times.push(begin.elapsed());
    }
    times
}

/// Commits a second of so many writers of the log at once, one event a commit.
pub(crate) async fn concurrent(folder: &Path, writers: usize, each: usize) -> f64 {
    let dir = tempfile::tempdir_in(folder).unwrap();
    let log = Log::open(dir.path(), LocalOptions::default()).unwrap();
    let all: Vec<Vec<Draft>> =
        (0..writers).map(|writer| drafts(1, each, 1_000 + writer as u128)).collect();
    let begin = Instant::now();
    let tasks: Vec<_> = all
        .into_iter()
        .map(|drafts| {
            let log = log.clone();
            tokio::spawn(async move {
                for draft in drafts {
                    log.append(None, draft).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    (writers * each) as f64 / begin.elapsed().as_secs_f64()
}
