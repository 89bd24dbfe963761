//! Relations as stated, and how they join their ends.

use petgraph::Direction;
use uuid::Uuid;

use super::claims::ClaimIx;
use super::cow::CowVec;
use super::entities::EntityIx;
use super::interned::Interned;
use super::links::{Around, Base, Layout, Link};
use super::maybe::Maybe;
use super::table::IdTable;
use crate::model::{Predicate, RelationId, RelationKey, ontology};

/// A relation's row, numbered in the order in which relations were first stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationIx(pub(crate) u32);

/// A role word, numbered in the order in which they first came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleWord(pub(super) u32);

/// What makes a relation, as the state keeps it.
pub(crate) type RowKey = RelationKey<EntityIx, RoleWord>;

/// A relation: of fixed size, without memory of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RelationRow {
    source: EntityIx,
    target: EntityIx,
    product: Maybe,
    stage: Maybe,
    role: Maybe,
    /// The first claim that states it.
    pub(crate) first: ClaimIx,
    pub(crate) predicate: Predicate,
}

impl RelationRow {
    pub(super) fn new(key: RowKey, first: ClaimIx) -> Self {
        Self {
            source: key.source,
            target: key.target,
            product: Maybe::of(key.product.map(|product| product.0)),
            stage: Maybe::of(key.stage.map(|stage| stage.0)),
            role: Maybe::of(key.role.map(|role| role.0)),
            first,
            predicate: key.predicate,
        }
    }

    pub(crate) fn ends(&self) -> (EntityIx, EntityIx) {
        (self.source, self.target)
    }

    pub(crate) fn product(&self) -> Option<EntityIx> {
        self.product.get().map(EntityIx)
    }

    pub(crate) fn stage(&self) -> Option<EntityIx> {
        self.stage.get().map(EntityIx)
    }

    pub(crate) fn key(&self) -> RowKey {
        RowKey {
            predicate: self.predicate,
            source: self.source,
            target: self.target,
            product: self.product(),
            stage: self.stage(),
            role: self.role.get().map(RoleWord),
        }
    }

    /// Every entity that it names.
    pub(crate) fn entities(&self) -> impl Iterator<Item = EntityIx> + use<> {
        let named = [Some(self.source), Some(self.target), self.product(), self.stage()];
        named.into_iter().flatten()
    }
}

#[derive(Clone)]
pub(crate) struct Relations {
    rows: CowVec<RelationRow>,
    ids: IdTable,
    roles: Interned<str>,
    pub(super) layout: Layout,
}

impl Relations {
    /// `idle`: nobody will walk them until they are laid out.
    pub(crate) fn new(idle: bool) -> Self {
        Self {
            rows: CowVec::new(),
            ids: IdTable::new(),
            roles: Interned::new(),
            layout: Layout::new(idle),
        }
    }

    /// The same relations with these rows.
    pub(super) fn restore(&mut self, ids: IdTable, rows: CowVec<RelationRow>) {
        (self.ids, self.rows) = (ids, rows);
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = Uuid> {
        self.ids.ids()
    }

    /// Bytes of the layout for walking.
    pub(super) fn links_bytes(&self) -> usize {
        self.layout.bytes()
    }

    /// Bytes of the ids and of the table that finds them.
    pub(super) fn ids_bytes(&self) -> usize {
        self.ids.bytes()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The same as the number that the next row will get.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    /// The row with this id that is as wanted.
    pub(crate) fn find(
        &self,
        id: RelationId,
        wanted: impl Fn(&RelationRow) -> bool,
    ) -> Option<RelationIx> {
        let wanted = |row: u32| wanted(&self.rows[row as usize]);
        self.ids.find(id.uuid(), wanted).map(RelationIx)
    }

    pub(crate) fn row(&self, ix: RelationIx) -> &RelationRow {
        &self.rows[ix.0 as usize]
    }

    pub(crate) fn id(&self, ix: RelationIx) -> RelationId {
        RelationId::from_uuid(self.ids.id(ix.0))
    }

    /// Every relation, in the order in which they were first stated.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (RelationIx, &RelationRow)> + Clone {
        (0..).map(RelationIx).zip(self.rows.iter())
    }

    /// An entity's relations in one direction, laid out for walking.
    pub(crate) fn around(&self, entity: EntityIx, direction: Direction) -> Around<'_> {
        self.layout.around(entity, direction)
    }

    /// The same where the base alone tells how they stand.
    pub(crate) fn settled(&self, entity: EntityIx, direction: Direction) -> Option<&[Link]> {
        self.layout.settled(entity, direction)
    }

    /// How many were first stated by the first so many claims: these are the first rows.
    pub(crate) fn stated_by(&self, claims: usize) -> u32 {
        let is_stated = |row: &RelationRow| (row.first.0 as usize) < claims;
        // The present is asked for most.
        let stated = match self.rows.len().checked_sub(1) {
            Some(last) if !is_stated(&self.rows[last]) => {
                self.rows.partition_point(last, is_stated)
            }
            _ => self.rows.len(),
        };
        u32::try_from(stated).unwrap_or(u32::MAX)
    }

    /// Whether only the rows can tell this entity's relations.
    pub(crate) fn is_near_merge(&self, entity: EntityIx) -> bool {
        self.layout.is_near_merge(entity)
    }

    /// Relations that leave (`Outgoing`) or reach (`Incoming`) an entity's own row, in the order in
    /// which they were first stated; symmetric ones do both.
    pub(crate) fn at(
        &self,
        entity: EntityIx,
        direction: Direction,
    ) -> impl Iterator<Item = RelationIx> + '_ {
        let Around { base, recent, .. } = self.around(entity, direction);
        base.iter().map(|link| link.relation).chain(recent.iter().copied())
    }

    /// Adds a row; `None` when rows are numbered out (2^32 - 1).
    pub(crate) fn push(&mut self, id: RelationId, row: RelationRow) -> Option<RelationIx> {
        let ix = RelationIx(self.ids.push(id.uuid())?);
        let symmetric = ontology::rule(row.predicate).symmetric;
        self.layout.relation_added(ix, row.ends(), symmetric);
        self.rows.push(row);
        Some(ix)
    }

    /// Whether a relation more, and a role word more, would have numbers.
    pub(super) fn has_room(&self) -> bool {
        self.ids.next().is_some() && self.roles.has_room()
    }

    /// The number of a role word; `None` when numbers are out.
    pub(super) fn role_word(&mut self, role: &str) -> Option<RoleWord> {
        self.roles.intern(role, |role| role.into()).map(RoleWord)
    }

    pub(super) fn roles(&self) -> impl Iterator<Item = &str> {
        self.roles.iter().map(|role| &**role)
    }

    /// The standing of a relation's claims is no longer what it was.
    pub(crate) fn changed(&mut self, ix: RelationIx) {
        let ends = self.row(ix).ends();
        self.layout.relation_changed(ix, ends);
    }

    /// From now on this entity's relations are asked of the rows.
    pub(super) fn near_merge(&mut self, entity: EntityIx) {
        self.layout.near_merge(entity);
    }

    pub(super) fn take(&mut self, base: Base) {
        let Self { rows, layout, .. } = self;
        let ends = |ix: RelationIx| rows[ix.0 as usize].ends();
        let later = (base.relations..)
            .zip(base.relations as usize..rows.len())
            .map(|(ix, at)| (RelationIx(ix), ontology::rule(rows[at].predicate).symmetric));
        layout.take(base, later, ends);
    }
}
