use graph::model::{
    ClaimStatus, EntityDraft, EntityKind, Identifier, IdentifierScheme, LocalEntity, Role,
    RoleBasis, RoleHeld, Statement, Validity, Verdict,
};
use seeds::claims_file::{Action, CheckError, ClaimsFile, Summary, check, load, load_with};

mod round_trip;

fn read(text: &str) -> ClaimsFile {
    load(text.as_bytes()).unwrap()
}

/// The reasons for which lines are refused.
fn refusals(text: &str) -> Vec<String> {
    read(text).bad.iter().map(ToString::to_string).collect()
}

const START: &str = r#"{"type":"document","id":"d1","title":"题","published_on":"2025-05-24","text":"甲公司引领泵阀小镇。"}
{"type":"entity","id":"e1","kind":"FIRM","name":"甲公司"}
{"type":"entity","id":"e2","kind":"TOWN","name":"泵阀小镇"}
"#;

#[test]
fn a_file_gives_documents_entities_claims_and_decisions_in_order() {
    let file = read(&format!(
        "{START}{}",
        r#"
{"type":"relation","id":"c1","predicate":"LEADS","source":"e1","target":"e2","confidence":0.9,"status":"proposed","asserted_by":"rules/1.0","evidence":{"document":"d1","start":0,"end":9,"quote":"甲公司引领泵阀小镇"}}
{"type":"entity","id":"e3","kind":"FIRM","name":"甲"}
{"type":"review","claim":"c1","verdict":"ACCEPT","by":"王"}
{"type":"merge","id":"m1","keep":"e1","absorb":["e3"],"reason":"简称"}
{"type":"undo_merge","merge":"m1","reason":"误"}
{"type":"distinct","a":"e1","b":"e3","reason":"异"}
{"type":"retraction","claim":"c1","reason":"误"}
"#
    ));
    assert_eq!(file.bad, vec![]);
    assert_eq!(file.documents[0].meta().language, "zh");
    assert_eq!(file.drafts.entities.len(), 3);
    let claim = &file.drafts.claims[0];
    assert_eq!(claim.statement.entities(), vec![LocalEntity(0), LocalEntity(1)]);
    assert_eq!(claim.status, Some(ClaimStatus::Proposed));
    assert_eq!(claim.asserted_by, "rules/1.0");
    assert_eq!(claim.evidence.as_ref().unwrap().document, file.documents[0].id());
    let (e1, e3) = (LocalEntity(0), LocalEntity(2));
    assert_eq!(
        file.actions,
        vec![
            Action::Review {
                claim: 0,
                verdict: Verdict::Accept,
                by: Some("王".into()),
                note: None
            },
            Action::Merge { keep: e1, absorb: vec![e3], reason: "简称".into(), by: None },
            Action::UndoMerge { merge: 1, reason: "误".into(), by: None },
            Action::Distinct { a: e1, b: e3, reason: "异".into(), by: None },
            Action::Retraction { claim: 0, reason: "误".into(), by: None },
        ]
    );
}

#[test]
fn short_forms_are_claims_without_evidence_unless_a_line_states_them() {
    let file = read(
        r#"{"type":"document","id":"d","title":"题","text":"甲科技即甲"}
{"type":"entity","id":"e1","kind":"FIRM","name":"甲科技","aliases":["甲","甲司","甲"],"roles":["LISTED","UNICORN"],"identifiers":{"wikidata":"Q7"}}
{"type":"alias","entity":"e1","text":"甲","evidence":{"document":"d","start":0,"end":5,"quote":"甲科技即甲"}}
{"type":"role","entity":"e1","role":"LISTED","basis":"designated"}
"#,
    );
    assert_eq!(file.bad, vec![]);
    let EntityDraft::Named { also_known_as, .. } = &file.drafts.entities[0] else { panic!() };
    assert_eq!(also_known_as, &["甲", "甲司", "甲"]);
    let entity = LocalEntity(0);
    let role = |role, basis| {
        Statement::Role(RoleHeld { entity, role, basis, validity: Validity::UNSTATED })
    };
    let statements: Vec<_> = file.drafts.claims.iter().map(|c| c.statement.clone()).collect();
    let wikidata = Identifier::new(IdentifierScheme::Wikidata, "Q7").unwrap();
    assert_eq!(
        statements,
        vec![
            Statement::Alias { entity, text: "甲".into() },
            role(Role::Listed, RoleBasis::Designated),
            Statement::Alias { entity, text: "甲司".into() },
            role(Role::Unicorn, RoleBasis::Described),
            Statement::Identifier { entity, identifier: wikidata },
        ]
    );
    assert!(file.drafts.claims[0].evidence.is_some());
    assert_eq!(file.drafts.claims[2].asserted_by, "import");
    assert_eq!(file.drafts.claims[2].status, Some(ClaimStatus::Accepted));
}

