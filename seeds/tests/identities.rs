//! Who is one, carried by a claims file: strong identifiers merge by rule in any ledger that they
//! come to, and what people decided on that comes along.

use std::collections::BTreeSet;

use graph::decide::{Command, OnRefusal, Policy};
use graph::export;
use graph::ledger::{Ledger, Submission};
use graph::model::{
    ClaimDraft, ClaimStatus, Confidence, Drafts, EntityDraft, EntityId, EntityKind, Identifier,
    IdentifierScheme, LocalEntity, MergeId, Statement, Verdict,
};
use graph::view::View;
use proptest::prelude::*;
use seeds::import::{Imported, Survey};
use store::Log;

use crate::laws::cases;

/// One thing that someone does, by small numbers that are looked up in what exists by then.
#[derive(Debug, Clone)]
enum Deed {
    Identify { firm: usize, scheme: usize, value: usize, accepted: bool },
    Rename { firm: usize, name: usize },
    Review { claim: usize, accept: bool },
    Retract { claim: usize },
    Merge { keep: usize, absorb: usize },
    Undo { merge: usize },
    Distinct { a: usize, b: usize },
}

fn deed() -> impl Strategy<Value = Deed> {
    let n = 0..5usize;
    prop_oneof![
        6 => (n.clone(), 0..2usize, 0..2usize, 0..4u8).prop_map(
            |(firm, scheme, value, n)| Deed::Identify { firm, scheme, value, accepted: n > 0 }),
        1 => (n.clone(), n.clone()).prop_map(|(firm, name)| Deed::Rename { firm, name }),
        3 => (0..20usize, any::<bool>()).prop_map(|(claim, accept)| Deed::Review { claim, accept }),
        1 => (0..20usize).prop_map(|claim| Deed::Retract { claim }),
        2 => (n.clone(), n.clone()).prop_map(|(keep, absorb)| Deed::Merge { keep, absorb }),
        3 => (0..6usize).prop_map(|merge| Deed::Undo { merge }),
        1 => (n.clone(), n).prop_map(|(a, b)| Deed::Distinct { a, b }),
    ]
}

const IDENTIFIERS: [(IdentifierScheme, [&str; 2]); 2] = [
    (IdentifierScheme::Uscc, ["91330100A00000001X", "91330200B00000002H"]),
    (IdentifierScheme::Wikidata, ["Q1", "Q2"]),
];

fn ledger() -> Ledger {
    Ledger::open(Log::memory(), Policy::accepting_at(0.6).unwrap(), |_| {}).unwrap()
}

fn firm(n: usize) -> EntityDraft {
    EntityDraft::Named {
        kind: EntityKind::Firm,
        name: format!("汀洲{n}号公司"),
        also_known_as: vec![],
    }
}

fn recording(
    firms: Vec<EntityDraft>,
    statement: Option<Statement<LocalEntity>>,
    n: usize,
) -> Command {
    let claims = statement.into_iter().map(|statement| ClaimDraft {
        statement,
        evidence: None,
        confidence: Confidence::new(0.9).unwrap(),
        // Each says it anew.
        asserted_by: format!("源{n}"),
        status: Some(ClaimStatus::Accepted),
    });
    let drafts = Drafts { entities: firms, claims: claims.collect() };
    Command::Record { documents: vec![], drafts, on_refusal: OnRefusal::RefuseAll }
}

