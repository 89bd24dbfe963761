//! The fold: what the graph knows after the commits so far. A pure function of them: no clock, no
//! chance, no order of a hash map.
//!
//! Everything is kept as it was recorded, with the position at which it was recorded: claims with
//! every change of their status, merges with their undoing. Nothing is ever rewritten, so that a
//! view at an earlier position is the same rows with later ones left out.
//!
//! A state is cheap to copy (see `cow`): the writer folds into its own and publishes copies.

mod apply;
mod blocks;
mod claims;
mod cow;
mod days;
mod documents;
mod entities;
mod few;
mod hash;
mod identifiers;
mod identity;
pub(crate) mod image;
mod interned;
mod layout;
mod links;
mod marks;
mod maybe;
mod memory;
mod merges;
mod names;
mod numbers;
mod origins;
mod parked;
mod parted;
mod readied;
mod relations;
mod statements;
mod suppose;
mod table;

pub use apply::ApplyError;
pub(crate) use apply::Frame;
pub use claims::ClaimIx;
pub(crate) use claims::StatusChange;
pub use documents::DocumentIx;
pub use entities::EntityIx;
pub(crate) use few::Few;
pub use hash::StateHash;
pub use memory::Memory;
pub use merges::MergeIx;
pub use parked::Parked;
pub(crate) use relations::RowKey;
pub use relations::{RelationIx, RoleWord};
pub use statements::{Stated, StatedRelation};

pub(crate) use days::Days;
pub(crate) use links::{Around, Hold, Link};
pub(crate) use names::{NameRow, Names};
pub(crate) use readied::Readied;

use store::{Head, Seq};

use crate::model::{
    ClaimId, DocumentId, EntityId, FuzzyDate, MergeId, Modality, NameKey, RelationId, Validity,
};

/// What the graph knows at one position of the log.
#[derive(Clone)]
pub struct State {
    head: Head,
    commits: cow::CowVec<CommitMark>,
    pub(crate) entities: entities::Entities,
    pub(crate) claims: claims::Claims,
    pub(crate) relations: relations::Relations,
    pub(crate) documents: documents::Documents,
    pub(crate) origins: origins::Origins,
    pub(crate) merges: merges::Merges,
    identifiers: identifiers::Identifiers,
    pub(crate) names: Names,
    parked: parked::ParkedRecords,
    keys: cow::CowMap<Box<str>, KeyUse>,
    hash: StateHash,
    /// Set in a private copy that supposes what no log says.
    supposed: Option<suppose::Supposed>,
}

/// The command for which a caller's idempotency key was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyUse {
    pub(crate) content: Box<str>,
    pub(crate) first: Seq,
    pub(crate) last: Seq,
}

/// Where a commit ended and when it was recorded.
#[derive(Clone, Copy)]
struct CommitMark {
    last: Seq,
    recorded_at_ms: i64,
}

impl State {
    /// Knows nothing: the state before the first commit.
    pub fn empty() -> Self {
        Self::new(false)
    }

    /// The same for a replay: nobody may walk its relations until [`State::fold`].
    pub(crate) fn replaying() -> Self {
        Self::new(true)
    }

    fn new(idle: bool) -> Self {
        Self {
            head: Head::EMPTY,
            commits: cow::CowVec::new(),
            entities: entities::Entities::new(),
            claims: claims::Claims::new(),
            relations: relations::Relations::new(idle),
            documents: documents::Documents::new(),
            origins: origins::Origins::new(),
            merges: merges::Merges::new(),
            identifiers: identifiers::Identifiers::new(),
            names: Names::new(),
            parked: parked::ParkedRecords::new(),
            keys: cow::CowMap::new(),
            hash: StateHash::EMPTY,
            supposed: None,
        }
    }

    /// The position and hash of the log that it answers for.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The position of the last event folded in. A copy that supposes something stands where it
    /// does so.
    pub fn seq(&self) -> Seq {
        self.supposed.map_or(self.head.seq, |supposed| supposed.at)
    }

    /// A hash of all that is known, kept as events come; two machines at one position have the
    /// same one.
    pub fn hash(&self) -> StateHash {
        self.hash
    }

