//! What was not synced, and what a power cut leaves of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A sector is written whole or not at all.
const SECTOR_BYTES: usize = 512;

/// A file, whatever its names.
pub(super) type FileId = u64;

/// A change of a file's content.
#[derive(Clone, Debug)]
pub(super) enum Write {
    Bytes { at: u64, bytes: Vec<u8> },
    Len(u64),
}

/// A change of a folder's entries, with what undoes it.
#[derive(Debug)]
pub(super) enum Entry {
    MadeDir {
        path: PathBuf,
    },
    Created {
        path: PathBuf,
    },
    Removed {
        path: PathBuf,
        id: FileId,
    },
    Renamed {
        from: PathBuf,
        to: PathBuf,
        replaced: Option<FileId>,
    },
    /// A folder, whose files this disk does not know.
    RenamedDir {
        from: PathBuf,
        to: PathBuf,
    },
}

/// What a power cut took and what it left, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Un-synced writes that reached the disk all the same.
    pub kept: u64,
    /// Un-synced writes of which some sectors reached the disk.
    pub torn: u64,
    /// Un-synced writes that are gone.
    pub dropped: u64,
    /// Un-synced changes of entries that are gone.
    pub entries: u64,
}

#[derive(Debug, Default)]
struct Content {
    durable: Vec<u8>,
    pending: Vec<Write>,
}

/// What is durable of every file that was met, and what is not.
#[derive(Debug, Default)]
pub(super) struct Memory {
    files: BTreeMap<FileId, Content>,
    names: BTreeMap<PathBuf, FileId>,
    /// For each folder, what happened since it was synced.
    entries: BTreeMap<PathBuf, Vec<Entry>>,
    next: FileId,
}

impl Memory {
    /// Takes note of a file; whatever it held before is durable.
    pub(super) fn meet(&mut self, path: &Path) -> io::Result<FileId> {
        if let Some(id) = self.names.get(path) {
            return Ok(*id);
        }
        Ok(self.add(path, fs::read(path)?))
    }

    pub(super) fn create(&mut self, path: &Path) -> FileId {
        let id = self.add(path, Vec::new());
        self.change(path, Entry::Created { path: path.to_owned() });
        id
    }

    fn add(&mut self, path: &Path, durable: Vec<u8>) -> FileId {
        self.next += 1;
        self.files.insert(self.next, Content { durable, pending: Vec::new() });
        self.names.insert(path.to_owned(), self.next);
        self.next
    }

    /// Takes note of a change in the folder of `path`.
    pub(super) fn change(&mut self, path: &Path, entry: Entry) {
        match &entry {
            Entry::Removed { path, .. } => drop(self.names.remove(path)),
            Entry::Renamed { from, to, .. } => {
                if let Some(id) = self.names.remove(from) {
                    self.names.insert(to.clone(), id);
                }
            }
            Entry::MadeDir { .. } | Entry::Created { .. } | Entry::RenamedDir { .. } => {}
        }
        let folder = path.parent().unwrap_or(path).to_owned();
        self.entries.entry(folder).or_default().push(entry);
    }

    /// Prepares for another name; to be called before it is given.
    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<Entry> {
        let (old, new) = (from.to_owned(), to.to_owned());
        if from.is_dir() {
            return Ok(Entry::RenamedDir { from: old, to: new });
        }
        self.meet(from)?;
        let replaced = if to.exists() { Some(self.meet(to)?) } else { None };
        Ok(Entry::Renamed { from: old, to: new, replaced })
    }

    pub(super) fn link(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let id = self.meet(from)?;
        self.names.insert(to.to_owned(), id);
        self.change(to, Entry::Created { path: to.to_owned() });
        Ok(())
    }

    /// Prepares for a removal; to be called before it.
    pub(super) fn remove(&mut self, path: &Path) -> io::Result<Entry> {
        let id = self.meet(path)?;
        Ok(Entry::Removed { path: path.to_owned(), id })
    }

    pub(super) fn write(&mut self, id: FileId, write: Write) {
        if let Some(content) = self.files.get_mut(&id) {
            content.pending.push(write);
        }
    }

    /// Changes what is durable, as a fault of the disk does.
    pub(super) fn spoil(&mut self, path: &Path, write: &Write) {
        if let Some(content) = self.names.get(path).and_then(|id| self.files.get_mut(id)) {
            apply(&mut content.durable, write);
        }
    }

