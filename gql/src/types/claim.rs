//! Claims: what a source states, and the words that say so.

use async_graphql::{ID, Object, SimpleObject};
use graph::model::{ClaimStatus, RoleBasis, Statement};
use graph::state::ClaimIx;
use graph::view::{ClaimView, ObservationView, View};

use super::document::Document;
use super::entity::Entity;
use super::node_id::NodeId;
use super::observation::Observation;
use super::relation::Relation;
use super::role::Identifier;
use super::scalar::{DateTime, FuzzyDate, Seq};
use super::word::Word;
use crate::page::count;

/// A claim of a view.
#[derive(Clone)]
pub(crate) struct Claim {
    view: View,
    said: Box<ClaimView>,
}

impl Claim {
    pub(crate) fn new(view: &View, ix: ClaimIx) -> Self {
        Self { view: view.clone(), said: Box::new(view.claim(ix)) }
    }
}

/// What one source states, with the words that say so, how sure its author is, and where it stands.
/// Only accepted claims hold anything up; rejected and retracted ones stay, marked.
#[Object]
impl Claim {
    /// Identifies it for ever: the same statement on the same evidence by the same author is the
    /// same claim.
    async fn id(&self) -> ID {
        NodeId::Claim(self.said.id).into()
    }

    /// Where it stands.
    async fn status(&self) -> Word<ClaimStatus> {
        Word(self.said.status)
    }

    /// What it states, as one readable sentence.
    async fn statement(&self) -> String {
        self.view.sentence(self.said.ix)
    }

    /// The relation that it states. Of `relation`, `alias`, `role`, `identifier`, `summary` and
    /// `observation` exactly one is not null.
    async fn relation(&self) -> Option<Relation> {
        match &self.said.statement {
            Statement::Relation(said) => Relation::stated_by(&self.view, &self.said, said),
            _ => None,
        }
    }

    /// The other name that it states.
    async fn alias(&self) -> Option<AliasStatement> {
        match &self.said.statement {
            Statement::Alias { text, .. } => Some(AliasStatement { text: text.clone() }),
            _ => None,
        }
    }

    /// The role of a firm that it states.
    async fn role(&self) -> Option<RoleStatement> {
        match &self.said.statement {
            Statement::Role(held) => {
                Some(RoleStatement { role: Word(held.role), basis: Word(held.basis) })
            }
            _ => None,
        }
    }

    /// The identifier that it states.
    async fn identifier(&self) -> Option<Identifier> {
        match &self.said.statement {
            Statement::Identifier { identifier, .. } => Some(identifier.into()),
            _ => None,
        }
    }

    /// The short description that it states.
    async fn summary(&self) -> Option<&str> {
        match &self.said.statement {
            Statement::Summary { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The figure that it states.
    async fn observation(&self) -> Option<Observation> {
        match &self.said.statement {
            Statement::Observation(figure) => {
                let figure = graph::model::Observation { subject: self.said.subject, ..figure.clone() };
                let shown = ObservationView { figure, claim: self.said.ix };
                Some(Observation::new(&self.view, shown))
            }
            _ => None,
        }
    }

    /// Whom it is about: a relation's source, else the bearer.
    async fn entity(&self) -> Entity {
        Entity::new(&self.view, self.said.subject)
    }

    /// Since when it held in the world, as stated.
    async fn valid_from(&self) -> Option<FuzzyDate> {
        self.said.validity.from().map(FuzzyDate)
    }

    /// Until when it held in the world, as stated.
    async fn valid_to(&self) -> Option<FuzzyDate> {
        self.said.validity.to().map(FuzzyDate)
    }

    /// The words that say so. Null only for imported claims that name no document.
    async fn evidence(&self) -> Option<Evidence> {
        let evidence = self.said.evidence.as_ref()?;
        Some(Evidence {
            document: Document::new(&self.view, evidence.document),
            quote: evidence.quote.clone(),
            start: count(evidence.span.start),
            end: count(evidence.span.end),
        })
    }

    /// How sure its author is, 0 to 1.
    async fn confidence(&self) -> f64 {
        self.said.confidence.value()
    }

    /// Who asserts it: a person, or an extractor with its version.
    async fn asserted_by(&self) -> &str {
        &self.said.asserted_by
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime::of_ms(self.said.recorded_at_ms)
    }

    /// Where in the log it was recorded.
    async fn seq(&self) -> Seq {
        Seq(self.said.seq)
    }

    /// Who reviewed or retracted it last.
    async fn reviewed_by(&self) -> Option<&str> {
        self.said.reviewed_by.as_deref()
    }

    /// What they noted.
    async fn note(&self) -> Option<&str> {
        self.said.note.as_deref()
    }
}

/// The words of a document that say so, verbatim: `quote` is `document.text[start..end]`.
#[derive(SimpleObject)]
pub(crate) struct Evidence {
    /// The document.
    document: Document,
    /// The words.
    quote: String,
    /// Offset of the first character, in Unicode scalar values.
    start: i32,
    /// Offset after the last character.
    end: i32,
}

/// Another name of an entity.
#[derive(SimpleObject)]
pub(crate) struct AliasStatement {
    /// The name.
    text: String,
}

/// A role of a firm.
#[derive(SimpleObject)]
pub(crate) struct RoleStatement {
    /// Which role.
    role: Word<graph::model::Role>,
    /// Who gave it.
    basis: Word<RoleBasis>,
}
