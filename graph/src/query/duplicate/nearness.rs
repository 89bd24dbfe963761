//! The signs of a pair that its relations give: places, shared neighbours, relations between the
//! two.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;

use super::Pair;
use super::sign::Sign;
use crate::model::{Predicate, ontology};
use crate::query::area::{lies_in, of_one_level};
use crate::query::{Meter, Truncation};
use crate::state::{EntityIx, RelationIx};
use crate::view::{PredicateSet, View};

/// Of more places of one entity only the first are compared.
const PLACES_MAX: usize = 8;

/// A neighbour with more relations than this weighs as one with so many.
const RELATIONS_MAX: usize = 1_000;

/// Relations of entities, each looked at once.
pub(super) struct Nearness<'a> {
    view: &'a View,
    around: BTreeMap<EntityIx, Around>,
    /// How many relations an entity has, up to [`RELATIONS_MAX`].
    relations: BTreeMap<EntityIx, usize>,
    inside: BTreeMap<(EntityIx, EntityIx), bool>,
}

/// What stands around an entity.
#[derive(Default)]
struct Around {
    places: Vec<EntityIx>,
    /// Whom it is related to, and how. Planned relations count only between the two of a pair.
    neighbours: BTreeMap<EntityIx, BTreeSet<Tie>>,
    related: BTreeMap<EntityIx, RelationIx>,
}

/// Over which relation, and whether it leaves.
type Tie = (Predicate, bool);

impl<'a> Nearness<'a> {
    pub(super) fn new(view: &'a View) -> Self {
        let (around, relations, inside) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { view, around, relations, inside }
    }

    /// Adds what is known of a pair beside its names. `named`: the regions that the names of each
    /// open with.
    pub(super) fn add(
        &mut self,
        (a, b): Pair,
        named: [Vec<EntityIx>; 2],
        signs: &mut Vec<Sign>,
        meter: &mut Meter<'_>,
    ) -> Result<(), Truncation> {
        self.look_around(a, meter)?;
        self.look_around(b, meter)?;
        let (Some(near_a), Some(near_b)) = (self.around.get(&a), self.around.get(&b)) else {
            return Ok(());
        };
        signs.extend(near_a.related.get(&b).map(|relation| Sign::Related(*relation)));
        let shared: Vec<EntityIx> = near_a
            .neighbours
            .iter()
            .filter(|(other, ties)| {
                let others = near_b.neighbours.get(other);
                others.is_some_and(|others| !ties.is_disjoint(others))
            })
            .map(|(other, _)| *other)
            .collect();
        let [of_a, of_b] = named;
        let places = |of: &Around, named: Vec<EntityIx>| {
            let mut all: Vec<EntityIx> = of.places.iter().copied().chain(named).collect();
            all.retain(|place| *place != a && *place != b);
            all.sort_unstable();
            all.dedup();
            all.truncate(PLACES_MAX);
            all
        };
        let (of_a, of_b) = (places(near_a, of_a), places(near_b, of_b));
        signs.extend(self.places(&of_a, &of_b));
        signs.extend(self.shared(shared, meter)?);
        Ok(())
    }

    fn look_around(&mut self, entity: EntityIx, meter: &mut Meter<'_>) -> Result<(), Truncation> {
        if self.around.contains_key(&entity) {
            return Ok(());
        }
        let mut around = Around::default();
        for way in [Direction::Outgoing, Direction::Incoming] {
            for (other, relation) in self.view.each_step(entity, way, PredicateSet::all()) {
                meter.step()?;
                around.related.entry(other).or_insert(relation);
                if !self.view.is_actual(relation) {
                    continue;
                }
                let predicate = self.view.predicate(relation);
                let leaves = way == Direction::Outgoing || ontology::rule(predicate).symmetric;
                if predicate == Predicate::LocatedIn && leaves {
                    around.places.push(other);
                } else {
                    around.neighbours.entry(other).or_default().insert((predicate, leaves));
                }
            }
        }
        self.around.insert(entity, around);
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
    fn shared(
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
