//! Lists that are dear to make, kept for the pages that follow the first.
//!
//! 1. What is kept is of the log, at a position, on a day, with the same arguments: each of them is
//!    compared, none hashed. What is recorded never changes, so it is never stale.
//! 2. Views that suppose something are never kept, nor lists that a deadline cut.
//! 3. Memory is bounded by pairs, and the list that was not asked for longest goes first.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use graph::model::EntityKind;
use graph::query::DuplicateList;
use graph::view::View;
use jiff::civil::Date;
use store::{Hash32, Seq};

/// Lists at most.
const LISTS_MAX: usize = 8;

/// Pairs of all lists together: 48 MB.
const PAIRS_MAX: usize = 2_000_000;

/// Everything that decides what is in a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    log: Option<Hash32>,
    seq: Seq,
    valid_on: Option<Date>,
    kinds: Vec<EntityKind>,
    min_score: f64,
}

impl Asked {
    /// `None` for a view that supposes something.
    pub(crate) fn of(
        log: Option<Hash32>,
        view: &View,
        kinds: &[EntityKind],
        min_score: f64,
    ) -> Option<Self> {
        // A view of what was recorded is its own base.
        let (seq, valid_on, kinds) = (view.seq(), view.valid_on(), kinds.to_vec());
        std::ptr::eq(view, view.recorded()).then_some(Self { log, seq, valid_on, kinds, min_score })
    }
}

/// The lists that were asked for last.
#[derive(Default)]
pub(crate) struct Kept(Mutex<VecDeque<(Asked, Arc<DuplicateList>)>>);

impl Kept {
    /// The list as kept, or made and then kept.
    pub(crate) fn list(
        &self,
        asked: Option<Asked>,
        make: impl FnOnce() -> DuplicateList,
    ) -> Arc<DuplicateList> {
        let Some(asked) = asked else { return Arc::new(make()) };
        if let Some(kept) = self.find(&asked) {
            return kept;
        }
        // Made outside the lock: others need not wait for it.
        let list = Arc::new(make());
        if list.truncated.is_none_or(|cut| cut.limit != "deadline") {
            self.keep(asked, Arc::clone(&list));
        }
        list
    }

    fn find(&self, asked: &Asked) -> Option<Arc<DuplicateList>> {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = lists.iter().position(|(other, _)| other == asked)?;
        let found = lists.remove(at)?;
        let list = Arc::clone(&found.1);
        lists.push_back(found);
        Some(list)
    }

    fn keep(&self, asked: Asked, list: Arc<DuplicateList>) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lists.retain(|(other, _)| *other != asked);
        lists.push_back((asked, list));
        while lists.len() > LISTS_MAX
            || lists.iter().map(|(_, list)| list.len()).sum::<usize>() > PAIRS_MAX
        {
            lists.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use graph::query::Truncation;

    use super::*;

    fn asked(seq: u64, min_score: f64) -> Asked {
        Asked { log: None, seq: Seq::new(seq), valid_on: None, kinds: vec![], min_score }
    }

    fn empty(limit: Option<&'static str>) -> DuplicateList {
        let mut list = DuplicateList::default();
        list.truncated = limit.map(|limit| Truncation { limit, at: 1, remaining: None });
        list
    }

    #[test]
    fn a_list_is_made_once_while_it_is_asked_for() {
        let (kept, made) = (Kept::default(), Cell::new(0));
        let ask = |asked: Option<Asked>, cut| {
            kept.list(asked, || {
                made.set(made.get() + 1);
                empty(cut)
            });
            made.get()
        };
        assert_eq!((ask(Some(asked(1, 0.5)), None), ask(Some(asked(1, 0.5)), None)), (1, 1));
        // Another position, other arguments, another day: another list.
        assert_eq!((ask(Some(asked(2, 0.5)), None), ask(Some(asked(1, 0.4)), None)), (2, 3));
        let day = Asked { valid_on: Some(Date::constant(2020, 1, 1)), ..asked(1, 0.5) };
        assert_eq!((ask(Some(day.clone()), None), ask(Some(day), None)), (4, 4));
        // What supposes something, and what a deadline cut, is made anew.
        assert_eq!((ask(None, None), ask(None, None)), (5, 6));
        let late = || Some(asked(9, 0.5));
        assert_eq!((ask(late(), Some("deadline")), ask(late(), Some("steps"))), (7, 8));
        assert_eq!(ask(late(), None), 8);
        // The one that was not asked for longest makes room: 2 goes, 1 stays.
        for seq in 20..24 {
            ask(Some(asked(seq, 0.5)), None);
            ask(Some(asked(1, 0.5)), None);
        }
        assert_eq!(made.get(), 12);
        assert_eq!(ask(Some(asked(1, 0.5)), None), 12);
        assert_eq!(ask(Some(asked(2, 0.5)), None), 13);
    }
}
