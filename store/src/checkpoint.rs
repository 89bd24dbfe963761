//! Signed heads, to be kept elsewhere: what shows that the end of a log was cut off, or its past
//! rewritten, which no chain of hashes shows by itself.
//!
//! A checkpoint is a signed note as transparency logs use it (C2SP `tlog-checkpoint` and
//! `signed-note`), so that their tools read it:
//!
//! ```text
//! lianzhu-log/<hash of the log's first commit>      the origin: which log
//! <position of the last event>
//! <hash of the commit that holds it, base64>
//! epoch <number>
//! time-ms <when it was signed, Unix milliseconds>
//!
//! — <origin> <key id and Ed25519 signature over the lines above, base64>
//! ```
//!
//! A log's identity is the hash of its first commit, which covers a commit id that was drawn at
//! random: a copy of a log is the same log, and no other one is. So a log that holds nothing has no
//! identity, and nothing to sign. Invariants, each with a test below:
//! 1. Reading any bytes never panics.
//! 2. One changed byte anywhere in a note that holds one signature is an error.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::error::ReadError;
use crate::log::Log;
use crate::position::{Hash32, Head, Seq};

mod key;

pub use key::{PublicKey, SigningKey};

/// The longest note that is read, in bytes: ours takes about 500, and witnesses may sign it too.
const MAX_NOTE_BYTES: usize = 16 << 10;
const ORIGIN: &str = "lianzhu-log/";
/// What stands before each signature.
const SIGNATURE: &str = "\u{2014} ";

/// Which log it is, wherever it lies: the hash of its first commit. Written as the origin line of
/// a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogId(Hash32);

impl LogId {
    /// Makes the identity of the hash of a log's first commit.
    pub const fn new(first_commit: Hash32) -> LogId {
        LogId(first_commit)
    }

    /// Tells the hash of the log's first commit.
    pub const fn first_commit(self) -> Hash32 {
        self.0
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ORIGIN}{}", self.0)
    }
}

impl FromStr for LogId {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<LogId, CheckpointError> {
        let hash = text.strip_prefix(ORIGIN).and_then(|hash| hash.parse().ok()).map(LogId);
        hash.filter(|id| id.to_string() == text)
            .ok_or_else(|| malformed(format!("{text:?} is not the origin of a lianzhu log")))
    }
}

/// What a checkpoint says: this log held these commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub log: LogId,
    /// Where it stood.
    pub head: Head,
    /// The epoch of its last commit.
    pub epoch: u32,
    /// When it was signed, by the clock of whoever signed, in Unix milliseconds.
    pub signed_at_ms: i64,
}

/// Why a checkpoint cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The text is no checkpoint.
    #[error("this is no checkpoint of a lianzhu log: {what}")]
    Malformed {
        /// What was found.
        what: String,
    },
    /// The text is no key.
    #[error("{what}")]
    Key {
        /// What was found, and what should have been.
        what: String,
    },
    /// The key belongs to another log than the checkpoint.
    #[error("the checkpoint is of {of}, and the key signs for {key}; take the key of that log")]
    OtherLog {
        /// The checkpoint's log.
        of: LogId,
        /// The key's log.
        key: LogId,
    },
    /// There is no signature by this key.
    #[error(
        "the checkpoint is not signed by the key {key}; was it changed, or made with another key?"
    )]
    NotSigned {
        /// The key's id.
        key: String,
    },
    /// The signature is not of this text.
    #[error("the signature does not fit the checkpoint; it was changed after it was signed")]
    BadSignature,
}

impl Checkpoint {
    /// Writes the signed note.
    pub fn sign(&self, key: &SigningKey) -> String {
        let body = self.body();
        let signature = key.sign(self.log, body.as_bytes());
        format!("{body}\n{SIGNATURE}{} {}\n", self.log, BASE64.encode(signature))
    }

    /// Reads a signed note and checks its signature. Signatures by other keys are passed over, as
    /// witnesses may add theirs.
    ///
    /// # Errors
    ///
    /// Fails on anything that is not, to the byte, what the owner of the key signed.
    pub fn open(note: &[u8], key: &PublicKey) -> Result<Checkpoint, CheckpointError> {
        let (body, signatures) = parts(note)?;
        let checkpoint = Checkpoint::parse(body)?;
        if checkpoint.log != key.log() {
            return Err(CheckpointError::OtherLog { of: checkpoint.log, key: key.log() });
        }
        let mut signed = false;
        for line in signatures.split_terminator('\n') {
            let (name, signature) = signature(line)?;
            if name == checkpoint.log.to_string()
                && let Some(signature) = signature.strip_prefix(&key.id())
            {
                key.verify(body.as_bytes(), signature)?;
                signed = true;
            }
        }
        let unsigned = || CheckpointError::NotSigned { key: key.to_string() };
        signed.then_some(checkpoint).ok_or_else(unsigned)
    }

