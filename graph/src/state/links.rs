//! The relations of each entity, laid out for walking.
//!
//! An immutable base that copies of the state share, and an overlay of what came since. The base
//! holds for each entity and direction its relations in one run of memory, in the order in which
//! they were first stated, each with all that a walk asks in sixteen bytes: who stands at the other
//! end, which relation it is, what holds it up and when. A walk over it follows no pointer, as one
//! over petgraph's linked edges does at every step; petgraph's algorithms run on top of it, through
//! `Lens`.
//!
//! Relations are numbered as they were first stated, so a relation that one claim alone holds up was
//! recorded by a position if its number is below that of the first relation stated after it: what
//! the other clock asks needs no byte.
//!
//! What the base cannot answer is marked and asked of the rows: relations with several claims,
//! reviewed ones, those that changed since the base was laid, and everything near a merge.

use std::sync::Arc;

use petgraph::Direction;

use super::cow::{CowMap, CowVec, Quick};
use super::days::Held;
use super::entities::EntityIx;
use super::relations::RelationIx;
use crate::model::Predicate;

/// A relation as seen from one of its ends: all that a walk asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) other: EntityIx,
    pub(crate) relation: RelationIx,
    /// When its claim says that it held, if one holds it up alone.
    pub(crate) held: Held,
    /// Which entity of its block this end is; only laying out asks.
    pub(super) place: u16,
    pub(crate) predicate: Predicate,
    pub(crate) hold: Hold,
}

const _: () = assert!(size_of::<Link>() == 16, "four links fill a line of the cache");

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

impl Link {
    /// A relation that only the rows can tell.
    pub(super) fn involved(other: EntityIx, relation: RelationIx, predicate: Predicate) -> Self {
        let (held, hold) = (Held::ALWAYS, Hold::Involved);
        Self { other, relation, held, place: 0, predicate, hold }
    }
}

/// The links of every entity in one direction.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// Where the links of each entity begin, and the end of the last.
    pub(super) starts: Vec<u32>,
    pub(super) links: Vec<Link>,
}

/// No more relations than this are laid out: each has at most two links in a direction, so that
/// places among the links fit four bytes.
pub(super) const RELATIONS_MAX: u32 = u32::MAX / 2;

impl Links {
    fn bytes(&self) -> usize {
        self.starts.len() * size_of::<u32>() + self.links.len() * size_of::<Link>()
    }

    fn of(&self, entity: EntityIx) -> &[Link] {
        let at = entity.0 as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(from), Some(to)) => &self.links[*from as usize..*to as usize],
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

impl Base {
    fn links(&self, direction: Direction) -> &Links {
        match direction {
            Direction::Outgoing => &self.out,
            Direction::Incoming => &self.into,
        }
    }
}

/// Bits of an entity's mark.
const RECENT: u64 = 1;
const NEAR_MERGE: u64 = 2;
const MARK: u64 = RECENT | NEAR_MERGE;
const MARK_BITS: u32 = 2;
const MARKS_IN_WORD: u32 = u64::BITS / MARK_BITS;

/// What a walk asks first of every entity: packed, so that all marks stay in the cache.
#[derive(Debug, Clone)]
struct EntityMarks(CowVec<u64>);

impl EntityMarks {
    fn of(&self, entity: EntityIx) -> u64 {
        let word = self.0.get((entity.0 / MARKS_IN_WORD) as usize).copied().unwrap_or_default();
        word >> (entity.0 % MARKS_IN_WORD * MARK_BITS) & MARK
    }

    fn set(&mut self, entity: EntityIx, bit: u64) {
        if self.of(entity) & bit != 0 {
            return;
        }
        let at = (entity.0 / MARKS_IN_WORD) as usize;
        while self.0.len() <= at {
            self.0.push(0);
        }
        if let Some(word) = self.0.get_mut(at) {
            *word |= bit << (entity.0 % MARKS_IN_WORD * MARK_BITS);
        }
    }

    /// The same marks without this bit.
    fn without(&self, bit: u64) -> Self {
        let bits = (0..MARKS_IN_WORD).fold(0, |bits, at| bits | bit << (at * MARK_BITS));
        Self(self.0.iter().map(|word| word & !bits).collect())
    }
}

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
    marks: EntityMarks,
    recent: CowMap<EntityIx, Recent, Quick>,
    changes: CowVec<RelationIx>,
    /// While a log is replayed or much is recorded at once nobody walks, and the overlay is not
    /// kept.
    idle: bool,
}

impl Layout {
    pub(crate) fn new(idle: bool) -> Self {
        Self {
            base: Arc::new(Base::default()),
            number: 0,
            marks: EntityMarks(CowVec::new()),
            recent: CowMap::new(),
            changes: CowVec::new(),
            idle,
        }
    }

    /// From now on nobody walks until a new base is laid. One that is being laid comes too late.
    pub(crate) fn rest(&mut self) {
        self.number += 1;
        self.idle = true;
    }

    /// Whether nobody may walk before a new base is laid.
    pub(crate) fn is_idle(&self) -> bool {
        self.idle
    }

    /// Whether only the rows can tell this entity's relations.
    pub(crate) fn is_near_merge(&self, entity: EntityIx) -> bool {
        self.marks.of(entity) & NEAR_MERGE != 0
    }

    /// The relations of an entity in one direction, where the base alone tells how they stand.
    pub(crate) fn settled(&self, entity: EntityIx, direction: Direction) -> Option<&[Link]> {
        (self.marks.of(entity) == 0).then(|| self.base.links(direction).of(entity))
    }

    /// The relations that leave (`Outgoing`) or reach (`Incoming`) an entity's own row; symmetric
    /// ones do both.
    pub(crate) fn around(&self, entity: EntityIx, direction: Direction) -> Around<'_> {
        let base = self.base.links(direction).of(entity);
        let is_recent = self.marks.of(entity) & RECENT != 0;
        let recent = if is_recent { self.recent.get(&entity) } else { None };
        recent.map_or(Around { base, ..Around::default() }, |r| Around {
            base,
            changed: &r.changed,
            recent: match direction {
                Direction::Outgoing => &r.out,
                Direction::Incoming => &r.into,
            },
        })
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
        self.marks.set(entity, NEAR_MERGE);
    }

    /// How many relations the overlay speaks of.
    pub(crate) fn overlaid(&self, relations: usize) -> usize {
        relations.saturating_sub(self.base.relations as usize) + self.changes.len()
    }

    /// How many relations the base holds.
    pub(crate) fn laid(&self) -> usize {
        self.base.relations as usize
    }

    /// Bytes of the base, which holds nearly all.
    pub(super) fn bytes(&self) -> usize {
        [&self.base.out, &self.base.into].into_iter().map(Links::bytes).sum()
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
        self.marks = self.marks.without(RECENT);
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
        self.marks.set(entity, RECENT);
    }
}
