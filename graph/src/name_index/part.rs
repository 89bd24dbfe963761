//! One part of the index: some names that follow each other, and where each piece occurs.

use super::folded;
use super::grams::pieces;
use crate::state::{NameRow, Names};

/// An inverted list over a range of name rows. Lists are ordered by the length of the name, then by
/// row, which is the order in which equally good hits are told.
#[derive(Debug)]
pub(crate) struct Part {
    first: usize,
    /// Rows by rank, as offsets from the first.
    rows: Box<[u32]>,
    /// Distinct pieces, ascending.
    grams: Box<[u64]>,
    /// Where each piece's list begins in `ranks`; one more at the end.
    starts: Box<[u32]>,
    ranks: Box<[u32]>,
}

impl Part {
    /// Indexes at most so many names from a row on; fewer than 2^32 / 1,000 of them.
    pub(super) fn build(names: &Names, first: usize, count: usize) -> Self {
        let mut named: Vec<(u32, &NameRow)> =
            (0_u32..).zip(names.iter_from(first).take(count)).collect();
        named.sort_by_cached_key(|(offset, row)| (row.key.as_str().chars().count(), *offset));
        let mut filed: Vec<(u64, u32)> = Vec::new();
        let mut own = Vec::new();
        for (rank, (_, row)) in (0_u32..).zip(&named) {
            pieces(&folded(row.key.as_str()), &mut own);
            own.sort_unstable();
            own.dedup();
            filed.extend(own.drain(..).map(|gram| (gram, rank)));
        }
        filed.sort_unstable();
        let mut grams = Vec::new();
        let mut starts = Vec::new();
        for (at, (gram, _)) in (0_u32..).zip(&filed) {
            if grams.last() != Some(gram) {
                grams.push(*gram);
                starts.push(at);
            }
        }
        starts.push(u32::try_from(filed.len()).unwrap_or(u32::MAX));
        Self {
            first,
            rows: named.into_iter().map(|(offset, _)| offset).collect(),
            grams: grams.into(),
            starts: starts.into(),
            ranks: filed.into_iter().map(|(_, rank)| rank).collect(),
        }
    }

    pub(crate) fn first(&self) -> usize {
        self.first
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Rows that may be filed under all of these pieces, the shortest names first.
    pub(crate) fn rows_under(&self, grams: &[u64]) -> impl Iterator<Item = usize> + '_ {
        let lists = grams.iter().map(|gram| self.list(*gram));
        let rarest = lists.min_by_key(|list| list.len()).unwrap_or_default();
        rarest.iter().map(|rank| self.first + self.rows[*rank as usize] as usize)
    }

    fn list(&self, gram: u64) -> &[u32] {
        let Ok(at) = self.grams.binary_search(&gram) else { return &[] };
        let (begin, end) = (self.starts[at] as usize, self.starts[at + 1] as usize);
        self.ranks.get(begin..end).unwrap_or_default()
    }
}
