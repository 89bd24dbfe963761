//! A stored commit in pieces of at most 4 KiB.
//!
//! ```text
//! block = kind u8 (0 as it is, 1 zstd) | raw length u32 | chunks u16 | bytes     little-endian
//! ```

use bytes::Bytes;
use sled::Tree;

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

pub(super) struct Compressor {
    zstd: zstd::bulk::Compressor<'static>,
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Compressor")
    }
}

impl Compressor {
    pub(super) fn new() -> Result<Compressor, String> {
        let zstd = zstd::bulk::Compressor::new(ZSTD_LEVEL).map_err(|error| error.to_string())?;
        Ok(Compressor { zstd })
    }

    /// Packs a stored commit and cuts it.
    pub(super) fn pieces(&mut self, stored: &[u8]) -> Result<Vec<Vec<u8>>, String> {
        let packed = if stored.len() < MIN_ZSTD_BYTES {
            None
        } else {
            let packed = self.zstd.compress(stored).map_err(|error| error.to_string())?;
            (packed.len() < stored.len()).then_some(packed)
        };
        let (kind, content) = packed.as_ref().map_or((PLAIN, stored), |packed| (ZSTD, packed));
        let count = (HEADER_BYTES + content.len()).div_ceil(MAX_CHUNK_BYTES);
        let count = u16::try_from(count).map_err(|_| "a commit has too many chunks".to_owned())?;
        let raw_len =
            u32::try_from(stored.len()).map_err(|_| "a commit is too large".to_owned())?;
        let mut block = Vec::with_capacity(HEADER_BYTES + content.len());
        block.push(kind);
        block.extend_from_slice(&raw_len.to_le_bytes());
        block.extend_from_slice(&count.to_le_bytes());
        block.extend_from_slice(content);
        Ok(block.chunks(MAX_CHUNK_BYTES).map(<[u8]>::to_vec).collect())
    }
}

pub(super) fn key(first: Seq, chunk: u16) -> [u8; 10] {
    let mut key = [0; 10];
    key[..8].copy_from_slice(&first.get().to_be_bytes());
    key[8..].copy_from_slice(&chunk.to_be_bytes());
    key
}

/// Reads stored commits, beginning with the last one whose first event is not after `at`.
pub(super) fn read(blocks: &Tree, at: Seq, max_bytes: usize) -> Result<Vec<Bytes>, String> {
    let begin = blocks.range(..=key(at, u16::MAX)).next_back().transpose();
    let Some((begin, _)) = begin.map_err(super::told)? else { return Ok(Vec::new()) };
    let begin = first_of(&begin)?;
    let mut zstd = None;
    let mut out = Vec::new();
    let mut bytes = 0;
    let mut entries = blocks.range(key(begin, 0)..);
    while let Some(entry) = entries.next() {
        let (chunk_key, head) = entry.map_err(super::told)?;
        let first = first_of(&chunk_key)?;
        if chunk_key != key(first, 0) {
            return Err(format!("the block of event {first} lacks its first chunk"));
        }
        let (kind, raw_len, count) = header(&head)?;
        let mut content = head[HEADER_BYTES..].to_vec();
        for chunk in 1..count {
            let Some((chunk_key, piece)) = entries.next().transpose().map_err(super::told)? else {
                return Err(format!("the block of event {first} lacks chunk {chunk}"));
            };
            if chunk_key != key(first, chunk) {
                return Err(format!("the block of event {first} lacks chunk {chunk}"));
            }
            content.extend_from_slice(&piece);
        }
        let stored = match kind {
            PLAIN => content,
            ZSTD => unpack(&mut zstd, &content, raw_len).map_err(|error| error.to_string())?,
            other => {
                return Err(format!("the block of event {first} has the unknown kind {other}"));
            }
        };
        if stored.len() != raw_len {
            return Err(format!("the block of event {first} has another length than it says"));
        }
        bytes += stored.len();
        if !out.is_empty() && bytes > max_bytes {
            break;
        }
        out.push(stored.into());
        if bytes >= max_bytes {
            break;
        }
    }
    Ok(out)
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
        Ok(raw_len) if raw_len <= MAX_COMMIT_BYTES => {
            Ok((kind, raw_len, u16::from_le_bytes([c0, c1])))
        }
        _ => Err("a block says it is larger than a commit can be".to_owned()),
    }
}
