//! Claims as a view shows them, with the words that say so.

use std::sync::Arc;

use store::Seq;

use super::View;
use crate::model::{
    ClaimId, ClaimStatus, Confidence, Observation, Span, Statement, Validity, ontology,
};
use crate::state::{ClaimIx, DocumentIx, EntityIx, RelationIx, Stated};

/// A claim of a view.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimView {
    /// Its row.
    pub ix: ClaimIx,
    /// Its id.
    pub id: ClaimId,
    /// Where it stands.
    pub status: ClaimStatus,
    /// What it states, entities as they were named when it was made.
    pub statement: Statement<EntityIx>,
    /// The relation that it holds up, or would if it were accepted.
    pub relation: Option<RelationIx>,
    /// Whom it is about in this view.
    pub subject: EntityIx,
    /// When it held, as stated.
    pub validity: Validity,
    /// The words that say so.
    pub evidence: Option<EvidenceView>,
    /// How sure its author is.
    pub confidence: Confidence,
    /// A person, or an extractor with its version.
    pub asserted_by: Arc<str>,
    /// Where it was recorded.
    pub seq: Seq,
    /// When it was recorded, in Unix milliseconds.
    pub recorded_at_ms: i64,
    /// Who reviewed or retracted it last.
    pub reviewed_by: Option<Arc<str>>,
    /// What they noted.
    pub note: Option<Arc<str>>,
}

/// The words of a document that hold up a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceView {
    /// The document.
    pub document: DocumentIx,
    /// Where the words stand in its text.
    pub span: Span,
    /// The words.
    pub quote: String,
}

/// A figure about an entity in a view, and the claim that states it.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservationView {
    /// The figure; its subject as this view knows it.
    pub figure: Observation<EntityIx>,
    /// Who says so.
    pub claim: ClaimIx,
}

impl View {
    /// The claim with this id, if it was recorded by this view's position.
    pub fn claim_by_id(&self, id: ClaimId) -> Option<ClaimIx> {
        let claims = &self.state().claims;
        let recorded = |ix: &ClaimIx| claims.row(*ix).seq <= self.seq;
        // One that names an entity which is thought away is there all the same.
        let known = self.state().claim_ix(id).filter(recorded);
        known.or_else(|| claims.find(id, |row| row.seq <= self.seq))
    }

    /// Every claim recorded by this view's position, whatever its status, oldest first.
    pub fn claims(&self) -> impl Iterator<Item = ClaimIx> + '_ {
        self.state().claims_by(self.seq).map(|(ix, _)| ix)
    }

    /// Whether it was recorded by this view's position.
    pub(crate) fn has_recorded(&self, ix: ClaimIx) -> bool {
        self.state().claims.row(ix).seq <= self.seq
    }

    /// Its status here.
    pub fn claim_status(&self, ix: ClaimIx) -> ClaimStatus {
        let row = self.state().claims.row(ix);
        self.state().claims.status_at(ix, self.seq).unwrap_or(row.recorded_as)
    }

    /// What a claim says.
    pub fn claim(&self, ix: ClaimIx) -> ClaimView {
        let row = self.state().claims.row(ix);
        let change = self.state().claims.last_change_at(ix, self.seq);
        let stated = self.state().stated(ix);
        ClaimView {
            ix,
            id: self.state().claims.id(ix),
            status: self.claim_status(ix),
            statement: stated.to_statement(),
            relation: row.relation(),
            subject: self.root(stated.subject()),
            validity: stated.validity(),
            evidence: row.evidence().map(|e| EvidenceView {
                document: e.document,
                span: e.span,
                quote: e
                    .span
                    .slice(self.state().documents.row(e.document).document.text())
                    .unwrap_or_default()
                    .to_owned(),
            }),
            confidence: row.confidence,
            asserted_by: Arc::clone(self.state().claims.asserted_by(ix)),
            seq: row.seq,
            recorded_at_ms: self.recorded_at_ms(row.seq).unwrap_or_default(),
            reviewed_by: change.map(|c| Arc::clone(&c.by)),
            note: change.and_then(|c| c.note.clone()),
        }
    }

    /// A claim as one readable sentence, in the labels of the ontology.
    pub fn sentence(&self, ix: ClaimIx) -> String {
        let name = |e: EntityIx| self.name(self.root(e)).to_string();
        match self.state().stated(ix) {
            Stated::Relation(r) => {
                let rule = ontology::rule(r.predicate);
                let mut sentence = format!("{} {} {}", name(r.source), rule.zh, name(r.target));
                let named = [("产品", r.product), ("环节", r.stage)];
                let named =
                    named.into_iter().filter_map(|(k, e)| e.map(|e| format!("{k}：{}", name(e))));
                let texts =
                    r.texts.iter().map(|(k, v)| format!("{}：{v}", ontology::qualifier(*k).zh));
                let narrowed: Vec<String> = named.chain(texts).collect();
                if !narrowed.is_empty() {
                    sentence.push_str(&format!("（{}）", narrowed.join("，")));
                }
                sentence
            }
            Stated::Alias { entity, text } => format!("{} 又称 {text}", name(entity)),
            Stated::Role(r) => format!("{} 是 {}", name(r.entity), ontology::role(r.role).zh),
            Stated::Identifier { entity, identifier } => {
                format!("{} 的 {} 是 {}", name(entity), identifier.scheme(), identifier.value())
            }
            Stated::Summary { entity, text } => format!("{}：{text}", name(entity)),
            Stated::Observation(o) => {
                let to = o.value_max.map(|max| format!("–{max}")).unwrap_or_default();
                let period = o.period.as_ref().map(|p| format!("（{p}）")).unwrap_or_default();
                let (bound, value, unit) =
                    (ontology::comparator_zh(o.comparator), o.value, &o.unit);
                format!("{} {} {bound}{value}{to} {unit}{period}", name(o.subject), o.metric)
            }
        }
    }

    /// Accepted figures about an entity, oldest first.
    pub fn observations(&self, entity: EntityIx) -> Vec<ObservationView> {
        let standing = self.claims_about(entity).filter(|c| self.stands(*c));
        standing
            .filter_map(|claim| match self.state().stated(claim) {
                Stated::Observation(figure) => Some(ObservationView {
                    figure: Observation { subject: entity, ..figure.clone() },
                    claim,
                }),
                _ => None,
            })
            .collect()
    }
}
