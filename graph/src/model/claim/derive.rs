//! The id of a claim, from all that makes it what it is.

use std::fmt::{Display, Write as _};

use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::{ClaimId, Statement};
use crate::model::{EntityId, Evidence, Observation, Validity, derive_id};

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
        Self::from_uuid(derive_id(&[&fields.0]))
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

    use super::*;
    use crate::model::{
        Comparator, DocumentId, EntityKind, Modality, NameKey, Predicate, Qualifiers,
        RelationStatement, Role, RoleBasis, RoleHeld, Span, TextQualifier,
    };

    fn entity(name: &str) -> EntityId {
        EntityId::derive(EntityKind::Firm, &NameKey::of(name))
    }

    // The form of an id never changes: logs hold ids that were derived so.
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
    }

    #[test]
    fn other_statements_have_fields_of_their_own() {
        let a = entity("甲").to_string();
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
