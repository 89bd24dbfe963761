//! The queryable copy: sled, behind the journal.
//!
//! | tree | key | value |
//! |---|---|---|
//! | `blocks` | first event u64 ++ chunk u16 | a piece of some stored commits, zstd |
//! | `commits` | commit id | first event u64 |
//! | `keys` | BLAKE3 of an idempotency key | content hash ++ first event u64 |
//! | `entities` | see `entities` | |
//! | `time` | recorded ms ++ first event u64 | nothing; one entry for each ms that occurs |
//! | `meta` | `format`, `standing`, `entities` | |
//!
//! Numbers in keys are big-endian, so that sled's byte order is theirs. Rules, each because of
//! something that sled 0.34.7 does:
//! 1. sled is never the only copy. Its `flush` is no power-loss barrier on Linux, and one changed
//!    bit can make it open shorter without a word; so `standing` says how far it should go, and the
//!    journal brings it there.
//! 2. No value passes 4 KiB: a page over a quarter of a segment goes to a file that is never
//!    synced. A leaf holds at most 16 entries, so a page stays under 70 KiB, and a quarter of a
//!    segment is 128 KiB.
//! 3. Every call runs where a panic is caught; a panic on a thread of sled's own is listened for; and
//!    what may wait for those threads waits only so long. After either the index answers nothing any
//!    more and is marked, so that the next opening sets it aside and builds it anew.
//! 4. `standing` is written last. Applying a commit again changes nothing (but for blocks, which are
//!    removed first), so a crash between the trees is mended by applying from `standing` on.

use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use sled::{Batch, Db, Mode, Tree};

use super::super::Prepared;
use super::super::standing::Standing;
use super::LocalOptions;
use crate::commit::{Commit, CommitId};
use crate::disk::{self, Disk};
use crate::position::{Hash32, Seq};

mod audit;
mod chunks;
mod containment;
mod entities;
mod health;

pub(crate) use audit::{Pointer, Pointers};
pub(crate) use chunks::Packed;
pub(crate) use containment::wait_until_free;
use containment::{bounded, contained};
use entities::Entities;
pub(crate) use entities::Pair;
use health::Health;
pub(crate) use health::MARK_NAME;

/// How every error begins that means a full disk, so that it is not taken for damage.
pub(crate) const DISK_FULL: &str = "the disk is full";
/// sled reads its newest part when it opens, which is slow on a slow disk, but not so slow.
const MAX_OPENING: Duration = Duration::from_secs(600);
/// What sled has not written is at most some tens of MiB.
const MAX_FLUSHING: Duration = Duration::from_secs(60);
/// Written into it as decimal digits.
pub(crate) const FORMAT: u16 = 1;
/// sled keeps a whole batch's pages in memory, so batches are cut.
const MAX_BATCH_ENTRIES: usize = 1_000;

/// The index of an open log. Every error is what went wrong, in words.
#[derive(Debug)]
pub(crate) struct Index {
    disk: Arc<dyn Disk>,
    health: Health,
    folder: PathBuf,
    trees: RwLock<Option<Trees>>,
    compressor: Mutex<chunks::Compressor>,
}

#[derive(Debug)]
struct Trees {
    db: Db,
    blocks: Tree,
    commits: Tree,
    keys: Tree,
    time: Tree,
    /// The newest time that has an entry.
    newest_ms: AtomicI64,
    meta: Tree,
    entities: Entities,
}

/// Why the index gave no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The log was closed.
    Closed,
    /// What sled said, or what is wrong with what it holds.
    Failed(String),
}

