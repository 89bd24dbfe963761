//! Claims: what a source states, and how sure one may be.

use std::fmt::{Display, Write as _};

use thiserror::Error;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::date::Validity;
use super::entity::EntityId;
use super::evidence::Evidence;
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

impl ClaimId {
    /// The id of a claim that states this on that evidence by that asserter, on every machine.
    pub fn derive(
        statement: &Statement<EntityId>,
        evidence: Option<&Evidence>,
        asserted_by: &str,
    ) -> Self {
        // Made for every claim that is looked at: one text, and ids written into it in place.
        let mut fields = Fields::of("claim");
        fields.text(asserted_by);
        match evidence {
            None => fields.text(""),
            Some(e) => {
                fields.id(Some(e.document.uuid()));
                fields.shown(e.span.start);
                fields.shown(e.span.end);
            }
        }
        fields.statement(statement);
        Self::from_uuid(super::derive_id(&[&fields.0]))
    }
}

/// Fields that an id is derived from, with NUL between them.
struct Fields(String);

impl Fields {
    fn of(first: &str) -> Self {
        let mut fields = String::with_capacity(256);
        fields.push_str(first);
        Self(fields)
    }

    fn text(&mut self, text: &str) {
        self.0.push('\0');
        self.0.push_str(text);
    }

    fn shown(&mut self, value: impl Display) {
        // Writing to a string cannot fail.
        write!(self.0, "\0{value}").ok();
    }

    fn shown_if_any(&mut self, value: Option<impl Display>) {
        match value {
            Some(value) => self.shown(value),
            None => self.text(""),
        }
    }

    fn id(&mut self, id: Option<Uuid>) {
        let mut buffer = [0; Hyphenated::LENGTH];
        self.text(id.map_or("", |id| id.hyphenated().encode_lower(&mut buffer)));
    }

    fn validity(&mut self, validity: Validity) {
        self.shown_if_any(validity.from());
        self.0.push('/');
        if let Some(to) = validity.to() {
            write!(self.0, "{to}").ok();
        }
    }

    /// Texts that are the same for the same statement and for no other.
    fn statement(&mut self, statement: &Statement<EntityId>) {
        match statement {
            Statement::Relation(r) => {
                self.text("relation");
                self.text(r.predicate.as_str());
                self.id(Some(r.source.uuid()));
                self.id(Some(r.target.uuid()));
                self.id(r.qualifiers.product.map(EntityId::uuid));
                self.id(r.qualifiers.stage.map(EntityId::uuid));
                self.validity(r.validity);
                self.text(r.modality.as_str());
                for (qualifier, text) in &r.qualifiers.texts {
                    self.text(qualifier.as_str());
                    self.text(text);
                }
            }
            Statement::Alias { entity, text } => {
                self.text("alias");
                self.id(Some(entity.uuid()));
                self.text(text);
            }
            Statement::Role(r) => {
                self.text("role");
                self.id(Some(r.entity.uuid()));
                self.text(r.role.as_str());
                self.text(r.basis.as_str());
                self.validity(r.validity);
            }
            Statement::Identifier { entity, identifier } => {
                self.text("identifier");
                self.id(Some(entity.uuid()));
                self.text(identifier.scheme().as_str());
                self.text(identifier.value());
            }
            Statement::Summary { entity, text } => {
                self.text("summary");
                self.id(Some(entity.uuid()));
                self.text(text);
            }
            Statement::Observation(o) => self.observation(o),
        }
    }

    fn observation(&mut self, o: &Observation<EntityId>) {
        self.text("observation");
        self.id(Some(o.subject.uuid()));
        self.text(&o.metric);
        self.shown(o.value);
        self.shown_if_any(o.value_max);
        self.text(&o.unit);
        self.text(o.comparator.as_str());
        self.shown_if_any(o.period.as_ref());
        self.text(o.modality.as_str());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{
        Comparator, DocumentId, EntityKind, Modality, NameKey, Predicate, Qualifiers, Span,
        TextQualifier, derive_id,
    };
    use super::*;

    fn entity(name: &str) -> EntityId {
        EntityId::derive(EntityKind::Firm, &NameKey::of(name))
    }

    /// The form of an id never changes: logs hold ids that were derived so.
    #[test]
    fn an_id_is_derived_from_the_fields_in_order() {
        let (a, b) = (entity("甲"), entity("乙"));
        let evidence = Evidence {
            document: DocumentId::from_uuid(Uuid::from_u128(5)),
            span: Span { start: 3, end: 9 },
            quote: "词".into(),
        };
        let document = evidence.document.to_string();
        let validity = Validity::new("2020".parse().ok(), "2021-05".parse().ok()).unwrap();
        let relation = Statement::Relation(RelationStatement {
            predicate: Predicate::Supplies,
            source: a,
            target: b,
            qualifiers: Qualifiers {
                product: Some(b),
                stage: None,
                texts: BTreeMap::from([(TextQualifier::Scope, "段".to_owned())]),
            },
            validity,
            modality: Modality::Planned,
        });
        let (a, b) = (a.to_string(), b.to_string());
        let expected = [
            "claim",
            "谁",
            &document,
            "3",
            "9",
            "relation",
            "SUPPLIES",
            &a,
            &b,
            &b,
            "",
            "2020/2021-05",
            "PLANNED",
            "scope",
            "段",
        ];
        let id = ClaimId::derive(&relation, Some(&evidence), "谁");
        assert_eq!(id.uuid(), derive_id(&expected));

        let figure = Statement::Observation(Observation {
            subject: entity("甲"),
            metric: "产值".into(),
            value: 1.5,
            value_max: None,
            unit: "CNY".into(),
            comparator: Comparator::Over,
            period: "2024".parse().ok(),
            modality: Modality::Actual,
        });
        let expected = [
            "claim",
            "谁",
            "",
            "observation",
            &a,
            "产值",
            "1.5",
            "",
            "CNY",
            "OVER",
            "2024",
            "ACTUAL",
        ];
        assert_eq!(ClaimId::derive(&figure, None, "谁").uuid(), derive_id(&expected));

        let held = RoleHeld {
            entity: entity("甲"),
            role: Role::ALL[0],
            basis: RoleBasis::Described,
            validity: Validity::UNSTATED,
        };
        let (role, basis) = (held.role.as_str(), held.basis.as_str());
        let expected = ["claim", "谁", "", "role", &a, role, basis, "/"];
        assert_eq!(
            ClaimId::derive(&Statement::Role(held), None, "谁").uuid(),
            derive_id(&expected)
        );

        let alias = Statement::Alias { entity: entity("甲"), text: "小甲".into() };
        let expected = ["claim", "谁", "", "alias", &a, "小甲"];
        assert_eq!(ClaimId::derive(&alias, None, "谁").uuid(), derive_id(&expected));
    }
}
