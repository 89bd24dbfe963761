//! The signs of a pair that its names and identifiers give.

use std::collections::{BTreeMap, BTreeSet};

use super::likeness::{Named, likeness};
use super::sign::Sign;
use super::{Desk, Pair};
use crate::model::{EntityKind, Identifier};
use crate::state::EntityIx;

/// A pair that is alike in a name, or shares an identifier.
pub(super) struct Alike {
    pub(super) pair: Pair,
    pub(super) signs: Vec<Sign>,
    /// What both are called, which may fit others too.
    called: Option<(EntityKind, Vec<char>)>,
}

/// The sum of what signs weigh.
pub(super) fn bits(signs: &[Sign]) -> f64 {
    signs.iter().map(Sign::bits).sum()
}

/// Bits as a score of 0 to 1 in thousandths, so that the last digits of a machine's arithmetic
/// order nothing.
pub(super) fn score(bits: f64) -> f64 {
    (1000.0 / (1.0 + (-bits).exp2())).round() / 1000.0
}

impl Desk<'_> {
    /// What names and identifiers say of a pair; `None` where they say nothing for its being one.
    pub(super) fn alike(&self, pair: Pair) -> Option<Alike> {
        let mut signs = Vec::new();
        self.compare_identifiers(pair, &mut signs);
        let is_identified = signs.iter().any(Sign::is_for);
        let (kind, of_a) = self.names.get(&pair.0)?;
        let (_, of_b) = self.names.get(&pair.1)?;
        let best = best_names(*kind, of_a, of_b);
        if best.is_none() && !is_identified {
            return None;
        }
        let mut called = None;
        if let Some(best) = best {
            called = best.called(*kind);
            signs.extend(best.signs);
        }
        self.compare_declared(pair, &mut signs);
        signs.extend(other_full_names(of_a, of_b));
        Some(Alike { pair, signs, called })
    }

    fn compare_identifiers(&self, pair: Pair, signs: &mut Vec<Sign>) {
        let none: &[Identifier] = &[];
        let of = |entity: &EntityIx| self.identifiers.get(entity).map_or(none, Vec::as_slice);
        let (of_a, of_b) = (of(&pair.0), of(&pair.1));
        let shared = of_a.iter().filter(|identifier| of_b.contains(identifier));
        signs.extend(shared.cloned().map(Sign::SameIdentifier));
        for a in of_a.iter().filter(|identifier| identifier.scheme().is_strong()) {
            let same_scheme = |b: &&Identifier| b.scheme() == a.scheme();
            let others = || of_b.iter().filter(same_scheme);
            if let Some(b) = others().next().filter(|_| others().all(|b| b != a)) {
                signs.push(Sign::OtherIdentifier(a.clone(), b.clone()));
                return;
            }
        }
    }

    /// Their own names may number them although an alias of both does not.
    fn compare_declared(&self, (a, b): Pair, signs: &mut Vec<Sign>) {
        if signs.iter().any(|sign| matches!(sign, Sign::OtherNumber { .. })) {
            return;
        }
        let named = |entity| {
            let name = self.view.name(entity);
            let (_, names) = self.names.get(&entity)?;
            names.iter().find(|named| named.text == name)
        };
        let Some((a, b)) = named(a).zip(named(b)) else { return };
        if let Some(sign @ Sign::OtherNumber { both: true, .. }) = other_number(a, b) {
            signs.push(sign);
        }
    }

    /// Where both are called something that fits others too, it says less.
    pub(super) fn add_others_that_fit(all: &mut [Alike]) {
        let mut fits: BTreeMap<(EntityKind, Vec<char>), BTreeSet<EntityIx>> = BTreeMap::new();
        for alike in all.iter() {
            if let Some(called) = &alike.called {
                fits.entry(called.clone()).or_default().extend([alike.pair.0, alike.pair.1]);
            }
        }
        for alike in all {
            let fitting = alike.called.as_ref().and_then(|called| fits.get(called));
            let others = fitting.map_or(0, |fitting| fitting.len().saturating_sub(2));
            if others > 0 {
                alike.signs.push(Sign::FitsOthers { others });
            }
        }
    }

    /// The regions that an entity's names open with.
    pub(super) fn places_named(&self, entity: EntityIx) -> impl Iterator<Item = EntityIx> {
        let names = self.names.get(&entity).into_iter().flat_map(|(_, names)| names);
        names.flat_map(|named| named.parsed.places.iter().copied())
    }
}

/// Two names that are alike, with what speaks for and against them.
struct Best<'a> {
    a: &'a Named,
    b: &'a Named,
    signs: Vec<Sign>,
}

impl Best<'_> {
    /// What both are called.
    fn called(&self, kind: EntityKind) -> Option<(EntityKind, Vec<char>)> {
        let shorter =
            if self.b.parsed.core.len() < self.a.parsed.core.len() { self.b } else { self.a };
        match self.signs.first()? {
            Sign::SameName { is_full: false, .. }
            | Sign::SameCore { .. }
            | Sign::ShortName { .. } => Some((kind, shorter.parsed.core.clone())),
            _ => None,
        }
    }
}

fn best_names<'a>(kind: EntityKind, of_a: &'a [Named], of_b: &'a [Named]) -> Option<Best<'a>> {
    let mut best: Option<Best<'a>> = None;
    for a in of_a {
        for b in of_b {
            let Some(sign) = likeness(kind, a, b) else { continue };
            let mut signs = vec![sign];
            signs.extend(other_number(a, b));
            signs.extend(branch(a, b));
            signs.extend(other_unit(a, b));
            // The first of equals.
            if best.as_ref().is_none_or(|best| bits(&signs) > bits(&best.signs)) {
                best = Some(Best { a, b, signs });
            }
        }
    }
    best
}

fn other_number(a: &Named, b: &Named) -> Option<Sign> {
    let (of_a, of_b) = (&a.parsed.numbers, &b.parsed.numbers);
    let both = !of_a.is_empty() && !of_b.is_empty();
    (of_a != of_b).then(|| Sign::OtherNumber { a: a.text.clone(), b: b.text.clone(), both })
}

fn branch(a: &Named, b: &Named) -> Option<Sign> {
    match (a.parsed.branch, b.parsed.branch) {
        (Some(word), None) | (None, Some(word)) => Some(Sign::Branch(word)),
        _ => None,
    }
}

fn other_unit(a: &Named, b: &Named) -> Option<Sign> {
    let (x, y) = a.parsed.unit.zip(b.parsed.unit)?;
    (x != y).then_some(Sign::OtherUnit(x, y))
}

/// Two registered names that differ in what is their own are two firms.
fn other_full_names(of_a: &[Named], of_b: &[Named]) -> Option<Sign> {
    let full_a = || of_a.iter().filter(|named| named.parsed.is_full);
    let full_b = || of_b.iter().filter(|named| named.parsed.is_full);
    let (a, b) = full_a().next().zip(full_b().next())?;
    let same = full_a().any(|a| full_b().any(|b| a.parsed.core == b.parsed.core));
    (!same).then(|| Sign::OtherFullName(a.text.clone(), b.text.clone()))
}
