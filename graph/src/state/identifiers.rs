//! Who is said to bear a strong identifier.

use uuid::Uuid;

use super::claims::ClaimIx;
use super::table::IdTable;
use super::{EntityIx, State};
use crate::model::{ClaimStatus, Identifier, Statement, derive_id};

/// Claims by the strong identifier that they give. Weaker ones are not kept: nothing is decided by
/// them.
#[derive(Clone)]
pub(crate) struct Identifiers {
    by_value: IdTable,
}

impl Identifiers {
    pub(crate) fn new() -> Self {
        Self { by_value: IdTable::new() }
    }

    /// Takes in a claim, in the order of rows.
    pub(crate) fn note(&mut self, claim: ClaimIx, statement: &Statement<EntityIx>) {
        if let Statement::Identifier { identifier, .. } = statement
            && identifier.scheme().is_strong()
        {
            self.by_value.insert(key(identifier), claim.0);
        }
    }
}

fn key(identifier: &Identifier) -> Uuid {
    derive_id(&["identifier", identifier.scheme().as_str(), identifier.value()])
}

impl State {
    /// Whom accepted claims give this strong identifier, as named there, in the order of
    /// recording. Cost: a look-up, and the claims that give it.
    pub(crate) fn bearers_of(&self, identifier: &Identifier) -> Vec<EntityIx> {
        let mut claims: Vec<u32> = self.identifiers.by_value.rows(key(identifier)).collect();
        claims.sort_unstable();
        let given = claims.into_iter().filter_map(|claim| {
            let row = self.claims.row(ClaimIx(claim));
            match &row.statement {
                Statement::Identifier { entity, identifier: other }
                    if other == identifier
                        && row.status_at(self.seq()) == Some(ClaimStatus::Accepted) =>
                {
                    Some(*entity)
                }
                _ => None,
            }
        });
        given.collect()
    }

    /// The strong identifiers that accepted claims give this very row. Cost: the claims about it.
    pub(crate) fn strong_identifiers(&self, entity: EntityIx) -> impl Iterator<Item = &Identifier> {
        let claims = self.entities.row(entity).claims.iter().map(|claim| self.claims.row(*claim));
        claims.filter_map(|row| match &row.statement {
            Statement::Identifier { identifier, .. }
                if identifier.scheme().is_strong()
                    && row.status_at(self.seq()) == Some(ClaimStatus::Accepted) =>
            {
                Some(identifier)
            }
            _ => None,
        })
    }
}