impl Index {
    /// Opens the index, making it if needed.
    pub(crate) fn open(
        disk: Arc<dyn Disk>,
        folder: &Path,
        options: &LocalOptions,
    ) -> Result<Index, String> {
        let health = Health::new(Arc::clone(&disk), folder.to_owned());
        let config = sled::Config::new().path(folder).mode(Mode::HighThroughput);
        let config = config.cache_capacity(options.index_cache_bytes);
        let trees = bounded(MAX_OPENING, move || {
            let db = config.open().map_err(told)?;
            let tree = |name: &str| db.open_tree(name).map_err(told);
            let meta = tree("meta")?;
            let format = FORMAT.to_string();
            let format = format.as_bytes();
            match meta.get("format").map_err(told)? {
                Some(found) if found == format => {}
                None if !db.was_recovered() || meta.is_empty() => {
                    meta.insert("format", format).map_err(told)?;
                }
                other => return Err(format!("it has the unknown format {other:?}")),
            }
            let entities = Entities::new(tree("entities")?)?;
            let time = tree("time")?;
            let newest = time.last().map_err(told)?.and_then(|(key, _)| time_of(&key));
            Ok(Trees {
                blocks: tree("blocks")?,
                commits: tree("commits")?,
                keys: tree("keys")?,
                // With no entry at all, the first commit makes one whatever its time.
                newest_ms: AtomicI64::new(newest.unwrap_or(i64::MIN)),
                time,
                meta,
                entities,
                db,
            })
        })?;
        let index = Index {
            disk,
            health,
            folder: folder.to_owned(),
            trees: RwLock::new(Some(trees)),
            compressor: Mutex::new(chunks::Compressor::new()?),
        };
        index.catch_up_entities()?;
        Ok(index)
    }

    /// Tells how far the index goes.
    pub(crate) fn standing(&self) -> Result<Standing, String> {
        let look = self.look(|trees| match trees.meta.get("standing").map_err(told)? {
            None => Ok(Standing::default()),
            Some(bytes) => Standing::from_bytes(&bytes)
                .ok_or_else(|| "its standing has an unknown shape".to_owned()),
        });
        look.map_err(Refused::told)
    }

    /// Compresses commits that follow each other. Touches nothing that is stored, so it can run
    /// while the journal is being synced.
    pub(crate) fn pack(&self, group: &[Prepared]) -> Result<Vec<Packed>, String> {
        self.compressor.lock().unwrap_or_else(PoisonError::into_inner).pack(group)
    }

    /// Adds commits that follow each other; `standing` is that after the last of them.
    pub(crate) fn apply(
        &self,
        group: &[Prepared],
        packed: Vec<Packed>,
        standing: Standing,
    ) -> Result<(), String> {
        let look = self.look(|trees| {
            let mut blocks = Cut::new(&trees.blocks);
            for Packed { first, pieces } in packed {
                for (chunk, piece) in (0_u16..).zip(pieces) {
                    blocks.insert(&chunks::key(first, chunk), piece)?;
                }
            }
            let mut commits = Cut::new(&trees.commits);
            let mut keys = Cut::new(&trees.keys);
            let mut time = Cut::new(&trees.time);
            for Prepared { commit, content, .. } in group {
                let first = commit.first.get().to_be_bytes();
                commits.insert(commit.id.uuid().as_bytes(), first.to_vec())?;
                if let (Some(key), Some(content)) = (&commit.idempotency_key, content) {
                    keys.insert(&key_hash(key), [&content.as_bytes()[..], &first].concat())?;
                }
                let ms = commit.recorded_at_ms;
                if trees.newest_ms.swap(ms, Ordering::Relaxed) != ms || commit.first == Seq::new(1)
                {
                    time.insert(&time_key(ms, commit.first), Vec::new())?;
                }
            }
            [blocks, commits, keys, time].into_iter().try_for_each(Cut::finish)?;
            for Prepared { commit, .. } in group {
                trees.entities.add(commit);
            }
            trees.meta.insert("standing", &standing.to_bytes()[..]).map_err(told)?;
            Ok(())
        });
        look.map_err(Refused::told)
    }

    /// Removes what a crash left behind the standing, before commits are applied again.
    pub(crate) fn remove_leftovers(&self, standing: Standing) -> Result<(), String> {
        let look = self.look(|trees| chunks::remove_after(&trees.blocks, standing.head.seq));
        look.map_err(Refused::told)
    }

