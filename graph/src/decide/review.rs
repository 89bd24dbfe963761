//! Verdicts on claims, and their withdrawal.

use std::collections::BTreeSet;

use super::{MAX_NOTE_CHARS, Refusal, check_text};
use crate::event::Event;
use crate::model::{ClaimId, ClaimStatus, Verdict};
use crate::state::State;

pub(super) fn review(
    state: &State,
    claims: &[ClaimId],
    verdict: Verdict,
    note: Option<&str>,
) -> Result<Vec<Event>, Refusal> {
    if let Some(note) = note {
        check_text("a review's note", note, MAX_NOTE_CHARS)?;
    }
    let reached = match verdict {
        Verdict::Accept => ClaimStatus::Accepted,
        Verdict::Reject => ClaimStatus::Rejected,
    };
    let mut events = Vec::new();
    let mut seen = BTreeSet::new();
    // In the order of the command: what follows by rule depends on it.
    for claim in claims.iter().copied().filter(|claim| seen.insert(*claim)) {
        match status(state, claim)? {
            ClaimStatus::Retracted => return Err(Refusal::Retracted(claim)),
            status if status == reached => {}
            _ => {
                events.push(Event::ClaimReviewed { claim, verdict, note: note.map(str::to_owned) });
            }
        }
    }
    Ok(events)
}

pub(super) fn retract(state: &State, claim: ClaimId, reason: &str) -> Result<Vec<Event>, Refusal> {
    check_text("the reason", reason, MAX_NOTE_CHARS)?;
    match status(state, claim)? {
        ClaimStatus::Retracted => Ok(Vec::new()),
        _ => Ok(vec![Event::ClaimRetracted { claim, reason: reason.to_owned() }]),
    }
}

fn status(state: &State, claim: ClaimId) -> Result<ClaimStatus, Refusal> {
    state
        .claim_ix(claim)
        .and_then(|ix| state.claims.status_at(ix, state.seq()))
        .ok_or(Refusal::UnknownClaim(claim))
}
