//! Which entity of the graph each entity of the file is.

use std::collections::BTreeMap;
use std::sync::Arc;

use graph::decide::{Command, Decision, OnRefusal, Policy, decide};
use graph::event::Event;
use graph::model::{Drafts, EntityDraft, EntityId, EntityKind, LocalEntity, Name};
use graph::state::State;
use graph::view::View;

use super::bad::BadLines;
use super::survey::{Endings, Surveyed};
use crate::report::Failure;

/// Every entity of the file, recognised before any claim is looked at.
pub(super) struct Plan {
    pub(super) policy: Policy,
    entities: Vec<Planned>,
    /// Decisions on claims follow, so that ids of claims must be kept.
    pub(super) has_actions: bool,
    pub(super) claims: usize,
    pub(super) endings: Endings,
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

impl Plan {
    pub(super) fn make(
        state: &Arc<State>,
        surveyed: Surveyed,
        policy: Policy,
        bad: &mut BadLines,
    ) -> Result<Plan, Failure> {
        let Surveyed { entities, entity_lines, actions, claims, endings, .. } = surveyed;
        let recognised = decide(state, &speaking_of(entities.clone()), policy)?;
        let Decision { events, entities: ids, .. } = recognised;
        let view = View::of(Arc::clone(state));
        let declared = declarations(&events);
        let mut planned = Vec::with_capacity(entities.len());
        for ((draft, line), id) in entities.into_iter().zip(entity_lines).zip(ids) {
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
                    let kind = super::survey::kind_of(&draft);
                    planned.push(Planned { id: None, kind, draft, new_name: None });
                }
            }
        }
        Ok(Plan { policy, entities: planned, has_actions: actions > 0, claims, endings })
    }

    /// An entity of the file.
    pub(super) fn entity(&self, local: LocalEntity) -> Option<&Planned> {
        self.entities.get(local.0)
    }

    /// The entities that the graph does not know, in the order of the file, each once.
    pub(super) fn undeclared(&self) -> Vec<(EntityId, EntityDraft)> {
        let mut seen = std::collections::BTreeSet::new();
        let unknown = self.entities.iter().filter_map(|planned| match &planned.draft {
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
        let kind = super::survey::kind_of(&draft);
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
