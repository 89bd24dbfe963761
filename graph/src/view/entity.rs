//! Entities as a view shows them: merged ones as one, names and roles as their claims stand.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::View;
use crate::model::form::is_full_name;
use crate::model::{
    ClaimStatus, EntityId, EntityKind, Identifier, NameKey, Role, RoleBasis, Validity,
};
use crate::state::{ClaimIx, EntityIx, Stated};

/// A role that a firm holds in a view, with the claims that say so.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldRole {
    /// Which role.
    pub role: Role,
    /// By an authority, or by a writer.
    pub basis: RoleBasis,
    /// When it held, as stated by the first of its claims.
    pub validity: Validity,
    /// Who says so, in the order of recording.
    pub claims: Vec<ClaimIx>,
}

/// A name that is borne in a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameHit<'a> {
    /// Who bears it.
    pub entity: EntityIx,
    /// The name as written.
    pub text: &'a Arc<str>,
    /// The form in which it is compared.
    pub key: &'a NameKey,
    /// Whether an alias claim gave it, rather than the declaration.
    pub is_alias: bool,
}

impl View {
    /// The entity with this id, or the one that it was merged into.
    pub fn entity(&self, id: EntityId) -> Option<EntityIx> {
        let ix = self.state().entity_ix(id)?;
        (self.state().entities.row(ix).declared <= self.seq).then(|| self.root(ix))
    }

    /// The name under which an entity was first declared, whatever it was merged into since.
    pub(crate) fn declared_name(&self, id: EntityId) -> Option<&str> {
        Some(&*self.state().entities.row(self.state().entity_ix(id)?).name)
    }

    /// Entities that bear exactly this name, by declaration or by an accepted alias, in the order
    /// of declaration.
    pub fn entities_named(&self, name: &str) -> Vec<EntityIx> {
        let key = NameKey::of(name);
        let mut found: Vec<EntityIx> = self
            .state()
            .named(&key)
            .filter(|row| self.state().name_stands(row, self.seq))
            .map(|row| self.root(row.entity))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Every entity, merged ones once, in the order of declaration.
    pub fn entities(&self) -> impl Iterator<Item = EntityIx> + '_ {
        let declared = self.state().entities_by(self.seq).map(|(ix, _)| ix);
        declared.filter(|ix| self.root(*ix) == *ix)
    }

    /// Every name that is borne, in the order of recording.
    pub fn names(&self) -> impl Iterator<Item = NameHit<'_>> + '_ {
        self.state().names.iter().filter(|row| self.state().name_stands(row, self.seq)).map(|row| {
            NameHit {
                entity: self.root(row.entity),
                text: &row.text,
                key: &row.key,
                is_alias: row.claim.is_some(),
            }
        })
    }

