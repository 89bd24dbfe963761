//! Roles that firms hold, and identifiers.

use async_graphql::SimpleObject;
use graph::model::{self, IdentifierScheme, RoleBasis};
use graph::view::{self, View};

use super::claim::Claim;
use super::scalar::FuzzyDate;
use super::word::Word;

/// A role that a firm holds, with the claims that say so.
#[derive(SimpleObject)]
pub(crate) struct HeldRole {
    /// Which role.
    role: Word<model::Role>,
    /// Who gave it: an authority's list, or a writer. Kept apart.
    basis: Word<RoleBasis>,
    /// Since when, as stated.
    valid_from: Option<FuzzyDate>,
    /// Until when, as stated.
    valid_to: Option<FuzzyDate>,
    /// Who says so, in the order of recording.
    claims: Vec<Claim>,
}

impl HeldRole {
    pub(crate) fn new(view: &View, held: view::HeldRole) -> Self {
        Self {
            role: Word(held.role),
            basis: Word(held.basis),
            valid_from: held.validity.from().map(FuzzyDate),
            valid_to: held.validity.to().map(FuzzyDate),
            claims: held.claims.into_iter().map(|ix| Claim::new(view, ix)).collect(),
        }
    }
}

/// An identifier from a register outside.
#[derive(SimpleObject)]
pub(crate) struct Identifier {
    /// Which register.
    scheme: Word<IdentifierScheme>,
    /// The identifier, in upper case.
    value: String,
}

impl From<&model::Identifier> for Identifier {
    fn from(identifier: &model::Identifier) -> Self {
        Self { scheme: Word(identifier.scheme()), value: identifier.value().to_owned() }
    }
}
