//! Lines that declare entities.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_with::{DefaultOnNull, serde_as};

use super::word::{Small, Word};
use super::{EntityRef, LineError};
use crate::model::{
    EntityKind, Identifier, IdentifierScheme, Name, Role, RoleBasis, RoleHeld, Statement, Validity,
};

/// An entity. Aliases, roles and identifiers are short for claims without evidence.
#[serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntityLine {
    /// Its id in this file.
    pub id: String,
    /// Its kind.
    #[serde_as(as = "Word")]
    pub kind: EntityKind,
    /// Its name.
    pub name: String,
    /// Other names.
    #[serde_as(as = "DefaultOnNull")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Roles of a firm, as described by a writer.
    #[serde_as(as = "DefaultOnNull<Vec<Word>>")]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// Identifiers by scheme.
    #[serde_as(as = "DefaultOnNull<BTreeMap<Small, _>>")]
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub identifiers: BTreeMap<IdentifierScheme, String>,
}

impl EntityLine {
    /// The line of an entity with nothing but its name.
    pub fn new(id: impl Into<String>, kind: EntityKind, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            kind,
            name: name.into(),
            aliases: Vec::new(),
            roles: Vec::new(),
            identifiers: BTreeMap::new(),
        }
    }

    /// The claims that it is short for, in the order aliases, roles, identifiers.
    ///
    /// # Errors
    /// [`LineError`] for a name or an identifier that is none, or a role of something that is no
    /// firm.
    pub fn statements(&self) -> Result<Vec<Statement<EntityRef<'_>>>, LineError> {
        Name::new(&self.name)?;
        let entity = EntityRef::Id(&self.id);
        let mut statements = Vec::new();
        for alias in &self.aliases {
            Name::new(alias)?;
            statements.push(Statement::Alias { entity, text: alias.clone() });
        }
        for role in &self.roles {
            super::statement::check_role_bearer(self.kind)?;
            // A list of roles does not say who gave them: the weaker reading is taken.
            let basis = RoleBasis::Described;
            let held = RoleHeld { entity, role: *role, basis, validity: Validity::UNSTATED };
            statements.push(Statement::Role(held));
        }
        for (scheme, value) in &self.identifiers {
            let identifier = Identifier::new(*scheme, value)?;
            statements.push(Statement::Identifier { entity, identifier });
        }
        Ok(statements)
    }
}
