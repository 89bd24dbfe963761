//! Lines that cannot be imported.

use std::collections::BTreeSet;
use std::fmt::Display;

/// How many bad lines are told one by one.
const TOLD_MAX: usize = 20;

/// The lines of a file that cannot be imported, and why; of many the first.
#[derive(Debug, Default)]
pub(super) struct BadLines {
    numbers: BTreeSet<usize>,
    told: Vec<String>,
}

impl BadLines {
    pub(super) fn new() -> BadLines {
        BadLines::default()
    }

    /// Notes a line; a line is bad for its first reason.
    pub(super) fn add(&mut self, line: usize, reason: impl Display) {
        if self.numbers.insert(line) && self.told.len() < TOLD_MAX {
            self.told.push(format!("line {line}: {reason}"));
        }
    }

    pub(super) fn holds(&self, line: usize) -> bool {
        self.numbers.contains(&line)
    }

    pub(super) fn count(&self) -> usize {
        self.numbers.len()
    }

    /// One line each, for people.
    pub(super) fn list(&self) -> String {
        let mut list: String = self.told.iter().map(|line| format!("\n  {line}")).collect();
        let more = self.numbers.len() - self.told.len();
        if more > 0 {
            list.push_str(&format!("\n  and {more} more"));
        }
        list
    }
}
