use graph::decide::{Command, OnRefusal, Refusal};
use graph::ledger::{SubmitError, entries};
use graph::model::{
    ClaimDraft, ClaimStatus, Confidence, Drafts, EntityDraft, EntityKind, Evidence, LocalEntity,
    Span, Statement,
};
use graph::view::View;
use store::Seq;

use crate::support::{
    document, drafts, drawn, empty_ledger, entity, evidence, record, said, submit,
};

async fn refusal(picture: &str) -> String {
    let ledger = empty_ledger();
    let error = submit(&ledger, record(drafts(picture))).await.unwrap_err();
    assert_eq!(ledger.head(), store::Head::EMPTY, "a refused command leaves the log as it was");
    error.to_string()
}

#[tokio::test]
async fn broken_rules_are_refused_by_name_and_nothing_is_written() {
    let broken = refusal("REGION:晨屿区 LEADS TOWN:泵阀小镇").await;
    assert!(
        broken.contains("LEADS") && broken.contains("REGION") && broken.contains("TOWN"),
        "{broken}"
    );
    assert!(refusal("FIRM:甲 SUPPLIES FIRM:甲").await.contains("itself"));
    let good_then_bad = "FIRM:甲 SUPPLIES FIRM:乙\nFIRM:甲 LEADS PRODUCT:丙";
    assert!(refusal(good_then_bad).await.contains("PRODUCT"));
}

#[tokio::test]
async fn a_quote_must_stand_in_its_document() {
    let ledger = empty_ledger();
    let article = document("题", "青禾轴承落户泵阀小镇。", "2025-05-24");
    let mut command = drafts("FIRM:青禾轴承 LOCATED_IN TOWN:泵阀小镇");
    let mut attempt = async |evidence: Evidence| {
        command.claims[0].evidence = Some(evidence);
        let documents = vec![article.clone()];
        let on_refusal = OnRefusal::RefuseAll;
        submit(&ledger, Command::Record { documents, drafts: command.clone(), on_refusal }).await
    };
    let good = evidence(&article, "青禾轴承落户泵阀小镇");
    let moved = Evidence { span: Span { start: 1, end: 11 }, ..good.clone() };
    let error = attempt(moved).await.unwrap_err().to_string();
    assert!(error.contains("禾轴承落户泵阀小镇。"), "it says what stands there: {error}");
    let unknown = document("另", "别的文章", "2025").id();
    let error = attempt(Evidence { document: unknown, ..good.clone() }).await.unwrap_err();
    assert!(matches!(error, SubmitError::Refused(Refusal::UnknownDocument(id)) if id == unknown));
    assert_eq!(ledger.head(), store::Head::EMPTY);
    assert_eq!(attempt(good).await.unwrap().events, 4);
}

#[tokio::test]
async fn the_same_again_changes_nothing() {
    let picture = "FIRM:甲 SUPPLIES FIRM:乙 product=环\nFIRM:乙 LEADS TOWN:丙小镇";
    let ledger = drawn(picture).await;
    let head = ledger.head();
    let again = submit(&ledger, record(drafts(picture))).await.unwrap();
    assert_eq!((again.events, again.seq), (0, head.seq));
    assert_eq!(ledger.head(), head);
}

#[tokio::test]
async fn extracted_claims_wait_for_review_below_the_threshold() {
    let ledger = empty_ledger();
    let mut command =
        drafts("FIRM:甲 SUPPLIES FIRM:乙 conf=0.59\nFIRM:乙 SUPPLIES FIRM:丙 conf=0.6");
    command.claims.iter_mut().for_each(|c| c.status = None);
    let receipt = submit(&ledger, record(command)).await.unwrap();
    assert_eq!((receipt.accepted, receipt.proposed), (1, 1));
    let view = ledger.view();
    assert_eq!(view.all_relations().count(), 1);
    let proposed = view.claims().find(|c| view.claim_status(*c) == ClaimStatus::Proposed).unwrap();
    let (claims, verdict) = (vec![view.claim(proposed).id], graph::model::Verdict::Accept);
    submit(&ledger, Command::Review { claims, verdict, note: None }).await.unwrap();
    assert_eq!(ledger.view().all_relations().count(), 2);
}

