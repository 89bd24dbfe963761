//! The signs of a pair that its relations give: places, shared neighbours, relations between the
//! two.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use petgraph::Direction;

use super::Pair;
use super::desk::{Bearer, Desk};
use super::sign::Sign;
use crate::model::{Predicate, ontology};
use crate::query::area::{lies_in, of_one_level};
use crate::query::{Meter, Truncation};
use crate::state::{EntityIx, RelationIx};
use crate::view::{Lens, PredicateSet, View};

/// Of more places of one entity only the first are compared.
const PLACES_MAX: usize = 8;

/// A neighbour with more relations than this weighs as one with so many.
const RELATIONS_MAX: usize = 1_000;

/// Relations of entities, each looked at once.
pub(super) struct Nearness<'a> {
    view: &'a View,
    around: HashMap<EntityIx, Around, FixedState>,
    /// How many relations an entity has, up to [`RELATIONS_MAX`].
    relations: HashMap<EntityIx, usize, FixedState>,
    inside: HashMap<(EntityIx, EntityIx), bool, FixedState>,
}

/// What stands around an entity.
struct Around {
    /// Where it lies, and the regions that its names open with. Sorted, each once.
    places: Vec<EntityIx>,
    /// Sorted by whom they touch; those of one in the order of the walk.
    touches: Vec<Touch>,
}

/// A relation with another.
#[derive(Clone, Copy)]
struct Touch {
    other: EntityIx,
    relation: RelationIx,
    /// What counts as shared with whoever is tied so to the same one: planned relations and places
    /// do not.
    tie: Option<Tie>,
}

/// Over which relation, and whether it leaves.
type Tie = (Predicate, bool);

impl<'a> Nearness<'a> {
    pub(super) fn new(view: &'a View) -> Self {
        let (around, relations, inside) =
            (HashMap::default(), HashMap::default(), HashMap::default());
        Self { view, around, relations, inside }
    }

    /// Adds what is known of a pair beside its names.
    pub(super) fn add(
        &mut self,
        desk: &Desk,
        pair: Pair,
        signs: &mut Vec<Sign>,
        meter: &mut Meter<'_>,
    ) -> Result<(), Truncation> {
        let (a, b) = (desk.bearer(pair.0), desk.bearer(pair.1));
        self.look_around(a, meter)?;
        self.look_around(b, meter)?;
        let (Some(near_a), Some(near_b)) = (self.around.get(&a.entity), self.around.get(&b.entity))
        else {
            return Ok(());
        };
        signs.extend(near_a.relation_to(b.entity).map(Sign::Related));
        let shared = shared(&near_a.touches, &near_b.touches);
        let places = |of: &Around| {
            let all = of.places.iter().copied();
            let others = all.filter(|place| *place != a.entity && *place != b.entity);
            others.take(PLACES_MAX).collect::<Vec<_>>()
        };
        let (of_a, of_b) = (places(near_a), places(near_b));
        signs.extend(self.places(&of_a, &of_b));
        signs.extend(self.weighed(shared, meter)?);
        Ok(())
    }

    fn look_around(&mut self, of: &Bearer, meter: &mut Meter<'_>) -> Result<(), Truncation> {
        if self.around.contains_key(&of.entity) {
            return Ok(());
        }
        let named = of.names.iter().flat_map(|named| &named.parsed.places);
        let mut places: Vec<EntityIx> = named.copied().collect();
        let (mut touches, actual) = (Vec::new(), Lens::new(self.view, PredicateSet::all()));
        for way in [Direction::Outgoing, Direction::Incoming] {
            // What is so stands in the same order among what is so or planned.
            let mut so = actual.each_step(of.entity, way).peekable();
            for step in self.view.each_step(of.entity, way, PredicateSet::all()) {
                meter.step()?;
                let (other, relation) = step;
                let mut tie = None;
                if so.next_if_eq(&step).is_some() {
                    let predicate = self.view.predicate(relation);
                    let leaves = way == Direction::Outgoing || ontology::rule(predicate).symmetric;
                    if predicate == Predicate::LocatedIn && leaves {
                        places.push(other);
                    } else {
                        tie = Some((predicate, leaves));
                    }
                }
                touches.push(Touch { other, relation, tie });
            }
        }
        places.sort_unstable();
        places.dedup();
        touches.sort_by_key(|touch| touch.other);
        touches.shrink_to_fit();
        self.around.insert(of.entity, Around { places, touches });
        Ok(())
    }

