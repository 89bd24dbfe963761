//! Claims as recorded, with every change of their status.

use std::sync::Arc;

use store::Seq;
use uuid::Uuid;

use super::cow::{CowMap, CowVec, Quick};
use super::documents::DocumentIx;
use super::entities::EntityIx;
use super::few::Few;
use super::interned::Interned;
use super::maybe::Maybe;
use super::relations::RelationIx;
use super::statements::{Statements, States};
use super::table::IdTable;
use crate::model::{ClaimId, ClaimStatus, Confidence, Span};

/// A claim's row, numbered in the order of recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimIx(pub(crate) u32);

/// Where a claim's words stand. The quote itself is a slice of the document's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EvidenceRow {
    pub(crate) document: DocumentIx,
    pub(crate) span: Span,
}

/// A review or a retraction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatusChange {
    pub(crate) seq: Seq,
    pub(crate) status: ClaimStatus,
    pub(crate) by: Arc<str>,
    pub(crate) note: Option<Arc<str>>,
}

/// A claim: of fixed size, without memory of its own. Claims of one subject, of one document and of
/// one relation are chained, each to the one before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClaimRow {
    pub(crate) seq: Seq,
    pub(crate) confidence: Confidence,
    pub(super) states: States,
    document: Maybe,
    span: Span,
    /// A place among the asserters.
    pub(super) asserted_by: u32,
    earlier: Chained<Maybe>,
    pub(crate) recorded_as: ClaimStatus,
    is_changed: bool,
}

/// One thing for each of the chains that a claim is part of.
#[derive(Debug, Clone, Copy)]
struct Chained<T> {
    about: T,
    quoting: T,
    stating: T,
}

impl ClaimRow {
    /// The relation that it holds up, if it states one.
    pub(crate) fn relation(&self) -> Option<RelationIx> {
        match self.states {
            States::Relation(stated) => Some(stated.relation),
            States::Other(_) => None,
        }
    }

    pub(crate) fn evidence(&self) -> Option<EvidenceRow> {
        let document = self.document.get().map(DocumentIx)?;
        Some(EvidenceRow { document, span: self.span })
    }

    /// Whether it was ever reviewed or retracted.
    pub(crate) fn is_changed(&self) -> bool {
        self.is_changed
    }
}

/// A claim as it comes to be recorded.
#[derive(Clone, Copy)]
pub(super) struct NewClaim<'a> {
    pub(super) seq: Seq,
    pub(super) confidence: Confidence,
    pub(super) states: States,
    pub(super) subject: EntityIx,
    pub(super) evidence: Option<EvidenceRow>,
    pub(super) asserted_by: &'a str,
    pub(super) recorded_as: ClaimStatus,
}

#[derive(Clone)]
pub(crate) struct Claims {
    rows: CowVec<ClaimRow>,
    ids: IdTable,
    pub(super) statements: Statements,
    asserters: Interned<str>,
    changes: CowMap<ClaimIx, Vec<StatusChange>, Quick>,
    /// The latest claim about each entity, of each document and of each relation.
    latest: Chained<CowVec<Maybe>>,
}

impl Claims {
    pub(crate) fn new() -> Self {
        Self::of(IdTable::new(), Statements::new())
    }

    /// No claims yet, but their ids, and what they state beside relations.
    pub(super) fn of(ids: IdTable, statements: Statements) -> Self {
        Self {
            rows: CowVec::new(),
            ids,
            statements,
            asserters: Interned::new(),
            changes: CowMap::new(),
            latest: Chained {
                about: CowVec::new(),
                quoting: CowVec::new(),
                stating: CowVec::new(),
            },
        }
    }

    /// The row with this id that is as wanted.
    pub(crate) fn find(&self, id: ClaimId, wanted: impl Fn(&ClaimRow) -> bool) -> Option<ClaimIx> {
        let wanted = |row: u32| wanted(&self.rows[row as usize]);
        self.ids.find(id.uuid(), wanted).map(ClaimIx)
    }

    pub(crate) fn row(&self, ix: ClaimIx) -> &ClaimRow {
        &self.rows[ix.0 as usize]
    }

    pub(crate) fn id(&self, ix: ClaimIx) -> ClaimId {
        ClaimId::from_uuid(self.ids.id(ix.0))
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many of the first so many were recorded up to a position; these are the oldest ones.
    pub(crate) fn recorded_by(&self, seq: Seq, among: usize) -> usize {
        self.rows.partition_point(among, |row| row.seq <= seq)
    }

    /// Every claim, in the order of recording.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ClaimIx, &ClaimRow)> + Clone {
        (0..).map(ClaimIx).zip(self.rows.iter())
    }

