//! From an entity to the next over the relations that hold in a view.

use std::iter::Zip;
use std::slice::Iter;

use petgraph::Direction;

use super::{PredicateSet, View};
use crate::model::ontology;
use crate::state::{Around, EntityIx, Held, Hold, Link, RelationIx, day_number};

/// The relations that leave or reach an entity, each with the entity at its other end, in the
/// order in which they were first stated. Allocates nothing unless a merge is near.
#[derive(Clone)]
pub struct Steps<'a> {
    view: &'a View,
    way: Way<'a>,
}

#[derive(Clone)]
enum Way<'a> {
    Settled(Settled<'a>),
    Laid(Laid<'a>),
    /// Near a merge: found and ordered beforehand.
    Found(std::vec::IntoIter<(EntityIx, RelationIx)>),
}

/// A walk over the layout where it alone tells what holds: at the head, whenever it held, where
/// nothing came since it was laid.
#[derive(Clone)]
struct Settled<'a> {
    predicates: PredicateSet,
    planned: bool,
    links: Iter<'a, Link>,
}

/// A walk over the layout.
#[derive(Clone)]
struct Laid<'a> {
    entity: EntityIx,
    direction: Direction,
    asked: Asked<'a>,
    links: Zip<Iter<'a, Link>, Iter<'a, Held>>,
    recent: Iter<'a, RelationIx>,
}

/// What a walk over the layout looks for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    predicates: PredicateSet,
    planned: bool,
    day: Option<i32>,
    changed: &'a [RelationIx],
}

impl<'a> Steps<'a> {
    pub(super) fn new(
        view: &'a View,
        entity: EntityIx,
        direction: Direction,
        predicates: PredicateSet,
        planned: bool,
    ) -> Self {
        let relations = &view.state().relations;
        if view.valid_on().is_none()
            && let Some(links) = relations.settled(entity, direction, view.claims_logged)
        {
            let settled = Settled { predicates, planned, links: links.iter() };
            return Self { view, way: Way::Settled(settled) };
        }
        if relations.is_near_merge(entity) {
            let found = view.steps_by_rows(entity, direction, &predicates, planned);
            return Self { view, way: Way::Found(found.into_iter()) };
        }
        let Around { base, held, changed, recent } = relations.around(entity, direction);
        let day = view.valid_on().map(day_number);
        let laid = Laid {
            entity,
            direction,
            asked: Asked { predicates, planned, day, changed },
            links: base.iter().zip(held),
            recent: recent.iter(),
        };
        Self { view, way: Way::Laid(laid) }
    }
}

impl Iterator for Steps<'_> {
    type Item = (EntityIx, RelationIx);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.way {
            Way::Settled(settled) => settled.next(self.view),
            Way::Laid(laid) => laid.next(self.view),
            Way::Found(found) => found.next(),
        }
    }

    /// Whoever takes all steps has the way chosen once and not at each.
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, take: F) -> B {
        let Self { view, way } = self;
        match way {
            Way::Settled(settled) => settled.fold(view, init, take),
            Way::Laid(laid) => laid.fold(view, init, take),
            Way::Found(found) => found.fold(init, take),
        }
    }
}

impl Settled<'_> {
    fn next(&mut self, view: &View) -> Option<(EntityIx, RelationIx)> {
        let Self { predicates, planned, links } = self;
        let link = links.find(|link| Self::holds(view, link, *predicates, *planned))?;
        Some((link.other, link.relation))
    }

    fn fold<B>(
        self,
        view: &View,
        init: B,
        mut take: impl FnMut(B, (EntityIx, RelationIx)) -> B,
    ) -> B {
        let Self { predicates, planned, links } = self;
        links.fold(init, |done, link| {
            if Self::holds(view, link, predicates, planned) {
                take(done, (link.other, link.relation))
            } else {
                done
            }
        })
    }

    #[inline]
    fn holds(view: &View, link: &Link, predicates: PredicateSet, planned: bool) -> bool {
        predicates.holds(link.predicate)
            && match link.hold {
                Hold::Actual => true,
                Hold::Planned => planned,
                Hold::Involved => holds_by_rows(view, link.relation, planned),
            }
    }
}

