//! What belongs to an area: a place, a cluster, a chain, a network.

use std::collections::{BTreeSet, VecDeque};

use petgraph::Direction;

use super::within;
use crate::model::{EntityKind, Predicate};
use crate::state::EntityIx;
use crate::view::View;

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
