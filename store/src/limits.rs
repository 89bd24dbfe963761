//! Every maximum of the log, with its unit and its reason. What passes one is refused, never cut.

/// The largest commit, in bytes as encoded and before compression.
///
/// One command is one commit. One dense article of 4,000 characters makes about 200 KB, so this
/// leaves room for twenty of them and still bounds what a reader must hold at once.
pub const MAX_COMMIT_BYTES: usize = 4 << 20;

/// The most records of one commit. A record takes at least 10 bytes, so the byte limit would allow
/// more; this bounds the allocation that a decoder makes.
pub const MAX_RECORDS: usize = 100_000;

/// The longest kind of a record, in bytes of UTF-8: its length is stored in one byte.
pub const MAX_KIND_BYTES: usize = 255;

/// The most entity keys of one record.
pub const MAX_KEYS: usize = 10_000;

/// The longest actor, in bytes of UTF-8.
pub const MAX_ACTOR_BYTES: usize = 1_024;

/// The longest idempotency key, in bytes of UTF-8. sled keeps keys inline, so they stay short.
pub const MAX_IDEMPOTENCY_KEY_BYTES: usize = 512;

/// The most commits that share one sync. More would delay the first of them without a gain.
pub(crate) const MAX_GROUP_COMMITS: usize = 1_024;

/// The most bytes that share one sync.
pub(crate) const MAX_GROUP_BYTES: usize = 8 << 20;

/// The most bytes of drafts that wait for the writer; further writers wait for room.
pub(crate) const MAX_QUEUED_BYTES: usize = 64 << 20;

/// Queue room is counted in units of this many bytes, so that it fits the semaphore's counter.
pub(crate) const QUEUE_UNIT_BYTES: usize = 1 << 10;

/// The most recent commits kept decoded in memory, for tails that keep up: count and bytes.
pub(crate) const MAX_RECENT_COMMITS: usize = 1_024;
pub(crate) const MAX_RECENT_BYTES: usize = 8 << 20;

/// How many stored bytes a reader fetches at a time.
pub(crate) const READ_AHEAD_BYTES: usize = 1 << 20;

/// The same from the journal, of which a whole segment is read for each fetch.
pub(crate) const SECOND_READ_AHEAD_BYTES: usize = 16 << 20;

const _: () = assert!(MAX_COMMIT_BYTES <= MAX_GROUP_BYTES);
const _: () = assert!(MAX_GROUP_BYTES <= MAX_QUEUED_BYTES);
const _: () = assert!(MAX_QUEUED_BYTES / QUEUE_UNIT_BYTES <= u32::MAX as usize);
