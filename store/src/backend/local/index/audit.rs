//! What `verify --deep` asks of the index: its entries as they are stored, not as answers.

use std::ops::Bound;

use super::entities::{Pair, RunPair};
use super::{Index, Refused, seq_of, time_of, told};
use crate::commit::CommitId;
use crate::position::{Hash32, Seq};
use sled::Tree;

/// How many entries are fetched at a time.
const PAGE_ENTRIES: usize = 4_096;

/// The entries about entities, as they were at one moment: later runs begin behind these.
#[derive(Debug)]
pub(crate) struct EntityEntries {
    /// The first event of each run.
    pub(crate) runs: Vec<Seq>,
    /// What is not in a run yet.
    pub(crate) waiting: Vec<Pair>,
}

/// An entry that says where a commit is: the key, and the first event that it names.
#[derive(Debug)]
pub(crate) struct Pointer {
    pub(crate) key: Vec<u8>,
    pub(crate) content: Option<Hash32>,
    pub(crate) first: Seq,
}

/// Entries that point to commits, by what finds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pointers {
    Ids,
    Keys,
}

impl Pointer {
    /// Tells whether it is the entry of this id.
    pub(crate) fn is_of_id(&self, id: CommitId) -> bool {
        self.key == id.uuid().as_bytes()
    }

    /// Tells whether it is the entry of this idempotency key.
    pub(crate) fn is_of_key(&self, key: &str) -> bool {
        self.key == super::key_hash(key)
    }
}

impl Index {
    pub(crate) fn entity_entries(&self) -> Result<EntityEntries, Refused> {
        self.look(|trees| {
            let (runs, waiting) = trees.entities.snapshot();
            Ok(EntityEntries { runs, waiting })
        })
    }

    /// Reads what a run holds.
    pub(crate) fn run(&self, run: Seq) -> Result<Vec<RunPair>, Refused> {
        self.look(|trees| trees.entities.run(run))
    }

    /// Reads some of the times and the events that have an entry for them, in order, behind
    /// `after`; none at the end.
    pub(crate) fn times(&self, after: Option<(i64, Seq)>) -> Result<Vec<(i64, Seq)>, Refused> {
        self.look(|trees| {
            let from = after.map(|(ms, first)| super::time_key(ms, first));
            page(&trees.time, from.as_ref().map(<[u8; 16]>::as_slice), |key, _| {
                let time = time_of(key).ok_or_else(|| "a time has a short entry".to_owned())?;
                Ok((time, seq_of(key.get(8..).unwrap_or_default())?))
            })
        })
    }

    /// Reads some of the entries that point to commits, behind a key; none at the end.
    pub(crate) fn pointers(
        &self,
        which: Pointers,
        after: Option<&[u8]>,
    ) -> Result<Vec<Pointer>, Refused> {
        self.look(|trees| match which {
            Pointers::Ids => page(&trees.commits, after, |key, value| {
                Ok(Pointer { key: key.to_vec(), content: None, first: seq_of(value)? })
            }),
            Pointers::Keys => page(&trees.keys, after, |key, value| {
                let Some((content, first)) = value.split_first_chunk::<32>() else {
                    return Err("an idempotency key has a short entry".to_owned());
                };
                let content = Some(Hash32::new(*content));
                Ok(Pointer { key: key.to_vec(), content, first: seq_of(first)? })
            }),
        })
    }

    /// Counts the files into which sled put values that it found too large. There must be none: it
    /// never syncs them.
    pub(crate) fn blob_files(&self) -> usize {
        // A folder that cannot be listed is one that sled cannot read values from either.
        std::fs::read_dir(self.folder.join("blobs")).map_or(0, Iterator::count)
    }
}

fn page<T>(
    tree: &Tree,
    after: Option<&[u8]>,
    read: impl Fn(&[u8], &[u8]) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    let entries = tree.range::<&[u8], _>((from, Bound::Unbounded)).take(PAGE_ENTRIES);
    let read = entries.map(|entry| entry.map_err(told).and_then(|(key, value)| read(&key, &value)));
    read.collect()
}
