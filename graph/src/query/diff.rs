//! What differs between two views: what came, what went, what changed and in which respect.

use std::collections::BTreeSet;

use super::{Budget, Meter, Truncation};
use crate::state::{ClaimIx, EntityIx, RelationIx, Stated};
use crate::view::{ObservationView, RelationView, View};

/// How something differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Only the other view has it.
    Came,
    /// The other view no longer has it.
    Went,
    /// Both have it, not alike.
    Changed,
}

/// An entity that came, went or changed. One that was merged into another went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityChange {
    /// How it differs.
    pub change: Change,
    /// Which; of the first view where it went, else of the other.
    pub entity: EntityIx,
    /// What changed: `name`, `aliases`, `roles`, `identifiers`, `summary`. Empty unless it changed.
    pub what: Vec<&'static str>,
}

/// A relation that came, went or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationChange {
    /// How it differs.
    pub change: Change,
    /// Which; of the first view where it went, else of the other.
    pub relation: RelationIx,
    /// What changed: `source`, `target`, `qualifiers`, `validity`, `modality`, `confidence`,
    /// `claims`. Empty unless it changed.
    pub what: Vec<&'static str>,
}

/// A figure that came, went, or is now about another entity because of a merge.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservationChange {
    /// How it differs.
    pub change: Change,
    /// The figure and its claim; of the first view where it went, else of the other.
    pub observation: ObservationView,
}

/// What differs between two views. Each list in the order of recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// Entities.
    pub entities: Vec<EntityChange>,
    /// Relations.
    pub relations: Vec<RelationChange>,
    /// Figures.
    pub observations: Vec<ObservationChange>,
    /// What cut it: each list holds `limit` at most.
    pub truncated: Option<Truncation>,
}

/// Compares two views of one log: what must happen to `from` to make it `to`.
///
/// An entity is the same under the id that stands for it; a relation is the same by the row first
/// stated, so one that a merge joined to an older one went. A qualifier's or end's other name is a
/// change of that entity, not of the relation. The deadline of the budget bounds it.
/// Cost: one pass over both views.
pub fn diff(from: &View, to: &View, limit: usize, budget: &Budget) -> Diff {
    let mut found = Diff::nothing();
    let cut = found.fill(from, to, &mut budget.meter()).err();
    found.cut_to(limit, cut)
}

/// Two views that differ in the standing of some claims alone: what can differ follows from those.
/// Cost: the relations and entities that the claims are about.
pub(super) fn diff_by_claims(
    from: &View,
    to: &View,
    claims: &BTreeSet<ClaimIx>,
    limit: usize,
    budget: &Budget,
) -> Diff {
    let mut found = Diff::nothing();
    let cut = found.fill_by_claims(from, to, claims, &mut budget.meter()).err();
    found.cut_to(limit, cut)
}

impl Diff {
    fn nothing() -> Self {
        Self { entities: vec![], relations: vec![], observations: vec![], truncated: None }
    }

    fn cut_to(mut self, limit: usize, cut: Option<Truncation>) -> Self {
        let cuts = [
            Truncation::to_limit(&mut self.entities, limit),
            Truncation::to_limit(&mut self.relations, limit),
            Truncation::to_limit(&mut self.observations, limit),
        ];
        let over = cuts.into_iter().flatten().reduce(|a, b| Truncation {
            remaining: a.remaining.zip(b.remaining).map(|(a, b)| a.saturating_add(b)),
            ..a
        });
        Self { truncated: cut.or(over), ..self }
    }

    fn fill(&mut self, from: &View, to: &View, meter: &mut Meter<'_>) -> Result<(), Truncation> {
        for (entity, there) in paired(from.entities(), to.entities()) {
            meter.pass()?;
            self.compare_entity(from, to, entity, there);
        }
        for (relation, there) in paired(from.all_relations(), to.all_relations()) {
            meter.pass()?;
            self.compare_relation(from, to, relation, there);
        }
        for (claim, there) in paired(from.claims(), to.claims()) {
            meter.pass()?;
            self.compare_figure(from, to, claim, there);
        }
        Ok(())
    }

    fn fill_by_claims(
        &mut self,
        from: &View,
        to: &View,
        claims: &BTreeSet<ClaimIx>,
        meter: &mut Meter<'_>,
    ) -> Result<(), Truncation> {
        let recorded = || claims.iter().copied().filter(|claim| from.has_recorded(*claim));
        let (mut entities, mut relations) = (BTreeSet::new(), BTreeSet::new());
        for claim in recorded() {
            meter.pass()?;
            entities.insert(from.root(from.claim_said(claim).statement.subject()));
            relations.extend(from.relation_of_claim(claim));
        }
        for entity in entities {
            meter.pass()?;
            self.compare_entity(from, to, entity, There::BOTH);
        }
        for relation in relations {
            meter.pass()?;
            self.compare_relation(from, to, relation, There::BOTH);
        }
        recorded().for_each(|claim| self.compare_figure(from, to, claim, There::BOTH));
        Ok(())
    }

