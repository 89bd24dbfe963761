//! The laws, over random histories: commands of every kind, in any order, refused ones included.

use graph::decide::{Command, OnRefusal};
use graph::ledger::Ledger;
use graph::model::{
    ClaimDraft, ClaimStatus, Comparator, Confidence, Drafts, EntityDraft, EntityKind, Identifier,
    IdentifierScheme, LocalEntity, Modality, Observation, Predicate, Qualifiers, RelationStatement,
    Role, RoleBasis, RoleHeld, Statement, Validity, Verdict,
};
use graph::state::{EntityIx, RelationIx, State};
use graph::view::{AsOf, Lens, PredicateSet, Recorded, View};
use jiff::civil::Date;
use petgraph::Direction;
use proptest::prelude::*;
use std::sync::Arc;
use store::{Log, Seq};

use crate::support::{block_on, cases, document, dump, empty_ledger, evidence, printed, submit};

/// One thing that someone does, by small numbers that are looked up in what exists by then.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    Relate {
        predicate: usize,
        source: usize,
        target: usize,
        product: Option<usize>,
        from: u8,
        to: u8,
        sure: u8,
        document: Option<u8>,
    },
    Name {
        entity: usize,
        alias: usize,
        accepted: bool,
    },
    Dub {
        firm: usize,
        role: usize,
        from: u8,
    },
    Measure {
        entity: usize,
        value: i32,
    },
    Identify {
        entity: usize,
        scheme: usize,
        value: usize,
        accepted: bool,
    },
    Review {
        claim: usize,
        accept: bool,
    },
    Retract {
        claim: usize,
    },
    Merge {
        keep: usize,
        absorb: usize,
    },
    Undo {
        merge: usize,
    },
    Distinct {
        a: usize,
        b: usize,
    },
}

pub(crate) fn deed() -> impl Strategy<Value = Deed> {
    let n = 0..8usize;
    prop_oneof![
        6 => (0..5usize, n.clone(), n.clone(), proptest::option::of(0..3usize), 0..12u8, 0..12u8, 0..10u8, proptest::option::of(0..6u8))
            .prop_map(|(predicate, source, target, product, from, to, sure, document)|
                Deed::Relate { predicate, source, target, product, from, to, sure, document }),
        1 => (n.clone(), 0..12usize, any::<bool>()).prop_map(|(entity, alias, accepted)| Deed::Name { entity, alias, accepted }),
        1 => (n.clone(), 0..10usize, 0..12u8).prop_map(|(firm, role, from)| Deed::Dub { firm, role, from }),
        1 => (n.clone(), any::<i32>()).prop_map(|(entity, value)| Deed::Measure { entity, value }),
        2 => identify(),
        2 => (0..30usize, any::<bool>()).prop_map(|(claim, accept)| Deed::Review { claim, accept }),
        1 => (0..30usize).prop_map(|claim| Deed::Retract { claim }),
        2 => (n.clone(), n.clone()).prop_map(|(keep, absorb)| Deed::Merge { keep, absorb }),
        1 => (0..6usize).prop_map(|merge| Deed::Undo { merge }),
        1 => (n.clone(), n).prop_map(|(a, b)| Deed::Distinct { a, b }),
    ]
}

pub(crate) fn identify() -> impl Strategy<Value = Deed> {
    (0..8usize, 0..3usize, 0..3usize, 0..4u8).prop_map(|(entity, scheme, value, n)| {
        Deed::Identify { entity, scheme, value, accepted: n > 0 }
    })
}

/// Strong ones by register, and weaker ones.
const IDENTIFIERS: [(IdentifierScheme, [&str; 3]); 3] = [
    (IdentifierScheme::Uscc, ["91330100A00000001X", "91330200B00000002H", "91330300C000000035"]),
    (IdentifierScheme::Wikidata, ["Q1", "Q2", "Q3"]),
    (IdentifierScheme::StockCode, ["600001", "600002", "600003"]),
];

const PREDICATES: [Predicate; 5] = [
    Predicate::Supplies,
    Predicate::PartnersWith,
    Predicate::Owns,
    Predicate::SpunOffFrom,
    Predicate::Leads,
];

