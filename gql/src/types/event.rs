//! Events: entries of the log.

use async_graphql::{ID, Object, Value};
use graph::ledger::{Entry, entries};
use graph::view::{AsOf, Recorded, View};

use super::node_id::NodeId;
use super::scalar::{DateTime, Json, Seq};
use crate::error::Problem;
use crate::request::Scope;

/// The types of events.
pub(crate) const EVENT_TYPES: &[&str] = &[
    "DocumentRecorded",
    "EntityDeclared",
    "ClaimRecorded",
    "ClaimReviewed",
    "ClaimRetracted",
    "EntitiesMerged",
    "MergeUndone",
    "MarkedDistinct",
];

/// Checks names of event types; `None`: all of them.
pub(crate) fn event_types(given: Option<Vec<String>>) -> Result<Option<Vec<String>>, Problem> {
    let unknown = given.iter().flatten().find(|name| !EVENT_TYPES.contains(&name.as_str()));
    match unknown {
        None => Ok(given),
        Some(name) => Err(Problem::bad_input(format!(
            "`{name}` is no type of event; they are {}",
            EVENT_TYPES.join(", ")
        ))),
    }
}

/// An entry of the log, told with the names of a view.
#[derive(Clone)]
pub(crate) struct Event {
    view: View,
    entry: Entry,
}

impl Event {
    /// The names are those that were known when it happened, so it reads the same for ever.
    pub(crate) fn new(view: &View, entry: Entry) -> Self {
        let then = AsOf { recorded: Recorded::UpTo(entry.seq), valid_on: None };
        let recorded = view.recorded();
        Self { view: recorded.at(then).unwrap_or_else(|_| recorded.clone()), entry }
    }
}

/// The event at a position that the view has reached.
pub(crate) fn event_at(scope: &Scope, view: &View, seq: store::Seq) -> Result<Event, Problem> {
    let commit = scope.ledger.log().commit_at(seq)?;
    let entry = commit.as_ref().and_then(|c| entries(c).find(|entry| entry.seq == seq));
    entry
        .map(|entry| Event::new(view, entry))
        .ok_or_else(|| Problem::not_found("event", &seq.to_string()))
}

/// An entry of the log: something that happened. Nothing in the log is ever rewritten.
#[Object]
impl Event {
    /// Identifies it.
    async fn id(&self) -> ID {
        NodeId::Event(self.entry.seq).into()
    }

    /// Its position.
    async fn seq(&self) -> Seq {
        Seq(self.entry.seq)
    }

    /// Its type: DocumentRecorded, EntityDeclared, ClaimRecorded, ClaimReviewed, ClaimRetracted,
    /// EntitiesMerged, MergeUndone or MarkedDistinct.
    #[graphql(name = "type")]
    async fn kind(&self) -> &str {
        &self.entry.kind
    }

    /// When it was recorded. Never earlier than the one before it.
    async fn recorded_at(&self) -> DateTime {
        DateTime::of_ms(self.entry.recorded_at_ms)
    }

    /// Who recorded it: the name of a token, or `cli`.
    async fn actor(&self) -> &str {
        &self.entry.actor
    }

    /// What happened, in one readable line.
    async fn summary(&self) -> String {
        self.entry.summary(&self.view)
    }

    /// What was recorded, as JSON.
    async fn payload(&self) -> Result<Json, Problem> {
        let value: Value =
            serde_json::from_slice(&self.entry.payload).map_err(Problem::internal)?;
        Ok(Json(value))
    }

    /// Hash of its commit, which seals it and everything before it.
    async fn hash(&self) -> String {
        self.entry.hash.to_string()
    }
}
