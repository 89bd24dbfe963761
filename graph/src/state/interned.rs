//! Values that many rows share: each is kept once, and rows hold its number.

use std::hash::Hash;
use std::sync::Arc;

use super::cow::{CowMap, CowVec};
use super::numbers;

/// Values numbered in the order in which they first came.
#[derive(Debug)]
pub(super) struct Interned<T: ?Sized> {
    values: CowVec<Arc<T>>,
    numbers: CowMap<Arc<T>, u32>,
    /// The number asked for last: rows in a row often share their value.
    last: u32,
}

impl<T: ?Sized> Clone for Interned<T> {
    fn clone(&self) -> Self {
        Self { values: self.values.clone(), numbers: self.numbers.clone(), last: self.last }
    }
}

impl<T: Eq + Hash + ?Sized> Interned<T> {
    pub(super) fn new() -> Self {
        Self { values: CowVec::new(), numbers: CowMap::new(), last: 0 }
    }

    pub(super) fn get(&self, number: u32) -> &Arc<T> {
        &self.values[number as usize]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<T>> + Clone {
        self.values.iter()
    }

    /// Whether a value more would have a number.
    pub(super) fn has_room(&self) -> bool {
        numbers::next(self.values.len()).is_some()
    }

    /// The number of a value, which is taken in if it is new; `None` when numbers are out
    /// (2^32 - 1). Cost: constant.
    pub(super) fn intern(&mut self, value: &T, own: impl FnOnce(&T) -> Arc<T>) -> Option<u32> {
        if self.values.get(self.last as usize).is_some_and(|last| **last == *value) {
            return Some(self.last);
        }
        if let Some(number) = self.numbers.get(value) {
            self.last = *number;
            return Some(*number);
        }
        let number = numbers::next(self.values.len())?;
        let value = own(value);
        self.numbers.insert(Arc::clone(&value), number);
        self.values.push(value);
        self.last = number;
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_number() {
        let mut words: Interned<str> = Interned::new();
        let came = ["a", "b", "b", "a", "a", "b"];
        let numbers: Vec<_> = came.iter().map(|w| words.intern(w, |w| w.into()).unwrap()).collect();
        assert_eq!(numbers, [0, 1, 1, 0, 0, 1]);
        assert_eq!((&**words.get(1), words.iter().count()), ("b", 2));
    }
}
