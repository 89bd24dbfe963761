//! Relations as stated, and the petgraph that joins their ends.
//!
//! The graph is an immutable petgraph `DiGraph` that copies of the state share, and the relations
//! recorded since it was built, by entity. When those have grown to a share of the whole, they are
//! folded into a new one, its relations in the order of their source, which petgraph walks two to
//! three times faster than in the order of recording.

use std::sync::Arc;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use super::claims::ClaimIx;
use super::cow::{CowMap, CowVec};
use super::entities::EntityIx;
use crate::model::{RelationId, RelationKey};

/// A relation's row, numbered in the order in which relations were first stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationIx(pub(crate) u32);

#[derive(Debug, Clone)]
pub(crate) struct RelationRow {
    pub(crate) id: RelationId,
    pub(crate) key: RelationKey<EntityIx>,
    /// Claims that state it, in the order of recording.
    pub(crate) claims: Vec<ClaimIx>,
}

/// Recent relations are folded in when they are this many and an eighth of the whole.
const FOLD_MIN: usize = 1024;
const FOLD_SHARE: usize = 8;

#[derive(Debug, Clone, Default)]
struct Recent {
    out: Vec<RelationIx>,
    into: Vec<RelationIx>,
}

#[derive(Clone)]
pub(crate) struct Relations {
    rows: CowVec<RelationRow>,
    by_id: CowMap<RelationId, RelationIx>,
    base: Arc<DiGraph<(), RelationIx>>,
    recent: CowMap<EntityIx, Recent>,
}

impl Relations {
    pub(crate) fn new() -> Self {
        Self {
            rows: CowVec::new(),
            by_id: CowMap::new(),
            base: Arc::new(DiGraph::new()),
            recent: CowMap::new(),
        }
    }

    pub(crate) fn find(&self, id: RelationId) -> Option<RelationIx> {
        self.by_id.get(&id).copied()
    }

    pub(crate) fn row(&self, ix: RelationIx) -> &RelationRow {
        &self.rows[ix.0 as usize]
    }

    pub(crate) fn row_mut(&mut self, ix: RelationIx) -> Option<&mut RelationRow> {
        self.rows.get_mut(ix.0 as usize)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (RelationIx, &RelationRow)> + Clone {
        (0..).map(RelationIx).zip(self.rows.iter())
    }

    /// Relations that start (`Outgoing`) or end (`Incoming`) at an entity's own row, in no
    /// promised order.
    pub(crate) fn at(
        &self,
        entity: EntityIx,
        direction: Direction,
    ) -> impl Iterator<Item = RelationIx> + '_ {
        let node = NodeIndex::new(entity.0 as usize);
        let recent = self.recent.get(&entity).map_or(&[][..], |r| match direction {
            Direction::Outgoing => &r.out,
            Direction::Incoming => &r.into,
        });
        // petgraph answers an unknown node with nothing.
        self.base.edges_directed(node, direction).map(|e| *e.weight()).chain(recent.iter().copied())
    }

    /// Adds a row; `None` when rows are numbered out (2^32).
    pub(crate) fn push(&mut self, row: RelationRow) -> Option<RelationIx> {
        let ix = RelationIx(u32::try_from(self.rows.len()).ok()?);
        self.by_id.insert(row.id, ix);
        self.recent.entry(row.key.source, Recent::default).out.push(ix);
        self.recent.entry(row.key.target, Recent::default).into.push(ix);
        self.rows.push(row);
        let unfolded = self.rows.len() - self.base.edge_count();
        if unfolded >= FOLD_MIN && unfolded * FOLD_SHARE >= self.rows.len() {
            self.fold();
        }
        Some(ix)
    }

    fn fold(&mut self) {
        let mut ends: Vec<(EntityIx, EntityIx, RelationIx)> =
            self.iter().map(|(ix, row)| (row.key.source, row.key.target, ix)).collect();
        ends.sort_unstable();
        let nodes =
            ends.iter().map(|(s, t, _)| s.0.max(t.0) as usize + 1).max().unwrap_or_default();
        let mut base = DiGraph::with_capacity(nodes, ends.len());
        for _ in 0..nodes {
            base.add_node(());
        }
        for (source, target, ix) in ends {
            base.add_edge(NodeIndex::new(source.0 as usize), NodeIndex::new(target.0 as usize), ix);
        }
        self.base = Arc::new(base);
        self.recent = CowMap::new();
    }
}
