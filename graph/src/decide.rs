//! Commands and what they lead to. `decide` looks at the state, checks every rule of the model,
//! and answers with events or with a refusal; it changes nothing.

mod identify;
mod merge;
mod record;
mod review;

use thiserror::Error;

use crate::event::Event;
use crate::model::{
    ClaimId, Confidence, ConfidenceError, Document, DocumentId, Drafts, EntityId, EntityKind,
    IdentifierError, MergeId, NameError, ObservationError, QuoteError, Verdict,
    ontology::SignatureError,
};
use crate::state::State;

/// What someone wants recorded.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Documents, and claims that may quote them.
    Record {
        /// Documents, known ones included: those change nothing.
        documents: Vec<Document>,
        /// Entities and claims.
        drafts: Drafts,
        /// What happens when a draft breaks a rule.
        on_refusal: OnRefusal,
    },
    /// A verdict on claims.
    Review {
        /// Which.
        claims: Vec<ClaimId>,
        /// The verdict.
        verdict: Verdict,
        /// Why.
        note: Option<String>,
    },
    /// A claim is withdrawn.
    Retract {
        /// Which.
        claim: ClaimId,
        /// Why; not empty.
        reason: String,
    },
    /// Entities are one.
    Merge {
        /// The one that stays.
        keep: EntityId,
        /// The others.
        absorb: Vec<EntityId>,
        /// Why; not empty.
        reason: String,
    },
    /// A merge is reversed.
    UndoMerge {
        /// Which.
        merge: MergeId,
        /// Why; not empty.
        reason: String,
    },
    /// Two entities are known to differ.
    MarkDistinct {
        /// One.
        a: EntityId,
        /// The other.
        b: EntityId,
        /// Why; not empty.
        reason: String,
    },
}

/// What `Record` does with a draft that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnRefusal {
    /// Nothing of the command is recorded.
    RefuseAll,
    /// That draft is left out and reported, the rest is recorded.
    LeaveOut,
}

/// What is decided without asking the command's author.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Extracted claims at or above it are accepted at once, the rest wait for review.
    pub accept_at: Confidence,
}

impl Policy {
    /// Accepts from this confidence on; 0.6 is the default of the program.
    ///
    /// # Errors
    /// [`ConfidenceError`] unless it lies in 0..=1.
    pub fn accepting_at(confidence: f64) -> Result<Self, ConfidenceError> {
        Ok(Self { accept_at: Confidence::new(confidence)? })
    }
}

/// The outcome of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What is to be recorded; empty when all of it was known.
    pub events: Vec<Event>,
    /// For each entity of the drafts, which one it is; `None` for one that was left out.
    pub entities: Vec<Option<EntityId>>,
    /// Drafts that were left out, by their place in the command's claims, with the reason.
    pub left_out: Vec<(usize, Refusal)>,
}

