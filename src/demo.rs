//! The articles that travel in the binary, for `serve --demo`.

use include_dir::{Dir, include_dir};
use seeds::document::{ArticleFlags, Read, ReadError, read_bytes};

static ARTICLES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/seeds/articles");

/// What lies beside the articles and is none.
const NO_ARTICLE: &str = "README.md";

/// Reads the articles, in the order of their names.
pub(crate) fn articles() -> Result<Vec<Read>, ReadError> {
    let mut files: Vec<_> = ARTICLES
        .files()
        .filter_map(|file| Some((file.path().file_name()?.to_str()?, file.contents())))
        .filter(|(name, _)| name.ends_with(".md") && *name != NO_ARTICLE)
        .collect();
    files.sort_unstable();
    let flags = ArticleFlags::default();
    files.into_iter().map(|(name, bytes)| read_bytes(name, bytes, &flags)).collect()
}
