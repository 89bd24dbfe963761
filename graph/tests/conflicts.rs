//! Conflicts against a naive answer that compares every claim with every other, and on examples.

use std::collections::{BTreeMap, BTreeSet};

use graph::decide::Command;
use graph::ledger::Ledger;
use graph::model::{
    Comparator, Drafts, FuzzyDate, Identifier, IdentifierScheme, LocalEntity, Modality,
    Observation, Predicate, Qualifiers, RelationStatement, Role, RoleBasis, RoleHeld, Statement,
    Validity,
};
use graph::query::{ConflictKind, conflicts};
use graph::state::ClaimIx;
use graph::view::View;
use proptest::prelude::*;

use crate::references::budget;
use crate::support::{block_on, cases, empty_ledger, entity, record, said, submit};

const VALUES: [i32; 8] = [12, 13, 1200, 1234, 1290, 100, 104, 140];
/// The first two share a city, and the last lies in the first.
const PLACES: [(&str, &str); 4] =
    [("REGION", "东区"), ("REGION", "西区"), ("REGION", "大市"), ("REGION", "里区")];
const WIKIDATA: [&str; 3] = ["Q1", "Q2", "Q3"];

/// One claim about numbered firms.
#[derive(Debug, Clone)]
enum Told {
    Seat { firm: usize, place: usize, from: u8, to: u8, planned: bool },
    Figure { firm: usize, value: usize, comparator: usize, year: Option<u8> },
    Owns { firm: usize, other: usize, from: u8, to: u8 },
    Role { firm: usize, from: u8 },
    SpunOff { firm: usize, other: usize },
    Identifier { firm: usize, scheme: usize, value: usize },
}

const SCHEMES: [IdentifierScheme; 3] =
    [IdentifierScheme::Wikidata, IdentifierScheme::StockCode, IdentifierScheme::Gbt4754];

fn told() -> impl Strategy<Value = Told> {
    let firm = 0..3usize;
    let year = 0..4u8;
    let other = 1..3usize;
    prop_oneof![
        4 => (firm.clone(), 0..4usize, year.clone(), year.clone(), 0..6u8).prop_map(
            |(firm, place, from, to, n)| Told::Seat { firm, place, from, to, planned: n == 0 }),
        5 => (firm.clone(), 0..8usize, 0..4usize, proptest::option::of(0..2u8)).prop_map(
            |(firm, value, comparator, year)| Told::Figure { firm, value, comparator, year }),
        3 => (firm.clone(), other.clone(), year.clone(), year.clone()).prop_map(
            |(firm, step, from, to)| Told::Owns { firm, other: (firm + step) % 3, from, to }),
        1 => (firm.clone(), year).prop_map(|(firm, from)| Told::Role { firm, from }),
        2 => (firm.clone(), other).prop_map(
            |(firm, step)| Told::SpunOff { firm, other: (firm + step) % 3 }),
        3 => (firm, 0..3usize, 0..3usize).prop_map(
            |(firm, scheme, value)| Told::Identifier { firm, scheme, value }),
    ]
}

fn year(n: u8) -> Option<FuzzyDate> {
    (n > 0).then(|| format!("201{n}").parse().unwrap())
}

/// What is stated, where both bounds do not run backwards.
fn validity(from: u8, to: u8) -> Validity {
    Validity::new(year(from), year(to)).unwrap_or(Validity::UNSTATED)
}

const COMPARATORS: [Comparator; 4] =
    [Comparator::Exact, Comparator::About, Comparator::Over, Comparator::Under];

fn relation(
    predicate: Predicate,
    (source, target): (LocalEntity, LocalEntity),
    validity: Validity,
    planned: bool,
) -> Statement<LocalEntity> {
    let modality = if planned { Modality::Planned } else { Modality::Actual };
    let qualifiers = Qualifiers::none();
    Statement::Relation(RelationStatement {
        predicate,
        source,
        target,
        qualifiers,
        validity,
        modality,
    })
}

