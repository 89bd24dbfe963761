//! Supply that no source states, inferred from the stages of a chain.
//!
//! A firm in one stage is taken to supply a firm in the stage that it feeds, of the same chain. That
//! says what could be, not what is: it is marked, its reasons are named, it is never recorded, and
//! its confidence is low by rule.

use std::collections::BTreeMap;

use petgraph::Direction;

use super::standing::{chains_of, firms_in, standings_of};
use super::{Meter, Truncation};
use crate::model::{Confidence, Predicate};
use crate::state::{EntityIx, RelationIx};
use crate::view::View;

/// A link that is inferred.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DerivedLink {
    pub(super) entity: EntityIx,
    /// What it is inferred from: where both firms stand, what feeds what, and the place that they
    /// share, if they do.
    pub(super) via: Vec<RelationIx>,
    pub(super) confidence: Confidence,
}

/// Of the confidence that the reasons hold: stages that feed each other trade, but these two firms
/// need not; neighbours rather do. Chosen, not measured.
const FACTOR: f64 = 0.3;
const FACTOR_IN_ONE_PLACE: f64 = 0.5;

/// Firms of a stage, with what says so.
type StageFirms = BTreeMap<EntityIx, Vec<RelationIx>>;

/// Infers links, and remembers who stands where.
pub(super) struct Deriver<'a> {
    view: &'a View,
    firms: BTreeMap<(EntityIx, EntityIx), StageFirms>,
}

impl<'a> Deriver<'a> {
    pub(super) fn new(view: &'a View) -> Self {
        Self { view, firms: BTreeMap::new() }
    }

    /// Inferred suppliers (`Incoming`) or customers of a firm, one link each, the surest; in the
    /// order of declaration.
    pub(super) fn links(
        &mut self,
        from: EntityIx,
        way: Direction,
        meter: &mut Meter<'_>,
    ) -> Result<Vec<DerivedLink>, Truncation> {
        let mut surest: BTreeMap<EntityIx, DerivedLink> = BTreeMap::new();
        for standing in standings_of(self.view, from) {
            for (stage, feeds) in self.next_stages(standing.chain, standing.stage, way) {
                let view = self.view;
                let firms = self
                    .firms
                    .entry((standing.chain, stage))
                    .or_insert_with(|| firms_in(view, standing.chain, stage));
                for (firm, stands) in firms.iter().filter(|(firm, _)| **firm != from) {
                    meter.step()?;
                    let reasons = [&standing.relations, stands, &vec![feeds]];
                    let link = infer(view, (from, *firm), &reasons);
                    let known = surest.entry(*firm).or_insert_with(|| link.clone());
                    if link.confidence > known.confidence {
                        *known = link;
                    }
                }
            }
        }
        Ok(surest.into_values().collect())
    }

    /// Stages of the chain that feed this one, or are fed by it, with what says so.
    fn next_stages(
        &self,
        chain: EntityIx,
        stage: EntityIx,
        way: Direction,
    ) -> Vec<(EntityIx, RelationIx)> {
        let view = self.view;
        let feeds = view.relations(stage, Some(way)).into_iter();
        feeds
            .filter(|ix| view.predicate(*ix) == Predicate::Feeds && view.is_actual(*ix))
            .map(|ix| {
                let (source, target) = view.ends(ix);
                (if way == Direction::Incoming { source } else { target }, ix)
            })
            .filter(|(next, _)| chains_of(view, *next).iter().any(|(of, _)| *of == chain))
            .collect()
    }
}

fn infer(view: &View, (a, b): (EntityIx, EntityIx), reasons: &[&Vec<RelationIx>]) -> DerivedLink {
    let one = |relations: &&Vec<RelationIx>| {
        Confidence::combine(relations.iter().map(|ix| view.relation_confidence(*ix))).value()
    };
    let hold: f64 = reasons.iter().map(one).product();
    let place = shared_place(view, a, b);
    let factor = if place.is_some() { FACTOR_IN_ONE_PLACE } else { FACTOR };
    let mut via: Vec<RelationIx> =
        reasons.iter().flat_map(|relations| relations.iter().copied()).collect();
    via.extend(place.into_iter().flatten());
    // A product of numbers from 0 to 1.
    let confidence = Confidence::new(hold * factor).unwrap_or(Confidence::CERTAIN);
    DerivedLink { entity: b, via, confidence }
}

/// What says that both are located in one place, the place named for both.
fn shared_place(view: &View, a: EntityIx, b: EntityIx) -> Option<[RelationIx; 2]> {
    let places = |firm: EntityIx| {
        let out = view.relations(firm, Some(Direction::Outgoing)).into_iter();
        out.filter(|ix| view.predicate(*ix) == Predicate::LocatedIn && view.is_actual(*ix))
            .map(|ix| (view.ends(ix).1, ix))
            .collect::<Vec<_>>()
    };
    let of_b = places(b);
    places(a).into_iter().find_map(|(place, ix)| {
        let other = of_b.iter().find(|(of, _)| *of == place)?;
        Some([ix, other.1])
    })
}
