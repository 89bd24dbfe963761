//! `log export`, `import`, `backup`, `restore`: the log outside its folder.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, IsTerminal as _, Read, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};
use store::{ArchiveError, Carried, ExportFormat, Seq};
use tempfile::NamedTempFile;

use crate::cli::{Json, LogBackup, LogExport, LogFormat, LogImport, LogRestore};
use crate::command::Context;
use crate::intake::STANDARD_INPUT;
use crate::interrupt::Stop;
use crate::output::say;
use crate::progress::Progress;
use crate::report::{Failure, nothing_there};
use crate::wiring;

/// The file name that means standard output.
const STANDARD_OUTPUT: &str = "-";
const BUFFER_BYTES: usize = 1 << 20;

pub(crate) fn export(args: &LogExport, context: &mut Context) -> Result<(), Failure> {
    let folder = a_log(context)?;
    let format = match args.format {
        LogFormat::Segments => ExportFormat::Segments,
        LogFormat::Ndjson => ExportFormat::Ndjson,
    };
    let from = Seq::new(args.from.unwrap_or(0));
    let to_output = args.file.as_os_str() == STANDARD_OUTPUT;
    if to_output && args.json.wanted {
        return Err(Failure::usage("standard output holds the export itself; --json needs a file"));
    }
    if to_output && format == ExportFormat::Segments && io::stdout().is_terminal() {
        return Err(Failure::usage("this form is not for a terminal")
            .way_out("name a file, or add --format ndjson"));
    }
    let stop = Stop::listen()?;
    let progress = Progress::of("exporting", head(&folder)?, "events");
    let mut watch = |seq: Seq| reached(&progress, &stop, seq);
    let carried = if to_output {
        store::export(&folder, format, from, context.out.writer(), &mut watch)?
    } else {
        let unwritable = |error: io::Error| {
            Failure::new(format!("{} cannot be written: {error}", args.file.display()))
        };
        // It gets its name when it is whole.
        let scratch = NamedTempFile::new_in(beside(&args.file)).map_err(unwritable)?;
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, scratch.as_file());
        let carried = store::export(&folder, format, from, &mut out, &mut watch)?;
        out.flush().map_err(unwritable)?;
        drop(out);
        scratch.as_file().sync_all().map_err(unwritable)?;
        scratch.persist(&args.file).map_err(|error| unwritable(error.error))?;
        carried
    };
    drop(progress);
    if args.json.wanted {
        return context.out.json(&as_json(&carried, "file", &args.file));
    }
    say(format_args!(
        "exported {} events in {} commits, {} bytes; head {} {}",
        carried.events, carried.commits, carried.bytes, carried.head.seq, carried.head.hash
    ));
    Ok(())
}

pub(crate) fn import(args: &LogImport, context: &mut Context) -> Result<(), Failure> {
    let (folder, _) = context.config.data();
    let stop = Stop::listen()?;
    let from: Box<dyn Read> = if args.file.as_os_str() == STANDARD_INPUT {
        Progress::of_stream("importing").boxed(io::stdin().lock())
    } else {
        let file =
            File::open(&args.file).map_err(|error| Failure::unreadable(&args.file, &error))?;
        let metadata = file.metadata().map_err(|error| Failure::unreadable(&args.file, &error))?;
        if metadata.is_dir() {
            return Err(Failure::unreadable(&args.file, &io::ErrorKind::IsADirectory.into())
                .way_out("a backup is a folder: `lianzhu log restore` takes it"));
        }
        Progress::of_bytes("importing", metadata.len()).boxed(file)
    };
    let mut from = BufReader::with_capacity(BUFFER_BYTES, from);
    let carried =
        store::import(&mut from, &folder, &mut |_| stop.flow()).map_err(|error| match error {
            ArchiveError::Input { .. } => Failure::from(error).about(name_of(&args.file)),
            other => other.into(),
        })?;
    drop(from);
    opened("imported", &carried, &folder, args.json, context)
}

#[expect(clippy::disallowed_methods, reason = "a backup's manifest says when it was made")]
fn now() -> Timestamp {
    Timestamp::now()
}

