//! A claims file that can be read several times.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use seeds::import::{BadLines, Pass, Rereadable};
use tempfile::NamedTempFile;

use crate::intake::STANDARD_INPUT;
use crate::progress::Progress;
use crate::report::Failure;

/// What is read. What can be read only once, such as standard input, is kept in a temporary file.
pub(super) struct Source {
    path: PathBuf,
    copy: Option<NamedTempFile>,
    bytes: u64,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Source, Failure> {
        let path = path.to_owned();
        if path.as_os_str() == STANDARD_INPUT {
            return Source::copied(path, io::stdin().lock());
        }
        let metadata =
            std::fs::metadata(&path).map_err(|error| Failure::unreadable(&path, &error))?;
        if metadata.is_dir() {
            return Err(Failure::new(format!("{} is a folder", path.display()))
                .way_out("name a claims file in it"));
        }
        let file = File::open(&path).map_err(|error| Failure::unreadable(&path, &error))?;
        if metadata.is_file() {
            Ok(Source { path, copy: None, bytes: metadata.len() })
        } else {
            Source::copied(path, file)
        }
    }

    fn copied(path: PathBuf, mut from: impl Read) -> Result<Source, Failure> {
        let failed = |error: &io::Error| {
            Failure::new(format!("{} cannot be read to its end: {error}", name_of(&path)))
        };
        let mut copy = NamedTempFile::new().map_err(|error| failed(&error))?;
        let bytes = io::copy(&mut from, &mut copy).map_err(|error| failed(&error))?;
        Ok(Source { path, copy: Some(copy), bytes })
    }

    /// What people call it.
    pub(super) fn name(&self) -> String {
        name_of(&self.path)
    }

    /// That it cannot be opened any more.
    pub(super) fn unreadable(&self, error: &io::Error) -> Failure {
        Failure::unreadable(&self.path, error)
    }

    fn reopen(&self) -> io::Result<File> {
        match &self.copy {
            Some(copy) => copy.reopen(),
            None => File::open(&self.path),
        }
    }

    /// Copies the bad lines to a file beside this one, and tells its path.
    pub(super) fn set_bad_aside(&self, bad: &BadLines) -> Result<PathBuf, Failure> {
        let path = if self.path.as_os_str() == STANDARD_INPUT {
            PathBuf::from("stdin.bad.ndjson")
        } else {
            self.path.with_extension("bad.ndjson")
        };
        let copy = || -> io::Result<()> {
            let mut input = BufReader::new(self.reopen()?);
            let mut output = BufWriter::new(File::create(&path)?);
            let (mut line, mut number) = (Vec::new(), 0);
            while input.read_until(b'\n', &mut line)? > 0 {
                number += 1;
                if bad.holds(number) {
                    output.write_all(&line)?;
                }
                line.clear();
            }
            output.flush()
        };
        copy().map_err(|error| {
            Failure::new(format!("the bad lines cannot be kept in {}: {error}", path.display()))
        })?;
        Ok(path)
    }
}

/// Each reading has a bar that says what for.
impl Rereadable for Source {
    fn read(&self, pass: Pass) -> io::Result<impl BufRead + Send + 'static> {
        let label = match pass {
            Pass::Checking => "checking",
            Pass::Rehearsing => "rehearsing",
            Pass::Recording => "recording",
        };
        let progress = Progress::of_bytes(label, self.bytes);
        Ok(BufReader::with_capacity(1 << 20, progress.reading(self.reopen()?)))
    }
}

fn name_of(path: &Path) -> String {
    if path.as_os_str() == STANDARD_INPUT {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}
