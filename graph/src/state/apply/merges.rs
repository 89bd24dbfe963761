//! Merges, their undoing and marks of two, folded into the state.

use store::Seq;

use super::{Unfit, full};
use crate::model::{EntityId, MergeId};
use crate::state::State;
use crate::state::merges::{DistinctRow, MergeRow, Undone};

impl State {
    pub(super) fn entities_merged(
        &mut self,
        seq: Seq,
        id: MergeId,
        keep: EntityId,
        absorbed: &[EntityId],
        reason: String,
    ) -> Result<(), Unfit> {
        if self.merges.find(id).is_some() {
            return Err("this merge was recorded before".to_owned());
        }
        let keep = self.declared(keep, seq)?;
        let absorbed =
            absorbed.iter().map(|id| self.declared(*id, seq)).collect::<Result<Vec<_>, _>>()?;
        if absorbed.contains(&keep) {
            return Err("an entity cannot absorb itself".to_owned());
        }
        let row =
            MergeRow { id, keep, absorbed: absorbed.clone(), reason, made: seq, undone: None };
        self.merged(row).ok_or_else(full)?;
        for merged in absorbed.into_iter().chain([keep]) {
            self.mark_near_merge(merged);
        }
        self.hash.add(&[b"merge", id.uuid().as_bytes(), &seq.get().to_le_bytes()]);
        Ok(())
    }

    /// Adds a merge, and tells those whom it joins; `None` when rows are numbered out.
    pub(in crate::state) fn merged(&mut self, row: MergeRow) -> Option<()> {
        let (keep, absorbed) = (row.keep, row.absorbed.clone());
        let ix = self.merges.push(row)?;
        for absorbed in absorbed {
            if let Some(row) = self.entities.row_mut(absorbed) {
                row.absorbed_by.push(ix);
            }
        }
        if let Some(row) = self.entities.row_mut(keep) {
            row.absorbs.push(ix);
        }
        Some(())
    }

    pub(super) fn merge_undone(
        &mut self,
        seq: Seq,
        id: MergeId,
        reason: String,
    ) -> Result<(), Unfit> {
        let row = self
            .merges
            .find(id)
            .and_then(|ix| self.merges.row_mut(ix))
            .ok_or_else(|| format!("merge {id} was never recorded"))?;
        if row.undone.is_some() {
            return Err("this merge was undone before".to_owned());
        }
        row.undone = Some(Undone { seq, reason });
        self.hash.add(&[b"undone", id.uuid().as_bytes(), &seq.get().to_le_bytes()]);
        Ok(())
    }

    pub(super) fn marked_distinct(
        &mut self,
        seq: Seq,
        a: EntityId,
        b: EntityId,
        reason: String,
    ) -> Result<(), Unfit> {
        let (a_row, b_row) = (self.declared(a, seq)?, self.declared(b, seq)?);
        let row = DistinctRow { a: a_row, b: b_row, reason, seq };
        self.merges.mark_distinct(row).ok_or_else(full)?;
        self.hash.add(&[
            b"distinct",
            a.uuid().as_bytes(),
            b.uuid().as_bytes(),
            &seq.get().to_le_bytes(),
        ]);
        Ok(())
    }
}
