//! The export for people and other programs: lines of JSON, one for each commit.
//!
//! The first line says what this is, the last one where it ends, so that a file that was cut shows:
//!
//! ```text
//! {"format":"lianzhu-log","version":1,"after":0,"prevHash":"00…"}
//! {"seq":1,"id":"…","epoch":1,"recordedAt":"2025-05-26T08:00:00Z","actor":"cli","prevHash":"00…",
//!  "hash":"…","events":[{"kind":"…","version":1,"keys":["…"],"payload":{…}}]}
//! {"end":{"seq":1,"hash":"…","commits":1}}
//! ```
//!
//! `seq` is the commit's first event; the others follow. `idempotencyKey` is there where the commit
//! has one. A payload stands as JSON where it is JSON whose bytes survive that, and in `payloadBase64`
//! otherwise. A time that no calendar holds stands as a number of Unix milliseconds. Nothing in a
//! line is believed: the commit is made of it anew, and must have the hash that the line names.

use std::io::{BufRead, Read as _, Write};
use std::path::Path;

use super::build::{Builder, follows};
use super::source::Source;
use super::{ArchiveError, Carried, Watch, told};
use crate::commit::Commit;
use crate::limits::MAX_COMMIT_BYTES;
use crate::position::{Hash32, Head, Seq};

mod line;

pub(crate) use line::VERSION;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use line::hash_of as hash_of_line;
use line::{Line, parse as parse_line};

/// The longest line that is read. Of a commit's bytes, keys grow most when they are written as
/// text: 16 bytes to 35.
const MAX_LINE_BYTES: u64 = 4 * MAX_COMMIT_BYTES as u64;

/// Writes a log out; see `export`.
pub(super) fn write(
    folder: &Path,
    from: Seq,
    out: &mut dyn Write,
    watch: Watch<'_>,
) -> Result<Carried, ArchiveError> {
    let mut source = Source::open(folder, from)?;
    let mut carried = Carried { head: source.upto, commits: 0, events: 0, bytes: 0 };
    let mut put = |line: Vec<u8>, carried: &mut Carried| {
        carried.bytes += line.len() as u64;
        out.write_all(&line).map_err(ArchiveError::Output)
    };
    let mut before = source.standing.head;
    let mut begun = false;
    loop {
        let piece = source.next(&mut |commit: &Commit, _| {
            if commit.last() < from {
                before = commit.head();
                return Ok(());
            }
            if !begun {
                put(line::opening(before).map_err(ArchiveError::Output)?, &mut carried)?;
                begun = true;
            }
            carried.commits += 1;
            carried.events += commit.records.len() as u64;
            put(line::of(commit).map_err(ArchiveError::Output)?, &mut carried)?;
            told(watch, commit.last())
        })?;
        if piece.is_none() {
            break;
        }
    }
    if !begun {
        put(line::opening(before).map_err(ArchiveError::Output)?, &mut carried)?;
    }
    let closing = line::closing(source.standing.head, carried.commits);
    put(closing.map_err(ArchiveError::Output)?, &mut carried)?;
    out.flush().map_err(ArchiveError::Output)?;
    Ok(carried)
}

/// Takes a log in; see `import`.
pub(super) fn read(
    input: &mut dyn BufRead,
    folder: &Path,
    watch: Watch<'_>,
) -> Result<Carried, ArchiveError> {
    let mut lines = Lines { input, number: 0, event: Seq::new(1), line: Vec::new() };
    match lines.next()? {
        Some(Line::Opening(Head { seq: Seq::ZERO, hash: Hash32::ZERO })) => {}
        Some(Line::Opening(after)) => {
            let first = after.seq.next();
            let what = format!("it begins at event {first}; only a whole export makes a log");
            return Err(lines.bad(what));
        }
        _ => return Err(lines.bad("its first line does not say that it is an export of a log")),
    }
    let mut builder = Builder::begin(folder)?;
    loop {
        let (commit, stored) = match lines.next()? {
            Some(Line::Commit { commit, stored }) => (commit, stored),
            Some(Line::Closing { head, commits }) => {
                if (head, commits) != (builder.standing.head, builder.standing.commits) {
                    return Err(lines.bad(format!("the file says that it ends at {head}")));
                }
                break;
            }
            Some(Line::Opening(_)) => return Err(lines.bad("another export begins here")),
            None => return Err(lines.bad("the file is cut here: its last line is missing")),
        };
        follows(&commit, builder.standing, builder.epoch).map_err(|what| lines.bad(what))?;
        builder.push(&commit, &stored)?;
        lines.event = commit.last().next();
        told(watch, commit.last())?;
    }
    if lines.next()?.is_some() {
        return Err(lines.bad("lines follow the end"));
    }
    let bytes = builder.bytes;
    let standing = builder.finish()?;
    let events = standing.head.seq.get();
    Ok(Carried { head: standing.head, commits: standing.commits, events, bytes })
}

struct Lines<'a> {
    input: &'a mut dyn BufRead,
    number: u64,
    event: Seq,
    line: Vec<u8>,
}

impl Lines<'_> {
    fn next(&mut self) -> Result<Option<Line>, ArchiveError> {
        self.line.clear();
        let read = (&mut self.input).take(MAX_LINE_BYTES).read_until(b'\n', &mut self.line);
        if read.map_err(ArchiveError::Stream)? == 0 {
            self.number += 1;
            return Ok(None);
        }
        self.number += 1;
        if self.line.last() != Some(&b'\n') {
            return Err(self.bad("the line is cut, or too long to be a commit"));
        }
        parse_line(&self.line).map(Some).map_err(|what| self.bad(what))
    }

    fn bad(&self, what: impl Into<String>) -> ArchiveError {
        let (place, event) = (format!("line {}", self.number), self.event);
        ArchiveError::Input { place, event, what: what.into() }
    }
}
