//! What a person supposes on the command line.

use std::collections::BTreeMap;

use graph::model::{
    Confidence, EntityDraft, EntityId, EntityKind, LocalEntity, Modality, Qualifiers, RelationId,
    RelationStatement, Validity,
};
use graph::state::EntityIx;
use graph::view::{Hypothesis, SupposedRelation, View};
use petgraph::Direction;

use crate::cli::{Phrase, Severed, Supposed};
use crate::lookup::{self, kind_and_name};
use crate::output::say;
use crate::report::Failure;

/// The view as it would be: first without those who leave, then without what is severed, then with
/// what is supposed. Each may name what the one before it made.
pub(crate) fn suppose(view: View, supposed: &Supposed) -> Result<View, Failure> {
    let mut view = view;
    let mut told = Vec::new();
    for name in &supposed.without {
        let entity = named(&view, name)?;
        told.push(format!("without {}", view.name(entity)));
        view = changed(&view, &[Hypothesis::Remove(view.entity_id(entity))])?;
    }
    for severed in &supposed.sever {
        let (relations, words) = match severed {
            Severed::Id(id) => (vec![*id], id.to_string()),
            Severed::Like(phrase) => (like(&view, phrase)?, phrase.words.clone()),
        };
        told.push(format!("severed: {words}"));
        let changes: Vec<_> = relations.into_iter().map(Hypothesis::Sever).collect();
        view = changed(&view, &changes)?;
    }
    for phrase in &supposed.suppose {
        told.push(format!("supposed: {}", phrase.words));
        view = changed(&view, &[Hypothesis::Relate(relation(&view, phrase)?)])?;
    }
    if !told.is_empty() {
        say(format_args!("what if (nothing is recorded): {}", told.join("; ")));
    }
    Ok(view)
}

fn changed(view: &View, changes: &[Hypothesis]) -> Result<View, Failure> {
    view.suppose(changes).map_err(|error| Failure::of(&error))
}

fn named(view: &View, word: &str) -> Result<EntityIx, Failure> {
    let (kind, name) = kind_and_name(word);
    lookup::entity(view, name, kind)
}

/// The relations that a phrase fits.
fn like(view: &View, phrase: &Phrase) -> Result<Vec<RelationId>, Failure> {
    let Phrase { predicate, product, stage, texts, from, to, planned, .. } = phrase;
    if stage.is_some() || !texts.is_empty() || from.is_some() || to.is_some() || *planned {
        return Err(Failure::usage("a relation to sever is narrowed by `product=NAME` alone")
            .way_out("for one of several, pass its id, which --json tells"));
    }
    let (source, target) = (named(view, &phrase.source)?, named(view, &phrase.target)?);
    let product = product.as_deref();
    let product = product.map(|name| lookup::entity(view, name, Some(EntityKind::Product)));
    let product = product.transpose()?;
    let leaving = view.relations(source, Some(Direction::Outgoing)).into_iter();
    let fitting = leaving.filter(|ix| {
        let (a, b) = view.ends(*ix);
        let other = if a == source { b } else { a };
        view.predicate(*ix) == *predicate
            && other == target
            && product.is_none_or(|product| view.product(*ix) == Some(product))
    });
    let found: Vec<RelationId> = fitting.filter_map(|ix| Some(view.relation(ix)?.id)).collect();
    if found.is_empty() {
        return Err(Failure::new(format!("no source says `{}`", phrase.words))
            .way_out("there is nothing to sever"));
    }
    Ok(found)
}

fn relation(view: &View, phrase: &Phrase) -> Result<SupposedRelation, Failure> {
    let mut entities = Vec::new();
    let mut local = |draft: EntityDraft| {
        entities.push(draft);
        LocalEntity(entities.len() - 1)
    };
    let source = local(end(view, &phrase.source)?);
    let target = local(end(view, &phrase.target)?);
    let mut narrowing =
        |kind, name: &Option<String>| name.as_deref().map(|name| local(of_kind(kind, name)));
    let product = narrowing(EntityKind::Product, &phrase.product);
    let stage = narrowing(EntityKind::Stage, &phrase.stage);
    let texts: BTreeMap<_, _> = phrase.texts.iter().cloned().collect();
    let validity = Validity::new(phrase.from, phrase.to);
    let relation = RelationStatement {
        predicate: phrase.predicate,
        source,
        target,
        qualifiers: Qualifiers { product, stage, texts },
        validity: validity.map_err(|error| Failure::usage(error.to_string()))?,
        modality: if phrase.planned { Modality::Planned } else { Modality::Actual },
    };
    Ok(SupposedRelation { entities, relation, evidence: None, confidence: Confidence::CERTAIN })
}

/// One that is known, or a new one if its kind is said.
fn end(view: &View, word: &str) -> Result<EntityDraft, Failure> {
    match kind_and_name(word) {
        (Some(kind), name) => Ok(of_kind(kind, name)),
        (None, name) => match lookup::entity(view, name, None) {
            Ok(entity) => Ok(EntityDraft::Known(view.entity_id(entity))),
            Err(failure) => {
                Err(failure.about(format_args!("for a new one write its kind, as in FIRM:{name}")))
            }
        },
    }
}

/// By id, or by the name of a known or a new one.
fn of_kind(kind: EntityKind, name: &str) -> EntityDraft {
    name.parse::<EntityId>().map_or_else(
        |_| EntityDraft::Named { kind, name: name.to_owned(), also_known_as: Vec::new() },
        EntityDraft::Known,
    )
}