    /// Gives the rows their ids.
    pub(super) fn restore(&mut self, ids: IdTable) {
        self.ids = ids;
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = Uuid> {
        self.ids.ids()
    }

    /// Bytes of the ids and of the table that finds them.
    pub(super) fn ids_bytes(&self) -> usize {
        self.ids.bytes()
    }

    /// Who asserts claims, by the numbers in their rows.
    pub(super) fn asserters(&self) -> impl Iterator<Item = &str> {
        self.asserters.iter().map(|asserter| &**asserter)
    }

    /// Who asserts a claim.
    pub(crate) fn asserted_by(&self, ix: ClaimIx) -> &Arc<str> {
        self.asserters.get(self.row(ix).asserted_by)
    }

    /// Every review and retraction of a claim, in the order of recording.
    pub(crate) fn changes(&self, ix: ClaimIx) -> &[StatusChange] {
        let changed = self.row(ix).is_changed.then(|| self.changes.get(&ix)).flatten();
        changed.map_or(&[], Vec::as_slice)
    }

    /// The last review or retraction of a claim up to a position.
    pub(crate) fn last_change_at(&self, ix: ClaimIx, seq: Seq) -> Option<&StatusChange> {
        self.changes(ix).iter().rev().find(|change| change.seq <= seq)
    }

    /// A claim's status at a position; `None` before it was recorded.
    pub(crate) fn status_at(&self, ix: ClaimIx, seq: Seq) -> Option<ClaimStatus> {
        let row = self.row(ix);
        if row.seq > seq {
            return None;
        }
        let change = if row.is_changed { self.last_change_at(ix, seq) } else { None };
        Some(change.map_or(row.recorded_as, |change| change.status))
    }

    /// Adds a review or a retraction; of two at one position the later one counts.
    pub(super) fn change(&mut self, ix: ClaimIx, change: StatusChange) {
        let Some(row) = self.rows.get_mut(ix.0 as usize) else { return };
        row.is_changed = true;
        let changes = self.changes.entry(ix, Vec::new);
        let at = changes.partition_point(|earlier| earlier.seq <= change.seq);
        changes.insert(at, change);
    }

    /// Claims whose subject an entity is, in the order of recording. Cost: as many.
    pub(crate) fn about(&self, entity: EntityIx) -> Vec<ClaimIx> {
        self.chain(&self.latest.about, entity.0, |earlier| earlier.about)
    }

    /// Claims that quote a document, in the order of recording. Cost: as many.
    pub(crate) fn quoting(&self, document: DocumentIx) -> Vec<ClaimIx> {
        self.chain(&self.latest.quoting, document.0, |earlier| earlier.quoting)
    }

    /// Claims that state a relation, in the order of recording. Cost: as many; one of them takes
    /// no memory.
    pub(crate) fn stating(&self, relation: RelationIx) -> Few<ClaimIx> {
        match self.only_stating(relation) {
            Some(only) => Few::one(only),
            None => {
                Few::many(self.chain(&self.latest.stating, relation.0, |earlier| earlier.stating))
            }
        }
    }

    /// The claim that states a relation, if one does so alone.
    pub(crate) fn only_stating(&self, relation: RelationIx) -> Option<ClaimIx> {
        let latest = self.latest.stating.get(relation.0 as usize)?.get()?;
        let has_earlier = self.rows[latest as usize].earlier.stating != Maybe::NONE;
        (!has_earlier).then_some(ClaimIx(latest))
    }

    fn chain(
        &self,
        latest: &CowVec<Maybe>,
        of: u32,
        earlier: impl Fn(&Chained<Maybe>) -> Maybe,
    ) -> Vec<ClaimIx> {
        let mut next = latest.get(of as usize).copied().unwrap_or(Maybe::NONE);
        let mut chain = Vec::new();
        while let Some(claim) = next.get() {
            chain.push(ClaimIx(claim));
            next = earlier(&self.rows[claim as usize].earlier);
        }
        chain.reverse();
        chain
    }

    /// The row that the next claim will get; `None` when rows are numbered out (2^32 - 1).
    pub(crate) fn next_ix(&self) -> Option<ClaimIx> {
        self.ids.next().map(ClaimIx)
    }

    /// Whether a claim more, and what it states, would have numbers.
    pub(super) fn has_room(&self) -> bool {
        self.next_ix().is_some() && self.asserters.has_room() && self.statements.has_room()
    }

    /// Adds a claim; `None` when rows are numbered out (2^32 - 1).
    pub(super) fn push(&mut self, id: ClaimId, claim: NewClaim<'_>) -> Option<ClaimIx> {
        let ix = ClaimIx(self.ids.push(id.uuid())?);
        self.add(ix, claim).map(|()| ix)
    }

    /// Adds the claim of a row whose id is known already.
    pub(super) fn add(&mut self, ix: ClaimIx, claim: NewClaim<'_>) -> Option<()> {
        let asserted_by = self.asserters.intern(claim.asserted_by, |name| name.into())?;
        let relation = match claim.states {
            States::Relation(stated) => Some(stated.relation.0),
            States::Other(_) => None,
        };
        let document = claim.evidence.map(|evidence| evidence.document.0);
        let Chained { about, quoting, stating } = &mut self.latest;
        let earlier = Chained {
            about: chained(about, Some(claim.subject.0), ix),
            quoting: chained(quoting, document, ix),
            stating: chained(stating, relation, ix),
        };
        self.rows.push(ClaimRow {
            seq: claim.seq,
            confidence: claim.confidence,
            states: claim.states,
            document: Maybe::of(document),
            span: claim.evidence.map_or(Span { start: 0, end: 0 }, |evidence| evidence.span),
            asserted_by,
            earlier,
            recorded_as: claim.recorded_as,
            is_changed: false,
        });
        Some(())
    }
}

/// Puts a claim at the end of a chain, and gives the one before it.
fn chained(latest: &mut CowVec<Maybe>, of: Option<u32>, claim: ClaimIx) -> Maybe {
    let Some(of) = of.map(|of| of as usize) else { return Maybe::NONE };
    while latest.len() <= of {
        latest.push(Maybe::NONE);
    }
    let latest = latest.get_mut(of);
    latest.map_or(Maybe::NONE, |latest| std::mem::replace(latest, Maybe::of(Some(claim.0))))
}
