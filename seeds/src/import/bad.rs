//! Lines that cannot be imported.

use std::collections::BTreeSet;
use std::fmt::Display;

/// The lines of a file that cannot be imported, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BadLines {
    numbers: BTreeSet<usize>,
    told: Vec<(usize, String)>,
}

impl BadLines {
    /// The most lines of which the reason is kept: a file may be bad from end to end.
    pub const TOLD_MAX: usize = 20;

    /// Notes a line; a line is bad for its first reason.
    pub(super) fn add(&mut self, line: usize, reason: impl Display) {
        if self.numbers.insert(line) && self.told.len() < Self::TOLD_MAX {
            self.told.push((line, reason.to_string()));
        }
    }

    /// Whether a line is bad, by its number from 1.
    pub fn holds(&self, line: usize) -> bool {
        self.numbers.contains(&line)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.numbers.len()
    }

    /// The number and the reason of those that were found first, at most [`BadLines::TOLD_MAX`].
    pub fn told(&self) -> impl ExactSizeIterator<Item = (usize, &str)> {
        self.told.iter().map(|(line, reason)| (*line, reason.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_bad_for_its_first_reason_and_of_many_some_are_told() {
        let mut bad = BadLines::default();
        for line in (1..=30).rev() {
            bad.add(line, "first");
            bad.add(line, "second");
        }
        assert_eq!(bad.count(), 30);
        assert!(bad.holds(1) && bad.holds(30) && !bad.holds(31) && !bad.holds(0));
        let expected: Vec<_> = (11..=30).rev().map(|line| (line, "first")).collect();
        assert_eq!(bad.told().collect::<Vec<_>>(), expected);
    }
}