fn command(deed: &Deed, at: usize, view: &View, merges: &[MergeId]) -> Option<Command> {
    let id = |n: usize| {
        let name = format!("汀洲{n}号公司");
        Some(view.entity_id(*view.entities_named(&name).first()?))
    };
    let claims: Vec<_> = view.claims().map(|claim| view.claim(claim).id).collect();
    let claim = |n: usize| claims.get(n % claims.len().max(1)).copied();
    let reason = format!("第{at}次");
    Some(match *deed {
        Deed::Identify { firm: bearer, scheme, value, accepted } => {
            let (scheme, values) = IDENTIFIERS[scheme];
            let identifier = Identifier::new(scheme, values[value]).unwrap();
            let statement = Statement::Identifier { entity: LocalEntity(0), identifier };
            let mut command = recording(vec![firm(bearer)], Some(statement), at);
            if let Command::Record { drafts, .. } = &mut command
                && !accepted
            {
                drafts.claims[0].status = Some(ClaimStatus::Proposed);
            }
            command
        }
        Deed::Rename { firm: bearer, name } => {
            let text = format!("青禾{name}");
            let statement = Statement::Alias { entity: LocalEntity(0), text };
            recording(vec![firm(bearer)], Some(statement), at)
        }
        Deed::Review { claim: n, accept } => Command::Review {
            claims: vec![claim(n)?],
            verdict: if accept { Verdict::Accept } else { Verdict::Reject },
            note: None,
        },
        Deed::Retract { claim: n } => Command::Retract { claim: claim(n)?, reason },
        Deed::Merge { keep, absorb } => {
            Command::Merge { keep: id(keep)?, absorb: vec![id(absorb)?], reason }
        }
        Deed::Undo { merge } => {
            Command::UndoMerge { merge: *merges.get(merge % merges.len().max(1))?, reason }
        }
        Deed::Distinct { a, b } => Command::MarkDistinct { a: id(a)?, b: id(b)?, reason },
    })
}

async fn submit(ledger: &Ledger, command: Command) -> Vec<MergeId> {
    let submission =
        Submission { actor: "测试".into(), command, expected: None, idempotency: None };
    // What is refused leaves no trace.
    ledger.submit(submission).await.map(|receipt| receipt.merges).unwrap_or_default()
}

async fn live(deeds: &[Deed]) -> Ledger {
    let ledger = ledger();
    submit(&ledger, recording((0..5).map(firm).collect(), None, 0)).await;
    let mut merges = Vec::new();
    for (at, deed) in deeds.iter().enumerate() {
        if let Some(command) = command(deed, at, &ledger.view(), &merges) {
            merges.extend(submit(&ledger, command).await);
        }
    }
    ledger
}

async fn import(ledger: &Ledger, text: &str) -> Imported {
    let source = text.as_bytes();
    let plan = Survey::of(&source).unwrap();
    let plan = plan.rehearse(&source, &ledger.state(), ledger.policy()).unwrap();
    assert_eq!(plan.bad().count(), 0, "{:?}", plan.bad().told().collect::<Vec<_>>());
    let imported = plan.record(&source, ledger, "测试").await.unwrap();
    assert_eq!(imported.refused, [], "{text}");
    imported
}

