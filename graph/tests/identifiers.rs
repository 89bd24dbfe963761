//! Entities of a kind that bear one strong identifier are one, by rule.

use graph::decide::{Command, OnRefusal, Refusal, decide};
use graph::ledger::{Ledger, Receipt, SubmitError};
use graph::model::{ClaimStatus, Drafts, EntityId, Identifier, MergeId, Statement, Verdict};
use graph::query::{ConflictKind, DuplicateQuery, conflicts, duplicates};
use graph::state::State;
use graph::view::{AsOf, Recorded, View};
use proptest::prelude::*;
use store::Seq;

use crate::laws::{Deed, deed, go_on, identify, recording};
use crate::references::budget;
use crate::support::{block_on, cases, dump, empty_ledger, entity, record, said, submit};

const A: &str = "91330100A00000001X";
const B: &str = "91330200B00000002H";

/// `KIND:name SCHEME:value` a line, `?` behind it for one that is only proposed; a line of one
/// word declares an entity.
fn drafts(picture: &str) -> Drafts {
    let mut drafts = Drafts::none();
    for line in picture.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let entity = entity(&mut drafts, words[0]);
        let Some((scheme, value)) = words.get(1).and_then(|id| id.split_once(':')) else {
            continue;
        };
        let identifier = Identifier::new(scheme.parse().unwrap(), value).unwrap();
        let mut claim = said(Statement::Identifier { entity, identifier }, 0.9);
        claim.asserted_by = format!("源{}", drafts.claims.len());
        if words.get(2) == Some(&"?") {
            claim.status = Some(ClaimStatus::Proposed);
        }
        drafts.claims.push(claim);
    }
    drafts
}

async fn tell(ledger: &Ledger, picture: &str) -> Receipt {
    submit(ledger, record(drafts(picture))).await.unwrap()
}

/// Who stands for whom: every name with the name of its root.
fn groups(view: &View) -> Vec<Vec<String>> {
    let mut groups: Vec<Vec<String>> = Vec::new();
    for entity in view.entities() {
        let mut names = vec![view.name(entity).to_string()];
        names.extend(view.aliases(entity).iter().map(ToString::to_string));
        groups.push(names);
    }
    groups
}

fn id(ledger: &Ledger, name: &str) -> EntityId {
    let view = ledger.view();
    view.entity_id(view.entities_named(name)[0])
}

async fn undo(ledger: &Ledger, merge: MergeId) -> Result<Receipt, SubmitError> {
    submit(ledger, Command::UndoMerge { merge, reason: "两家".into() }).await
}

async fn review(ledger: &Ledger, verdict: Verdict) -> Receipt {
    let view = ledger.view();
    let claims = view.claims().map(|claim| view.claim(claim).id).collect();
    submit(ledger, Command::Review { claims, verdict, note: None }).await.unwrap()
}

#[tokio::test]
async fn the_claim_and_its_merge_are_one_commit() {
    let ledger = empty_ledger();
    let first = tell(&ledger, &format!("FIRM:乙\nFIRM:甲 USCC:{A}\nFIRM:丙")).await;
    assert!(first.merges.is_empty());
    let before = ledger.view();
    let receipt = tell(&ledger, &format!("FIRM:丙 USCC:{A}\nTOWN:镇 USCC:{A}")).await;
    // The declaration, two claims and the merge.
    assert_eq!((receipt.events, receipt.merges.len()), (4, 1));
    let commits: Vec<_> = ledger.log().read(before.seq()).map(Result::unwrap).collect();
    let kinds: Vec<_> = commits[0].records.iter().map(|record| record.kind.to_string()).collect();
    assert_eq!(kinds.last().map(String::as_str), Some("EntitiesMerged"));
    assert_eq!((commits.len(), &*commits[0].actor), (1, "测试"));
    // The older stands for both. A town is no firm, whatever it is said to bear.
    assert_eq!(groups(&ledger.view()), [vec!["乙"], vec!["甲", "丙"], vec!["镇"]]);
    let merged = ledger.log().read(before.seq()).next().unwrap().unwrap();
    let payload = String::from_utf8(merged.records[3].payload.to_vec()).unwrap();
    assert!(payload.contains(&format!("both bear USCC {A}")), "{payload}");
    // A view of the past does not know it.
    let past = AsOf { recorded: Recorded::UpTo(before.seq()), valid_on: None };
    assert_eq!(dump(&ledger.view().at(past).unwrap()), dump(&before));
}

