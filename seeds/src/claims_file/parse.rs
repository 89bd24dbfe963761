//! Lines into their fields: what each says in itself.
//!
//! Nothing here looks at the lines before, so a thread of its own may go ahead with it.

use std::io::{self, BufRead};

use graph::interchange::Line;

use super::Reason;
use super::lines::Lines;
use super::scope::digest;

/// A line, and what it says in itself.
pub(super) struct Parsed {
    /// Its bytes, without its end; of a line that is too long its beginning.
    pub(super) bytes: Vec<u8>,
    /// `None` for a blank line.
    pub(super) said: Result<Option<Said>, Reason>,
}

pub(super) struct Said {
    pub(super) line: Line,
    /// A fingerprint of its content; without meaning where it declares no id.
    pub(super) digest: u64,
}

/// The lines of an input, one after the other. Nothing is read on after an error.
pub(super) struct Parser<R> {
    lines: Lines<R>,
}

impl<R: BufRead> Parser<R> {
    pub(super) fn of(input: R) -> Self {
        Self { lines: Lines::new(input) }
    }
}

impl<R: BufRead> Iterator for Parser<R> {
    type Item = io::Result<Parsed>;

    fn next(&mut self) -> Option<Self::Item> {
        let fits = self.lines.advance().transpose()?;
        Some(fits.map(|fits| {
            let said = fits.and_then(|()| said(self.lines.text()?));
            Parsed { bytes: self.lines.take(), said }
        }))
    }
}

fn said(text: &str) -> Result<Option<Said>, Reason> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let line = Line::parse(text)?;
    let digest = line.id().map_or(0, |_| digest(&line));
    Ok(Some(Said { line, digest }))
}