/// Firms are even, towns are odd where the deed allows.
fn named(number: usize) -> EntityDraft {
    let (kind, name) = match number {
        n if n < 6 => (EntityKind::Firm, format!("企业{n}")),
        n => (EntityKind::Town, format!("小镇{n}")),
    };
    EntityDraft::Named { kind, name, also_known_as: vec![] }
}

fn year(n: u8) -> Option<graph::model::FuzzyDate> {
    (n > 0).then(|| format!("20{:02}", n + 10).parse().unwrap())
}

pub(crate) fn command(
    deed: &Deed,
    view: &View,
    merges: &[graph::model::MergeId],
) -> Option<Command> {
    let ids: Vec<_> = view.entities().map(|e| view.entity_id(e)).collect();
    let claims: Vec<_> = view.claims().map(|c| view.claim(c).id).collect();
    let nth = |n: usize| (!ids.is_empty()).then(|| ids[n % ids.len()]);
    let reason = || "试".to_owned();
    Some(match deed {
        Deed::Review { claim, accept } => Command::Review {
            claims: vec![*claims.get(claim % claims.len().max(1))?],
            verdict: if *accept { Verdict::Accept } else { Verdict::Reject },
            note: None,
        },
        Deed::Retract { claim } => {
            Command::Retract { claim: *claims.get(claim % claims.len().max(1))?, reason: reason() }
        }
        Deed::Merge { keep, absorb } => {
            Command::Merge { keep: nth(*keep)?, absorb: vec![nth(*absorb)?], reason: reason() }
        }
        Deed::Undo { merge } => Command::UndoMerge {
            merge: *merges.get(merge % merges.len().max(1))?,
            reason: reason(),
        },
        Deed::Distinct { a, b } => {
            Command::MarkDistinct { a: nth(*a)?, b: nth(*b)?, reason: reason() }
        }
        said => recording(said),
    })
}

pub(crate) fn recording(deed: &Deed) -> Command {
    let mut drafts = Drafts::none();
    let mut documents = Vec::new();
    let mut quoted = None;
    let mut status = ClaimStatus::Accepted;
    let mut local = |draft: EntityDraft| {
        drafts.entities.push(draft);
        LocalEntity(drafts.entities.len() - 1)
    };
    let statement = match deed {
        Deed::Relate { predicate, source, target, product, from, to, sure, document: which } => {
            if let Some(n) = which {
                let article = document("题", &printed(n % 3, n / 3), &format!("201{n}-05"));
                quoted = Some(evidence(&article, "某与某"));
                documents.push(article);
            }
            status = if *sure < 3 { ClaimStatus::Proposed } else { ClaimStatus::Accepted };
            let product = product.map(|p| EntityDraft::Named {
                kind: EntityKind::Product,
                name: format!("产品{p}"),
                also_known_as: vec![],
            });
            Statement::Relation(RelationStatement {
                predicate: PREDICATES[*predicate],
                source: local(named(*source)),
                target: local(named(*target)),
                qualifiers: Qualifiers { product: product.map(&mut local), ..Qualifiers::none() },
                validity: Validity::new(year(*from), year(*to)).unwrap_or(Validity::UNSTATED),
                modality: if *sure == 9 { Modality::Planned } else { Modality::Actual },
            })
        }
        Deed::Name { entity, alias, accepted } => {
            status = if *accepted { ClaimStatus::Accepted } else { ClaimStatus::Proposed };
            Statement::Alias { entity: local(named(*entity)), text: format!("企业{alias}") }
        }
        Deed::Dub { firm, role, from } => Statement::Role(RoleHeld {
            entity: local(named(*firm)),
            role: Role::ALL[*role],
            basis: RoleBasis::Described,
            validity: Validity::new(year(*from), None).unwrap(),
        }),
        Deed::Identify { entity, scheme, value, accepted } => {
            status = if *accepted { ClaimStatus::Accepted } else { ClaimStatus::Proposed };
            let (scheme, values) = IDENTIFIERS[*scheme];
            let identifier = Identifier::new(scheme, values[*value]).unwrap();
            Statement::Identifier { entity: local(named(*entity)), identifier }
        }
        Deed::Measure { entity, value } => Statement::Observation(Observation {
            subject: local(named(*entity)),
            metric: "产值".into(),
            value: f64::from(*value),
            value_max: None,
            unit: "CNY".into(),
            comparator: Comparator::About,
            period: None,
            modality: Modality::Actual,
        }),
        other => unreachable!("not a recording: {other:?}"),
    };
    drafts.claims.push(ClaimDraft {
        statement,
        evidence: quoted,
        confidence: Confidence::new(0.7).unwrap(),
        asserted_by: "测试".into(),
        status: Some(status),
    });
    Command::Record { documents, drafts, on_refusal: OnRefusal::RefuseAll }
}

