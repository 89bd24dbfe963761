//! The relations of each entity, laid out for walking.
//!
//! An immutable base that copies of the state share, and an overlay of what came since. The base
//! holds for each entity and direction its relations in one run of memory, in the order in which
//! they were first stated, each with all that a walk asks: who stands at the other end, by which
//! claim and when it holds. A walk over it follows no pointer, as one over petgraph's linked edges
//! does at every step; petgraph's algorithms run on top of it, through `Lens`.
//!
//! What the base cannot answer is marked and asked of the rows: relations with several claims,
//! reviewed ones, those that changed since the base was laid, and everything near a merge.

use std::sync::Arc;

use petgraph::Direction;

use super::claims::ClaimIx;
use super::cow::{CowMap, CowVec};
use super::entities::EntityIx;
use super::relations::RelationIx;
use crate::model::Predicate;

/// A relation as seen from one of its ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) other: EntityIx,
    pub(crate) relation: RelationIx,
    /// The claim that holds it up, if one does so alone.
    pub(crate) claim: ClaimIx,
    /// The first day of its claim, as [`super::layout::day_number`].
    pub(crate) from: i32,
    /// The first day after it.
    pub(crate) until: i32,
    pub(crate) predicate: Predicate,
    pub(crate) hold: Hold,
}

/// What holds a relation up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// One accepted claim that it is so.
    Actual,
    /// One accepted claim that it is planned.
    Planned,
    /// Anything else: ask the rows.
    Involved,
}

/// The links of every entity in one direction.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Where the links of each entity begin, and the end of the last.
    pub(crate) starts: Vec<usize>,
    pub(crate) links: Vec<Link>,
}

impl Links {
    fn of(&self, entity: EntityIx) -> &[Link] {
        let at = entity.0 as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(from), Some(to)) => &self.links[*from..*to],
            _ => &[],
        }
    }
}

/// The relations as they stood when the base was laid.
#[derive(Debug, Default)]
pub(crate) struct Base {
    pub(crate) out: Links,
    pub(crate) into: Links,
    /// Relations that it holds: the first so many rows.
    pub(crate) relations: u32,
    /// Entities that merges touch, or that have relations with such.
    pub(crate) near_merges: Vec<EntityIx>,
    /// Which base it follows.
    pub(crate) follows: u64,
    /// How many changes of older relations it has seen, of those since that one.
    pub(crate) changes: usize,
}

/// Bits of an entity's mark.
const RECENT: u8 = 1;
const NEAR_MERGE: u8 = 2;

/// What the overlay knows of an entity.
#[derive(Debug, Clone, Default)]
struct Recent {
    out: Vec<RelationIx>,
    into: Vec<RelationIx>,
    /// Relations of the base that changed since, sorted.
    changed: Vec<RelationIx>,
}

/// An entity's relations in one direction.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Around<'a> {
    /// Those of the base, in the order in which they were first stated.
    pub(crate) base: &'a [Link],
    /// Those of the base that must be asked of the rows all the same, sorted.
    pub(crate) changed: &'a [RelationIx],
    /// Those that came later, in the order in which they were first stated.
    pub(crate) recent: &'a [RelationIx],
}

/// Base and overlay.
#[derive(Clone)]
pub(crate) struct Layout {
    base: Arc<Base>,
    /// How many bases there were.
    number: u64,
    marks: CowVec<u8>,
    recent: CowMap<EntityIx, Recent>,
    changes: CowVec<RelationIx>,
    /// While a log is replayed nobody walks, and the overlay is not kept.
    idle: bool,
}

impl Layout {
    pub(crate) fn new(idle: bool) -> Self {
        Self {
            base: Arc::new(Base::default()),
            number: 0,
            marks: CowVec::new(),
            recent: CowMap::new(),
            changes: CowVec::new(),
            idle,
        }
    }

    /// Whether only the rows can tell this entity's relations.
    pub(crate) fn is_near_merge(&self, entity: EntityIx) -> bool {
        self.mark(entity) & NEAR_MERGE != 0
    }

