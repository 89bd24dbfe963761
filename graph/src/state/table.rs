//! Row numbers by id: a hash table that grows page by page.
//!
//! Extendible hashing (Fagin et al. 1979): a directory of pages, where a full page is split in
//! two, so that no insertion ever moves more than one page and a copy of the table shares all
//! pages but those that are written afterwards. Ids are hashes already, so their own bits say
//! where they stand. A slot holds 32 of those bits and a row number; whether the row is the one
//! meant is asked of the row, which keeps its id anyway.

use std::sync::Arc;

use uuid::Uuid;

/// A page is split beyond this size: small enough to copy in a microsecond.
const SLOTS_MAX: usize = 512;

/// A page starts with so many slots.
const SLOTS_MIN: usize = 16;

/// The directory never has more than 2^22 entries. Beyond that, and where many ids share the same
/// bits, pages grow instead.
const DEPTH_MAX: u32 = 22;

/// Marks a slot that is free. No row has this number.
const FREE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct Slot {
    mark: u32,
    row: u32,
}

#[derive(Debug, Clone)]
struct Page {
    /// How many leading bits its marks share.
    depth: u32,
    used: usize,
    slots: Vec<Slot>,
}

/// Finds rows by id. Cost of each operation: constant, amortised.
#[derive(Debug, Clone)]
pub(crate) struct IdTable {
    depth: u32,
    directory: Arc<Vec<u32>>,
    pages: Vec<Arc<Page>>,
}

impl IdTable {
    pub(crate) fn new() -> Self {
        Self { depth: 0, directory: Arc::new(vec![0]), pages: vec![Arc::new(Page::new(0))] }
    }

    /// The row with this id; `is` tells whether a row has it.
    pub(crate) fn find(&self, id: Uuid, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mark = mark(id);
        self.pages[self.page_of(mark)].find(mark, is)
    }

    /// Every row that may have this id, in no order that means anything: all that were added under
    /// it, and by chance others.
    pub(crate) fn rows(&self, id: Uuid) -> impl Iterator<Item = u32> {
        let mark = mark(id);
        self.pages[self.page_of(mark)].rows(mark)
    }

    /// Adds a row under an id. Several rows of one id are for [`IdTable::rows`] only.
    pub(crate) fn insert(&mut self, id: Uuid, row: u32) {
        let mark = mark(id);
        while self.pages[self.page_of(mark)].is_full() {
            self.make_room(mark);
        }
        let page = self.page_of(mark);
        Arc::make_mut(&mut self.pages[page]).put(Slot { mark, row });
    }

    fn page_of(&self, mark: u32) -> usize {
        self.directory[leading(mark, self.depth)] as usize
    }

    fn make_room(&mut self, mark: u32) {
        let at = self.page_of(mark);
        let page = &self.pages[at];
        let splits = page.slots.len() >= SLOTS_MAX && page.depth < DEPTH_MAX && !page.is_alike();
        match u32::try_from(self.pages.len()) {
            Ok(new) if splits => self.split(mark, at, new),
            _ => Arc::make_mut(&mut self.pages[at]).grow(),
        }
    }

    fn split(&mut self, mark: u32, at: usize, new: u32) {
        let depth = self.pages[at].depth + 1;
        if depth > self.depth {
            self.depth = depth;
            self.directory = Arc::new(self.directory.iter().flat_map(|page| [*page; 2]).collect());
        }
        let (mut low, mut high) = (Page::new(depth), Page::new(depth));
        for slot in self.pages[at].slots.iter().filter(|slot| slot.row != FREE) {
            let half = if leading(slot.mark, depth) & 1 == 0 { &mut low } else { &mut high };
            if half.is_full() {
                half.grow();
            }
            half.put(*slot);
        }
        self.pages[at] = Arc::new(low);
        self.pages.push(Arc::new(high));
        // The entries of the upper half of what the page stood for.
        let width = 1_usize << (self.depth - depth);
        let first = (leading(mark, depth) | 1) * width;
        Arc::make_mut(&mut self.directory)[first..first + width].fill(new);
    }
}

impl Page {
    fn new(depth: u32) -> Self {
        Self { depth, used: 0, slots: vec![Slot { mark: 0, row: FREE }; SLOTS_MIN] }
    }

    fn is_full(&self) -> bool {
        self.used * 4 >= self.slots.len() * 3
    }

