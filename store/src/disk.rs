//! What the log asks of the file system, in one place: each call says what is durable after it.
//!
//! The journal, HEAD and opening reach files only through [`Disk`], so that tests can put a disk in
//! its place that fails, fills up and loses what was not synced. sled reaches its own files by
//! itself; the lock is the system's.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

mod copying;
pub(crate) mod faulty;
pub(crate) mod real;

pub(crate) use copying::{bytes_under, copy_dir};

/// A file system. An entry is a file's or folder's name in the folder above it.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Tells what a path leads to, links followed; `None` when there is nothing.
    ///
    /// # Errors
    ///
    /// Fails if the system cannot tell.
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>>;

    /// Lists the paths of a folder's entries, in no order.
    ///
    /// # Errors
    ///
    /// Fails with `NotFound` when there is no such folder, or if it cannot be read.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// Opens a file. One that it makes is durable, name and all, after [`DiskFile::sync_all`] and
    /// [`Disk::sync_dir`] of its folder; until then it may be gone after a power loss.
    ///
    /// # Errors
    ///
    /// Fails as the mode says, or if the system refuses.
    fn open(&self, path: &Path, mode: Mode) -> io::Result<Box<dyn DiskFile>>;

    /// Makes one folder. Its entry is durable after [`Disk::sync_dir`] of the folder above it.
    ///
    /// # Errors
    ///
    /// Fails with `AlreadyExists`, or if the system refuses.
    fn make_dir(&self, path: &Path) -> io::Result<()>;

    /// Gives a file or folder another name in the same folder, in one step: after a power loss it
    /// has one of the two. Durable after [`Disk::sync_dir`]. A file in the way is replaced.
    ///
    /// # Errors
    ///
    /// Fails if the system refuses.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file a second name. Durable after [`Disk::sync_dir`].
    ///
    /// # Errors
    ///
    /// Fails with `AlreadyExists`, or if the system refuses; some file systems always do.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file. Durable after [`Disk::sync_dir`].
    ///
    /// # Errors
    ///
    /// Fails with `NotFound`, or if the system refuses.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes the entries of a folder durable: what was made, renamed and removed in it.
    ///
    /// # Errors
    ///
    /// After an error nothing is known of them.
    fn sync_dir(&self, folder: &Path) -> io::Result<()>;

    /// Tells how many bytes may still be written where a path lies. What others write counts too,
    /// so it is no promise.
    ///
    /// # Errors
    ///
    /// Fails if the system cannot tell.
    fn free_bytes(&self, path: &Path) -> io::Result<u64>;
}

/// An open file.
pub trait DiskFile: fmt::Debug + Send + Sync {
    /// Tells its length in bytes.
    ///
    /// # Errors
    ///
    /// Fails if the system cannot tell.
    fn size(&self) -> io::Result<u64>;

    /// Reads from byte `at` until `buffer` is full or the file ends; tells how much was read.
    ///
    /// # Errors
    ///
    /// Fails if the system cannot read.
    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `bytes` from byte `at` on. Nothing of it is durable before a sync, and after a
    /// power loss any part of it may be there without the rest.
    ///
    /// # Errors
    ///
    /// After an error, such as `StorageFull`, any part of it may be there.
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts or extends the file. Durable after a sync.
    ///
    /// # Errors
    ///
    /// After an error its length is one of the two.
    fn set_len(&mut self, len: u64) -> io::Result<()>;

    /// Makes content and length durable (`fdatasync`).
    ///
    /// # Errors
    ///
    /// After an error nothing is known of what was written since the last sync, and a second call
    /// that succeeds proves nothing.
    fn sync_data(&mut self) -> io::Result<()>;

    /// Makes content, length and attributes durable (`fsync`); not the file's entry.
    ///
    /// # Errors
    ///
    /// As for [`DiskFile::sync_data`].
    fn sync_all(&mut self) -> io::Result<()>;
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A file, or something else that is no folder.
    File,
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Only to read; it must be there.
    Read,
    /// To read and write; it must be there.
    Write,
    /// To read and write; it must not be there yet.
    New,
    /// To read and write; an older one is emptied.
    Replace,
}

/// Creates a folder and the parents that it lacks; the entries of all of them are durable after
/// this.
pub(crate) fn create_dir(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    if disk.kind(path)? == Some(Kind::Folder) {
        return Ok(());
    }
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return disk.make_dir(path),
    };
    create_dir(disk, parent)?;
    match disk.make_dir(path) {
        // Somebody else made it meanwhile, or something else is in the way.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if disk.kind(path)? != Some(Kind::Folder) {
                return Err(io::ErrorKind::NotADirectory.into());
            }
        }
        other => other?,
    }
    disk.sync_dir(parent)
}

/// Writes a file that must not exist yet; content and entry are durable after this.
pub(crate) fn write_new(
    disk: &dyn Disk,
    path: &Path,
    content: &[u8],
) -> io::Result<Box<dyn DiskFile>> {
    let mut file = disk.open(path, Mode::New)?;
    file.write_at(0, content)?;
    file.sync_all()?;
    if let Some(parent) = path.parent() {
        disk.sync_dir(parent)?;
    }
    Ok(file)
}

/// Reads a whole file; `None` when it does not exist.
pub(crate) fn read_if_there(disk: &dyn Disk, path: &Path) -> io::Result<Option<Bytes>> {
    match disk.open(path, Mode::Read) {
        Ok(mut file) => {
            let size = file.size()?;
            read_range(file.as_mut(), 0, size).map(|content| Some(content.into()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads up to `len` bytes from byte `at` on; fewer where the file ends.
pub(crate) fn read_range(file: &mut dyn DiskFile, at: u64, len: u64) -> io::Result<Vec<u8>> {
    let len = usize::try_from(len).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
    let mut content = vec![0; len];
    let read = file.read_at(at, &mut content)?;
    content.truncate(read);
    Ok(content)
}

/// Tells the first path of the form `name.suffix-N` that does not exist.
pub(crate) fn free_name(disk: &dyn Disk, path: &Path, suffix: &str) -> io::Result<PathBuf> {
    let mut number: u32 = 1;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{suffix}-{number}"));
        if disk.kind(Path::new(&name))?.is_none() {
            return Ok(name.into());
        }
        number += 1;
    }
}

/// Tells whether an error means that the disk, or this user's share of it, is full.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Writes a file from its beginning on, for `BufWriter`. Nothing is durable before a sync.
#[derive(Debug)]
pub(crate) struct Appender {
    pub(crate) file: Box<dyn DiskFile>,
    pub(crate) len: u64,
}

impl Write for Appender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_at(self.len, bytes)?;
        self.len += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads a file from its beginning on.
#[derive(Debug)]
pub(crate) struct Sequential {
    file: Box<dyn DiskFile>,
    at: u64,
}

impl Sequential {
    pub(crate) fn open(disk: &dyn Disk, path: &Path) -> io::Result<Sequential> {
        Ok(Sequential { file: disk.open(path, Mode::Read)?, at: 0 })
    }
}

impl Read for Sequential {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(self.at, buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}
