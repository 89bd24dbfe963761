//! What opening a log found and put right.

use std::fmt;
use std::path::PathBuf;

use crate::position::Seq;

/// Something that opening a log found and put right, without losing anything acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mended {
    /// The journal ended in a piece of a commit that was never acknowledged; it was cut.
    TailCut {
        /// The segment.
        segment: PathBuf,
        /// Its length now, in bytes.
        at: u64,
        /// How many bytes were cut.
        bytes: u64,
    },
    /// The last segment was begun and never got a commit; it was made anew.
    SegmentBegunAgain {
        /// The segment.
        segment: PathBuf,
    },
    /// A segment was damaged or missing, and was written again from its own whole commits and those
    /// of the index.
    SegmentRefilled {
        /// The segment.
        segment: PathBuf,
        /// Its first event.
        first: Seq,
        /// Its last event.
        last: Seq,
        /// What was there before, for whoever looks for the cause.
        set_aside: Option<PathBuf>,
    },
    /// A crash cut the packing of a finished segment short, and left two forms of it or half of one;
    /// one sound form was kept.
    PackingCutShort {
        /// The form that was kept.
        segment: PathBuf,
        /// The other one, if it said something else. One that said the same is removed.
        set_aside: Option<PathBuf>,
    },
    /// The index was behind the journal, as after a crash, and was brought up to it.
    IndexCaughtUp {
        /// Its last event before.
        from: Seq,
        /// Its last event now.
        to: Seq,
    },
    /// The index would not open, or contradicted the journal; it was built anew from the journal.
    IndexRebuilt {
        /// What was there before.
        set_aside: Option<PathBuf>,
        /// Why.
        why: String,
    },
    /// HEAD was missing or unreadable beside commits; it was written again from the journal.
    HeadRewritten,
}

impl fmt::Display for Mended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mended::TailCut { segment, at, bytes } => write!(
                f,
                "{}: {bytes} bytes after byte {at} were a commit that was never acknowledged; cut",
                segment.display()
            ),
            Mended::SegmentBegunAgain { segment } => {
                write!(f, "{}: begun and never used; made anew", segment.display())
            }
            Mended::SegmentRefilled { segment, first, last, set_aside } => {
                write!(f, "{}: damaged; events {first} to {last} restored", segment.display())?;
                kept(f, set_aside.as_ref())
            }
            Mended::PackingCutShort { segment, set_aside } => {
                write!(f, "{}: its packing was cut short; this form was kept", segment.display())?;
                match set_aside {
                    Some(path) => write!(f, ", and the other one is now {}", path.display()),
                    None => Ok(()),
                }
            }
            Mended::IndexCaughtUp { from, to } => {
                write!(f, "the index stood at {from} and was brought to {to} from the journal")
            }
            Mended::IndexRebuilt { set_aside, why } => {
                write!(f, "the index was built anew from the journal: {why}")?;
                kept(f, set_aside.as_ref())
            }
            Mended::HeadRewritten => f.write_str("HEAD was written again from the journal"),
        }
    }
}

fn kept(f: &mut fmt::Formatter<'_>, set_aside: Option<&PathBuf>) -> fmt::Result {
    match set_aside {
        Some(path) => write!(f, "; the old one is kept as {}", path.display()),
        None => Ok(()),
    }
}
