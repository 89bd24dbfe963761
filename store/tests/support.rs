use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::ProptestConfig;
use store::{CommitId, Draft, LocalOptions, Log, Record, Seq};
use uuid::Uuid;

/// A commit id that no other call in this process gives.
pub(crate) fn fresh_id() -> CommitId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    CommitId::new(Uuid::from_u128(u128::from(NEXT.fetch_add(1, Ordering::Relaxed)) << 8 | 7))
}

/// How long anything may take that must come, however busy the machine is.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// How many cases a law is tried on: as many as it usually needs, or as `PROPTEST_CASES` says for a
/// long look.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let is_asked = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig { cases: if is_asked { default.cases } else { usual }, ..default }
}

/// Segments that are finished after a few commits, and stay as they are.
pub(crate) fn small_segments() -> LocalOptions {
    LocalOptions {
        segment_bytes: 1_000,
        index_cache_bytes: 8 << 20,
        compress_finished: false,
        ..LocalOptions::default()
    }
}

pub(crate) fn record(text: &str) -> Record {
    Record {
        kind: "Said".into(),
        version: 1,
        payload: text.as_bytes().to_vec().into(),
        keys: Vec::new(),
    }
}

/// A draft with one record for each text.
pub(crate) fn draft(texts: &[&str]) -> Draft {
    Draft {
        id: fresh_id(),
        idempotency_key: None,
        actor: "tester".to_owned(),
        recorded_at_ms: 1_000,
        records: texts.iter().map(|text| record(text)).collect(),
    }
}

pub(crate) fn keyed(key: &str, texts: &[&str]) -> Draft {
    Draft { idempotency_key: Some(key.to_owned()), ..draft(texts) }
}

/// Reads everything after `after` as (first event, texts), failing on any error.
pub(crate) fn texts_after(log: &Log, after: u64) -> Vec<(u64, Vec<String>)> {
    log.read(Seq::new(after))
        .map(|commit| {
            let commit = commit.unwrap();
            let text = |record: &Record| String::from_utf8(record.payload.to_vec()).unwrap();
            (commit.first.get(), commit.records.iter().map(text).collect())
        })
        .collect()
}

/// Copies a folder and everything in it.
pub(crate) fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
