//! What claims state, in little memory.
//!
//! Nearly every claim of a large graph states a relation, and what it states is mostly the key of
//! that relation's row. So a claim keeps its relation and what the relation leaves open; everything
//! else that a claim can state stands in a list of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cow::CowVec;
use super::entities::EntityIx;
use super::interned::Interned;
use super::maybe::Maybe;
use super::numbers;
use super::relations::RelationIx;
use crate::model::{
    Identifier, Modality, Observation, Predicate, Qualifiers, RelationStatement, RoleHeld,
    Statement, TextQualifier, Validity,
};

/// Texts that narrow a relation.
pub(crate) type Texts = BTreeMap<TextQualifier, String>;

static NO_TEXTS: Texts = Texts::new();

/// What a claim states, borrowed from the state; entities as they were named when it was made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stated<'a> {
    /// A relation of two entities.
    Relation(StatedRelation<'a>),
    /// Another name of an entity.
    Alias {
        /// Who is called so.
        entity: EntityIx,
        /// The name.
        text: &'a str,
    },
    /// A role of a firm.
    Role(&'a RoleHeld<EntityIx>),
    /// An identifier from outside.
    Identifier {
        /// Whose it is.
        entity: EntityIx,
        /// The identifier.
        identifier: &'a Identifier,
    },
    /// A short description.
    Summary {
        /// Of whom.
        entity: EntityIx,
        /// The description.
        text: &'a str,
    },
    /// A figure.
    Observation(&'a Observation<EntityIx>),
}

/// A relation as a claim states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedRelation<'a> {
    /// Which relation.
    pub predicate: Predicate,
    /// Its first end.
    pub source: EntityIx,
    /// Its second end.
    pub target: EntityIx,
    /// The product supplied or meant.
    pub product: Option<EntityIx>,
    /// The stage of the chain in which it holds.
    pub stage: Option<EntityIx>,
    /// Everything else that narrows it.
    pub texts: &'a BTreeMap<TextQualifier, String>,
    /// When it held, as stated.
    pub validity: Validity,
    /// Whether it is a plan.
    pub modality: Modality,
}

impl Stated<'_> {
    /// Whom it is about: a relation's source, else the bearer.
    pub fn subject(&self) -> EntityIx {
        match *self {
            Self::Relation(r) => r.source,
            Self::Role(r) => r.entity,
            Self::Observation(o) => o.subject,
            Self::Alias { entity, .. }
            | Self::Identifier { entity, .. }
            | Self::Summary { entity, .. } => entity,
        }
    }

    /// Every entity it names: the subject first, then target, product and stage.
    pub fn entities(&self) -> impl Iterator<Item = EntityIx> + use<> {
        let beside = match self {
            Self::Relation(r) => [Some(r.target), r.product, r.stage],
            _ => [None; 3],
        };
        std::iter::once(self.subject()).chain(beside.into_iter().flatten())
    }

    /// When it held, as stated; only relations and roles have a validity.
    pub fn validity(&self) -> Validity {
        match self {
            Self::Relation(r) => r.validity,
            Self::Role(r) => r.validity,
            _ => Validity::UNSTATED,
        }
    }

    /// Whether it is a plan; only relations and figures can be.
    pub fn modality(&self) -> Modality {
        match self {
            Self::Relation(r) => r.modality,
            Self::Observation(o) => o.modality,
            _ => Modality::Actual,
        }
    }

    /// The same as a value of its own.
    pub fn to_statement(&self) -> Statement<EntityIx> {
        match *self {
            Self::Relation(r) => Statement::Relation(RelationStatement {
                predicate: r.predicate,
                source: r.source,
                target: r.target,
                qualifiers: Qualifiers {
                    product: r.product,
                    stage: r.stage,
                    texts: r.texts.clone(),
                },
                validity: r.validity,
                modality: r.modality,
            }),
            Self::Alias { entity, text } => Statement::Alias { entity, text: text.to_owned() },
            Self::Role(held) => Statement::Role(held.clone()),
            Self::Identifier { entity, identifier } => {
                Statement::Identifier { entity, identifier: identifier.clone() }
            }
            Self::Summary { entity, text } => Statement::Summary { entity, text: text.to_owned() },
            Self::Observation(figure) => Statement::Observation(figure.clone()),
        }
    }
}

impl<'a> From<&'a Statement<EntityIx>> for Stated<'a> {
    fn from(statement: &'a Statement<EntityIx>) -> Self {
        match statement {
            Statement::Relation(r) => Self::Relation(StatedRelation {
                predicate: r.predicate,
                source: r.source,
                target: r.target,
                product: r.qualifiers.product,
                stage: r.qualifiers.stage,
                texts: &r.qualifiers.texts,
                validity: r.validity,
                modality: r.modality,
            }),
            Statement::Alias { entity, text } => Self::Alias { entity: *entity, text },
            Statement::Role(held) => Self::Role(held),
            Statement::Identifier { entity, identifier } => {
                Self::Identifier { entity: *entity, identifier }
            }
            Statement::Summary { entity, text } => Self::Summary { entity: *entity, text },
            Statement::Observation(figure) => Self::Observation(figure),
        }
    }
}

/// What a claim's row keeps of its statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum States {
    Relation(StatesRelation),
    /// A place in the list of all else.
    Other(u32),
}

/// What a claim says of a relation beside the relation's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StatesRelation {
    pub(super) relation: RelationIx,
    /// A place among the texts, if any narrow it.
    pub(super) texts: Maybe,
    pub(super) validity: Validity,
    pub(super) modality: Modality,
    /// Whether it names the ends of a symmetric relation the other way round.
    pub(super) is_turned: bool,
}

/// What claims state, as far as their rows do not keep it.
#[derive(Clone)]
pub(super) struct Statements {
    texts: Interned<Texts>,
    others: CowVec<Statement<EntityIx>>,
}

impl Statements {
    pub(super) fn new() -> Self {
        Self { texts: Interned::new(), others: CowVec::new() }
    }

    /// Whether texts and a statement more would have places.
    pub(super) fn has_room(&self) -> bool {
        self.texts.has_room() && numbers::next(self.others.len()).is_some()
    }

    /// The place of texts; `None` when places are out.
    pub(super) fn place_texts(&mut self, texts: &Texts) -> Option<Maybe> {
        if texts.is_empty() {
            return Some(Maybe::NONE);
        }
        let number = self.texts.intern(texts, |texts| Arc::new(texts.clone()))?;
        Some(Maybe::of(Some(number)))
    }

    /// Takes in a statement that is no relation; `None` when places are out.
    pub(super) fn place_other(&mut self, statement: Statement<EntityIx>) -> Option<States> {
        let place = numbers::next(self.others.len())?;
        self.others.push(statement);
        Some(States::Other(place))
    }

    pub(super) fn texts(&self, place: Maybe) -> &Texts {
        place.get().map_or(&NO_TEXTS, |number| self.texts.get(number))
    }

    pub(super) fn other(&self, place: u32) -> &Statement<EntityIx> {
        &self.others[place as usize]
    }

    pub(super) fn all_texts(&self) -> impl Iterator<Item = &Texts> {
        self.texts.iter().map(|texts| &**texts)
    }

    pub(super) fn others(&self) -> impl Iterator<Item = &Statement<EntityIx>> {
        self.others.iter()
    }
}
