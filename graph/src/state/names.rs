//! Every name ever given, by its key and in order: what look-ups and search read.

use std::sync::Arc;

use super::claims::ClaimIx;
use super::cow::{CowMap, CowVec};
use super::entities::EntityIx;
use super::numbers;
use crate::model::NameKey;

#[derive(Debug, Clone)]
pub(crate) struct NameRow {
    pub(crate) entity: EntityIx,
    pub(crate) text: Arc<str>,
    pub(crate) key: NameKey,
    /// The alias claim that gave it; `None` for the name of the declaration.
    pub(crate) claim: Option<ClaimIx>,
}

#[derive(Clone)]
pub(crate) struct Names {
    rows: CowVec<NameRow>,
    by_key: CowMap<NameKey, Vec<u32>>,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self { rows: CowVec::new(), by_key: CowMap::new() }
    }

    /// Names with this key, in the order of recording.
    pub(crate) fn with_key(&self, key: &NameKey) -> impl Iterator<Item = &NameRow> {
        self.by_key.get(key).into_iter().flatten().map(|ix| &self.rows[*ix as usize])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &NameRow> + Clone {
        self.rows.iter()
    }

    /// Names from a row on, in the order of recording.
    pub(crate) fn iter_from(&self, first: usize) -> impl Iterator<Item = &NameRow> {
        (first..self.rows.len()).map(|ix| &self.rows[ix])
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn get(&self, ix: usize) -> Option<&NameRow> {
        self.rows.get(ix)
    }

    /// Whether a row more would have a number.
    pub(super) fn has_room(&self) -> bool {
        numbers::next(self.rows.len()).is_some()
    }

    /// Adds a name; `None` when rows are numbered out (2^32 - 1).
    pub(crate) fn push(&mut self, row: NameRow) -> Option<()> {
        let ix = numbers::next(self.rows.len())?;
        self.by_key.entry(row.key.clone(), Vec::new).push(ix);
        self.rows.push(row);
        Some(())
    }
}
