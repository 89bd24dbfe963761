//! Results go to standard output; words about them go to standard error.

use std::fmt::Display;
use std::io::{self, BufWriter, StdoutLock, Write};

use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

use crate::report::Failure;

/// Standard output, buffered.
pub(crate) struct Output {
    out: BufWriter<StdoutLock<'static>>,
}

impl Output {
    /// Takes standard output for this command.
    pub(crate) fn new() -> Output {
        Output { out: BufWriter::with_capacity(64 << 10, io::stdout().lock()) }
    }

    /// Writes a line.
    pub(crate) fn line(&mut self, line: impl Display) -> Result<(), Failure> {
        writeln!(self.out, "{line}").map_err(|error| Failure::output(&error))
    }

    /// Writes a line and makes sure that it is out.
    pub(crate) fn line_now(&mut self, line: impl Display) -> Result<(), Failure> {
        self.line(line)?;
        self.flush()
    }

    /// Writes one line of words for people, whatever the texts in it hold.
    pub(crate) fn words(&mut self, line: impl Display) -> Result<(), Failure> {
        self.line(shown(&line.to_string()).replace('\n', " "))
    }

    /// Writes a value as indented JSON.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Failure::of(&error))?;
        self.line(text)
    }

    /// Writes a value as one line of JSON.
    pub(crate) fn json_line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(|error| Failure::of(&error))?;
        self.line(text)
    }

    /// Writes an aligned table; columns of Chinese text line up on a terminal. Each cell is one
    /// line.
    pub(crate) fn table<const N: usize>(
        &mut self,
        header: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> Result<(), Failure> {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled)
            .set_header(header);
        table.add_rows(rows.into_iter().map(|row| row.map(|cell| shown(&cell).replace('\n', " "))));
        for line in table.lines() {
            self.line(line.trim_end().strip_prefix(' ').unwrap_or(&line))?;
        }
        Ok(())
    }

    /// For what writes itself.
    pub(crate) fn writer(&mut self) -> &mut impl Write {
        &mut self.out
    }

    /// Writes out what is buffered.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(|error| Failure::output(&error))
    }
}

/// Says something to the person at the terminal. Nobody there to hear it is no failure.
pub(crate) fn say(words: impl Display) {
    writeln!(io::stderr(), "{}", shown(&words.to_string())).ok();
}

/// A text as it may stand on a terminal. Titles, notes and reasons come from others; the control
/// characters in them, with which a terminal can be made to show anything, appear as their codes.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn control_characters_are_shown_by_their_codes() {
        for (text, on_a_terminal) in [
            ("沅朔泵业 Ltd. 😀", "沅朔泵业 Ltd. 😀"),
            ("two\nlines", "two\nlines"),
            ("\u{1b}[2Jgone\u{7}", "\\u{1b}[2Jgone\\u{7}"),
            ("over\rwritten\t\u{9b}31m\0", "over\\rwritten\\t\\u{9b}31m\\u{0}"),
        ] {
            assert_eq!(shown(text), on_a_terminal);
        }
    }
}
