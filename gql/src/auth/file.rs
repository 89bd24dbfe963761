//! The file of tokens: read whole, written whole beside it and put in its place, so that a reader
//! sees the old or the new one. Only its owner may read it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AccessRole, TokenError, TokenInfo};

/// The version of the file's form that this release writes and reads.
const VERSION: u32 = 1;

/// Changes whenever the file does; `None`: no file.
pub(super) type Stamp = Option<(SystemTime, u64, u64)>;

#[derive(Debug, Clone)]
pub(super) struct StoredToken {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) role: AccessRole,
    pub(super) hash: String,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
}

impl StoredToken {
    pub(super) fn is_current(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    pub(super) fn info(&self) -> TokenInfo {
        TokenInfo {
            id: self.id.clone(),
            name: self.name.clone(),
            role: self.role,
            created_at: self.created_at,
            expires_at: self.expires_at,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct FileForm {
    version: u32,
    tokens: Vec<TokenForm>,
}

#[derive(Serialize, Deserialize)]
struct TokenForm {
    id: String,
    name: String,
    role: String,
    blake3: String,
    created_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

pub(super) fn stamp(path: &Path) -> Result<Stamp, TokenError> {
    match std::fs::metadata(path) {
        Ok(meta) => {
            let changed = meta.modified().map_err(|source| failed(path, source))?;
            Ok(Some((changed, meta.len(), inode(&meta))))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed(path, source)),
    }
}

/// Clocks of file systems are coarse; a file put in place of another has another number.
#[cfg(unix)]
fn inode(meta: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(meta)
}

#[cfg(not(unix))]
fn inode(_: &std::fs::Metadata) -> u64 {
    0
}

pub(super) fn read(path: &Path) -> Result<Vec<StoredToken>, TokenError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(path, source)),
    };
    let damaged = |what: String| TokenError::Damaged { path: path.to_owned(), what };
    let form: FileForm = serde_json::from_slice(&bytes).map_err(|e| damaged(e.to_string()))?;
    if form.version != VERSION {
        return Err(damaged(format!("it has version {}, not {VERSION}", form.version)));
    }
    let tokens = form.tokens.into_iter().map(|t| stored(t).map_err(&damaged));
    tokens.collect()
}

fn stored(form: TokenForm) -> Result<StoredToken, String> {
    let role = AccessRole::ALL.into_iter().find(|role| role.as_str() == form.role);
    let moment = |text: &str| text.parse::<Timestamp>().map_err(|error| error.to_string());
    Ok(StoredToken {
        role: role.ok_or_else(|| format!("`{}` is no role", form.role))?,
        created_at: moment(&form.created_at)?,
        expires_at: form.expires_at.as_deref().map(moment).transpose()?,
        id: form.id,
        name: form.name,
        hash: form.blake3,
    })
}

/// Reads the tokens, changes them and writes them back, one process at a time.
pub(super) fn change(
    path: &Path,
    change: impl FnOnce(&mut Vec<StoredToken>) -> Result<(), TokenError>,
) -> Result<(), TokenError> {
    let lock_path = beside(path, "lock");
    let lock = private(&lock_path, false).map_err(|source| failed(&lock_path, source))?;
    lock.lock().map_err(|source| failed(&lock_path, source))?;
    let mut tokens = read(path)?;
    change(&mut tokens)?;
    write(path, &tokens)
}

fn write(path: &Path, tokens: &[StoredToken]) -> Result<(), TokenError> {
    let tokens = tokens.iter().map(|t| TokenForm {
        id: t.id.clone(),
        name: t.name.clone(),
        role: t.role.as_str().to_owned(),
        blake3: t.hash.clone(),
        created_at: t.created_at.to_string(),
        expires_at: t.expires_at.map(|end| end.to_string()),
    });
    let form = FileForm { version: VERSION, tokens: tokens.collect() };
    let mut bytes = serde_json::to_vec_pretty(&form)
        .map_err(|e| TokenError::Damaged { path: path.to_owned(), what: e.to_string() })?;
    bytes.push(b'\n');
    let new = beside(path, "new");
    let put = || -> io::Result<()> {
        let mut file = private(&new, true)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, path)?;
        // The new name is durable only when its folder is.
        match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    };
    put().map_err(|source| failed(path, source))
}

fn private(path: &Path, truncate: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(truncate);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    path.with_extension(format!("json.{ending}"))
}

fn failed(path: &Path, source: io::Error) -> TokenError {
    TokenError::Io { path: path.to_owned(), source }
}
