//! From an entity to the next over the relations that hold in a view.

use std::slice::Iter;

use petgraph::Direction;

use super::{PredicateSet, View};
use crate::model::ontology;
use crate::state::{Around, Days, EntityIx, Hold, Link, RelationIx};

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
    /// Near a merge, or on a day far off: found and ordered beforehand.
    Found(std::vec::IntoIter<(EntityIx, RelationIx)>),
}

/// A walk over the layout where nothing came since it was laid.
#[derive(Clone)]
struct Settled<'a> {
    asked: Asked,
    links: Iter<'a, Link>,
}

/// A walk over the layout and what came since.
#[derive(Clone)]
struct Laid<'a> {
    entity: EntityIx,
    direction: Direction,
    settled: Settled<'a>,
    changed: &'a [RelationIx],
    recent: Iter<'a, RelationIx>,
}

/// What a walk over the layout looks for.
#[derive(Clone, Copy)]
struct Asked {
    predicates: PredicateSet,
    planned: bool,
    days: Days,
    /// Relations that were stated by the view's position: the first so many.
    relations: u32,
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
        let found = || {
            let found = view.steps_by_rows(entity, direction, &predicates, planned);
            Self { view, way: Way::Found(found.into_iter()) }
        };
        let Some(days) = view.valid_on().map_or(Some(Days::ALL), Days::only) else {
            return found();
        };
        let asked = Asked { predicates, planned, days, relations: view.relations_logged };
        if let Some(links) = relations.settled(entity, direction) {
            return Self { view, way: Way::Settled(Settled { asked, links: links.iter() }) };
        }
        if relations.is_near_merge(entity) {
            return found();
        }
        let Around { base, changed, recent } = relations.around(entity, direction);
        let settled = Settled { asked, links: base.iter() };
        let laid = Laid { entity, direction, settled, changed, recent: recent.iter() };
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
            Way::Laid(mut laid) => std::iter::from_fn(|| laid.next(view)).fold(init, take),
            Way::Found(found) => found.fold(init, take),
        }
    }
}

impl Settled<'_> {
    fn next(&mut self, view: &View) -> Option<(EntityIx, RelationIx)> {
        let asked = self.asked;
        let link = self.links.find(|link| asked.finds(view, link))?;
        Some((link.other, link.relation))
    }

    fn fold<B>(
        self,
        view: &View,
        init: B,
        mut take: impl FnMut(B, (EntityIx, RelationIx)) -> B,
    ) -> B {
        let Self { asked, links } = self;
        links.fold(init, |done, link| {
            if asked.finds(view, link) { take(done, (link.other, link.relation)) } else { done }
        })
    }
}

impl Laid<'_> {
    fn next(&mut self, view: &View) -> Option<(EntityIx, RelationIx)> {
        let Self { settled: Settled { asked, links }, changed, .. } = self;
        let Asked { predicates, planned, .. } = *asked;
        let holds = |ix: RelationIx| {
            predicates.holds(view.predicate(ix)) && holds_by_rows(view, ix, planned)
        };
        let link = links.find(|link| match changed.binary_search(&link.relation) {
            Ok(_) => holds(link.relation),
            Err(_) => asked.finds(view, link),
        });
        if let Some(link) = link {
            return Some((link.other, link.relation));
        }
        let ix = *self.recent.find(|ix| holds(**ix))?;
        Some((view.other_end(ix, self.entity, self.direction)?, ix))
    }
}

impl Asked {
    #[inline]
    fn finds(&self, view: &View, link: &Link) -> bool {
        // All at once: relations come in no order of what is asked, and a branch on each would be
        // guessed wrong.
        let fits = self.predicates.holds(link.predicate)
            & (link.relation.0 < self.relations)
            & (self.planned | (link.hold != Hold::Planned))
            & link.held.on(self.days);
        fits && (link.hold != Hold::Involved || holds_by_rows(view, link.relation, self.planned))
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
