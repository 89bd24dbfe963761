//! Claims: what a source states, and how sure one may be.

mod derive;

use thiserror::Error;

use super::date::Validity;
use super::identifier::Identifier;
use super::observation::Observation;
use super::relation::RelationStatement;
use super::role::{Role, RoleBasis};
use super::vocabulary::{id_type, vocabulary};

id_type! {
    /// Identifies a claim: UUIDv5 over what it states, its evidence and who asserts it. The same
    /// claim again is the same id, and changes nothing.
    ClaimId
}

vocabulary! {
    /// Where a claim stands.
    ClaimStatus, "claim status", {
        /// Waits for review.
        Proposed = "PROPOSED",
        /// Holds up what it states.
        Accepted = "ACCEPTED",
        /// Reviewed and refused.
        Rejected = "REJECTED",
        /// Withdrawn.
        Retracted = "RETRACTED",
    }
}

vocabulary! {
    /// What a reviewer decides.
    Verdict, "verdict", {
        /// The claim holds.
        Accept = "ACCEPT",
        /// It does not.
        Reject = "REJECT",
    }
}

/// How sure one may be of a claim, from 0 (no trust) to 1 (certain).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Confidence(f64);

/// A number that is no confidence.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("a confidence lies between 0 and 1; got {0}")]
pub struct ConfidenceError(pub f64);

impl Confidence {
    /// Certain.
    pub const CERTAIN: Confidence = Confidence(1.0);

    /// Checks that the number lies in 0..=1.
    ///
    /// # Errors
    /// [`ConfidenceError`] otherwise, NaN included.
    pub fn new(value: f64) -> Result<Self, ConfidenceError> {
        if (0.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(ConfidenceError(value)) }
    }

    /// The number, 0 to 1.
    pub fn value(self) -> f64 {
        self.0
    }

    /// Of several independent sayings, that at least one is right: `1 - Π(1 - cᵢ)`.
    pub fn combine(sayings: impl IntoIterator<Item = Confidence>) -> Confidence {
        Confidence(1.0 - sayings.into_iter().map(|c| 1.0 - c.0).product::<f64>())
    }
}

/// A firm's role, as stated.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleHeld<E> {
    /// Who holds it.
    pub entity: E,
    /// Which role.
    pub role: Role,
    /// By an authority, or by a writer.
    pub basis: RoleBasis,
    /// When it held, as stated.
    pub validity: Validity,
}

/// What a claim states: exactly one thing. `E` is how entities are named: by a place in a file of
/// drafts, by id in events, by index in the state.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement<E> {
    /// A relation of two entities.
    Relation(RelationStatement<E>),
    /// Another name of an entity.
    Alias {
        /// Who is called so.
        entity: E,
        /// The name.
        text: String,
    },
    /// A role of a firm.
    Role(RoleHeld<E>),
    /// An identifier from outside.
    Identifier {
        /// Whose it is.
        entity: E,
        /// The identifier.
        identifier: Identifier,
    },
    /// A short description.
    Summary {
        /// Of whom.
        entity: E,
        /// The description.
        text: String,
    },
    /// A figure.
    Observation(Observation<E>),
}

impl<E: Copy> Statement<E> {
    /// Whom it is about: a relation's source, else the bearer.
    pub fn subject(&self) -> E {
        match self {
            Self::Relation(r) => r.source,
            Self::Role(r) => r.entity,
            Self::Observation(o) => o.subject,
            Self::Alias { entity, .. }
            | Self::Identifier { entity, .. }
            | Self::Summary { entity, .. } => *entity,
        }
    }

    /// Every entity it names: the subject first, then target, product and stage.
    pub fn entities(&self) -> Vec<E> {
        match self {
            Self::Relation(r) => {
                let qualifiers = [r.qualifiers.product, r.qualifiers.stage];
                [r.source, r.target].into_iter().chain(qualifiers.into_iter().flatten()).collect()
            }
            _ => vec![self.subject()],
        }
    }

    /// When it held, as stated; only relations and roles have a validity.
    pub fn validity(&self) -> Validity {
        match self {
            Self::Relation(r) => r.validity,
            Self::Role(r) => r.validity,
            _ => Validity::UNSTATED,
        }
    }

    /// The same statement with entities named another way; the first failure of `name` ends it.
    ///
    /// # Errors
    /// Whatever `name` returns.
    pub fn try_map<F, X>(
        &self,
        mut name: impl FnMut(E) -> Result<F, X>,
    ) -> Result<Statement<F>, X> {
        Ok(match self {
            Self::Relation(r) => Statement::Relation(RelationStatement {
                predicate: r.predicate,
                source: name(r.source)?,
                target: name(r.target)?,
                qualifiers: super::relation::Qualifiers {
                    product: r.qualifiers.product.map(&mut name).transpose()?,
                    stage: r.qualifiers.stage.map(&mut name).transpose()?,
                    texts: r.qualifiers.texts.clone(),
                },
                validity: r.validity,
                modality: r.modality,
            }),
            Self::Alias { entity, text } => {
                Statement::Alias { entity: name(*entity)?, text: text.clone() }
            }
            Self::Role(r) => Statement::Role(RoleHeld {
                entity: name(r.entity)?,
                role: r.role,
                basis: r.basis,
                validity: r.validity,
            }),
            Self::Identifier { entity, identifier } => {
                Statement::Identifier { entity: name(*entity)?, identifier: identifier.clone() }
            }
            Self::Summary { entity, text } => {
                Statement::Summary { entity: name(*entity)?, text: text.clone() }
            }
            Self::Observation(o) => Statement::Observation(Observation {
                subject: name(o.subject)?,
                metric: o.metric.clone(),
                value: o.value,
                value_max: o.value_max,
                unit: o.unit.clone(),
                comparator: o.comparator,
                period: o.period.clone(),
                modality: o.modality,
            }),
        })
    }
}