#[tokio::test]
async fn one_command_may_make_several_and_chains_of_them() {
    let ledger = empty_ledger();
    let picture = format!(
        "FIRM:甲 USCC:{A}
         FIRM:乙 WIKIDATA:Q1
         FIRM:丙 USCC:{B}
         FIRM:丁 USCC:{B}
         FIRM:丁 WIKIDATA:Q2
         FIRM:戊 WIKIDATA:Q2
         FIRM:甲 WIKIDATA:Q1"
    );
    let receipt = tell(&ledger, &picture).await;
    let [lower, chained, other] = receipt.merges[..] else { panic!("{receipt:?}") };
    assert_eq!(groups(&ledger.view()), [vec!["甲", "乙"], vec!["丙", "丁", "戊"]]);
    // The later merge stands on the earlier one, and is named.
    match undo(&ledger, lower).await {
        Err(SubmitError::Refused(Refusal::MergeBlocked { merge, by })) => {
            assert_eq!((merge, by), (lower, chained));
        }
        other => panic!("{other:?}"),
    }
    for merge in [chained, lower, other] {
        undo(&ledger, merge).await.unwrap();
    }
    assert_eq!(ledger.view().entities().count(), 5);
}

#[tokio::test]
async fn a_claim_counts_when_it_is_accepted() {
    let ledger = empty_ledger();
    let picture = format!("FIRM:甲 USCC:{A} ?\nFIRM:乙 USCC:{A} ?\nFIRM:丙 USCC:{A} ?");
    assert!(tell(&ledger, &picture).await.merges.is_empty());
    assert!(review(&ledger, Verdict::Reject).await.merges.is_empty());
    let receipt = review(&ledger, Verdict::Accept).await;
    assert_eq!((receipt.events, receipt.merges.len()), (5, 2));
    assert_eq!(groups(&ledger.view()), [["甲", "乙", "丙"]]);
    // A verdict that changes nothing, and what was known, make none.
    assert_eq!(review(&ledger, Verdict::Accept).await.events, 0);
    assert_eq!(tell(&ledger, &picture).await.events, 0);
}

#[tokio::test]
async fn a_rejected_or_withdrawn_claim_binds_nobody_and_a_merge_outlives_its_claim() {
    let ledger = empty_ledger();
    tell(&ledger, &format!("FIRM:甲 USCC:{A}")).await;
    review(&ledger, Verdict::Reject).await;
    assert!(tell(&ledger, &format!("FIRM:乙 USCC:{A}")).await.merges.is_empty());
    assert_eq!(tell(&ledger, &format!("FIRM:丙 USCC:{A}")).await.merges.len(), 1);
    let view = ledger.view();
    for claim in view.claims().map(|claim| view.claim(claim).id) {
        submit(&ledger, Command::Retract { claim, reason: "误".into() }).await.unwrap();
    }
    assert_eq!(groups(&ledger.view()), [vec!["甲"], vec!["乙", "丙"]]);
}