    pub(super) fn sync(&mut self, id: FileId) {
        if let Some(content) = self.files.get_mut(&id) {
            for write in std::mem::take(&mut content.pending) {
                apply(&mut content.durable, &write);
            }
        }
    }

    pub(super) fn sync_dir(&mut self, folder: &Path) {
        self.entries.remove(folder);
    }

    /// Writes into the real folder what a power cut leaves.
    pub(super) fn lose(mut self, seed: u64) -> io::Result<Lost> {
        let mut chance = Chance { seed };
        let mut lost = Lost::default();
        let mut undone = BTreeSet::new();
        for (_, entries) in std::mem::take(&mut self.entries) {
            // File systems keep the order of entries, so the latest go.
            let keep = match chance.next(2) {
                0 => 0,
                _ => chance.next(entries.len() + 1),
            };
            for entry in entries.into_iter().skip(keep).rev() {
                lost.entries += 1;
                self.undo(entry, &mut undone)?;
            }
        }
        for path in undone.iter().filter(|path| !self.names.contains_key(*path)) {
            match fs::remove_file(path) {
                // It was gone again already when the power went, or its folder is gone.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
        for (path, id) in &self.names {
            let Some(content) = self.files.get_mut(id) else { continue };
            for write in std::mem::take(&mut content.pending) {
                survive(&mut content.durable, &write, &mut chance, &mut lost);
            }
            match fs::write(path, &content.durable) {
                // Its folder's entry is gone, and the file with it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
        Ok(lost)
    }

    /// Undoes a change of names, and takes note of the names that it took away. A file gets its
    /// content only when everything is undone: until then an earlier name of it stands here, and
    /// not in the real folder.
    fn undo(&mut self, entry: Entry, undone: &mut BTreeSet<PathBuf>) -> io::Result<()> {
        match entry {
            Entry::MadeDir { path } => fs::remove_dir_all(path),
            Entry::Created { path } => {
                self.names.remove(&path);
                undone.insert(path);
                Ok(())
            }
            Entry::Removed { path, id } => {
                self.names.insert(path, id);
                Ok(())
            }
            Entry::Renamed { from, to, replaced } => {
                if let Some(id) = self.names.remove(&to) {
                    self.names.insert(from, id);
                }
                if let Some(id) = replaced {
                    self.names.insert(to.clone(), id);
                }
                undone.insert(to);
                Ok(())
            }
            Entry::RenamedDir { from, to } => {
                if from.exists() {
                    fs::remove_dir_all(&from)?;
                }
                fs::rename(to, from)
            }
        }
    }
}

fn apply(content: &mut Vec<u8>, write: &Write) {
    match write {
        Write::Bytes { at, bytes } => put(content, *at, bytes),
        Write::Len(len) => content.resize(usize::try_from(*len).unwrap_or(usize::MAX), 0),
    }
}

fn put(content: &mut Vec<u8>, at: u64, bytes: &[u8]) {
    let begin = usize::try_from(at).unwrap_or(usize::MAX);
    let end = begin.saturating_add(bytes.len());
    if content.len() < end {
        content.resize(end, 0);
    }
    content[begin..end].copy_from_slice(bytes);
}

/// Lets a write reach the disk, or not, or some sectors of it.
fn survive(content: &mut Vec<u8>, write: &Write, chance: &mut Chance, lost: &mut Lost) {
    match (write, chance.next(3)) {
        (_, 0) => lost.dropped += 1,
        (Write::Bytes { at, bytes }, 1) => {
            lost.torn += 1;
            let mut at = *at;
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let in_sector = usize::try_from(at).unwrap_or_default() % SECTOR_BYTES;
                let (sector, after) = rest.split_at(rest.len().min(SECTOR_BYTES - in_sector));
                if chance.next(2) == 0 {
                    put(content, at, sector);
                }
                at += sector.len() as u64;
                rest = after;
            }
        }
        _ => {
            lost.kept += 1;
            apply(content, write);
        }
    }
}

/// Numbers that follow from a seed (splitmix64, Steele et al. 2014).
struct Chance {
    seed: u64,
}

impl Chance {
    /// Tells a number below `below`.
    fn next(&mut self, below: usize) -> usize {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed >> 33).unwrap_or_default() % below.max(1)
    }
}
