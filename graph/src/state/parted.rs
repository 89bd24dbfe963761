//! Who is known to differ, and who was taken apart again.

use super::merges::DistinctRow;
use super::{EntityIx, State};

impl State {
    /// The mark that tells some of these from some of those. Cost: the marks of the former.
    pub(crate) fn known_distinct(&self, a: &[EntityIx], b: &[EntityIx]) -> Option<&DistinctRow> {
        let marks = a.iter().flat_map(|one| {
            let marks = self.merges.distinct_of(*one).filter(|mark| mark.seq <= self.seq());
            marks.map(move |mark| (mark, if mark.a == *one { mark.b } else { mark.a }))
        });
        marks
            .filter(|(_, other)| b.contains(other))
            .map(|(mark, _)| mark)
            .min_by_key(|mark| mark.seq)
    }

    /// Whether a merge that joined one of these with one of those was undone. Cost: the merges of
    /// the former.
    pub(crate) fn were_parted(&self, a: &[EntityIx], b: &[EntityIx]) -> bool {
        a.iter().any(|one| {
            let row = self.entities.row(*one);
            let mut merges = row.absorbed_by.iter().chain(&row.absorbs);
            merges.any(|merge| {
                let merge = self.merges.row(*merge);
                let undone = merge.undone.as_ref().is_some_and(|undone| undone.seq <= self.seq());
                undone && (b.contains(&merge.keep) || merge.absorbed.iter().any(|e| b.contains(e)))
            })
        })
    }
}
