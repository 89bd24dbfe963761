//! Which entity of the graph each entity of the file is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use graph::decide::{Command, Decision, OnRefusal, Policy, Refusal, decide};
use graph::event::Event;
use graph::model::{Drafts, EntityDraft, EntityId, EntityKind, LocalEntity, Name};
use graph::state::State;
use graph::view::View;

use super::bad::BadLines;

/// Every entity of the file, recognised before any claim is looked at.
pub(super) struct Entities {
    planned: Vec<Planned>,
}

/// An entity of the file.
pub(super) struct Planned {
    /// Which it is; `None` where several could be meant.
    pub(super) id: Option<EntityId>,
    pub(super) kind: Option<EntityKind>,
    /// How to speak of it: by id where it is recorded, else by the name that makes its id.
    pub(super) draft: EntityDraft,
    /// The name by which the file speaks of it, where the graph does not know that name yet: it
    /// becomes an alias on the evidence of the first claim about it.
    pub(super) new_name: Option<String>,
}

impl Entities {
    /// Recognises entities, each with its line, in the order of the file. Those that cannot be
    /// told make their line bad. Also gives the events that would declare those that are new.
    pub(super) fn recognise(
        state: &Arc<State>,
        policy: Policy,
        entities: Vec<(usize, EntityDraft)>,
        bad: &mut BadLines,
    ) -> Result<(Entities, Vec<Event>), Refusal> {
        let drafts = entities.iter().map(|(_, draft)| draft.clone()).collect();
        let recognised = decide(state, &speaking_of(drafts), policy)?;
        let Decision { events, entities: ids, .. } = recognised;
        let view = View::of(Arc::clone(state));
        let declared = declarations(&events);
        let mut planned = Vec::with_capacity(entities.len());
        for ((line, draft), id) in entities.into_iter().zip(ids) {
            match id {
                Some(id) => planned.push(Planned::recognised(id, draft, &declared, &view)),
                None => {
                    // Alone it is refused for the reason that it was left out for.
                    let alone = decide(state, &refusing(draft.clone()), policy);
                    let reason = alone.err().map(|refusal| refusal.to_string());
                    bad.add(
                        line,
                        reason.unwrap_or_else(|| "no entity can be told from it".to_owned()),
                    );
                    let kind = kind_of(&draft);
                    planned.push(Planned { id: None, kind, draft, new_name: None });
                }
            }
        }
        drop(declared);
        Ok((Entities { planned }, events))
    }

    /// An entity of the file.
    pub(super) fn get(&self, local: LocalEntity) -> Option<&Planned> {
        self.planned.get(local.0)
    }

    /// The entities that the graph does not know, in the order of the file, each once.
    pub(super) fn undeclared(&self) -> Vec<(EntityId, EntityDraft)> {
        let mut seen = BTreeSet::new();
        let unknown = self.planned.iter().filter_map(|planned| match &planned.draft {
            EntityDraft::Named { .. } => planned.id.map(|id| (id, planned.draft.clone())),
            EntityDraft::Known(_) => None,
        });
        unknown.filter(|(id, _)| seen.insert(*id)).collect()
    }
}

impl Planned {
    fn recognised(
        id: EntityId,
        draft: EntityDraft,
        declared: &BTreeMap<EntityId, (EntityKind, &Name)>,
        view: &View,
    ) -> Planned {
        let kind = kind_of(&draft);
        let (canonical, borne) = match (declared.get(&id), &draft) {
            (Some((kind, first_name)), EntityDraft::Named { name, .. }) => {
                let borne = Name::new(name).is_ok_and(|name| name.key() == first_name.key());
                let name = first_name.as_str().to_owned();
                (EntityDraft::Named { kind: *kind, name, also_known_as: Vec::new() }, borne)
            }
            (None, EntityDraft::Named { name, .. }) => {
                let root = view.entity(id);
                let borne = root.is_some_and(|root| view.entities_named(name).contains(&root));
                (EntityDraft::Known(id), borne)
            }
            (_, EntityDraft::Known(_)) => (EntityDraft::Known(id), true),
        };
        let new_name = match draft {
            EntityDraft::Named { name, .. } if !borne => Some(name),
            _ => None,
        };
        Planned { id: Some(id), kind, draft: canonical, new_name }
    }
}

/// Its kind, where the file says it.
fn kind_of(entity: &EntityDraft) -> Option<EntityKind> {
    match entity {
        EntityDraft::Named { kind, .. } => Some(*kind),
        EntityDraft::Known(_) => None,
    }
}

fn declarations(events: &[Event]) -> BTreeMap<EntityId, (EntityKind, &Name)> {
    let declared = events.iter().filter_map(|event| match event {
        Event::EntityDeclared { id, kind, name } => Some((*id, (*kind, name))),
        _ => None,
    });
    declared.collect()
}

fn speaking_of(entities: Vec<EntityDraft>) -> Command {
    Command::Record {
        documents: Vec::new(),
        drafts: Drafts { entities, claims: Vec::new() },
        on_refusal: OnRefusal::LeaveOut,
    }
}

fn refusing(entity: EntityDraft) -> Command {
    Command::Record {
        documents: Vec::new(),
        drafts: Drafts { entities: vec![entity], claims: Vec::new() },
        on_refusal: OnRefusal::RefuseAll,
    }
}
