//! The bytes of a commit, and their hash.
//!
//! Layout, version 1; all numbers little-endian:
//!
//! ```text
//! stored  = prev_hash [32] | hash [32] | body
//! body    = version u8 = 1 | flags u8 (bit 0: has an idempotency key) | epoch u32 | first u64
//!         | recorded_at_ms i64 | id [16] | actor: u16 + bytes | [key: u16 + bytes]
//!         | count u32 | record*
//! record  = kind: u8 + bytes | version u16 | keys: u16 + [16]* | payload: u32 + bytes
//! hash    = BLAKE3(prev_hash | body)
//! ```
//!
//! The same bytes stand in the journal and, compressed, in the index, so each can restore the
//! other. Invariants, each with a test below:
//! 1. Decoding gives back what was encoded.
//! 2. Decoding never panics and never allocates more than a small multiple of its input.
//! 3. One changed byte anywhere is an error.

use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};
use uuid::Uuid;

use crate::commit::{Commit, CommitId, Draft, Record};
use crate::error::AppendError;
use crate::limits::{
    MAX_ACTOR_BYTES, MAX_COMMIT_BYTES, MAX_IDEMPOTENCY_KEY_BYTES, MAX_KEYS, MAX_KIND_BYTES,
    MAX_RECORDS,
};
use crate::position::{Hash32, Seq};

/// The version of the body's layout that is written.
pub(crate) const BODY_VERSION: u8 = 1;
/// `prev_hash` and `hash`, before the body.
pub(crate) const LINK_BYTES: usize = 64;
/// The body up to the actor.
const FIXED_BYTES: usize = 38;
/// Epoch, first event and time, which only the writer knows: where in the stored bytes, and how many.
const PLACE_AT: usize = LINK_BYTES + 2;
const PLACE_BYTES: usize = 20;
const FLAG_KEY: u8 = 1;
/// A record with an empty kind, no keys and an empty payload.
const MIN_RECORD_BYTES: usize = 9;

/// A draft in the bytes of a commit, but for what depends on its place in the log: so callers encode
/// side by side, and the one writer only fills in a few numbers and hashes.
#[derive(Debug)]
pub(crate) struct Unplaced {
    bytes: BytesMut,
}

/// What the writer decides about a commit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) epoch: u32,
    pub(crate) first: Seq,
    pub(crate) recorded_at_ms: i64,
    pub(crate) prev_hash: Hash32,
}

impl Unplaced {
    /// Encodes a draft, or tells which limit it passes.
    pub(crate) fn encode(draft: &Draft) -> Result<Unplaced, AppendError> {
        if draft.records.is_empty() {
            return Err(AppendError::Empty);
        }
        within("records of a commit", draft.records.len(), MAX_RECORDS)?;
        let key = draft.idempotency_key.as_deref();
        let around = LINK_BYTES + FIXED_BYTES + 2 + draft.actor.len() + 4;
        let around = around + key.map_or(0, |key| 2 + key.len());
        let bytes = draft.records.iter().map(encoded_len).fold(around, usize::saturating_add);
        if bytes > MAX_COMMIT_BYTES {
            return Err(AppendError::TooLarge { bytes, max: MAX_COMMIT_BYTES });
        }
        let mut out = BytesMut::with_capacity(bytes);
        out.put_bytes(0, LINK_BYTES);
        out.put_u8(BODY_VERSION);
        out.put_u8(if key.is_some() { FLAG_KEY } else { 0 });
        out.put_bytes(0, PLACE_BYTES);
        out.put_slice(draft.id.uuid().as_bytes());
        put_text(&mut out, "bytes of an actor", &draft.actor, MAX_ACTOR_BYTES)?;
        if let Some(key) = key {
            put_text(&mut out, "bytes of an idempotency key", key, MAX_IDEMPOTENCY_KEY_BYTES)?;
        }
        out.put_u32_le(count_u32("records of a commit", draft.records.len())?);
        draft.records.iter().try_for_each(|record| put_record(&mut out, record))?;
        Ok(Unplaced { bytes: out })
    }

