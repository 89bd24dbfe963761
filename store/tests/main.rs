//! The log as its callers meet it. Each `mod` says what belongs in it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

/// Exports, imports, backups, restores, and readers without the lock.
mod archive;
/// What every backend must do: one suite over all of them.
mod conformance;
/// Processes that are killed while they write.
mod crash;
/// Every kind of hurt at many places of the journal and of HEAD.
mod damage;
/// What a log tells of its work.
mod figures;
/// Samples of every released format.
mod formats;
/// Disks that are full, or nearly.
mod full;
/// Every class of byte of every file, hurt in every way: the table of `docs/damage-matrix.md`.
mod matrix;
/// Random histories against a plain vector.
mod model;
/// Files that a newer release wrote.
mod newer;
/// Folders before their first commit, and folders that are in use.
mod opening;
/// Finished segments in their compressed form: the same log, whatever a crash leaves behind.
mod packed;
/// The power goes, or a step fails, wherever it may.
mod power;
/// Folders that were hurt, and what opening and verifying make of them.
mod recovery;
/// Folders that were hurt, and what repairing makes of them.
mod repair;
/// Reading on where one copy fails.
mod second_copy;
/// Rounds of power cuts under several writers.
mod simulation;
/// What sled's panics and spoilt files do to a log that is open, or that opens.
#[cfg(unix)]
mod sled_panics;
/// How the tests make drafts, folders and logs.
mod support;
/// What verifying finds, shallow and deep, and against a checkpoint.
mod verifying;