#[tokio::test]
async fn left_out_drafts_are_reported_and_the_rest_is_recorded() {
    let ledger = empty_ledger();
    let drafts = drafts("FIRM:甲 LEADS PRODUCT:丙\nFIRM:甲 SUPPLIES FIRM:乙");
    let command = Command::Record { documents: vec![], drafts, on_refusal: OnRefusal::LeaveOut };
    let receipt = submit(&ledger, command).await.unwrap();
    assert_eq!(receipt.left_out.len(), 1);
    assert_eq!(receipt.left_out[0].0, 0);
    assert_eq!(receipt.accepted, 1);
}

fn firm(name: &str, others: &[&str]) -> EntityDraft {
    let also_known_as = others.iter().map(|o| (*o).to_owned()).collect();
    EntityDraft::Named { kind: EntityKind::Firm, name: name.into(), also_known_as }
}

fn about(draft: EntityDraft) -> Drafts {
    let alias = |text: &str| Statement::Alias { entity: LocalEntity(0), text: text.into() };
    Drafts { entities: vec![draft], claims: vec![said(alias("又一名"), 0.9)] }
}

#[tokio::test]
async fn a_short_name_seen_first_keeps_its_id_when_the_full_name_comes() {
    let ledger = drawn("FIRM:青禾 SUPPLIES FIRM:乙").await;
    let before = ledger.view().entity_id(ledger.view().entities_named("青禾")[0]);
    submit(&ledger, record(about(firm("汀洲青禾轴承股份有限公司", &["青禾"])))).await.unwrap();
    let view = ledger.view();
    let same = view.entities_named("汀洲青禾轴承股份有限公司")[0];
    assert_eq!(view.entity_id(same), before);
    assert_eq!(&*view.name(same), "汀洲青禾轴承股份有限公司", "the full name is the preferred one");
    assert!(view.aliases(same).iter().any(|a| &**a == "青禾"));
}

#[tokio::test]
async fn two_full_names_are_two_firms_however_alike_their_short_names() {
    let ledger = empty_ledger();
    let mut first = about(firm("汀洲青禾轴承有限公司", &["青禾"]));
    first.claims[0] = said(Statement::Alias { entity: LocalEntity(0), text: "青禾".into() }, 0.9);
    submit(&ledger, record(first)).await.unwrap();
    submit(&ledger, record(about(firm("月湾青禾食品有限公司", &["青禾"])))).await.unwrap();
    assert_eq!(ledger.view().entities().count(), 2);
}

#[tokio::test]
async fn merges_are_checked_and_undone_in_order() {
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙\nFIRM:丙 LEADS TOWN:丁小镇").await;
    let view = ledger.view();
    let id = |name: &str| view.entity_id(view.entities_named(name)[0]);
    let merge = |keep: &str, absorb: &str| Command::Merge {
        keep: id(keep),
        absorb: vec![id(absorb)],
        reason: "同一家".into(),
    };
    let kinds = submit(&ledger, merge("甲", "丁小镇")).await.unwrap_err().to_string();
    assert!(kinds.contains("FIRM") && kinds.contains("TOWN"), "{kinds}");
    let first = submit(&ledger, merge("甲", "乙")).await.unwrap().merges[0];
    assert_eq!(submit(&ledger, merge("甲", "乙")).await.unwrap().events, 0);
    let second = submit(&ledger, merge("丙", "甲")).await.unwrap().merges[0];
    let undo = |merge| Command::UndoMerge { merge, reason: "错了".into() };
    match submit(&ledger, undo(first)).await.unwrap_err() {
        SubmitError::Refused(Refusal::MergeBlocked { by, .. }) => assert_eq!(by, second),
        other => panic!("{other}"),
    }
    let distinct = Command::MarkDistinct { a: id("甲"), b: id("丙"), reason: "两家".into() };
    assert!(
        submit(&ledger, distinct.clone()).await.unwrap_err().to_string().contains("undo merge")
    );
    submit(&ledger, undo(second)).await.unwrap();
    submit(&ledger, undo(first)).await.unwrap();
    assert!(submit(&ledger, undo(first)).await.unwrap_err().to_string().contains("before"));
    submit(&ledger, distinct).await.unwrap();
    let refused = submit(&ledger, merge("甲", "丙")).await.unwrap_err().to_string();
    assert!(refused.contains("marked distinct"), "{refused}");
}

