//! The extractor as its callers meet it.
