//! Which entities may be one, and which signs say so or speak against it. Nothing is merged here:
//! a person decides, or marks the two as distinct.

mod block;
mod likeness;
mod name;
mod nearness;
mod sign;
mod weigh;

use std::collections::{BTreeMap, BTreeSet};

use block::{Blocked, Pair};
use likeness::Named;
use name::{Parsed, RegionWords};
use nearness::Nearness;
pub use sign::{Shortened, Sign};
use weigh::{Alike, bits, score};

use super::{Budget, Meter, Truncation};
use crate::model::{EntityKind, Identifier};
use crate::state::{EntityIx, Stated};
use crate::view::View;

/// What is asked.
#[derive(Debug, Clone)]
pub struct DuplicateQuery {
    /// Only among entities of these kinds; every kind if none is named.
    pub kinds: Vec<EntityKind>,
    /// Leave out pairs that score less.
    pub min_score: f64,
    /// The most pairs.
    pub limit: usize,
}

/// Two entities that may be one.
#[derive(Debug, Clone, PartialEq)]
pub struct DuplicatePair {
    /// The one declared first.
    pub a: EntityIx,
    /// The other.
    pub b: EntityIx,
    /// 0 to 1, in thousandths: the logistic function of the signs' bits, `1 / (1 + 2^-Σ)`. Half
    /// where they weigh nothing together. It orders pairs; it is no measured probability.
    pub score: f64,
    /// Why: what speaks for one, then what speaks for two, each with the heaviest first.
    pub signs: Vec<Sign>,
}

/// Pairs that may be one, and what cut the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicates {
    /// Best first; ties in the order of declaration.
    pub found: Vec<DuplicatePair>,
    /// What cut it. `block`: so many share a name, or a part of one, that each was compared with
    /// the next 64 declared only; `remaining` comparisons were left out.
    pub truncated: Option<Truncation>,
}

/// Pairs of entities of one kind that may be one. Pairs marked distinct never come back, nor does a
/// pair of which one was merged with an entity that was marked; merged entities are one already.
///
/// Only pairs that are alike in a name, or share an identifier, are looked at: they are found by
/// keys that their names share (see `block`), never by comparing all with all. Cost: the names of
/// the view, sorted by a dozen keys each; then the pairs with a key in common, and the relations of
/// those whose names are alike. Steps count pairs, then relations.
pub fn duplicates(view: &View, query: &DuplicateQuery, budget: &Budget) -> Duplicates {
    let mut meter = budget.meter();
    let desk = match Desk::new(view, query, &mut meter) {
        Ok(desk) => desk,
        Err(cut) => return Duplicates { found: Vec::new(), truncated: Some(cut) },
    };
    match block::pairs(&desk.names, &desk.bearers(), &mut meter) {
        Ok(Blocked { pairs, left_out }) => {
            let cut = (left_out > 0).then_some(Truncation {
                limit: "block",
                at: block::NEXT_MAX as u64,
                remaining: Some(left_out),
            });
            desk.judge(pairs, cut, &mut meter)
        }
        Err(cut) => Duplicates { found: Vec::new(), truncated: Some(cut) },
    }
}

/// The same answer by comparing all with all. Public for the law that both are equal.
#[doc(hidden)]
pub fn duplicates_of_all_pairs(view: &View, query: &DuplicateQuery, budget: &Budget) -> Duplicates {
    let Ok(desk) = Desk::new(view, query, &mut budget.meter()) else {
        return Duplicates { found: Vec::new(), truncated: None };
    };
    let all: Vec<(EntityIx, EntityKind)> =
        desk.names.iter().map(|(e, (kind, _))| (*e, *kind)).collect();
    let pairs = all.iter().flat_map(|(a, kind)| {
        let others = all.iter().filter(move |(b, other)| a < b && kind == other);
        others.map(move |(b, _)| (*a, *b))
    });
    let pairs = pairs.collect();
    desk.judge(pairs, None, &mut budget.meter())
}

