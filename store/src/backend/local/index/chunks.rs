//! Stored commits in blocks, and blocks in pieces of at most 4 KiB.
//!
//! ```text
//! block   = kind u8 (0 as it is, 1 zstd) | raw length u32 | chunks u16 | content     little-endian
//! content = (length u32 | stored commit)*
//! ```
//!
//! Small commits of one group share a block: fewer entries, and they compress together. Blocks do
//! not overlap; what a crash left behind the index's standing is removed before it goes on.

use bytes::Bytes;
use sled::Tree;

use super::Prepared;
use crate::frame::first_event;
use crate::limits::MAX_COMMIT_BYTES;
use crate::position::Seq;

/// The largest value that is put into sled.
pub(super) const MAX_CHUNK_BYTES: usize = 4 << 10;
const HEADER_BYTES: usize = 7;
const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
/// Fast, and about a third of the size for JSON.
const ZSTD_LEVEL: i32 = 1;
/// Below this, compressing costs more than it saves.
const MIN_ZSTD_BYTES: usize = 512;
/// Commits share a block up to this size; a larger one has its own.
const BLOCK_BYTES: usize = 16 << 10;
const LEN_BYTES: usize = 4;

pub(super) struct Compressor {
    zstd: zstd::bulk::Compressor<'static>,
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Compressor")
    }
}

/// A block that is ready for sled.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(super) first: Seq,
    pub(super) pieces: Vec<Vec<u8>>,
}

impl Compressor {
    pub(super) fn new() -> Result<Compressor, String> {
        let zstd = zstd::bulk::Compressor::new(ZSTD_LEVEL).map_err(|error| error.to_string())?;
        Ok(Compressor { zstd })
    }

    /// Packs commits that follow each other.
    pub(super) fn pack(&mut self, group: &[Prepared]) -> Result<Vec<Packed>, String> {
        let mut blocks = Vec::new();
        let mut content = Vec::new();
        let mut first = Seq::ZERO;
        for Prepared { commit, bytes, .. } in group {
            if !content.is_empty() && content.len() + LEN_BYTES + bytes.len() > BLOCK_BYTES {
                blocks.push(Packed { first, pieces: self.pieces(&content)? });
                content.clear();
            }
            if content.is_empty() {
                first = commit.first;
            }
            content.extend_from_slice(&len_u32(bytes.len())?.to_le_bytes());
            content.extend_from_slice(bytes);
        }
        if !content.is_empty() {
            blocks.push(Packed { first, pieces: self.pieces(&content)? });
        }
        Ok(blocks)
    }

    fn pieces(&mut self, content: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        let packed = if content.len() < MIN_ZSTD_BYTES {
            None
        } else {
            let packed = self.zstd.compress(content).map_err(|error| error.to_string())?;
            (packed.len() < content.len()).then_some(packed)
        };
        let (kind, packed) = packed.as_ref().map_or((PLAIN, content), |packed| (ZSTD, packed));
        let count = (HEADER_BYTES + packed.len()).div_ceil(MAX_CHUNK_BYTES);
        let count = u16::try_from(count).map_err(|_| "a block has too many chunks".to_owned())?;
        let mut block = Vec::with_capacity(HEADER_BYTES + packed.len());
        block.push(kind);
        block.extend_from_slice(&len_u32(content.len())?.to_le_bytes());
        block.extend_from_slice(&count.to_le_bytes());
        block.extend_from_slice(packed);
        Ok(block.chunks(MAX_CHUNK_BYTES).map(<[u8]>::to_vec).collect())
    }
}

fn len_u32(len: usize) -> Result<u32, String> {
    u32::try_from(len).map_err(|_| "a block is too large".to_owned())
}

pub(super) fn key(first: Seq, chunk: u16) -> [u8; 10] {
    let mut key = [0; 10];
    key[..8].copy_from_slice(&first.get().to_be_bytes());
    key[8..].copy_from_slice(&chunk.to_be_bytes());
    key
}

/// Removes every block that begins after `at`.
pub(super) fn remove_after(blocks: &Tree, at: Seq) -> Result<(), String> {
    for entry in blocks.range(key(at.next(), 0)..).keys() {
        blocks.remove(entry.map_err(super::told)?).map_err(super::told)?;
    }
    Ok(())
}

