//! Which entities may be one, and which signs say so or speak against it. Nothing is merged here:
//! a person decides, or marks the two as distinct.

mod block;
mod desk;
mod likeness;
mod name;
mod nearness;
mod sign;
mod weigh;

use std::ops::Range;
use std::sync::Arc;

use block::{Blocked, Pair};
use desk::{Desk, Wanted};
use nearness::Nearness;
pub use sign::{Shortened, Sign};
use weigh::{Called, bits, score};

use super::{Budget, Meter, Truncation};
use crate::model::EntityKind;
use crate::state::EntityIx;
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
    /// the next 64 declared only; `remaining` comparisons were left out. `steps`: names were
    /// compared for at most half of the steps, the surest keys first, and relations looked at for
    /// the rest.
    pub truncated: Option<Truncation>,
}

/// The same pairs in the same order, without their signs: 24 bytes for each, so that a whole list
/// can be kept while its pages are shown. It is of the view that it was made from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DuplicateList {
    pairs: Vec<Listed>,
    /// What cut it, as in [`Duplicates`].
    pub truncated: Option<Truncation>,
}

/// A pair of a list.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Listed {
    a: EntityIx,
    b: EntityIx,
    score: f64,
    /// How many others the name fits that they share.
    others: u32,
}

/// Pairs of entities of one kind that may be one. Pairs marked distinct never come back, nor does a
/// pair of which one was merged with an entity that was marked; merged entities are one already.
///
/// Only pairs that are alike in a name, or share an identifier, are looked at: they are found by
/// keys that their names share (see `block`), never by comparing all with all. Names that differ by
/// more than one slip (a character missing, added, other or swapped) are not alike. Cost: the names
/// of the view, sorted by a dozen keys each; then the pairs with a key in common, and the relations
/// of those whose names are alike. Steps count pairs, then relations. Memory: the names, sixteen
/// bytes for a pair with a common key, twelve for a relation, and the signs of the pairs that are
/// told.
pub fn duplicates(view: &View, query: &DuplicateQuery, budget: &Budget) -> Duplicates {
    found(view, query, budget, block::pairs)
}

/// The same answer by comparing all with all. Public for the law that both are equal.
#[doc(hidden)]
pub fn duplicates_of_all_pairs(view: &View, query: &DuplicateQuery, budget: &Budget) -> Duplicates {
    found(view, query, budget, |desk, _| {
        let all = || (0..).zip(&desk.all);
        let pairs = all().flat_map(|(a, one)| {
            let others = all().filter(move |(b, other)| a < *b && one.kind == other.kind);
            others.map(move |(b, _)| (a, b))
        });
        Blocked { pairs: pairs.collect(), left_out: 0, cut: None }
    })
}

/// The list of [`duplicates`] without a limit and without signs. Cost: as there, but for signs.
pub fn duplicate_list(
    view: &View,
    kinds: &[EntityKind],
    min_score: f64,
    budget: &Budget,
) -> DuplicateList {
    let desk = match Desk::new(view, Wanted::Kinds(kinds), &mut budget.meter()) {
        Ok(desk) => desk,
        Err(cut) => return DuplicateList { pairs: Vec::new(), truncated: Some(cut) },
    };
    desk.list(block::pairs, &mut Nearness::new(view), min_score, budget)
}

impl DuplicateList {
    /// How many pairs.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Pairs of it with their signs, by their places. `view` is the one that it was made from.
    /// Cost: a pass over the names of the view, and the relations of these entities.
    ///
    /// # Errors
    /// [`Truncation`] when the budget ends before.
    pub fn shown(
        &self,
        view: &View,
        places: Range<usize>,
        budget: &Budget,
    ) -> Result<Vec<DuplicatePair>, Truncation> {
        let pairs = self.pairs.get(places).unwrap_or_default();
        let mut entities: Vec<EntityIx> = pairs.iter().flat_map(|pair| [pair.a, pair.b]).collect();
        entities.sort_unstable();
        entities.dedup();
        let mut meter = budget.meter();
        let desk = Desk::new(view, Wanted::Only(&entities), &mut meter)?;
        let mut shown = Vec::new();
        desk.show(pairs, &mut Nearness::new(view), &mut meter, &mut shown)?;
        Ok(shown)
    }
}

