//! What a view knows, as a file.

mod ndjson;

pub use ndjson::ndjson;