    /// Tells how many bytes the commit takes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Fills in the place, and tells the commit's hash.
    pub(crate) fn place(mut self, place: Place) -> (Bytes, Hash32) {
        let mut numbers = [0; PLACE_BYTES];
        numbers[..4].copy_from_slice(&place.epoch.to_le_bytes());
        numbers[4..12].copy_from_slice(&place.first.get().to_le_bytes());
        numbers[12..].copy_from_slice(&place.recorded_at_ms.to_le_bytes());
        self.bytes[PLACE_AT..PLACE_AT + PLACE_BYTES].copy_from_slice(&numbers);
        let hash = link(&place.prev_hash, &self.bytes[LINK_BYTES..]);
        self.bytes[..32].copy_from_slice(place.prev_hash.as_bytes());
        self.bytes[32..LINK_BYTES].copy_from_slice(hash.as_bytes());
        (self.bytes.freeze(), hash)
    }
}

fn put_record(out: &mut BytesMut, record: &Record) -> Result<(), AppendError> {
    let (kind, keys) = (record.kind.as_bytes(), &record.keys);
    let what = "bytes of a kind";
    let too_long = AppendError::Limit { what, actual: kind.len(), max: MAX_KIND_BYTES };
    out.put_u8(u8::try_from(kind.len()).map_err(|_| too_long)?);
    out.put_slice(kind);
    out.put_u16_le(record.version);
    within("keys of a record", keys.len(), MAX_KEYS)?;
    out.put_u16_le(count_u16("keys of a record", keys.len())?);
    out.put_slice(keys.as_flattened());
    out.put_u32_le(count_u32("bytes of a payload", record.payload.len())?);
    out.put_slice(&record.payload);
    Ok(())
}

/// Hashes the content that an idempotency key stands for: kinds, versions and payloads in order.
pub(crate) fn content_hash(records: &[Record]) -> Hash32 {
    let mut hasher = blake3::Hasher::new();
    for record in records {
        hasher.update(&(record.kind.len() as u64).to_le_bytes());
        hasher.update(record.kind.as_bytes());
        hasher.update(&record.version.to_le_bytes());
        hasher.update(&(record.payload.len() as u64).to_le_bytes());
        hasher.update(&record.payload);
    }
    Hash32::new(*hasher.finalize().as_bytes())
}

/// Decodes a stored commit and checks its hash. The error says what is wrong with the bytes.
///
/// Payloads share the memory of `stored`.
pub(crate) fn decode(stored: &Bytes) -> Result<Commit, String> {
    if stored.len() > MAX_COMMIT_BYTES {
        return Err(format!("a commit of {} bytes is over the limit", stored.len()));
    }
    let mut input = Input { bytes: stored, at: 0 };
    let prev_hash = Hash32::new(input.array()?);
    let hash = Hash32::new(input.array()?);
    if link(&prev_hash, &stored[LINK_BYTES..]) != hash {
        return Err("its hash does not match its bytes".to_owned());
    }
    let version = input.u8()?;
    if version != BODY_VERSION {
        return Err(format!("commit layout {version} is newer than this release"));
    }
    let flags = input.u8()?;
    if flags & !FLAG_KEY != 0 {
        return Err(format!("unknown commit flags {flags:#04x}"));
    }
    let epoch = u32::from_le_bytes(input.array()?);
    let first = Seq::new(u64::from_le_bytes(input.array()?));
    let recorded_at_ms = i64::from_le_bytes(input.array()?);
    let id = CommitId::new(Uuid::from_bytes(input.array()?));
    let actor_len = usize::from(input.u16()?);
    let actor = input.text(actor_len)?.to_owned();
    let idempotency_key = if flags & FLAG_KEY == 0 {
        None
    } else {
        let len = usize::from(input.u16()?);
        Some(input.text(len)?.to_owned())
    };
    let count = input.len_u32()?;
    if count == 0 || count > MAX_RECORDS || count > input.left() / MIN_RECORD_BYTES {
        return Err(format!("{count} records cannot be"));
    }
    if first == Seq::ZERO || first.get().checked_add(count as u64).is_none() {
        return Err(format!("a commit cannot begin at {first}"));
    }
    let records = (0..count).map(|_| input.record()).collect::<Result<_, _>>()?;
    if input.left() > 0 {
        return Err(format!("{} bytes follow the last record", input.left()));
    }
    let commit = Commit {
        id,
        idempotency_key,
        epoch,
        first,
        recorded_at_ms,
        actor,
        prev_hash,
        hash,
        records,
    };
    Ok(commit)
}

