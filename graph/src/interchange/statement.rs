//! Claim lines into statements, and statements into claim lines.

use super::claim::{
    About, AliasLine, EntityRef, IdentifierLine, ObservationLine, RelationLine, RoleLine,
    SummaryLine,
};
use super::qualifiers::QualifiersLine;
use super::{Line, LineError};
use crate::model::{
    Comparator, EntityKind, Identifier, Modality, Name, Observation, RelationStatement, RoleBasis,
    RoleHeld, Statement, Validity, ontology,
};

impl RelationLine {
    fn new<E: AsRef<str>>(relation: &RelationStatement<E>, about: About) -> Self {
        let About { id, confidence, status, asserted_by, evidence } = about;
        Self {
            id,
            predicate: relation.predicate,
            source: relation.source.as_ref().to_owned(),
            target: relation.target.as_ref().to_owned(),
            qualifiers: QualifiersLine::new(&relation.qualifiers),
            valid_from: relation.validity.from(),
            valid_to: relation.validity.to(),
            modality: Some(relation.modality),
            confidence,
            status,
            asserted_by,
            evidence,
        }
    }

    fn statement(&self) -> Result<Statement<EntityRef<'_>>, LineError> {
        Ok(Statement::Relation(RelationStatement {
            predicate: self.predicate,
            source: EntityRef::Id(&self.source),
            target: EntityRef::Id(&self.target),
            qualifiers: self.qualifiers.to_model(),
            validity: Validity::new(self.valid_from, self.valid_to)?,
            modality: self.modality.unwrap_or(Modality::Actual),
        }))
    }
}

impl RoleLine {
    fn new<E: AsRef<str>>(held: &RoleHeld<E>, about: About) -> Self {
        let About { id, confidence, status, asserted_by, evidence } = about;
        Self {
            id,
            entity: held.entity.as_ref().to_owned(),
            role: held.role,
            basis: Some(held.basis),
            valid_from: held.validity.from(),
            valid_to: held.validity.to(),
            confidence,
            status,
            asserted_by,
            evidence,
        }
    }

    fn statement(&self) -> Result<Statement<EntityRef<'_>>, LineError> {
        Ok(Statement::Role(RoleHeld {
            entity: EntityRef::Id(&self.entity),
            role: self.role,
            basis: self.basis.unwrap_or(RoleBasis::Described),
            validity: Validity::new(self.valid_from, self.valid_to)?,
        }))
    }
}

impl ObservationLine {
    fn new<E: AsRef<str>>(observation: &Observation<E>, about: About) -> Self {
        let About { id, confidence, status, asserted_by, evidence } = about;
        Self {
            id,
            subject: observation.subject.as_ref().to_owned(),
            metric: observation.metric.clone(),
            value: observation.value,
            value_max: observation.value_max,
            unit: observation.unit.clone(),
            comparator: Some(observation.comparator),
            period: observation.period.clone(),
            modality: Some(observation.modality),
            confidence,
            status,
            asserted_by,
            evidence,
        }
    }

    fn statement(&self) -> Result<Statement<EntityRef<'_>>, LineError> {
        let observation = Observation {
            subject: EntityRef::Id(&self.subject),
            metric: self.metric.clone(),
            value: self.value,
            value_max: self.value_max,
            unit: self.unit.clone(),
            comparator: self.comparator.unwrap_or(Comparator::Exact),
            period: self.period.clone(),
            modality: self.modality.unwrap_or(Modality::Actual),
        };
        observation.check()?;
        Ok(Statement::Observation(observation))
    }
}

