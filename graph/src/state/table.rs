//! Row numbers by id, and ids by row number: a hash table that grows page by page.
//!
//! Extendible hashing (Fagin et al. 1979): a directory of pages, where a full page is split in
//! two, so that no insertion ever moves more than one page and a copy of the table shares all
//! pages but those that are written afterwards. Ids are hashes already, so their own bits say
//! where they stand. A slot holds 32 of those bits and a row number; whether the row is the one
//! meant is told by its id, which the table keeps in the order of rows.

use std::sync::Arc;

use uuid::Uuid;

use super::cow::CowVec;

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

const EMPTY: Slot = Slot { mark: 0, row: FREE };

#[derive(Debug, Clone)]
struct Page {
    slots: Arc<[Slot]>,
    used: u32,
    /// How many leading bits its marks share.
    depth: u32,
}

/// Ids of rows, and rows by id. Cost of each operation: constant, amortised.
#[derive(Debug, Clone)]
pub(crate) struct IdTable {
    ids: CowVec<Uuid>,
    depth: u32,
    directory: Arc<Vec<u32>>,
    pages: Vec<Page>,
}

impl IdTable {
    pub(crate) fn new() -> Self {
        Self {
            ids: CowVec::new(),
            depth: 0,
            directory: Arc::new(vec![0]),
            pages: vec![Page::new(0, SLOTS_MIN)],
        }
    }

    /// A table of rows with these ids, numbered from 0. Cost: two passes, far less than as many
    /// insertions.
    pub(crate) fn of(ids: CowVec<Uuid>) -> Self {
        let marks: Vec<u32> = ids.iter().copied().map(mark).collect();
        // Half full on average; the few pages that more fall into grow.
        let wanted = (marks.len() * 2).div_ceil(SLOTS_MAX).next_power_of_two();
        let depth = wanted.trailing_zeros().min(DEPTH_MAX);
        let count = 1_usize << depth;
        let mut used = vec![0_u32; count];
        marks.iter().for_each(|mark| used[leading(*mark, depth)] += 1);
        let width = |used: u32| {
            let room = (used as usize * 4).div_ceil(3) + 1;
            room.next_power_of_two().max(if depth == 0 { SLOTS_MIN } else { SLOTS_MAX })
        };
        let mut slots: Vec<Vec<Slot>> = used.iter().map(|used| vec![EMPTY; width(*used)]).collect();
        for (row, mark) in (0..).zip(marks) {
            place(&mut slots[leading(mark, depth)], Slot { mark, row });
        }
        let pages = slots.into_iter().zip(used);
        Self {
            ids,
            depth,
            directory: Arc::new((0..).take(count).collect()),
            pages: pages.map(|(slots, used)| Page { slots: slots.into(), used, depth }).collect(),
        }
    }

    /// A row with this id that is as wanted; there is one at most, but for what is supposed.
    pub(crate) fn find(&self, id: Uuid, wanted: impl Fn(u32) -> bool) -> Option<u32> {
        let mark = mark(id);
        let is = |row| self.ids[row as usize] == id && wanted(row);
        self.pages[self.page_of(mark)].find(mark, is)
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
        let mark = mark(id);
        while self.pages[self.page_of(mark)].is_full() {
            self.make_room(mark);
        }
        let page = self.page_of(mark);
        self.pages[page].put(Slot { mark, row });
        self.ids.push(id);
        Some(row)
    }

    /// The number that the next row will get; `None` when rows are numbered out (2^32 - 1).
    pub(crate) fn next(&self) -> Option<u32> {
        u32::try_from(self.ids.len()).ok().filter(|row| *row != FREE)
    }

    /// Bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        let slots: usize = self.pages.iter().map(|page| page.slots.len()).sum();
        self.ids.len() * size_of::<Uuid>()
            + slots * size_of::<Slot>()
            + self.pages.len() * size_of::<Page>()
            + self.directory.len() * size_of::<u32>()
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
            _ => self.pages[at].grow(),
        }
    }

    fn split(&mut self, mark: u32, at: usize, new: u32) {
        let depth = self.pages[at].depth + 1;
        if depth > self.depth {
            self.depth = depth;
            self.directory = Arc::new(self.directory.iter().flat_map(|page| [*page; 2]).collect());
        }
        let size = self.pages[at].slots.len();
        let (mut low, mut high) = (Page::new(depth, size), Page::new(depth, size));
        for slot in self.pages[at].filled() {
            let half = if leading(slot.mark, depth) & 1 == 0 { &mut low } else { &mut high };
            half.put(slot);
        }
        self.pages[at] = low;
        self.pages.push(high);
        // The entries of the upper half of what the page stood for.
        let width = 1_usize << (self.depth - depth);
        let first = (leading(mark, depth) | 1) * width;
        Arc::make_mut(&mut self.directory)[first..first + width].fill(new);
    }
}

impl Page {
    fn new(depth: u32, size: usize) -> Self {
        Self { depth, used: 0, slots: vec![EMPTY; size].into() }
    }

    fn filled(&self) -> impl Iterator<Item = Slot> + '_ {
        self.slots.iter().copied().filter(|slot| slot.row != FREE)
    }

    fn is_full(&self) -> bool {
        self.used as usize * 4 >= self.slots.len() * 3
    }

    /// Whether all its marks are one, which no split would part.
    fn is_alike(&self) -> bool {
        let mut marks = self.filled().map(|slot| slot.mark);
        marks.next().is_none_or(|first| marks.all(|mark| mark == first))
    }

    fn find(&self, mark: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let slots = &*self.slots;
        let mask = slots.len() - 1;
        let mut at = mark as usize & mask;
        // A page is never full, so a free slot ends this.
        loop {
            let slot = slots[at & mask];
            if slot.row == FREE {
                return None;
            }
            if slot.mark == mark && is(slot.row) {
                return Some(slot.row);
            }
            at += 1;
        }
    }

    fn put(&mut self, slot: Slot) {
        place(Arc::make_mut(&mut self.slots), slot);
        self.used += 1;
    }

    fn grow(&mut self) {
        let mut wider = vec![EMPTY; self.slots.len() * 2];
        self.filled().for_each(|slot| place(&mut wider, slot));
        self.slots = wider.into();
    }
}

/// Puts a row into slots of which at least one is free; their number is a power of two.
fn place(slots: &mut [Slot], slot: Slot) {
    let mask = slots.len() - 1;
    let mut at = slot.mark as usize & mask;
    while slots[at].row != FREE {
        at = (at + 1) & mask;
    }
    slots[at] = slot;
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
