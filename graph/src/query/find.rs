//! Who is it, by exact name; and which entities fit a description.

use std::collections::BTreeSet;

use petgraph::Direction;
use petgraph::visit::{Bfs, Reversed};
use thiserror::Error;

use crate::model::{EntityId, EntityKind, Identifier, NameKey, Predicate, Role};
use crate::name_index::folded;
use crate::state::EntityIx;
use crate::view::{Lens, PredicateSet, View};

/// Several entities bear the name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{name}` names {} entities: {}; say which by kind or id", candidates.len(), list_of(candidates))]
pub struct AmbiguousName {
    /// The name asked for.
    pub name: String,
    /// Who bears it: id, kind and preferred name.
    pub candidates: Vec<(EntityId, EntityKind, String)>,
}

fn list_of(candidates: &[(EntityId, EntityKind, String)]) -> String {
    candidates
        .iter()
        .map(|(id, kind, name)| format!("{kind} {name} ({id})"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The entity that bears exactly this name or alias. Cost: constant.
///
/// # Errors
/// [`AmbiguousName`] when several do; `kind` narrows it.
pub fn find(
    view: &View,
    name: &str,
    kind: Option<EntityKind>,
) -> Result<Option<EntityIx>, AmbiguousName> {
    let mut bearers = view.entities_named(name);
    bearers.retain(|ix| kind.is_none_or(|k| view.kind(*ix) == k));
    match bearers.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        several => Err(AmbiguousName {
            name: name.to_owned(),
            candidates: several
                .iter()
                .map(|ix| (view.entity_id(*ix), view.kind(*ix), view.name(*ix).to_string()))
                .collect(),
        }),
    }
}

/// A description that entities fit. Empty parts ask for nothing.
#[derive(Debug, Clone, Default)]
pub struct EntityFilter {
    /// Of one of these kinds.
    pub kinds: Vec<EntityKind>,
    /// Holding every one of these roles.
    pub roles: Vec<Role>,
    /// Located, over any number of steps, in this place.
    pub within: Option<EntityIx>,
    /// With a name that contains this text; traditional characters count as their simplified form.
    pub named: Option<String>,
    /// With this identifier.
    pub identifier: Option<Identifier>,
    /// Standing in this relation.
    pub related_to: Option<RelatedFilter>,
}

/// A relation that an entity must stand in.
#[derive(Debug, Clone)]
pub struct RelatedFilter {
    /// Which relation.
    pub predicate: Predicate,
    /// Seen from the entity; `None`: either way.
    pub direction: Option<Direction>,
    /// With whom; `None`: with anyone.
    pub to: Option<EntityIx>,
}

/// In which order entities are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntityOrder {
    /// By preferred name.
    Name,
    /// By kind, then name.
    Kind,
    /// Most relations first.
    Degree,
    /// In the order of declaration.
    Recorded,
}

/// Entities that fit a description, ordered. Cost: one pass over all entities, less where `within`
/// or `related_to` narrows it.
pub fn list(view: &View, filter: &EntityFilter, order: EntityOrder) -> Vec<EntityIx> {
    let place = filter.within.map(|place| within(view, place));
    let named = filter.named.as_deref().map(|text| {
        let part = folded(NameKey::of(text).as_str());
        let hits = view.names().filter(|n| folded(n.key.as_str()).contains(&part));
        hits.map(|n| n.entity).collect::<BTreeSet<_>>()
    });
    let fits = |ix: &EntityIx| {
        (filter.kinds.is_empty() || filter.kinds.contains(&view.kind(*ix)))
            && place.as_ref().is_none_or(|p| p.contains(ix))
            && named.as_ref().is_none_or(|n| n.contains(ix))
            && (filter.roles.is_empty() || {
                let held = view.roles(*ix);
                filter.roles.iter().all(|role| held.iter().any(|h| h.role == *role))
            })
            && filter.identifier.as_ref().is_none_or(|i| view.identifiers(*ix).contains(i))
            && filter.related_to.as_ref().is_none_or(|related| is_related(view, *ix, related))
    };
    let linked = filter.related_to.as_ref().and_then(|related| linked(view, related));
    let mut found: Vec<EntityIx> = match linked {
        Some(linked) => linked.into_iter().filter(fits).collect(),
        None => view.entities().filter(fits).collect(),
    };
    match order {
        EntityOrder::Recorded => {}
        EntityOrder::Name => found.sort_by_cached_key(|ix| (view.name(*ix), *ix)),
        EntityOrder::Kind => found.sort_by_cached_key(|ix| (view.kind(*ix), view.name(*ix), *ix)),
        EntityOrder::Degree => {
            found.sort_by_cached_key(|ix| (std::cmp::Reverse(view.degree(*ix)), *ix));
        }
    }
    found
}

fn is_related(view: &View, entity: EntityIx, related: &RelatedFilter) -> bool {
    let predicates = PredicateSet::of([related.predicate]);
    let mut steps = ways(related.direction).flat_map(|way| view.each_step(entity, way, predicates));
    steps.any(|(other, _)| related.to.is_none_or(|to| to == other))
}

/// Everyone who stands in the relation, in the order of declaration, where it is told with whom.
fn linked(view: &View, related: &RelatedFilter) -> Option<Vec<EntityIx>> {
    let to = related.to.filter(|to| view.root(*to) == *to)?;
    let predicates = PredicateSet::of([related.predicate]);
    let back = related.direction.map(Direction::opposite);
    let steps = ways(back).flat_map(|way| view.each_step(to, way, predicates));
    let mut linked: Vec<EntityIx> = steps.map(|(other, _)| other).collect();
    linked.sort_unstable();
    linked.dedup();
    Some(linked)
}

fn ways(direction: Option<Direction>) -> impl Iterator<Item = Direction> {
    let all = [Direction::Outgoing, Direction::Incoming].into_iter();
    all.filter(move |way| direction.is_none_or(|direction| direction == *way))
}

/// Everything that is located in a place, over any number of steps, the place itself included.
pub fn within(view: &View, place: EntityIx) -> BTreeSet<EntityIx> {
    let lens = Lens::new(view, PredicateSet::of([Predicate::LocatedIn]));
    let inwards = Reversed(&lens);
    let mut walk = Bfs::new(inwards, place);
    let mut found = BTreeSet::new();
    while let Some(entity) = walk.next(inwards) {
        found.insert(entity);
    }
    found
}
