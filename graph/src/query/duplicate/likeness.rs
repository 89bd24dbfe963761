//! In what respect two names are alike.

use std::sync::Arc;

use super::name::Parsed;
use super::sign::{Shortened, Sign};
use crate::model::EntityKind;
use crate::name_index::Readings;

/// Longest short name, in characters. Longer ones are names of their own.
pub(super) const SHORT_MAX: usize = 6;

/// Longest short name that is made of single characters: 发改委, 北大.
pub(super) const PICKED_MAX: usize = 4;

/// Shorter names differ too easily by one character.
pub(super) const NEAR_MIN: usize = 4;

/// Characters of a place that nobody has named, before a firm's own name.
pub(super) const UNKNOWN_PLACE: usize = 2;

/// Kinds whose names are shortened. (A short name of a product is a wider class of products.)
pub(super) fn is_shortened(kind: EntityKind) -> bool {
    matches!(
        kind,
        EntityKind::Firm
            | EntityKind::University
            | EntityKind::Organization
            | EntityKind::Agency
            | EntityKind::Platform
            | EntityKind::Park
            | EntityKind::Network
            | EntityKind::Occasion
    )
}

/// Kinds whose names are of a few characters, so that another one is another name.
pub(super) fn is_exact(kind: EntityKind) -> bool {
    matches!(kind, EntityKind::Person | EntityKind::Honour | EntityKind::Policy)
}

/// A name of one of two entities, with the text as written. Equal texts have one number.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) text: Arc<str>,
    pub(super) parsed: Parsed,
    /// The number of the whole name as it is compared.
    pub(super) whole: u32,
    /// The number of its core, among those of its kind.
    pub(super) core: u32,
    /// The number of what its core sounds like.
    pub(super) sound: u32,
}

/// The strongest respect in which two names are alike, if any.
pub(super) fn likeness(kind: EntityKind, a: &Named, b: &Named) -> Option<Sign> {
    if a.whole == b.whole {
        return Some(Sign::SameName { name: a.text.clone(), is_full: a.parsed.is_full });
    }
    if is_exact(kind) {
        return None;
    }
    if a.core == b.core {
        return Some(Sign::SameCore { core: a.parsed.core.iter().collect() });
    }
    let alike = [short_of(kind, a, b), short_of(kind, b, a), same_sound(a, b), near(a, b)];
    let alike = alike.into_iter().flatten();
    // The first of equals: a sum of bits must not depend on the order of the two.
    alike.reduce(|best, other| if other.bits() > best.bits() { other } else { best })
}

/// Whether the core of a name may be a short form at all.
pub(super) fn may_be_short(kind: EntityKind, name: &Parsed) -> bool {
    is_shortened(kind) && !name.has_form && (2..=SHORT_MAX).contains(&name.core.len())
}

fn short_of(kind: EntityKind, short: &Named, long: &Named) -> Option<Sign> {
    if !may_be_short(kind, &short.parsed) {
        return None;
    }
    let how = shortened(&short.parsed.core, &long.parsed.core)?;
    let (short, long) = (short.text.clone(), long.text.clone());
    Some(Sign::ShortName { short, long, how })
}

fn shortened(short: &[char], long: &[char]) -> Option<Shortened> {
    if long.len() <= short.len() {
        return None;
    }
    if long.starts_with(short) {
        return Some(Shortened::Beginning);
    }
    let behind = short.len() > UNKNOWN_PLACE
        && long.get(UNKNOWN_PLACE..).is_some_and(|rest| rest.starts_with(short));
    if behind {
        return Some(Shortened::BehindAPlace);
    }
    let mut rest = long.iter();
    let picked = short.len() <= PICKED_MAX
        && short.first() == long.first()
        && short.iter().all(|c| rest.any(|other| other == c));
    picked.then_some(Shortened::Characters)
}

fn same_sound(a: &Named, b: &Named) -> Option<Sign> {
    let chars = a.parsed.core.len();
    let alike = chars >= 2 && chars == b.parsed.core.len() && a.sound == b.sound;
    alike.then(|| Sign::SameSound { a: a.text.clone(), b: b.text.clone(), chars })
}

/// What a name sounds like in the usual readings of its characters.
pub(super) fn sound(core: &[char]) -> String {
    Readings::of(&core.iter().collect::<String>()).usual()
}

fn near(a: &Named, b: &Named) -> Option<Sign> {
    let (x, y) = (&a.parsed.core, &b.parsed.core);
    let chars = x.len().max(y.len());
    if x.len().min(y.len()) < NEAR_MIN || x.len().abs_diff(y.len()) > 1 {
        return None;
    }
    is_one_slip(x, y).then(|| Sign::NearName { a: a.text.clone(), b: b.text.clone(), chars })
}

/// Whether two texts differ by one character that is missing, added, other, or swapped with the
/// next: whether their distance of Damerau and Levenshtein is 1. Cost: their characters.
fn is_one_slip(a: &[char], b: &[char]) -> bool {
    let before = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[before..], &b[before..]);
    let behind = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    match (&a[..a.len() - behind], &b[..b.len() - behind]) {
        ([_], [] | [_]) | ([], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn one_slip_is_a_distance_of_one(a in "[甲乙丙]{0,6}", b in "[甲乙丙]{0,6}") {
            let [x, y] = [&a, &b].map(|text| text.chars().collect::<Vec<_>>());
            let distance = strsim::generic_damerau_levenshtein(&x, &y);
            prop_assert_eq!(is_one_slip(&x, &y), distance == 1, "{} {}", a, b);
        }
    }
}
