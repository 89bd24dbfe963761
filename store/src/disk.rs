//! What the log asks of the file system, in one place: each call says what is durable after it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;

/// Creates a folder and the parents that it lacks; the entries of all of them are durable after
/// this.
pub(crate) fn create_dir(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return fs::create_dir(path),
    };
    create_dir(parent)?;
    match fs::create_dir(path) {
        // Somebody else made it meanwhile, or something else is in the way.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !path.is_dir() {
                return Err(io::ErrorKind::NotADirectory.into());
            }
        }
        other => other?,
    }
    sync_dir(parent)
}

/// Makes the entries of a folder durable.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Writes a file that must not exist yet; content and entry are durable after this.
pub(crate) fn write_new(path: &Path, content: &[u8]) -> io::Result<File> {
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    file.sync_all()?;
    if let Some(parent) = path.parent() {
        sync_dir(parent)?;
    }
    Ok(file)
}

/// Reads a whole file; `None` when it does not exist.
pub(crate) fn read_if_there(path: &Path) -> io::Result<Option<Bytes>> {
    match File::open(path) {
        Ok(mut file) => {
            let mut content = Vec::new();
            file.read_to_end(&mut content)?;
            Ok(Some(content.into()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Tells the first path of the form `name.suffix-N` that does not exist.
pub(crate) fn free_name(path: &Path, suffix: &str) -> PathBuf {
    let mut number: u32 = 1;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{suffix}-{number}"));
        if fs::symlink_metadata(&name).is_err() {
            return name.into();
        }
        number += 1;
    }
}

/// Sums the sizes of the files under a folder. What vanishes meanwhile counts nothing.
pub(crate) fn bytes_under(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_under(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// Copies a folder with all that is in it.
pub(crate) fn copy_dir(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_dir(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
