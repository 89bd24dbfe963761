//! What touched an entity, whatever became of it.

use petgraph::Direction;
use store::Seq;

use super::View;
use crate::model::Confidence;
use crate::state::{ClaimIx, EntityIx, Stated};

/// What a claim says, borrowed: for passes over many claims.
#[derive(Debug, Clone, Copy)]
pub struct ClaimSaid<'a> {
    /// What it states, entities as they were named when it was made.
    pub statement: Stated<'a>,
    /// How sure its author is.
    pub confidence: Confidence,
    /// A person, or an extractor with its version.
    pub asserted_by: &'a str,
}

impl View {
    /// What a claim says. Cost: constant; [`View::claim`] copies it and fetches its quote.
    pub fn claim_said(&self, ix: ClaimIx) -> ClaimSaid<'_> {
        let row = self.state().claims.row(ix);
        ClaimSaid {
            statement: self.state().stated(ix),
            confidence: row.confidence,
            asserted_by: self.state().claims.asserted_by(ix),
        }
    }

    /// Claims that name an entity as subject or as a relation's target, whatever their status, in
    /// the order of recording. Cost: its claims and those of its relations.
    pub fn claims_naming(&self, entity: EntityIx) -> Vec<ClaimIx> {
        let mut claims: Vec<ClaimIx> = self.claims_about(entity).collect();
        for member in self.members(entity) {
            for relation in self.state().relations.at(member, Direction::Incoming) {
                claims.extend(self.state().claims.stating(relation).iter());
            }
        }
        claims.retain(|ix| self.state().claims.row(*ix).seq <= self.seq);
        claims.sort_unstable();
        claims.dedup();
        claims
    }

    /// Positions of the events that touched an entity, ascending: its declaration, the claims that
    /// name it, their reviews and retractions, merges and their undoing, marks of distinctness. What
    /// is only supposed never happened.
    pub fn history(&self, entity: EntityIx) -> Vec<Seq> {
        let recorded = self.recorded();
        let rows = recorded.state().entities.len();
        if (entity.0 as usize) < rows { recorded.all_history(entity) } else { Vec::new() }
    }

    fn all_history(&self, entity: EntityIx) -> Vec<Seq> {
        let state = self.state();
        let mut found: Vec<Seq> = Vec::new();
        let members = self.members(entity);
        for member in &members {
            let row = state.entities.row(*member);
            found.push(row.declared);
            for merge in row.absorbed_by.iter().chain(&row.absorbs) {
                let merge = state.merges.row(*merge);
                found.push(merge.made);
                found.extend(merge.undone.as_ref().map(|undone| undone.seq));
            }
        }
        for claim in self.claims_naming(entity) {
            let row = state.claims.row(claim);
            found.push(row.seq);
            found.extend(state.claims.changes(claim).iter().map(|change| change.seq));
        }
        let marks = members.iter().flat_map(|member| state.merges.distinct_of(*member));
        found.extend(marks.map(|mark| mark.seq));
        found.retain(|seq| *seq <= self.seq);
        found.sort_unstable();
        found.dedup();
        found
    }
}
