//! The export file of segments: one stream, small, fast to write and to take in.
//!
//! ```text
//! file    = magic "lzexport" | format u16 = 1 | 0 u16 | standing before the first commit [64]
//!         | CRC32C of the 76 bytes before
//!         | section* | close
//! section = mark [4] | length u64 | CRC32C of the 12 bytes before | packed segment [length]
//! close   = mark [4] | standing after the last commit [64] | CRC32C of the 68 bytes before
//! ```
//!
//! Numbers are little-endian. A packed segment is as in the journal (see `packed`); the last one
//! may lack its seal. Every byte is under a checksum, and every commit under the hash of the next:
//! a file that is cut lacks its close, and a changed one is refused.

use std::io::{BufRead, Read as _, Write};
use std::path::Path;

use bytes::{BufMut, Bytes};

use super::build::{Builder, follows};
use super::source::Source;
use super::{ArchiveError, Carried, Watch, told};
use crate::backend::Standing;
use crate::backend::local::segment::{self, FRAME_BYTES, HEADER_BYTES, Header, SEAL_BYTES};
use crate::backend::local::{journal, packed};
use crate::position::Seq;

pub(super) const MAGIC: [u8; 8] = *b"lzexport";
pub(crate) const FORMAT: u16 = 1;
const HEAD_BYTES: usize = 80;
const SECTION_BYTES: usize = 16;
const CLOSE_BYTES: usize = 72;
const SECTION: [u8; 4] = *b"\xf7LZp";
const CLOSE: [u8; 4] = *b"\xf7LZf";

/// Writes a log out; see `export`.
pub(super) fn write(
    folder: &Path,
    from: Seq,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Carried, ArchiveError> {
    let mut source = Source::open(folder, from)?;
    let mut carried = Carried { head: source.upto, commits: 0, events: 0, bytes: 0 };
    let mut begun = false;
    let mut put = |bytes: &[u8], carried: &mut Carried| {
        carried.bytes += bytes.len() as u64;
        out.write_all(bytes).map_err(ArchiveError::Output)
    };
    loop {
        // Where the part that is wanted begins: all of it but in the first segment.
        let (mut start, mut begin) = (source.standing, HEADER_BYTES);
        let piece = source.next(&mut |commit, stored| {
            if commit.last() < from {
                start = start.after(commit);
                begin += FRAME_BYTES + stored.len();
                return Ok(());
            }
            carried.commits += 1;
            carried.events += commit.records.len() as u64;
            told(watch, commit.last())
        })?;
        if !begun {
            put(&head_bytes(start), &mut carried)?;
            begun = true;
        }
        let Some(piece) = piece else { break };
        if start.head == piece.end.head {
            continue;
        }
        let packed = piece.packed_from(begin, start).map_err(ArchiveError::Output)?;
        put(&section_bytes(packed.len() as u64), &mut carried)?;
        put(&packed, &mut carried)?;
    }
    put(&close_bytes(source.standing), &mut carried)?;
    out.flush().map_err(ArchiveError::Output)?;
    Ok(carried)
}

/// Takes a log in; see `import`.
pub(super) fn read(
    input: &mut dyn BufRead,
    folder: &Path,
    watch: Watch<'_>,
) -> Result<Carried, ArchiveError> {
    let mut reader = Reader { input, at: 0, standing: Standing::default(), epoch: 0, open: false };
    reader.head()?;
    let mut builder = Builder::begin(folder)?;
    let mut events = 0;
    while let Some(section) = reader.section()? {
        let first = builder.standing.head.seq.next();
        let bytes = if section.sealed { &section.packed } else { &section.raw };
        builder.put_segment(first, section.sealed, bytes, reader.standing)?;
        builder.epoch = reader.epoch;
        events += section.events;
        told(watch, reader.standing.head.seq)?;
    }
    let bytes = builder.bytes;
    let standing = builder.finish()?;
    Ok(Carried { head: standing.head, commits: standing.commits, events, bytes })
}

/// Reads an export and checks everything.
struct Reader<'a> {
    input: &'a mut dyn BufRead,
    /// How many bytes were read.
    at: u64,
    /// After the last section.
    standing: Standing,
    epoch: u32,
    /// The last segment was not finished, so no other may follow.
    open: bool,
}

/// A segment of the file, every commit checked.
struct Section {
    packed: Bytes,
    raw: Bytes,
    sealed: bool,
    events: u64,
}

