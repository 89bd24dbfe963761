//! One pass over the claims of a view: what the rules compare, sorted by what makes it comparable.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::figure::Bounds;
use crate::model::{
    EntityKind, FuzzyDate, Identifier, IdentifierScheme, Modality, Observation, Period, Predicate,
    Role, RoleBasis, TextQualifier, Validity,
};
use crate::query::{Meter, Truncation};
use crate::state::{ClaimIx, EntityIx, RowKey, Stated, StatedRelation};
use crate::view::View;

/// Kinds that stand in one place. (A cluster or a project may spread over several.)
const SEATED: [EntityKind; 3] = [EntityKind::Firm, EntityKind::Town, EntityKind::Region];

/// What is said to have begun or ended: a relation or a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tenure {
    Relation(RowKey),
    Role(EntityIx, Role, RoleBasis),
}

/// A claim that someone has its seat in a place, and the days on which it is sure to hold if it
/// does: from the first inclusive to the second exclusive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat {
    pub(super) place: EntityIx,
    pub(super) claim: ClaimIx,
    pub(super) days: (Date, Date),
}

/// Claims that give a bound of a tenure and not the other.
#[derive(Debug, Default)]
pub(super) struct OneSided {
    pub(super) starts: Vec<(ClaimIx, FuzzyDate)>,
    pub(super) ends: Vec<(ClaimIx, FuzzyDate)>,
}

/// Subject, metric, unit and period.
pub(super) type Measured<'a> = (EntityIx, &'a str, &'a str, &'a Period);

/// What the rules compare.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) seats: BTreeMap<EntityIx, Vec<Seat>>,
    pub(super) figures: BTreeMap<Measured<'a>, Vec<(ClaimIx, Bounds)>>,
    pub(super) tenures: BTreeMap<Tenure, OneSided>,
    pub(super) spin_offs: BTreeMap<(EntityIx, EntityIx), Vec<ClaimIx>>,
    pub(super) bearers: BTreeMap<&'a Identifier, Vec<(EntityIx, ClaimIx)>>,
    pub(super) borne: BTreeMap<(EntityIx, IdentifierScheme), Vec<(&'a str, ClaimIx)>>,
}

/// Sorts the claims that stand. On a view of one day relations and roles count that may hold then,
/// as everywhere; identifiers and figures have no such day.
pub(super) fn facts<'a>(view: &'a View, meter: &mut Meter<'_>) -> Result<Facts<'a>, Truncation> {
    let mut facts = Facts::default();
    for claim in view.claims() {
        meter.pass()?;
        if !view.stands(claim) {
            continue;
        }
        match view.claim_said(claim).statement {
            Stated::Relation(said) if view.holds_by(claim) => {
                facts.take_relation(view, claim, said);
            }
            Stated::Role(held) if view.holds_by(claim) => {
                let tenure = Tenure::Role(view.root(held.entity), held.role, held.basis);
                facts.take_tenure(claim, held.validity, || tenure);
            }
            Stated::Identifier { entity, identifier } => {
                facts.take_identifier(view.root(entity), claim, identifier);
            }
            Stated::Observation(figure) => facts.take_figure(view, claim, figure),
            _ => {}
        }
    }
    Ok(facts)
}

impl<'a> Facts<'a> {
    fn take_relation(&mut self, view: &View, claim: ClaimIx, said: StatedRelation<'_>) {
        let (source, target) = (view.root(said.source), view.root(said.target));
        // A merge that made both ends one leaves no relation.
        if said.modality == Modality::Planned || source == target {
            return;
        }
        let row = view.state().claims.row(claim);
        if let Some(relation) = row.relation() {
            let key = || Tenure::Relation(view.canonical(relation));
            self.take_tenure(claim, said.validity, key);
        }
        match said.predicate {
            Predicate::SpunOffFrom => {
                self.spin_offs.entry((source, target)).or_default().push(claim);
            }
            Predicate::LocatedIn if SEATED.contains(&view.kind(source)) => {
                // Part of a firm may well stand elsewhere.
                let texts = said.texts;
                let whole = ![TextQualifier::Scope, TextQualifier::Role]
                    .iter()
                    .any(|q| texts.contains_key(q));
                if whole {
                    let days = sure_days(said.validity, view.state().evidenced_on(claim));
                    self.seats.entry(source).or_default().push(Seat { place: target, claim, days });
                }
            }
            _ => {}
        }
    }

    fn take_tenure(&mut self, claim: ClaimIx, said: Validity, key: impl FnOnce() -> Tenure) {
        match (said.from(), said.to()) {
            (Some(from), None) => {
                self.tenures.entry(key()).or_default().starts.push((claim, from));
            }
            (None, Some(to)) => self.tenures.entry(key()).or_default().ends.push((claim, to)),
            // Both bounds are one stretch of several, perhaps; none says nothing.
            _ => {}
        }
    }

    fn take_identifier(&mut self, entity: EntityIx, claim: ClaimIx, identifier: &'a Identifier) {
        if identifier.scheme().is_given_once() {
            self.bearers.entry(identifier).or_default().push((entity, claim));
        }
        if identifier.scheme().is_strong() {
            let of = (entity, identifier.scheme());
            self.borne.entry(of).or_default().push((identifier.value(), claim));
        }
    }

    fn take_figure(&mut self, view: &View, claim: ClaimIx, figure: &'a Observation<EntityIx>) {
        // What recurs, or names no time, may be of different times.
        let period = figure.period.as_ref().filter(|period| period.recurring.is_none());
        if let Some(period) = period.filter(|_| figure.modality == Modality::Actual) {
            let of = (view.root(figure.subject), &*figure.metric, &*figure.unit, period);
            self.figures.entry(of).or_default().push((claim, Bounds::of(figure)));
        }
    }
}

/// Fuzzy bounds are read narrowly here: "until 2023" and "from 2023" need not overlap.
fn sure_days(said: Validity, published: Option<FuzzyDate>) -> (Date, Date) {
    let first = said.from().or(published).map_or(Date::MIN, FuzzyDate::latest);
    let end = said.to().map_or(Date::MAX, FuzzyDate::earliest);
    (first, end)
}