fn statement(told: &Told, drafts: &mut Drafts) -> Statement<LocalEntity> {
    let mut firm = |n: usize| entity(drafts, &format!("FIRM:厂{n}"));
    match *told {
        Told::Seat { firm: source, place, from, to, planned } => {
            let source = firm(source);
            let (kind, name) = PLACES[place];
            let ends = (source, entity(drafts, &format!("{kind}:{name}")));
            relation(Predicate::LocatedIn, ends, validity(from, to), planned)
        }
        Told::Figure { firm: subject, value, comparator, year } => {
            Statement::Observation(Observation {
                subject: firm(subject),
                metric: "产值".into(),
                value: f64::from(VALUES[value]),
                value_max: None,
                unit: "CNY".into(),
                comparator: COMPARATORS[comparator],
                period: year.map(|n| format!("202{n}").parse().unwrap()),
                modality: Modality::Actual,
            })
        }
        Told::Owns { firm: source, other, from, to } => {
            relation(Predicate::Owns, (firm(source), firm(other)), validity(from, to), false)
        }
        Told::Role { firm: bearer, from } => Statement::Role(RoleHeld {
            entity: firm(bearer),
            role: Role::ALL[0],
            basis: RoleBasis::Described,
            validity: validity(from, 0),
        }),
        Told::SpunOff { firm: source, other } => {
            relation(Predicate::SpunOffFrom, (firm(source), firm(other)), Validity::UNSTATED, false)
        }
        Told::Identifier { firm: bearer, scheme, value } => Statement::Identifier {
            entity: firm(bearer),
            identifier: Identifier::new(SCHEMES[scheme], WIKIDATA[value]).unwrap(),
        },
    }
}

/// The claims as they are told, each by another author; then that one district lies in another.
async fn recorded(all: &[Told]) -> Ledger {
    let mut drafts = Drafts::none();
    for (n, told) in all.iter().enumerate() {
        let mut claim = said(statement(told, &mut drafts), 0.9);
        claim.asserted_by = format!("源{n}");
        drafts.claims.push(claim);
    }
    let ends = (entity(&mut drafts, "REGION:里区"), entity(&mut drafts, "REGION:东区"));
    let inside = relation(Predicate::LocatedIn, ends, Validity::UNSTATED, false);
    drafts.claims.push(said(inside, 0.9));
    let ledger = empty_ledger();
    submit(&ledger, record(drafts)).await.unwrap();
    ledger
}

/// In what ways two claims cannot both be true. `is` names the firm that stands for one.
fn naive(a: &Told, b: &Told, is: impl Fn(usize) -> usize) -> Vec<ConflictKind> {
    let mut found = Vec::new();
    match (a, b) {
        (
            Told::Seat { firm: f, place: p, from, to, planned: false },
            Told::Seat { firm: g, place: q, from: others_from, to: others_to, planned: false },
        ) => {
            // The city is of another level; the last district lies in the first.
            let apart = matches!((p.min(q), p.max(q)), (0, 1) | (1, 3));
            let days = |from: u8, to: u8| {
                let (from, to) = if to > 0 && from > to { (0, 0) } else { (from, to) };
                // In halves of a year: surely from the end of the first year to the start of the last.
                (
                    if from > 0 { i32::from(from) * 2 + 1 } else { -9 },
                    if to > 0 { i32::from(to) * 2 } else { 99 },
                )
            };
            let (x, y) = (days(*from, *to), days(*others_from, *others_to));
            let share_a_day = x.0.max(y.0) < x.1.min(y.1);
            if is(*f) == is(*g) && apart && share_a_day {
                found.push(ConflictKind::TwoSeats);
            }
            // A seat is a relation, and has its start and its end as others have.
            let (one_sided, backwards) =
                (*from == 0 && *others_to == 0, *to > 0 && to < others_from);
            if is(*f) == is(*g) && p == q && one_sided && backwards {
                found.push(ConflictKind::EndBeforeStart);
            }
        }
        (
            Told::Figure { firm: f, value: v, comparator: c, year: Some(y) },
            Told::Figure { firm: g, value: w, comparator: d, year: Some(z) },
        ) if is(*f) == is(*g) && y == z && !figures_agree((VALUES[*v], *c), (VALUES[*w], *d)) => {
            found.push(ConflictKind::TwoValues);
        }
        (
            Told::Owns { firm: f, other: o, from: 0, to: end },
            Told::Owns { firm: g, other: p, from: start, to: 0 },
        ) if (is(*f), is(*o)) == (is(*g), is(*p))
            && is(*f) != is(*o)
            && *end > 0
            && end < start =>
        {
            found.push(ConflictKind::EndBeforeStart);
        }
        (Told::SpunOff { firm: f, other: o }, Told::SpunOff { firm: g, other: p })
            if (is(*f), is(*o)) == (is(*p), is(*g)) && is(*f) != is(*o) =>
        {
            found.push(ConflictKind::SpunOffBothWays);
        }
        (
            Told::Identifier { firm: f, scheme: s, value: v },
            Told::Identifier { firm: g, scheme: t, value: w },
        ) if s == t => {
            if v == w && is(*f) != is(*g) && *s < 2 {
                found.push(ConflictKind::SharedIdentifier);
            }
            if v != w && is(*f) == is(*g) && *s == 0 {
                found.push(ConflictKind::SeveralIdentifiers);
            }
        }
        _ => {}
    }
    found
}

