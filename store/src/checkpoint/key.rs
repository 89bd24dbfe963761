//! The keys of checkpoints: Ed25519, in the texts of Go's signed notes.
//!
//! ```text
//! secret = "lianzhu-log-key-1 " | seed [32] in base64
//! public = origin | "+" | key id, hexadecimal | "+" | base64 of 0x01 ++ public key [32]
//! key id = the first 4 bytes of SHA-256 over origin | "\n" | 0x01 ++ public key [32]
//! ```
//!
//! One secret may sign for several logs; each of them then has a public key with its own origin and
//! id, so that a checkpoint of one log is never taken for one of another.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::{CheckpointError, LogId};

/// How many bytes of a key's hash are its id.
pub(super) const ID_BYTES: usize = 4;
/// The kind of signature, as signed notes number them.
const ED25519: u8 = 1;
const SECRET: &str = "lianzhu-log-key-1 ";

/// A secret key that signs checkpoints.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

/// What checks the checkpoints of one log that were signed with one secret key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    log: LogId,
    key: VerifyingKey,
}

impl SigningKey {
    /// Makes a key of 32 bytes that nobody can guess, such as the system's random numbers.
    pub fn from_seed(seed: &[u8; 32]) -> SigningKey {
        SigningKey(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// Tells the text to keep secret; [`FromStr`] reads it back.
    pub fn secret_text(&self) -> String {
        format!("{SECRET}{}", BASE64.encode(self.0.as_bytes()))
    }

    /// Tells the public key with which checkpoints of a log are checked.
    pub fn public(&self, log: LogId) -> PublicKey {
        PublicKey { log, key: self.0.verifying_key() }
    }

    /// Signs a text: the key's id and the signature.
    pub(crate) fn sign(&self, log: LogId, text: &[u8]) -> Vec<u8> {
        [&self.public(log).id()[..], &self.0.sign(text).to_bytes()].concat()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(secret)")
    }
}

impl FromStr for SigningKey {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<SigningKey, CheckpointError> {
        let seed = text.trim().strip_prefix(SECRET).and_then(|seed| BASE64.decode(seed).ok());
        let seed: Option<[u8; 32]> = seed.and_then(|seed| seed.try_into().ok());
        let unusable = || CheckpointError::Key {
            what: format!("this is no key for checkpoints; one begins with `{}`", SECRET.trim()),
        };
        seed.as_ref().map(SigningKey::from_seed).ok_or_else(unusable)
    }
}

impl PublicKey {
    /// Tells whose checkpoints it checks.
    pub fn log(&self) -> LogId {
        self.log
    }

    pub(super) fn id(&self) -> [u8; ID_BYTES] {
        let mut hasher = Sha256::new();
        hasher.update(self.log.to_string());
        hasher.update([b'\n', ED25519]);
        hasher.update(self.key.as_bytes());
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&hasher.finalize()[..ID_BYTES]);
        id
    }

    pub(super) fn verify(&self, text: &[u8], signature: &[u8]) -> Result<(), CheckpointError> {
        let signature = Signature::from_slice(signature);
        let signature = signature.map_err(|_| CheckpointError::BadSignature)?;
        self.key.verify_strict(text, &signature).map_err(|_| CheckpointError::BadSignature)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519], &self.key.as_bytes()[..]].concat();
        let id = u32::from_be_bytes(self.id());
        write!(f, "{}+{id:08x}+{}", self.log, BASE64.encode(key))
    }
}

impl FromStr for PublicKey {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<PublicKey, CheckpointError> {
        let text = text.trim();
        let read = || {
            // The key's own text may hold a `+`, the origin and the id cannot.
            let mut parts = text.splitn(3, '+');
            let (log, _, key) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
            let key: [u8; 33] = BASE64.decode(key).ok()?.try_into().ok()?;
            let (kind, key) = key.split_first_chunk::<1>()?;
            let key = VerifyingKey::from_bytes(key.first_chunk()?).ok()?;
            (*kind == [ED25519]).then_some(PublicKey { log, key })
        };
        // Written again it must be the same, so a slip in the id shows too.
        read().filter(|key| key.to_string() == text).ok_or_else(|| CheckpointError::Key {
            what: "this is no public key for checkpoints; `lianzhu log checkpoint --public-key` \
                   prints one"
                .to_owned(),
        })
    }
}
