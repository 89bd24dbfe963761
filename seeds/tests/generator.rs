use std::collections::{BTreeMap, BTreeSet};

use graph::model::{Drafts, EntityDraft, EntityKind, Predicate, Statement};
use seeds::claims_file::{Summary, check, load};
use seeds::generate::{Counts, Size, generate};
use sha2::{Digest, Sha256};

fn generated(seed: u64, evidence: bool) -> (Vec<u8>, Counts) {
    let mut out = Vec::new();
    let counts = generate(Size::Xs, seed, evidence, &mut out).unwrap();
    (out, counts)
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_same_size_and_seed_are_the_same_bytes_for_ever() {
    let (bytes, counts) = generated(7, false);
    assert_eq!(bytes, generated(7, false).0);
    assert_ne!(bytes, generated(8, false).0);
    assert_eq!(counts, Counts { entities: 1_322, relations: 10_459, documents: 0 });
    assert_eq!(hash(&bytes), "439d8bf9a1fc59e8");
    assert_eq!(hash(&generated(7, true).0), "c5618803f5a9fe3e");
}

#[test]
fn every_line_passes_the_checks_of_an_import() {
    for evidence in [false, true] {
        let (bytes, counts) = generated(7, evidence);
        let summary = check(&*bytes).unwrap();
        let count = |n: u64| usize::try_from(n).unwrap();
        assert_eq!(
            summary,
            Summary {
                lines: bytes.iter().filter(|byte| **byte == b'\n').count(),
                documents: count(counts.documents),
                entities: count(counts.entities),
                claims: count(counts.relations),
                actions: 0,
            }
        );
        assert_eq!(counts.documents > 0, evidence);
    }
}

#[test]
fn evidence_changes_nothing_but_the_evidence() {
    let facts = |evidence| {
        let mut claims = load(&*generated(7, evidence).0).unwrap().drafts.claims;
        for claim in &mut claims {
            assert_eq!(claim.evidence.is_some(), evidence);
            claim.evidence = None;
        }
        claims
    };
    assert_eq!(facts(false), facts(true));
}

/// How often each predicate stands, and how many each firm supplies, the least first.
fn shape(drafts: &Drafts) -> (BTreeMap<Predicate, usize>, Vec<usize>) {
    let mut predicates = BTreeMap::new();
    let mut supplies = BTreeMap::new();
    for claim in &drafts.claims {
        let Statement::Relation(relation) = &claim.statement else { panic!() };
        *predicates.entry(relation.predicate).or_default() += 1;
        if relation.predicate == Predicate::Supplies {
            *supplies.entry(relation.source).or_default() += 1;
            assert!(relation.qualifiers.product.is_some());
        }
    }
    let mut degrees: Vec<usize> = supplies.into_values().collect();
    degrees.sort_unstable();
    (predicates, degrees)
}

#[test]
fn it_has_the_shape_of_an_ecosystem() {
    let drafts = load(&*generated(7, false).0).unwrap().drafts;
    let (predicates, degrees) = shape(&drafts);
    assert_eq!(predicates.len(), 13, "{predicates:?}");
    assert!((9_500..11_500).contains(&drafts.claims.len()), "{}", drafts.claims.len());
    // A few firms have most of the supply.
    let heaviest: usize = degrees.iter().rev().take(degrees.len() / 10).sum();
    let all: usize = degrees.iter().sum();
    assert!(heaviest * 10 > all * 3, "{heaviest} of {all}");

    let mut names = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    for entity in &drafts.entities {
        let EntityDraft::Named { kind, name, .. } = entity else { panic!() };
        assert!(names.insert((*kind, name)), "{name} stands twice");
        kinds.insert(*kind);
    }
    assert_eq!(kinds.len(), 9);
    assert!(kinds.contains(&EntityKind::Network));
}