#[tokio::test]
async fn retracted_claims_are_not_reviewed_and_a_status_must_be_one_of_recording() {
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙").await;
    let view = ledger.view();
    let claim = view.claim(view.claims().next().unwrap()).id;
    submit(&ledger, Command::Retract { claim, reason: "更正".into() }).await.unwrap();
    assert_eq!(ledger.view().all_relations().count(), 0);
    let verdict = graph::model::Verdict::Accept;
    let review = Command::Review { claims: vec![claim], verdict, note: None };
    assert!(submit(&ledger, review).await.unwrap_err().to_string().contains("retracted"));
    let mut command = Drafts::none();
    let entity = entity(&mut command, "FIRM:丙");
    command.claims.push(ClaimDraft {
        status: Some(ClaimStatus::Rejected),
        confidence: Confidence::CERTAIN,
        ..said(Statement::Summary { entity, text: "一家厂".into() }, 1.0)
    });
    assert!(submit(&ledger, record(command)).await.unwrap_err().to_string().contains("REJECTED"));
}

/// Claims made while a merge stands go with the side that they name, once it is undone.
#[tokio::test]
async fn later_claims_stay_with_the_side_they_were_made_of() {
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:丙\nFIRM:乙 SUPPLIES FIRM:丙").await;
    let view = ledger.view();
    let id = |name: &str| view.entity_id(view.entities_named(name)[0]);
    let command =
        Command::Merge { keep: id("甲"), absorb: vec![id("乙")], reason: "一家".into() };
    let merge = submit(&ledger, command).await.unwrap().merges[0];
    submit(&ledger, record(drafts("FIRM:乙 SUPPLIES FIRM:丁"))).await.unwrap();
    let merged = ledger.view();
    assert_eq!(merged.entities_named("乙"), merged.entities_named("甲"));
    assert_eq!(merged.relations(merged.entities_named("甲")[0], None).len(), 2);
    submit(&ledger, Command::UndoMerge { merge, reason: "两家".into() }).await.unwrap();
    let apart = ledger.view();
    assert_eq!(apart.relations(apart.entities_named("甲")[0], None).len(), 1);
    assert_eq!(apart.relations(apart.entities_named("乙")[0], None).len(), 2);
    // Who became whom is told by their own names, whether they are one or not.
    let told = |view: &View| -> Vec<String> {
        let commits = ledger.log().read(Seq::ZERO).map(Result::unwrap);
        let lines = commits.flat_map(|commit| entries(&commit).collect::<Vec<_>>());
        lines.map(|e| e.summary(view)).filter(|line| line.contains('←')).collect()
    };
    assert_eq!(told(&apart), ["甲 ← 乙", "UNDO 甲 ← 乙 (两家)"]);
    assert_eq!(told(&merged), told(&apart));
}

/// Ids are derived from texts joined by NUL, so no text may hold one.
#[tokio::test]
async fn control_characters_are_refused() {
    let mut command = Drafts::none();
    let entity = entity(&mut command, "FIRM:丙");
    command.claims.push(said(Statement::Summary { entity, text: "一家\0厂".into() }, 1.0));
    let error = submit(&empty_ledger(), record(command)).await.unwrap_err().to_string();
    assert!(error.contains("U+0000"), "{error}");
}
