//! The crate as its callers meet it.

/// Claims files: what is read, what is refused and why, and the way there and back.
#[cfg(test)]
mod claims_file;