    /// See `Backend::batch`.
    pub(crate) fn batch(&self, at: Seq, max_bytes: usize) -> Result<Vec<Bytes>, Refused> {
        self.look(|trees| chunks::read(&trees.blocks, at, max_bytes))
    }

    pub(crate) fn find_id(&self, id: CommitId) -> Result<Option<Seq>, Refused> {
        self.look(|trees| {
            let found = trees.commits.get(id.uuid().as_bytes()).map_err(told)?;
            found.map(|value| seq_of(&value)).transpose()
        })
    }

    pub(crate) fn find_key(&self, key: &str) -> Result<Option<(Hash32, Seq)>, Refused> {
        self.look(|trees| {
            let Some(value) = trees.keys.get(key_hash(key)).map_err(told)? else { return Ok(None) };
            match value.split_first_chunk::<32>() {
                Some((content, first)) => Ok(Some((Hash32::new(*content), seq_of(first)?))),
                None => Err("an idempotency key has a short entry".to_owned()),
            }
        })
    }

    pub(crate) fn events_of(&self, key: [u8; 16]) -> Result<Vec<Seq>, Refused> {
        self.look(|trees| trees.entities.find(key))
    }

    /// See `Backend::first_after`.
    pub(crate) fn first_after(&self, at_ms: i64) -> Result<Option<Seq>, Refused> {
        self.look(|trees| {
            let later = (Bound::Excluded(time_key(at_ms, Seq::new(u64::MAX))), Bound::Unbounded);
            let entry = trees.time.range(later).next().transpose().map_err(told)?;
            entry.map(|(key, _)| seq_of(key.get(8..).unwrap_or_default())).transpose()
        })
    }

    /// Tells whether so much waits to be written that `upkeep` is due.
    pub(crate) fn wants_upkeep(&self) -> bool {
        self.look(|trees| Ok(trees.entities.many_wait())).unwrap_or(false)
    }

    /// Writes what waits. It is of commits that were applied, so this may run beside the writing
    /// of the journal.
    pub(crate) fn upkeep(&self) -> Result<(), String> {
        let look = self.look(|trees| match trees.entities.write_all()? {
            Some(upto) => {
                trees.meta.insert("entities", &upto.get().to_be_bytes()).map(drop).map_err(told)
            }
            None => Ok(()),
        });
        look.map_err(Refused::told)
    }

    /// Makes everything durable. sled's own flush is not enough, but a sync is per file, whoever
    /// has it open.
    pub(crate) fn sync(&self) -> Result<(), String> {
        let folder = &self.folder;
        let look = self.look(|trees| {
            let flushing = trees.db.clone();
            bounded(MAX_FLUSHING, move || flushing.flush().map(drop).map_err(told))?;
            let db = self.disk.open(&folder.join("db"), disk::Mode::Read);
            let synced = db.and_then(|mut db| db.sync_data());
            synced.and_then(|()| self.disk.sync_dir(folder)).map_err(|error| error.to_string())
        });
        look.map_err(Refused::told)
    }

    /// Syncs and lets sled's files go. Later calls answer `Closed`.
    pub(crate) fn close(&self) -> Result<(), String> {
        let synced = self.sync();
        let trees = self.trees.write().unwrap_or_else(PoisonError::into_inner).take();
        // sled works on while it is dropped, so a panic is possible there too.
        let dropped = bounded(MAX_FLUSHING, move || {
            drop(trees);
            Ok(())
        });
        let freed = wait_until_free(&self.folder);
        synced.and(dropped).and(freed)
    }

