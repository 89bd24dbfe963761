//! Who is one and who is not: merges, their undoing, and marks.
//!
//! Entities that bear one strong identifier are merged by rule as soon as their claims are recorded,
//! unless they are known to differ. So what a file says of that comes first: marks come before its
//! first claim, wherever they stand, but for those of two that it had merged before; and a merge that
//! it reverses later is made and reversed, for the rule minds that too.

use graph::decide::{Command, Refusal};
use graph::ledger::SubmitError;
use graph::model::{EntityId, MergeId};
use graph::view::{MergeView, View};

use super::{Line, Recorder, Refused, Stop};
use crate::import::survey::Mark;

/// A merge that the file makes.
pub(super) struct Merging {
    pub(super) line: usize,
    /// Its place among the actions.
    pub(super) at: usize,
    pub(super) keep: EntityId,
    pub(super) absorb: Vec<EntityId>,
    pub(super) reason: String,
    pub(super) by: Option<String>,
}

impl<R: Iterator<Item = Line>> Recorder<'_, R> {
    /// Marks that come before the first claim.
    pub(super) async fn mark_first(&mut self) -> Result<(), Stop> {
        for (line, mark) in self.plan.marks.values() {
            if !self.plan.bad.holds(*line) {
                self.mark_distinct(*line, mark).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn mark_distinct(&mut self, line: usize, mark: &Mark) -> Result<(), Stop> {
        let Some((a, b)) = self.entity(mark.a).zip(self.entity(mark.b)) else { return Ok(()) };
        let command = Command::MarkDistinct { a, b, reason: mark.reason.clone() };
        self.submit(Some(line), mark.by.clone(), command).await
    }

    pub(super) async fn merge(&mut self, merging: Merging) -> Result<(), Stop> {
        if !self.plan.endings.undone.contains(&merging.at) {
            let Merging { line, keep, absorb, reason, by, .. } = merging;
            return self.submit(Some(line), by, Command::Merge { keep, absorb, reason }).await;
        }
        if self.was_reversed_before(&merging) {
            return Ok(());
        }
        if let Some(standing) = self.made_by_this_file(&merging).await? {
            self.reversible.insert(merging.at, standing);
            return Ok(());
        }
        let Merging { line, at, keep, absorb, reason, by } = merging;
        let command = Command::Merge { keep, absorb, reason };
        match self.ledger.submit_in_bulk(self.submission(by, command)).await {
            Ok(receipt) => {
                self.imported.events += receipt.events;
                self.imported.decisions += receipt.events;
                self.reversible.extend(receipt.merges.first().map(|merge| (at, *merge)));
            }
            // The ledger knows already what the file comes to.
            Err(SubmitError::Refused(Refusal::KnownDistinct { .. })) => {}
            Err(SubmitError::Refused(refusal)) => {
                self.imported.refused.push(Refused { line: Some(line), refusal });
            }
            Err(error) => return Err(self.stopped(error)),
        }
        Ok(())
    }

    /// Reverses a merge, by its place among the actions, if it was made.
    pub(super) async fn undo_merge(
        &mut self,
        line: usize,
        merge: usize,
        reason: String,
        by: Option<String>,
    ) -> Result<(), Stop> {
        match self.reversible.remove(&merge) {
            Some(merge) => self.submit(Some(line), by, Command::UndoMerge { merge, reason }).await,
            None => Ok(()),
        }
    }

    /// Whether an earlier import made and reversed it, as often as the file does so far.
    fn was_reversed_before(&mut self, merging: &Merging) -> bool {
        let reversed = alike(&self.before, merging).iter().filter(|made| !made.stands).count();
        let key = (merging.keep, merging.absorb.clone());
        let seen = self.reversals.entry(key).or_default();
        *seen += 1;
        *seen <= reversed
    }

    /// The merge, where it stands already: the rule made it meanwhile, or an earlier import of this
    /// file that was cut off. One that somebody else made before is none of this file's business.
    async fn made_by_this_file(&mut self, merging: &Merging) -> Result<Option<MergeId>, Stop> {
        self.ledger.publish_so_far().await.map_err(|error| self.stopped(error))?;
        let stood = alike(&self.before, merging);
        let mut now = alike(&self.ledger.view(), merging);
        now.retain(|made| {
            let is_new = !stood.iter().any(|before| before.id == made.id);
            made.stands && (is_new || made.reason == merging.reason)
        });
        Ok(now.pop().map(|made| made.id))
    }
}

/// Merges of these very entities, or of those that stand for them, in the order of recording.
fn alike(view: &View, merging: &Merging) -> Vec<MergeView> {
    let root = |id: EntityId| view.entity(id).map_or(id, |entity| view.entity_id(entity));
    let roots: Vec<EntityId> = merging.absorb.iter().map(|id| root(*id)).collect();
    let mut found = view.merges_into(merging.keep);
    if root(merging.keep) != merging.keep {
        found.extend(view.merges_into(root(merging.keep)));
    }
    found.retain(|made| made.absorbed == merging.absorb || made.absorbed == roots);
    found
}