    /// Reads a note without asking who signed it: to show it, never to rely on it.
    ///
    /// # Errors
    ///
    /// Fails if the text is no checkpoint.
    pub fn read_unchecked(note: &[u8]) -> Result<Checkpoint, CheckpointError> {
        parts(note).and_then(|(body, _)| Checkpoint::parse(body))
    }

    fn body(&self) -> String {
        let hash = BASE64.encode(self.head.hash.as_bytes());
        let (seq, epoch, at) = (self.head.seq, self.epoch, self.signed_at_ms);
        format!("{}\n{seq}\n{hash}\nepoch {epoch}\ntime-ms {at}\n", self.log)
    }

    fn parse(body: &str) -> Result<Checkpoint, CheckpointError> {
        let mut lines = body.split_terminator('\n');
        let mut line = |what: &str| {
            lines.next().ok_or_else(|| malformed(format!("it ends before the line of {what}")))
        };
        let log = line("the origin")?.parse()?;
        let seq = Seq::new(number(line("the size")?, "the size")?);
        let hash = BASE64.decode(line("the hash")?).ok();
        let hash = hash.and_then(|hash| Some(Hash32::new(hash.try_into().ok()?)));
        let hash = hash.ok_or_else(|| malformed("the hash is not 32 bytes in base64"))?;
        let mut field = |name: &str| {
            let found = line(name)?;
            let value = found.strip_prefix(name).and_then(|rest| rest.strip_prefix(' '));
            value.ok_or_else(|| malformed(format!("`{name}` should stand where {found:?} does")))
        };
        let epoch = number(field("epoch")?, "the epoch")?;
        let signed_at_ms = number(field("time-ms")?, "the time")?;
        // What a later release may add is signed too, but says nothing to this one.
        if lines.any(str::is_empty) {
            return Err(malformed("it has an empty line in the middle"));
        }
        if seq == Seq::ZERO {
            return Err(malformed("it is of a log that holds nothing"));
        }
        Ok(Checkpoint { log, head: Head { seq, hash }, epoch, signed_at_ms })
    }
}

impl Log {
    /// Tells which log this is; `None` while it holds nothing.
    ///
    /// # Errors
    ///
    /// Fails if the first commit cannot be read.
    pub fn id(&self) -> Result<Option<LogId>, ReadError> {
        Ok(self.commit_at(Seq::new(1))?.map(|commit| LogId::new(commit.hash)))
    }

    /// Tells what a checkpoint of this log says now; `None` while it holds nothing. `signed_at_ms`
    /// is the time in Unix milliseconds, which the log does not know.
    ///
    /// # Errors
    ///
    /// Fails if the first or the last commit cannot be read.
    pub fn checkpoint(&self, signed_at_ms: i64) -> Result<Option<Checkpoint>, ReadError> {
        let head = self.head();
        let (Some(log), Some(last)) = (self.id()?, self.commit_at(head.seq)?) else {
            return Ok(None);
        };
        if last.head() != head {
            let what = format!("the commit that ends the log is not {head}");
            return Err(ReadError::Corrupt { seq: head.seq, what });
        }
        Ok(Some(Checkpoint { log, head, epoch: last.epoch, signed_at_ms }))
    }
}

/// Takes a note apart: the signed text, and the lines of signatures.
fn parts(note: &[u8]) -> Result<(&str, &str), CheckpointError> {
    if note.len() > MAX_NOTE_BYTES {
        return Err(malformed(format!("{} bytes are too many", note.len())));
    }
    let text = std::str::from_utf8(note).map_err(|_| malformed("it is not UTF-8"))?;
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(malformed("it holds control characters"));
    }
    let (body, signatures) =
        text.rsplit_once("\n\n").ok_or_else(|| malformed("it has no signature"))?;
    if signatures.is_empty() || !signatures.ends_with('\n') {
        return Err(malformed("its last line is not ended"));
    }
    // The signed text includes the end of its last line.
    Ok((&text[..=body.len()], signatures))
}

/// Reads one line of a signature: the name, and the key's id with the signature.
fn signature(line: &str) -> Result<(&str, Vec<u8>), CheckpointError> {
    let read = || {
        let (name, signature) = line.strip_prefix(SIGNATURE)?.split_once(' ')?;
        let signature = BASE64.decode(signature).ok()?;
        (!name.is_empty() && signature.len() > key::ID_BYTES).then_some((name, signature))
    };
    read().ok_or_else(|| malformed(format!("{line:?} is no signature")))
}

/// Reads a number that is written in the one way.
fn number<N: FromStr + ToString>(text: &str, what: &str) -> Result<N, CheckpointError> {
    let number = text.parse::<N>().ok().filter(|number| number.to_string() == text);
    number.ok_or_else(|| malformed(format!("{what} is not a number but {text:?}")))
}

fn malformed(what: impl Into<String>) -> CheckpointError {
    CheckpointError::Malformed { what: what.into() }
}

#[cfg(test)]
mod tests;
