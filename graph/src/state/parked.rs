//! Records that could not be read or applied: set aside with their reason, never skipped in
//! silence.

use store::Seq;

use super::cow::CowVec;

/// A record of the log that the projection could not take in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// Where it stands.
    pub seq: Seq,
    /// Its kind as recorded.
    pub kind: String,
    /// Its version as recorded.
    pub version: u16,
    /// Why it could not be taken in.
    pub reason: String,
}

#[derive(Clone)]
pub(crate) struct ParkedRecords(CowVec<Parked>);

impl ParkedRecords {
    pub(crate) fn new() -> Self {
        Self(CowVec::new())
    }

    pub(crate) fn push(&mut self, parked: Parked) {
        self.0.push(parked);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Parked> {
        self.0.iter()
    }
}
