//! The second reading: what would the graph say to each claim?

use graph::decide::{Command, OnRefusal, Refusal, decide};
use graph::model::ClaimDraft;
use graph::state::State;
use seeds::claims_file::{Action, Checked, ClaimsError, Item, read_claims};

use super::bad::BadLines;
use super::batch::Batch;
use super::plan::Plan;
use super::source::Source;
use crate::report::Failure;

pub(super) fn rehearse(
    source: &Source,
    state: &State,
    plan: &Plan,
    bad: &mut BadLines,
) -> Result<(), Failure> {
    let mut batch = Batch::default();
    for checked in read_claims(source.read("rehearsing")?) {
        match checked {
            Ok(Checked { line, item: Item::Claim(claim) }) => {
                // That quotes stand in their documents was checked in the first reading; the
                // documents themselves are not in this state.
                let claim = ClaimDraft { evidence: None, ..claim };
                batch.add_claim(line, claim, plan, |_| false);
                if batch.is_full() {
                    ask(&mut batch, state, plan, bad)?;
                }
            }
            Ok(Checked { line, item: Item::Action(action) }) => {
                if let Err(reason) = check(&action, plan) {
                    bad.add(line, reason);
                }
            }
            Ok(_) | Err(ClaimsError::Bad(_)) => {}
            Err(error) => return Err(Failure::of(&error)),
        }
    }
    ask(&mut batch, state, plan, bad)
}

fn ask(batch: &mut Batch, state: &State, plan: &Plan, bad: &mut BadLines) -> Result<(), Failure> {
    let (documents, drafts, lines) = batch.take();
    let command = Command::Record { documents, drafts, on_refusal: OnRefusal::LeaveOut };
    for (at, refusal) in decide(state, &command, plan.policy)?.left_out {
        if let Some(line) = lines.get(at) {
            bad.add(*line, refusal);
        }
    }
    Ok(())
}

/// What can be known of a decision before the claims that it is about are recorded.
fn check(action: &Action, plan: &Plan) -> Result<(), String> {
    let reason = match action {
        Action::Review { .. } => return Ok(()),
        Action::Retraction { reason, .. }
        | Action::UndoMerge { reason, .. }
        | Action::Distinct { reason, .. }
        | Action::Merge { reason, .. } => reason,
    };
    if reason.trim().is_empty() {
        return Err("the decision gives no reason".to_owned());
    }
    let Action::Merge { keep, absorb, .. } = action else { return Ok(()) };
    let kept = plan.entity(*keep).and_then(|planned| planned.kind);
    let other =
        absorb.iter().find(|local| plan.entity(**local).and_then(|planned| planned.kind) != kept);
    let kind = |local| plan.entity(local).and_then(|planned| planned.kind);
    match other.map(|local| (kept, kind(*local))) {
        Some((Some(a_kind), Some(b_kind))) => {
            let (a, b) = (format!("entity {}", keep.0 + 1), "the other".to_owned());
            Err(Refusal::DifferentKinds { a, a_kind, b, b_kind }.to_string())
        }
        _ => Ok(()),
    }
}
