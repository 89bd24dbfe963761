//! The compressed form of a finished segment, which gives back every byte of the original.
//!
//! Layout, version 1; all numbers little-endian:
//!
//! ```text
//! packed = header [64] | block* | end [84]
//! header = as a segment's (see `segment`), but it begins with "lzpacked"
//! block  = mark [4] | at u64 | length u32 | packed length u32
//!        | CRC32C over at, lengths and content | content [packed length]
//! end    = mark [4] | length u64 | standing [64] | 0 u32 | CRC32C of the 80 bytes before
//! ```
//!
//! `content` is a zstd frame of the original's bytes from `at` on: 1 MiB, less only in the last
//! block. `end` says how long the original is and what its seal says, so that opening a log reads
//! the two ends of a file, whichever form it has. Invariants, each with a test below:
//! 1. Unpacking gives back what was packed.
//! 2. One changed byte is told, and costs at most one block: its bytes read as zeros, which are no
//!    frame, so a walk passes over them.
//! 3. Unpacking never panics and never allocates more than [`MAX_RAW_BYTES`], whatever is claimed.

use std::io::{self, Read, Write};

use bytes::{BufMut, Bytes};
use zstd::bulk::{Compressor, Decompressor};

use super::super::standing::Standing;
use super::segment::{BadHeader, HEADER_BYTES, Header};
use super::sums::Sums;

/// How the names of packed segments end.
pub(crate) const SUFFIX: &str = ".segz";
/// The newest packed format that this release reads, and the one that it writes.
pub(crate) const FORMAT: u16 = 1;
/// The longest original that is packed, in bytes: what a reader must hold at once.
pub(crate) const MAX_RAW_BYTES: u64 = 1 << 30;
/// The end record: the last bytes of every packed segment.
pub(crate) const END_BYTES: usize = 84;
const MAGIC: [u8; 8] = *b"lzpacked";
const BLOCK: [u8; 4] = *b"\xf7LZb";
const END: [u8; 4] = *b"\xf7LZe";
const BLOCK_BYTES: usize = 1 << 20;
const BLOCK_HEAD_BYTES: usize = 24;
/// What zstd may make of a block that does not shrink, generously.
const MAX_CONTENT_BYTES: usize = BLOCK_BYTES + (BLOCK_BYTES >> 7);
/// zstd's own default; other levels were not compared.
const ZSTD_LEVEL: i32 = 3;

/// A packed segment in its original form, as far as it could be restored.
#[derive(Clone, Debug)]
pub(crate) struct Unpacked {
    /// The original bytes; zeros where a block is lost.
    pub(crate) raw: Bytes,
    /// What the seal said.
    pub(crate) end: Option<Standing>,
    /// Everything that is not as it was written.
    pub(crate) damage: Vec<String>,
}

/// Packs a finished segment whose seal says `standing`. `rest` is called after every block; its
/// error ends the work.
pub(crate) fn pack(
    mut raw: impl Read,
    standing: Standing,
    mut out: impl Write,
    mut rest: impl FnMut() -> io::Result<()>,
) -> io::Result<()> {
    let mut zstd = Compressor::new(ZSTD_LEVEL)?;
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    let mut at: u64 = 0;
    loop {
        block.clear();
        raw.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut block)?;
        if at == 0 {
            let header = Header::parse(&block).map_err(|_| refused("its header is damaged"))?;
            out.write_all(&header_bytes(header))?;
        }
        if !block.is_empty() {
            let content = zstd.compress(&block)?;
            out.write_all(&block_head(at, block.len(), &content)?)?;
            out.write_all(&content)?;
            at += block.len() as u64;
            rest()?;
        }
        if block.len() < BLOCK_BYTES {
            break;
        }
        if at >= MAX_RAW_BYTES {
            return Err(refused("it is too long to be packed"));
        }
    }
    out.write_all(&end_bytes(at, standing))
}

