//! An analyst's own lexicons and rules.

use graph::model::Predicate;
use seeds::RuleExtractor;

use crate::reader::read;

/// A folder with one file.
fn folder(name: &str, text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
    folder
}

#[test]
fn own_words_and_rules_come_beside_the_bundled_ones() {
    let folder = folder(
        "rules/own.toml",
        r#"
predicate = "LOCATED_IN"

[[rule]]
pattern = "<source:FIRM>安家在<target:TOWN>"
confidence = 0.9

[[rule.example]]
text = "汀洲青禾轴承有限公司安家在泵阀小镇。"
reads = ["汀洲青禾轴承有限公司 LOCATED_IN 泵阀小镇"]
"#,
    );
    let text = "汀洲青禾轴承有限公司安家在泵阀小镇。";
    let bundled = read(&RuleExtractor::bundled().unwrap(), text, "2025-05-24");
    assert!(!bundled.relates("汀洲青禾轴承有限公司", Predicate::LocatedIn, "泵阀小镇"));
    let extractor = RuleExtractor::with_user_files(folder.path()).unwrap();
    let own = read(&extractor, text, "2025-05-24");
    assert!(own.relates("汀洲青禾轴承有限公司", Predicate::LocatedIn, "泵阀小镇"));
    assert!(own.extraction.rules.iter().any(|rule| rule == "own.1"));
}

#[test]
fn an_error_names_file_and_entry() {
    for (name, text, words) in [
        ("rules/own.toml", "rule = 1", vec!["rules/own.toml"]),
        (
            "rules/own.toml",
            "predicate = 'LEADS'\n[[rule]]\npattern = '<source:FIRMA>'",
            vec!["rules/own.toml", "own.1", "FIRMA"],
        ),
        (
            "rules/own.toml",
            "predicate = 'LEADS'\n[[rule]]\npattern = '<source:FIRM>'\ntarget = 'subject:TOWN'",
            vec!["own.1", "example"],
        ),
        (
            "rules/own.toml",
            "predicate = 'LEADS'\n[[rule]]\npattern = '<source:FIRM>'",
            vec!["own.1", "target"],
        ),
        (
            "lexicon/own.toml",
            "[[word]]\nkind = 'CHIAN'\nnames = ['泵阀']",
            vec!["lexicon/own.toml", "泵阀", "CHIAN"],
        ),
    ] {
        let folder = folder(name, text);
        let error = RuleExtractor::with_user_files(folder.path()).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "`{word}` in: {error}");
        }
    }
}