fn exported(view: &View) -> String {
    let mut out = Vec::new();
    export::ndjson(view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

type Groups = Vec<(EntityId, Vec<EntityId>)>;

/// What a view shows of who is who, by ids: groups, claims, marks.
fn shown(view: &View) -> (Groups, Vec<String>, Vec<String>) {
    let groups = view.entities().map(|e| (view.entity_id(e), view.ids_of(e)));
    let claims = view.claims().map(|c| view.claim(c));
    let claims = claims.map(|c| format!("{} {} {}", c.id, c.status, view.sentence(c.ix)));
    let marks = view.marked_distinct();
    let marks = marks.map(|(a, b)| format!("{} {}", view.entity_id(a), view.entity_id(b)));
    // Marks may come earlier in an import.
    let marks: BTreeSet<String> = marks.collect();
    (groups.collect(), claims.collect(), marks.into_iter().collect())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(cases(128))]

    /// Export → import gives an equal graph, in which the rule also does the same from then on; and
    /// the file once more changes nothing.
    #[test]
    fn an_export_brings_who_is_one_along(
        deeds in proptest::collection::vec(deed(), 1..30),
        later in proptest::collection::vec(deed(), 0..6),
    ) {
        block_on(async {
            let first = live(&deeds).await;
            let second = ledger();
            let file = exported(&first.view());
            import(&second, &file).await;
            prop_assert_eq!(shown(&second.view()), shown(&first.view()), "{}", file);
            prop_assert_eq!(import(&second, &file).await.events, 0, "{}", file);
            for (at, deed) in later.iter().enumerate() {
                let deed = Deed::clone(deed);
                if matches!(deed, Deed::Undo { .. }) {
                    continue;
                }
                for ledger in [&first, &second] {
                    if let Some(command) = command(&deed, 100 + at, &ledger.view(), &[]) {
                        submit(ledger, command).await;
                    }
                }
                prop_assert_eq!(shown(&second.view()), shown(&first.view()), "{}", file);
            }
            Ok(())
        })?;
    }
}

const TWO: &str = r#"{"type":"entity","id":"a","kind":"FIRM","name":"甲公司"}
{"type":"entity","id":"b","kind":"FIRM","name":"乙公司"}
{"type":"entity","id":"c","kind":"FIRM","name":"丙公司"}
{"type":"identifier","entity":"a","scheme":"USCC","value":"91330100A00000001X"}
{"type":"identifier","entity":"b","scheme":"USCC","value":"91330100A00000001X"}
{"type":"relation","predicate":"SUPPLIES","source":"a","target":"c"}
"#;

#[tokio::test]
async fn a_mark_counts_wherever_it_stands_in_the_file() {
    let ledger = ledger();
    let done = import(&ledger, TWO).await;
    assert_eq!((done.merges, ledger.view().entities().count()), (1, 2));
    let marked = self::ledger();
    let mark = "{\"type\":\"distinct\",\"a\":\"a\",\"b\":\"b\",\"reason\":\"两家\"}\n";
    let done = import(&marked, &format!("{TWO}{mark}")).await;
    assert_eq!((done.merges, done.decisions, marked.view().entities().count()), (0, 1, 3));
}

const REVERSED: &str = r#"{"type":"merge","id":"m","keep":"a","absorb":["b"],"reason":"一家"}
{"type":"undo_merge","merge":"m","reason":"看错"}
"#;

/// An export of before the rule: claims first, then what was decided on them.
#[tokio::test]
async fn a_merge_that_the_rule_made_first_is_reversed_all_the_same() {
    let ledger = ledger();
    let file = format!("{TWO}{REVERSED}");
    assert_eq!(import(&ledger, &file).await.merges, 1);
    assert_eq!(ledger.view().entities().count(), 3);
    assert_eq!(import(&ledger, &file).await.events, 0);
    // Short forms of an entity line speak last; by then the two were taken apart.
    let other = self::ledger();
    let file = TWO.replace("\"甲公司\"", "\"甲公司\",\"identifiers\":{\"WIKIDATA\":\"Q1\"}");
    let file = file.replace("\"乙公司\"", "\"乙公司\",\"identifiers\":{\"WIKIDATA\":\"Q1\"}");
    import(&other, &format!("{file}{REVERSED}")).await;
    assert_eq!(other.view().entities().count(), 3);
}

#[tokio::test]
async fn an_import_that_was_cut_off_before_the_reversal_is_finished() {
    let ledger = ledger();
    let lines: Vec<&str> = REVERSED.lines().collect();
    let file = format!("{TWO}{REVERSED}");
    // As far as the merge: by the rule, which says so, or by the file.
    import(
        &ledger,
        &format!("{}\n{}\n", TWO.lines().take(3).collect::<Vec<_>>().join("\n"), lines[0]),
    )
    .await;
    assert_eq!(ledger.view().entities().count(), 2);
    import(&ledger, &file).await;
    assert_eq!(ledger.view().entities().count(), 3);
}

#[tokio::test]
async fn a_merge_of_somebody_else_is_left_alone() {
    let ledger = ledger();
    import(&ledger, TWO).await;
    import(&ledger, &format!("{TWO}{REVERSED}")).await;
    assert_eq!(ledger.view().entities().count(), 2);
}