    fn compare_entity(&mut self, from: &View, to: &View, entity: EntityIx, there: There) {
        let what = if there == There::BOTH { entity_changes(from, to, entity) } else { vec![] };
        if let Some(change) = there.change(!what.is_empty()) {
            self.entities.push(EntityChange { change, entity, what });
        }
    }

    /// `there`: which view may have it; an older one may not know the row at all.
    fn compare_relation(&mut self, from: &View, to: &View, relation: RelationIx, there: There) {
        let before = there.from.then(|| from.relation(relation)).flatten();
        let after = there.to.then(|| to.relation(relation)).flatten();
        let there = There { from: before.is_some(), to: after.is_some() };
        let both = before.zip(after);
        let what = both.map(|(before, after)| relation_changes(&before, &after));
        let what = what.unwrap_or_default();
        if let Some(change) = there.change(!what.is_empty()) {
            self.relations.push(RelationChange { change, relation, what });
        }
    }

    /// `there`: which view knows the claim.
    fn compare_figure(&mut self, from: &View, to: &View, claim: ClaimIx, there: There) {
        let stands = |view: &View, knows: bool| knows && view.stands(claim);
        let there = There { from: stands(from, there.from), to: stands(to, there.to) };
        let before = there.from.then(|| figure(from, claim)).flatten();
        let after = there.to.then(|| figure(to, claim)).flatten();
        let change = there.change(before != after);
        let shown = if there.to { after } else { before };
        if let Some((change, observation)) = change.zip(shown) {
            self.observations.push(ObservationChange { change, observation });
        }
    }
}

/// Which of the two views has something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct There {
    from: bool,
    to: bool,
}

impl There {
    const BOTH: There = There { from: true, to: true };

    fn change(self, differs: bool) -> Option<Change> {
        match (self.from, self.to) {
            (false, true) => Some(Change::Came),
            (true, false) => Some(Change::Went),
            _ => differs.then_some(Change::Changed),
        }
    }
}

/// What either view has, in order. Both must tell theirs in order.
fn paired<T: Ord + Copy>(
    from: impl Iterator<Item = T>,
    to: impl Iterator<Item = T>,
) -> impl Iterator<Item = (T, There)> {
    let (mut from, mut to) = (from.peekable(), to.peekable());
    std::iter::from_fn(move || {
        let next = match (from.peek(), to.peek()) {
            (Some(one), Some(other)) => *one.min(other),
            (one, other) => *one.or(other)?,
        };
        let (from, to) = (from.next_if_eq(&next).is_some(), to.next_if_eq(&next).is_some());
        Some((next, There { from, to }))
    })
}

fn entity_changes(from: &View, to: &View, entity: EntityIx) -> Vec<&'static str> {
    let differs = [
        ("name", from.name(entity) != to.name(entity)),
        ("aliases", from.aliases(entity) != to.aliases(entity)),
        ("roles", from.roles(entity) != to.roles(entity)),
        ("identifiers", from.identifiers(entity) != to.identifiers(entity)),
        ("summary", from.summary(entity) != to.summary(entity)),
    ];
    named(&differs)
}

fn relation_changes(from: &RelationView, to: &RelationView) -> Vec<&'static str> {
    let narrowed = |shown: &RelationView| -> Vec<_> {
        let all = shown.qualifiers.iter();
        all.map(|q| (q.key, q.entity, q.entity.is_none().then(|| q.text.clone()))).collect()
    };
    let differs = [
        ("source", from.source != to.source),
        ("target", from.target != to.target),
        ("qualifiers", narrowed(from) != narrowed(to)),
        ("validity", from.validity != to.validity),
        ("modality", from.modality != to.modality),
        ("confidence", from.confidence != to.confidence),
        ("claims", from.claims != to.claims),
    ];
    named(&differs)
}

fn named(differs: &[(&'static str, bool)]) -> Vec<&'static str> {
    differs.iter().filter(|(_, differs)| *differs).map(|(what, _)| *what).collect()
}

/// The figure that a claim states; its subject as the view knows it.
fn figure(view: &View, claim: ClaimIx) -> Option<ObservationView> {
    match view.claim_said(claim).statement {
        Stated::Observation(figure) => {
            let mut figure = figure.clone();
            figure.subject = view.root(figure.subject);
            Some(ObservationView { figure, claim })
        }
        _ => None,
    }
}