/// Reads the first event of a stored commit, checking nothing else.
pub(crate) fn first_event(stored: &[u8]) -> Option<Seq> {
    let first = stored.get(PLACE_AT + 4..)?.first_chunk()?;
    Some(Seq::new(u64::from_le_bytes(*first)))
}

pub(crate) fn link(prev_hash: &Hash32, body: &[u8]) -> Hash32 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(prev_hash.as_bytes());
    hasher.update(body);
    Hash32::new(*hasher.finalize().as_bytes())
}

fn encoded_len(record: &Record) -> usize {
    MIN_RECORD_BYTES + record.kind.len() + 16 * record.keys.len() + record.payload.len()
}

fn within(what: &'static str, actual: usize, max: usize) -> Result<(), AppendError> {
    if actual > max { Err(AppendError::Limit { what, actual, max }) } else { Ok(()) }
}

fn count_u16(what: &'static str, actual: usize) -> Result<u16, AppendError> {
    u16::try_from(actual).map_err(|_| AppendError::Limit { what, actual, max: u16::MAX.into() })
}

fn count_u32(what: &'static str, actual: usize) -> Result<u32, AppendError> {
    u32::try_from(actual).map_err(|_| AppendError::Limit { what, actual, max: MAX_COMMIT_BYTES })
}

fn put_text(
    out: &mut BytesMut,
    what: &'static str,
    text: &str,
    max: usize,
) -> Result<(), AppendError> {
    within(what, text.len(), max)?;
    out.put_u16_le(count_u16(what, text.len())?);
    out.put_slice(text.as_bytes());
    Ok(())
}

/// Bytes with a place in them; every step is checked.
struct Input<'a> {
    bytes: &'a Bytes,
    at: usize,
}

impl Input<'_> {
    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, len: usize) -> Result<Range<usize>, String> {
        if len > self.left() {
            return Err(format!("it ends at byte {}, in the middle of a field", self.bytes.len()));
        }
        let range = self.at..self.at + len;
        self.at = range.end;
        Ok(range)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let range = self.take(N)?;
        let mut out = [0; N];
        out.copy_from_slice(&self.bytes[range]);
        Ok(out)
    }

    fn u8(&mut self) -> Result<u8, String> {
        self.array().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Result<u16, String> {
        self.array().map(u16::from_le_bytes)
    }

    fn len_u32(&mut self) -> Result<usize, String> {
        let len = u32::from_le_bytes(self.array()?);
        usize::try_from(len).map_err(|_| format!("a length of {len} cannot be"))
    }

    fn text(&mut self, len: usize) -> Result<&str, String> {
        let range = self.take(len)?;
        std::str::from_utf8(&self.bytes[range]).map_err(|_| "a text is not UTF-8".to_owned())
    }

    fn record(&mut self) -> Result<Record, String> {
        let kind_len = usize::from(self.u8()?);
        let kind = self.text(kind_len)?.into();
        let version = self.u16()?;
        let key_count = usize::from(self.u16()?);
        let keys = self.take(16 * key_count)?;
        let (keys, _) = self.bytes[keys].as_chunks::<16>();
        let keys = keys.to_vec();
        let payload_len = self.len_u32()?;
        let payload = self.take(payload_len)?;
        Ok(Record { kind, version, payload: self.bytes.slice(payload), keys })
    }
}

#[cfg(test)]
mod tests;
