//! Rows by a mark of 32 bits: a hash table that grows page by page.
//!
//! Extendible hashing (Fagin et al. 1979): a directory of pages, where a full page is split in
//! two, so that no insertion ever moves more than one page and a copy of the table shares all
//! pages but those that are written afterwards. Marks are bits of hashes, so their own bits say
//! where they stand. Several rows may have one mark; whether a row is the one meant is for the
//! caller to tell.

use std::sync::Arc;

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

/// Rows by their marks. Cost of each operation: constant, amortised.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    depth: u32,
    directory: Arc<Vec<u32>>,
    pages: Vec<Page>,
}

impl Marks {
    pub(super) fn new() -> Self {
        let pages = vec![Page::new(0, SLOTS_MIN)];
        Self { depth: 0, directory: Arc::new(vec![0]), pages }
    }

    /// A table of rows with these marks, numbered from 0. Cost: two passes, far less than as many
    /// insertions.
    pub(super) fn of(marks: Vec<u32>) -> Self {
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
            depth,
            directory: Arc::new((0..).take(count).collect()),
            pages: pages.map(|(slots, used)| Page { slots: slots.into(), used, depth }).collect(),
        }
    }

    /// A row with this mark for which `is` holds.
    pub(super) fn find(&self, mark: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        self.pages[self.page_of(mark)].find(mark, is)
    }

    /// Every row with this mark, in no order that means anything.
    pub(super) fn rows(&self, mark: u32) -> impl Iterator<Item = u32> {
        self.pages[self.page_of(mark)].rows(mark)
    }

    /// Adds a row, of any number but 2^32 - 1.
    pub(super) fn insert(&mut self, mark: u32, row: u32) {
        while self.pages[self.page_of(mark)].is_full() {
            self.make_room(mark);
        }
        let page = self.page_of(mark);
        self.pages[page].put(Slot { mark, row });
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        let slots: usize = self.pages.iter().map(|page| page.slots.len()).sum();
        slots * size_of::<Slot>()
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

    fn rows(&self, mark: u32) -> impl Iterator<Item = u32> {
        let (mask, first) = (self.slots.len() - 1, mark as usize);
        let met = (0..self.slots.len()).map(move |at| self.slots[(first + at) & mask]);
        // A page is never full, so a free slot ends this.
        let met = met.take_while(|slot| slot.row != FREE);
        met.filter(move |slot| slot.mark == mark).map(|slot| slot.row)
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

fn leading(mark: u32, bits: u32) -> usize {
    mark.checked_shr(u32::BITS - bits).unwrap_or_default() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_a_mark_is_met() {
        let spread = |n: u32| n.wrapping_mul(0x9e37_79b9);
        let mut table = Marks::new();
        for row in 0..3_000 {
            table.insert(spread(row), row);
            table.insert(spread(row % 7), row + 10_000);
        }
        for row in 7..3_000 {
            assert_eq!(table.rows(spread(row)).collect::<Vec<_>>(), [row]);
        }
        for first in 0..7 {
            let mut met: Vec<u32> = table.rows(spread(first)).collect();
            met.sort_unstable();
            let all = (first..3_000).step_by(7).map(|row| row + 10_000);
            assert_eq!(met, std::iter::once(first).chain(all).collect::<Vec<_>>());
        }
    }
}