#[tokio::test]
async fn known_to_differ_is_stronger_than_the_rule() {
    let ledger = empty_ledger();
    tell(&ledger, &format!("FIRM:甲 USCC:{A}\nFIRM:乙 USCC:{B}\nFIRM:丙\nFIRM:丁")).await;
    // By way of others: the marked ones are merged into the two that come to share.
    for (keep, absorb) in [("甲", "丙"), ("乙", "丁")] {
        let (keep, absorb) = (id(&ledger, keep), vec![id(&ledger, absorb)]);
        if absorb == [id(&ledger, "丁")] {
            let mark =
                Command::MarkDistinct {
                    a: id(&ledger, "丙"), b: absorb[0], reason: "两家".into()
                };
            submit(&ledger, mark).await.unwrap();
        }
        submit(&ledger, Command::Merge { keep, absorb, reason: "一家".into() }).await.unwrap();
    }
    assert!(tell(&ledger, "FIRM:甲 WIKIDATA:Q1\nFIRM:乙 WIKIDATA:Q1").await.merges.is_empty());
    let found = conflicts(&ledger.view(), None, &budget()).found;
    assert_eq!(found.iter().map(|c| c.kind).collect::<Vec<_>>(), [ConflictKind::SharedIdentifier]);
    // Nobody can tell to which of them a third one belongs.
    assert!(tell(&ledger, "FIRM:戊 WIKIDATA:Q1").await.merges.is_empty());
}

#[tokio::test]
async fn an_undone_merge_binds_the_rule_and_nobody_else() {
    let ledger = empty_ledger();
    let receipt = tell(&ledger, &format!("FIRM:甲 USCC:{A}\nFIRM:乙 USCC:{A}\nFIRM:丙")).await;
    undo(&ledger, receipt.merges[0]).await.unwrap();
    let again = format!("FIRM:丙\nFIRM:丙\nFIRM:丙\nFIRM:乙 USCC:{A}\nFIRM:甲 USCC:{A}");
    // The same is said again by others, and of another register.
    assert!(tell(&ledger, &again).await.merges.is_empty());
    assert!(tell(&ledger, "FIRM:甲 WIKIDATA:Q1\nFIRM:乙 WIKIDATA:Q1").await.merges.is_empty());
    // They may still be one, for all that people know: the pair is listed, and can be merged.
    let every = DuplicateQuery { kinds: vec![], min_score: 0.5, limit: 9 };
    assert_eq!(duplicates(&ledger.view(), &every, &budget()).found.len(), 1);
    let (keep, absorb) = (id(&ledger, "乙"), vec![id(&ledger, "甲")]);
    submit(&ledger, Command::Merge { keep, absorb, reason: "看错了".into() }).await.unwrap();
    // Now that they are one, whoever joins them joins both.
    let receipt = tell(&ledger, "FIRM:丙 WIKIDATA:Q1").await;
    assert_eq!(receipt.merges.len(), 1);
    assert_eq!(groups(&ledger.view()), [["乙", "甲", "丙"]]);
    assert!(duplicates(&ledger.view(), &every, &budget()).found.is_empty());
}

#[tokio::test]
async fn the_rule_makes_nobody_bear_two_of_one_register() {
    let ledger = empty_ledger();
    tell(&ledger, &format!("FIRM:甲 USCC:{A}\nFIRM:乙 USCC:{B}")).await;
    // A parent's code on its subsidiary.
    assert!(tell(&ledger, &format!("FIRM:乙 USCC:{A}")).await.merges.is_empty());
    let found = conflicts(&ledger.view(), None, &budget()).found;
    let kinds: Vec<_> = found.iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [ConflictKind::SharedIdentifier, ConflictKind::SeveralIdentifiers]);
    // A weaker register gives several to one, and one to several.
    let weak = "FIRM:丙 STOCK_CODE:600001\nFIRM:丁 STOCK_CODE:600001\nFIRM:丁 STOCK_CODE:600002";
    assert!(tell(&ledger, weak).await.merges.is_empty());
}

