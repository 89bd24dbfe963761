//! One part of the index: some names that follow each other, and where each piece occurs.

use super::folded;
use super::grams::{Probe, Sequel, pieces};
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

    /// Shows the rows that are filed as a probe asks, the shortest names first for each of its
    /// sequels; `see` tells whether longer names matter still.
    ///
    /// Cost: the shortest of the lists, times the logarithm of the others.
    pub(crate) fn each_row(&self, probe: &Probe, mut see: impl FnMut(usize) -> bool) {
        let lists: Vec<&[u32]> = probe.grams.iter().map_while(|gram| self.list(*gram)).collect();
        if lists.len() == probe.grams.len() {
            self.narrowed(&lists, &probe.sequels, &mut see);
        }
    }

    fn narrowed(&self, lists: &[&[u32]], sequels: &[Sequel], see: &mut impl FnMut(usize) -> bool) {
        if sequels.is_empty() {
            return self.shared(lists, see);
        }
        for sequel in sequels {
            if let Some(list) = self.list(sequel.gram) {
                self.narrowed(&[lists, &[list]].concat(), &sequel.sequels, see);
            }
        }
    }

    /// Rows in all of the lists.
    fn shared(&self, lists: &[&[u32]], see: &mut impl FnMut(usize) -> bool) {
        let mut lists = lists.to_vec();
        lists.sort_unstable_by_key(|list| list.len());
        let Some((rarest, others)) = lists.split_first_mut() else { return };
        for rank in *rarest {
            let is_in_all = others.iter_mut().all(|list| {
                *list = &list[list.partition_point(|other| other < rank)..];
                list.first() == Some(rank)
            });
            if is_in_all && !see(self.first + self.rows[*rank as usize] as usize) {
                return;
            }
        }
    }

    /// What is filed under a piece; `None` for nothing.
    fn list(&self, gram: u64) -> Option<&[u32]> {
        let at = self.grams.binary_search(&gram).ok()?;
        let (begin, end) = (self.starts[at] as usize, self.starts[at + 1] as usize);
        self.ranks.get(begin..end)
    }
}
