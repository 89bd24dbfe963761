//! Progress of long work: a bar on a terminal's standard error, nothing when it is piped.

use std::io::{self, Read, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often a bar of unknown length turns.
const TICK: Duration = Duration::from_millis(120);

/// A bar that vanishes when the work ends.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Work of a known length in some unit.
    pub(crate) fn of(label: &str, length: u64, unit: &str) -> Progress {
        let template = format!(
            "{{prefix}} {{wide_bar}} {{human_pos}}/{{human_len}} {unit} {{per_sec}} {{eta_precise}}"
        );
        Progress::styled(ProgressBar::new(length), label, &template)
    }

    /// Work on bytes.
    pub(crate) fn of_bytes(label: &str, length: u64) -> Progress {
        let template = "{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta_precise}";
        Progress::styled(ProgressBar::new(length), label, template)
    }

    /// Work on bytes of which nobody knows how many come.
    pub(crate) fn of_stream(label: &str) -> Progress {
        let template = "{prefix} {spinner} {bytes} {bytes_per_sec}";
        let progress = Progress::styled(ProgressBar::new_spinner(), label, template);
        progress.bar.enable_steady_tick(TICK);
        progress
    }

    /// Work whose length nobody knows.
    pub(crate) fn open_ended(label: &str, unit: &str) -> Progress {
        let template = format!("{{prefix}} {{spinner}} {{human_pos}} {unit} {{per_sec}} {{msg}}");
        let progress = Progress::styled(ProgressBar::new_spinner(), label, &template);
        progress.bar.enable_steady_tick(TICK);
        progress
    }

    fn styled(bar: ProgressBar, label: &str, template: &str) -> Progress {
        // Templates are our own; one that does not parse gives the library's plain bar.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(label.to_owned());
        Progress { bar }
    }

    /// Reads on, and moves the bar along.
    pub(crate) fn reading<R: Read>(self, from: R) -> impl Read + use<R> {
        Reading { from, progress: self }
    }

    /// The same for a reader of any kind.
    pub(crate) fn boxed<R: Read + 'static>(self, from: R) -> Box<dyn Read> {
        Box::new(self.reading(from))
    }

    /// Writes on, and moves the bar along.
    pub(crate) fn writing<W: Write>(self, to: W) -> impl Write + use<W> {
        Writing { to, progress: self }
    }

    /// So much is done.
    pub(crate) fn reached(&self, position: u64) {
        self.bar.set_position(position);
    }

    /// So much of so much is done.
    pub(crate) fn reached_of(&self, position: u64, length: u64) {
        self.bar.set_length(length);
        self.bar.set_position(position);
    }

    /// So much more is done.
    pub(crate) fn advance(&self, by: u64) {
        self.bar.inc(by);
    }

    /// Prints something while the bar stands aside.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

struct Reading<R> {
    from: R,
    progress: Progress,
}

impl<R: Read> Read for Reading<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.progress.advance(read as u64);
        Ok(read)
    }
}

struct Writing<W> {
    to: W,
    progress: Progress,
}

impl<W: Write> Write for Writing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.progress.advance(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