impl Laid<'_> {
    fn next(&mut self, view: &View) -> Option<(EntityIx, RelationIx)> {
        let asked = self.asked;
        let link = self.links.find(|(link, held)| asked.finds(view, link, **held));
        if let Some((link, _)) = link {
            return Some((link.other, link.relation));
        }
        let Asked { predicates, planned, .. } = asked;
        let holding = self.recent.by_ref().find(|ix| {
            predicates.holds(view.predicate(**ix)) && holds_by_rows(view, **ix, planned)
        });
        let ix = *holding?;
        Some((view.other_end(ix, self.entity, self.direction)?, ix))
    }

    fn fold<B>(
        mut self,
        view: &View,
        init: B,
        mut take: impl FnMut(B, (EntityIx, RelationIx)) -> B,
    ) -> B {
        let asked = self.asked;
        let links = std::mem::replace(&mut self.links, [].iter().zip(&[]));
        let done = links.fold(init, |done, (link, held)| {
            if asked.finds(view, link, *held) {
                take(done, (link.other, link.relation))
            } else {
                done
            }
        });
        std::iter::from_fn(|| self.next(view)).fold(done, take)
    }
}

impl Asked<'_> {
    #[inline]
    fn finds(self, view: &View, link: &Link, held: Held) -> bool {
        if !self.predicates.holds(link.predicate) {
            return false;
        }
        let ask = link.hold == Hold::Involved
            || (!self.changed.is_empty() && self.changed.binary_search(&link.relation).is_ok());
        if ask {
            return holds_by_rows(view, link.relation, self.planned);
        }
        // All at once: days come in no order, and a branch on each would be guessed wrong.
        ((held.claim.0 as usize) < view.claims_logged)
            & (self.planned | (link.hold == Hold::Actual))
            & self.day.is_none_or(|day| (held.from <= day) & (day < held.until))
    }
}

#[cold]
fn holds_by_rows(view: &View, ix: RelationIx, planned: bool) -> bool {
    if planned { view.holds(ix) } else { view.is_actual(ix) }
}

impl View {
    /// The relations that leave or reach an entity, planned ones included, each with the entity at
    /// its other end, in the order in which they were first stated. A symmetric relation leaves and
    /// reaches both. Cost: the entity's relations of that direction; nothing is allocated unless a
    /// merge is near.
    pub fn each_step(
        &self,
        entity: EntityIx,
        direction: Direction,
        predicates: PredicateSet,
    ) -> Steps<'_> {
        Steps::new(self, entity, direction, predicates, true)
    }

    /// The relations that an entity stands in, planned ones included, each once with the entity at
    /// its other end: those that leave it, symmetric ones among them, then those that reach it; both
    /// in the order in which they were first stated. Cost: these relations.
    pub fn each_relation(
        &self,
        entity: EntityIx,
    ) -> impl Iterator<Item = (EntityIx, RelationIx)> + '_ {
        let out = self.each_step(entity, Direction::Outgoing, PredicateSet::all());
        let into = self.each_step(entity, Direction::Incoming, PredicateSet::all().asymmetric());
        out.chain(into.filter(move |(other, _)| *other != entity))
    }

    /// How many relations an entity stands in, planned ones included. Cost: these relations.
    pub fn degree(&self, entity: EntityIx) -> usize {
        self.each_relation(entity).count()
    }

    /// The same answer from the rows alone, whatever was merged. Public for the law that both are
    /// equal.
    #[doc(hidden)]
    pub fn steps_by_rows(
        &self,
        entity: EntityIx,
        direction: Direction,
        predicates: &PredicateSet,
        planned: bool,
    ) -> Vec<(EntityIx, RelationIx)> {
        let relations = self.relations_by_rows(entity, Some(direction)).into_iter();
        relations
            .filter(|ix| predicates.holds(self.predicate(*ix)))
            .filter(|ix| planned || self.is_actual(*ix))
            .filter_map(|ix| Some((self.other_end(ix, entity, direction)?, ix)))
            .collect()
    }

    /// Where a relation leads from an entity.
    fn other_end(
        &self,
        ix: RelationIx,
        entity: EntityIx,
        direction: Direction,
    ) -> Option<EntityIx> {
        let (source, target) = self.ends(ix);
        match direction {
            Direction::Outgoing if source == entity => Some(target),
            Direction::Incoming if target == entity => Some(source),
            _ if !ontology::rule(self.predicate(ix)).symmetric => None,
            _ => Some(if source == entity { target } else { source }),
        }
    }
}
