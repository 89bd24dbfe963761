//! Copy-on-write containers that make a state cheap to publish.
//!
//! Own code, for two reasons: `imbl` stands on a crate with open advisories, and `rpds` puts every
//! element behind a pointer of its own. Both containers only grow. A clone shares all chunks; the
//! first write to a shared chunk copies that chunk.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::ops::Index;
use std::sync::Arc;

use arrayvec::ArrayVec;
use foldhash::fast::FixedState;

/// Elements of a chunk: small enough to copy in microseconds, large enough that a million
/// elements clone as four thousand pointers.
const CHUNK: usize = 256;

/// A vector whose clone shares its chunks.
#[derive(Debug)]
pub(crate) struct CowVec<T> {
    chunks: Vec<Arc<ArrayVec<T, CHUNK>>>,
    len: usize,
}

impl<T> Clone for CowVec<T> {
    fn clone(&self) -> Self {
        Self { chunks: self.chunks.clone(), len: self.len }
    }
}

impl<T> CowVec<T> {
    pub(crate) const fn new() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get(&self, ix: usize) -> Option<&T> {
        self.chunks.get(ix / CHUNK)?.get(ix % CHUNK)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// Among the first so many elements the number of those for which `is_before` holds; they must
    /// stand first.
    pub(crate) fn partition_point(&self, among: usize, is_before: impl Fn(&T) -> bool) -> usize {
        let (mut low, mut high) = (0, among.min(self.len));
        while low < high {
            let middle = low.midpoint(high);
            if is_before(&self[middle]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

impl<T: Clone> CowVec<T> {
    pub(crate) fn push(&mut self, value: T) {
        if self.len.is_multiple_of(CHUNK) {
            self.chunks.push(Arc::new(ArrayVec::new()));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            Arc::make_mut(chunk).push(value);
            self.len += 1;
        }
    }

    pub(crate) fn get_mut(&mut self, ix: usize) -> Option<&mut T> {
        Arc::make_mut(self.chunks.get_mut(ix / CHUNK)?).get_mut(ix % CHUNK)
    }
}

impl<T: Clone> FromIterator<T> for CowVec<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut all = Self::new();
        values.into_iter().for_each(|value| all.push(value));
        all
    }
}

impl<T> Index<usize> for CowVec<T> {
    type Output = T;

    fn index(&self, ix: usize) -> &T {
        &self.chunks[ix / CHUNK][ix % CHUNK]
    }
}

/// Shards of a map: a write after a clone copies one 256th of it.
const SHARDS: usize = 256;

/// Hashes what comes from outside, such as names: nobody can make up keys that all collide without
/// a search for each. No random seed: the same keys land in the same shards on every machine.
pub(crate) type Careful = BuildHasherDefault<DefaultHasher>;

/// Hashes our own numbers, far faster.
pub(crate) type Quick = FixedState;

/// A map whose clone shares its shards. Its order means nothing: who walks it must sort.
#[derive(Debug)]
pub(crate) struct CowMap<K, V, S = Careful> {
    shards: Vec<Arc<HashMap<K, V, S>>>,
}

impl<K, V, S> Clone for CowMap<K, V, S> {
    fn clone(&self) -> Self {
        Self { shards: self.shards.clone() }
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher + Default + Clone> CowMap<K, V, S> {
    pub(crate) fn new() -> Self {
        let empty = Arc::new(HashMap::default());
        Self { shards: vec![empty; SHARDS] }
    }

    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.shards[shard::<S>(key)].get(key)
    }

    /// Every key with its value, in the order of keys.
    pub(crate) fn sorted(&self) -> Vec<(&K, &V)>
    where
        K: Ord,
    {
        let mut all: Vec<(&K, &V)> = self.shards.iter().flat_map(|shard| shard.iter()).collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        let at = shard::<S>(&key);
        Arc::make_mut(&mut self.shards[at]).insert(key, value);
    }

    /// The value of this key, made where it is missing.
    pub(crate) fn entry(&mut self, key: K, missing: impl FnOnce() -> V) -> &mut V {
        let at = shard::<S>(&key);
        Arc::make_mut(&mut self.shards[at]).entry(key).or_insert_with(missing)
    }
}

fn shard<S: BuildHasher + Default>(key: &(impl Hash + ?Sized)) -> usize {
    // Inside a shard the low bits choose the bucket, and the seven highest tell its keys apart.
    let middle = S::default().hash_one(key) >> 32 & (SHARDS as u64 - 1);
    usize::try_from(middle).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_keeps_what_it_had_when_the_original_goes_on() {
        let mut all = CowVec::new();
        (0..1000).for_each(|n| all.push(n));
        let before = all.clone();
        all.push(1000);
        *all.get_mut(3).unwrap() = -3;
        assert_eq!((before.len(), before[3], before.get(1000)), (1000, 3, None));
        assert_eq!((all.len(), all[3], all[1000]), (1001, -3, 1000));
        assert!(before.iter().copied().eq(0..1000));
        assert_eq!(before.partition_point(1000, |n| *n < 700), 700);
        assert_eq!(before.partition_point(600, |n| *n < 700), 600);
        assert_eq!(before.partition_point(usize::MAX, |_| true), 1000);

        let mut map: CowMap<u32, u32> = CowMap::new();
        (0..1000).for_each(|n| map.insert(n, n));
        let before = map.clone();
        *map.entry(7, || 0) = 70;
        assert_eq!((before.get(&7), map.get(&7), map.get(&1000)), (Some(&7), Some(&70), None));
    }
}
