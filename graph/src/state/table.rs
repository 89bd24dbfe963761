//! Row numbers by id, and ids by row number. Ids are hashes already, so their own bits are their
//! marks (see `marks`); whether a row is the one meant is told by its id, which the table keeps in
//! the order of rows.

use std::sync::{Arc, OnceLock};

use uuid::Uuid;

use super::cow::CowVec;
use super::marks::Marks;
use super::numbers;

/// Ids of rows, and rows by id. Cost of each operation: constant, amortised.
#[derive(Debug, Clone)]
pub(crate) struct IdTable {
    ids: CowVec<Uuid>,
    /// Made when a row is first looked for, by whichever copy of the table does so: most commands
    /// that start from a snapshot never ask for a claim or a relation by its id.
    marks: Arc<OnceLock<Marks>>,
}

impl IdTable {
    pub(crate) fn new() -> Self {
        Self::of(CowVec::new())
    }

    /// A table of rows with these ids, numbered from 0. The first that is looked for costs two
    /// passes over all, far less than as many insertions.
    pub(crate) fn of(ids: CowVec<Uuid>) -> Self {
        Self { ids, marks: Arc::default() }
    }

    fn marks(&self) -> &Marks {
        self.marks.get_or_init(|| Marks::of(self.ids.iter().copied().map(mark).collect()))
    }

    /// A row with this id that is as wanted; there is one at most, but for what is supposed.
    pub(crate) fn find(&self, id: Uuid, wanted: impl Fn(u32) -> bool) -> Option<u32> {
        self.marks().find(mark(id), |row| self.ids[row as usize] == id && wanted(row))
    }

    /// The id of a row.
    pub(crate) fn id(&self, row: u32) -> Uuid {
        self.ids[row as usize]
    }

    /// Every id, in the order of rows.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Uuid> {
        self.ids.iter().copied()
    }

    /// Adds a row, and gives its number; `None` when rows are numbered out (2^32 - 1).
    pub(crate) fn push(&mut self, id: Uuid) -> Option<u32> {
        let row = self.next()?;
        self.marks();
        if let Some(marks) = Arc::make_mut(&mut self.marks).get_mut() {
            marks.insert(mark(id), row);
        }
        self.ids.push(id);
        Some(row)
    }

    /// The number that the next row will get; `None` when rows are numbered out (2^32 - 1).
    pub(crate) fn next(&self) -> Option<u32> {
        numbers::next(self.ids.len())
    }

    /// Bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.ids.len() * size_of::<Uuid>() + self.marks.get().map_or(0, Marks::bytes)
    }
}

/// Bits of both ends of an id: ids of version 5 are random all over, those of version 7 at the end.
pub(super) fn mark(id: Uuid) -> u32 {
    let [a, b, c, d, .., w, x, y, z] = *id.as_bytes();
    u32::from_be_bytes([a, b, c, d]) ^ u32::from_be_bytes([w, x, y, z])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(n: u32) -> Vec<Uuid> {
        (0..n).map(|i| Uuid::new_v5(&Uuid::NAMESPACE_OID, &i.to_le_bytes())).collect()
    }

    fn find(table: &IdTable, id: Uuid) -> Option<u32> {
        table.find(id, |_| true)
    }

    #[test]
    fn every_row_is_found_and_a_copy_keeps_what_it_had() {
        let ids = ids(20_000);
        let mut table = IdTable::new();
        let mut copies = vec![];
        for (row, id) in (0..).zip(&ids) {
            assert_eq!(find(&table, *id), None);
            assert_eq!(table.push(*id), Some(row));
            if row % 5_000 == 0 {
                copies.push((row, table.clone()));
            }
        }
        for (row, id) in (0..).zip(&ids) {
            assert_eq!((find(&table, *id), table.id(row)), (Some(row), *id));
            for (last, copy) in &copies {
                assert_eq!(find(copy, *id), (row <= *last).then_some(row));
            }
        }
    }

    #[test]
    fn a_table_made_at_once_finds_the_same_and_grows_on() {
        for count in [0, 1, 11, 12, 13, 400, 5_000, 20_000] {
            let ids = ids(count + 500);
            let mut table = IdTable::of(ids.iter().take(count as usize).copied().collect());
            for (row, id) in (0..).zip(&ids).skip(count as usize) {
                assert_eq!(find(&table, *id), None);
                assert_eq!(table.push(*id), Some(row));
            }
            for (row, id) in (0..).zip(&ids) {
                assert_eq!(find(&table, *id), Some(row));
            }
        }
    }

    #[test]
    fn ids_that_share_their_bits_are_told_apart() {
        let ids: Vec<Uuid> = (0..2_000_u128).map(|n| Uuid::from_u128(7 | (n << 40))).collect();
        let (mut table, all) = (IdTable::new(), IdTable::of(ids.iter().copied().collect()));
        ids.iter().for_each(|id| assert!(table.push(*id).is_some()));
        for (row, id) in (0..).zip(&ids) {
            assert_eq!((find(&table, *id), find(&all, *id)), (Some(row), Some(row)));
        }
    }

    #[test]
    fn of_rows_with_one_id_the_wanted_is_found() {
        let mut table = IdTable::new();
        ids(1).into_iter().cycle().take(3).for_each(|id| assert!(table.push(id).is_some()));
        assert_eq!(table.find(ids(1)[0], |row| row == 1), Some(1));
    }
}