    /// Pairs that were marked as distinct by this view's position, as it knows them: whoever was
    /// merged meanwhile stands for all of its own. The one declared first comes first.
    pub fn marked_distinct(&self) -> impl Iterator<Item = (EntityIx, EntityIx)> + '_ {
        let marked = self.state().merges.distinct().filter(|row| row.seq <= self.seq);
        marked.map(|row| {
            let (a, b) = (self.root(row.a), self.root(row.b));
            (a.min(b), a.max(b))
        })
    }

    /// Its id.
    pub fn entity_id(&self, entity: EntityIx) -> EntityId {
        self.state().entities.id(entity)
    }

    /// Its kind.
    pub fn kind(&self, entity: EntityIx) -> EntityKind {
        self.state().entities.row(entity).kind
    }

    /// Its preferred name: a firm's registered full name where one is known, else the name of its
    /// declaration.
    pub fn name(&self, entity: EntityIx) -> Arc<str> {
        let declared = &self.state().entities.row(entity).name;
        if self.kind(entity) != EntityKind::Firm || is_full_name(declared) {
            return Arc::clone(declared);
        }
        let full = self.every_name(entity).into_iter().find(|name| is_full_name(name));
        full.unwrap_or_else(|| Arc::clone(declared))
    }

    /// Its other names, in the order of recording, each once.
    pub fn aliases(&self, entity: EntityIx) -> Vec<Arc<str>> {
        let mut seen = vec![NameKey::of(&self.name(entity))];
        let mut aliases = self.every_name(entity);
        aliases.retain(|name| {
            let key = NameKey::of(name);
            let new = !seen.contains(&key);
            seen.push(key);
            new
        });
        aliases
    }

    fn every_name(&self, entity: EntityIx) -> Vec<Arc<str>> {
        let mut names = Vec::new();
        for member in self.members(entity) {
            let row = self.state().entities.row(member);
            if row.declared <= self.seq {
                names.push(Arc::clone(&row.name));
            }
            let standing =
                self.state().claims.about(member).into_iter().filter(|c| self.stands(*c));
            names.extend(standing.filter_map(|claim| match self.state().stated(claim) {
                Stated::Alias { text, .. } => Some(text.into()),
                _ => None,
            }));
        }
        names
    }

    /// Roles that it holds, by the order of [`Role`], designated before described.
    pub fn roles(&self, entity: EntityIx) -> Vec<HeldRole> {
        let mut held: BTreeMap<(Role, RoleBasis), HeldRole> = BTreeMap::new();
        for claim in self.claims_about(entity).filter(|c| self.holds_by(*c)) {
            if let Stated::Role(r) = self.state().stated(claim) {
                let new = || HeldRole {
                    role: r.role,
                    basis: r.basis,
                    validity: r.validity,
                    claims: vec![],
                };
                held.entry((r.role, r.basis)).or_insert_with(new).claims.push(claim);
            }
        }
        held.into_values().collect()
    }

    /// Its identifiers, sorted, each once.
    pub fn identifiers(&self, entity: EntityIx) -> Vec<Identifier> {
        let mut found: Vec<Identifier> = self
            .claims_about(entity)
            .filter(|c| self.stands(*c))
            .filter_map(|c| match self.state().stated(c) {
                Stated::Identifier { identifier, .. } => Some(identifier.clone()),
                _ => None,
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Its latest accepted summary.
    pub fn summary(&self, entity: EntityIx) -> Option<&str> {
        let newest =
            self.claims_about(entity).filter(|c| self.stands(*c)).filter_map(|c| {
                match self.state().stated(c) {
                    Stated::Summary { text, .. } => Some((c, text)),
                    _ => None,
                }
            });
        newest.max_by_key(|(c, _)| *c).map(|(_, text)| text)
    }

    /// Claims whose subject it is, whatever their status, in the order of recording.
    pub fn claims_about(&self, entity: EntityIx) -> impl Iterator<Item = ClaimIx> + '_ {
        let mut claims: Vec<ClaimIx> = Vec::new();
        let members = self.members(entity);
        for member in &members {
            claims.extend(self.state().claims.about(*member));
        }
        if members.len() > 1 {
            claims.sort_unstable();
        }
        let seq = self.seq;
        claims.into_iter().filter(move |c| self.state().claims.row(*c).seq <= seq)
    }

    /// Ids of every row that this entity stands for: under all of them the log knows it.
    pub fn ids_of(&self, entity: EntityIx) -> Vec<EntityId> {
        self.members(entity).into_iter().map(|m| self.entity_id(m)).collect()
    }

    pub(crate) fn root(&self, entity: EntityIx) -> EntityIx {
        self.state().root(entity, self.seq)
    }

    pub(crate) fn members(&self, root: EntityIx) -> Vec<EntityIx> {
        self.state().group(root, self.seq)
    }

    /// Whether a claim is accepted in this view.
    pub(crate) fn stands(&self, claim: ClaimIx) -> bool {
        self.state().claims.status_at(claim, self.seq) == Some(ClaimStatus::Accepted)
    }

    /// Whether a claim is accepted, and what it states may have held on this view's day.
    pub(crate) fn holds_by(&self, claim: ClaimIx) -> bool {
        if !self.stands(claim) {
            return false;
        }
        let Some(day) = self.valid_on else { return true };
        self.state().validity(claim).may_hold_on(day, self.state().evidenced_on(claim))
    }
}
