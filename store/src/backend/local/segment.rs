//! The bytes of a journal segment.
//!
//! Layout, version 1; all numbers little-endian:
//!
//! ```text
//! segment = header [64] | frame* | seal?
//! header  = "lianzhu\n" | format u16 = 1 | 0 u16 | epoch u32 | first u64 | prev_hash [32] | 0 u32
//!         | CRC32C of the 60 bytes before
//! frame   = mark [4] | len u32 | group u64 | CRC32C over len, group and payload | payload [len]
//! ```
//!
//! The payload of a frame marked `COMMIT` is a stored commit (see `frame`); of one marked `SEAL`,
//! the last of a finished segment, the standing of the log there. `group` is the first event of
//! the group that was written and synced together. A group is written only after the one before is
//! durable, so a whole frame of a later group proves that everything before that group had been
//! durable. That is how damage is told from a tail that was torn before anyone was answered.

use bytes::{BufMut, Bytes};

use super::super::standing::Standing;
use super::sums::Sums;
use crate::commit::Commit;
use crate::frame;
use crate::limits::MAX_COMMIT_BYTES;
use crate::position::{Hash32, Seq};

pub(crate) const HEADER_BYTES: usize = 64;
/// The newest segment format that this release reads, and the one that it writes.
pub(crate) const FORMAT: u16 = 1;
const MAGIC: [u8; 8] = *b"lianzhu\n";
pub(crate) const COMMIT: [u8; 4] = *b"\xf7LZc";
pub(crate) const SEAL: [u8; 4] = *b"\xf7LZs";
/// What a frame takes beside its payload.
pub(crate) const FRAME_BYTES: usize = 20;
/// A seal with its frame: the last bytes of every finished segment.
pub(crate) const SEAL_BYTES: usize = FRAME_BYTES + Standing::BYTES;

/// How a segment begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) epoch: u32,
    pub(crate) first: Seq,
    pub(crate) prev_hash: Hash32,
}

/// Why a header cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadHeader {
    /// It is cut, or its bytes are not what was written.
    Damaged,
    /// It is whole, and of a format that this release does not know.
    Unknown(u16),
}

impl Header {
    pub(crate) fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut out = Vec::with_capacity(HEADER_BYTES);
        out.put_slice(&MAGIC);
        out.put_u16_le(FORMAT);
        out.put_u16_le(0);
        out.put_u32_le(self.epoch);
        out.put_u64_le(self.first.get());
        out.put_slice(self.prev_hash.as_bytes());
        out.put_u32_le(0);
        out.put_u32_le(crc32c::crc32c(&out));
        let mut header = [0; HEADER_BYTES];
        header.copy_from_slice(&out);
        header
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Header, BadHeader> {
        let header = bytes.first_chunk::<HEADER_BYTES>().ok_or(BadHeader::Damaged)?;
        let crc = crc32c::crc32c(&header[..60]);
        if header[..8] != MAGIC || header[60..] != crc.to_le_bytes() {
            return Err(BadHeader::Damaged);
        }
        let format = u16::from_le_bytes([header[8], header[9]]);
        if format != FORMAT {
            return Err(BadHeader::Unknown(format));
        }
        let epoch = u32_at(header, 12).ok_or(BadHeader::Damaged)?;
        let first = u64_at(header, 16).map(Seq::new).ok_or(BadHeader::Damaged)?;
        let mut prev_hash = [0; 32];
        prev_hash.copy_from_slice(&header[24..56]);
        Ok(Header { epoch, first, prev_hash: Hash32::new(prev_hash) })
    }
}

/// Appends the frame of a stored commit.
pub(crate) fn put_commit(out: &mut Vec<u8>, group: Seq, stored: &[u8]) {
    put_frame(out, COMMIT, group, stored);
}

/// Appends the seal of a finished segment.
pub(crate) fn put_seal(out: &mut Vec<u8>, standing: Standing) {
    put_frame(out, SEAL, standing.head.seq.next(), &standing.to_bytes());
}

