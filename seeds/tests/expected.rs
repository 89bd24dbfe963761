//! Every bundled article beside the claims that it must yield: the test, and the example.
//!
//! `cargo bless` writes the files anew; then read every line that changed.

use std::fs;
use std::path::{Path, PathBuf};

use graph::extract::Extractor;
use graph::model::Confidence;
use seeds::RuleExtractor;
use seeds::claims_file::{load, write_extraction};
use seeds::document::{ArticleFlags, read_article};

fn articles() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("articles");
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "md") && !path.ends_with("README.md"))
        .collect();
    found.sort();
    found
}

fn claims_of(article: &Path) -> String {
    let read = read_article(article, &ArticleFlags::default()).unwrap();
    let extraction = RuleExtractor::bundled().unwrap().extract(&read.document).unwrap();
    let mut out = Vec::new();
    write_extraction(&mut out, &read.document, &extraction, Confidence::new(0.6).unwrap()).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_article_yields_the_claims_beside_it() {
    let articles = articles();
    assert_eq!(articles.len(), 11);
    let bless = std::env::var("INSTA_UPDATE").is_ok_and(|v| v == "always");
    for article in articles {
        let (claims, kept) = (claims_of(&article), article.with_extension("claims.ndjson"));
        if bless {
            fs::write(&kept, &claims).unwrap();
        }
        let expected = fs::read_to_string(&kept).unwrap_or_default();
        let differs = expected.lines().zip(claims.lines()).find(|(e, c)| e != c);
        assert!(
            expected == claims,
            "{} yields other claims; first difference: {differs:#?}; if that is right, `cargo bless` and read the diff",
            article.display(),
        );
        assert_eq!(load(claims.as_bytes()).unwrap().bad, [], "what is written can be imported");
    }
}
