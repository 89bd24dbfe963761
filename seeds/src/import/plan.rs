//! What is to be recorded, known before the first commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use graph::decide::Policy;
use graph::state::State;

use super::bad::BadLines;
use super::entities::Entities;
use super::rehearse::rehearse;
use super::survey::{Endings, Mark, Survey};
use super::{ImportError, Rereadable};

/// A file that was put to a graph: which entity is which, and which lines are to be left out.
pub struct Plan {
    pub(super) entities: Entities,
    /// Decisions on claims follow, so that ids of claims must be kept.
    pub(super) has_actions: bool,
    pub(super) claims: usize,
    pub(super) marks: BTreeMap<usize, (usize, Mark)>,
    pub(super) endings: Endings,
    pub(super) bad: BadLines,
}

impl Survey {
    /// Reads the file for the second time, and asks a state what it would say to each claim.
    /// `policy` is the one of the ledger that the file goes into, `state` its state, or
    /// [`State::empty`] where there is no ledger yet.
    ///
    /// # Errors
    /// [`ImportError::Unread`] and [`ImportError::Refused`]. A line that the graph would refuse is
    /// no error: it is among [`Plan::bad`].
    pub fn rehearse(
        self,
        source: &impl Rereadable,
        state: &Arc<State>,
        policy: Policy,
    ) -> Result<Plan, ImportError> {
        let Survey { entities, actions, claims, marks, endings, mut bad, .. } = self;
        let (entities, declared) = Entities::recognise(state, policy, entities, &mut bad)?;
        let then = state.expecting(declared).map_err(ImportError::Unfit)?;
        rehearse(source, &then, policy, &entities, &mut bad)?;
        Ok(Plan { entities, has_actions: actions > 0, claims, marks, endings, bad })
    }
}

impl Plan {
    /// The lines that will be left out: those that are bad in themselves, and those that the graph
    /// would refuse.
    pub fn bad(&self) -> &BadLines {
        &self.bad
    }
}
