//! A view as it would be without some claims.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Supposed, Supposition, View};
use crate::model::ClaimStatus;
use crate::state::ClaimIx;

/// Who withdrew, and why, where a claim is only thought away.
const SUPPOSED: &str = "if retracted";

impl View {
    /// The same view at the same position as it would be if these claims had been retracted by
    /// then. Nothing is written, and no other view notices. Claims recorded later are left alone.
    /// Cost: a copy of the state, which shares all but the parts that change.
    #[must_use]
    pub fn without(&self, claims: &BTreeSet<ClaimIx>) -> View {
        let mut state = self.state().supposing(self.seq);
        for claim in claims {
            state.suppose_status(*claim, ClaimStatus::Retracted, SUPPOSED);
        }
        self.supposing(state, Supposition::Withdrawn(claims.clone()))
    }

    /// This view on a state that supposes something.
    pub(super) fn supposing(&self, state: crate::state::State, what: Supposition) -> View {
        let supposed = Some(Arc::new(Supposed { base: self.clone(), what }));
        View { state: Arc::new(state), supposed, ..self.clone() }
    }
}
