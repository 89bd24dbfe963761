//! The flags of the `log` commands.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Json;

#[derive(Debug, Args)]
pub(crate) struct LogVerify {
    /// Compare every entry of the index too, in both directions; takes about twice as long
    #[arg(long)]
    pub(crate) deep: bool,
    /// Check that the log still holds what this checkpoint was signed over
    #[arg(long, value_name = "CHECKPOINT")]
    pub(crate) against: Option<PathBuf>,
    /// The key that checks the signature, or a file that holds it [default: the one of the data
    /// folder's own key, which proves less: who can rewrite the log can sign with it]
    #[arg(long, value_name = "KEY", requires = "against")]
    pub(crate) public_key: Option<String>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct LogRepair {
    /// Change nothing, and tell what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct LogCheckpoint {
    /// The secret key; made when it is not there [default: checkpoint.key in the data folder]
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// Write the checkpoint into this file instead of printing it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print the public key instead, which checks this log's checkpoints
    #[arg(long, conflicts_with = "out")]
    pub(crate) public_key: bool,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct LogTail {
    /// Print new events as they come, until Ctrl-C
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// How many of the last events
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    pub(crate) lines: u64,
    /// Every event after this position, instead of the last ones
    #[arg(long, value_name = "SEQ", conflicts_with = "lines")]
    pub(crate) after: Option<u64>,
    #[command(flatten)]
    pub(crate) json: Json,
}

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
