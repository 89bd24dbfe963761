//! The log as its callers meet it. Each `mod` says what belongs in it.

/// What every backend must do: one suite over all of them.
mod conformance;
/// How the tests make drafts, folders and logs.
mod support;