/// What a comparison looks at.
struct Desk<'a> {
    view: &'a View,
    query: &'a DuplicateQuery,
    names: BTreeMap<EntityIx, (EntityKind, Vec<Named>)>,
    /// Of registers that give each identifier to one entity.
    identifiers: BTreeMap<EntityIx, Vec<Identifier>>,
    distinct: BTreeSet<Pair>,
}

impl<'a> Desk<'a> {
    fn new(
        view: &'a View,
        query: &'a DuplicateQuery,
        meter: &mut Meter<'_>,
    ) -> Result<Self, Truncation> {
        let regions = RegionWords::of(view);
        let wanted = |kind| query.kinds.is_empty() || query.kinds.contains(&kind);
        let mut names: BTreeMap<EntityIx, (EntityKind, Vec<Named>)> = BTreeMap::new();
        for name in view.names() {
            meter.pass()?;
            let kind = view.kind(name.entity);
            if wanted(kind) {
                let parsed = Parsed::of(kind, name.key.as_str(), &regions);
                let named = Named { text: name.text.clone(), parsed };
                names.entry(name.entity).or_insert((kind, Vec::new())).1.push(named);
            }
        }
        let mut identifiers: BTreeMap<EntityIx, Vec<Identifier>> = BTreeMap::new();
        for claim in view.claims() {
            meter.pass()?;
            if let Stated::Identifier { entity, identifier } = view.claim_said(claim).statement
                && identifier.scheme().is_given_once()
                && view.stands(claim)
                && wanted(view.kind(entity))
            {
                identifiers.entry(view.root(entity)).or_default().push(identifier.clone());
            }
        }
        identifiers.values_mut().for_each(|all| {
            all.sort_unstable();
            all.dedup();
        });
        let distinct = view.marked_distinct().collect();
        Ok(Self { view, query, names, identifiers, distinct })
    }

    fn bearers(&self) -> BTreeMap<Identifier, Vec<EntityIx>> {
        let mut bearers: BTreeMap<Identifier, Vec<EntityIx>> = BTreeMap::new();
        for (entity, identifiers) in &self.identifiers {
            for identifier in identifiers {
                bearers.entry(identifier.clone()).or_default().push(*entity);
            }
        }
        bearers
    }

    /// Names first, for all pairs; then, for those that may still reach the score, what else is
    /// known of the two, the most alike first.
    fn judge(
        &self,
        pairs: BTreeSet<Pair>,
        cut: Option<Truncation>,
        meter: &mut Meter<'_>,
    ) -> Duplicates {
        let mut alike: Vec<Alike> = pairs
            .into_iter()
            .filter(|pair| !self.distinct.contains(pair))
            .filter_map(|pair| self.alike(pair))
            .collect();
        Self::add_others_that_fit(&mut alike);
        alike.sort_by(|x, y| bits(&y.signs).total_cmp(&bits(&x.signs)).then(x.pair.cmp(&y.pair)));
        let mut truncated = cut;
        let mut nearness = Nearness::new(self.view);
        let mut found = Vec::new();
        for Alike { pair, mut signs, .. } in alike {
            if score(bits(&signs) + Sign::MORE_BITS_MAX) < self.query.min_score {
                continue;
            }
            let named = [pair.0, pair.1].map(|entity| self.places_named(entity).collect());
            if let Err(cut) = nearness.add(pair, named, &mut signs, meter) {
                truncated = Some(cut);
                break;
            }
            let score = score(bits(&signs));
            if score >= self.query.min_score {
                signs.sort_by(|x, y| {
                    y.is_for().cmp(&x.is_for()).then(y.bits().abs().total_cmp(&x.bits().abs()))
                });
                found.push(DuplicatePair { a: pair.0, b: pair.1, score, signs });
            }
        }
        found.sort_by(|x, y| y.score.total_cmp(&x.score).then((x.a, x.b).cmp(&(y.a, y.b))));
        let limited = Truncation::to_limit(&mut found, self.query.limit);
        Duplicates { found, truncated: truncated.or(limited) }
    }
}
