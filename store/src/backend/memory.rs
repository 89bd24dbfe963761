//! A log that lives as long as the process: for tests and for trying things out. It keeps the same
//! encoded bytes as the local backend, so that reading runs the same checks.

use std::collections::{BTreeMap, HashMap};
use std::sync::{PoisonError, RwLock};

use bytes::Bytes;

use super::Prepared;
use crate::commit::CommitId;
use crate::error::ReadError;
use crate::position::{Hash32, Seq};

#[derive(Debug, Default)]
pub(crate) struct Memory {
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    closed: bool,
    commits: Vec<Place>,
    ids: HashMap<CommitId, Seq>,
    keys: HashMap<String, (Hash32, Seq)>,
    entities: BTreeMap<[u8; 16], Vec<Seq>>,
}

#[derive(Debug)]
struct Place {
    first: Seq,
    recorded_at_ms: i64,
    bytes: Bytes,
}

impl Memory {
    pub(crate) fn write(&self, group: &[Prepared]) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        for Prepared { commit, bytes, content } in group {
            let (first, recorded_at_ms) = (commit.first, commit.recorded_at_ms);
            kept.ids.insert(commit.id, first);
            if let (Some(key), Some(content)) = (&commit.idempotency_key, content) {
                kept.keys.insert(key.clone(), (*content, first));
            }
            for (record, seq) in commit.records.iter().zip(first.get()..) {
                for key in &record.keys {
                    let seqs = kept.entities.entry(*key).or_default();
                    if seqs.last() != Some(&Seq::new(seq)) {
                        seqs.push(Seq::new(seq));
                    }
                }
            }
            kept.commits.push(Place { first, recorded_at_ms, bytes: bytes.clone() });
        }
    }

    pub(crate) fn close(&self) {
        self.kept.write().unwrap_or_else(PoisonError::into_inner).closed = true;
    }

    pub(crate) fn batch(&self, at: Seq, max_bytes: usize) -> Result<Vec<Bytes>, ReadError> {
        self.look(|kept| {
            let after = kept.commits.partition_point(|place| place.first <= at);
            let mut bytes = 0;
            let places = kept.commits.iter().skip(after.saturating_sub(1));
            let within = places.take_while(|place| {
                let before = bytes;
                bytes += place.bytes.len();
                before == 0 || bytes <= max_bytes
            });
            within.map(|place| place.bytes.clone()).collect()
        })
    }

    pub(crate) fn find_id(&self, id: CommitId) -> Result<Option<Seq>, ReadError> {
        self.look(|kept| kept.ids.get(&id).copied())
    }

    pub(crate) fn find_key(&self, key: &str) -> Result<Option<(Hash32, Seq)>, ReadError> {
        self.look(|kept| kept.keys.get(key).copied())
    }

    pub(crate) fn events_of(&self, key: [u8; 16]) -> Result<Vec<Seq>, ReadError> {
        self.look(|kept| kept.entities.get(&key).cloned().unwrap_or_default())
    }

    pub(crate) fn first_after(&self, at_ms: i64) -> Result<Option<Seq>, ReadError> {
        self.look(|kept| {
            let later = kept.commits.partition_point(|place| place.recorded_at_ms <= at_ms);
            kept.commits.get(later).map(|place| place.first)
        })
    }

    fn look<T>(&self, question: impl FnOnce(&Kept) -> T) -> Result<T, ReadError> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        if kept.closed { Err(ReadError::Closed) } else { Ok(question(&kept)) }
    }
}
