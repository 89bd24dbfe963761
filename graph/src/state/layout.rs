//! Lays out the relations of a state for walking, and keeps the layout true as events come.

use petgraph::Direction;

use super::blocks::Blocks;
use super::days::Held;
use super::links::{Base, Hold, Link, Links, RELATIONS_MAX};
use super::relations::{RelationIx, RelationRow};
use super::statements::States;
use super::{EntityIx, State};
use crate::model::{ClaimStatus, EntityKind, FuzzyDate, Modality, ontology};

/// The overlay is folded into a new base when it speaks of so many relations, and of a quarter of
/// the base: all foldings together then cost a few times the last one.
const FOLD_MIN: usize = 4_096;
const FOLD_SHARE: usize = 4;

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
        overlaid >= FOLD_MIN && overlaid.saturating_mul(FOLD_SHARE) >= self.relations.layout.laid()
    }

    /// The relations laid out as they stand here, for this state or one that grew from it.
    pub(crate) fn folded(&self) -> Folded {
        // More stay in the overlay.
        let relations = self.relations.count().min(RELATIONS_MAX);
        let mut base = Base { relations, ..Base::default() };
        (base.follows, base.changes) = self.relations.layout.position();
        let into = || self.laid(relations, Direction::Incoming);
        std::thread::scope(|scope| {
            let other = std::thread::Builder::new().spawn_scoped(scope, into);
            base.out = self.laid(relations, Direction::Outgoing);
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

    /// The first so many rows, met in order, so that each entity's links are in order too.
    fn laid(&self, relations: u32, direction: Direction) -> Links {
        let entities = self.entities.len();
        let rows = || self.relations.iter().take(relations as usize);
        let at = rows().flat_map(|(_, row)| ends(row, direction).map(|(at, _)| at));
        let mut blocks = Blocks::of(entities, at);
        for (ix, row) in rows() {
            let link = self.link(ix, row);
            for (at, other) in ends(row, direction) {
                blocks.put(at, Link { other, ..link });
            }
        }
        blocks.placed(entities)
    }

    fn link(&self, ix: RelationIx, row: &RelationRow) -> Link {
        let involved = Link::involved(row.ends().1, ix, row.predicate);
        let Some(only) = self.claims.only_stating(ix) else { return involved };
        let claim = self.claims.row(only);
        let States::Relation(stated) = claim.states else { return involved };
        if claim.recorded_as != ClaimStatus::Accepted || claim.is_changed() {
            return involved;
        }
        let from = stated.validity.from().or_else(|| self.evidenced_on(only));
        let held = Held::between(
            from.map(FuzzyDate::earliest),
            stated.validity.to().map(FuzzyDate::latest),
        );
        let hold = match stated.modality {
            Modality::Actual => Hold::Actual,
            Modality::Planned => Hold::Planned,
        };
        Link { held, hold, ..involved }
    }

    /// Whether no merge, standing or undone, ever touched an entity that a relation names.
    pub(crate) fn stands_alone(&self, relation: &RelationRow) -> bool {
        // Asked of every relation whose confidence is weighed; most stores have no merge at all.
        self.merges.len() == 0
            || relation.entities().all(|entity| !self.entities.row(entity).was_merged())
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