/// Reads the seal at the end of a finished segment.
pub(crate) fn parse_seal(bytes: &[u8]) -> Option<Standing> {
    let (mark, _, payload) = whole_frame(bytes, 0, &mut Sums::default())?;
    (mark == SEAL && FRAME_BYTES + payload.len() == bytes.len())
        .then(|| Standing::from_bytes(payload))
        .flatten()
}

fn put_frame(out: &mut Vec<u8>, mark: [u8; 4], group: Seq, payload: &[u8]) {
    // Commits are at most MAX_COMMIT_BYTES, which `frame::encode` has checked.
    let len = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
    let group = group.get().to_le_bytes();
    out.put_slice(&mark);
    out.put_slice(&len);
    out.put_slice(&group);
    out.put_u32_le(checksum(&len, &group, payload));
    out.put_slice(payload);
}

pub(crate) fn checksum(len: &[u8], group: &[u8], payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(crc32c::crc32c(len), group), payload)
}

/// What stands at some place of a segment.
#[derive(Debug)]
pub(crate) enum Item {
    /// A whole commit, its hash checked. Its link to the one before is not.
    Commit { end: usize, group: Seq, stored: Bytes, commit: Box<Commit> },
    /// The seal.
    Seal { end: usize, standing: Standing },
    /// A frame whose checksum is right and whose content this release cannot use.
    Strange { end: usize, what: String },
    /// Bytes up to the next whole frame, or to the end.
    Bad { end: usize },
}

impl Item {
    pub(crate) fn end(&self) -> usize {
        match self {
            Item::Commit { end, .. }
            | Item::Seal { end, .. }
            | Item::Strange { end, .. }
            | Item::Bad { end } => *end,
        }
    }
}

/// Walks a segment's bytes from `at`, one item after the other, up to its end. Bytes that are no
/// whole frame are passed over to the next whole one. Never panics, whatever the bytes.
///
/// Cost: linear in the bytes, whatever they are; see `sums`.
pub(crate) fn items(segment: &Bytes, at: usize) -> Items<'_> {
    Items { segment, at, sums: Sums::default() }
}

/// The walk of [`items`]: where each item begins, and the item.
#[derive(Debug)]
pub(crate) struct Items<'a> {
    segment: &'a Bytes,
    at: usize,
    sums: Sums,
}

impl Iterator for Items<'_> {
    type Item = (usize, Item);

    fn next(&mut self) -> Option<(usize, Item)> {
        let (segment, begin) = (self.segment, self.at);
        if begin >= segment.len() {
            return None;
        }
        let sums = &mut self.sums;
        let item = item_at(segment, begin, sums).unwrap_or_else(|| {
            let mut later = begin + 1..segment.len();
            let next = later.find(|at| whole_frame(segment, *at, sums).is_some());
            Item::Bad { end: next.unwrap_or(segment.len()) }
        });
        self.at = item.end();
        Some((begin, item))
    }
}

fn item_at(segment: &Bytes, at: usize, sums: &mut Sums) -> Option<Item> {
    let (mark, group, payload) = whole_frame(segment, at, sums)?;
    let end = at + FRAME_BYTES + payload.len();
    if mark == SEAL {
        return Some(match Standing::from_bytes(payload) {
            Some(standing) => Item::Seal { end, standing },
            None => Item::Strange { end, what: "a seal of an unknown shape".to_owned() },
        });
    }
    let stored = segment.slice_ref(payload);
    Some(match frame::decode(&stored) {
        Ok(commit) => Item::Commit { end, group, stored, commit: Box::new(commit) },
        Err(what) => Item::Strange { end, what },
    })
}

