//! Lays out the relations of a state for walking, and keeps the layout true as events come.

use jiff::civil::Date;
use petgraph::Direction;

use super::claims::ClaimIx;
use super::links::{Base, Held, Hold, Link, Links};
use super::relations::{RelationIx, RelationRow};
use super::statements::States;
use super::{EntityIx, State};
use crate::model::{ClaimStatus, EntityKind, Modality, ontology};

/// The overlay is folded into a new base when it speaks of so many relations, and of a quarter of
/// the base: all foldings together then cost a few times the last one.
const FOLD_MIN: usize = 4_096;
const FOLD_SHARE: usize = 4;

/// A day as a number that is in the order of days: 20230904.
pub(crate) fn day_number(day: Date) -> i32 {
    i32::from(day.year()) * 10_000 + i32::from(day.month()) * 100 + i32::from(day.day())
}

/// A base that was laid out apart from the state that will take it.
pub(crate) struct Folded(Base);

impl State {
    /// Lays out all relations anew, for faster walks. No answer changes. Cost: linear.
    pub fn fold(&mut self) {
        let folded = self.folded();
        self.take_folded(folded);
    }

    /// The same by the state that this one grew from: what came since stays apart. This is what a
    /// ledger does beside its writer; public for the law that no answer changes.
    #[doc(hidden)]
    pub fn fold_as_of(&mut self, earlier: &State) {
        self.take_folded(earlier.folded());
    }

    /// Nobody will walk this state, nor a copy of it, before [`State::fold`] lays out what came until
    /// then: so the layout need not be kept true with every event.
    pub(crate) fn rest(&mut self) {
        self.relations.layout.rest();
    }

    /// Whether it must be folded before anyone walks it.
    pub(crate) fn is_resting(&self) -> bool {
        self.relations.layout.is_idle()
    }

    /// Whether so much has come since the relations were laid out that it is worth doing again.
    pub(crate) fn wants_folding(&self) -> bool {
        self.would_fold_for(self.relations.layout.overlaid(self.relations.len()))
    }

    /// The same if so many relations had come.
    pub(crate) fn would_fold_for(&self, overlaid: usize) -> bool {
        overlaid >= FOLD_MIN && overlaid * FOLD_SHARE >= self.relations.layout.laid()
    }

    /// The relations laid out as they stand here, for this state or one that grew from it.
    pub(crate) fn folded(&self) -> Folded {
        let (relations, claims) = (self.relations.count(), self.claims.len());
        let mut base = Base { relations, claims, ..Base::default() };
        (base.follows, base.changes) = self.relations.layout.position();
        let links: Vec<(Link, Held)> = self.relations.iter().map(|(ix, _)| self.link(ix)).collect();
        let into = || self.laid(&links, Direction::Incoming);
        std::thread::scope(|scope| {
            let other = std::thread::Builder::new().spawn_scoped(scope, into);
            base.out = self.laid(&links, Direction::Outgoing);
            // Without a thread, or if it failed, this one does it all.
            base.into = other.ok().and_then(|other| other.join().ok()).unwrap_or_else(into);
        });
        base.near_merges = self.near_merges();
        Folded(base)
    }

    /// Takes a layout that [`State::folded`] made of this state, or of one that it grew from.
    pub(crate) fn take_folded(&mut self, Folded(base): Folded) {
        self.relations.take(base);
    }

    /// Counting sort by entity: rows are met in order, so each entity's links are in order too.
    fn laid(&self, links: &[(Link, Held)], direction: Direction) -> Links {
        let mut starts = vec![0_usize; self.entities.len() + 1];
        for (_, row) in self.relations.iter() {
            for (at, _) in ends(row, direction) {
                if let Some(count) = starts.get_mut(at.0 as usize + 1) {
                    *count += 1;
                }
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let (mut sorted, mut held) = match links.first() {
            Some((link, day)) => (vec![*link; sum], vec![*day; sum]),
            None => (Vec::new(), Vec::new()),
        };
        for ((_, row), (link, day)) in self.relations.iter().zip(links) {
            for (at, other) in ends(row, direction) {
                let place = &mut next[at.0 as usize];
                sorted[*place] = Link { other, ..*link };
                held[*place] = *day;
                *place += 1;
            }
        }
        Links { starts, links: sorted, held }
    }

    fn link(&self, ix: RelationIx) -> (Link, Held) {
        let row = self.relations.row(ix);
        let predicate = row.predicate;
        let mut link = Link { other: row.ends().1, relation: ix, predicate, hold: Hold::Involved };
        let mut held = Held { claim: ClaimIx(0), from: i32::MIN, until: i32::MAX };
        let Some(only) = self.claims.only_stating(ix) else { return (link, held) };
        let claim = self.claims.row(only);
        let States::Relation(stated) = claim.states else { return (link, held) };
        if claim.recorded_as != ClaimStatus::Accepted || claim.is_changed() {
            return (link, held);
        }
        let from = stated.validity.from().or_else(|| self.evidenced_on(only));
        held.from = from.map_or(i32::MIN, |date| day_number(date.earliest()));
        held.until = stated.validity.to().map_or(i32::MAX, |date| day_number(date.latest()));
        held.claim = only;
        link.hold = match stated.modality {
            Modality::Actual => Hold::Actual,
            Modality::Planned => Hold::Planned,
        };
        (link, held)
    }

    /// Whether no merge, standing or undone, ever touched an entity that a relation names.
    pub(crate) fn stands_alone(&self, relation: &RelationRow) -> bool {
        relation.entities().all(|entity| !self.entities.row(entity).was_merged())
    }

    fn near_merges(&self) -> Vec<EntityIx> {
        if self.merges.len() == 0 {
            return Vec::new();
        }
        let merged = self.entities.iter().filter(|(_, row)| row.was_merged()).map(|(ix, _)| ix);
        let rows = self.relations.iter().map(|(_, row)| row);
        let beside = rows.filter(|row| !self.stands_alone(row));
        merged.chain(beside.flat_map(|row| <[EntityIx; 2]>::from(row.ends()))).collect()
    }

    /// An entity was merged: whoever has a relation that names it is near a merge now. Cost: its
    /// relations; for what can be a qualifier, all relations.
    pub(super) fn mark_near_merge(&mut self, merged: EntityIx) {
        let kind = self.entities.row(merged).kind;
        let mut near = vec![merged];
        if matches!(kind, EntityKind::Product | EntityKind::Stage) {
            let rows = self.relations.iter().map(|(_, row)| row);
            let naming =
                rows.filter(|row| row.product() == Some(merged) || row.stage() == Some(merged));
            near.extend(naming.flat_map(|row| <[EntityIx; 2]>::from(row.ends())));
        }
        for way in [Direction::Outgoing, Direction::Incoming] {
            let beside = self.relations.at(merged, way).map(|ix| self.relations.row(ix).ends());
            near.extend(beside.flat_map(<[EntityIx; 2]>::from));
        }
        near.into_iter().for_each(|entity| self.relations.near_merge(entity));
    }
}

/// From which entities a relation is walked in a direction, each with the other end.
fn ends(
    row: &RelationRow,
    direction: Direction,
) -> impl Iterator<Item = (EntityIx, EntityIx)> + use<> {
    let (source, target) = row.ends();
    let along = match direction {
        Direction::Outgoing => (source, target),
        Direction::Incoming => (target, source),
    };
    let both = ontology::rule(row.predicate).symmetric && source != target;
    std::iter::once(along).chain(both.then_some((along.1, along.0)))
}