fn found(
    view: &View,
    query: &DuplicateQuery,
    budget: &Budget,
    pairs: impl FnOnce(&Desk, &mut Meter<'_>) -> Blocked,
) -> Duplicates {
    let desk = match Desk::new(view, Wanted::Kinds(&query.kinds), &mut budget.meter()) {
        Ok(desk) => desk,
        Err(cut) => return Duplicates { found: Vec::new(), truncated: Some(cut) },
    };
    let mut nearness = Nearness::new(view);
    let mut list = desk.list(pairs, &mut nearness, query.min_score, budget);
    let limited = Truncation::to_limit(&mut list.pairs, query.limit);
    let mut found = Vec::new();
    // Their relations were looked at for the list, so this takes no step.
    let cut = desk.show(&list.pairs, &mut nearness, &mut budget.meter(), &mut found).err();
    Duplicates { found, truncated: cut.or(list.truncated).or(limited) }
}

/// A pair that is alike in names or identifiers, before what else is known of the two.
struct Alike {
    pair: Pair,
    bits: f64,
    /// The number of what both are called, which may fit others too.
    called: Option<u32>,
    others: u32,
}

impl Desk {
    /// Names first, for all pairs; then, for those that may still reach the score, what else is
    /// known of the two, the most alike first.
    fn list(
        &self,
        pairs: impl FnOnce(&Self, &mut Meter<'_>) -> Blocked,
        nearness: &mut Nearness<'_>,
        min_score: f64,
        budget: &Budget,
    ) -> DuplicateList {
        // Names must not take all steps: without relations nothing can be weighed.
        let half = |steps_max| Budget { steps_max, stop: Arc::clone(&budget.stop) };
        let (for_pairs, for_relations) =
            (half(budget.steps_max / 2), half(budget.steps_max.div_ceil(2)));
        let Blocked { pairs, left_out, cut } = pairs(self, &mut for_pairs.meter());
        let mut meter = for_relations.meter();
        let mut truncated = cut.or((left_out > 0).then_some(Truncation {
            limit: "block",
            at: block::NEXT_MAX as u64,
            remaining: Some(left_out),
        }));
        let (mut listed, mut signs) = (Vec::new(), Vec::new());
        let (alike, cut) = self.alike_of(pairs, min_score, &mut meter);
        truncated = cut.or(truncated);
        for Alike { pair, bits: of_names, others, .. } in alike {
            signs.clear();
            if let Err(cut) = nearness.add(self, pair, &mut signs, &mut meter) {
                truncated = Some(cut);
                break;
            }
            let score = score(of_names + bits(&signs));
            if score >= min_score {
                let [a, b] = [pair.0, pair.1].map(|place| self.bearer(place).entity);
                listed.push(Listed { a, b, score, others });
            }
        }
        listed.sort_by(|x, y| y.score.total_cmp(&x.score).then((x.a, x.b).cmp(&(y.a, y.b))));
        DuplicateList { pairs: listed, truncated }
    }

    /// Pairs whose names or identifiers are alike and that may reach the score, the most alike
    /// first; and what cut them.
    fn alike_of(
        &self,
        pairs: Vec<Pair>,
        min_score: f64,
        meter: &mut Meter<'_>,
    ) -> (Vec<Alike>, Option<Truncation>) {
        let may_reach = |bits: f64| score(bits + Sign::MORE_BITS_MAX) >= min_score;
        let (mut alike, mut fits, mut cut) = (Vec::new(), Vec::new(), None);
        let mut signs = Vec::new();
        for pair in pairs {
            if let Err(reason) = meter.pass() {
                cut = Some(reason);
                break;
            }
            signs.clear();
            if self.is_distinct(pair) {
                continue;
            }
            let Some(Called(called)) = self.add_named(pair, &mut signs) else { continue };
            fits.extend(called.into_iter().flat_map(|called| [(called, pair.0), (called, pair.1)]));
            let bits = bits(&signs);
            if may_reach(bits) {
                alike.push(Alike { pair, bits, called, others: 0 });
            }
        }
        weigh::note_others(&mut fits, &mut alike);
        alike.retain(|alike| may_reach(alike.bits));
        alike.sort_by(|x, y| y.bits.total_cmp(&x.bits).then(x.pair.cmp(&y.pair)));
        (alike, cut)
    }

    /// Adds pairs with their signs. Cost: the relations of those that were not looked at before.
    fn show(
        &self,
        pairs: &[Listed],
        nearness: &mut Nearness<'_>,
        meter: &mut Meter<'_>,
        shown: &mut Vec<DuplicatePair>,
    ) -> Result<(), Truncation> {
        for Listed { a, b, score, others } in pairs.iter().copied() {
            let Some(pair) = self.place_of(a).zip(self.place_of(b)) else { continue };
            let mut signs = Vec::new();
            if self.add_named(pair, &mut signs).is_none() {
                continue;
            }
            signs.extend(weigh::fits_others(others));
            nearness.add(self, pair, &mut signs, meter)?;
            signs.sort_by(|x, y| {
                y.is_for().cmp(&x.is_for()).then(y.bits().abs().total_cmp(&x.bits().abs()))
            });
            shown.push(DuplicatePair { a, b, score, signs });
        }
        Ok(())
    }
}