/// By whole numbers: what a figure may be is a range, widened on one side by the coarser rounding.
fn figures_agree(a: (i32, usize), b: (i32, usize)) -> bool {
    let slack = |(value, comparator): (i32, usize)| {
        let mut unit = 1;
        while value % (unit * 10) == 0 {
            unit *= 10;
        }
        // In thousandths.
        let rounding = (unit * 500).min(value * 50);
        if comparator == 1 { rounding.max(value * 100) } else { rounding }
    };
    let range = |(value, comparator): (i32, usize)| match comparator {
        2 => (value * 1000, i32::MAX),
        3 => (i32::MIN, value * 1000),
        _ => (value * 1000, value * 1000),
    };
    let (x, y) = (range(a), range(b));
    let widest = slack(a).max(slack(b));
    i64::from(x.0.max(y.0)) - i64::from(x.1.min(y.1)) <= i64::from(widest)
}

type ByKind = BTreeMap<ConflictKind, BTreeSet<ClaimIx>>;

proptest! {
    #![proptest_config(cases(256))]

    /// Every two claims that cannot both be true stand in one conflict, and no claim does that has
    /// no such other; merged firms count as one, and retracted claims for nothing.
    #[test]
    fn conflicts_are_the_pairs_that_cannot_both_be_true(
        all in proptest::collection::vec(told(), 1..24),
        retracted in proptest::collection::btree_set(0..24usize, 0..3),
        merged in any::<bool>(),
    ) {
        let ledger = block_on(recorded(&all));
        let view = ledger.view();
        let claims: Vec<ClaimIx> = view.claims().collect();
        prop_assert_eq!(claims.len(), all.len() + 1);
        let standing: Vec<usize> = (0..all.len()).filter(|n| !retracted.contains(n)).collect();
        for n in retracted.iter().filter(|n| **n < all.len()) {
            let claim = view.claim(claims[*n]).id;
            block_on(submit(&ledger, Command::Retract { claim, reason: "试".into() })).unwrap();
        }
        let named = |view: &View| {
            [0, 1, 2].map(|n| view.entities_named(&format!("厂{n}")).first().copied())
        };
        if let ([Some(a), Some(b), _], true) = (named(&view), merged) {
            let (keep, absorb) = (view.entity_id(a), vec![view.entity_id(b)]);
            block_on(submit(&ledger, Command::Merge { keep, absorb, reason: "试".into() })).unwrap();
        }
        let view = ledger.view();
        // The rule of strong identifiers may have merged others.
        let roots = named(&view);
        let is = |firm: usize| roots.iter().position(|root| *root == roots[firm]).unwrap();

        let mut expected = ByKind::new();
        let found = conflicts(&view, None, &budget());
        prop_assert_eq!(&found.truncated, &None);
        let found = found.found;
        for (at, x) in standing.iter().enumerate() {
            for y in &standing[at + 1..] {
                let kinds = [naive(&all[*x], &all[*y], is), naive(&all[*y], &all[*x], is)].concat();
                for kind in kinds {
                    let pair = [claims[*x], claims[*y]];
                    expected.entry(kind).or_default().extend(pair);
                    let together = found
                        .iter()
                        .any(|c| c.kind == kind && pair.iter().all(|claim| c.claims.contains(claim)));
                    prop_assert!(together, "{:?} {:?} {:?}", kind, all[*x], all[*y]);
                }
            }
        }
        let mut got = ByKind::new();
        for conflict in &found {
            got.entry(conflict.kind).or_default().extend(&conflict.claims);
            prop_assert!(conflict.claims.len() > 1 && conflict.claims.is_sorted());
            prop_assert!(conflict.entities.iter().all(|e| conflict.explanation.contains(&*view.name(*e))));
        }
        prop_assert_eq!(got, expected);
        let each = found.iter().map(|c| (c.kind, c.claims.clone(), c.entities.clone()));
        prop_assert_eq!(each.clone().collect::<BTreeSet<_>>().len(), found.len());
        for e in view.entities() {
            let about = conflicts(&view, Some(e), &budget()).found;
            let all_of: Vec<_> = found.iter().filter(|c| c.entities.contains(&e)).cloned().collect();
            prop_assert_eq!(about, all_of);
        }
    }
}

