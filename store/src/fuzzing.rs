//! The door for fuzzing: what must hold of every format whatever its bytes, as functions that
//! fuzzers and a plain test call. Each panics when it does not hold; nothing else uses them.
//!
//! Random bytes hardly ever have the right checksum, so each function looks at the bytes twice: as
//! they are, and with the checksums put right, which leads to everything that lies behind them.

use bytes::Bytes;

use crate::backend::local::head::{self, Found, SLOT_BYTES};
use crate::backend::local::segment::{self, COMMIT, FRAME_BYTES, HEADER_BYTES, Header, Item, SEAL};
use crate::commit::{Commit, Draft};
use crate::error::AppendError;
use crate::frame::{self, LINK_BYTES, Place, Unplaced};
use crate::position::Hash32;

mod carried;
mod note;

pub use carried::{export_file, ndjson_import, packed_segment};
pub use note::checkpoint;

/// The bytes of a commit: decoding never panics, and what it takes is written the same again.
pub fn frame(bytes: &[u8]) {
    for stored in [Bytes::copy_from_slice(bytes), with_right_hash(bytes)] {
        if let Ok(commit) = frame::decode(&stored) {
            assert_eq!(frame::first_event(&stored), Some(commit.first));
            assert!(commit.first <= commit.last() && !commit.records.is_empty());
            written_again(commit, &stored);
        }
    }
}

/// The bytes of a segment: the walk ends, each step advances, the pieces are all there is, and what
/// is whole is written the same again.
pub fn segment(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), with_right_frames(bytes)] {
        let bytes = Bytes::from(bytes);
        if let Ok(header) = Header::parse(&bytes) {
            let same = |again: &[u8; HEADER_BYTES]| {
                // Two fields are kept for later; they say nothing yet.
                again[..10] == bytes[..10] && again[12..56] == bytes[12..56]
            };
            assert!(same(&header.to_bytes()), "another header is written than was read");
        }
        if let Some(standing) = segment::parse_seal(&bytes) {
            let mut again = Vec::new();
            segment::put_seal(&mut again, standing);
            assert_eq!(segment::parse_seal(&again), Some(standing));
        }
        let mut reached = 0;
        for (at, item) in segment::items(&bytes, 0) {
            assert_eq!(at, reached, "the walk left bytes out");
            reached = item.end();
            assert!(at < reached && reached <= bytes.len(), "the walk stands still or runs over");
            if let Item::Commit { commit, stored, group, .. } = item {
                let mut again = Vec::new();
                segment::put_commit(&mut again, group, &stored);
                assert_eq!(again, bytes[at..reached]);
                written_again(*commit, &stored);
            }
        }
        assert_eq!(reached, bytes.len(), "the walk stopped early");
    }
}

/// The bytes of HEAD: reading never panics, and a slot that is taken is written the same again.
pub fn head(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), with_right_slots(bytes)] {
        if let Found::Bound(bound) = head::parse_file(&bytes) {
            let slot = bound.to_bytes();
            assert!(bytes.windows(slot.len()).any(|window| window == slot), "it made a slot up");
            assert_eq!(head::parse_file(&slot), Found::Bound(bound));
        }
    }
}

fn with_right_hash(body: &[u8]) -> Bytes {
    let mut stored = vec![0; LINK_BYTES];
    stored.extend_from_slice(body);
    let hash = frame::link(&Hash32::ZERO, body);
    stored[32..LINK_BYTES].copy_from_slice(hash.as_bytes());
    stored.into()
}

/// Puts the checksum of the header right, and of each frame that begins with a mark; the length of
/// a frame that says too much becomes what is left; a commit gets the hash of its body.
fn with_right_frames(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(header) = bytes.first_chunk_mut::<HEADER_BYTES>() {
        let crc = crc32c::crc32c(&header[..60]);
        header[60..].copy_from_slice(&crc.to_le_bytes());
    }
    let mut at = 0;
    while let Some(left) = bytes.get_mut(at..).filter(|left| left.len() >= FRAME_BYTES) {
        if !left.starts_with(&COMMIT) && !left.starts_with(&SEAL) {
            at += 1;
            continue;
        }
        let is_commit = left.starts_with(&COMMIT);
        let (head, payload) = left.split_at_mut(FRAME_BYTES);
        let told = head[4..8].iter().rev().fold(0, |len, byte| len << 8 | usize::from(*byte));
        let len = told.min(payload.len());
        let payload = &mut payload[..len];
        if let Some((link, body)) = payload.split_at_mut_checked(LINK_BYTES)
            && is_commit
        {
            let hash = frame::link(&prev_hash_of(link), body);
            link[32..].copy_from_slice(hash.as_bytes());
        }
        let len_bytes = u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes();
        head[4..8].copy_from_slice(&len_bytes);
        let crc = segment::checksum(&head[4..8], &head[8..16], payload);
        head[16..].copy_from_slice(&crc.to_le_bytes());
        at += FRAME_BYTES + len;
    }
    bytes
}

fn prev_hash_of(link: &[u8]) -> Hash32 {
    let mut hash = [0; 32];
    hash.copy_from_slice(&link[..32]);
    Hash32::new(hash)
}

fn with_right_slots(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in [0, head::SLOT_STEP] {
        if let Some(slot) = bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<SLOT_BYTES>) {
            let crc = crc32c::crc32c(&slot[..84]);
            slot[84..].copy_from_slice(&crc.to_le_bytes());
        }
    }
    bytes
}

fn written_again(commit: Commit, stored: &Bytes) {
    let place = Place {
        epoch: commit.epoch,
        first: commit.first,
        recorded_at_ms: commit.recorded_at_ms,
        prev_hash: commit.prev_hash,
    };
    let hash = commit.hash;
    let draft = Draft {
        id: commit.id,
        idempotency_key: commit.idempotency_key,
        actor: commit.actor,
        recorded_at_ms: 0,
        records: commit.records,
    };
    match Unplaced::encode(&draft) {
        Ok(unplaced) => assert_eq!(unplaced.place(place), (stored.clone(), hash)),
        // Reading is more generous than writing: a limit may be lowered, and old logs stay readable.
        Err(AppendError::Limit { .. }) => {}
        Err(other) => unreachable!("a commit that was read cannot be written: {other}"),
    }
}

#[cfg(test)]
mod tests;