/// Lives through the deeds; refused ones leave no trace, which the laws would notice.
pub(crate) async fn live(deeds: &[Deed]) -> Ledger {
    let ledger = empty_ledger();
    go_on(&ledger, &mut Vec::new(), deeds).await;
    ledger
}

/// Lives through more deeds, knowing the merges made so far.
pub(crate) async fn go_on(
    ledger: &Ledger,
    merges: &mut Vec<graph::model::MergeId>,
    deeds: &[Deed],
) {
    for deed in deeds {
        if let Some(command) = command(deed, &ledger.view(), merges)
            && let Ok(receipt) = submit(ledger, command).await
        {
            merges.extend(receipt.merges);
        }
    }
}

pub(crate) fn replayed(log: &Log, last: Seq) -> State {
    let mut state = State::empty();
    for commit in log.read(Seq::ZERO) {
        state.apply_until(&commit.unwrap(), last).unwrap();
    }
    state
}

/// Folds in the rest of a log.
pub(crate) fn grow(state: &mut State, log: &Log) {
    for commit in log.read(Seq::ZERO) {
        let commit = commit.unwrap();
        // It may stand inside this one.
        if commit.first <= state.seq() && state.seq() < commit.last() {
            let mut rest = commit.clone();
            let known = state.seq().get() + 1 - commit.first.get();
            rest.records.drain(..usize::try_from(known).unwrap());
            rest.first = state.seq().next();
            state.apply(&rest).unwrap();
        }
        state.apply(&commit).unwrap();
    }
}

pub(crate) type Walked = Vec<(EntityIx, RelationIx)>;

fn sets() -> [PredicateSet; 3] {
    [
        PredicateSet::all(),
        PredicateSet::of([Predicate::Supplies, Predicate::Owns]),
        PredicateSet::of([Predicate::PartnersWith]),
    ]
}

pub(crate) fn walked(view: &View) -> Vec<Walked> {
    everywhere(view, |entity, way, set| {
        let lens = Lens::new(view, *set);
        let walk = [lens.steps(entity, way), lens.with_planned().steps(entity, way)];
        let only: Vec<RelationIx> = walk[1].iter().map(|(_, ix)| *ix).collect();
        if *set == PredicateSet::all() {
            assert_eq!(view.relations(entity, Some(way)), only);
        }
        walk
    })
}

pub(crate) fn told_by_rows(view: &View) -> Vec<Walked> {
    everywhere(view, |entity, way, set| {
        [false, true].map(|planned| view.steps_by_rows(entity, way, set, planned))
    })
}

fn everywhere(
    view: &View,
    look: impl Fn(EntityIx, Direction, &PredicateSet) -> [Walked; 2],
) -> Vec<Walked> {
    let mut all = Vec::new();
    for entity in view.entities() {
        for way in [Direction::Outgoing, Direction::Incoming] {
            all.extend(sets().iter().flat_map(|set| look(entity, way, set)));
        }
    }
    all
}