#[test]
fn a_product_that_is_no_id_is_declared_by_its_name_once() {
    let supply = |product: &str| {
        format!(
            r#"{{"type":"relation","predicate":"SUPPLIES","source":"e1","target":"f2","qualifiers":{{"product":"{product}","stage":"泵"}}}}"#
        )
    };
    let file = read(&format!(
        "{START}{}\n{}\n{}\n{}\n{}\n",
        r#"{"type":"entity","id":"f2","kind":"FIRM","name":"乙公司"}"#,
        r#"{"type":"entity","id":"p1","kind":"PRODUCT","name":"阀"}"#,
        supply("泵"),
        supply("泵"),
        supply("p1"),
    ));
    assert_eq!(file.bad, vec![]);
    let named = |kind, name: &str| EntityDraft::Named {
        kind,
        name: name.into(),
        also_known_as: Vec::new(),
    };
    assert_eq!(
        file.drafts.entities[4..],
        [named(EntityKind::Product, "泵"), named(EntityKind::Stage, "泵")],
        "after the four declared entities: {:?}",
        file.drafts.entities
    );
    let products: Vec<usize> =
        file.drafts.claims.iter().map(|c| c.statement.entities()[2].0).collect();
    assert_eq!(products, vec![4, 4, 3]);
}

#[test]
fn a_refused_line_leaves_nothing_behind() {
    let file = read(&format!(
        "{START}{}\n",
        r#"{"type":"relation","predicate":"LEADS","source":"e2","target":"e2","qualifiers":{"product":"泵"}}"#
    ));
    assert_eq!((file.bad.len(), file.drafts.entities.len()), (1, 2));
}

fn refused(cases: &[(&str, &str)]) {
    for (line, expected) in cases {
        let refusals = refusals(&format!("{START}{line}\n"));
        assert_eq!(refusals.len(), 1, "{line}: {refusals:?}");
        assert!(refusals[0].starts_with(expected), "{line}\n{}", refusals[0]);
    }
}

