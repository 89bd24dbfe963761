//! Commits decoded, which needs no state: what another thread can do ahead of the fold.

use store::Commit;

use crate::event::{self, ClaimRecord, Event};
use crate::model::{RelationId, Statement};

/// An event, with the relation that it speaks of; or why the record is none.
pub(super) type ReadEvent = Result<(Event, Option<RelationId>), String>;

/// A commit that is decoded, ready to be folded in.
pub(crate) struct Readied {
    pub(super) commit: Commit,
    pub(super) events: Vec<ReadEvent>,
}

impl Readied {
    /// Decodes all of a commit. It needs no state: any thread can do it.
    pub(crate) fn new(commit: Commit) -> Self {
        Self { events: events_of(&commit).collect(), commit }
    }
}

/// The events of a commit, each with the relation that it speaks of.
pub(super) fn events_of(commit: &Commit) -> impl Iterator<Item = ReadEvent> + '_ {
    commit.records.iter().map(|record| {
        let event = event::decode(record).map_err(|e| e.reason)?;
        let relation = relation_of(&event);
        Ok((event, relation))
    })
}

/// The relation that an event speaks of.
pub(super) fn relation_of(event: &Event) -> Option<RelationId> {
    match event {
        Event::ClaimRecorded(ClaimRecord { statement: Statement::Relation(r), .. }) => {
            Some(RelationId::derive(&r.key()))
        }
        _ => None,
    }
}
