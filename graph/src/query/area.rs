//! What belongs to an area: a place, a cluster, a chain, a network.

use std::collections::{BTreeSet, VecDeque};

use petgraph::Direction;

use super::within;
use crate::model::{EntityKind, Predicate};
use crate::state::EntityIx;
use crate::view::{Lens, PredicateSet, View};

/// Everything inside an area, the area itself included. Of a place: whatever is located in it, over
/// any number of steps. Of anything else: its members and parts, their members and parts, and who
/// leads it. Plans are left out. Cost: the relations of everything inside.
pub fn inside(view: &View, area: EntityIx) -> BTreeSet<EntityIx> {
    if matches!(view.kind(area), EntityKind::Region | EntityKind::Park | EntityKind::Town) {
        return within(view, area);
    }
    let mut found = BTreeSet::from([area]);
    let mut waiting = VecDeque::from([area]);
    while let Some(whole) = waiting.pop_front() {
        for relation in view.relations(whole, Some(Direction::Incoming)) {
            let belongs = matches!(
                view.predicate(relation),
                Predicate::MemberOf | Predicate::PartOf | Predicate::Leads
            );
            let (part, of) = view.ends(relation);
            if belongs && of == whole && view.is_actual(relation) && found.insert(part) {
                waiting.push_back(part);
            }
        }
    }
    found
}

/// Whether two places divide the map in the same way, as far as their names tell: two 区, two 镇.
/// Places of different levels may hold one another even where no source says so.
pub(super) fn of_one_level(view: &View, p: EntityIx, q: EntityIx) -> bool {
    view.kind(p) == view.kind(q) && view.name(p).chars().last() == view.name(q).chars().last()
}

/// Whether a place lies in another, over any number of steps. Plans are left out.
pub(super) fn lies_in(view: &View, inner: EntityIx, outer: EntityIx) -> bool {
    let lens = Lens::new(view, PredicateSet::of([Predicate::LocatedIn]));
    let mut seen = BTreeSet::from([inner]);
    let mut waiting = vec![inner];
    while let Some(place) = waiting.pop() {
        for (around, _) in lens.each_step(place, Direction::Outgoing) {
            if around == outer {
                return true;
            }
            if seen.insert(around) {
                waiting.push(around);
            }
        }
    }
    false
}
