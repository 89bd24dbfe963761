//! Articles to claims with evidence, by rules one can read.
//!
//! The way of an article: its text is mended (`text`), cut into sentences (`sentence`), names are
//! read in it (`mention`, `list`) and gathered in a `catalogue`; words that refer back are
//! resolved (`pronoun`), sentences are rendered with names as slots and matched against rules
//! (`rule`), figures are read (`quantity`, `period`, `metric`, `observation`), and all of it
//! becomes drafts (`draft`). Reading an article records nothing: it proposes. Only [`import`], which
//! brings a claims file into a ledger, has anything recorded.

mod boundary;
mod catalogue;
pub mod chain;
pub mod claims_file;
mod composition;
pub mod document;
mod draft;
pub mod eval;
mod extract;
pub mod generate;
pub mod import;
mod lexicon;
mod list;
mod mention;
mod metric;
mod observation;
mod period;
mod pronoun;
mod quantity;
mod rule;
mod sentence;
mod text;
mod topic;

#[cfg(test)]
mod rule_examples;

pub use extract::RuleExtractor;
pub use lexicon::LexiconError;
