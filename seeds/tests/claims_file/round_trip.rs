use std::collections::BTreeMap;

use graph::extract::Extraction;
use graph::model::{
    ClaimDraft, ClaimStatus, Comparator, Confidence, Document, DocumentMeta, Drafts, EntityDraft,
    EntityKind, Evidence, Identifier, IdentifierScheme, LocalEntity, Modality, Observation,
    Predicate, Qualifiers, RelationStatement, Role, RoleBasis, RoleHeld, Span, Statement,
    TextQualifier, Validity,
};
use proptest::prelude::*;
use seeds::claims_file::{load, write_extraction};

use super::START;

const TEXT: &str = "甲公司引领泵阀小镇，向乙公司供应𠮷阀，总产出超270亿元。";

fn document() -> Document {
    let meta = DocumentMeta {
        title: "“题”".into(),
        publisher: Some("报".into()),
        published_on: "2025-05".parse().ok(),
        url: None,
        language: "zh".into(),
    };
    Document::new(meta, TEXT).unwrap()
}

fn entities() -> Vec<EntityDraft> {
    let entity = |kind, name: &str, also: &[&str]| EntityDraft::Named {
        kind,
        name: name.into(),
        also_known_as: also.iter().map(|a| (*a).to_owned()).collect(),
    };
    vec![
        entity(EntityKind::Firm, "甲公司", &["甲"]),
        entity(EntityKind::Firm, "乙公司", &[]),
        entity(EntityKind::Town, "泵阀小镇", &[]),
        entity(EntityKind::Product, "𠮷阀\\\"", &[]),
        entity(EntityKind::Stage, "整机", &[]),
    ]
}

fn statement() -> impl Strategy<Value = Statement<LocalEntity>> {
    let firm = || (0..2usize).prop_map(LocalEntity);
    let entity = || (0..5usize).prop_map(LocalEntity);
    let texts = prop::collection::btree_map(
        prop::sample::select(TextQualifier::ALL),
        "[a-z甲乙\"\\\\]{1,4}",
        0..3,
    );
    let validity = prop::sample::select(vec![
        Validity::UNSTATED,
        Validity::new("2020".parse().ok(), "2021-05".parse().ok()).unwrap(),
        Validity::new(None, "2021-05-06".parse().ok()).unwrap(),
    ]);
    let modality = || prop::sample::select(Modality::ALL);
    let figure = || any::<f64>().prop_filter("figures are finite", |v| v.is_finite());
    prop_oneof![
        (firm(), any::<bool>(), any::<bool>(), texts, validity.clone(), modality()).prop_map(
            |(source, product, stage, texts, validity, modality)| {
                Statement::Relation(RelationStatement {
                    predicate: Predicate::Leads,
                    source,
                    target: LocalEntity(2),
                    qualifiers: Qualifiers {
                        product: product.then_some(LocalEntity(3)),
                        stage: stage.then_some(LocalEntity(4)),
                        texts,
                    },
                    validity,
                    modality,
                })
            }
        ),
        (entity(), "[ 甲a\"]{0,3}乙").prop_map(|(entity, text)| Statement::Alias { entity, text }),
        (entity(), " ?甲.{0,9}").prop_map(|(entity, text)| Statement::Summary { entity, text }),
        (firm(), prop::sample::select(Role::ALL), prop::sample::select(RoleBasis::ALL), validity)
            .prop_map(|(entity, role, basis, validity)| {
                Statement::Role(RoleHeld { entity, role, basis, validity })
            }),
        entity().prop_map(|entity| Statement::Identifier {
            entity,
            identifier: Identifier::new(IdentifierScheme::Other, "x/1").unwrap(),
        }),
        (entity(), figure(), figure(), prop::sample::select(Comparator::ALL), modality()).prop_map(
            |(subject, a, b, comparator, modality)| Statement::Observation(Observation {
                subject,
                metric: "总产出".into(),
                value: a.min(b),
                value_max: (a < b).then_some(b),
                unit: "CNY".into(),
                comparator,
                period: "2025-01/2025-04".parse().ok(),
                modality,
            })
        ),
    ]
}

