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

/// The entity with this id, or the one that bears this name.
pub(crate) fn entity(
    view: &View,
    name_or_id: &str,
    kind: Option<EntityKind>,
) -> Result<EntityIx, Failure> {
    if let Ok(id) = name_or_id.parse::<EntityId>() {
        return view.entity(id).ok_or_else(|| {
            Failure::new(format!("there is no entity {id}"))
                .way_out("look for it by name with `lianzhu find NAME`")
        });
    }
    match find(view, name_or_id, kind) {
        Ok(Some(entity)) => Ok(entity),
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

/// The view on either clock.
pub(crate) fn moment(
    view: &View,
    at: Option<u64>,
    valid_on: Option<Date>,
) -> Result<View, Failure> {
    let recorded = at.map_or(Recorded::Now, |seq| Recorded::UpTo(Seq::new(seq)));
    view.at(AsOf { recorded, valid_on }).map_err(|error| {
        Failure::of(&error).way_out(format!("choose a position from 0 to {}", view.seq()))
    })
}
