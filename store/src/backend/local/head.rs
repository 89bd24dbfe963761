//! HEAD: a durable lower bound of what was acknowledged, outside both copies.
//!
//! Two slots of one sector each are written in turn, so a torn write leaves the other one whole.
//! It is written at most every `head_interval` and once the writer rests, not with each commit:
//! the journal is the truth, and HEAD only has to make a journal *and* an index that are both
//! shorter than it impossible to open. Until it catches up, a later group in the journal is proof
//! of the one before (see `segment`), so it can only be late for the very last group.
//!
//! ```text
//! slot = "lzhead" | format u8 = 1 | "\n" | counter u64 | epoch u32 | standing [64]
//!      | CRC32C of the 84 bytes before
//! ```
//!
//! Every format keeps the first eight bytes and the place of the checksum, so that a newer one is
//! told from damage. Damage is written over; a newer HEAD never is.

use std::io;
use std::path::Path;

use super::super::standing::Standing;
use crate::disk::{self, Disk, DiskFile, Mode};
use crate::error::OpenError;

pub(crate) const FILE_NAME: &str = "HEAD";
/// The newest format that this release reads, and the one that it writes.
pub(crate) const FORMAT: u8 = 1;
const MAGIC: [u8; 8] = [b'l', b'z', b'h', b'e', b'a', b'd', FORMAT, b'\n'];
/// Where the magic bytes tell the format.
const FORMAT_AT: usize = 6;
pub(crate) const SLOT_BYTES: usize = 88;
/// The slots lie in different sectors.
pub(crate) const SLOT_STEP: usize = 512;

/// What HEAD says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    counter: u64,
    pub(crate) epoch: u32,
    pub(crate) standing: Standing,
}

/// The file as it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Absent,
    /// There, but neither slot is whole.
    Damaged,
    /// A newer release wrote one of its slots, in this format.
    Newer(u8),
    Bound(Bound),
}

/// What one slot says; nothing if it is not whole.
enum Slot {
    Newer(u8),
    Bound(Bound),
}

/// Reads HEAD without changing it.
pub(crate) fn read(disk: &dyn Disk, path: &Path) -> io::Result<Found> {
    let Some(bytes) = disk::read_if_there(disk, path)? else { return Ok(Found::Absent) };
    Ok(parse_file(&bytes))
}

/// Reads the bytes of a HEAD that is there. Never panics, whatever the bytes.
pub(crate) fn parse_file(bytes: &[u8]) -> Found {
    let (mut newest, mut newer) = (None::<Bound>, 0);
    for slot in [parse(bytes), bytes.get(SLOT_STEP..).and_then(parse)].into_iter().flatten() {
        match slot {
            Slot::Newer(format) => newer = newer.max(format),
            Slot::Bound(bound) if newest.is_some_and(|found| bound.counter < found.counter) => {}
            Slot::Bound(bound) => newest = Some(bound),
        }
    }
    // A newer release writes its slots in turn too, so one of ours may still stand beside them.
    match newest {
        _ if newer > 0 => Found::Newer(newer),
        Some(bound) => Found::Bound(bound),
        None => Found::Damaged,
    }
}

fn parse(bytes: &[u8]) -> Option<Slot> {
    let slot = bytes.first_chunk::<SLOT_BYTES>()?;
    let format = slot[FORMAT_AT];
    let mut magic = MAGIC;
    magic[FORMAT_AT] = format;
    if slot[..8] != magic || slot[84..] != crc32c::crc32c(&slot[..84]).to_le_bytes() {
        return None;
    }
    if format > FORMAT {
        return Some(Slot::Newer(format));
    }
    if format != FORMAT {
        return None;
    }
    Some(Slot::Bound(Bound {
        counter: u64::from_le_bytes(*slot[8..].first_chunk()?),
        epoch: u32::from_le_bytes(*slot[16..].first_chunk()?),
        standing: Standing::from_bytes(&slot[20..84])?,
    }))
}

