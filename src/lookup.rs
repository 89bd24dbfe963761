//! Which entity, and which moment, a person means.

use graph::model::{EntityId, EntityKind};
use graph::query::{find, search};
use graph::state::EntityIx;
use graph::view::{AsOf, Recorded, View};
use jiff::civil::Date;
use store::Seq;

use crate::report::{Failure, ambiguous, unknown_name};

/// How many near names are offered where nobody bears the very name.
const NEAR_NAMES_MAX: usize = 3;

/// The entity with this id, as told here or by the API, or the one that bears this name, which may
/// say its kind: `FIRM:沅朔泵业`.
pub(crate) fn entity(
    view: &View,
    name_or_id: &str,
    kind: Option<EntityKind>,
) -> Result<EntityIx, Failure> {
    let id = name_or_id.parse::<EntityId>().ok().or_else(|| gql::entity_of_node_id(name_or_id));
    if let Some(id) = id {
        return view.entity(id).ok_or_else(|| {
            Failure::new(format!("there is no entity {id}"))
                .way_out("look for it by name with `lianzhu find NAME`")
        });
    }
    match find(view, name_or_id, kind) {
        Ok(Some(entity)) => Ok(entity),
        Ok(None) if kind.is_none() && kind_and_name(name_or_id).0.is_some() => {
            let (kind, name) = kind_and_name(name_or_id);
            entity(view, name, kind)
        }
        Ok(None) => {
            let kinds: Vec<EntityKind> = kind.into_iter().collect();
            let near = search(view, name_or_id, &kinds, NEAR_NAMES_MAX);
            let near: Vec<String> =
                near.iter().map(|hit| view.name(hit.entity).to_string()).collect();
            Err(unknown_name(name_or_id, &near))
        }
        Err(several) => Err(ambiguous(&several)),
    }
}

/// A name that may say its kind: `FIRM:沅朔泵业`.
pub(crate) fn kind_and_name(word: &str) -> (Option<EntityKind>, &str) {
    let split = word.split_once([':', '：']);
    let kinded = split.and_then(|(kind, name)| Some((kind.parse().ok()?, name.trim())));
    kinded.map_or((None, word), |(kind, name)| (Some(kind), name))
}

/// The recorded clock at a position of the log; the present where none is named.
pub(crate) fn recorded(position: Option<u64>) -> Recorded {
    position.map_or(Recorded::Now, |seq| Recorded::UpTo(Seq::new(seq)))
}

/// The view on either clock.
pub(crate) fn moment(
    view: &View,
    recorded: Recorded,
    valid_on: Option<Date>,
) -> Result<View, Failure> {
    view.at(AsOf { recorded, valid_on }).map_err(|error| {
        Failure::of(&error).way_out(format!("choose a position from 0 to {}", view.seq()))
    })
}
