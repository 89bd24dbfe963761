//! Checksums of many overlapping ranges of the same bytes, each byte read about once.
//!
//! Behind damage a walk looks for the next whole piece at every byte. Bytes that are full of marks
//! with large lengths would have it read the same megabytes again for each of them. CRC is linear:
//! the sum of a range follows from the sums of the two beginnings that it lies between, so those are
//! kept, one for each step, and only what lies beside a step is read again.

/// How far the beginnings lie apart whose sums are kept, in bytes. A range costs up to two of it.
const STEP: usize = 256;

/// Checks the CRC32C of ranges of some bytes, which must be the same ones each time. Until one is
/// wrong each range is simply read: sound bytes have none that overlap.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Whether one was wrong.
    damaged: bool,
    /// At `n`, the sum of the first `n * STEP` bytes.
    beginnings: Vec<u32>,
    /// How many bytes were read.
    #[cfg(test)]
    pub(super) work: usize,
}

impl Sums {
    /// Tells whether what `before` is the CRC32C of, followed by the range, has the CRC32C `told`.
    /// Not if the range does not lie in the bytes.
    ///
    /// Cost: once something was damaged, reads at most two steps, and whatever lies before the end
    /// of the range and was never read.
    pub(super) fn holds(
        &mut self,
        before: u32,
        bytes: &[u8],
        (from, to): (usize, usize),
        told: u32,
    ) -> bool {
        let holds = self.after(before, bytes, from, to) == Some(told);
        self.damaged |= !holds;
        holds
    }

    fn after(&mut self, before: u32, bytes: &[u8], from: usize, to: usize) -> Option<u32> {
        let range = bytes.get(from..to)?;
        if !self.damaged || range.len() <= STEP {
            self.count(range.len());
            return Some(crc32c::crc32c_append(before, range));
        }
        let (upto_from, upto_to) = (self.beginning(bytes, from)?, self.beginning(bytes, to)?);
        // Both differ from the sum of their ranges by what stood before, moved on by as many bytes.
        Some(upto_to ^ crc32c::crc32c_combine(upto_from ^ before, 0, range.len()))
    }

    fn beginning(&mut self, bytes: &[u8], to: usize) -> Option<u32> {
        let steps = to / STEP;
        while self.beginnings.len() <= steps {
            let sum = match self.beginnings.last() {
                None => 0,
                Some(last) => {
                    let begin = (self.beginnings.len() - 1) * STEP;
                    crc32c::crc32c_append(*last, bytes.get(begin..begin + STEP)?)
                }
            };
            self.count(if self.beginnings.is_empty() { 0 } else { STEP });
            self.beginnings.push(sum);
        }
        let rest = bytes.get(steps * STEP..to)?;
        self.count(rest.len());
        Some(crc32c::crc32c_append(*self.beginnings.get(steps)?, rest))
    }

    #[cfg(test)]
    fn count(&mut self, bytes: usize) {
        self.work += bytes;
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "only tests count")]
    fn count(&mut self, _bytes: usize) {}
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_range_has_the_sum_that_reading_it_gives(
            bytes in proptest::collection::vec(any::<u8>(), 0..2_000),
            before in any::<u32>(),
            ranges in proptest::collection::vec((0..2_100_usize, 0..2_100_usize), 1..20),
        ) {
            let mut sums = Sums::default();
            for range in ranges {
                let told = bytes
                    .get(range.0..range.1)
                    .map(|range| crc32c::crc32c_append(before, range));
                prop_assert_eq!(
                    sums.holds(before, &bytes, range, told.unwrap_or(0)),
                    told.is_some()
                );
                prop_assert!(!sums.holds(before, &bytes, range, !told.unwrap_or(0)));
            }
        }
    }
}