/// Reads stored commits, beginning with the last one whose first event is not after `at`. Ends before
/// a block that is damaged, unless it is the first: damage waits for its own turn.
pub(super) fn read(blocks: &Tree, at: Seq, max_bytes: usize) -> Result<Vec<Bytes>, String> {
    let begin = blocks.range(..=key(at, u16::MAX)).next_back().transpose();
    let Some((begin, _)) = begin.map_err(super::told)? else { return Ok(Vec::new()) };
    let begin = first_of(&begin)?;
    let mut zstd = None;
    let mut out = Vec::new();
    let mut bytes = 0;
    let mut entries = blocks.range(key(begin, 0)..);
    loop {
        let mut commits = match next_block(&mut entries, &mut zstd) {
            Ok(Some(commits)) => commits,
            Ok(None) => return Ok(out),
            Err(_) if !out.is_empty() => return Ok(out),
            Err(what) => return Err(what),
        };
        let before = commits.iter().skip(1).take_while(|one| first_event(one) <= Some(at)).count();
        for stored in commits.drain(before..) {
            bytes += stored.len();
            if !out.is_empty() && bytes > max_bytes {
                return Ok(out);
            }
            out.push(stored);
        }
    }
}

/// Puts the next block together; `None` at the end.
fn next_block(
    entries: &mut sled::Iter,
    zstd: &mut Option<zstd::bulk::Decompressor<'static>>,
) -> Result<Option<Vec<Bytes>>, String> {
    let Some(entry) = entries.next() else { return Ok(None) };
    let (chunk_key, head) = entry.map_err(super::told)?;
    let first = first_of(&chunk_key)?;
    if chunk_key != key(first, 0) {
        return Err(format!("the block of event {first} lacks its first chunk"));
    }
    let (kind, raw_len, count) = header(&head)?;
    let mut content = head[HEADER_BYTES..].to_vec();
    for chunk in 1..count {
        let piece = entries.next().transpose().map_err(super::told)?;
        let Some((_, piece)) = piece.filter(|(chunk_key, _)| *chunk_key == key(first, chunk))
        else {
            return Err(format!("the block of event {first} lacks chunk {chunk}"));
        };
        content.extend_from_slice(&piece);
    }
    let content = match kind {
        PLAIN => content,
        ZSTD => unpack(zstd, &content, raw_len).map_err(|error| error.to_string())?,
        other => return Err(format!("the block of event {first} has the unknown kind {other}")),
    };
    if content.len() != raw_len {
        return Err(format!("the block of event {first} has another length than it says"));
    }
    let commits = split(&content.into());
    commits.map(Some).ok_or_else(|| format!("the block of event {first} is not made of commits"))
}

/// Takes a block's content apart. The commits share its memory.
fn split(content: &Bytes) -> Option<Vec<Bytes>> {
    let mut commits = Vec::new();
    let mut at = 0;
    while at < content.len() {
        let len = content.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)?;
        let begin = at + LEN_BYTES;
        at = begin.checked_add(usize::try_from(len).ok()?).filter(|end| *end <= content.len())?;
        commits.push(content.slice(begin..at));
    }
    Some(commits)
}

/// Decompresses, with one context for all blocks of a batch; plain ones need none.
fn unpack(
    zstd: &mut Option<zstd::bulk::Decompressor<'static>>,
    content: &[u8],
    raw_len: usize,
) -> std::io::Result<Vec<u8>> {
    match zstd {
        Some(zstd) => zstd.decompress(content, raw_len),
        None => zstd.insert(zstd::bulk::Decompressor::new()?).decompress(content, raw_len),
    }
}

fn first_of(chunk_key: &[u8]) -> Result<Seq, String> {
    match chunk_key.first_chunk() {
        Some(first) if chunk_key.len() == 10 => Ok(Seq::new(u64::from_be_bytes(*first))),
        _ => Err("a block has a key of an unknown shape".to_owned()),
    }
}

fn header(head: &[u8]) -> Result<(u8, usize, u16), String> {
    let Some(&[kind, l0, l1, l2, l3, c0, c1]) = head.first_chunk::<HEADER_BYTES>() else {
        return Err("a block is shorter than its header".to_owned());
    };
    let raw_len = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3]));
    match raw_len {
        Ok(raw_len) if raw_len <= MAX_COMMIT_BYTES + LEN_BYTES => {
            Ok((kind, raw_len, u16::from_le_bytes([c0, c1])))
        }
        _ => Err("a block says it is larger than a commit can be".to_owned()),
    }
}
