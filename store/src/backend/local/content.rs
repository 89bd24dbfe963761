//! The bytes of a segment, whichever form its file has: as it was written (`.seg`) or packed
//! (`.segz`). Every reader comes through here.
//!
//! A segment changes its form while others read: the packed file gets its name before the original
//! loses its own, so whoever finds one of them gone finds the other.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::super::standing::Standing;
use super::journal::Segment;
use super::packed::{self, END_BYTES};
use super::segment::{self, BadHeader, HEADER_BYTES, Header, SEAL_BYTES};
use crate::disk::{self, Disk, Mode};

/// The content of a segment in its original form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    /// The original bytes. Bytes of a packed form that are lost read as zeros, which are no frame.
    pub(crate) bytes: Bytes,
    /// What is wrong with the packed form; empty for a segment that is not packed.
    pub(crate) damage: Vec<String>,
    /// What a packed form says that the seal says.
    pub(crate) end: Option<Standing>,
    /// The file as it is.
    pub(crate) stored: Bytes,
}

/// How a segment begins and ends.
#[derive(Debug)]
pub(crate) struct Ends {
    pub(crate) header: Result<Header, BadHeader>,
    /// `None`: it is not finished, or its end is damaged.
    pub(crate) seal: Option<Standing>,
    /// The newest version of its form that this release knows.
    pub(crate) newest: u16,
}

/// Tells whether a file is a packed segment, by its name.
pub(crate) fn is_packed(path: &Path) -> bool {
    path.to_str().is_some_and(|path| path.ends_with(packed::SUFFIX))
}

/// Tells the path of the other form.
pub(crate) fn other_form(path: &Path) -> PathBuf {
    path.with_extension(if is_packed(path) { "seg" } else { "segz" })
}

/// Reads a segment; `None` when it has a file of neither form.
pub(crate) fn read(disk: &dyn Disk, segment: &Segment) -> io::Result<Option<Content>> {
    let other = other_form(&segment.path);
    for path in [&segment.path, &other, &segment.path] {
        if let Some(content) = read_file(disk, path)? {
            return Ok(Some(content));
        }
    }
    Ok(None)
}

/// Reads one form of a segment; `None` when there is no such file.
pub(crate) fn read_file(disk: &dyn Disk, path: &Path) -> io::Result<Option<Content>> {
    let Some(bytes) = disk::read_if_there(disk, path)? else { return Ok(None) };
    if !is_packed(path) {
        let stored = bytes.clone();
        return Ok(Some(Content { bytes, stored, ..Content::default() }));
    }
    let unpacked = packed::unpack(&bytes);
    Ok(Some(Content {
        bytes: unpacked.raw,
        damage: unpacked.damage,
        end: unpacked.end,
        stored: bytes,
    }))
}

/// Reads the two ends of a segment, and nothing between them.
pub(crate) fn ends(disk: &dyn Disk, segment: &Segment) -> io::Result<Ends> {
    match ends_of(disk, &segment.path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            ends_of(disk, &other_form(&segment.path))
        }
        other => other,
    }
}

fn ends_of(disk: &dyn Disk, path: &Path) -> io::Result<Ends> {
    if is_packed(path) {
        let (header, end) = read_ends(disk, path, END_BYTES)?;
        let seal = packed::parse_end(&end).map(|(_, standing)| standing);
        return Ok(Ends { header: packed::parse_header(&header), seal, newest: packed::FORMAT });
    }
    let (header, seal) = read_ends(disk, path, SEAL_BYTES)?;
    let seal = segment::parse_seal(&seal);
    Ok(Ends { header: Header::parse(&header), seal, newest: segment::FORMAT })
}

fn read_ends(disk: &dyn Disk, path: &Path, end_bytes: usize) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut file = disk.open(path, Mode::Read)?;
    let header = disk::read_range(file.as_mut(), 0, HEADER_BYTES as u64)?;
    let end_at = file.size()?.saturating_sub(end_bytes as u64);
    let end = disk::read_range(file.as_mut(), end_at, end_bytes as u64)?;
    Ok((header, end))
}