/// Compares a packed segment with its original, in little memory. The error says where they differ.
pub(crate) fn compare(mut packed: impl Read, mut raw: impl Read) -> io::Result<()> {
    let mut zstd = Decompressor::new()?;
    let mut head = [0; HEADER_BYTES];
    packed.read_exact(&mut head)?;
    parse_header(&head).map_err(|_| refused("the packed header reads back otherwise"))?;
    let (mut original, mut restored) = (Vec::new(), vec![0; BLOCK_BYTES]);
    let (mut packed_block, mut at) = (Vec::new(), 0_u64);
    loop {
        original.clear();
        raw.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut original)?;
        if original.is_empty() {
            break;
        }
        packed_block.resize(BLOCK_HEAD_BYTES, 0);
        packed.read_exact(&mut packed_block)?;
        let len = u32_at(&packed_block, 16).and_then(|len| usize::try_from(len).ok());
        let len = len.filter(|len| *len <= MAX_CONTENT_BYTES);
        let len = len.ok_or_else(|| refused("a block reads back otherwise"))?;
        packed_block.resize(BLOCK_HEAD_BYTES + len, 0);
        packed.read_exact(&mut packed_block[BLOCK_HEAD_BYTES..])?;
        let same = whole_block(&packed_block, 0, &mut Sums::default()).is_some_and(|block| {
            let into = &mut restored[..block.length.min(BLOCK_BYTES)];
            let restored_len = zstd.decompress_to_buffer(block.content, into).ok();
            block.at == at && restored_len == Some(original.len()) && *into == original[..]
        });
        if !same {
            return Err(refused("a block reads back otherwise"));
        }
        at += original.len() as u64;
    }
    let mut end = Vec::new();
    packed.read_to_end(&mut end)?;
    match parse_end(&end) {
        Some((length, _)) if length == at => Ok(()),
        _ => Err(refused("the end reads back otherwise")),
    }
}

/// Restores what can be restored of a packed segment.
pub(crate) fn unpack(packed: &[u8]) -> Unpacked {
    let mut walk = Walk { raw: Vec::new(), filled: 0, damage: Vec::new() };
    let header = parse_header(packed);
    match header {
        Ok(_) => {}
        Err(BadHeader::Damaged) => walk.damage.push("its header is damaged".to_owned()),
        Err(BadHeader::Unknown(version)) => {
            let newer = format!("packed format {version} is newer than this release reads");
            return Unpacked { raw: Bytes::new(), end: None, damage: vec![newer] };
        }
    }
    let split = packed.len().saturating_sub(END_BYTES);
    let end = packed.get(split..).and_then(parse_end);
    // Without its end the whole rest may hold blocks.
    let body = if end.is_some() { &packed[..split] } else { packed };
    walk.blocks(body);
    match end {
        Some((length, _)) if length == walk.filled => {}
        Some((length, _)) if length > walk.filled => {
            walk.lose(walk.filled..length);
            walk.raw.resize(usize::try_from(length).unwrap_or(usize::MAX), 0);
        }
        Some(_) => walk.damage.push("it holds more than its end says".to_owned()),
        None => walk.damage.push("its end is damaged or cut".to_owned()),
    }
    // The first block begins with the original's header, whose fields stand here a second time.
    if let (Ok(header), Some(start)) = (header, walk.raw.first_chunk_mut::<HEADER_BYTES>())
        && *start == [0; HEADER_BYTES]
    {
        *start = header.to_bytes();
    }
    Unpacked { raw: walk.raw.into(), end: end.map(|(_, standing)| standing), damage: walk.damage }
}

struct Walk {
    raw: Vec<u8>,
    /// Original bytes up to here were restored or given up.
    filled: u64,
    damage: Vec<String>,
}

impl Walk {
    fn blocks(&mut self, body: &[u8]) {
        let Ok(mut zstd) = Decompressor::new() else {
            return self.damage.push("zstd cannot start".to_owned());
        };
        let (mut at, mut sums) = (HEADER_BYTES.min(body.len()), Sums::default());
        while at < body.len() {
            let Some(block) = whole_block(body, at, &mut sums) else {
                let mut later = at + 1..body.len();
                let next = later.find(|at| whole_block(body, *at, &mut sums).is_some());
                let next = next.unwrap_or(body.len());
                self.damage.push(format!("bytes {at} to {next} hold no whole block"));
                at = next;
                continue;
            };
            if block.at < self.filled {
                self.damage.push(format!("the block at byte {at} stands out of order"));
            } else {
                self.take(&block, &mut zstd);
            }
            at = block.end;
        }
    }

    fn take(&mut self, block: &Block<'_>, zstd: &mut Decompressor<'_>) {
        if block.at > self.filled {
            self.lose(self.filled..block.at);
        }
        self.filled = block.at + block.length as u64;
        let begin = usize::try_from(block.at).unwrap_or(usize::MAX);
        self.raw.resize(begin.saturating_add(block.length), 0);
        let into = &mut self.raw[begin..];
        if zstd.decompress_to_buffer(block.content, into).ok() != Some(block.length) {
            into.fill(0);
            self.lose(block.at..self.filled);
        }
    }

