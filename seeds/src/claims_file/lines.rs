//! Bytes into lines, never holding more than one line of the longest length allowed.

use std::io::{self, BufRead, Read};

use super::{MAX_LINE_BYTES, Reason};

/// The lines of an input, numbered from 1.
pub(super) struct Lines<R> {
    input: R,
    number: usize,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, number: 0, buffer: Vec::new() }
    }

    /// The bytes of the line read last, taken out; of an oversized line its beginning.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }

    /// Reads the next line; `None` at the end. What it holds is asked for by
    /// [`text`](Self::text).
    pub(super) fn advance(&mut self) -> io::Result<Option<Result<(), Reason>>> {
        self.buffer.clear();
        // One byte more than allowed, and the line end.
        let longest = MAX_LINE_BYTES as u64 + 2;
        let read = self.input.by_ref().take(longest).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let mut bytes = read;
        if self.buffer.ends_with(b"\n") {
            self.buffer.pop();
            bytes -= 1;
        } else if bytes > MAX_LINE_BYTES {
            bytes += self.skip_rest()?;
        }
        if self.number == 1 && self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.buffer.drain(..3);
        }
        let fits = if bytes > MAX_LINE_BYTES { Err(Reason::TooLong { bytes }) } else { Ok(()) };
        Ok(Some(fits))
    }

    /// Skips to the end of the line and counts what it held.
    fn skip_rest(&mut self) -> io::Result<usize> {
        let mut skipped = 0;
        loop {
            let chunk = self.input.fill_buf()?;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let length = end.unwrap_or(chunk.len());
            let last = end.is_some() || chunk.is_empty();
            skipped += length;
            self.input.consume(length + usize::from(end.is_some()));
            if last {
                return Ok(skipped);
            }
        }
    }

    /// The line read last, as text.
    pub(super) fn text(&self) -> Result<&str, Reason> {
        std::str::from_utf8(&self.buffer)
            .map_err(|error| Reason::NotUtf8 { column: error.valid_up_to() + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &[u8]) -> Vec<(usize, Result<String, Reason>)> {
        // A small buffer, so that lines straddle it.
        let mut lines = Lines::new(io::BufReader::with_capacity(7, input));
        let mut all = Vec::new();
        while let Some(fits) = lines.advance().unwrap() {
            let text = fits.and_then(|()| lines.text().map(str::to_owned));
            all.push((lines.number, text));
        }
        all
    }

    #[test]
    fn lines_are_numbered_and_the_mark_is_no_part_of_the_first() {
        assert_eq!(
            all("\u{feff}甲\n\n乙".as_bytes()),
            vec![(1, Ok("甲".into())), (2, Ok(String::new())), (3, Ok("乙".into()))]
        );
        assert_eq!(all(b""), vec![]);
        assert_eq!(all(b"a\xffb\n")[0].1, Err(Reason::NotUtf8 { column: 2 }));
    }

    #[test]
    fn a_line_at_the_limit_is_read_and_one_beyond_is_skipped_whole() {
        for (length, fits) in [(0, true), (1, false), (2, false), (100, false)] {
            let mut input = vec![b'x'; MAX_LINE_BYTES + length];
            input.extend(b"\nnext");
            let lines = all(&input);
            assert_eq!(lines.len(), 2, "{length}");
            assert_eq!(lines[0].1.is_ok(), fits, "{length}");
            if !fits {
                assert_eq!(lines[0].1, Err(Reason::TooLong { bytes: MAX_LINE_BYTES + length }));
            }
            assert_eq!(lines[1], (2, Ok("next".into())));
        }
    }
}
