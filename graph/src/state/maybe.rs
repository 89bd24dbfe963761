//! The number of a row that may not be there, in four bytes: no row has the number 2^32 - 1.

/// A row number, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Maybe(u32);

impl Maybe {
    pub(super) const NONE: Maybe = Maybe(u32::MAX);

    pub(super) fn of(row: Option<u32>) -> Self {
        row.map_or(Self::NONE, Self)
    }

    pub(super) fn get(self) -> Option<u32> {
        (self != Self::NONE).then_some(self.0)
    }
}
