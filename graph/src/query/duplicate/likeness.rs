//! In what respect two names are alike.

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

/// A name of one of two entities, with the text as written.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) text: std::sync::Arc<str>,
    pub(super) parsed: Parsed,
}

/// The strongest respect in which two names are alike, if any.
pub(super) fn likeness(kind: EntityKind, a: &Named, b: &Named) -> Option<Sign> {
    let (x, y) = (&a.parsed, &b.parsed);
    if x.key == y.key {
        return Some(Sign::SameName { name: a.text.clone(), is_full: x.is_full });
    }
    if is_exact(kind) {
        return None;
    }
    if x.core == y.core {
        return Some(Sign::SameCore { core: x.core.iter().collect() });
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
    let alike = chars >= 2
        && chars == b.parsed.core.len()
        && sound(&a.parsed.core) == sound(&b.parsed.core);
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
    let one_slip = strsim::generic_damerau_levenshtein(x, y) == 1;
    one_slip.then(|| Sign::NearName { a: a.text.clone(), b: b.text.clone(), chars })
}