    /// The relations that leave (`Outgoing`) or reach (`Incoming`) an entity's own row; symmetric
    /// ones do both.
    pub(crate) fn around(&self, entity: EntityIx, direction: Direction) -> Around<'_> {
        let links = match direction {
            Direction::Outgoing => &self.base.out,
            Direction::Incoming => &self.base.into,
        };
        let base = links.of(entity);
        let recent = if self.mark(entity) & RECENT == 0 { None } else { self.recent.get(&entity) };
        recent.map_or(Around { base, ..Around::default() }, |r| Around {
            base,
            changed: &r.changed,
            recent: match direction {
                Direction::Outgoing => &r.out,
                Direction::Incoming => &r.into,
            },
        })
    }

    pub(crate) fn entity_added(&mut self) {
        self.marks.push(0);
    }

    /// A new relation with these ends.
    pub(crate) fn relation_added(
        &mut self,
        ix: RelationIx,
        (source, target): (EntityIx, EntityIx),
        symmetric: bool,
    ) {
        if self.idle {
            return;
        }
        self.overlay(source, |r| r.out.push(ix));
        self.overlay(target, |r| r.into.push(ix));
        if symmetric && source != target {
            self.overlay(target, |r| r.out.push(ix));
            self.overlay(source, |r| r.into.push(ix));
        }
    }

    /// The claims of a relation with these ends are no longer what they were.
    pub(crate) fn relation_changed(&mut self, ix: RelationIx, ends: (EntityIx, EntityIx)) {
        if self.idle {
            return;
        }
        // A base that is being laid beside may hold it already, as it stood before.
        self.changes.push(ix);
        if ix.0 < self.base.relations {
            self.note_change(ix, ends);
        }
    }

    fn note_change(&mut self, ix: RelationIx, (source, target): (EntityIx, EntityIx)) {
        for end in [source, target] {
            self.overlay(end, |r| {
                if let Err(at) = r.changed.binary_search(&ix) {
                    r.changed.insert(at, ix);
                }
            });
        }
    }

    /// From now on this entity's relations are asked of the rows.
    pub(crate) fn near_merge(&mut self, entity: EntityIx) {
        self.set(entity, NEAR_MERGE);
    }

    /// How many relations the overlay speaks of.
    pub(crate) fn overlaid(&self, relations: usize) -> usize {
        relations.saturating_sub(self.base.relations as usize) + self.changes.len()
    }

    /// How many relations the base holds.
    pub(crate) fn laid(&self) -> usize {
        self.base.relations as usize
    }

    /// What a new base has to say that it follows.
    pub(crate) fn position(&self) -> (u64, usize) {
        (self.number, self.changes.len())
    }

    /// Takes a new base, which may have been laid from an earlier state since the last one. `later`
    /// gives the relations that it does not hold, `ends` the ends of any. A base that does not
    /// follow the present one is left.
    pub(crate) fn take(
        &mut self,
        base: Base,
        later: impl Iterator<Item = (RelationIx, bool)>,
        ends: impl Fn(RelationIx) -> (EntityIx, EntityIx),
    ) {
        if base.follows != self.number {
            return;
        }
        let marks = self.marks.iter().map(|mark| mark & NEAR_MERGE);
        let mut kept = CowVec::new();
        marks.for_each(|mark| kept.push(mark));
        self.marks = kept;
        for entity in &base.near_merges {
            self.near_merge(*entity);
        }
        let changes: Vec<RelationIx> = self.changes.iter().skip(base.changes).copied().collect();
        self.changes = CowVec::new();
        self.recent = CowMap::new();
        self.number += 1;
        self.idle = false;
        self.base = Arc::new(base);
        for (ix, symmetric) in later {
            self.relation_added(ix, ends(ix), symmetric);
        }
        for ix in changes {
            self.relation_changed(ix, ends(ix));
        }
    }

    fn overlay(&mut self, entity: EntityIx, add: impl FnOnce(&mut Recent)) {
        add(self.recent.entry(entity, Recent::default));
        self.set(entity, RECENT);
    }

    fn mark(&self, entity: EntityIx) -> u8 {
        self.marks.get(entity.0 as usize).copied().unwrap_or_default()
    }

    fn set(&mut self, entity: EntityIx, bit: u8) {
        let is_set = self.mark(entity) & bit != 0;
        if !is_set && let Some(mark) = self.marks.get_mut(entity.0 as usize) {
            *mark |= bit;
        }
    }
}
