//! A view as it would be if some changes were recorded.

use thiserror::Error;

use super::{Supposition, View};
use crate::decide::{Command, OnRefusal, Policy, Refusal, decide};
use crate::model::{
    ClaimDraft, ClaimId, ClaimStatus, Confidence, Drafts, EntityDraft, EntityId, EntityKind,
    Evidence, LocalEntity, RelationId, RelationStatement, Statement,
};
use crate::state::{ClaimIx, EntityIx};

/// Who asserts a claim that is only supposed, and who withdraws one.
pub const WHAT_IF: &str = "what-if";

/// The most changes that are supposed at once: more than a person plans, few enough to be quick.
pub const HYPOTHESES_MAX: usize = 100;

/// A change that is only supposed.
#[derive(Debug, Clone, PartialEq)]
pub enum Hypothesis {
    /// The entity is not there, nor anyone merged into it, nor anything that is said of it: its
    /// names, roles and figures, its relations, and those that name it as product or stage.
    Remove(EntityId),
    /// Such a relation holds.
    Relate(SupposedRelation),
    /// Nothing holds up the relation.
    Sever(RelationId),
}

/// A relation that is supposed to hold. If it holds already, one more claim holds it up.
#[derive(Debug, Clone, PartialEq)]
pub struct SupposedRelation {
    /// The entities that it names; one that is not recorded comes to be.
    pub entities: Vec<EntityDraft>,
    /// What is supposed of them.
    pub relation: RelationStatement<LocalEntity>,
    /// The words that would say so, if any.
    pub evidence: Option<Evidence>,
    /// How sure one would be.
    pub confidence: Confidence,
}

/// Changes that cannot be supposed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Unsupposable {
    /// Too many.
    #[error("{found} changes are supposed at once; at most {max} can be")]
    TooMany {
        /// How many there are.
        found: usize,
        /// How many there may be.
        max: usize,
    },
    /// One of them.
    #[error("change {number} cannot be supposed: {why}")]
    Change {
        /// Which, from 1.
        number: usize,
        /// Why not.
        why: Unsupposed,
    },
}

/// Why a change cannot be supposed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Unsupposed {
    /// No such entity in the view, or an earlier change removed it.
    #[error("there is no entity {0} to remove")]
    NoEntity(EntityId),
    /// No such relation in the view, or nothing holds it up there.
    #[error("there is no relation {0} to sever, or nothing holds it up here")]
    NoRelation(RelationId),
    /// A relation that breaks a rule of the model.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// An entity or a claim that has no place in the state.
    #[error("{0}")]
    Unfit(String),
}

impl View {
    /// This view at the same position as it would be if these changes had been recorded by then, one
    /// after the other; a later one may speak of what an earlier one made. Nothing is written, no
    /// other view notices, and every question works on it as on any view. What it supposes says so:
    /// [`WHAT_IF`] asserts the claims, and withdraws them.
    ///
    /// Cost: a copy of the state, which shares all but the parts that change. Removing a product or a
    /// stage takes a pass over all relations.
    ///
    /// # Errors
    /// [`Unsupposable`] names the first change that cannot be.
    pub fn suppose(&self, changes: &[Hypothesis]) -> Result<View, Unsupposable> {
        let (found, max) = (changes.len(), HYPOTHESES_MAX);
        if found > max {
            return Err(Unsupposable::TooMany { found, max });
        }
        let what = Supposition::Changes(changes.to_vec());
        let mut view = self.supposing(self.state().supposing(self.seq), what);
        for (change, number) in changes.iter().zip(1..) {
            view.change(change).map_err(|why| Unsupposable::Change { number, why })?;
        }
        Ok(view)
    }

    fn change(&mut self, change: &Hypothesis) -> Result<(), Unsupposed> {
        match change {
            Hypothesis::Remove(id) => {
                let entity = self.entity(*id).ok_or(Unsupposed::NoEntity(*id))?;
                let (said, members) = (self.all_said_of(entity), self.members(entity));
                self.withdraw(&said);
                let state = std::sync::Arc::make_mut(&mut self.state);
                members.into_iter().for_each(|member| state.suppose_absent(member));
                Ok(())
            }
            Hypothesis::Sever(id) => {
                let relation = self.relation_by_id(*id).and_then(|ix| self.relation(ix));
                let relation = relation.ok_or(Unsupposed::NoRelation(*id))?;
                self.withdraw(&relation.claims);
                Ok(())
            }
            Hypothesis::Relate(supposed) => self.relate(supposed),
        }
    }

    fn withdraw(&mut self, claims: &[ClaimIx]) {
        let state = std::sync::Arc::make_mut(&mut self.state);
        for claim in claims {
            state.suppose_status(*claim, ClaimStatus::Retracted, WHAT_IF);
        }
    }

    /// Claims that name it at all and are not rejected or withdrawn already.
    fn all_said_of(&self, entity: EntityIx) -> Vec<ClaimIx> {
        let mut claims = self.claims_naming(entity);
        if matches!(self.kind(entity), EntityKind::Product | EntityKind::Stage) {
            let members = self.members(entity);
            let named = |e: Option<EntityIx>| e.is_some_and(|e| members.contains(&e));
            let rows = self.state().relations.iter();
            for (ix, _) in rows.filter(|(_, row)| named(row.product()) || named(row.stage())) {
                claims.extend(self.state().claims.stating(ix).iter());
            }
        }
        claims.retain(|claim| {
            let status = self.state().claims.status_at(*claim, self.seq);
            matches!(status, Some(ClaimStatus::Accepted | ClaimStatus::Proposed))
        });
        claims.sort_unstable();
        claims.dedup();
        claims
    }

    fn relate(&mut self, supposed: &SupposedRelation) -> Result<(), Unsupposed> {
        let statement = Statement::Relation(supposed.relation.clone());
        let claim = ClaimDraft {
            statement: statement.clone(),
            evidence: supposed.evidence.clone(),
            confidence: supposed.confidence,
            asserted_by: WHAT_IF.to_owned(),
            status: Some(ClaimStatus::Accepted),
        };
        let drafts = Drafts { entities: supposed.entities.clone(), claims: vec![claim] };
        let command =
            Command::Record { documents: vec![], drafts, on_refusal: OnRefusal::RefuseAll };
        let policy = Policy { accept_at: Confidence::CERTAIN };
        let decision = decide(self.state(), &command, policy)?;
        let state = std::sync::Arc::make_mut(&mut self.state);
        state.suppose_recorded(decision.events, WHAT_IF).map_err(Unsupposed::Unfit)?;
        // The same was supposed before, and a change in between severed it.
        let named = |local: LocalEntity| {
            let entity = decision.entities.get(local.0).copied().flatten();
            entity.ok_or(Refusal::UnknownLocal(local.0))
        };
        let id = ClaimId::derive(&statement.try_map(named)?, supposed.evidence.as_ref(), WHAT_IF);
        let again = state.claim_ix(id).filter(|claim| {
            state.claims.status_at(*claim, self.seq) != Some(ClaimStatus::Accepted)
        });
        if let Some(claim) = again {
            state.suppose_status(claim, ClaimStatus::Accepted, WHAT_IF);
        }
        Ok(())
    }
}