    /// Notes the entities of the commits that were applied after they were last written down.
    fn catch_up_entities(&self) -> Result<(), String> {
        let written = self.look(|trees| {
            let written = trees.meta.get("entities").map_err(told)?;
            let written = written.map(|value| seq_of(&value)).transpose()?.unwrap_or(Seq::ZERO);
            trees.entities.start(written);
            Ok(written)
        });
        let upto = self.standing()?.head.seq;
        let mut next = written.map_err(Refused::told)?.next();
        while next <= upto {
            let batch = self.batch(next, 1 << 20).map_err(Refused::told)?;
            let before = next;
            for stored in batch {
                let commit = crate::frame::decode(&stored)?;
                if commit.first > upto {
                    return Ok(());
                }
                if commit.first != next {
                    return Err(format!("event {next} is missing"));
                }
                next = commit.last().next();
                self.look(|trees| {
                    trees.entities.add(&commit);
                    Ok(())
                })
                .map_err(Refused::told)?;
            }
            if next == before {
                return Err(format!("event {next} is missing"));
            }
        }
        Ok(())
    }

    fn look<T>(&self, ask: impl FnOnce(&Trees) -> Result<T, String>) -> Result<T, Refused> {
        let trees = self.trees.read().unwrap_or_else(PoisonError::into_inner);
        let trees = trees.as_ref().ok_or(Refused::Closed)?;
        self.health.check().map_err(Refused::Failed)?;
        contained(|| ask(trees)).map_err(|what| {
            self.health.heard(&what);
            Refused::Failed(what)
        })
    }

    /// Tells why the index can be asked no more, if it cannot.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.health.check()
    }
}

impl Refused {
    pub(crate) fn told(self) -> String {
        match self {
            Refused::Closed => "it is closed".to_owned(),
            Refused::Failed(what) => what,
        }
    }
}

/// Makes the entries of a commit that was read back from the journal.
pub(crate) fn prepare(commit: Commit, bytes: Bytes) -> Prepared {
    let key = commit.idempotency_key.as_ref();
    let content = key.map(|_| crate::frame::content_hash(&commit.records));
    Prepared { commit: commit.into(), bytes, content }
}

/// A batch for one tree that is applied in pieces.
struct Cut<'a> {
    tree: &'a Tree,
    batch: Batch,
    entries: usize,
}

impl<'a> Cut<'a> {
    fn new(tree: &'a Tree) -> Cut<'a> {
        Cut { tree, batch: Batch::default(), entries: 0 }
    }

    fn insert(&mut self, key: &[u8], value: Vec<u8>) -> Result<(), String> {
        self.batch.insert(key, value);
        self.entries += 1;
        if self.entries < MAX_BATCH_ENTRIES {
            return Ok(());
        }
        self.entries = 0;
        self.tree.apply_batch(std::mem::take(&mut self.batch)).map_err(told)
    }

    fn finish(self) -> Result<(), String> {
        if self.entries == 0 { Ok(()) } else { self.tree.apply_batch(self.batch).map_err(told) }
    }
}

fn key_hash(key: &str) -> [u8; 32] {
    *blake3::hash(key.as_bytes()).as_bytes()
}

fn time_key(at_ms: i64, first: Seq) -> [u8; 16] {
    // With the sign bit turned, negative times sort before positive ones.
    let at = at_ms.cast_unsigned() ^ (1 << 63);
    let mut key = [0; 16];
    key[..8].copy_from_slice(&at.to_be_bytes());
    key[8..].copy_from_slice(&first.get().to_be_bytes());
    key
}

fn time_of(key: &[u8]) -> Option<i64> {
    let at = u64::from_be_bytes(*key.first_chunk()?);
    Some((at ^ (1 << 63)).cast_signed())
}

fn seq_of(bytes: &[u8]) -> Result<Seq, String> {
    let bytes = <[u8; 8]>::try_from(bytes).map_err(|_| "an entry is not a position".to_owned())?;
    Ok(Seq::new(u64::from_be_bytes(bytes)))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn told(error: sled::Error) -> String {
    match &error {
        sled::Error::Io(io) if disk::is_full(io) => format!("{DISK_FULL}: {error}"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
