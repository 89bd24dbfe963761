//! A log against a checkpoint of its past.

use std::fmt;

use crate::checkpoint::Checkpoint;
use crate::commit::Commit;
use crate::position::{Hash32, Head, Seq};

/// How a log compares with a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// It holds the very commits that the checkpoint was signed over, and perhaps later ones.
    Holds,
    /// It ends before the checkpoint's event: its end was cut off.
    Shorter {
        /// Its last event.
        at: Seq,
    },
    /// It has another commit at the checkpoint's event: its past was rewritten.
    Rewritten,
    /// It begins with another commit: it is another log, or was rewritten from the beginning.
    OtherLog {
        /// The hash of its first commit.
        first_commit: Hash32,
    },
    /// The checkpoint's event is damaged, so it cannot be told; see the faults.
    Unread,
}

impl Against {
    /// Tells whether the log holds what the checkpoint was signed over.
    pub fn holds(self) -> bool {
        self == Against::Holds
    }
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Against::Holds => {
                f.write_str("it holds everything that the checkpoint was signed over")
            }
            Against::Shorter { at } => write!(
                f,
                "its end was cut off: it ends at event {at}, before the one that was signed"
            ),
            Against::Rewritten => f.write_str(
                "its past was rewritten: another commit stands where the signed one stood",
            ),
            Against::OtherLog { first_commit } => write!(
                f,
                "it is another log, or was rewritten from its beginning: its first commit is \
                 {first_commit}"
            ),
            Against::Unread => {
                f.write_str("it cannot be told, for the event that was signed is damaged")
            }
        }
    }
}

/// What is met on the way that a checkpoint can be held against.
#[derive(Debug)]
pub(super) struct Comparison {
    wanted: Option<Checkpoint>,
    first: Option<Hash32>,
    /// The head after the commit that holds the checkpoint's event.
    met: Option<Head>,
}

impl Comparison {
    pub(super) fn new(wanted: Option<Checkpoint>) -> Comparison {
        Comparison { wanted, first: None, met: None }
    }

    pub(super) fn pass(&mut self, commit: &Commit) {
        if commit.first == Seq::new(1) {
            self.first = Some(commit.hash);
        }
        if let Some(wanted) = self.wanted
            && (commit.first..=commit.last()).contains(&wanted.head.seq)
        {
            self.met = Some(commit.head());
        }
    }

    /// Tells how a log that ends at `end` compares. `is_damaged` tells of an event whether it is
    /// known to have been there and cannot be read.
    pub(super) fn outcome(
        &self,
        end: Seq,
        is_damaged: impl FnOnce(Seq) -> bool,
    ) -> Option<Against> {
        let wanted = self.wanted?;
        // A hash stands for all that is before it, so the beginning need not be asked then.
        if self.met == Some(wanted.head) {
            return Some(Against::Holds);
        }
        Some(match self.first {
            Some(first_commit) if first_commit != wanted.log.first_commit() => {
                Against::OtherLog { first_commit }
            }
            _ if self.met.is_some() => Against::Rewritten,
            _ if end >= wanted.head.seq || is_damaged(wanted.head.seq) => Against::Unread,
            _ => Against::Shorter { at: end },
        })
    }
}