    /// Whether all its marks are one, which no split would part.
    fn is_alike(&self) -> bool {
        let mut marks = self.slots.iter().filter(|slot| slot.row != FREE).map(|slot| slot.mark);
        marks.next().is_none_or(|first| marks.all(|mark| mark == first))
    }

    fn find(&self, mark: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut at = mark as usize & mask;
        // A page is never full, so a free slot ends this.
        loop {
            let slot = self.slots[at];
            if slot.row == FREE {
                return None;
            }
            if slot.mark == mark && is(slot.row) {
                return Some(slot.row);
            }
            at = (at + 1) & mask;
        }
    }

    fn rows(&self, mark: u32) -> impl Iterator<Item = u32> {
        let (mask, first) = (self.slots.len() - 1, mark as usize);
        let slots = (0..self.slots.len()).map(move |at| self.slots[(first + at) & mask]);
        let met = slots.take_while(|slot| slot.row != FREE);
        met.filter(move |slot| slot.mark == mark).map(|slot| slot.row)
    }

    fn put(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut at = slot.mark as usize & mask;
        while self.slots[at].row != FREE {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
        self.used += 1;
    }

    fn grow(&mut self) {
        let wider = vec![Slot { mark: 0, row: FREE }; self.slots.len() * 2];
        let slots = std::mem::replace(&mut self.slots, wider);
        self.used = 0;
        slots.into_iter().filter(|slot| slot.row != FREE).for_each(|slot| self.put(slot));
    }
}

/// Bits of both ends of an id: ids of version 5 are random all over, those of version 7 at the end.
fn mark(id: Uuid) -> u32 {
    let [a, b, c, d, .., w, x, y, z] = *id.as_bytes();
    u32::from_be_bytes([a, b, c, d]) ^ u32::from_be_bytes([w, x, y, z])
}

fn leading(mark: u32, bits: u32) -> usize {
    mark.checked_shr(u32::BITS - bits).unwrap_or_default() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(n: u32) -> Vec<Uuid> {
        (0..n).map(|i| Uuid::new_v5(&Uuid::NAMESPACE_OID, &i.to_le_bytes())).collect()
    }

    fn find(table: &IdTable, ids: &[Uuid], id: Uuid) -> Option<u32> {
        table.find(id, |row| ids[row as usize] == id)
    }

    #[test]
    fn every_row_is_found_and_a_copy_keeps_what_it_had() {
        let ids = ids(20_000);
        let mut table = IdTable::new();
        let mut copies = vec![];
        for (row, id) in (0..).zip(&ids) {
            assert_eq!(find(&table, &ids, *id), None);
            table.insert(*id, row);
            if row % 5_000 == 0 {
                copies.push((row, table.clone()));
            }
        }
        for (row, id) in (0..).zip(&ids) {
            assert_eq!(find(&table, &ids, *id), Some(row));
            for (last, copy) in &copies {
                assert_eq!(find(copy, &ids, *id), (row <= *last).then_some(row));
            }
        }
    }

    #[test]
    fn every_row_of_one_id_is_met() {
        let ids = ids(3_000);
        let mut table = IdTable::new();
        for (row, id) in (0..).zip(&ids) {
            table.insert(*id, row);
            table.insert(ids[row as usize % 7], row + 10_000);
        }
        for (row, id) in (0..).zip(&ids).filter(|(row, _)| *row >= 7) {
            assert_eq!(table.rows(*id).collect::<Vec<_>>(), [row]);
        }
        for (first, id) in (0..7).zip(&ids) {
            let mut met: Vec<u32> = table.rows(*id).collect();
            met.sort_unstable();
            let all = (first..3_000).step_by(7).map(|row| row + 10_000);
            assert_eq!(met, std::iter::once(first).chain(all).collect::<Vec<_>>());
        }
    }

    #[test]
    fn ids_that_share_their_bits_are_told_by_their_rows() {
        let ids: Vec<Uuid> = (0..2_000_u128).map(|n| Uuid::from_u128(7 | (n << 40))).collect();
        let mut table = IdTable::new();
        for (row, id) in (0..).zip(&ids) {
            table.insert(*id, row);
        }
        for (row, id) in (0..).zip(&ids) {
            assert_eq!(find(&table, &ids, *id), Some(row));
        }
    }
}
