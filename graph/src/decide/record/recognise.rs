//! Which entity a draft speaks of: a recorded one, one declared earlier in the same command, or a
//! new one.

use std::collections::BTreeMap;

use super::super::Refusal;
use super::Recognised;
use crate::model::form::is_full_name;
use crate::model::{EntityDraft, EntityId, EntityKind, Name, NameKey};
use crate::state::State;

/// Entities that this command declares. They are recognised by the name of their declaration
/// alone: what else they are called is a claim that is not recorded yet, and two entities of one
/// source that share a short name are two.
#[derive(Default)]
pub(super) struct Declared {
    by_name: BTreeMap<(EntityKind, NameKey), EntityId>,
    names: BTreeMap<EntityId, NameKey>,
}

impl Declared {
    pub(super) fn is_name_of(&self, id: EntityId, key: &NameKey) -> bool {
        self.names.get(&id) == Some(key)
    }
}

pub(super) fn recognise(
    state: &State,
    declared: &mut Declared,
    draft: &EntityDraft,
) -> Result<Recognised, Refusal> {
    match draft {
        EntityDraft::Known(id) => {
            let ix = state.entity_ix(*id).ok_or(Refusal::UnknownEntity(*id))?;
            Ok(Recognised {
                id: *id,
                kind: state.entities.row(ix).kind,
                declare: None,
                new_name: None,
            })
        }
        EntityDraft::Named { kind, name, also_known_as } => {
            let name = Name::new(name)?;
            by_name(state, declared, *kind, name, also_known_as)
        }
    }
}

fn by_name(
    state: &State,
    declared: &mut Declared,
    kind: EntityKind,
    name: Name,
    also_known_as: &[String],
) -> Result<Recognised, Refusal> {
    let key = name.key();
    let known = |id| Recognised { id, kind, declare: None, new_name: None };
    let own_id = EntityId::derive(kind, &key);
    let bearers = state.bearers(kind, &key);
    match bearers.as_slice() {
        [one] => return Ok(known(*one)),
        [] => {}
        several if several.contains(&own_id) => return Ok(known(own_id)),
        several => {
            let (name, candidates) = (name.as_str().to_owned(), several.to_vec());
            return Err(Refusal::AmbiguousName { name, kind, candidates });
        }
    }
    if let Some(id) = declared.by_name.get(&(kind, key.clone())) {
        return Ok(known(*id));
    }
    if let Some(id) = by_other_names(state, kind, &name, also_known_as) {
        return Ok(Recognised { id, kind, declare: None, new_name: Some(name) });
    }
    if let Some(ix) = state.entity_ix(own_id) {
        // Declared under this name, and hidden from the look-up by a rejected alias or a merge.
        return Ok(known(state.entities.id(ix)));
    }
    declared.names.insert(own_id, key.clone());
    declared.by_name.insert((kind, key), own_id);
    Ok(Recognised { id: own_id, kind, declare: Some(name), new_name: None })
}

/// The one entity that bears one of the other names; none where several do, since a wrong merge
/// is worse than a missing one.
fn by_other_names(
    state: &State,
    kind: EntityKind,
    name: &Name,
    also_known_as: &[String],
) -> Option<EntityId> {
    let mut found: Vec<EntityId> = Vec::new();
    for alias in
        also_known_as.iter().map(|a| NameKey::of(a)).filter(|a| a.as_str().chars().count() > 1)
    {
        found.extend(state.bearers(kind, &alias));
    }
    found.sort_unstable();
    found.dedup();
    let [one] = found.as_slice() else { return None };
    let other_full_name = is_full_name(name.as_str())
        && state.entity_ix(*one).is_some_and(|ix| state.names_of(ix).any(is_full_name));
    (!other_full_name).then_some(*one)
}
