//! The rules, one function each.

use std::collections::{BTreeMap, BTreeSet};

use super::gather::{Facts, Seat, Tenure};
use super::{Conflict, ConflictKind, conflict};
use crate::query::area::{lies_in, of_one_level};
use crate::query::{Meter, Truncation};
use crate::state::{ClaimIx, EntityIx};
use crate::view::View;

pub(super) fn two_seats(
    view: &View,
    facts: &Facts<'_>,
    meter: &mut Meter<'_>,
    found: &mut Vec<Conflict>,
) -> Result<(), Truncation> {
    for (entity, seats) in &facts.seats {
        let mut apart: BTreeMap<(EntityIx, EntityIx), BTreeSet<ClaimIx>> = BTreeMap::new();
        for (at, a) in seats.iter().enumerate() {
            for b in &seats[at + 1..] {
                meter.step()?;
                if a.place != b.place && overlap(a, b) {
                    let places = (a.place.min(b.place), a.place.max(b.place));
                    apart.entry(places).or_default().extend([a.claim, b.claim]);
                }
            }
        }
        for ((p, q), claims) in apart {
            if !of_one_level(view, p, q) || lies_in(view, p, q) || lies_in(view, q, p) {
                continue;
            }
            let explanation = format!(
                "{} is said to be in {} and in {} at one time, and neither is known to lie in the other; if it moved, the earlier claim lacks its end",
                view.name(*entity),
                view.name(p),
                view.name(q)
            );
            found.push(conflict(ConflictKind::TwoSeats, vec![*entity, p, q], claims, explanation));
        }
    }
    Ok(())
}

fn overlap(a: &Seat, b: &Seat) -> bool {
    let (first, end) = (a.days.0.max(b.days.0), a.days.1.min(b.days.1));
    first < end
}

pub(super) fn two_values(
    view: &View,
    facts: &Facts<'_>,
    meter: &mut Meter<'_>,
    found: &mut Vec<Conflict>,
) -> Result<(), Truncation> {
    for ((subject, metric, unit, period), figures) in &facts.figures {
        let mut apart: BTreeSet<ClaimIx> = BTreeSet::new();
        for (at, (a, bounds)) in figures.iter().enumerate() {
            for (b, others) in &figures[at + 1..] {
                meter.step()?;
                if !bounds.agrees_with(*others) {
                    apart.extend([*a, *b]);
                }
            }
        }
        if !apart.is_empty() {
            let told: BTreeSet<String> = apart.iter().map(|claim| view.sentence(*claim)).collect();
            let told: Vec<String> = told.into_iter().collect();
            let explanation = format!(
                "{metric} ({unit}) of {} in {period} is told in ways that differ by more than rounding: {}",
                view.name(*subject),
                told.join("; ")
            );
            found.push(conflict(ConflictKind::TwoValues, vec![*subject], apart, explanation));
        }
    }
    Ok(())
}

pub(super) fn end_before_start(view: &View, facts: &Facts<'_>, found: &mut Vec<Conflict>) {
    for (tenure, told) in &facts.tenures {
        let last_start = told.starts.iter().map(|(_, from)| *from).max_by_key(|d| d.earliest());
        let first_end = told.ends.iter().map(|(_, to)| *to).min_by_key(|d| d.latest());
        let Some((start, end)) = last_start.zip(first_end) else { continue };
        if end.latest() >= start.earliest() {
            continue;
        }
        let late = told.starts.iter().filter(|(_, from)| end.latest() < from.earliest());
        let early = told.ends.iter().filter(|(_, to)| to.latest() < start.earliest());
        let claims: BTreeSet<ClaimIx> = late.chain(early).map(|(claim, _)| *claim).collect();
        let Some(first) = claims.first() else { continue };
        let entities = match tenure {
            Tenure::Relation(key) => vec![key.source, key.target],
            Tenure::Role(entity, ..) => vec![*entity],
        };
        let explanation = format!(
            "{} is said to have ended by {end} and to have begun in {start}; if it held twice, each time lacks one of its bounds",
            view.sentence(*first)
        );
        found.push(conflict(ConflictKind::EndBeforeStart, entities, claims, explanation));
    }
}

pub(super) fn spun_off_both_ways(view: &View, facts: &Facts<'_>, found: &mut Vec<Conflict>) {
    for ((a, b), claims) in facts.spin_offs.iter().filter(|((a, b), _)| a < b) {
        let Some(back) = facts.spin_offs.get(&(*b, *a)) else { continue };
        let explanation = format!(
            "{} is said to be spun off from {}, and {} from {}",
            view.name(*a),
            view.name(*b),
            view.name(*b),
            view.name(*a)
        );
        let claims = claims.iter().chain(back).copied();
        found.push(conflict(ConflictKind::SpunOffBothWays, vec![*a, *b], claims, explanation));
    }
}

pub(super) fn shared_identifier(view: &View, facts: &Facts<'_>, found: &mut Vec<Conflict>) {
    for (identifier, bearers) in &facts.bearers {
        let entities: BTreeSet<EntityIx> = bearers.iter().map(|(entity, _)| *entity).collect();
        if entities.len() < 2 {
            continue;
        }
        let names: Vec<_> = entities.iter().map(|e| view.name(*e).to_string()).collect();
        let explanation = format!(
            "the {} {} is given to one alone, but {} are said to bear it; if they are one, merge them",
            identifier.scheme(),
            identifier.value(),
            names.join(" and ")
        );
        let claims = bearers.iter().map(|(_, claim)| *claim);
        let entities = entities.into_iter().collect();
        found.push(conflict(ConflictKind::SharedIdentifier, entities, claims, explanation));
    }
}

pub(super) fn several_identifiers(view: &View, facts: &Facts<'_>, found: &mut Vec<Conflict>) {
    for ((entity, scheme), borne) in &facts.borne {
        let values: BTreeSet<&str> = borne.iter().map(|(value, _)| *value).collect();
        if values.len() < 2 {
            continue;
        }
        let values: Vec<&str> = values.into_iter().collect();
        let explanation = format!(
            "{} is said to bear more than one {scheme}: {}",
            view.name(*entity),
            values.join(" and ")
        );
        let claims = borne.iter().map(|(_, claim)| *claim);
        found.push(conflict(ConflictKind::SeveralIdentifiers, vec![*entity], claims, explanation));
    }
}
