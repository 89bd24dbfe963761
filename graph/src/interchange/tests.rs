use super::*;
use crate::model::{Comparator, Confidence, EntityKind, Modality, Observation, Statement};

fn refusal(text: &str) -> String {
    Line::parse(text).and_then(|line| line.statement().map(|_| ())).unwrap_err().to_string()
}

fn written(line: &Line) -> String {
    let mut out = Vec::new();
    line.write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_line_that_says_all_reads_and_writes_alike() {
    for text in [
        r#"{"type":"document","id":"d1","title":"题","publisher":"报","published_on":"2025-05-24","url":"http://x","language":"zh","text":"甲引领乙。"}"#,
        r#"{"type":"entity","id":"e1","kind":"FIRM","name":"甲","aliases":["乙"],"roles":["CHAIN_LEADER"],"identifiers":{"uscc":"91350100M000100Y43"}}"#,
        r#"{"type":"relation","id":"c1","predicate":"LEADS","source":"e1","target":"e2","qualifiers":{"product":"p1","role":"链主"},"valid_from":"2025-01","valid_to":"2026","modality":"planned","confidence":0.9,"status":"proposed","asserted_by":"rules/1.0","evidence":{"document":"d1","start":0,"end":4,"quote":"甲引领乙"}}"#,
        r#"{"type":"alias","entity":"e1","text":"丙"}"#,
        r#"{"type":"role","entity":"e1","role":"LISTED","basis":"designated","valid_from":"2018"}"#,
        r#"{"type":"identifier","entity":"e1","scheme":"wikidata","value":"Q1"}"#,
        r#"{"type":"summary","entity":"e1","text":"说明"}"#,
        r#"{"type":"observation","subject":"e1","metric":"总产出","value":34000000000,"value_max":35000000000.5,"unit":"CNY","comparator":"over","period":"2025-01/2025-04","modality":"actual"}"#,
        r#"{"type":"review","claim":"c1","verdict":"reject","by":"王","note":"误"}"#,
        r#"{"type":"retraction","claim":"c1","reason":"误"}"#,
        r#"{"type":"merge","id":"m1","keep":"e1","absorb":["e2"],"reason":"同"}"#,
        r#"{"type":"undo_merge","merge":"m1","reason":"异"}"#,
        r#"{"type":"distinct","a":"e1","b":"e2","reason":"异"}"#,
    ] {
        let line = Line::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(written(&line).trim_end(), text);
    }
}

#[test]
fn null_is_the_same_as_nothing_and_words_are_read_in_any_case() {
    let long = r#"{"type":"relation","id":null,"predicate":"leads","source":"a","target":"b","qualifiers":null,"valid_from":null,"valid_to":null,"modality":null,"confidence":null,"status":null,"asserted_by":null,"evidence":null}"#;
    let short = r#"{"predicate":"LEADS","source":"a","target":"b","type":"relation"}"#;
    assert_eq!(Line::parse(long), Line::parse(short));
    let about = Line::parse(short).unwrap().into_about().unwrap();
    assert_eq!(about.asserted_by(), "import");
    assert_eq!(about.confidence(), Confidence::CERTAIN);
    let loud = r#"{"type":"alias","entity":"a","text":"b","status":"PROPOSED"}"#;
    assert_eq!(
        Line::parse(loud).unwrap().into_about().unwrap().status(),
        Ok(crate::model::ClaimStatus::Proposed)
    );
}

#[test]
fn what_is_wrong_is_named() {
    let cases = [
        ("{\"type\":\"entity\",", "not JSON at column"),
        ("甲", "not JSON at column 1"),
        ("[1]", "starts with `[`"),
        (r#"{"id":"e1"}"#, "says no `type`"),
        (r#"{"type":"entities"}"#, "unknown type `entities`"),
        (r#"{"type":7}"#, "unknown type `7`"),
        (r#"{"type":"entity","id":"e","kind":"FIRMA","name":"x"}"#, "unknown entity kind `FIRMA`"),
        (r#"{"type":"entity","id":"e","name":"x"}"#, "missing field `kind`"),
        (r#"{"type":"entity","id":"e","kind":"FIRM","name":"x","age":3}"#, "unknown field `age`"),
        (
            r#"{"type":"relation","predicate":"SELLS","source":"a","target":"b"}"#,
            "unknown predicate `SELLS`",
        ),
        (
            r#"{"type":"relation","predicate":"LEADS","source":"a","target":"b","valid_from":"May"}"#,
            "`May` is no date",
        ),
        (
            r#"{"type":"relation","predicate":"LEADS","source":"a","target":"b","valid_from":"2020","valid_to":"2019"}"#,
            "the end 2019 lies before the start 2020",
        ),
        (
            r#"{"type":"relation","predicate":"LEADS","source":"a","target":"b","confidence":1.5}"#,
            "between 0 and 1; got 1.5",
        ),
        (
            r#"{"type":"relation","predicate":"LEADS","source":"a","target":"b","qualifiers":{"colour":"red"}}"#,
            "unknown qualifier `colour`",
        ),
        (
            r#"{"type":"relation","predicate":"LEADS","source":"a","target":"b","qualifiers":{"role":"x","role":"y"}}"#,
            "`role` is given twice",
        ),
        (r#"{"type":"alias","entity":"a","text":" "}"#, "a name must hold"),
        (r#"{"type":"summary","entity":"a","text":" "}"#, "a summary needs a text"),
        (r#"{"type":"identifier","entity":"a","scheme":"uscc","value":"1"}"#, "no USCC identifier"),
        (
            r#"{"type":"observation","subject":"a","metric":"m","value":2,"value_max":1,"unit":"t"}"#,
            "runs backwards",
        ),
    ];
    for (text, part) in cases {
        let refusal = refusal(text);
        assert!(refusal.contains(part), "{text}\n{refusal}");
        assert!(!refusal.contains("at line"), "{refusal}");
    }
}

#[test]
fn a_claim_line_cannot_be_reviewed_already() {
    let line = r#"{"type":"alias","entity":"a","text":"b","status":"rejected"}"#;
    let about = Line::parse(line).unwrap().into_about().unwrap();
    assert_eq!(about.status(), Err(LineError::Status("rejected")));
}

#[test]
fn kinds_are_checked_at_ends_qualifiers_and_roles() {
    let kind = |entity: EntityRef<'_>| match entity {
        EntityRef::Id("firm") => EntityKind::Firm,
        EntityRef::Id("town") => EntityKind::Town,
        EntityRef::Id(_) => EntityKind::Region,
        EntityRef::IdOrName(kind, text) => {
            if text == "firm" {
                EntityKind::Firm
            } else {
                kind
            }
        }
    };
    let check = |text: &str| {
        let line = Line::parse(text).unwrap();
        check_kinds(&line.statement().unwrap().unwrap(), kind).map_err(|e| e.to_string())
    };
    let relation = |source: &str, product: &str| {
        format!(
            r#"{{"type":"relation","predicate":"LEADS","source":"{source}","target":"town","qualifiers":{{"product":"{product}"}}}}"#
        )
    };
    assert_eq!(check(&relation("firm", "泵")), Ok(()));
    let error = check(&relation("region", "泵")).unwrap_err();
    assert!(error.contains("REGION") && error.contains("TOWN"), "{error}");
    let error = check(&relation("firm", "firm")).unwrap_err();
    assert!(error.contains("PRODUCT") && error.contains("FIRM"), "{error}");
    let error = check(r#"{"type":"role","entity":"town","role":"LISTED"}"#).unwrap_err();
    assert!(error.contains("needs a FIRM"), "{error}");
}

#[test]
fn a_shorthand_entity_is_short_for_claims() {
    let Line::Entity(line) = Line::parse(
        r#"{"type":"entity","id":"e1","kind":"FIRM","name":"甲","aliases":["乙"],"roles":["LISTED"],"identifiers":{"wikidata":"q7"}}"#,
    )
    .unwrap() else {
        panic!("no entity line")
    };
    let statements = line.statements().unwrap();
    assert_eq!(statements.len(), 3);
    assert_eq!(statements[0], Statement::Alias { entity: EntityRef::Id("e1"), text: "乙".into() });
    let town = EntityLine { kind: EntityKind::Town, ..line };
    assert!(matches!(town.statements(), Err(LineError::Kind { .. })));
}

#[test]
fn figures_read_back_to_the_last_bit() {
    for value in [0.0, -0.0, 24.8, 3.4e10, 0.1 + 0.2, 1e300, 9_007_199_254_740_993.0, -7.0] {
        let statement = Statement::Observation(Observation {
            subject: "e1",
            metric: "面积".into(),
            value,
            value_max: None,
            unit: "km2".into(),
            comparator: Comparator::About,
            period: None,
            modality: Modality::Actual,
        });
        let text = written(&Line::claim(&statement, About::default()));
        let line = Line::parse(&text).unwrap();
        let Some(Statement::Observation(read)) = line.statement().unwrap() else {
            panic!("{text}")
        };
        assert_eq!(read.value.to_bits(), value.to_bits(), "{text}");
    }
}

#[test]
fn types_are_listed_as_they_are_written() {
    let line = Line::Entity(EntityLine::new("e", EntityKind::Firm, "x"));
    assert!(written(&line).starts_with(r#"{"type":"entity""#));
    for kind in LINE_TYPES {
        let error = Line::parse(&format!(r#"{{"type":"{kind}"}}"#)).unwrap_err();
        assert!(matches!(error, LineError::Field { .. }), "{kind}: {error}");
    }
}