fn rest(dump: &str) -> String {
    dump.lines().skip(1).collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(cases(64))]

    /// Claims in one commit, or each in its own: the same merges. And with all of them undone
    /// everything is as if the rule had kept silent.
    #[test]
    fn how_many_claims_share_a_commit_makes_no_difference(
        deeds in proptest::collection::vec(deed(), 0..20),
        said in proptest::collection::vec(identify(), 1..12),
    ) {
        block_on(async {
            let (one_by_one, at_once) = (empty_ledger(), empty_ledger());
            for ledger in [&one_by_one, &at_once] {
                go_on(ledger, &mut Vec::new(), &deeds).await;
            }
            go_on(&one_by_one, &mut Vec::new(), &said).await;
            let mut drafts = Drafts::none();
            for deed in &said {
                let Command::Record { drafts: one, .. } = recording(deed) else { continue };
                let first = drafts.entities.len();
                drafts.entities.extend(one.entities);
                drafts.claims.extend(one.claims.into_iter().map(|claim| {
                    let shifted = claim.statement.try_map(|local| {
                        Ok::<_, std::convert::Infallible>(graph::model::LocalEntity(local.0 + first))
                    });
                    graph::model::ClaimDraft { statement: shifted.unwrap(), ..claim }
                }));
            }
            let command = Command::Record { documents: vec![], drafts, on_refusal: OnRefusal::LeaveOut };
            let receipt = submit(&at_once, command).await.unwrap();
            let claims = |view: &View| {
                let said = view.claims().map(|c| view.claim(c));
                said.map(|c| (c.id, c.status)).collect::<Vec<_>>()
            };
            prop_assert_eq!(claims(&at_once.view()), claims(&one_by_one.view()));
            prop_assert_eq!(groups(&at_once.view()), groups(&one_by_one.view()));

            let merges = receipt.merges.len() as u64;
            let silent = Recorded::UpTo(Seq::new(receipt.seq.get() - merges));
            let silent = at_once.view().at(AsOf { recorded: silent, valid_on: None }).unwrap();
            for merge in receipt.merges.iter().rev() {
                undo(&at_once, *merge).await.unwrap();
            }
            prop_assert_eq!(rest(&dump(&at_once.view())), rest(&dump(&silent)));
            Ok(())
        })?;
    }

    /// A state that comes back from its image decides as the one that it was taken of.
    #[test]
    fn a_state_from_an_image_knows_who_bears_what(
        deeds in proptest::collection::vec(prop_oneof![deed(), identify()], 1..30),
        said in identify(),
    ) {
        let ledger = empty_ledger();
        block_on(go_on(&ledger, &mut Vec::new(), &deeds));
        let state = ledger.state();
        let again = State::of_image(&state.image().unwrap()).unwrap();
        let command = recording(&said);
        prop_assert_eq!(
            decide(&again, &command, ledger.policy()),
            decide(&state, &command, ledger.policy())
        );
    }

    /// Whatever happened, no two entities of a kind share a strong identifier unless something
    /// speaks against their being one.
    #[test]
    fn who_shares_a_strong_identifier_is_one_or_known_to_differ(
        said in proptest::collection::vec(identify(), 1..20),
    ) {
        let ledger = empty_ledger();
        block_on(go_on(&ledger, &mut Vec::new(), &said));
        let view = ledger.view();
        let found = conflicts(&view, None, &budget()).found;
        for shared in found.iter().filter(|c| c.kind == ConflictKind::SharedIdentifier) {
            let kinds: Vec<_> = shared.entities.iter().map(|e| view.kind(*e)).collect();
            let strong = shared.claims.iter().all(|claim| match view.claim(*claim).statement {
                Statement::Identifier { identifier, .. } => identifier.scheme().is_strong(),
                _ => false,
            });
            if !strong || kinds.windows(2).all(|pair| pair[0] != pair[1]) {
                continue;
            }
            // Nobody marked or undid anything, so it is for another identifier of a register.
            let borne: Vec<_> = shared.entities.iter().flat_map(|e| view.identifiers(*e)).collect();
            let several = borne.iter().any(|one| {
                let strong = one.scheme().is_strong();
                strong && borne.iter().any(|other| other.scheme() == one.scheme() && other != one)
            });
            prop_assert!(several, "{shared:?}");
        }
    }
}

#[test]
fn deeds_reach_the_rule() {
    let firm = |entity| Deed::Identify { entity, scheme: 0, value: 0, accepted: true };
    let ledger = empty_ledger();
    let mut merges = Vec::new();
    block_on(go_on(&ledger, &mut merges, &[firm(0), firm(1)]));
    assert_eq!((merges.len(), ledger.view().entities().count()), (1, 1));
}
