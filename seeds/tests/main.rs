//! The crate as its callers meet it.

/// Claims files: what is read, what is refused and why, and the way there and back.
#[cfg(test)]
mod claims_file;

/// Articles: from bytes to documents, and what is told or refused on the way.
#[cfg(test)]
mod documents;

/// Scores: what counts as right, strictly and relaxed.
#[cfg(test)]
mod evaluation;

/// Invented ecosystems: the same bytes for a seed, and fit for import.
#[cfg(test)]
mod generator;

/// Claims files into a ledger and out again.
#[cfg(test)]
mod import;

/// Who is one and who is not, carried by a claims file.
#[cfg(test)]
mod identities;

/// The bundled articles: what the demo must be able to answer.
#[cfg(test)]
mod articles;

/// The bundled articles: each beside the claims that it must yield.
#[cfg(test)]
mod expected;

/// The laws of the extractor over any text.
#[cfg(test)]
mod laws;

/// The extractor as its callers meet it.
#[cfg(test)]
mod reader;

/// Texts of other trades and places, scored.
#[cfg(test)]
mod unseen;

/// Lexicons and rules of an analyst's own.
#[cfg(test)]
mod user_files;
