//! From an entity to the next over the relations that hold in a view.

use petgraph::Direction;

use super::{PredicateSet, View};
use crate::model::ontology;
use crate::state::{Around, EntityIx, Hold, Link, RelationIx, day_number};

/// The relations that leave or reach an entity, each with the entity at its other end, in the
/// order in which they were first stated. Allocates nothing unless a merge is near.
#[derive(Clone)]
pub struct Steps<'a> {
    view: &'a View,
    way: Way<'a>,
}

#[derive(Clone)]
enum Way<'a> {
    Laid(Laid<'a>),
    /// Near a merge: found and ordered beforehand.
    Found(std::vec::IntoIter<(EntityIx, RelationIx)>),
}

/// A walk over the layout.
#[derive(Clone)]
struct Laid<'a> {
    entity: EntityIx,
    direction: Direction,
    predicates: PredicateSet,
    planned: bool,
    day: Option<i32>,
    links: std::slice::Iter<'a, Link>,
    changed: &'a [RelationIx],
    recent: std::slice::Iter<'a, RelationIx>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(
        view: &'a View,
        entity: EntityIx,
        direction: Direction,
        predicates: PredicateSet,
        planned: bool,
    ) -> Self {
        if view.state().relations.is_near_merge(entity) {
            let found = view.steps_by_rows(entity, direction, &predicates, planned);
            return Self { view, way: Way::Found(found.into_iter()) };
        }
        let Around { base, changed, recent } = view.state().relations.around(entity, direction);
        let laid = Laid {
            entity,
            direction,
            predicates,
            planned,
            day: view.valid_on().map(day_number),
            links: base.iter(),
            changed,
            recent: recent.iter(),
        };
        Self { view, way: Way::Laid(laid) }
    }
}

impl Iterator for Steps<'_> {
    type Item = (EntityIx, RelationIx);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.way {
            Way::Laid(laid) => laid.next(self.view),
            Way::Found(found) => found.next(),
        }
    }
}

impl Laid<'_> {
    fn next(&mut self, view: &View) -> Option<(EntityIx, RelationIx)> {
        for link in self.links.by_ref() {
            if !self.predicates.holds(link.predicate) {
                continue;
            }
            let ask = link.hold == Hold::Involved
                || (!self.changed.is_empty() && self.changed.binary_search(&link.relation).is_ok());
            let holds = if ask {
                holds_by_rows(view, link.relation, self.planned)
            } else {
                (link.claim.0 as usize) < view.claims_logged
                    && (self.planned || link.hold == Hold::Actual)
                    && self.day.is_none_or(|day| link.from <= day && day < link.until)
            };
            if holds {
                return Some((link.other, link.relation));
            }
        }
        let holding = self.recent.by_ref().find(|ix| {
            self.predicates.holds(view.predicate(**ix)) && holds_by_rows(view, **ix, self.planned)
        });
        let ix = *holding?;
        Some((view.other_end(ix, self.entity, self.direction)?, ix))
    }
}

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
