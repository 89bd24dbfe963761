//! Which events touch an entity.
//!
//! sled takes about 100,000 entries a second whatever their size, so one entry per event and
//! entity would be the slowest part of an append. Pairs (entity, event) wait in memory and are
//! written in runs, one entry for each of 512 buckets:
//!
//! ```text
//! key   = first event of the run u64 ++ bucket u16 ++ chunk u16      big-endian
//! value = (entity [16] ++ event u64)*                                big-endian
//! ```
//!
//! Runs come one after the other in sled's order, so writing one touches few pages. What waits is
//! lost when the process ends and found again in the blocks at the next open: `meta` says how far
//! the runs go. A run may be written twice, with another end; its pairs are facts all the same and
//! are made unique on reading. Finding an entity reads its bucket in every run, about one
//! five-hundredth of all pairs.

use std::sync::{PoisonError, RwLock};

use sled::{Batch, Tree};

use super::chunks::MAX_CHUNK_BYTES;
use crate::commit::Commit;
use crate::position::Seq;

/// Pairs that wait before a run is written; also events without any pair, so that little has to be
/// read again after a crash. A group may go over it.
const MAX_WAITING: usize = 1 << 16;
const BUCKETS: u16 = 1 << 9;
const PAIR_BYTES: usize = 24;
const PAIRS_PER_CHUNK: usize = MAX_CHUNK_BYTES / PAIR_BYTES;

/// An entity and an event that touches it.
pub(crate) type Pair = ([u8; 16], Seq);

/// A pair as a run holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunPair {
    pub(crate) pair: Pair,
    /// It lies where a search for its entity looks.
    pub(crate) is_in_place: bool,
}

#[derive(Debug)]
pub(super) struct Entities {
    tree: Tree,
    waiting: RwLock<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    pairs: Vec<Pair>,
    /// The runs that are written, by their first event.
    runs: Vec<Seq>,
    /// The last event whose pairs are written.
    written: Seq,
    /// The last event that was added.
    added: Seq,
}

impl Entities {
    pub(super) fn new(tree: Tree) -> Result<Entities, String> {
        let mut runs = Vec::new();
        let mut next = Seq::ZERO;
        while let Some(entry) = tree.range(run_key(next, 0, 0)..).next() {
            let (key, _) = entry.map_err(super::told)?;
            let run = super::seq_of(key.get(..8).unwrap_or_default())?;
            runs.push(run);
            next = run.next();
        }
        let waiting = Waiting { runs, ..Waiting::default() };
        Ok(Entities { tree, waiting: RwLock::new(waiting) })
    }

    /// Begins after the last event whose pairs are written.
    pub(super) fn start(&self, written: Seq) {
        let mut waiting = self.waiting.write().unwrap_or_else(PoisonError::into_inner);
        waiting.pairs.clear();
        (waiting.written, waiting.added) = (written, written);
    }

    pub(super) fn add(&self, commit: &Commit) {
        let mut waiting = self.waiting.write().unwrap_or_else(PoisonError::into_inner);
        for (record, seq) in commit.records.iter().zip(commit.first.get()..) {
            waiting.pairs.extend(record.keys.iter().map(|key| (*key, Seq::new(seq))));
        }
        waiting.added = commit.last();
    }

    /// Tells whether enough waits for a run.
    pub(super) fn many_wait(&self) -> bool {
        let waiting = self.waiting.read().unwrap_or_else(PoisonError::into_inner);
        let events = waiting.added.get().saturating_sub(waiting.written.get());
        waiting.pairs.len() >= MAX_WAITING || events >= MAX_WAITING as u64
    }

