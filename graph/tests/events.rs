use bytes::Bytes;
use graph::event::{ClaimRecord, Event, decode, encode};
use graph::model::{
    ClaimId, ClaimStatus, Comparator, Confidence, EntityId, EntityKind, Identifier,
    IdentifierScheme, MergeId, Modality, Name, Observation, Predicate, Qualifiers,
    RelationStatement, Role, RoleBasis, RoleHeld, Statement, TextQualifier, Validity, Verdict,
};
use store::Record;

use crate::support::{document, evidence};

/// One of every kind and of every statement, each field set at least once.
pub(crate) fn every_event() -> Vec<Event> {
    let article = document("泵阀小镇调查", "晨屿区以青禾轴承为链主。", "2025-05");
    let (firm, town) = (id(EntityKind::Firm, "青禾轴承"), id(EntityKind::Town, "泵阀小镇"));
    let (product, stage) = (id(EntityKind::Product, "密封环"), id(EntityKind::Stage, "部件"));
    let statements = every_statement(firm, town, product, stage);
    let mut events = vec![
        Event::DocumentRecorded(article.clone()),
        Event::EntityDeclared {
            id: firm,
            kind: EntityKind::Firm,
            name: Name::new("青禾轴承").unwrap(),
        },
    ];
    for (at, statement) in statements.into_iter().enumerate() {
        let evidence = (at != 3).then(|| evidence(&article, "以青禾轴承为链主"));
        events.push(Event::ClaimRecorded(ClaimRecord {
            id: ClaimId::derive(&statement, evidence.as_ref(), "rules/1.0"),
            statement,
            evidence,
            confidence: Confidence::new(0.85).unwrap(),
            asserted_by: "rules/1.0".into(),
            status: ClaimStatus::Proposed,
        }));
    }
    let claim =
        ClaimId::derive(&Statement::Alias { entity: firm, text: "青禾".into() }, None, "人");
    let merge = MergeId::derive(firm, &[town], 7);
    events.extend([
        Event::ClaimReviewed { claim, verdict: Verdict::Reject, note: Some("读错了".into()) },
        Event::ClaimRetracted { claim, reason: "更正".into() },
        Event::EntitiesMerged {
            merge,
            keep: firm,
            absorbed: vec![town, product],
            reason: "同一".into(),
        },
        Event::MergeUndone { merge, reason: "不是".into() },
        Event::MarkedDistinct { a: firm, b: town, reason: "两家".into() },
    ]);
    events
}

fn every_statement(
    firm: EntityId,
    town: EntityId,
    product: EntityId,
    stage: EntityId,
) -> Vec<Statement<EntityId>> {
    let validity = Validity::new("2024".parse().ok(), "2025-06-30".parse().ok()).unwrap();
    vec![
        Statement::Relation(RelationStatement {
            predicate: Predicate::Leads,
            source: firm,
            target: town,
            qualifiers: Qualifiers {
                product: Some(product),
                stage: Some(stage),
                texts: [(TextQualifier::Role, "链主".to_owned())].into(),
            },
            validity,
            modality: Modality::Planned,
        }),
        Statement::Alias { entity: firm, text: "青禾".into() },
        Statement::Role(RoleHeld {
            entity: firm,
            role: Role::ChainLeader,
            basis: RoleBasis::Described,
            validity,
        }),
        Statement::Identifier {
            entity: firm,
            identifier: Identifier::new(IdentifierScheme::Uscc, "91350100M000100Y43").unwrap(),
        },
        Statement::Summary { entity: town, text: "以泵阀为业的小镇".into() },
        Statement::Observation(Observation {
            subject: town,
            metric: "总产出".into(),
            value: 34_000_000_000.0,
            value_max: Some(35e9),
            unit: "CNY".into(),
            comparator: Comparator::Over,
            period: "2024".parse().ok(),
            modality: Modality::Actual,
        }),
    ]
}

fn id(kind: EntityKind, name: &str) -> EntityId {
    EntityId::derive(kind, &Name::new(name).unwrap().key())
}

#[test]
fn every_event_comes_back_as_it_went() {
    let events = every_event();
    for event in &events {
        let record = encode(event).unwrap();
        assert_eq!(&decode(&record).unwrap(), event);
        assert_eq!(record.keys.len(), event.entities().len());
    }
    let kinds: std::collections::BTreeSet<&str> = events.iter().map(Event::kind).collect();
    assert_eq!(kinds.len(), 8, "one of every kind: {kinds:?}");
}

/// What version 1 looks like on disk, for ever: this file never changes, and is read for ever.
#[test]
fn samples_of_version_1_are_still_read() {
    let samples = include_str!("events/v1.ndjson");
    let mut read = Vec::new();
    for line in samples.lines() {
        let sample: serde_json::Value = serde_json::from_str(line).unwrap();
        let record = Record {
            kind: sample["kind"].as_str().unwrap().into(),
            version: 1,
            payload: Bytes::from(sample["payload"].to_string()),
            keys: vec![],
        };
        read.push(decode(&record).unwrap());
    }
    assert_eq!(read, every_event());
}

/// Writes the sample file of the present version; run it once when a version is new.
#[test]
fn the_samples_are_what_is_written_now() {
    let written: String = every_event()
        .iter()
        .map(|event| {
            let record = encode(event).unwrap();
            let payload: serde_json::Value = serde_json::from_slice(&record.payload).unwrap();
            format!("{}\n", serde_json::json!({"kind": &*record.kind, "payload": payload}))
        })
        .collect();
    assert_eq!(written, include_str!("events/v1.ndjson"), "a changed payload needs a new version");
}

#[test]
fn what_cannot_be_read_says_why() {
    let record = |kind: &str, version, payload: &str| Record {
        kind: kind.into(),
        version,
        payload: Bytes::copy_from_slice(payload.as_bytes()),
        keys: vec![],
    };
    let reason = |r: Record| decode(&r).unwrap_err().to_string();
    assert!(reason(record("EntityDeclared", 9, "{}")).contains("newer"));
    assert!(reason(record("Elsewhere", 1, "{}")).contains("unknown"));
    assert!(reason(record("EntityDeclared", 0, "{}")).contains("version 0"));
    assert!(
        reason(record("EntityDeclared", 1, r#"{"id":"x"}"#)).contains("EntityDeclared version 1")
    );
    let planet = r#"{"id":"6c69616e-7a68-7500-8e93-be0fe8bf9e7a","kind":"PLANET","name":"x"}"#;
    assert!(reason(record("EntityDeclared", 1, planet)).contains("PLANET"));
}
