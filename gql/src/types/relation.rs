//! Relations, with the claims that hold each up.

use async_graphql::{ID, Object, SimpleObject};
use graph::model::{Confidence, EntityId, Modality, Predicate, RelationId, RelationStatement};
use graph::state::{EntityIx, RelationIx};
use graph::view::{ClaimView, QualifierView, RelationView, View};

use super::claim::Claim;
use super::entity::Entity;
use super::node_id::NodeId;
use super::scalar::FuzzyDate;
use super::word::Word;
use crate::page::count;

/// A relation of a view.
#[derive(Clone)]
pub(crate) struct Relation {
    view: View,
    shown: RelationView,
}

impl Relation {
    /// `None` where nothing holds it up in this view.
    pub(crate) fn of(view: &View, ix: RelationIx) -> Option<Self> {
        Some(Self { view: view.clone(), shown: view.relation(ix)? })
    }

    /// All of these that hold in this view.
    pub(crate) fn all(view: &View, rows: &[RelationIx]) -> Vec<Self> {
        rows.iter().filter_map(|ix| Self::of(view, *ix)).collect()
    }

    /// What a claim states: the relation that it holds up, or, where the claim is not accepted and
    /// no other holds it up, what it would be.
    pub(crate) fn stated_by(
        view: &View,
        claim: &ClaimView,
        said: &RelationStatement<EntityIx>,
    ) -> Option<Self> {
        let ix = claim.relation?;
        let shown = view.relation(ix).unwrap_or_else(|| merely_stated(view, ix, said));
        Some(Self { view: view.clone(), shown })
    }
}

fn merely_stated(view: &View, ix: RelationIx, said: &RelationStatement<EntityIx>) -> RelationView {
    let id_of = |e: EntityIx| view.entity_id(e);
    let here = |e: EntityIx| view.entity(id_of(e)).unwrap_or(e);
    let named = |key, e: EntityIx| QualifierView {
        key,
        text: view.name(here(e)).to_string(),
        entity: Some(here(e)),
    };
    let mut qualifiers: Vec<QualifierView> = Vec::new();
    qualifiers.extend(said.qualifiers.product.map(|e| named("product", e)));
    qualifiers.extend(said.qualifiers.stage.map(|e| named("stage", e)));
    qualifiers.extend(said.qualifiers.texts.iter().map(|(key, text)| QualifierView {
        key: key.as_str(),
        text: text.clone(),
        entity: None,
    }));
    let by_id: RelationStatement<EntityId> = RelationStatement {
        predicate: said.predicate,
        source: id_of(said.source),
        target: id_of(said.target),
        qualifiers: graph::model::Qualifiers {
            product: said.qualifiers.product.map(id_of),
            stage: said.qualifiers.stage.map(id_of),
            texts: said.qualifiers.texts.clone(),
        },
        validity: said.validity,
        modality: said.modality,
    };
    RelationView {
        ix,
        id: RelationId::derive(&by_id.key()),
        predicate: said.predicate,
        source: here(said.source),
        target: here(said.target),
        qualifiers,
        validity: said.validity,
        modality: said.modality,
        confidence: Confidence::combine([]),
        origins: 0,
        claims: Vec::new(),
    }
}

/// Who stands to whom in what relation. It exists in a view while at least one accepted claim holds
/// it up there; the claims say who says so, and in which words.
#[Object]
impl Relation {
    /// Identifies it for ever; claims, dates and confidence never change it.
    async fn id(&self) -> ID {
        NodeId::Relation(self.shown.id).into()
    }

    /// Which relation, read from source to target.
    async fn predicate(&self) -> Word<Predicate> {
        Word(self.shown.predicate)
    }

    /// Its first end.
    async fn source(&self) -> Entity {
        Entity::new(&self.view, self.shown.source)
    }

    /// Its second end.
    async fn target(&self) -> Entity {
        Entity::new(&self.view, self.shown.target)
    }

    /// What narrows it: the product supplied, the stage, the role played, the share held …
    async fn qualifiers(&self) -> Vec<Qualifier> {
        let qualifier = |q: &QualifierView| Qualifier {
            key: q.key,
            text: q.text.clone(),
            entity: q.entity.map(|ix| Entity::new(&self.view, ix)),
        };
        self.shown.qualifiers.iter().map(qualifier).collect()
    }

    /// Since when, as stated. Null: not stated; then it is known to hold at its evidence's date, and
    /// not claimed before.
    async fn valid_from(&self) -> Option<FuzzyDate> {
        self.shown.validity.from().map(FuzzyDate)
    }

    /// Until when, as stated. Null: no end is stated.
    async fn valid_to(&self) -> Option<FuzzyDate> {
        self.shown.validity.to().map(FuzzyDate)
    }

    /// Whether it is so, or planned. Planned ones are left out of `trace`.
    async fn modality(&self) -> Word<Modality> {
        Word(self.shown.modality)
    }

    /// How sure one may be: 1 - Π(1 - cᵢ) over independent origins, the surest claim of each. 0
    /// where no accepted claim holds it up, as with the relation of a proposed claim.
    async fn confidence(&self) -> f64 {
        self.shown.confidence.value()
    }

    /// How many independent origins say so. Reprints of one text are one origin.
    async fn origins(&self) -> i32 {
        count(self.shown.origins)
    }

    /// The accepted claims that hold it up, in the order of recording.
    async fn claims(&self) -> Vec<Claim> {
        self.shown.claims.iter().map(|ix| Claim::new(&self.view, *ix)).collect()
    }
}

/// What narrows a relation: an entity (product, stage) or a text.
#[derive(SimpleObject)]
pub(crate) struct Qualifier {
    /// What it tells: `product`, `stage`, `role`, `share` …
    key: &'static str,
    /// The text, or the entity's name.
    text: String,
    /// The entity, where it is one.
    entity: Option<Entity>,
}
