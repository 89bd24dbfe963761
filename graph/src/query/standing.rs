//! Who stands in which stage of which chain, as far as sources say.

use std::collections::BTreeMap;

use petgraph::Direction;

use crate::model::{EntityKind, Predicate};
use crate::state::{EntityIx, RelationIx};
use crate::view::{Lens, PredicateSet, View};

/// A firm in a stage of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) chain: EntityIx,
    pub(super) stage: EntityIx,
    /// What says so.
    pub(super) relations: Vec<RelationIx>,
}

/// What says that someone belongs to a chain, a stage or another.
const TIES: [Predicate; 2] = [Predicate::MemberOf, Predicate::Leads];

/// Whether it says so.
fn ties(view: &View, relation: RelationIx) -> bool {
    TIES.contains(&view.predicate(relation)) && view.is_actual(relation)
}

/// A qualifier of a relation that holds an entity.
pub(super) fn stage_of(view: &View, relation: RelationIx) -> Option<EntityIx> {
    let shown = view.relation(relation)?;
    shown.qualifiers.iter().find(|q| q.key == "stage")?.entity
}

/// A text qualifier of a relation.
pub(super) fn text_of(view: &View, relation: RelationIx, key: &str) -> Option<String> {
    let shown = view.relation(relation)?;
    Some(shown.qualifiers.into_iter().find(|q| q.key == key && q.entity.is_none())?.text)
}

/// The chains that a stage is part of, each with what says so.
pub(super) fn chains_of(view: &View, stage: EntityIx) -> Vec<(EntityIx, RelationIx)> {
    let out = view.relations(stage, Some(Direction::Outgoing)).into_iter();
    out.filter(|ix| view.predicate(*ix) == Predicate::PartOf && view.is_actual(*ix))
        .map(|ix| (view.ends(ix).1, ix))
        .filter(|(whole, _)| view.kind(*whole) == EntityKind::Chain)
        .collect()
}

/// The firms that lead or belong to a chain or another, each with what says so, in the order first
/// stated.
pub(super) fn firms_of(view: &View, whole: EntityIx) -> BTreeMap<EntityIx, Vec<RelationIx>> {
    firms_by(view, whole, |relation| ties(view, relation))
}

fn firms_by(
    view: &View,
    whole: EntityIx,
    says_so: impl Fn(RelationIx) -> bool,
) -> BTreeMap<EntityIx, Vec<RelationIx>> {
    let mut firms: BTreeMap<EntityIx, Vec<RelationIx>> = BTreeMap::new();
    for relation in view.relations(whole, Some(Direction::Incoming)) {
        let (source, target) = view.ends(relation);
        if target == whole && view.kind(source) == EntityKind::Firm && says_so(relation) {
            firms.entry(source).or_default().push(relation);
        }
    }
    firms
}

/// Kinds of places that are made for an industry: who sits there may be of it.
const PLACES: [EntityKind; 3] = [EntityKind::Town, EntityKind::Park, EntityKind::Platform];

/// The firms that lead or belong to what focuses on the chain, such as a cluster, or sit in a town,
/// a park or a platform that does; each with what says so of both. That does not make them firms of
/// the chain: only what they make does.
pub(super) fn firms_about(view: &View, chain: EntityIx) -> BTreeMap<EntityIx, Vec<RelationIx>> {
    let mut firms: BTreeMap<EntityIx, Vec<RelationIx>> = BTreeMap::new();
    for focus in view.relations(chain, Some(Direction::Incoming)) {
        if view.predicate(focus) != Predicate::FocusesOn || !view.is_actual(focus) {
            continue;
        }
        let whole = view.ends(focus).0;
        let sits = |ix| {
            let located = view.predicate(ix) == Predicate::LocatedIn && view.is_actual(ix);
            located && PLACES.contains(&view.kind(whole))
        };
        for (firm, said) in firms_by(view, whole, |ix| ties(view, ix) || sits(ix)) {
            firms.entry(firm).or_default().extend(said.into_iter().chain([focus]));
        }
    }
    firms
}

/// The firms that stand in a stage of a chain. A stage may be part of several chains: then a firm
/// that is tied to the stage counts for those chains to which it is tied itself.
pub(super) fn firms_in(
    view: &View,
    chain: EntityIx,
    stage: EntityIx,
) -> BTreeMap<EntityIx, Vec<RelationIx>> {
    let tied = firms_of(view, chain);
    let mut found: BTreeMap<EntityIx, Vec<RelationIx>> = BTreeMap::new();
    for (firm, relations) in &tied {
        for relation in relations.iter().filter(|ix| stage_of(view, **ix) == Some(stage)) {
            found.entry(*firm).or_default().push(*relation);
        }
    }
    let shared = chains_of(view, stage).iter().any(|(other, _)| *other != chain);
    for (firm, relations) in firms_of(view, stage) {
        if !shared || tied.contains_key(&firm) {
            found.entry(firm).or_default().extend(relations);
        }
    }
    found
}

/// The stages in which a firm stands, by chain.
pub(super) fn standings_of(view: &View, firm: EntityIx) -> Vec<Standing> {
    let mut found: BTreeMap<(EntityIx, EntityIx), Vec<RelationIx>> = BTreeMap::new();
    let lens = Lens::new(view, PredicateSet::of(TIES));
    let tied: Vec<(EntityIx, RelationIx)> = lens.steps(firm, Direction::Outgoing);
    let chains: Vec<EntityIx> = tied.iter().map(|(target, _)| *target).collect();
    for (target, relation) in tied {
        match view.kind(target) {
            EntityKind::Chain => {
                if let Some(stage) = stage_of(view, relation) {
                    found.entry((target, stage)).or_default().push(relation);
                }
            }
            EntityKind::Stage => {
                let of = chains_of(view, target);
                let alone = of.len() == 1;
                for (chain, _) in of.iter().filter(|(chain, _)| alone || chains.contains(chain)) {
                    found.entry((*chain, target)).or_default().push(relation);
                }
            }
            _ => {}
        }
    }
    let standing = |((chain, stage), relations)| Standing { chain, stage, relations };
    found.into_iter().map(standing).collect()
}
