//! Who stands for whom, and who bears a name, at a position.

use std::collections::BTreeMap;

use store::Seq;

use super::{ClaimIx, EntityIx, MergeIx, NameRow, State, Stated};
use crate::model::{ClaimStatus, EntityId, EntityKind, NameKey};

impl State {
    /// The entity that stands for this one at a position: itself unless a merge absorbed it.
    pub(crate) fn root(&self, mut entity: EntityIx, seq: Seq) -> EntityIx {
        // Asked at every step of a walk; most stores have no merge at all.
        if self.merges.len() == 0 {
            return entity;
        }
        // Every step goes to another entity, and `decide` only merges roots, so this ends; the
        // bound holds even for a log that some other program wrote.
        for _ in 0..=self.merges.len() {
            match self.standing_merge(entity, seq) {
                Some(merge) => entity = self.merges.row(merge).keep,
                None => break,
            }
        }
        entity
    }

    /// The merge that absorbed this entity and stands at a position.
    pub(crate) fn standing_merge(&self, entity: EntityIx, seq: Seq) -> Option<MergeIx> {
        let absorbed_by = &self.entities.row(entity).absorbed_by;
        absorbed_by.iter().copied().rev().find(|merge| self.merges.row(*merge).stands_at(seq))
    }

    /// Every row that this root stands for at a position, itself first, then in the order of
    /// merging.
    pub(crate) fn group(&self, root: EntityIx, seq: Seq) -> Vec<EntityIx> {
        let mut members = vec![root];
        let mut at = 0;
        while let Some(member) = members.get(at).copied() {
            at += 1;
            for merge in &self.entities.row(member).absorbs {
                let merge = self.merges.row(*merge);
                if merge.stands_at(seq) {
                    let new = merge.absorbed.iter().filter(|a| !members.contains(a));
                    members.extend(new.copied().collect::<Vec<_>>());
                }
            }
        }
        members
    }

    /// Entities of a kind that bear this name now, by declaration or by an accepted alias. Of
    /// merged ones that all bear it the one declared so, else the first: a claim that uses the
    /// name is made of that side, and stays with it if the merge is undone. Sorted by id.
    pub(crate) fn bearers(&self, kind: EntityKind, key: &NameKey) -> Vec<EntityId> {
        let seq = self.seq();
        let mut by_root: BTreeMap<EntityIx, (bool, EntityIx)> = BTreeMap::new();
        for name in self.named(key).filter(|name| self.name_stands(name, seq)) {
            if self.entities.row(name.entity).kind == kind {
                let side = (name.claim.is_some(), name.entity);
                let best = by_root.entry(self.root(name.entity, seq)).or_insert(side);
                *best = side.min(*best);
            }
        }
        let mut bearers: Vec<EntityId> =
            by_root.into_values().map(|(_, side)| self.entities.id(side)).collect();
        bearers.sort_unstable();
        bearers
    }

    /// Whether a name is borne at a position: from its declaration on, or while its alias claim
    /// is accepted.
    pub(crate) fn name_stands(&self, name: &NameRow, seq: Seq) -> bool {
        match name.claim {
            None => self.entities.row(name.entity).declared <= seq,
            Some(claim) => self.claims.status_at(claim, seq) == Some(ClaimStatus::Accepted),
        }
    }

    /// The names that an entity bears now, its declaration's first.
    pub(crate) fn names_of(&self, entity: EntityIx) -> impl Iterator<Item = &str> {
        let seq = self.seq();
        let members = self.group(self.root(entity, seq), seq);
        members.into_iter().flat_map(move |member| {
            let row = self.entities.row(member);
            let standing = move |claim: &ClaimIx| {
                self.claims.status_at(*claim, seq) == Some(ClaimStatus::Accepted)
            };
            let claims = self.claims.about(member).into_iter().filter(standing);
            let aliases = claims.filter_map(|claim| match self.stated(claim) {
                Stated::Alias { text, .. } => Some(text),
                _ => None,
            });
            std::iter::once(&*row.name).chain(aliases)
        })
    }
}
