//! Which pairs are worth comparing: those that share a key. Every pair that is alike in some
//! respect shares one, so that nothing is missed but what a limit cuts, which is told.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};

use super::desk::{Bearer, Desk};
use super::likeness::{
    NEAR_MIN, Named, PICKED_MAX, SHORT_MAX, UNKNOWN_PLACE, is_shortened, may_be_short,
};
use crate::model::{EntityKind, Identifier};
use crate::query::{Meter, Truncation};

/// Among more entities that share a key, each is compared with the next so many declared: a name
/// that hundreds share tells none of them from the others.
pub(super) const NEXT_MAX: usize = 64;

/// Two entities by their places on the desk, the one declared first before the other.
pub(super) type Pair = (u32, u32);

/// Pairs to compare, how many with a common key were left out, and what ended the search.
#[derive(Debug, Default)]
pub(super) struct Blocked {
    /// Sorted, each once.
    pub(super) pairs: Vec<Pair>,
    pub(super) left_out: u64,
    pub(super) cut: Option<Truncation>,
}

/// A class of keys: in what respect those who share one may be alike. The surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Respect {
    Whole,
    Core,
    Sound,
    /// The name without one of its characters (the deletion neighbourhood of SymSpell, Garbe
    /// 2012): two names that are one slip apart share one of these.
    Slip,
    /// The beginnings that may be short names; a short name asks for its own.
    Short,
    /// The first character with each later one; a short name asks with its last.
    Picked,
}

impl Respect {
    const ALL: [Self; 6] =
        [Self::Whole, Self::Core, Self::Sound, Self::Slip, Self::Short, Self::Picked];
}

/// Who has a key. `asks`: only those who ask are compared with those who do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Filed {
    key: u64,
    asks: bool,
    place: u32,
}

/// Pairs that share an identifier or may be alike by their names: as many as the steps allow.
///
/// Cost: names times their characters, sorted once for each respect; then the pairs, a step each.
/// Memory: the keys of one respect, and eight bytes for each pair and respect.
pub(super) fn pairs(desk: &Desk, meter: &mut Meter<'_>) -> Blocked {
    let mut blocked = Blocked::default();
    blocked.cut = blocked.take_blocks(&desk.all, meter).err();
    blocked.pairs.sort_unstable();
    blocked.pairs.dedup();
    blocked
}

fn file(respect: Respect, kind: EntityKind, place: u32, name: &Named, filed: &mut Vec<Filed>) {
    let core = name.parsed.core.as_slice();
    let number = |number| Filed { key: key(respect, kind, number), asks: false, place };
    match respect {
        Respect::Whole => return filed.push(number(name.whole)),
        Respect::Core => return filed.push(number(name.core)),
        Respect::Sound if core.len() >= 2 => return filed.push(number(name.sound)),
        _ => {}
    }
    let mut put = |asks, what: &[char]| {
        filed.push(Filed { key: key(respect, kind, what), asks, place });
    };
    match respect {
        Respect::Slip if core.len() >= NEAR_MIN => {
            put(false, core);
            for at in 0..core.len() {
                put(false, &[&core[..at], &core[at + 1..]].concat());
            }
        }
        Respect::Short if is_shortened(kind) => {
            let behind = core.get(UNKNOWN_PLACE..).unwrap_or_default();
            // A short name is shorter than the whole.
            let begins = 2..=core.len().saturating_sub(1).min(SHORT_MAX);
            begins.for_each(|chars| put(false, &core[..chars]));
            let stands = UNKNOWN_PLACE + 1..=behind.len().min(SHORT_MAX);
            stands.for_each(|chars| put(false, &behind[..chars]));
            if may_be_short(kind, &name.parsed) {
                put(true, core);
            }
        }
        Respect::Picked => {
            for later in core.iter().skip(1).filter(|_| is_shortened(kind) && core.len() > 2) {
                put(false, &[core[0], *later]);
            }
            if may_be_short(kind, &name.parsed) && core.len() <= PICKED_MAX {
                put(true, &[core[0], core[core.len() - 1]]);
            }
        }
        Respect::Whole | Respect::Core | Respect::Sound | Respect::Slip | Respect::Short => {}
    }
}

/// Two texts with one number only propose a pair too many.
fn key(respect: Respect, kind: EntityKind, what: impl Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one((respect, kind, what))
}

impl Blocked {
    fn take_blocks(&mut self, all: &[Bearer], meter: &mut Meter<'_>) -> Result<(), Truncation> {
        let identified = (0..).zip(all).flat_map(|(place, bearer)| {
            bearer.identifiers.iter().map(move |identifier| (identifier, place))
        });
        let mut identified: Vec<(&Identifier, u32)> = identified.collect();
        identified.sort_unstable();
        for block in identified.chunk_by(|a, b| a.0 == b.0) {
            let block: Vec<u32> = block.iter().map(|(_, place)| *place).collect();
            self.take_all(all, &block, meter)?;
        }
        let mut filed = Vec::new();
        for respect in Respect::ALL {
            filed.clear();
            for (place, bearer) in (0..).zip(all) {
                meter.pass()?;
                for name in &bearer.names {
                    file(respect, bearer.kind, place, name, &mut filed);
                }
            }
            filed.sort_unstable();
            filed.dedup();
            for block in filed.chunk_by(|a, b| a.key == b.key) {
                let (told, asking) = block.split_at(block.partition_point(|filed| !filed.asks));
                let told: Vec<u32> = told.iter().map(|filed| filed.place).collect();
                if matches!(respect, Respect::Short | Respect::Picked) {
                    for Filed { place, .. } in asking {
                        self.take_some(all, *place, &told, meter)?;
                    }
                } else {
                    self.take_all(all, &told, meter)?;
                }
            }
        }
        Ok(())
    }

    fn take_all(
        &mut self,
        all: &[Bearer],
        block: &[u32],
        meter: &mut Meter<'_>,
    ) -> Result<(), Truncation> {
        for (at, place) in block.iter().enumerate() {
            self.take_some(all, *place, &block[at + 1..], meter)?;
        }
        Ok(())
    }

    fn take_some(
        &mut self,
        all: &[Bearer],
        place: u32,
        others: &[u32],
        meter: &mut Meter<'_>,
    ) -> Result<(), Truncation> {
        let (near, rest) = others.split_at(others.len().min(NEXT_MAX));
        self.left_out += rest.len() as u64;
        let kind = |place: u32| all[place as usize].kind;
        for other in near.iter().copied().filter(|other| *other != place) {
            meter.step()?;
            if kind(place) == kind(other) {
                self.pairs.push((place.min(other), place.max(other)));
            }
        }
        Ok(())
    }
}
