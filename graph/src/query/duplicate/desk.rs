//! What a comparison looks at: entities with their names taken apart, their identifiers, and who was
//! told apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::block::Pair;
use super::likeness::{Named, sound};
use super::name::{Parsed, RegionWords};
use crate::model::{EntityKind, Identifier};
use crate::name_index::folded;
use crate::query::{Meter, Truncation};
use crate::state::{EntityIx, Stated};
use crate::view::{NameHit, View};

/// Who is compared.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// Entities of these kinds; every kind if none is named.
    Kinds(&'a [EntityKind]),
    /// These, sorted.
    Only(&'a [EntityIx]),
}

/// An entity that is compared.
pub(super) struct Bearer {
    pub(super) entity: EntityIx,
    pub(super) kind: EntityKind,
    /// In the order of recording.
    pub(super) names: Vec<Named>,
    /// The place of its preferred name among them.
    pub(super) own: Option<usize>,
    /// Of registers that give each identifier to one entity. Sorted, each once.
    pub(super) identifiers: Vec<Identifier>,
}

/// What a comparison looks at. Entities are told by their places in `all`.
pub(super) struct Desk {
    /// By their rows.
    pub(super) all: Vec<Bearer>,
    distinct: BTreeSet<(EntityIx, EntityIx)>,
}

impl Desk {
    /// Takes apart the names of all who are wanted.
    pub(super) fn new(
        view: &View,
        wanted: Wanted<'_>,
        meter: &mut Meter<'_>,
    ) -> Result<Self, Truncation> {
        let regions = RegionWords::of(view);
        let mut numbers = Numbers::default();
        let mut named: Vec<(EntityIx, Named)> = Vec::new();
        for name in view.names() {
            meter.pass()?;
            if wanted.holds(view, name.entity) {
                named.push((name.entity, numbers.named(view, &name, &regions)));
            }
        }
        drop(numbers);
        named.sort_by_key(|(entity, _)| *entity);
        let mut identifiers = identifiers(view, wanted, meter)?;
        let mut all: Vec<Bearer> = Vec::new();
        for (entity, name) in named {
            match all.last_mut().filter(|last| last.entity == entity) {
                Some(last) => last.names.push(name),
                None => all.push(Bearer {
                    entity,
                    kind: view.kind(entity),
                    names: vec![name],
                    own: None,
                    identifiers: identifiers.remove(&entity).unwrap_or_default(),
                }),
            }
        }
        for bearer in &mut all {
            meter.pass()?;
            bearer.names.shrink_to_fit();
            let own = view.name(bearer.entity);
            bearer.own = bearer.names.iter().position(|named| named.text == own);
        }
        Ok(Self { all, distinct: view.marked_distinct().collect() })
    }

    pub(super) fn bearer(&self, place: u32) -> &Bearer {
        &self.all[place as usize]
    }

    pub(super) fn place_of(&self, entity: EntityIx) -> Option<u32> {
        let place = self.all.binary_search_by_key(&entity, |bearer| bearer.entity).ok()?;
        u32::try_from(place).ok()
    }

    pub(super) fn is_distinct(&self, pair: Pair) -> bool {
        let [a, b] = [pair.0, pair.1].map(|place| self.bearer(place).entity);
        !self.distinct.is_empty() && self.distinct.contains(&(a, b))
    }
}

impl Wanted<'_> {
    fn holds(self, view: &View, entity: EntityIx) -> bool {
        match self {
            Self::Kinds(kinds) => kinds.is_empty() || kinds.contains(&view.kind(entity)),
            Self::Only(entities) => entities.binary_search(&entity).is_ok(),
        }
    }
}

fn identifiers(
    view: &View,
    wanted: Wanted<'_>,
    meter: &mut Meter<'_>,
) -> Result<BTreeMap<EntityIx, Vec<Identifier>>, Truncation> {
    let mut found: BTreeMap<EntityIx, Vec<Identifier>> = BTreeMap::new();
    if let Wanted::Only(entities) = wanted {
        for entity in entities {
            let given = view.identifiers(*entity).into_iter();
            found.insert(*entity, given.filter(|id| id.scheme().is_given_once()).collect());
        }
        return Ok(found);
    }
    for claim in view.claims() {
        meter.pass()?;
        if let Stated::Identifier { entity, identifier } = view.state().stated(claim)
            && identifier.scheme().is_given_once()
            && view.stands(claim)
            && wanted.holds(view, view.root(entity))
        {
            found.entry(view.root(entity)).or_default().push(identifier.clone());
        }
    }
    found.values_mut().for_each(|all| {
        all.sort_unstable();
        all.dedup();
    });
    Ok(found)
}

/// Numbers of texts that are compared: equal texts have one number.
#[derive(Default)]
struct Numbers {
    whole: HashMap<String, u32>,
    core: HashMap<(EntityKind, Vec<char>), u32>,
    sound: HashMap<String, u32>,
}

impl Numbers {
    fn named(&mut self, view: &View, name: &NameHit<'_>, regions: &RegionWords) -> Named {
        let kind = view.kind(name.entity);
        let whole = folded(name.key.as_str());
        let parsed = Parsed::of(kind, &whole, regions);
        Named {
            text: name.text.clone(),
            sound: number(&mut self.sound, sound(&parsed.core)),
            core: number(&mut self.core, (kind, parsed.core.clone())),
            whole: number(&mut self.whole, whole),
            parsed,
        }
    }
}

/// There are fewer than 2^32 names.
fn number<T: Eq + std::hash::Hash>(numbers: &mut HashMap<T, u32>, text: T) -> u32 {
    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    *numbers.entry(text).or_insert(next)
}