fn explained(view: &View) -> Vec<(ConflictKind, String, usize)> {
    let found = conflicts(view, None, &budget()).found;
    found.into_iter().map(|c| (c.kind, c.explanation, c.claims.len())).collect()
}

#[tokio::test]
async fn each_conflict_is_explained() {
    let ledger = recorded(&[
        Told::Seat { firm: 0, place: 0, from: 1, to: 0, planned: false },
        Told::Seat { firm: 0, place: 1, from: 2, to: 0, planned: false },
        Told::Figure { firm: 0, value: 2, comparator: 0, year: Some(1) },
        Told::Figure { firm: 0, value: 3, comparator: 0, year: Some(1) },
        Told::Figure { firm: 0, value: 4, comparator: 0, year: Some(1) },
        Told::Owns { firm: 0, other: 1, from: 0, to: 1 },
        Told::Owns { firm: 0, other: 1, from: 3, to: 0 },
        Told::SpunOff { firm: 0, other: 1 },
        Told::SpunOff { firm: 1, other: 0 },
        Told::Identifier { firm: 0, scheme: 0, value: 0 },
        Told::Identifier { firm: 1, scheme: 0, value: 1 },
        Told::Identifier { firm: 1, scheme: 0, value: 0 },
    ])
    .await;
    let expected = [
        (
            ConflictKind::TwoSeats,
            "厂0 is said to be in 东区 and in 西区 at one time, and neither is known to lie in the other; if it moved, the earlier claim lacks its end",
            2,
        ),
        (
            ConflictKind::TwoValues,
            "产值 (CNY) of 厂0 in 2021 is told in ways that differ by more than rounding: 厂0 产值 1200 CNY（2021）; 厂0 产值 1234 CNY（2021）; 厂0 产值 1290 CNY（2021）",
            3,
        ),
        (
            ConflictKind::EndBeforeStart,
            "厂0 控股 厂1 is said to have ended by 2011 and to have begun in 2013; if it held twice, each time lacks one of its bounds",
            2,
        ),
        (ConflictKind::SpunOffBothWays, "厂0 is said to be spun off from 厂1, and 厂1 from 厂0", 2),
        (
            ConflictKind::SharedIdentifier,
            "the WIKIDATA Q1 is given to one alone, but 厂0 and 厂1 are said to bear it; if they are one, merge them",
            2,
        ),
        (
            ConflictKind::SeveralIdentifiers,
            "厂1 is said to bear more than one WIKIDATA: Q1 and Q2",
            2,
        ),
    ];
    let expected = expected.map(|(kind, text, claims)| (kind, text.to_owned(), claims));
    assert_eq!(explained(&ledger.view()), expected);
}

#[tokio::test]
async fn what_may_be_true_together_is_no_conflict() {
    let ledger = recorded(&[
        // A district and the city; a district within the district; a move with its end.
        Told::Seat { firm: 0, place: 0, from: 1, to: 2, planned: false },
        Told::Seat { firm: 0, place: 2, from: 0, to: 0, planned: false },
        Told::Seat { firm: 0, place: 3, from: 1, to: 2, planned: false },
        Told::Seat { firm: 0, place: 1, from: 2, to: 0, planned: false },
        // Rounded; another year; no year at all.
        Told::Figure { firm: 0, value: 2, comparator: 0, year: Some(0) },
        Told::Figure { firm: 0, value: 3, comparator: 0, year: Some(0) },
        Told::Figure { firm: 0, value: 7, comparator: 0, year: Some(1) },
        Told::Figure { firm: 0, value: 0, comparator: 0, year: None },
        // Two stretches, each whole; a role that only began.
        Told::Owns { firm: 0, other: 1, from: 1, to: 2 },
        Told::Owns { firm: 0, other: 1, from: 3, to: 0 },
        Told::Role { firm: 0, from: 2 },
        // Two listings; an industry that two share.
        Told::Identifier { firm: 0, scheme: 1, value: 0 },
        Told::Identifier { firm: 0, scheme: 1, value: 1 },
        Told::Identifier { firm: 0, scheme: 2, value: 0 },
        Told::Identifier { firm: 1, scheme: 2, value: 0 },
    ])
    .await;
    let view = ledger.view();
    assert_eq!(explained(&view), []);
    assert_eq!(view.claims().count(), 16);
}
