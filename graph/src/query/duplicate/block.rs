//! Which pairs are worth comparing: those that share a key. Every pair that is alike in some
//! respect shares one, so that nothing is missed but what a limit cuts, which is told.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};

use super::likeness::{
    NEAR_MIN, Named, PICKED_MAX, SHORT_MAX, UNKNOWN_PLACE, is_shortened, may_be_short, sound,
};
use crate::model::{EntityKind, Identifier};
use crate::query::{Meter, Truncation};
use crate::state::EntityIx;

/// Among more entities that share a key, each is compared with the next so many declared: a name
/// that hundreds share tells none of them from the others.
pub(super) const NEXT_MAX: usize = 64;

/// Two entities, the one declared first before the other.
pub(super) type Pair = (EntityIx, EntityIx);

/// Pairs to compare, and how many pairs with a common key were left out.
#[derive(Debug, Default)]
pub(super) struct Blocked {
    pub(super) pairs: BTreeSet<Pair>,
    pub(super) left_out: u64,
}

/// A class of keys: in what respect those who share one may be alike.
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
    entity: EntityIx,
}

/// Pairs that may be alike by their names or share an identifier.
///
/// Cost: names times their characters, sorted once for each respect; then the pairs.
pub(super) fn pairs(
    names: &BTreeMap<EntityIx, (EntityKind, Vec<Named>)>,
    bearers: &BTreeMap<Identifier, Vec<EntityIx>>,
    meter: &mut Meter<'_>,
) -> Result<Blocked, Truncation> {
    let mut blocked = Blocked::default();
    for respect in Respect::ALL {
        let mut filed = Vec::new();
        for (entity, (kind, names)) in names {
            meter.pass()?;
            for name in names {
                file(respect, *kind, *entity, name, &mut filed);
            }
        }
        filed.sort_unstable();
        filed.dedup();
        for block in filed.chunk_by(|a, b| a.key == b.key) {
            let (told, asking) = block.split_at(block.partition_point(|filed| !filed.asks));
            let told: Vec<EntityIx> = told.iter().map(|filed| filed.entity).collect();
            if matches!(respect, Respect::Short | Respect::Picked) {
                for Filed { entity, .. } in asking {
                    blocked.take_some(*entity, &told, meter)?;
                }
            } else {
                blocked.take_all(&told, meter)?;
            }
        }
    }
    for entities in bearers.values() {
        blocked.take_all(entities, meter)?;
    }
    let kind = |entity: &EntityIx| names.get(entity).map(|(kind, _)| *kind);
    blocked.pairs.retain(|(a, b)| kind(a) == kind(b));
    Ok(blocked)
}

fn file(
    respect: Respect,
    kind: EntityKind,
    entity: EntityIx,
    name: &Named,
    filed: &mut Vec<Filed>,
) {
    let core = name.parsed.core.as_slice();
    let mut put = |asks, what: &[char]| {
        filed.push(Filed { key: key(respect, kind, what), asks, entity });
    };
    match respect {
        Respect::Whole => put(false, &name.parsed.key.chars().collect::<Vec<_>>()),
        Respect::Core => put(false, core),
        Respect::Sound if core.len() >= 2 => put(false, &sound(core).chars().collect::<Vec<_>>()),
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
        Respect::Sound | Respect::Slip | Respect::Short => {}
    }
}

/// Two texts with one number only propose a pair too many.
fn key(respect: Respect, kind: EntityKind, what: &[char]) -> u64 {
    let hasher: BuildHasherDefault<DefaultHasher> = BuildHasherDefault::default();
    hasher.hash_one((respect, kind, what))
}

impl Blocked {
    fn take_all(&mut self, entities: &[EntityIx], meter: &mut Meter<'_>) -> Result<(), Truncation> {
        for (at, entity) in entities.iter().enumerate() {
            self.take_some(*entity, &entities[at + 1..], meter)?;
        }
        Ok(())
    }

    fn take_some(
        &mut self,
        entity: EntityIx,
        others: &[EntityIx],
        meter: &mut Meter<'_>,
    ) -> Result<(), Truncation> {
        let (near, rest) = others.split_at(others.len().min(NEXT_MAX));
        self.left_out += rest.len() as u64;
        for other in near.iter().filter(|other| **other != entity) {
            meter.step()?;
            self.pairs.insert((entity.min(*other), entity.max(*other)));
        }
        Ok(())
    }
}
