//! What holds for any text: no panic, evidence that stands in it, signatures that the ontology
//! allows, the same answer twice.

use graph::extract::Extractor;
use graph::model::ontology::check_signature;
use graph::model::{Document, DocumentMeta, EntityDraft, EntityKind, Statement};
use proptest::prelude::*;
use seeds::RuleExtractor;

use crate::reader::document;

/// Words that rules look for, and characters that break careless ones.
const PIECES: &[&str] = &[
    "晨屿区",
    "汀洲市",
    "青禾轴承有限公司",
    "三棱科技",
    "、",
    "和",
    "与",
    "等企业",
    "等3家整机企业",
    "，",
    "。",
    "“",
    "”",
    "（",
    "）",
    "以",
    "为链主",
    "依托",
    "入选",
    "名单",
    "泵阀小镇",
    "产业集群",
    "超270亿元",
    "600多项专利",
    "1—4月",
    "增长17.6%",
    "连续37个月",
    "第一",
    "一镇四星",
    "《",
    "》",
    "采购",
    "的",
    "供应",
    "研发",
    "AI",
    "SKYLARK Pro系统",
    "\n",
    "\n\n",
    "## ",
    "　",
    " ",
    "𠮷",
    "🙂",
    "e\u{301}",
    "\u{200b}",
    "\u{feff}",
    "\u{e000}",
    "\u{e100}",
    "Ａ１％",
    "教授纪问澜",
    "在",
    "举行",
    "第三届泵阀大会",
    "今年以来",
    "将",
    "两家",
    "省",
    "市",
    "镇",
    "企业",
    "项目",
    "小镇",
    "全区",
    "，在汀，",
];

/// How many cases a law is tried on: as many as it usually needs, or as `PROPTEST_CASES` says for a
/// long look.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let is_asked = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig { cases: if is_asked { default.cases } else { usual }, ..default }
}

fn extractor() -> &'static RuleExtractor {
    static EXTRACTOR: std::sync::OnceLock<RuleExtractor> = std::sync::OnceLock::new();
    EXTRACTOR.get_or_init(|| RuleExtractor::bundled().unwrap())
}

fn kind(entities: &[EntityDraft], at: usize) -> EntityKind {
    match &entities[at] {
        EntityDraft::Named { kind, .. } => *kind,
        EntityDraft::Known(_) => unreachable!("the extractor knows no recorded entity"),
    }
}

fn check(document: &Document) {
    let read = extractor().extract(document).unwrap();
    assert_eq!(read, extractor().extract(document).unwrap(), "the same answer twice");
    assert_eq!(read.rules.len(), read.drafts.claims.len());
    let entities = &read.drafts.entities;
    for claim in &read.drafts.claims {
        let evidence = claim.evidence.as_ref().expect("every claim quotes its document");
        evidence.check(document.text()).unwrap();
        assert!(evidence.quote.chars().count() <= 120);
        assert_eq!(claim.asserted_by, extractor().version());
        for entity in claim.statement.entities() {
            assert!(entity.0 < entities.len());
        }
        match &claim.statement {
            Statement::Relation(r) => {
                let (source, target) = (kind(entities, r.source.0), kind(entities, r.target.0));
                check_signature(r.predicate, source, target).unwrap();
                assert_ne!(r.source, r.target);
            }
            Statement::Observation(o) => o.check().unwrap(),
            Statement::Role(r) => assert_eq!(kind(entities, r.entity.0), EntityKind::Firm),
            _ => {}
        }
    }
}

fn made(text: &str) -> Option<Document> {
    let meta = DocumentMeta {
        title: "any".into(),
        publisher: None,
        published_on: "2025-05-24".parse().ok(),
        url: None,
        language: "zh".into(),
    };
    Document::new(meta, text).ok()
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn texts_of_trigger_words_hold_the_laws(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 1..80)
    ) {
        if let Some(document) = made(&pieces.concat()) {
            check(&document);
        }
    }

    #[test]
    fn any_text_holds_the_laws(text in "\\PC{0,300}") {
        if let Some(document) = made(&text) {
            check(&document);
        }
    }

    #[test]
    fn articles_cut_anywhere_hold_the_laws(from in 0_usize..900, length in 1_usize..400) {
        let article = include_str!("../articles/07-motor-two-ways.md");
        let text: String = article.chars().skip(from).take(length).collect();
        if let Some(document) = made(&text) {
            check(&document);
        }
    }
}

#[test]
fn articles_hold_the_laws() {
    for article in [
        include_str!("../articles/01-membrane-town.md"),
        include_str!("../articles/04-golden-ding.md"),
        include_str!("../articles/10-four-months-scan.md"),
    ] {
        check(&document(article, "2025-05-24"));
    }
}

#[test]
fn a_text_without_marks_is_read_in_reasonable_time() {
    let text = "晨屿区汀洲青禾轴承有限公司供应".repeat(300);
    check(&document(&text, "2025-05-24"));
}
