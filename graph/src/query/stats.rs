//! How much is known.

use std::collections::BTreeMap;

use crate::model::{EntityKind, Predicate};
use crate::view::View;

/// Counts of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Entities, merged ones once.
    pub entities: u64,
    /// Relations that hold.
    pub relations: u64,
    /// Claims recorded, whatever their status.
    pub claims: u64,
    /// Documents recorded.
    pub documents: u64,
    /// Entities by kind, kinds without any left out.
    pub by_kind: BTreeMap<EntityKind, u64>,
    /// Relations by predicate, predicates without any left out.
    pub by_predicate: BTreeMap<Predicate, u64>,
}

/// Counts everything. Cost: one pass over the view.
pub fn stats(view: &View) -> Stats {
    let mut by_kind = BTreeMap::new();
    for entity in view.entities() {
        *by_kind.entry(view.kind(entity)).or_default() += 1;
    }
    let mut by_predicate = BTreeMap::new();
    for relation in view.all_relations() {
        *by_predicate.entry(view.predicate(relation)).or_default() += 1;
    }
    Stats {
        entities: by_kind.values().sum(),
        relations: by_predicate.values().sum(),
        claims: view.claims().map(|_| 1).sum(),
        documents: view.documents().map(|_| 1).sum(),
        by_kind,
        by_predicate,
    }
}
