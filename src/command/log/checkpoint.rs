//! `log checkpoint`: where the log stands, signed. Keys are files beside the log unless said
//! otherwise; the last checkpoint is kept there too, for `log info`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;
use store::{Checkpoint, PublicKey, ReadError, SigningKey};

use super::moment;
use crate::cli::LogCheckpoint;
use crate::command::Context;
use crate::output::say;
use crate::report::{Failure, nothing_there};
use crate::wiring;

const KEY_FILE: &str = "checkpoint.key";
const LAST_FILE: &str = "checkpoint.last";

pub(crate) fn checkpoint(args: &LogCheckpoint, context: &mut Context) -> Result<(), Failure> {
    let (folder, _) = context.config.data();
    if !wiring::holds_a_log(&folder) {
        return Err(nothing_there(&folder));
    }
    let Some(checkpoint) = standing(&folder, context)? else {
        return Err(Failure::new(format!("the log in {} holds nothing to sign", folder.display()))
            .way_out("record something first"));
    };
    let (path, is_own) = match &args.key {
        Some(path) => (path.clone(), false),
        None => (folder.join(KEY_FILE), true),
    };
    let key = read_or_make(&path, is_own)?;
    let public = key.public(checkpoint.log);
    if args.public_key && args.json.wanted {
        return context.out.json(&json!({ "public_key": public.to_string() }));
    }
    if args.public_key {
        return context.out.line(public);
    }
    let note = checkpoint.sign(&key);
    let last = folder.join(LAST_FILE);
    replace(&last, &note).map_err(|error| unwritable(&last, &error))?;
    if let Some(out) = &args.out {
        replace(out, &note).map_err(|error| unwritable(out, &error))?;
        say(format_args!("event {} signed into {}", checkpoint.head.seq, out.display()));
    }
    if args.json.wanted {
        return context.out.json(&json!({
            "log": checkpoint.log.to_string(),
            "head": checkpoint.head.seq.get(),
            "hash": checkpoint.head.hash.to_string(),
            "epoch": checkpoint.epoch,
            "signed_at": moment(checkpoint.signed_at_ms).map(|time| time.to_string()),
            "public_key": public.to_string(),
            "note": note,
        }));
    }
    if args.out.is_none() { context.out.line(note.trim_end()) } else { Ok(()) }
}

/// Asks without opening, so that a server may hold the folder. What cannot be read so may need
/// mending, which opening does.
fn standing(folder: &Path, context: &Context) -> Result<Option<Checkpoint>, Failure> {
    match store::folder_checkpoint(folder, now()) {
        Err(error @ ReadError::Broken { .. }) => match wiring::open_log(folder, &context.config) {
            Ok(log) => Ok(log.checkpoint(now())?),
            Err(_) => Err(error.into()),
        },
        found => Ok(found?),
    }
}

/// The checkpoint that was made last here, if it can still be read.
pub(super) fn last(folder: &Path) -> Option<Checkpoint> {
    Checkpoint::read_unchecked(&fs::read(folder.join(LAST_FILE)).ok()?).ok()
}

/// The key of a data folder, if it has one.
pub(super) fn own_key(folder: &Path) -> Result<Option<SigningKey>, Failure> {
    read_key(&folder.join(KEY_FILE))
}

/// A public key that somebody gave: itself, or the file that holds it.
pub(super) fn public_key(text: &str) -> Result<PublicKey, Failure> {
    let path = Path::new(text);
    if !path.is_file() {
        return text.parse().map_err(|error| Failure::usage(format!("--public-key: {error}")));
    }
    let held = fs::read_to_string(path).map_err(|error| Failure::unreadable(path, &error))?;
    held.parse().map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

fn read_or_make(path: &Path, is_own: bool) -> Result<SigningKey, Failure> {
    if let Some(key) = read_key(path)? {
        return Ok(key);
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| Failure::new(format!("the system gives no random numbers: {error}")))?;
    let key = SigningKey::from_seed(&seed);
    let written = new_secret(path).and_then(|mut file| {
        writeln!(file, "{}", key.secret_text())?;
        file.sync_all()
    });
    written.map_err(|error| unwritable(path, &error))?;
    say(format_args!("a new key was made: {}", path.display()));
    if is_own {
        say(
            "keep a copy of it elsewhere, or better the key itself (--key): who can rewrite the log could sign with it",
        );
    }
    Ok(key)
}

fn read_key(path: &Path) -> Result<Option<SigningKey>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => match text.parse() {
            Ok(key) => Ok(Some(key)),
            Err(error) => Err(Failure::of(&error as &store::CheckpointError).about(path.display())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::unreadable(path, &error)),
    }
}

/// A file that only its owner may read, and that was not there before.
fn new_secret(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a file so that it is there whole, or as it was.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{} cannot be written: {error}", path.display()))
        .way_out("choose another place")
}

fn now() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "a checkpoint tells when it was signed")]
    Timestamp::now().as_millisecond()
}
