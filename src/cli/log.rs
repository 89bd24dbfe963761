//! The flags of `log export`, `import`, `backup` and `restore`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Json;

#[derive(Debug, Args)]
pub(crate) struct LogExport {
    /// In which form
    #[arg(long, value_enum, default_value_t = LogFormat::Segments)]
    pub(crate) format: LogFormat,
    /// Begin with the commit that holds this event; only an export from the beginning can be
    /// imported
    #[arg(long, value_name = "SEQ")]
    pub(crate) from: Option<u64>,
    /// The file to write; `-` writes standard output
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// The segments of the journal, compressed: small and fast
    Segments,
    /// Lines of JSON, one for each commit: for people and other programs
    Ndjson,
}

#[derive(Debug, Args)]
pub(crate) struct LogImport {
    /// The file that `log export` wrote, in either form; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct LogBackup {
    /// The folder of the backup: a new one, or one that holds an earlier backup of this log
    #[arg(value_name = "DEST")]
    pub(crate) target: PathBuf,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct LogRestore {
    /// The folder that `log backup` wrote
    #[arg(value_name = "SRC")]
    pub(crate) backup: PathBuf,
    #[command(flatten)]
    pub(crate) json: Json,
}
