//! Merges as a view shows them.

use super::View;
use crate::model::{EntityId, MergeId};

/// A merge in which an entity absorbed others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeView {
    /// What undoes it.
    pub id: MergeId,
    /// Whom it absorbed, as they were named then.
    pub absorbed: Vec<EntityId>,
    /// Why.
    pub reason: String,
    /// Whether it was not undone by this view's position.
    pub stands: bool,
}

impl View {
    /// Merges in which this very entity absorbed others, undone ones included, in the order of
    /// recording.
    pub fn merges_into(&self, keep: EntityId) -> Vec<MergeView> {
        let Some(keep) = self.state().entity_ix(keep) else { return Vec::new() };
        let merges = &self.state().merges;
        let rows = self.state().entities.row(keep).absorbs.iter().map(|ix| merges.row(*ix));
        let made = rows.filter(|row| row.made <= self.seq);
        let shown = made.map(|row| MergeView {
            id: row.id,
            absorbed: row.absorbed.iter().map(|e| self.entity_id(*e)).collect(),
            reason: row.reason.clone(),
            stands: row.stands_at(self.seq),
        });
        shown.collect()
    }

    /// The entity that stayed in a merge, and those that it absorbed.
    pub(crate) fn parties(&self, merge: MergeId) -> Option<(EntityId, Vec<EntityId>)> {
        let merges = &self.state().merges;
        let row = merges.row(merges.find(merge)?);
        let absorbed = row.absorbed.iter().map(|e| self.entity_id(*e)).collect();
        Some((self.entity_id(row.keep), absorbed))
    }
}
