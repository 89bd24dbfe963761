//! Lines that another thread takes apart, a bounded way ahead of who asks for them.

use std::io::{self, BufRead};
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::vec;

use super::parse::{Parsed, Parser};

/// Lines that are handed over together, at most.
const LINES_MAX: usize = 512;

/// No more lines are added to those from this size on, in bytes.
const BYTES_MAX: usize = 1 << 18;

/// So many of those wait at most: they bound the memory.
const WAITING_MAX: usize = 2;

type Lines = Vec<io::Result<Parsed>>;

/// The lines of an input, taken apart by a thread that ends with them, or when this is dropped.
pub(super) struct Beside {
    lines: vec::IntoIter<io::Result<Parsed>>,
    /// Gone once there is no more to come.
    coming: Option<(Receiver<Lines>, JoinHandle<()>)>,
}

impl Beside {
    /// # Errors
    /// If there is no thread to be had.
    pub(super) fn of(input: impl BufRead + Send + 'static) -> io::Result<Self> {
        let (sender, receiver) = sync_channel(WAITING_MAX);
        let work = move || hand_over(Parser::of(input), &sender);
        let thread = Builder::new().name("claims-file".to_owned()).spawn(work)?;
        Ok(Self { lines: Vec::new().into_iter(), coming: Some((receiver, thread)) })
    }
}

fn hand_over(mut lines: impl Iterator<Item = io::Result<Parsed>>, to: &SyncSender<Lines>) {
    let mut goes_on = true;
    while goes_on {
        let (mut together, mut bytes) = (Vec::with_capacity(LINES_MAX), 0);
        while goes_on && together.len() < LINES_MAX && bytes < BYTES_MAX {
            let Some(line) = lines.next() else {
                goes_on = false;
                break;
            };
            match &line {
                Ok(parsed) => bytes += parsed.bytes.len(),
                Err(_) => goes_on = false,
            }
            together.push(line);
        }
        // Nobody listens any more where the reading was given up.
        goes_on &= to.send(together).is_ok();
    }
}

impl Iterator for Beside {
    type Item = io::Result<Parsed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(line) = self.lines.next() {
                return Some(line);
            }
            let (receiver, _) = self.coming.as_ref()?;
            match receiver.recv() {
                Ok(lines) => self.lines = lines.into_iter(),
                Err(_) => {
                    let (_, thread) = self.coming.take()?;
                    if let Err(panic) = thread.join() {
                        resume_unwind(panic);
                    }
                }
            }
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some((receiver, thread)) = self.coming.take() {
            drop(receiver);
            // Whoever drops this wants no more of it, not even why there would be no more.
            thread.join().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read};

    use super::*;

    fn said(lines: impl Iterator<Item = io::Result<Parsed>>) -> Vec<String> {
        lines
            .map(|line| match line {
                Ok(parsed) => String::from_utf8(parsed.bytes).unwrap(),
                Err(error) => error.to_string(),
            })
            .collect()
    }

    /// Gives its bytes, then fails or panics.
    struct Ending(&'static [u8], fn() -> io::Error);

    impl Read for Ending {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err((self.1)()),
                read => Ok(read),
            }
        }
    }

    #[test]
    fn the_lines_are_those_that_are_read_without_a_thread() {
        let long = "x".repeat(BYTES_MAX);
        let few = format!("{{}}\n\n{long}\n{{}}");
        let many = "{\"type\":\"none\"}\n".repeat(3 * LINES_MAX + 1);
        for text in [String::new(), few, many] {
            let beside = Beside::of(io::Cursor::new(text.clone())).unwrap();
            assert_eq!(said(beside), said(Parser::of(text.as_bytes())));
        }
    }

    #[test]
    fn an_error_is_the_last_that_is_said() {
        let input = Ending(b"{}\n{}\n", || io::Error::other("gone"));
        let beside = Beside::of(BufReader::new(input)).unwrap();
        assert_eq!(said(beside), ["{}", "{}", "gone"]);
    }

    #[test]
    #[should_panic(expected = "broken")]
    fn a_panic_of_the_thread_is_not_the_end_of_the_file() {
        let input = Ending(b"{}\n", || std::panic::panic_any("broken"));
        said(Beside::of(BufReader::new(input)).unwrap());
    }

    #[test]
    fn one_that_is_dropped_early_ends_its_thread() {
        let mut beside = Beside::of(BufReader::new(io::repeat(b'\n'))).unwrap();
        assert!(beside.next().is_some());
        drop(beside);
    }
}