    /// How many rows of claims and relations it holds.
    pub(crate) fn rows(&self) -> u64 {
        (self.claims.len() + self.relations.len()) as u64
    }

    /// Records that could not be read, oldest first. Any makes the projection degraded.
    pub fn parked(&self) -> impl Iterator<Item = &Parked> {
        self.parked.iter()
    }

    /// The last position recorded at or before this moment (Unix milliseconds). Cost: logarithmic.
    pub fn seq_recorded_by(&self, at_ms: i64) -> Seq {
        let after =
            self.commits.partition_point(self.commits.len(), |mark| mark.recorded_at_ms <= at_ms);
        after.checked_sub(1).map_or(Seq::ZERO, |ix| self.commits[ix].last)
    }

    /// When the event at this position was recorded, in Unix milliseconds.
    pub fn recorded_at_ms(&self, seq: Seq) -> Option<i64> {
        let ix = self.commits.partition_point(self.commits.len(), |mark| mark.last < seq);
        self.commits.get(ix).map(|mark| mark.recorded_at_ms)
    }

    /// What an idempotency key was used for.
    pub(crate) fn key_use(&self, key: &str) -> Option<&KeyUse> {
        self.keys.get(key)
    }

    /// The row of an entity by its id.
    pub(crate) fn entity_ix(&self, id: EntityId) -> Option<EntityIx> {
        self.entities.find(id, self.seq())
    }

    /// The row of a claim by its id.
    pub(crate) fn claim_ix(&self, id: ClaimId) -> Option<ClaimIx> {
        self.claim_stated_by(id, self.seq())
    }

    /// The row of a relation by its id.
    pub(crate) fn relation_ix(&self, id: RelationId) -> Option<RelationIx> {
        self.relation_stated_by(id, self.seq())
    }

    /// The row of a document by its id.
    pub(crate) fn document_ix(&self, id: DocumentId) -> Option<DocumentIx> {
        self.documents.find(id, self.seq())
    }

    /// The row of a merge by its id.
    pub(crate) fn merge_ix(&self, id: MergeId) -> Option<MergeIx> {
        self.merges.find(id)
    }

    /// What a claim states. Cost: constant.
    pub(crate) fn stated(&self, claim: ClaimIx) -> Stated<'_> {
        self.stated_by_row(self.claims.row(claim))
    }

    fn stated_by_row(&self, row: &claims::ClaimRow) -> Stated<'_> {
        let statements = &self.claims.statements;
        match row.states {
            statements::States::Relation(stated) => {
                let relation = self.relations.row(stated.relation);
                let (mut source, mut target) = relation.ends();
                if stated.is_turned {
                    std::mem::swap(&mut source, &mut target);
                }
                Stated::Relation(StatedRelation {
                    predicate: relation.predicate,
                    source,
                    target,
                    product: relation.product(),
                    stage: relation.stage(),
                    texts: statements.texts(stated.texts),
                    validity: stated.validity,
                    modality: stated.modality,
                })
            }
            statements::States::Other(place) => statements.other(place).into(),
        }
    }

    /// When a claim held, as stated. Cost: constant.
    pub(crate) fn validity(&self, claim: ClaimIx) -> Validity {
        match self.claims.row(claim).states {
            statements::States::Relation(stated) => stated.validity,
            statements::States::Other(place) => self.claims.statements.other(place).validity(),
        }
    }

    /// Whether a claim states a plan. Cost: constant.
    pub(crate) fn modality(&self, claim: ClaimIx) -> Modality {
        match self.claims.row(claim).states {
            statements::States::Relation(stated) => stated.modality,
            statements::States::Other(_) => self.stated(claim).modality(),
        }
    }

    /// When the document that a claim quotes was published.
    pub(crate) fn evidenced_on(&self, claim: ClaimIx) -> Option<FuzzyDate> {
        let evidence = self.claims.row(claim).evidence()?;
        self.documents.row(evidence.document).document.meta().published_on
    }

    /// Every row that was ever given a name with this key.
    pub(crate) fn named(&self, key: &NameKey) -> impl Iterator<Item = &NameRow> {
        self.names.with_key(key)
    }
}
