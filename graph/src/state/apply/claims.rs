//! Claims folded into the state, with the relations that they state.

use std::sync::Arc;

use store::Seq;

use super::{Unfit, full};
use crate::event::ClaimRecord;
use crate::model::{
    ClaimId, ClaimStatus, EntityId, Evidence, Qualifiers, RelationId, RelationStatement, Statement,
    TextQualifier,
};
use crate::state::claims::{EvidenceRow, NewClaim, StatusChange};
use crate::state::names::NameRow;
use crate::state::readied::Derived;
use crate::state::relations::{RelationIx, RelationRow, RowKey};
use crate::state::statements::{States, StatesRelation};
use crate::state::{EntityIx, State};

impl State {
    pub(super) fn claim_recorded(
        &mut self,
        seq: Seq,
        claim: &ClaimRecord,
        derived: Derived,
    ) -> Result<(), Unfit> {
        if self.claim_stated_by(claim.id, seq).is_some() {
            return Err("this claim was recorded before".to_owned());
        }
        let evidence = claim.evidence.as_ref().map(|e| self.evidence_row(e, seq)).transpose()?;
        let (subject, states, is_known) = match &claim.statement {
            Statement::Relation(stated) => {
                self.states_relation(seq, derived.relation(stated), stated)?
            }
            stated => self.states_other(seq, stated, derived)?,
        };
        self.hash.add(&[
            b"claim",
            claim.id.uuid().as_bytes(),
            claim.status.as_str().as_bytes(),
            &claim.confidence.value().to_bits().to_le_bytes(),
            &seq.get().to_le_bytes(),
        ]);
        let row = NewClaim {
            seq,
            confidence: claim.confidence,
            states,
            subject,
            evidence,
            asserted_by: &claim.asserted_by,
            recorded_as: claim.status,
        };
        self.claims.push(claim.id, row).ok_or_else(full)?;
        if let (States::Relation(stated), true) = (states, is_known) {
            self.relations.changed(stated.relation);
        }
        Ok(())
    }

    /// What a claim keeps of a relation, and whether another claim stated the relation before.
    fn states_relation(
        &mut self,
        seq: Seq,
        id: RelationId,
        stated: &RelationStatement<EntityId>,
    ) -> Result<(EntityIx, States, bool), Unfit> {
        let (source, target) =
            (self.declared(stated.source, seq)?, self.declared(stated.target, seq)?);
        let Qualifiers { product, stage, texts } = &stated.qualifiers;
        let product = product.map(|id| self.declared(id, seq)).transpose()?;
        let stage = stage.map(|id| self.declared(id, seq)).transpose()?;
        let role = texts
            .get(&TextQualifier::Role)
            .map(|role| self.relations.role_word(role).ok_or_else(full));
        let predicate = stated.predicate;
        // The key is ordered by id, as the id is, not by row.
        let is_turned = stated.is_turned();
        let ends = if is_turned { (target, source) } else { (source, target) };
        let role = role.transpose()?;
        let key = RowKey { predicate, source: ends.0, target: ends.1, product, stage, role };
        let texts = self.claims.statements.place_texts(texts).ok_or_else(full)?;
        let (relation, is_known) = self.relation_of(seq, id, key)?;
        let (validity, modality) = (stated.validity, stated.modality);
        let states = StatesRelation { relation, texts, validity, modality, is_turned };
        Ok((source, States::Relation(states), is_known))
    }

    fn states_other(
        &mut self,
        seq: Seq,
        stated: &Statement<EntityId>,
        derived: Derived,
    ) -> Result<(EntityIx, States, bool), Unfit> {
        let statement = stated.try_map(|id| self.declared(id, seq))?;
        let subject = statement.subject();
        if let Statement::Alias { entity, text } = &statement {
            let claim = Some(self.claims.next_ix().ok_or_else(full)?);
            let (text, key) = (text.as_str().into(), derived.key(text));
            self.names.push(NameRow { entity: *entity, text, key, claim }).ok_or_else(full)?;
        }
        if let Statement::Identifier { entity, identifier } = &statement {
            let claim = self.claims.next_ix().ok_or_else(full)?;
            self.identifiers.note(claim, *entity, identifier).ok_or_else(full)?;
        }
        let states = self.claims.statements.place_other(statement).ok_or_else(full)?;
        Ok((subject, states, false))
    }

    fn evidence_row(&self, evidence: &Evidence, by: Seq) -> Result<EvidenceRow, Unfit> {
        let document = self
            .documents
            .find(evidence.document, by)
            .ok_or_else(|| format!("document {} was never recorded", evidence.document))?;
        evidence.check(self.documents.row(document).document.text()).map_err(|e| e.to_string())?;
        Ok(EvidenceRow { document, span: evidence.span })
    }

    /// The row of a relation, and whether a claim stated it before.
    fn relation_of(
        &mut self,
        seq: Seq,
        id: RelationId,
        key: RowKey,
    ) -> Result<(RelationIx, bool), Unfit> {
        if let Some(ix) = self.relation_stated_by(id, seq) {
            return Ok((ix, true));
        }
        let first = self.claims.next_ix().ok_or_else(full)?;
        let row = RelationRow::new(key, first);
        let ix = self.relations.push(id, row).ok_or_else(full)?;
        if self.merges.len() > 0 && !self.stands_alone(&row) {
            for end in [key.source, key.target] {
                self.relations.near_merge(end);
            }
        }
        Ok((ix, false))
    }

    pub(super) fn claim_changed(
        &mut self,
        seq: Seq,
        actor: &Arc<str>,
        claim: ClaimId,
        status: ClaimStatus,
        note: Option<&str>,
    ) -> Result<(), Unfit> {
        let ix = self
            .claims
            .find(claim, |row| row.seq <= seq)
            .ok_or_else(|| format!("claim {claim} was never recorded"))?;
        let note = note.map(Into::into);
        self.claims.change(ix, StatusChange { seq, status, by: Arc::clone(actor), note });
        if let Some(relation) = self.claims.row(ix).relation() {
            self.relations.changed(relation);
        }
        let (id, word) = (claim.uuid(), status.as_str());
        self.hash.add(&[b"status", id.as_bytes(), word.as_bytes(), &seq.get().to_le_bytes()]);
        Ok(())
    }
}
