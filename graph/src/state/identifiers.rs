//! Who is said to bear a strong identifier.

use super::claims::ClaimIx;
use super::marks::Marks;
use super::table::mark;
use super::{EntityIx, State, Stated};
use crate::model::{ClaimStatus, Identifier, derive_id};

/// Claims by the strong identifier that they give. Weaker ones are not kept: nothing is decided by
/// them.
#[derive(Clone)]
pub(crate) struct Identifiers {
    claims: Marks,
}

impl Identifiers {
    pub(crate) fn new() -> Self {
        Self { claims: Marks::new() }
    }

    /// Takes in a claim that gives this identifier, in the order of rows.
    pub(crate) fn note(&mut self, claim: ClaimIx, identifier: &Identifier) {
        if identifier.scheme().is_strong() {
            self.claims.insert(mark_of(identifier), claim.0);
        }
    }
}

fn mark_of(identifier: &Identifier) -> u32 {
    mark(derive_id(&["identifier", identifier.scheme().as_str(), identifier.value()]))
}

impl State {
    /// Whom accepted claims give this strong identifier, as named there, in the order of
    /// recording. Cost: a look-up, and the claims that give it.
    pub(crate) fn bearers_of(&self, identifier: &Identifier) -> Vec<EntityIx> {
        let mut claims: Vec<u32> = self.identifiers.claims.rows(mark_of(identifier)).collect();
        claims.sort_unstable();
        let given = claims.into_iter().filter_map(|claim| {
            let (entity, other) = self.accepted_identifier(ClaimIx(claim))?;
            (other == identifier).then_some(entity)
        });
        given.collect()
    }

    /// The strong identifiers that accepted claims give this very row. Cost: the claims about it.
    pub(crate) fn strong_identifiers(&self, entity: EntityIx) -> impl Iterator<Item = &Identifier> {
        let claims = self.claims.about(entity).into_iter();
        let given = claims.filter_map(|claim| self.accepted_identifier(claim));
        given.map(|(_, identifier)| identifier).filter(|given| given.scheme().is_strong())
    }

    fn accepted_identifier(&self, claim: ClaimIx) -> Option<(EntityIx, &Identifier)> {
        let is_accepted = self.claims.status_at(claim, self.seq()) == Some(ClaimStatus::Accepted);
        match self.stated(claim) {
            Stated::Identifier { entity, identifier } if is_accepted => Some((entity, identifier)),
            _ => None,
        }
    }
}
