//! What a log amounts to at a position, and its bytes: in HEAD, in seals and in the index.

use crate::commit::Commit;
use crate::position::{Hash32, Head, Seq};

/// What the log amounts to at a position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) head: Head,
    pub(crate) commits: u64,
    /// Unix milliseconds of the first and the last commit; zero when there is none.
    pub(crate) first_recorded_at_ms: i64,
    pub(crate) last_recorded_at_ms: i64,
}

impl Standing {
    /// seq u64 | hash [32] | commits u64 | first ms i64 | last ms i64; little-endian.
    pub(crate) const BYTES: usize = 64;

    /// Tells the standing after one more commit.
    pub(crate) fn after(self, commit: &Commit) -> Standing {
        let first =
            if self.commits == 0 { commit.recorded_at_ms } else { self.first_recorded_at_ms };
        Standing {
            head: commit.head(),
            commits: self.commits + 1,
            first_recorded_at_ms: first,
            last_recorded_at_ms: commit.recorded_at_ms,
        }
    }

    pub(crate) fn to_bytes(self) -> [u8; Standing::BYTES] {
        let mut out = [0; Standing::BYTES];
        out[..8].copy_from_slice(&self.head.seq.get().to_le_bytes());
        out[8..40].copy_from_slice(self.head.hash.as_bytes());
        out[40..48].copy_from_slice(&self.commits.to_le_bytes());
        out[48..56].copy_from_slice(&self.first_recorded_at_ms.to_le_bytes());
        out[56..].copy_from_slice(&self.last_recorded_at_ms.to_le_bytes());
        out
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Standing> {
        let (words, rest) = bytes.as_chunks::<8>();
        let &[seq, h1, h2, h3, h4, commits, first_ms, last_ms] = words else { return None };
        let mut hash = [0; 32];
        hash.copy_from_slice([h1, h2, h3, h4].as_flattened());
        rest.is_empty().then(|| Standing {
            head: Head { seq: Seq::new(u64::from_le_bytes(seq)), hash: Hash32::new(hash) },
            commits: u64::from_le_bytes(commits),
            first_recorded_at_ms: i64::from_le_bytes(first_ms),
            last_recorded_at_ms: i64::from_le_bytes(last_ms),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_reads_back_what_it_writes() {
        let standing = Standing {
            head: Head { seq: Seq::new(77), hash: Hash32::new([9; 32]) },
            commits: 5,
            first_recorded_at_ms: -3,
            last_recorded_at_ms: i64::MAX,
        };
        assert_eq!(Standing::from_bytes(&standing.to_bytes()), Some(standing));
        assert_eq!(Standing::from_bytes(&standing.to_bytes()[..63]), None);
        assert_eq!(Standing::from_bytes(&[0; 65]), None);
    }
}