fn claim() -> impl Strategy<Value = ClaimDraft> {
    let length = u32::try_from(TEXT.chars().count()).unwrap();
    let evidence = (0..length, 1..6u32).prop_map(move |(start, long)| {
        let span = Span { start, end: (start + long).min(length) };
        let quote = span.slice(TEXT).unwrap().to_owned();
        Evidence { document: document().id(), span, quote }
    });
    let status = prop::sample::select(vec![ClaimStatus::Proposed, ClaimStatus::Accepted]);
    (statement(), prop::option::of(evidence), 0.0..=1.0f64, status).prop_map(
        |(statement, evidence, confidence, status)| ClaimDraft {
            statement,
            evidence,
            confidence: Confidence::new(confidence).unwrap(),
            asserted_by: "rules/1.0".into(),
            status: Some(status),
        },
    )
}

fn half() -> Confidence {
    Confidence::new(0.5).unwrap()
}

proptest! {
    #[test]
    fn what_is_written_reads_back_equal(mut claims in prop::collection::vec(claim(), 0..12)) {
        // Every other name has its alias claim: that is what an extractor owes.
        let mut alias = claims.first().cloned().unwrap_or(ClaimDraft {
            statement: Statement::Alias { entity: LocalEntity(0), text: "甲".into() },
            evidence: None,
            confidence: half(),
            asserted_by: "rules/1.0".into(),
            status: Some(ClaimStatus::Accepted),
        });
        alias.statement = Statement::Alias { entity: LocalEntity(0), text: "甲".into() };
        claims.push(alias);
        let rules = vec!["r".to_owned(); claims.len()];
        let extraction = Extraction { drafts: Drafts { entities: entities(), claims }, rules };
        let mut out = Vec::new();
        write_extraction(&mut out, &document(), &extraction, half()).unwrap();
        let file = load(&*out).unwrap();
        prop_assert_eq!(file.bad, vec![]);
        prop_assert_eq!(file.documents, vec![document()]);
        prop_assert_eq!(file.drafts, extraction.drafts);
    }

    #[test]
    fn no_bytes_whatever_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let file = load(&*bytes).unwrap();
        let lines = bytes.split(|b| *b == b'\n').count();
        prop_assert!(file.bad.len() <= lines);
    }

    #[test]
    fn no_damage_to_a_good_file_makes_the_reader_panic(
        at in 0..700usize, byte in any::<u8>(), cut in 0..700usize,
    ) {
        let mut bytes = format!("{START}{}\n", r#"{"type":"relation","id":"c","predicate":"LEADS","source":"e1","target":"e2","qualifiers":{"product":"x"},"evidence":{"document":"d1","start":0,"end":2,"quote":"甲公"}}"#).into_bytes();
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        bytes.truncate(bytes.len().min(cut + 300));
        let file = load(&*bytes).unwrap();
        prop_assert!(file.drafts.claims.len() <= 1);
    }
}

#[test]
fn a_claim_without_a_status_is_settled_by_the_threshold() {
    let claim = |confidence: f64| ClaimDraft {
        statement: Statement::Alias { entity: LocalEntity(0), text: format!("甲{confidence}") },
        evidence: None,
        confidence: Confidence::new(confidence).unwrap(),
        asserted_by: "rules/1.0".into(),
        status: None,
    };
    let drafts = Drafts { entities: entities(), claims: vec![claim(0.5), claim(0.49)] };
    let extraction = Extraction { drafts, rules: vec![String::new(); 2] };
    let mut out = Vec::new();
    write_extraction(&mut out, &document(), &extraction, half()).unwrap();
    let statuses: BTreeMap<_, _> = load(&*out)
        .unwrap()
        .drafts
        .claims
        .into_iter()
        .map(|c| (format!("{:?}", c.confidence.value()), c.status))
        .collect();
    assert_eq!(statuses["0.5"], Some(ClaimStatus::Accepted));
    assert_eq!(statuses["0.49"], Some(ClaimStatus::Proposed));
}
