//! What goes into the log and what comes out of it.

use std::fmt;
use std::str::FromStr;

use bytes::Bytes;
use uuid::Uuid;

use crate::position::{Hash32, Head, Seq};

/// The identity of a commit, made by the caller (a UUIDv7) before the first attempt to append it.
/// It never changes: appending it again finds the first commit, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(Uuid);

impl CommitId {
    /// Makes the identity of a UUID.
    pub const fn new(uuid: Uuid) -> CommitId {
        CommitId(uuid)
    }

    /// Tells the UUID.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for CommitId {
    fn from(uuid: Uuid) -> CommitId {
        CommitId(uuid)
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CommitId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<CommitId, uuid::Error> {
        text.parse().map(CommitId)
    }
}

/// One event as the log sees it: bytes that it never decodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What kind of event it is; at most 255 bytes.
    pub kind: Box<str>,
    /// The version of the payload's schema.
    pub version: u16,
    /// The event itself.
    pub payload: Bytes,
    /// The entities that it touches, for [`Log::events_of`](crate::Log::events_of). They are part
    /// of the stored bytes, but not of what makes two requests with one idempotency key equal.
    pub keys: Vec<[u8; 16]>,
}

/// A commit that is not in the log yet: the events of one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Made once per command, kept over retries.
    pub id: CommitId,
    /// A key of the caller: the same key with the same records is one commit, for ever.
    pub idempotency_key: Option<String>,
    /// Who did it.
    pub actor: String,
    /// Unix milliseconds. A label: it is raised to that of the commit before, never compared.
    pub recorded_at_ms: i64,
    /// At least one.
    pub records: Vec<Record>,
}

/// A commit of the log: whole, at its place, its hash checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// As the draft gave it.
    pub id: CommitId,
    /// As the draft gave it.
    pub idempotency_key: Option<String>,
    /// Which life of the log it belongs to; raised only when a log is re-founded on purpose.
    pub epoch: u32,
    /// The position of the first record; the others follow without a gap.
    pub first: Seq,
    /// Unix milliseconds, never less than that of the commit before.
    pub recorded_at_ms: i64,
    /// As the draft gave it.
    pub actor: String,
    /// The hash of the commit before; `Hash32::ZERO` for the first.
    pub prev_hash: Hash32,
    /// BLAKE3 over `prev_hash` and the commit's bytes as written.
    pub hash: Hash32,
    /// At least one.
    pub records: Vec<Record>,
}

impl Commit {
    /// Tells the position of the last record.
    pub fn last(&self) -> Seq {
        Seq::new(self.first.get() + (self.records.len() as u64).saturating_sub(1))
    }

    /// Tells the head of the log as it was when this commit was its last.
    pub fn head(&self) -> Head {
        Head { seq: self.last(), hash: self.hash }
    }

    /// Tells what an append of this commit answers.
    pub(crate) fn receipt(&self, duplicate: bool) -> Appended {
        let recorded_at_ms = self.recorded_at_ms;
        Appended { head: self.head(), first: self.first, recorded_at_ms, duplicate }
    }
}

/// The answer to an append: where the commit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The head of the log with this commit as its last.
    pub head: Head,
    /// The position of its first record.
    pub first: Seq,
    /// Unix milliseconds, as stored.
    pub recorded_at_ms: i64,
    /// Whether the commit was there already (same id, or same key with the same records). Then
    /// everything here tells of that first commit.
    pub duplicate: bool,
}