    /// Writes all that waits. Returns how far the runs go then.
    pub(super) fn write_all(&self) -> Result<Option<Seq>, String> {
        let waiting = self.waiting.read().unwrap_or_else(PoisonError::into_inner);
        if waiting.added == waiting.written {
            return Ok(None);
        }
        let (run, upto) = (waiting.written.next(), waiting.added);
        let mut pairs = waiting.pairs.clone();
        drop(waiting);
        pairs.sort_unstable_by_key(|(key, seq)| (bucket(key), *seq, *key));
        pairs.dedup();
        let mut batch = Batch::default();
        for of_bucket in pairs.chunk_by(|(one, _), (other, _)| bucket(one) == bucket(other)) {
            for (chunk, piece) in (0_u16..).zip(of_bucket.chunks(PAIRS_PER_CHUNK)) {
                let mut value = Vec::with_capacity(piece.len() * PAIR_BYTES);
                for (key, seq) in piece {
                    value.extend_from_slice(key);
                    value.extend_from_slice(&seq.get().to_be_bytes());
                }
                batch.insert(&run_key(run, bucket(&piece[0].0), chunk), value);
            }
        }
        self.tree.apply_batch(batch).map_err(super::told)?;
        // In one step, so that a reader finds each pair in one place or the other. Only the writer
        // adds, and it waits for this, so nothing came in meanwhile.
        let mut waiting = self.waiting.write().unwrap_or_else(PoisonError::into_inner);
        waiting.pairs.clear();
        (waiting.written, waiting.added) = (upto, upto);
        if waiting.runs.last() != Some(&run) {
            waiting.runs.push(run);
        }
        Ok(Some(upto))
    }

    /// Finds the events of an entity, ascending.
    pub(super) fn find(&self, key: [u8; 16]) -> Result<Vec<Seq>, String> {
        let waiting = self.waiting.read().unwrap_or_else(PoisonError::into_inner);
        let of_key = waiting.pairs.iter().filter(|(entity, _)| *entity == key);
        let mut seqs: Vec<Seq> = of_key.map(|(_, seq)| *seq).collect();
        let runs = waiting.runs.clone();
        drop(waiting);
        let bucket = bucket(&key);
        for run in runs {
            let of_bucket = run_key(run, bucket, 0)..=run_key(run, bucket, u16::MAX);
            for entry in self.tree.range(of_bucket) {
                let (_, value) = entry.map_err(super::told)?;
                let of_key = pairs_of(&value)?.filter(|(entity, _)| *entity == key);
                seqs.extend(of_key.map(|(_, seq)| seq));
            }
        }
        seqs.sort_unstable();
        seqs.dedup();
        Ok(seqs)
    }

    /// Tells the runs, and what waits to be in one, both at one moment.
    pub(super) fn snapshot(&self) -> (Vec<Seq>, Vec<Pair>) {
        let waiting = self.waiting.read().unwrap_or_else(PoisonError::into_inner);
        (waiting.runs.clone(), waiting.pairs.clone())
    }

    /// Reads all that a run holds.
    pub(super) fn run(&self, run: Seq) -> Result<Vec<RunPair>, String> {
        let mut all = Vec::new();
        for entry in self.tree.range(run_key(run, 0, 0)..=run_key(run, u16::MAX, u16::MAX)) {
            let (key, value) = entry.map_err(super::told)?;
            let of = key.get(8..10).and_then(|bytes| bytes.first_chunk().copied());
            let of = of.map(u16::from_be_bytes);
            all.extend(
                pairs_of(&value)?
                    .map(|pair| RunPair { pair, is_in_place: of == Some(bucket(&pair.0)) }),
            );
        }
        Ok(all)
    }
}

/// Reads the pairs of one entry.
fn pairs_of(value: &[u8]) -> Result<impl Iterator<Item = Pair> + '_, String> {
    let (pairs, rest) = value.as_chunks::<PAIR_BYTES>();
    if !rest.is_empty() {
        return Err("a run of entities is cut".to_owned());
    }
    Ok(pairs.iter().map(|pair| {
        let (mut entity, mut seq) = ([0; 16], [0; 8]);
        entity.copy_from_slice(&pair[..16]);
        seq.copy_from_slice(&pair[16..]);
        (entity, Seq::new(u64::from_be_bytes(seq)))
    }))
}

/// Entity keys may share a beginning (a kind, a time), so the bucket comes from a hash.
fn bucket(key: &[u8; 16]) -> u16 {
    // FNV-1a: any spread will do, but it must never change, for the runs on disk rest on it.
    let hash = key
        .iter()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    let folded = (hash >> 16) ^ (hash & 0xffff);
    u16::try_from(folded % u32::from(BUCKETS)).unwrap_or_default()
}

fn run_key(run: Seq, bucket: u16, chunk: u16) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&run.get().to_be_bytes());
    key[8..10].copy_from_slice(&bucket.to_be_bytes());
    key[10..].copy_from_slice(&chunk.to_be_bytes());
    key
}