pub(crate) fn backup(args: &LogBackup, context: &mut Context) -> Result<(), Failure> {
    let folder = a_log(context)?;
    let stop = Stop::listen()?;
    let progress = Progress::of("copying", head(&folder)?, "events");
    let now = now().to_string();
    let mut watch = |seq: Seq| reached(&progress, &stop, seq);
    let carried = store::backup(&folder, &args.target, &now, &mut watch)?;
    drop(progress);
    if args.json.wanted {
        return context.out.json(&as_json(&carried, "folder", &args.target));
    }
    context.out.line(format_args!(
        "backed up to {}: {} new events, {} bytes written; head {} {}",
        args.target.display(),
        carried.events,
        carried.bytes,
        carried.head.seq,
        carried.head.hash
    ))
}

pub(crate) fn restore(args: &LogRestore, context: &mut Context) -> Result<(), Failure> {
    let (folder, _) = context.config.data();
    let stop = Stop::listen()?;
    let progress = Progress::open_ended("restoring", "events");
    let mut watch = |seq: Seq| reached(&progress, &stop, seq);
    let carried = store::restore(&args.backup, &folder, &mut watch)?;
    drop(progress);
    opened("restored", &carried, &folder, args.json, context)
}

/// Opens the new log, which builds its index, and tells where it stands.
fn opened(
    what: &str,
    carried: &Carried,
    folder: &Path,
    json: Json,
    context: &mut Context,
) -> Result<(), Failure> {
    let progress = Progress::open_ended("indexing", "");
    let log = wiring::open_log(folder, &context.config)?;
    drop(progress);
    let head = log.head();
    wiring::block_on(async { Ok(log.close().await?) })?;
    if head != carried.head {
        return Err(Failure::new(format!("the new log stands at {head}, not at {}", carried.head)));
    }
    if json.wanted {
        return context.out.json(&as_json(carried, "folder", folder));
    }
    context.out.line(format_args!(
        "{what} into {}: {} events in {} commits; head {} {}",
        folder.display(),
        carried.events,
        carried.commits,
        head.seq,
        head.hash
    ))
}

fn reached(progress: &Progress, stop: &Stop, seq: Seq) -> ControlFlow<()> {
    progress.reached(seq.get());
    stop.flow()
}

/// The data folder, if it holds a log.
fn a_log(context: &Context) -> Result<PathBuf, Failure> {
    let (folder, _) = context.config.data();
    if wiring::holds_a_log(&folder) { Ok(folder) } else { Err(nothing_there(&folder)) }
}

fn head(folder: &Path) -> Result<u64, Failure> {
    Ok(store::folder_info(folder)?.head.seq.get())
}

fn beside(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn name_of(file: &Path) -> String {
    if file.as_os_str() == STANDARD_INPUT {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    }
}

fn as_json(carried: &Carried, place: &str, path: &Path) -> Value {
    json!({
        "head": carried.head.seq.get(),
        "hash": carried.head.hash.to_string(),
        "commits": carried.commits,
        "events": carried.events,
        "bytes": carried.bytes,
        place: path.display().to_string(),
    })
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Failure {
        match error {
            ArchiveError::Read(error) => Failure::from(error),
            ArchiveError::Open(error) => Failure::from(error),
            ArchiveError::Output(error) => Failure::output(&error),
            ArchiveError::Stopped => Failure::new("stopped; nothing was left half-done")
                .in_chinese("已中止；未留下半成品"),
            ArchiveError::NotEmpty { path } => {
                Failure::new(format!("{} is not empty", path.display()))
                    .way_out("name a new folder with --data: a log is not mixed with what is there")
                    .in_chinese(format!(
                        "{} 不是空文件夹；请用 --data 另选新文件夹",
                        path.display()
                    ))
            }
            error @ ArchiveError::Diverged { .. } => Failure::of(&error)
                .in_chinese("备份文件夹属于另一日志或已分叉；未作任何改动，请另选文件夹"),
            error => Failure::of(&error),
        }
    }
}
