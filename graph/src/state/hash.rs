//! The state hash: equal states have equal hashes, whatever the way they were reached.

use std::fmt;

/// A sum of one BLAKE3 hash for each fact, modulo 2^64 word by word: it needs no order, and a
/// new fact costs one hash whatever the size of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateHash([u64; 4]);

impl StateHash {
    /// Of a state that knows nothing.
    pub const EMPTY: StateHash = StateHash([0; 4]);

    /// Its words, lowest first.
    pub(super) fn words(self) -> [u64; 4] {
        self.0
    }

    /// The hash with these words.
    pub(super) fn of_words(words: [u64; 4]) -> Self {
        Self(words)
    }

    /// Adds a fact: its parts, each with its length before it, so that no two facts run together.
    pub(crate) fn add(&mut self, parts: &[&[u8]]) {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let bytes = hasher.finalize();
        for (word, chunk) in self.0.iter_mut().zip(bytes.as_bytes().chunks_exact(8)) {
            let mut le = [0; 8];
            le.copy_from_slice(chunk);
            *word = word.wrapping_add(u64::from_le_bytes(le));
        }
    }
}

impl fmt::Display for StateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|word| write!(f, "{word:016x}"))
    }
}
