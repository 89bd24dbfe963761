//! Articles and claims files in, claim drafts with evidence out.

pub mod claims_file;
pub mod document;
pub mod eval;
pub mod generate;
pub mod import;
