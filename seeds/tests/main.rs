//! The extractor as its callers meet it.

mod articles;
mod laws;
mod reader;
