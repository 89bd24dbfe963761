//! Finding names by their parts: an inverted index over the names of a log, beside the state.
//!
//! It is a cache: what it does not cover yet is looked at name by name, so an answer is the same
//! with it, without it, or with an old one. It only proposes rows; whether a name is borne at a
//! position, and how well it fits, is for the search to say. Names are only ever added, so the parts
//! of an index are never rewritten: new names make a new part, and small parts are joined.
//!
//! Own code rather than a search engine: tantivy brings about a hundred crates and makes new names
//! visible by a commit of its own, while what is needed here is one kind of list, ordered by the
//! length of the name so that the best come first.

mod grams;
mod part;
mod slip;
mod sound;

use std::sync::Arc;

pub(crate) use grams::{PICKED_MIN, Probe, SLIP_INSIDE_MIN, SLIP_OF_SOUND_MIN};
pub(crate) use grams::{far_probes, probes, score};
pub(crate) use part::Part;
pub(crate) use slip::slip;
pub(crate) use sound::{Heard, Readings, Spelling, hear};

use crate::model::simplified;
use crate::state::State;

/// A part that is this large is not joined with later ones, so that joining stays short.
const PART_ROWS_MAX: usize = 32_768;

/// While more keep coming, so few new names are looked at one by one; an index for them would not pay.
const ROWS_WORTH_A_PART: usize = 256;

/// An index over the first names of a log. Copies share their parts.
#[derive(Debug, Clone, Default)]
pub struct NameIndex {
    parts: Vec<Arc<Part>>,
    covered: usize,
}

impl NameIndex {
    /// How many names it covers, from the first.
    pub fn covered(&self) -> usize {
        self.covered
    }

    /// Whether a state has so many more names that they are worth indexing.
    pub fn is_behind(&self, state: &State) -> bool {
        state.names.len() >= self.covered + ROWS_WORTH_A_PART
    }

    /// Whether a state has names that it does not cover.
    pub fn misses_any(&self, state: &State) -> bool {
        state.names.len() > self.covered
    }

    /// The index after one more step towards a state: at most one part is built.
    ///
    /// Cost: linear in that part; a name is built in about as many times as the logarithm of the
    /// largest part's length.
    #[must_use]
    pub fn grown(&self, state: &State) -> Self {
        let mut parts = self.parts.clone();
        let mut first = self.covered;
        let mut waiting = state.names.len().saturating_sub(first);
        while let Some(last) = parts.last() {
            let joins = last.len() + waiting <= PART_ROWS_MAX && last.len() <= 2 * waiting;
            if waiting == 0 || !joins {
                break;
            }
            waiting += last.len();
            first = last.first();
            parts.pop();
        }
        let rows = waiting.min(PART_ROWS_MAX);
        if rows > 0 {
            parts.push(Arc::new(Part::build(&state.names, first, rows)));
        }
        Self { parts, covered: first + rows }
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().map(Arc::as_ref)
    }
}

/// Characters as they are compared in a search: traditional ones as their simplified form, one
/// character for one.
pub(crate) fn folded(key: &str) -> String {
    key.chars().map(simplified).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_names_fold_to_simplified_ones_of_the_same_length() {
        assert_eq!(folded("寶雞強申機器人"), "宝鸡强申机器人");
        assert_eq!(folded("aoral三维"), "aoral三维");
    }
}