    fn places(&mut self, of_a: &[EntityIx], of_b: &[EntityIx]) -> Option<Sign> {
        if let Some(place) = of_a.iter().find(|place| of_b.contains(place)) {
            return Some(Sign::SamePlace(*place));
        }
        for (p, q) in of_a.iter().flat_map(|p| of_b.iter().map(move |q| (*p, *q))) {
            if self.lies_in(p, q) {
                return Some(Sign::SamePlace(q));
            }
            if self.lies_in(q, p) {
                return Some(Sign::SamePlace(p));
            }
        }
        let mut pairs = of_a.iter().flat_map(|p| of_b.iter().map(move |q| (*p, *q)));
        let apart = pairs.find(|(p, q)| of_one_level(self.view, *p, *q));
        apart.map(|(p, q)| Sign::OtherPlace(p, q))
    }

    fn lies_in(&mut self, inner: EntityIx, outer: EntityIx) -> bool {
        let view = self.view;
        *self.inside.entry((inner, outer)).or_insert_with(|| lies_in(view, inner, outer))
    }

    /// Neighbours in common, each weighed by the inverse logarithm of its relations (Adamic and Adar
    /// 2003, "Friends and neighbors on the Web"). It has two at least: one to each of the pair.
    fn weighed(
        &mut self,
        shared: Vec<EntityIx>,
        meter: &mut Meter<'_>,
    ) -> Result<Option<Sign>, Truncation> {
        let mut counted = Vec::new();
        for other in shared {
            counted.push((self.count(other, meter)?, other));
        }
        counted.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "at most RELATIONS_MAX")]
        let weight = |relations: usize| 1.0 / (relations.max(2) as f64).ln();
        let adamic_adar: f64 = counted.iter().map(|(relations, _)| weight(*relations)).sum();
        let shared: Vec<EntityIx> = counted.into_iter().map(|(_, other)| other).collect();
        Ok((!shared.is_empty()).then_some(Sign::SharedNeighbours { shared, adamic_adar }))
    }

    fn count(&mut self, entity: EntityIx, meter: &mut Meter<'_>) -> Result<usize, Truncation> {
        if let Some(known) = self.relations.get(&entity) {
            return Ok(*known);
        }
        let ways = [Direction::Outgoing, Direction::Incoming].into_iter();
        let steps = ways.flat_map(|way| self.view.each_step(entity, way, PredicateSet::all()));
        let mut relations: usize = 0;
        for _ in steps.take(RELATIONS_MAX) {
            meter.step()?;
            relations += 1;
        }
        self.relations.insert(entity, relations);
        Ok(relations)
    }
}

impl Around {
    /// The first relation with another.
    fn relation_to(&self, other: EntityIx) -> Option<RelationIx> {
        let at = self.touches.partition_point(|touch| touch.other < other);
        self.touches.get(at).filter(|touch| touch.other == other).map(|touch| touch.relation)
    }
}

/// Whom both are tied to in the same way. Cost: the shorter list, times the logarithm of the longer.
fn shared(a: &[Touch], b: &[Touch]) -> Vec<EntityIx> {
    let (few, mut many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let mut shared = Vec::new();
    for of_one in few.chunk_by(|x, y| x.other == y.other) {
        let Some(Touch { other, .. }) = of_one.first() else { continue };
        many = &many[many.partition_point(|touch| touch.other < *other)..];
        let same = || many.iter().take_while(|touch| touch.other == *other);
        if of_one.iter().any(|x| x.tie.is_some() && same().any(|y| y.tie == x.tie)) {
            shared.push(*other);
        }
    }
    shared
}
