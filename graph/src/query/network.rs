//! A named network such as 一镇七星: who is known to belong, and what is claimed but not evidenced.

use std::collections::BTreeSet;

use petgraph::Direction;

use super::find;
use super::find::AmbiguousName;
use crate::model::{EntityKind, Predicate, ontology};
use crate::state::{ClaimIx, EntityIx, RelationIx};
use crate::view::View;

/// A network in a view.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// The network.
    pub entity: EntityIx,
    /// What is claimed of its size, by kind.
    pub claimed: Vec<Claimed>,
    /// Who belongs to it, on evidence; by kind, then in the order of recording.
    pub members: Vec<Member>,
    /// Claimed but not evidenced, by kind; kinds without a gap are left out.
    pub vacancies: Vec<Vacancy>,
    /// Relations among its members.
    pub among: Vec<RelationIx>,
}

/// How many members of a kind a network is claimed to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    /// Of which kind.
    pub kind: EntityKind,
    /// How many.
    pub count: u32,
    /// Who says so.
    pub claim: ClaimIx,
}

/// A member of a network, and the relation that makes it one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The member.
    pub entity: EntityIx,
    /// Its membership.
    pub relation: RelationIx,
}

/// Members that are claimed but not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vacancy {
    /// Of which kind.
    pub kind: EntityKind,
    /// How many.
    pub count: u32,
}

impl Network {
    /// How many members it is claimed to have in all; `None` where no source says.
    pub fn claimed_size(&self) -> Option<u32> {
        (!self.claimed.is_empty()).then(|| self.claimed.iter().map(|c| c.count).sum())
    }
}

/// The network of this name. Cost: its members' relations.
///
/// # Errors
/// [`AmbiguousName`] when several networks bear the name.
pub fn network(view: &View, name: &str) -> Result<Option<Network>, AmbiguousName> {
    Ok(find(view, name, Some(EntityKind::Network))?.map(|entity| describe(view, entity)))
}

impl Network {
    /// What is known of an entity of kind NETWORK.
    pub fn of(view: &View, entity: EntityIx) -> Self {
        describe(view, entity)
    }
}

fn describe(view: &View, entity: EntityIx) -> Network {
    let mut members: Vec<Member> = view
        .relations(entity, Some(Direction::Incoming))
        .into_iter()
        .filter(|ix| view.predicate(*ix) == Predicate::MemberOf && view.is_actual(*ix))
        .map(|relation| Member { entity: view.ends(relation).0, relation })
        .collect();
    members.sort_by_key(|m| (view.kind(m.entity), m.relation));
    let mut seen = BTreeSet::new();
    members.retain(|m| seen.insert(m.entity));
    let claimed: Vec<Claimed> = [
        (EntityKind::Town, ontology::METRIC_TOWNS),
        (EntityKind::Platform, ontology::METRIC_PLATFORMS),
    ]
    .into_iter()
    .filter_map(|(kind, metric)| latest_count(view, entity, metric, kind))
    .collect();
    let vacancies = claimed
        .iter()
        .map(|claimed| {
            let known = members.iter().filter(|m| view.kind(m.entity) == claimed.kind).count();
            let known = u32::try_from(known).unwrap_or(u32::MAX);
            Vacancy { kind: claimed.kind, count: claimed.count.saturating_sub(known) }
        })
        .filter(|vacancy| vacancy.count > 0)
        .collect();
    let inside: Vec<EntityIx> = members.iter().map(|m| m.entity).collect();
    let mut among: Vec<RelationIx> = inside
        .iter()
        .flat_map(|m| view.relations(*m, Some(Direction::Outgoing)))
        .filter(|ix| inside.contains(&view.ends(*ix).1) && inside.contains(&view.ends(*ix).0))
        .collect();
    among.sort_unstable();
    among.dedup();
    Network { entity, claimed, members, vacancies, among }
}

/// The figure recorded last: a later source knows the network as it is then.
fn latest_count(view: &View, entity: EntityIx, metric: &str, kind: EntityKind) -> Option<Claimed> {
    let figures = view.observations(entity).into_iter().filter(|o| o.figure.metric == metric);
    let latest = figures.max_by_key(|o| o.claim)?;
    let whole = latest.figure.value.round().clamp(0.0, f64::from(u32::MAX));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to u32 above"
    )]
    Some(Claimed { kind, count: whole as u32, claim: latest.claim })
}