proptest! {
    #![proptest_config(cases(64))]

    /// Replay = live: the fold of the log is the state that grew with it.
    #[test]
    fn replay_equals_live(deeds in proptest::collection::vec(deed(), 1..40)) {
        let ledger = block_on(live(&deeds));
        let again = replayed(ledger.log(), ledger.head().seq);
        prop_assert_eq!(again.hash().to_string(), ledger.state().hash().to_string());
        prop_assert_eq!(again.parked().count(), 0);
        prop_assert_eq!(dump(&View::of(Arc::new(again))), dump(&ledger.view()));
    }

    /// As-of = prefix: a view at a position is the view of the log cut off there, on either clock,
    /// inside a commit too.
    #[test]
    fn a_view_at_a_position_equals_the_replay_of_the_prefix(
        deeds in proptest::collection::vec(deed(), 1..30),
        cut in 0.0..1.0f64,
        day in 0..14i16,
    ) {
        let ledger = block_on(live(&deeds));
        let head = ledger.head().seq.get();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a small positive number")]
        let seq = Seq::new((head as f64 * cut) as u64);
        let valid_on = (day > 0).then(|| Date::new(2009 + day, 6, 1).unwrap());
        let past = ledger.view().at(AsOf { recorded: Recorded::UpTo(seq), valid_on }).unwrap();
        let prefix = View::of(Arc::new(replayed(ledger.log(), seq)));
        let prefix = prefix.at(AsOf { recorded: Recorded::Now, valid_on }).unwrap();
        prop_assert_eq!(dump(&past), dump(&prefix));
    }

    /// Merge then undo = identity, but for the position: every answer is as before.
    #[test]
    fn a_merge_and_its_undoing_leave_everything_as_it_was(
        deeds in proptest::collection::vec(deed(), 1..30),
        keep in 0..8usize,
        absorb in 0..8usize,
    ) {
        block_on(async {
            let ledger = live(&deeds).await;
            let before = dump(&ledger.view());
            let Some(merge) = command(&Deed::Merge { keep, absorb }, &ledger.view(), &[]) else { return Ok(()) };
            let Ok(receipt) = submit(&ledger, merge).await else { return Ok(()) };
            let [merge] = receipt.merges[..] else { return Ok(()) };
            prop_assert_ne!(dump(&ledger.view()), before.clone());
            submit(&ledger, Command::UndoMerge { merge, reason: "试".into() }).await.unwrap();
            let after = dump(&ledger.view());
            let rest = |dump: &str| dump.lines().skip(1).collect::<Vec<_>>().join("\n");
            prop_assert_eq!(rest(&after), rest(&before));
            Ok(())
        })?;
    }

    /// Laid out = rows: a walk over the laid-out relations meets what the rows say, wherever the
    /// base was laid, at any position and day, over any predicates.
    #[test]
    fn walks_meet_what_the_rows_say(
        deeds in proptest::collection::vec(deed(), 1..40),
        cut in 0.0..1.0f64,
        year in proptest::option::of(proptest::sample::select(vec![1850, 2010, 2013, 2016, 2019, 2022, 2100])),
    ) {
        let ledger = block_on(live(&deeds));
        let head = ledger.head().seq;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a small positive number")]
        let seq = Seq::new((head.get() as f64 * cut) as u64);
        let valid_on = year.map(|year| Date::new(year, 6, 1).unwrap());
        let earlier = replayed(ledger.log(), seq);
        let mut folded_early = earlier.clone();
        folded_early.fold();
        grow(&mut folded_early, ledger.log());
        let never_folded = replayed(ledger.log(), head);
        let mut folded_late = never_folded.clone();
        folded_late.fold_as_of(&earlier);
        let mut folded = never_folded.clone();
        folded.fold();
        let expected = dump(&View::of(Arc::new(never_folded.clone())));
        for state in [never_folded, folded_early, folded_late, folded] {
            let now = View::of(Arc::new(state));
            prop_assert_eq!(dump(&now), expected.clone());
            for recorded in [Recorded::UpTo(seq), Recorded::Now] {
                let view = now.at(AsOf { recorded, valid_on }).unwrap();
                prop_assert_eq!(walked(&view), told_by_rows(&view));
            }
        }
    }

    /// No text that someone types makes a look-up or a search fail.
    #[test]
    fn looking_for_anything_is_safe(text in ".{0,20}") {
        let ledger = block_on(live(&[Deed::Dub { firm: 1, role: 0, from: 0 }]));
        let view = ledger.view();
        prop_assert!(graph::query::find(&view, &text, None).is_ok());
        prop_assert!(graph::query::search(&view, &text, &[], 10).len() <= 10);
    }
}
