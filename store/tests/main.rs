//! The log as its callers meet it. Each `mod` says what belongs in it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

/// What every backend must do: one suite over all of them.
mod conformance;
/// Processes that are killed while they write.
mod crash;
/// Every kind of hurt at many places of the journal and of HEAD.
mod damage;
/// Disks that are full, or nearly.
mod full;
/// Every class of byte of every file, hurt in every way: the table of `docs/damage-matrix.md`.
mod matrix;
/// Random histories against a plain vector.
mod model;
/// Folders before their first commit, and folders that are in use.
mod opening;
/// The power goes, or a step fails, wherever it may.
mod power;
/// Folders that were hurt, and what opening and verifying make of them.
mod recovery;
/// Folders of released formats, kept as they were written.
mod samples;
/// Rounds of power cuts under several writers.
mod simulation;
/// How the tests make drafts, folders and logs.
mod support;