    fn lose(&mut self, range: std::ops::Range<u64>) {
        let (from, to) = (range.start, range.end);
        self.damage.push(format!("bytes {from} to {to} of the original are lost"));
    }
}

struct Block<'a> {
    at: u64,
    length: usize,
    content: &'a [u8],
    /// Where it ends in the packed bytes.
    end: usize,
}

fn whole_block<'a>(bytes: &'a [u8], begin: usize, sums: &mut Sums) -> Option<Block<'a>> {
    let head = bytes.get(begin..)?.first_chunk::<BLOCK_HEAD_BYTES>()?;
    if head[..4] != BLOCK {
        return None;
    }
    let at = u64_at(head, 4)?;
    let length = usize::try_from(u32_at(head, 12)?).ok()?;
    let packed = usize::try_from(u32_at(head, 16)?).ok()?;
    let fits = at.is_multiple_of(BLOCK_BYTES as u64)
        && at < MAX_RAW_BYTES
        && (1..=BLOCK_BYTES).contains(&length)
        && packed <= MAX_CONTENT_BYTES;
    if !fits {
        return None;
    }
    let content = bytes.get(begin + BLOCK_HEAD_BYTES..)?.get(..packed)?;
    let end = begin + BLOCK_HEAD_BYTES + packed;
    let (before, told) = (crc32c::crc32c(&head[4..20]), u32_at(head, 20)?);
    let holds = sums.holds(before, bytes, (end - packed, end), told);
    holds.then_some(Block { at, length, content, end })
}

fn block_head(at: u64, length: usize, content: &[u8]) -> io::Result<Vec<u8>> {
    let too_long = |_| refused("a block is too long");
    let mut head = Vec::with_capacity(BLOCK_HEAD_BYTES);
    head.put_slice(&BLOCK);
    head.put_u64_le(at);
    head.put_u32_le(u32::try_from(length).map_err(too_long)?);
    head.put_u32_le(u32::try_from(content.len()).map_err(too_long)?);
    head.put_u32_le(crc32c::crc32c_append(crc32c::crc32c(&head[4..20]), content));
    Ok(head)
}

fn header_bytes(header: Header) -> [u8; HEADER_BYTES] {
    let mut bytes = header.to_bytes();
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..10].copy_from_slice(&FORMAT.to_le_bytes());
    sign(&mut bytes);
    bytes
}

/// Reads the header of a packed segment.
pub(crate) fn parse_header(bytes: &[u8]) -> Result<Header, BadHeader> {
    let mut header = *bytes.first_chunk::<HEADER_BYTES>().ok_or(BadHeader::Damaged)?;
    let crc = crc32c::crc32c(&header[..60]);
    if header[..8] != MAGIC || header[60..] != crc.to_le_bytes() {
        return Err(BadHeader::Damaged);
    }
    let format = u16::from_le_bytes([header[8], header[9]]);
    if format != FORMAT {
        return Err(BadHeader::Unknown(format));
    }
    let like = Header { epoch: 0, first: crate::Seq::ZERO, prev_hash: crate::Hash32::ZERO };
    header[..10].copy_from_slice(&like.to_bytes()[..10]);
    sign(&mut header);
    Header::parse(&header)
}

fn sign(header: &mut [u8; HEADER_BYTES]) {
    let crc = crc32c::crc32c(&header[..60]);
    header[60..].copy_from_slice(&crc.to_le_bytes());
}

fn end_bytes(length: u64, standing: Standing) -> Vec<u8> {
    let mut end = Vec::with_capacity(END_BYTES);
    end.put_slice(&END);
    end.put_u64_le(length);
    end.put_slice(&standing.to_bytes());
    end.put_u32_le(0);
    end.put_u32_le(crc32c::crc32c(&end));
    end
}

/// Reads the end record: the length of the original, and what its seal says.
pub(crate) fn parse_end(bytes: &[u8]) -> Option<(u64, Standing)> {
    if bytes.len() != END_BYTES || bytes[..4] != END {
        return None;
    }
    let length = u64_at(bytes, 4).filter(|length| *length <= MAX_RAW_BYTES)?;
    let standing = Standing::from_bytes(&bytes[12..76])?;
    (bytes[80..] == crc32c::crc32c(&bytes[..80]).to_le_bytes()).then_some((length, standing))
}

fn refused(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().copied().map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests;
