//! Building a log in a folder beside its place, which gets its name only when it is whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::ArchiveError;
use crate::backend::Standing;
use crate::backend::local::head::{self, Found, HeadFile};
use crate::backend::local::segment::{self, HEADER_BYTES, Header};
use crate::backend::local::{content, journal};
use crate::commit::Commit;
use crate::disk::real::RealDisk;
use crate::disk::{self, Disk as _};
use crate::position::Seq;

/// As in `LocalOptions`.
const SEGMENT_BYTES: u64 = 64 << 20;
const BUFFER_BYTES: usize = 1 << 20;

/// What a commit must be to follow another one.
pub(super) fn follows(commit: &Commit, standing: Standing, epoch: u32) -> Result<(), String> {
    let next = standing.head.seq.next();
    if commit.first != next {
        return Err(format!("event {next} should follow, and {} does", commit.first));
    }
    if commit.prev_hash != standing.head.hash {
        return Err("it names another commit before it".to_owned());
    }
    if standing.commits > 0 && commit.recorded_at_ms < standing.last_recorded_at_ms {
        return Err("it was recorded before the one before it".to_owned());
    }
    if commit.epoch < epoch {
        return Err(format!("it is of epoch {}, after one of {epoch}", commit.epoch));
    }
    Ok(())
}

/// A log that is being built. Dropped before `finish`, it leaves nothing.
pub(super) struct Builder {
    target: PathBuf,
    /// Gone with its content when this is dropped.
    _scratch: tempfile::TempDir,
    /// The log in it, until it gets its name.
    root: PathBuf,
    journal: PathBuf,
    pub(super) standing: Standing,
    pub(super) epoch: u32,
    /// The segment that commits go to, and its length.
    open: Option<(BufWriter<File>, u64)>,
    pub(super) bytes: u64,
}

impl Builder {
    /// Begins a log for a folder that is not there, or empty.
    pub(super) fn begin(target: &Path) -> Result<Builder, ArchiveError> {
        must_be_free(target)?;
        let parent = parent_of(target);
        disk::create_dir(&RealDisk, &parent).map_err(ArchiveError::io(&parent))?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let scratch = tempfile::Builder::new()
            .prefix(&format!(".{name}.unfinished-"))
            .tempdir_in(&parent)
            .map_err(ArchiveError::io(&parent))?;
        // A folder in the folder: the outer one is for its owner alone, as scratch should be.
        let root = scratch.path().join("log");
        let journal = root.join(journal::FOLDER_NAME);
        disk::create_dir(&RealDisk, &journal).map_err(ArchiveError::io(&journal))?;
        let (target, standing) = (target.to_owned(), Standing::default());
        Ok(Builder {
            target,
            _scratch: scratch,
            root,
            journal,
            standing,
            epoch: 0,
            open: None,
            bytes: 0,
        })
    }

    /// Adds a commit, which must follow; see `follows`.
    pub(super) fn push(&mut self, commit: &Commit, stored: &[u8]) -> Result<(), ArchiveError> {
        let journal = self.journal.clone();
        self.push_to_segment(commit, stored).map_err(ArchiveError::io(&journal))
    }

    fn push_to_segment(&mut self, commit: &Commit, stored: &[u8]) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|(_, len)| *len >= SEGMENT_BYTES) {
            self.seal()?;
        }
        let (file, len) = match &mut self.open {
            Some(open) => open,
            None => {
                let first = self.standing.head.seq.next();
                let header =
                    Header { epoch: commit.epoch, first, prev_hash: self.standing.head.hash };
                let file = File::create_new(journal::path_of(&self.journal, first))?;
                let mut file = BufWriter::with_capacity(BUFFER_BYTES, file);
                file.write_all(&header.to_bytes())?;
                self.open.insert((file, HEADER_BYTES as u64))
            }
        };
        let mut frame = Vec::with_capacity(stored.len() + segment::FRAME_BYTES);
        segment::put_commit(&mut frame, commit.first, stored);
        file.write_all(&frame)?;
        *len += frame.len() as u64;
        self.bytes += frame.len() as u64;
        self.standing = self.standing.after(commit);
        self.epoch = commit.epoch;
        Ok(())
    }

    fn seal(&mut self) -> io::Result<()> {
        if let Some((mut file, _)) = self.open.take() {
            let mut seal = Vec::new();
            segment::put_seal(&mut seal, self.standing);
            file.write_all(&seal)?;
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        }
        Ok(())
    }

    /// Adds a file of a segment, in the form that `packed` says, whose commits were checked to
    /// follow and lead to `end`. Not to be mixed with `push`.
    pub(super) fn put_segment(
        &mut self,
        first: Seq,
        packed: bool,
        bytes: &[u8],
        end: Standing,
    ) -> Result<(), ArchiveError> {
        let mut path = journal::path_of(&self.journal, first);
        if packed {
            path = content::other_form(&path);
        }
        let written = File::create_new(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(ArchiveError::io(&path))?;
        self.bytes += bytes.len() as u64;
        self.standing = end;
        Ok(())
    }

    /// Makes everything durable and gives the log its name.
    pub(super) fn finish(mut self) -> Result<Standing, ArchiveError> {
        let journal = self.journal.clone();
        if let Some((file, _)) = self.open.take() {
            file.into_inner()
                .map_err(io::IntoInnerError::into_error)
                .and_then(|file| file.sync_all())
                .map_err(ArchiveError::io(&journal))?;
        }
        RealDisk.sync_dir(&journal).map_err(ArchiveError::io(&journal))?;
        let head = self.root.join(head::FILE_NAME);
        let epoch = self.epoch.max(crate::log::FIRST_EPOCH);
        HeadFile::open(&RealDisk, &head, Found::Absent, epoch)
            .and_then(|mut head| head.write(self.standing))
            .map_err(ArchiveError::io(&head))?;
        RealDisk.sync_dir(&self.root).map_err(ArchiveError::io(&self.root))?;
        must_be_free(&self.target)?;
        let io = ArchiveError::io(&self.target);
        if self.target.exists() {
            fs::remove_dir(&self.target).map_err(&io)?;
        }
        fs::rename(&self.root, &self.target).map_err(&io)?;
        let parent = parent_of(&self.target);
        RealDisk.sync_dir(&parent).map_err(ArchiveError::io(&parent))?;
        Ok(self.standing)
    }
}

fn parent_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_owned(),
        None => PathBuf::from("."),
    }
}

/// A log is built only where nothing is.
fn must_be_free(target: &Path) -> Result<(), ArchiveError> {
    match fs::read_dir(target) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(ArchiveError::NotEmpty { path: target.to_owned() }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(ArchiveError::io(target)(error)),
    }
}
