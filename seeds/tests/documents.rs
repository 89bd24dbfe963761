use std::fs;
use std::path::Path;

use proptest::prelude::*;
use seeds::document::{
    ArticleFlags, MAX_FILE_BYTES, Note, Problem, Read, ReadError, read_article, read_bytes,
    read_stream,
};

const ARTICLE: &str = "---
title: 泵阀小镇开园
publisher: 某报
published_on: 2025-05-24
author: 王
---

# 另一个题目

甲公司引领泵阀小镇。
";

fn bytes(name: &str, text: &str) -> Result<Read, ReadError> {
    read_bytes(name, text.as_bytes(), &ArticleFlags::default())
}

#[test]
fn front_matter_is_what_is_known_and_flags_go_before_it() {
    let read = bytes("a.md", ARTICLE).unwrap();
    let meta = read.document.meta();
    assert_eq!(meta.title, "泵阀小镇开园");
    assert_eq!(meta.published_on, "2025-05-24".parse().ok());
    assert_eq!(meta.language, "zh");
    assert_eq!(&**read.document.text(), "\n# 另一个题目\n\n甲公司引领泵阀小镇。\n");
    assert_eq!(read.notes, vec![Note::UnknownKey { key: "author".into(), line: 5 }]);

    let flags = ArticleFlags {
        title: Some("旗".into()),
        language: Some("zh-Hans".into()),
        ..ArticleFlags::default()
    };
    let read = read_bytes("a.MD", ARTICLE.as_bytes(), &flags).unwrap();
    assert_eq!(read.document.meta().title, "旗");
    assert_eq!(read.document.meta().language, "zh-Hans");
    assert_eq!(read.document.meta().publisher.as_deref(), Some("某报"));
}

#[test]
fn plain_text_is_all_text_and_a_stream_may_be_either() {
    let plain = bytes("a.txt", ARTICLE).unwrap();
    assert_eq!(&**plain.document.text(), ARTICLE);
    assert_eq!(plain.document.meta().title, "---");
    let flags = ArticleFlags::default();
    let stream = read_stream("-", ARTICLE.as_bytes(), &flags).unwrap();
    assert_eq!(stream.document, bytes("a.md", ARTICLE).unwrap().document);
    let stream = read_stream("-", "题\n\n正文".as_bytes(), &flags).unwrap();
    assert_eq!(&**stream.document.text(), "题\n\n正文");
    assert_eq!(stream.notes, vec![Note::TitleFromText { title: "题".into() }]);
}

#[test]
fn another_encoding_is_read_and_told() {
    let (gb, _, _) = encoding_rs::GB18030.encode("题目\r\n甲公司引领泵阀小镇。");
    let flags = ArticleFlags { title: Some("题".into()), ..ArticleFlags::default() };
    let read = read_bytes("a.txt", &gb, &flags).unwrap();
    assert_eq!(&**read.document.text(), "题目\n甲公司引领泵阀小镇。");
    assert_eq!(read.notes[0].to_string(), "not UTF-8; read as GB18030");
}

#[test]
fn files_that_cannot_be_articles_are_refused_with_their_path() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |path: &Path| read_article(path, &ArticleFlags::default()).unwrap_err();

    let missing = folder.path().join("missing.txt");
    let error = refusal(&missing);
    assert!(matches!(error.problem, Problem::Missing));
    assert!(error.to_string().contains("missing.txt: there is no such file"), "{error}");
    assert!(matches!(refusal(folder.path()).problem, Problem::Folder));

    let path = folder.path().join("a.md");
    fs::write(&path, "").unwrap();
    assert!(matches!(refusal(&path).problem, Problem::Empty));
    fs::write(&path, "---\ntitle: 题\n---\n \n").unwrap();
    assert_eq!(refusal(&path).problem.to_string(), "the document `题` has no text");
    fs::write(&path, "长".repeat(100_000)).unwrap();
    assert!(refusal(&path).problem.to_string().contains("300000 bytes of text, at most 262144"));

    let big = fs::File::create(&path).unwrap();
    big.set_len(MAX_FILE_BYTES + 1).unwrap();
    let error = refusal(&path).problem.to_string();
    assert!(error.contains("16777217 bytes, at most 16777216 are read"), "{error}");
}

#[test]
fn a_stream_without_end_is_cut_off() {
    let endless = std::io::repeat(b'x');
    let error = read_stream("-", endless, &ArticleFlags::default()).unwrap_err();
    assert!(matches!(error.problem, Problem::TooBig { .. }), "{error}");
}

#[test]
fn a_file_reads_as_its_bytes_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("文章.md");
    fs::write(&path, ARTICLE).unwrap();
    let flags = ArticleFlags::default();
    let from_file = read_article(&path, &flags).unwrap();
    assert_eq!(from_file, bytes("文章.md", ARTICLE).unwrap());
}

proptest! {
    #[test]
    fn no_bytes_whatever_make_the_reader_panic(
        start in prop::sample::select(vec!["", "---\n", "---\ntitle: ", "\u{feff}"]),
        rest in prop::collection::vec(any::<u8>(), 0..200),
        markdown in any::<bool>(),
    ) {
        let mut bytes = start.as_bytes().to_vec();
        bytes.extend(rest);
        let name = if markdown { "a.md" } else { "a" };
        if let Ok(read) = read_bytes(name, &bytes, &ArticleFlags::default()) {
            prop_assert!(!read.document.text().trim().is_empty());
        }
    }

    #[test]
    fn text_that_is_utf_8_is_never_changed(text in "[甲乙a-z。，\n]{1,60}") {
        prop_assume!(!text.trim().is_empty());
        let read = bytes("a.txt", &text).unwrap();
        prop_assert_eq!(&**read.document.text(), text);
    }
}