/// A rule that a command breaks.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No such entity.
    #[error("there is no entity {0}")]
    UnknownEntity(EntityId),
    /// No such claim.
    #[error("there is no claim {0}")]
    UnknownClaim(ClaimId),
    /// No such document.
    #[error("there is no document {0}; record it first")]
    UnknownDocument(DocumentId),
    /// No such merge.
    #[error("there is no merge {0}")]
    UnknownMerge(MergeId),
    /// A draft that names an entity which the drafts do not hold.
    #[error("the claim names entity number {0}, and the command holds fewer")]
    UnknownLocal(usize),
    /// Several recorded entities bear the name.
    #[error("`{name}` names {} entities of kind {kind}: {}; say which by id", candidates.len(), list(candidates))]
    AmbiguousName {
        /// The name.
        name: String,
        /// The kind.
        kind: EntityKind,
        /// Who bears it.
        candidates: Vec<EntityId>,
    },
    /// Not usable as a name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Domain or range broken.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A role of something that is no firm.
    #[error("{role} is a role of a FIRM, not of a {kind}")]
    NotAFirm {
        /// The role.
        role: crate::model::Role,
        /// The kind of the bearer.
        kind: EntityKind,
    },
    /// A relation of an entity with itself.
    #[error("`{0}` cannot stand in a relation with itself")]
    SelfRelation(String),
    /// A qualifier entity of the wrong kind.
    #[error("the qualifier `{qualifier}` holds a {expected}, not a {found}")]
    QualifierKind {
        /// `product` or `stage`.
        qualifier: &'static str,
        /// The kind it takes.
        expected: EntityKind,
        /// The kind found.
        found: EntityKind,
    },
    /// The quote does not stand in its document.
    #[error(transparent)]
    Quote(#[from] QuoteError),
    /// A figure that says nothing.
    #[error(transparent)]
    Observation(#[from] ObservationError),
    /// An identifier that its scheme does not allow.
    #[error(transparent)]
    Identifier(#[from] IdentifierError),
    /// A text that must say something is empty or too long.
    #[error("{what} has 1 to {max} characters; this one has {found}")]
    Text {
        /// Which text.
        what: &'static str,
        /// The most allowed.
        max: usize,
        /// Its length.
        found: usize,
    },
    /// A text with a control character, which no person typed.
    #[error("{what} holds the control character U+{code:04X}")]
    Control {
        /// Which text.
        what: &'static str,
        /// The character's code point.
        code: u32,
    },
    /// A status in which no claim is recorded.
    #[error("a claim is recorded as PROPOSED or ACCEPTED, not as {0}")]
    Status(crate::model::ClaimStatus),
    /// A review of a withdrawn claim.
    #[error("claim {0} was retracted; a retracted claim is not reviewed")]
    Retracted(ClaimId),
    /// A merge of entities of different kinds.
    #[error("`{a}` is a {a_kind} and `{b}` a {b_kind}: entities of different kinds are never one")]
    DifferentKinds {
        /// One name.
        a: String,
        /// Its kind.
        a_kind: EntityKind,
        /// Other name.
        b: String,
        /// Its kind.
        b_kind: EntityKind,
    },
    /// A merge of entities that are known to differ.
    #[error("`{a}` and `{b}` were marked distinct ({reason})")]
    KnownDistinct {
        /// One name.
        a: String,
        /// Other name.
        b: String,
        /// Why they were marked.
        reason: String,
    },
    /// Entities that are one already cannot be marked distinct.
    #[error("`{a}` and `{b}` are merged; undo merge {merge} first")]
    AreMerged {
        /// One name.
        a: String,
        /// Other name.
        b: String,
        /// The merge that holds them together.
        merge: MergeId,
    },
    /// A merge of one entity with itself.
    #[error("a merge needs at least two entities")]
    NothingToMerge,
    /// One entity, told apart from itself.
    #[error("`{0}` cannot be told apart from itself; name two entities")]
    OneEntity(String),
    /// A later merge stands on this one.
    #[error(
        "merge {merge} cannot be undone while the later merge {by} of the same entities stands; undo that first"
    )]
    MergeBlocked {
        /// The merge to undo.
        merge: MergeId,
        /// The one in the way.
        by: MergeId,
    },
    /// Undone before.
    #[error("merge {0} was undone before")]
    AlreadyUndone(MergeId),
}

fn list(ids: &[EntityId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Longest reason, note or summary, in characters.
pub(crate) const MAX_NOTE_CHARS: usize = 2_000;

/// Decides on a command at a state.
///
/// # Errors
/// The first [`Refusal`] found; with [`OnRefusal::LeaveOut`] refusals of single drafts are
/// reported in the decision instead.
pub fn decide(state: &State, command: &Command, policy: Policy) -> Result<Decision, Refusal> {
    let events = match command {
        Command::Record { documents, drafts, on_refusal } => {
            return record::record(state, documents, drafts, *on_refusal, policy);
        }
        Command::Review { claims, verdict, note } => {
            let mut reviews = review::review(state, claims, *verdict, note.as_deref())?;
            reviews.extend(identify::merges(state, &reviews));
            Ok(reviews)
        }
        Command::Retract { claim, reason } => review::retract(state, *claim, reason),
        Command::Merge { keep, absorb, reason } => merge::merge(state, *keep, absorb, reason),
        Command::UndoMerge { merge, reason } => merge::undo(state, *merge, reason),
        Command::MarkDistinct { a, b, reason } => merge::mark_distinct(state, *a, *b, reason),
    }?;
    Ok(Decision { events, entities: Vec::new(), left_out: Vec::new() })
}

/// The claims that [`decide`] would leave out of a command that records these drafts, by their
/// places, with the reasons; whether their words stand in their documents is not looked at. Cost:
/// a few look-ups for each draft; no event is made.
pub fn refusals(state: &State, drafts: &Drafts, policy: Policy) -> Vec<(usize, Refusal)> {
    record::refusals(state, drafts, policy)
}

fn check_text(what: &'static str, text: &str, max: usize) -> Result<(), Refusal> {
    let found = text.trim().chars().count();
    if !(1..=max).contains(&found) {
        return Err(Refusal::Text { what, max, found });
    }
    match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        Some(c) => Err(Refusal::Control { what, code: u32::from(c) }),
        None => Ok(()),
    }
}
