//! A relation as callers write one down.

use async_graphql::{ID, InputObject};
use graph::model::EntityDraft;
use graph::model::{
    Confidence, EntityKind, Evidence, LocalEntity, Modality, Predicate, Qualifiers,
    RelationStatement, Span, TextQualifier, Validity,
};
use graph::view::{SupposedRelation, View};

use super::super::node_id::{document_id, entity_id};
use super::super::scalar::FuzzyDate;
use super::super::word::Word;
use crate::error::Problem;

/// A relation that someone states.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RelationInput {
    /// Which relation.
    pub(crate) predicate: Word<Predicate>,
    /// Its first end.
    pub(crate) source: EntityRef,
    /// Its second end.
    pub(crate) target: EntityRef,
    /// What narrows it: a product, a stage, texts.
    pub(crate) qualifiers: Option<Vec<QualifierInput>>,
    /// When it began to hold; absent: not stated.
    pub(crate) valid_from: Option<FuzzyDate>,
    /// When it ceased to hold; absent: not stated.
    pub(crate) valid_to: Option<FuzzyDate>,
    /// Whether it is so or planned.
    #[graphql(default_with = "Some(Word(Modality::Actual))")]
    pub(crate) modality: Option<Word<Modality>>,
    /// How sure one may be of it, 0 to 1.
    #[graphql(default_with = "Some(1.0)")]
    pub(crate) confidence: Option<f64>,
    /// The words that say so.
    pub(crate) evidence: Option<EvidenceInput>,
}

/// An entity: by its id, or by kind and name. Who bears no known name of that kind is new.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct EntityRef {
    /// Its id; then nothing else.
    pub(crate) id: Option<ID>,
    /// Its kind.
    pub(crate) kind: Option<Word<EntityKind>>,
    /// Its name or an alias.
    pub(crate) name: Option<String>,
}

/// What narrows a relation.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct QualifierInput {
    /// `product` or `stage`, which take an entity or its name as a text; or `role`, `position`, `scope`, `mode`, `share`,
    /// `amount`, `topic`, `title`, `rank`, `edition`, `count`, `distributive`, which take a text.
    pub(crate) key: String,
    /// The text; of `product` and `stage` a name, by which an unknown one is new.
    pub(crate) text: Option<String>,
    /// The product or stage; its kind need not be said.
    pub(crate) entity: Option<EntityRef>,
}

/// Words of a recorded article.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct EvidenceInput {
    /// The article.
    pub(crate) document: ID,
    /// The words, as they stand there.
    pub(crate) quote: String,
    /// Where they begin, in characters (Unicode scalar values); absent: where they first stand.
    pub(crate) start: Option<i32>,
}

impl EntityRef {
    /// `implied`: the kind, where the place tells it.
    fn draft(&self, implied: Option<EntityKind>) -> Result<EntityDraft, Problem> {
        let kind = self.kind.map(|kind| kind.0).or(implied);
        match (&self.id, kind, &self.name) {
            (Some(id), _, None) if self.kind.is_none() => Ok(EntityDraft::Known(entity_id(id)?)),
            (None, Some(kind), Some(name)) => {
                Ok(EntityDraft::Named { kind, name: name.clone(), also_known_as: Vec::new() })
            }
            _ => Err(Problem::bad_input("name an entity by `id`, or by `kind` and `name`")),
        }
    }
}

impl EvidenceInput {
    fn evidence(&self, view: &View) -> Result<Evidence, Problem> {
        let id = document_id(&self.document)?;
        let found = view.document_by_id(id);
        let ix = found.ok_or_else(|| Problem::not_found("document", &self.document))?;
        let text = view.document(ix).document.text();
        let characters = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let start = match self.start {
            Some(start) => u32::try_from(start)
                .map_err(|_| Problem::bad_input("`start` counts characters from 0"))?,
            None => {
                let byte = text.find(&self.quote).ok_or_else(|| {
                    Problem::bad_input(format!("`{}` does not stand in the document", self.quote))
                })?;
                characters(&text[..byte])
            }
        };
        let span = Span { start, end: start.saturating_add(characters(&self.quote)) };
        Ok(Evidence { document: id, span, quote: self.quote.clone() })
    }
}

impl RelationInput {
    /// The relation as a view may suppose it.
    pub(crate) fn supposed(&self, view: &View) -> Result<SupposedRelation, Problem> {
        let mut entities = Vec::new();
        let mut local = |entity: &EntityRef, implied| {
            entities.push(entity.draft(implied)?);
            Ok::<_, Problem>(LocalEntity(entities.len() - 1))
        };
        let (source, target) = (local(&self.source, None)?, local(&self.target, None)?);
        let mut qualifiers = Qualifiers::none();
        for given in self.qualifiers.iter().flatten() {
            let (place, kind) = match given.key.as_str() {
                "product" => (&mut qualifiers.product, EntityKind::Product),
                "stage" => (&mut qualifiers.stage, EntityKind::Stage),
                key => {
                    let key: TextQualifier = key.parse().map_err(|_| unknown_qualifier(key))?;
                    let (Some(text), None) = (&given.text, &given.entity) else {
                        return Err(Problem::bad_input(format!("`{key}` takes a `text`")));
                    };
                    if qualifiers.texts.insert(key, text.clone()).is_some() {
                        return Err(twice(&given.key));
                    }
                    continue;
                }
            };
            if place.is_some() {
                return Err(twice(&given.key));
            }
            let named;
            let entity = match (&given.text, &given.entity) {
                (None, Some(entity)) => entity,
                (Some(name), None) => {
                    named = EntityRef { id: None, kind: None, name: Some(name.clone()) };
                    &named
                }
                _ => {
                    let key = &given.key;
                    return Err(Problem::bad_input(format!(
                        "`{key}` takes an `entity`, or its name as `text`"
                    )));
                }
            };
            *place = Some(local(entity, Some(kind))?);
        }
        let dates = (self.valid_from.map(|date| date.0), self.valid_to.map(|date| date.0));
        let bad = |error: &dyn std::fmt::Display| Problem::bad_input(error.to_string());
        let relation = RelationStatement {
            predicate: self.predicate.0,
            source,
            target,
            qualifiers,
            validity: Validity::new(dates.0, dates.1).map_err(|error| bad(&error))?,
            modality: self.modality.map_or(Modality::Actual, |modality| modality.0),
        };
        let evidence = self.evidence.as_ref().map(|given| given.evidence(view)).transpose()?;
        let confidence =
            Confidence::new(self.confidence.unwrap_or(1.0)).map_err(|error| bad(&error))?;
        Ok(SupposedRelation { entities, relation, evidence, confidence })
    }
}

fn twice(key: &str) -> Problem {
    Problem::bad_input(format!("`{key}` is given twice; a relation has one"))
}

fn unknown_qualifier(key: &str) -> Problem {
    let texts: Vec<&str> = TextQualifier::ALL.iter().map(|key| key.as_str()).collect();
    Problem::bad_input(format!(
        "`{key}` is no qualifier; they are product, stage, {}",
        texts.join(", ")
    ))
}