impl Line {
    /// What a claim line states; `None` for lines that are no claims. Use
    /// [`Statement::try_map`] to look the entities up, then [`check_kinds`].
    ///
    /// # Errors
    /// [`LineError`] for dates that run backwards and for names, identifiers, descriptions and
    /// figures that are none.
    pub fn statement(&self) -> Result<Option<Statement<EntityRef<'_>>>, LineError> {
        let statement = match self {
            Self::Relation(line) => line.statement()?,
            Self::Role(line) => line.statement()?,
            Self::Observation(line) => line.statement()?,
            Self::Alias(line) => {
                Name::new(&line.text)?;
                Statement::Alias { entity: EntityRef::Id(&line.entity), text: line.text.clone() }
            }
            Self::Identifier(line) => {
                let identifier = Identifier::new(line.scheme, &line.value)?;
                Statement::Identifier { entity: EntityRef::Id(&line.entity), identifier }
            }
            Self::Summary(line) => {
                if line.text.trim().is_empty() {
                    return Err(LineError::EmptySummary);
                }
                Statement::Summary { entity: EntityRef::Id(&line.entity), text: line.text.clone() }
            }
            _ => return Ok(None),
        };
        Ok(Some(statement))
    }

    /// What a claim line says beside its statement; `None` for lines that are no claims.
    pub fn into_about(self) -> Option<About> {
        Some(match self {
            Self::Relation(line) => line.into_about(),
            Self::Role(line) => line.into_about(),
            Self::Observation(line) => line.into_about(),
            Self::Alias(line) => line.into_about(),
            Self::Identifier(line) => line.into_about(),
            Self::Summary(line) => line.into_about(),
            _ => return None,
        })
    }

    /// The line of a claim whose entities are given by their ids in the file.
    pub fn claim<E: AsRef<str>>(statement: &Statement<E>, about: About) -> Self {
        let name = |entity: &E| entity.as_ref().to_owned();
        match statement {
            Statement::Relation(relation) => Self::Relation(RelationLine::new(relation, about)),
            Statement::Role(role) => Self::Role(RoleLine::new(role, about)),
            Statement::Observation(figure) => {
                Self::Observation(ObservationLine::new(figure, about))
            }
            Statement::Alias { entity, text } => {
                let (entity, text) = (name(entity), text.clone());
                let About { id, confidence, status, asserted_by, evidence } = about;
                Self::Alias(AliasLine {
                    id,
                    entity,
                    text,
                    confidence,
                    status,
                    asserted_by,
                    evidence,
                })
            }
            Statement::Identifier { entity, identifier } => {
                let (entity, value) = (name(entity), identifier.value().to_owned());
                let scheme = identifier.scheme();
                let About { id, confidence, status, asserted_by, evidence } = about;
                Self::Identifier(IdentifierLine {
                    id,
                    entity,
                    scheme,
                    value,
                    confidence,
                    status,
                    asserted_by,
                    evidence,
                })
            }
            Statement::Summary { entity, text } => {
                let (entity, text) = (name(entity), text.clone());
                let About { id, confidence, status, asserted_by, evidence } = about;
                Self::Summary(SummaryLine {
                    id,
                    entity,
                    text,
                    confidence,
                    status,
                    asserted_by,
                    evidence,
                })
            }
        }
    }
}

/// Checks that a statement may be made of entities of these kinds: domain and range of the
/// predicate, a PRODUCT and a STAGE as those qualifiers, roles of a FIRM.
///
/// # Errors
/// [`LineError::Signature`] or [`LineError::Kind`], with the kinds named.
pub fn check_kinds<E: Copy>(
    statement: &Statement<E>,
    kind_of: impl Fn(E) -> EntityKind,
) -> Result<(), LineError> {
    match statement {
        Statement::Relation(r) => {
            ontology::check_signature(r.predicate, kind_of(r.source), kind_of(r.target))?;
            let qualifiers = [
                ("the qualifier `product`", EntityKind::Product, r.qualifiers.product),
                ("the qualifier `stage`", EntityKind::Stage, r.qualifiers.stage),
            ];
            for (what, needed, entity) in qualifiers {
                if let Some(entity) = entity {
                    check_kind(what, needed, kind_of(entity))?;
                }
            }
            Ok(())
        }
        Statement::Role(r) => check_role_bearer(kind_of(r.entity)),
        _ => Ok(()),
    }
}

pub(super) fn check_role_bearer(found: EntityKind) -> Result<(), LineError> {
    check_kind("a role", EntityKind::Firm, found)
}

fn check_kind(what: &'static str, needed: EntityKind, found: EntityKind) -> Result<(), LineError> {
    if needed == found { Ok(()) } else { Err(LineError::Kind { what, needed, found }) }
}
