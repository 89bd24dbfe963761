//! What would no longer stand if a document or a claim were withdrawn.

use std::collections::BTreeSet;

use super::Budget;
use super::diff::{Diff, diff_by_claims};
use crate::state::{ClaimIx, DocumentIx};
use crate::view::View;

/// What is thought withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawn {
    /// One claim.
    Claim(ClaimIx),
    /// A document: every claim that quotes it.
    Document(DocumentIx),
}

/// What would no longer stand, and what would stand less firmly, if it were withdrawn: the view
/// compared with itself after retracting those claims. Entities stay: a retraction undoes no
/// declaration, nor a merge that followed from an identifier. Nothing is written. Cost: a copy of the
/// state that shares all but what changes, and the relations and entities that the claims are about.
pub fn if_retracted(
    view: &View,
    withdrawn: Withdrawn,
    limit: usize,
    budget: &Budget,
) -> IfRetracted {
    let claims: BTreeSet<ClaimIx> = match withdrawn {
        Withdrawn::Claim(claim) => BTreeSet::from([claim]),
        Withdrawn::Document(document) => view.claims_quoting(document).collect(),
    };
    let without = view.without(&claims);
    let diff = diff_by_claims(view, &without, &claims, limit, budget);
    IfRetracted { without, diff }
}

/// The answer, with the view that it compares with.
#[derive(Debug, Clone)]
pub struct IfRetracted {
    /// The view without the claims.
    pub without: View,
    /// What differs there.
    pub diff: Diff,
}