#[test]
fn every_refusal_names_its_line_and_says_why() {
    let cases = [
        ("{", "line 4: not JSON at column 1: EOF while parsing an object"),
        ("[]", "line 4: a line is one JSON object; this one starts with `[`"),
        (r#"{"type":"edge"}"#, "line 4: unknown type `edge`; known are: document, entity"),
        (
            r#"{"type":"entity","id":"e9","kind":"NODE","name":"x"}"#,
            "line 4: entity line: unknown entity kind `NODE`; known are: FIRM",
        ),
        (
            r#"{"type":"relation","predicate":"LEADS","source":"e1","target":"e7"}"#,
            "line 4: no earlier line declares the entity `e7`",
        ),
        (
            r#"{"type":"relation","predicate":"LEADS","source":"e2","target":"e2"}"#,
            "line 4: LEADS cannot start at a TOWN (it ends at a TOWN)",
        ),
        (
            r#"{"type":"alias","entity":"e1","text":"x","evidence":{"document":"d2","start":0,"end":1,"quote":"x"}}"#,
            "line 4: no earlier line declares the document `d2`",
        ),
        (
            r#"{"type":"alias","entity":"e1","text":"x","evidence":{"document":"d1","start":0,"end":2,"quote":"乙公"}}"#,
            "line 4: the quote `乙公` does not stand at 0..2; there it reads `甲公`",
        ),
        (
            r#"{"type":"alias","entity":"e1","text":"x","evidence":{"document":"d1","start":8,"end":12,"quote":"镇。"}}"#,
            "line 4: characters 8..12 do not lie in the text, which has 10",
        ),
        (
            r#"{"type":"role","entity":"e1","role":"LISTED","valid_from":"2023-02-30"}"#,
            "line 4: role line: `2023-02-30` is no date",
        ),
        (
            r#"{"type":"alias","entity":"e1","text":"x","confidence":-0.1}"#,
            "line 4: alias line: a confidence lies between 0 and 1; got -0.1",
        ),
        (
            r#"{"type":"alias","entity":"e1","text":"x","status":"rejected"}"#,
            "line 4: a claim line is proposed or accepted; `rejected` is said by",
        ),
    ];
    refused(&cases);
}

#[test]
fn every_refused_declaration_and_decision_says_why() {
    let cases = [
        (
            r#"{"type":"entity","id":"e1","kind":"FIRM","name":"乙公司"}"#,
            "line 4: line 2 declares the entity `e1` already, with other content",
        ),
        (
            r#"{"type":"document","id":"d1","title":"题","text":"别的"}"#,
            "line 4: line 1 declares the document `d1` already, with other content",
        ),
        (
            r#"{"type":"document","id":"d2","title":"题","text":" "}"#,
            "line 4: the document `题` has no text",
        ),
        (
            r#"{"type":"entity","id":"","kind":"FIRM","name":"x"}"#,
            "line 4: the entity has an empty id",
        ),
        (
            r#"{"type":"review","claim":"c1","verdict":"accept"}"#,
            "line 4: no earlier line declares the claim `c1`",
        ),
        (
            r#"{"type":"undo_merge","merge":"m","reason":"x"}"#,
            "line 4: no earlier line declares the merge `m`",
        ),
        (r#"{"type":"merge","keep":"e1","absorb":["e1"],"reason":"x"}"#, "line 4: a merge absorbs"),
        (
            r#"{"type":"distinct","a":"e1","b":"e1","reason":"x"}"#,
            "line 4: `e1` cannot be distinct",
        ),
    ];
    refused(&cases);
}

#[test]
fn who_refers_to_a_bad_line_is_told_which() {
    let bad = refusals(
        r#"{"type":"entity","id":"e1","kind":"FIRMA","name":"甲"}
{"type":"alias","entity":"e1","text":"乙"}
"#,
    );
    assert_eq!(bad[1], "line 2: the entity `e1` is declared in line 1, which is bad itself");
}

#[test]
fn the_same_line_again_is_nothing_new() {
    let claim = r#"{"type":"alias","id":"c1","entity":"e1","text":"甲"}"#;
    let other = r#"{"type":"alias","id":"c1","entity":"e1","text":"乙"}"#;
    let file = read(&format!("{START}{START}{claim}\n{claim}\n{other}\n"));
    assert_eq!((file.documents.len(), file.drafts.entities.len()), (1, 2));
    assert_eq!(file.drafts.claims.len(), 1);
    assert_eq!(file.bad.len(), 1);
    assert_eq!(file.bad[0].line, 9);
}

#[test]
fn checking_counts_and_loading_hands_over_what_it_refuses() {
    let good =
        format!("\u{feff}{START}\r\n{}\r\n", r#"{"type":"alias","entity":"e1","text":"甲"}"#);
    assert_eq!(
        check(good.as_bytes()).unwrap(),
        Summary { lines: 5, documents: 1, entities: 2, claims: 1, actions: 0 }
    );
    let mut bytes = good.into_bytes();
    bytes.extend(b"{\"type\":\"alias\xff\"}\nnot json");
    let Err(CheckError::Bad(bad)) = check(&*bytes) else { panic!() };
    assert_eq!(bad[0].to_string(), "line 6: not UTF-8: byte 15 of the line starts no character");
    let mut side = Vec::new();
    let file = load_with(&*bytes, |bad, raw| {
        side.push((bad.line, raw.to_vec()));
        Ok(())
    })
    .unwrap();
    assert_eq!(file.bad, bad);
    assert_eq!(side, vec![(6, b"{\"type\":\"alias\xff\"}".to_vec()), (7, b"not json".to_vec())]);
}
