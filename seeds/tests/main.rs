//! The extractor as its callers meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod articles;
mod laws;
mod reader;
mod user_files;