impl Reader<'_> {
    fn bad(&self, at: u64, what: impl Into<String>) -> ArchiveError {
        let event = self.standing.head.seq.next();
        ArchiveError::Input { place: format!("byte {at}"), event, what: what.into() }
    }

    /// Reads so many bytes. Whatever length is claimed, no more is held than there is.
    fn take(&mut self, len: u64) -> Result<Vec<u8>, ArchiveError> {
        let mut bytes = Vec::new();
        let read = self.input.take(len).read_to_end(&mut bytes);
        let read = read.map_err(ArchiveError::Stream)? as u64;
        self.at += read;
        if read < len {
            return Err(self.bad(self.at, "the file is cut here"));
        }
        Ok(bytes)
    }

    fn head(&mut self) -> Result<(), ArchiveError> {
        let bytes = self.take(HEAD_BYTES as u64)?;
        let crc = crc32c::crc32c(&bytes[..76]);
        if bytes[..8] != MAGIC || bytes[76..] != crc.to_le_bytes() {
            return Err(self.bad(0, "its header is damaged"));
        }
        let format = u16::from_le_bytes([bytes[8], bytes[9]]);
        if format != FORMAT {
            let what = format!("format {format} is newer than this release; use a newer one");
            return Err(self.bad(8, what));
        }
        match Standing::from_bytes(&bytes[12..76]) {
            Some(start) if start == Standing::default() => Ok(()),
            Some(start) => {
                let first = start.head.seq.next();
                let what = format!("it begins at event {first}; only a whole export makes a log");
                Err(self.bad(12, what))
            }
            None => Err(self.bad(12, "its header is damaged")),
        }
    }

    /// Reads the next section; `None` at the close, which must be the end.
    fn section(&mut self) -> Result<Option<Section>, ArchiveError> {
        let begin = self.at;
        let mark = self.take(4)?;
        if mark == CLOSE {
            self.close(begin)?;
            return Ok(None);
        }
        let head = self.take(SECTION_BYTES as u64 - 4)?;
        let crc = crc32c::crc32c_append(crc32c::crc32c(&mark), &head[..8]);
        let length = head.first_chunk().copied().map(u64::from_le_bytes);
        let length = length.filter(|_| mark == SECTION && head[8..] == crc.to_le_bytes());
        let Some(length) = length.filter(|length| *length <= packed::MAX_RAW_BYTES) else {
            return Err(self.bad(begin, "no whole section stands here"));
        };
        if self.open {
            return Err(self.bad(begin, "a segment follows one that is not finished"));
        }
        let packed = Bytes::from(self.take(length)?);
        let unpacked = packed::unpack(&packed);
        if let Some(what) = unpacked.damage.first() {
            return Err(self.bad(begin, format!("in this segment: {what}")));
        }
        self.check(packed, unpacked.raw, unpacked.end)
            .map(Some)
            .map_err(|what| self.bad(begin, format!("in this segment: {what}")))
    }

    fn check(
        &mut self,
        packed: Bytes,
        raw: Bytes,
        end: Option<Standing>,
    ) -> Result<Section, String> {
        let header = Header::parse(&raw).map_err(|_| "its header is damaged".to_owned())?;
        let before = self.standing;
        if header.first != before.head.seq.next() || header.prev_hash != before.head.hash {
            return Err(format!("it begins at event {}, after another commit", header.first));
        }
        let (mut standing, mut epoch) = (before, self.epoch);
        let scan = journal::scan(&raw, before, |commit, _| {
            follows(&commit, standing, epoch)?;
            (standing, epoch) = (standing.after(&commit), commit.epoch);
            Ok::<_, String>(())
        })?;
        if let Some(stop) = scan.stop {
            return Err(format!("after event {}: {}", scan.standing.head.seq, stop.what));
        }
        if end != Some(standing) || standing.head == before.head {
            return Err("it does not end where it says".to_owned());
        }
        if scan.sealed && parse_seal_of(&raw) != Some(standing) {
            return Err("its seal says something else".to_owned());
        }
        (self.standing, self.epoch, self.open) = (standing, epoch, !scan.sealed);
        let events = standing.head.seq.get() - before.head.seq.get();
        Ok(Section { packed, raw, sealed: scan.sealed, events })
    }

    fn close(&mut self, begin: u64) -> Result<(), ArchiveError> {
        let bytes = self.take(CLOSE_BYTES as u64 - 4)?;
        let crc = crc32c::crc32c_append(crc32c::crc32c(&CLOSE), &bytes[..Standing::BYTES]);
        let standing = Standing::from_bytes(&bytes[..Standing::BYTES]);
        if bytes[Standing::BYTES..] != crc.to_le_bytes() || standing != Some(self.standing) {
            return Err(self.bad(begin, "the end is of another file, or damaged"));
        }
        match self.input.fill_buf().map_err(ArchiveError::Stream)? {
            [] => Ok(()),
            _ => Err(self.bad(self.at, "bytes follow the end")),
        }
    }
}

fn parse_seal_of(raw: &[u8]) -> Option<Standing> {
    segment::parse_seal(&raw[raw.len().checked_sub(SEAL_BYTES)?..])
}

fn head_bytes(start: Standing) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEAD_BYTES);
    out.put_slice(&MAGIC);
    out.put_u16_le(FORMAT);
    out.put_u16_le(0);
    out.put_slice(&start.to_bytes());
    out.put_u32_le(crc32c::crc32c(&out));
    out
}

fn section_bytes(length: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(SECTION_BYTES);
    out.put_slice(&SECTION);
    out.put_u64_le(length);
    out.put_u32_le(crc32c::crc32c(&out));
    out
}

fn close_bytes(end: Standing) -> Vec<u8> {
    let mut out = Vec::with_capacity(CLOSE_BYTES);
    out.put_slice(&CLOSE);
    out.put_slice(&end.to_bytes());
    out.put_u32_le(crc32c::crc32c(&out));
    out
}
