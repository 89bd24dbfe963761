//! Commits decoded, which needs no state: what another thread can do ahead of the fold.

use store::Commit;

use super::origins::Sketch;
use crate::event::{self, ClaimRecord, Event};
use crate::model::{EntityId, NameKey, RelationId, RelationStatement, Statement};

/// An event, with what follows from it alone; or why the record is none.
pub(super) type ReadEvent = Result<(Event, Derived), String>;

/// What follows from an event alone, worked out ahead of the fold where it was worth it.
pub(super) enum Derived {
    /// The relation that a claim states.
    Relation(RelationId),
    /// The form of the name that it gives.
    Name(NameKey),
    /// What tells a document's reprints.
    Sketch(Box<Sketch>),
    Nothing,
}

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

/// The events of a commit.
pub(super) fn events_of(commit: &Commit) -> impl Iterator<Item = ReadEvent> + '_ {
    commit.records.iter().map(|record| {
        let event = event::decode(record).map_err(|e| e.reason)?;
        let derived = Derived::of(&event);
        Ok((event, derived))
    })
}

impl Derived {
    pub(super) fn of(event: &Event) -> Self {
        match event {
            Event::DocumentRecorded(document) => {
                Self::Sketch(Box::new(Sketch::of(document.text())))
            }
            Event::EntityDeclared { name, .. } => Self::Name(name.key()),
            Event::ClaimRecorded(ClaimRecord { statement, .. }) => match statement {
                Statement::Relation(r) => Self::Relation(RelationId::derive(&r.key())),
                Statement::Alias { text, .. } => Self::Name(NameKey::of(text)),
                _ => Self::Nothing,
            },
            _ => Self::Nothing,
        }
    }

    /// The form of the name that the event gives.
    pub(super) fn key(self, text: &str) -> NameKey {
        match self {
            Self::Name(key) => key,
            _ => NameKey::of(text),
        }
    }

    /// What tells the reprints of the document that the event records.
    pub(super) fn sketch(self, text: &str) -> Sketch {
        match self {
            Self::Sketch(sketch) => *sketch,
            _ => Sketch::of(text),
        }
    }

    /// The relation that the event states.
    pub(super) fn relation(self, stated: &RelationStatement<EntityId>) -> RelationId {
        match self {
            Self::Relation(id) => id,
            _ => RelationId::derive(&stated.key()),
        }
    }
}
