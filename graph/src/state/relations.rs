//! Relations as stated, and how they join their ends.

use petgraph::Direction;

use super::claims::ClaimIx;
use super::cow::CowVec;
use super::entities::EntityIx;
use super::few::Few;
use super::links::{Around, Base, Layout};
use super::table::IdTable;
use crate::model::{RelationId, RelationKey, ontology};

/// A relation's row, numbered in the order in which relations were first stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationIx(pub(crate) u32);

#[derive(Debug, Clone)]
pub(crate) struct RelationRow {
    pub(crate) id: RelationId,
    pub(crate) key: RelationKey<EntityIx>,
    /// Claims that state it, in the order of recording.
    pub(crate) claims: Few<ClaimIx>,
}

#[derive(Clone)]
pub(crate) struct Relations {
    rows: CowVec<RelationRow>,
    by_id: IdTable,
    pub(super) layout: Layout,
}

impl Relations {
    /// `idle`: nobody will walk them until they are laid out.
    pub(crate) fn new(idle: bool) -> Self {
        Self { rows: CowVec::new(), by_id: IdTable::new(), layout: Layout::new(idle) }
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
        let is = |row: &RelationRow| row.id == id && wanted(row);
        self.by_id.find(id.uuid(), |row| is(&self.rows[row as usize])).map(RelationIx)
    }

    pub(crate) fn row(&self, ix: RelationIx) -> &RelationRow {
        &self.rows[ix.0 as usize]
    }

    /// Every relation, in the order in which they were first stated.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (RelationIx, &RelationRow)> + Clone {
        (0..).map(RelationIx).zip(self.rows.iter())
    }

    /// An entity's relations in one direction, laid out for walking.
    pub(crate) fn around(&self, entity: EntityIx, direction: Direction) -> Around<'_> {
        self.layout.around(entity, direction)
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
    pub(crate) fn push(&mut self, row: RelationRow) -> Option<RelationIx> {
        let ix = RelationIx(u32::try_from(self.rows.len()).ok().filter(|ix| *ix != u32::MAX)?);
        self.by_id.insert(row.id.uuid(), ix.0);
        let symmetric = ontology::rule(row.key.predicate).symmetric;
        self.layout.relation_added(ix, (row.key.source, row.key.target), symmetric);
        self.rows.push(row);
        Some(ix)
    }

    /// Adds a claim that states a relation.
    pub(crate) fn claimed(&mut self, ix: RelationIx, claim: ClaimIx) {
        let Some(row) = self.rows.get_mut(ix.0 as usize) else { return };
        let is_new = row.claims.as_slice().is_empty();
        row.claims.push(claim);
        if !is_new {
            self.changed(ix);
        }
    }

    /// The standing of a relation's claims is no longer what it was.
    pub(crate) fn changed(&mut self, ix: RelationIx) {
        let ends = self.ends(ix);
        self.layout.relation_changed(ix, ends);
    }

    pub(super) fn entity_added(&mut self) {
        self.layout.entity_added();
    }

    /// From now on this entity's relations are asked of the rows.
    pub(super) fn near_merge(&mut self, entity: EntityIx) {
        self.layout.near_merge(entity);
    }

    pub(super) fn take(&mut self, base: Base) {
        let Self { rows, layout, .. } = self;
        let ends = |ix: RelationIx| {
            let key = &rows[ix.0 as usize].key;
            (key.source, key.target)
        };
        let later = (base.relations..)
            .zip(base.relations as usize..rows.len())
            .map(|(ix, at)| (RelationIx(ix), ontology::rule(rows[at].key.predicate).symmetric));
        layout.take(base, later, ends);
    }

    fn ends(&self, ix: RelationIx) -> (EntityIx, EntityIx) {
        let key = &self.row(ix).key;
        (key.source, key.target)
    }
}