/// Why a HEAD of a newer format cannot be opened.
pub(crate) fn too_new(path: &Path, format: u8) -> OpenError {
    let (version, newest) = (format.into(), FORMAT.into());
    OpenError::UnknownVersion { path: path.to_owned(), version, newest }
}

impl Bound {
    /// The bytes of a slot that says this.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut slot = Vec::with_capacity(SLOT_BYTES);
        slot.extend_from_slice(&MAGIC);
        slot.extend_from_slice(&self.counter.to_le_bytes());
        slot.extend_from_slice(&self.epoch.to_le_bytes());
        slot.extend_from_slice(&self.standing.to_bytes());
        slot.extend_from_slice(&crc32c::crc32c(&slot).to_le_bytes());
        slot
    }
}

/// HEAD, open for writing.
#[derive(Debug)]
pub(crate) struct HeadFile {
    file: Box<dyn DiskFile>,
    counter: u64,
    epoch: u32,
}

impl HeadFile {
    /// Opens the file, making it if needed. Nothing is durable before `write`. A file of a newer
    /// format is refused.
    pub(crate) fn open(
        disk: &dyn Disk,
        path: &Path,
        found: Found,
        epoch: u32,
    ) -> io::Result<HeadFile> {
        let counter = if let Found::Bound(bound) = found { bound.counter } else { 0 };
        let file = match found {
            Found::Absent => disk::write_new(disk, path, &[])?,
            Found::Newer(format) => return Err(io::Error::other(too_new(path, format))),
            Found::Damaged | Found::Bound(_) => disk.open(path, Mode::Write)?,
        };
        Ok(HeadFile { file, counter, epoch })
    }

    /// Writes the slot that is not the newest, and syncs.
    pub(crate) fn write(&mut self, standing: Standing) -> io::Result<()> {
        self.counter += 1;
        let slot = Bound { counter: self.counter, epoch: self.epoch, standing }.to_bytes();
        let at = if self.counter.is_multiple_of(2) { 0 } else { SLOT_STEP as u64 };
        self.file.write_at(at, &slot)?;
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::real::RealDisk;
    use crate::position::{Hash32, Head, Seq};

    #[test]
    fn one_torn_slot_leaves_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        assert_eq!(read(&RealDisk, &path).unwrap(), Found::Absent);
        let mut head = HeadFile::open(&RealDisk, &path, Found::Absent, 1).unwrap();
        assert_eq!(read(&RealDisk, &path).unwrap(), Found::Damaged);
        let standing = |seq| Standing {
            head: Head { seq: Seq::new(seq), hash: Hash32::new([1; 32]) },
            ..Standing::default()
        };
        let seq = |path| match read(&RealDisk, path).unwrap() {
            Found::Bound(bound) => bound.standing.head.seq.get(),
            other => panic!("{other:?}"),
        };
        for at in 1..=5 {
            head.write(standing(at)).unwrap();
            assert_eq!(seq(&path), at);
        }
        let whole = std::fs::read(&path).unwrap();
        let newest = if seq(&path) % 2 == 0 { 0 } else { SLOT_STEP };
        for at in 0..SLOT_BYTES {
            let mut torn = whole.clone();
            torn[newest + at] ^= 0x10;
            std::fs::write(&path, torn).unwrap();
            assert_eq!(seq(&path), 4, "byte {at}");
        }
        std::fs::write(&path, &whole[..SLOT_BYTES - 1]).unwrap();
        assert_eq!(read(&RealDisk, &path).unwrap(), Found::Damaged);
        // Reopening goes on counting, so the older slot is the next to be written.
        std::fs::write(&path, &whole).unwrap();
        let mut again =
            HeadFile::open(&RealDisk, &path, read(&RealDisk, &path).unwrap(), 1).unwrap();
        again.write(standing(6)).unwrap();
        assert_eq!(seq(&path), 6);
    }
}
