//! A copy of the journal elsewhere, which may be brought up again and again.
//!
//! The backup is a folder of the same form, without the index: segments, HEAD and `BACKUP.json`.
//! Segments are copied in the form that they have; a finished one that is there already is left
//! alone. Files get their names when they are whole, HEAD comes after the segments, and the manifest
//! last, so a backup that is stopped at any point is the earlier one, or was never finished.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::manifest::{self, Manifest, UNFINISHED};
use super::source::{Piece, Source};
use super::{ArchiveError, Carried, Watch, told};
use crate::backend::Standing;
use crate::backend::local::content;
use crate::backend::local::head::{self, Found, HeadFile};
use crate::backend::local::journal::{self, Segment};
use crate::backend::local::lock::FolderLock;
use crate::disk::real::RealDisk;
use crate::disk::{self, Disk as _};
use crate::folder::FolderReader;
use crate::position::{Head, Seq};

/// Copies the log in a folder to another folder, up to where it is durable now, whoever may be
/// writing to it: no lock of it is taken. What is copied is checked, commit by commit. `taken_at` is
/// the time that the manifest tells.
///
/// A folder that holds an earlier backup of the same log gets what is new. Tokens and settings are no
/// part of the log.
///
/// # Errors
///
/// Fails if the log is damaged, if the target holds something else than an earlier backup of it, or
/// when asked to stop. An earlier backup is then as it was.
pub fn backup(
    folder: &Path,
    target: &Path,
    taken_at: &str,
    watch: Watch<'_>,
) -> Result<Carried, ArchiveError> {
    let earlier = earlier(target)?;
    disk::create_dir(&RealDisk, target).map_err(ArchiveError::io(target))?;
    let journal = target.join(journal::FOLDER_NAME);
    if earlier.is_none() {
        // From here on the folder can be told from one that holds something else.
        Manifest::new(false, Head::EMPTY, 0, 0, taken_at).write(target)?;
    }
    let _lock = FolderLock::exclusive(target)?;
    disk::create_dir(&RealDisk, &journal).map_err(ArchiveError::io(&journal))?;
    let mut source = Source::open(folder, Seq::ZERO)?;
    let head_path = target.join(head::FILE_NAME);
    let found = head::read(&RealDisk, &head_path).map_err(ArchiveError::io(&head_path))?;
    let mut known = BTreeSet::new();
    if let Some(manifest) = earlier.filter(|manifest| manifest.complete) {
        known.insert(place(manifest.head(target)?));
    }
    if let Found::Newer(format) = found {
        return Err(head::too_new(&head_path, format).into());
    }
    if let Found::Bound(bound) = found {
        known.insert(place(bound.standing.head));
    }
    let before = known.iter().map(|(seq, _)| Seq::new(*seq)).max().unwrap_or_default();
    must_be_of_one_log(folder, target, source.upto, &known)?;
    let mut copied = 0;
    let mut kept = BTreeSet::new();
    let mut epoch = crate::log::FIRST_EPOCH;
    while let Some(segment) = source.peek().cloned() {
        kept.insert(segment.first);
        if let Some((seal, of)) =
            has(&journal, &segment, &source).map_err(ArchiveError::io(target))?
        {
            epoch = of;
            source.skip(seal);
            told(watch, seal.head.seq)?;
            continue;
        }
        let piece = source.next(&mut |commit, _| told(watch, commit.last()))?;
        let Some(piece) = piece else { break };
        epoch = piece.header.epoch;
        copied += put(&journal, &piece).map_err(ArchiveError::io(&journal))?;
    }
    let standing = source.standing;
    clear(&journal, &kept).map_err(ArchiveError::io(&journal))?;
    HeadFile::open(&RealDisk, &head_path, found, epoch)
        .and_then(|mut head| head.write(standing))
        .map_err(ArchiveError::io(&head_path))?;
    let bytes = disk::bytes_under(&journal);
    Manifest::new(true, standing.head, standing.commits, bytes, taken_at).write(target)?;
    let events = standing.head.seq.get().saturating_sub(before.get());
    Ok(Carried { head: standing.head, commits: standing.commits, events, bytes: copied })
}

