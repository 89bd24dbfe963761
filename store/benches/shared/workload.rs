//! What the benches write: events of about 310 bytes of JSON with a Chinese quote and two entity
//! keys each, always the same ones.

use std::time::Duration;

use store::{CommitId, Draft, Record};
use uuid::Uuid;

/// An event.
pub(crate) fn record(at: u128) -> Record {
    let chars =
        ["产", "业", "链", "上", "游", "材", "料", "企", "设", "备", "供", "应", "商", "城"];
    let mixed = |salt: u128| (at * 31 + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let quote: String = (0..24).map(|salt| chars[(mixed(salt) % 14) as usize]).collect();
    let (subject, object) = (mixed(101), mixed(202));
    let payload = format!(
        r#"{{"claim":"{at:032x}","subject":"{subject:032x}","predicate":"SUPPLIES","object":"{object:032x}","confidence":0.{},"status":"PROPOSED","from":"2026-0{}-01","quote":"{quote}","start":{},"end":{}}}"#,
        mixed(3) % 100,
        1 + mixed(4) % 9,
        mixed(5) % 4_000,
        mixed(6) % 4_000,
    );
    let keys = vec![(subject % 100_000).to_be_bytes(), (object % 100_000).to_be_bytes()];
    Record { kind: "ClaimRecorded".into(), version: 1, payload: payload.into(), keys }
}

/// Commits of so many events; no two with the same salt and place have the same id.
pub(crate) fn drafts(events: usize, commits: usize, salt: u128) -> Vec<Draft> {
    (0..commits).map(|at| draft(events, at, salt)).collect()
}

/// One of them.
pub(crate) fn draft(events: usize, at: usize, salt: u128) -> Draft {
    Draft {
        id: CommitId::new(Uuid::from_u128(salt << 64 | at as u128)),
        idempotency_key: None,
        actor: "bench".to_owned(),
        recorded_at_ms: i64::try_from(at).unwrap_or(i64::MAX),
        records: (0..events).map(|event| record((at * events + event) as u128)).collect(),
    }
}

pub(crate) fn seconds(times: &[Duration]) -> f64 {
    times.iter().sum::<Duration>().as_secs_f64()
}

/// The middle one; of an even number, the upper middle.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A line of this process's status, such as `VmRSS:`, in MiB. Only where the system tells.
pub(crate) fn memory_mib(line: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let value = status.lines().find_map(|told| told.strip_prefix(line))?;
    Some(value.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1_024.0)
}
