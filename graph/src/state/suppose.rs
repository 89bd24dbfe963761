//! What a copy of the state may suppose without a log that says so. The hash stays that of the log.

use store::Seq;

use super::State;
use super::claims::{ClaimIx, StatusChange};
use crate::model::ClaimStatus;

impl State {
    /// As if a claim that was recorded by a position had been retracted there, after all that was
    /// said of it by then.
    pub(crate) fn suppose_retracted(&mut self, claim: ClaimIx, seq: Seq, by: &str) {
        let Some(row) = self.claims.row_mut(claim) else { return };
        let status = ClaimStatus::Retracted;
        let at = row.changes.partition_point(|change| change.seq <= seq);
        row.changes.insert(at, StatusChange { seq, status, by: by.into(), note: None });
        if let Some(relation) = row.relation {
            self.relations.changed(relation);
        }
    }
}