/// A head as something that can be sorted.
fn place(head: Head) -> (u64, [u8; 32]) {
    (head.seq.get(), *head.hash.as_bytes())
}

/// Tells what an earlier backup says; refuses a folder that holds something else.
fn earlier(target: &Path) -> Result<Option<Manifest>, ArchiveError> {
    if let Some(manifest) = Manifest::read(target)? {
        return Ok(Some(manifest));
    }
    let mut entries = match fs::read_dir(target) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ArchiveError::io(target)(error)),
    };
    match entries.next() {
        None => Ok(None),
        Some(_) => Err(manifest::no_backup(
            target,
            format!("it is not empty and has no {}; name a new folder", manifest::FILE_NAME),
        )),
    }
}

/// Makes sure that every head the backup knows is a place in the log.
fn must_be_of_one_log(
    folder: &Path,
    target: &Path,
    upto: Head,
    known: &BTreeSet<(u64, [u8; 32])>,
) -> Result<(), ArchiveError> {
    let diverged = |what: String| ArchiveError::Diverged { path: target.to_owned(), what };
    for (seq, hash) in known.iter().filter(|(seq, _)| *seq > 0) {
        if *seq > upto.seq.get() {
            return Err(diverged(format!("it goes to event {seq}, and the log to {}", upto.seq)));
        }
        let mut reader = FolderReader::open(folder, Seq::new(seq - 1));
        let commit = reader.read_next()?;
        let same = commit.is_some_and(|commit| place(commit.head()) == (*seq, *hash));
        if !same {
            return Err(diverged(format!("at event {seq} the log holds another commit")));
        }
    }
    Ok(())
}

/// Tells the seal and the epoch of a finished segment that the backup has already.
fn has(
    journal: &Path,
    segment: &Segment,
    source: &Source,
) -> std::io::Result<Option<(Standing, u32)>> {
    let own = content::ends(&RealDisk, segment)?;
    let path = journal::path_of(journal, segment.first);
    let there = match content::ends(&RealDisk, &Segment { first: segment.first, path }) {
        Ok(there) => there,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let (Ok(header), Ok(copied)) = (own.header, there.header) else { return Ok(None) };
    let follows = header.first == source.standing.head.seq.next()
        && header.prev_hash == source.standing.head.hash;
    let same = follows && header == copied && own.seal == there.seal;
    Ok(own
        .seal
        .filter(|seal| same && seal.head.seq <= source.upto.seq)
        .map(|seal| (seal, header.epoch)))
}

/// Writes a segment, and tells how many bytes that were. The other form goes after it.
fn put(journal: &Path, piece: &Piece) -> std::io::Result<u64> {
    let original = journal::path_of(journal, piece.segment.first);
    let (path, bytes) = match piece.packed_file() {
        Some(file) => (content::other_form(&original), &file[..]),
        None => (original, piece.raw()),
    };
    manifest::replace(&path, bytes)?;
    let other = content::other_form(&path);
    if other.exists() {
        fs::remove_file(other)?;
        RealDisk.sync_dir(journal)?;
    }
    Ok(bytes.len() as u64)
}

/// Removes what a stopped backup left half-written, and segments that begin inside others: opening a
/// backup as a log begins one.
fn clear(journal: &Path, kept: &BTreeSet<Seq>) -> std::io::Result<()> {
    for segment in journal::list(&RealDisk, journal)? {
        if !kept.contains(&segment.first) {
            fs::remove_file(segment.path)?;
        }
    }
    for entry in fs::read_dir(journal)? {
        let path = entry?.path();
        if path.to_str().is_some_and(|path| path.ends_with(UNFINISHED)) {
            fs::remove_file(path)?;
        }
    }
    RealDisk.sync_dir(journal)
}
