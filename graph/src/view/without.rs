//! A view as it would be without some claims.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::View;
use crate::state::{ClaimIx, State};

/// Who withdrew, and why, where a claim is only thought away.
const SUPPOSED: &str = "if retracted";

impl View {
    /// The same view at the same position as it would be if these claims had been retracted by
    /// then. Nothing is written, and no other view notices. Claims recorded later are left alone.
    /// Cost: a copy of the state, which shares all but the parts that change.
    #[must_use]
    pub fn without(&self, claims: &BTreeSet<ClaimIx>) -> View {
        let mut state = State::clone(self.state());
        let known = claims.iter().filter(|claim| (claim.0 as usize) < self.claims_until);
        for claim in known {
            state.suppose_retracted(*claim, self.seq, SUPPOSED);
        }
        View { state: Arc::new(state), ..self.clone() }
    }
}