fn whole_frame<'a>(
    bytes: &'a [u8],
    at: usize,
    sums: &mut Sums,
) -> Option<([u8; 4], Seq, &'a [u8])> {
    let head = bytes.get(at..)?.first_chunk::<FRAME_BYTES>()?;
    let mark = *head.first_chunk::<4>()?;
    if mark != COMMIT && mark != SEAL {
        return None;
    }
    let len = usize::try_from(u32_at(head, 4)?).ok().filter(|len| *len <= MAX_COMMIT_BYTES)?;
    let begin = at + FRAME_BYTES;
    let payload = bytes.get(begin..)?.get(..len)?;
    let (group, told) = (Seq::new(u64_at(head, 8)?), u32_at(head, 16)?);
    let before = crc32c::crc32c(&head[4..16]);
    sums.holds(before, bytes, (begin, begin + len), told).then_some((mark, group, payload))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().copied().map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::position::Head;

    proptest! {
        #[test]
        fn walking_any_bytes_ends_without_a_panic(
            bytes in proptest::collection::vec(
                prop_oneof![any::<u8>(), Just(0xf7), Just(b'L'), Just(b'Z'), Just(b'c')], 0..400),
        ) {
            let bytes = Bytes::from(bytes);
            Header::parse(&bytes).ok();
            parse_seal(&bytes);
            let mut at = 0;
            for (begin, item) in items(&bytes, 0) {
                prop_assert_eq!(begin, at);
                prop_assert!(item.end() > begin);
                at = item.end();
            }
            prop_assert_eq!(at, bytes.len());
        }

        #[test]
        fn a_header_reads_back_what_it_writes_and_shows_every_change(
            epoch in any::<u32>(),
            first in any::<u64>(),
            hash in any::<[u8; 32]>(),
            at in 0..HEADER_BYTES,
            bit in 0..8u8,
        ) {
            let header = Header { epoch, first: Seq::new(first), prev_hash: Hash32::new(hash) };
            let mut bytes = header.to_bytes();
            prop_assert_eq!(Header::parse(&bytes), Ok(header));
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(Header::parse(&bytes), Err(BadHeader::Damaged));
        }
    }

    /// Work is counted, not timed: bytes that were read for checksums.
    #[test]
    fn marks_with_large_lengths_do_not_have_the_same_bytes_read_again_and_again() {
        let head = Head { seq: Seq::new(9), hash: Hash32::new([3; 32]) };
        let mut whole = Vec::new();
        put_seal(&mut whole, Standing { head, commits: 2, ..Standing::default() });
        let mut frames = Vec::new();
        for at in 0..10_000_u32 {
            frames.extend_from_slice(&COMMIT);
            frames.extend_from_slice(&(100_000 + at).to_le_bytes());
            // A whole frame now and then: the walk must not begin anew behind it.
            if at % 10 == 0 {
                frames.extend_from_slice(&whole);
            }
        }
        let bytes = Bytes::from(frames);
        let mut walk = items(&bytes, 0);
        let seals = walk.by_ref().filter(|(_, item)| matches!(item, Item::Seal { .. })).count();
        assert_eq!(seals, 1_000);
        // Eight bytes are the least that a mark takes, and each costs up to two steps of 256.
        let work = walk.sums.work;
        assert!(work <= 70 * bytes.len(), "{work} bytes were read of {}", bytes.len());
    }

    #[test]
    fn a_seal_reads_back_and_a_newer_format_is_told_from_damage() {
        let head = Head { seq: Seq::new(9), hash: Hash32::new([3; 32]) };
        let standing = Standing { head, commits: 2, ..Standing::default() };
        let mut out = Vec::new();
        put_seal(&mut out, standing);
        assert_eq!(out.len(), SEAL_BYTES);
        assert_eq!(parse_seal(&out), Some(standing));
        out[30] ^= 1;
        assert_eq!(parse_seal(&out), None);

        let header = Header { epoch: 1, first: Seq::new(1), prev_hash: Hash32::ZERO };
        let mut bytes = header.to_bytes();
        bytes[8] = 2;
        let crc = crc32c::crc32c(&bytes[..60]);
        bytes[60..].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(Header::parse(&bytes), Err(BadHeader::Unknown(2)));
    }
}
