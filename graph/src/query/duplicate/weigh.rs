//! The signs of a pair that its names and identifiers give.

use super::desk::Desk;
use super::likeness::{Named, likeness};
use super::sign::Sign;
use super::{Alike, Pair};
use crate::model::EntityKind;

/// The sum of what signs weigh.
pub(super) fn bits(signs: &[Sign]) -> f64 {
    signs.iter().map(Sign::bits).sum()
}

/// Bits as a score of 0 to 1 in thousandths, so that the last digits of a machine's arithmetic
/// order nothing.
pub(super) fn score(bits: f64) -> f64 {
    (1000.0 / (1.0 + (-bits).exp2())).round() / 1000.0
}

/// The number of the core by which both of a pair are called, which may fit others too.
pub(super) struct Called(pub(super) Option<u32>);

/// Notes to how many others it fits what both of a pair are called. `fits`: who is called what.
pub(super) fn note_others(fits: &mut Vec<(u32, u32)>, all: &mut [Alike]) {
    fits.sort_unstable();
    fits.dedup();
    for alike in all {
        let Some(called) = alike.called else { continue };
        let from = fits.partition_point(|(other, _)| *other < called);
        let fitting = fits[from..].partition_point(|(other, _)| *other == called);
        alike.others = u32::try_from(fitting.saturating_sub(2)).unwrap_or(u32::MAX);
        alike.bits += fits_others(alike.others).as_ref().map_or(0.0, Sign::bits);
    }
}

/// Where both are called something that fits others too, it says less.
pub(super) fn fits_others(others: u32) -> Option<Sign> {
    (others > 0).then_some(Sign::FitsOthers { others: others as usize })
}

impl Desk {
    /// Adds what names and identifiers say of a pair, and tells what both are called; `None`, and
    /// nothing added, where they say nothing for its being one.
    pub(super) fn add_named(&self, pair: Pair, signs: &mut Vec<Sign>) -> Option<Called> {
        self.compare_identifiers(pair, signs);
        let is_identified = signs.iter().any(Sign::is_for);
        let (a, b) = (self.bearer(pair.0), self.bearer(pair.1));
        let best = best_names(a.kind, &a.names, &b.names);
        if best.is_none() && !is_identified {
            signs.clear();
            return None;
        }
        let called = Called(best.as_ref().and_then(Best::called));
        signs.extend(best.into_iter().flat_map(|best| best.signs));
        self.compare_declared(pair, signs);
        signs.extend(other_full_names(&a.names, &b.names));
        Some(called)
    }

    fn compare_identifiers(&self, pair: Pair, signs: &mut Vec<Sign>) {
        let (of_a, of_b) = (&self.bearer(pair.0).identifiers, &self.bearer(pair.1).identifiers);
        let shared = of_a.iter().filter(|identifier| of_b.contains(identifier));
        signs.extend(shared.cloned().map(Sign::SameIdentifier));
        for a in of_a.iter().filter(|identifier| identifier.scheme().is_strong()) {
            let others = || of_b.iter().filter(|b| b.scheme() == a.scheme());
            if let Some(b) = others().next().filter(|_| others().all(|b| b != a)) {
                signs.push(Sign::OtherIdentifier(a.clone(), b.clone()));
                return;
            }
        }
    }

    /// Their own names may number them although an alias of both does not.
    fn compare_declared(&self, pair: Pair, signs: &mut Vec<Sign>) {
        if signs.iter().any(|sign| matches!(sign, Sign::OtherNumber { .. })) {
            return;
        }
        let own = |place| {
            let bearer = self.bearer(place);
            bearer.names.get(bearer.own?)
        };
        let Some((a, b)) = own(pair.0).zip(own(pair.1)) else { return };
        if let Some(sign @ Sign::OtherNumber { both: true, .. }) = other_number(a, b) {
            signs.push(sign);
        }
    }
}

/// Two names that are alike, with what speaks for and against them.
struct Best<'a> {
    a: &'a Named,
    b: &'a Named,
    signs: Vec<Sign>,
}

impl Best<'_> {
    /// The number of what both are called.
    fn called(&self) -> Option<u32> {
        let shorter =
            if self.b.parsed.core.len() < self.a.parsed.core.len() { self.b } else { self.a };
        match self.signs.first()? {
            Sign::SameName { is_full: false, .. }
            | Sign::SameCore { .. }
            | Sign::ShortName { .. } => Some(shorter.core),
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
