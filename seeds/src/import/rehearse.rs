//! The second reading: what would the graph say to each claim?

use graph::decide::{Policy, Refusal, refusals};
use graph::state::State;

use super::bad::BadLines;
use super::batch::Batch;
use super::entities::Entities;
use super::{ImportError, Pass, Rereadable, Unread, read};
use crate::claims_file::{Action, Checked, ClaimsError, Item};

/// `state` knows every entity of the file that can be told.
pub(super) fn rehearse(
    source: &impl Rereadable,
    state: &State,
    policy: Policy,
    entities: &Entities,
    bad: &mut BadLines,
) -> Result<(), ImportError> {
    let mut batch = Batch::default();
    for checked in read(source, Pass::Rehearsing)? {
        match checked {
            Ok(Checked { line, item: Item::Claim(claim) }) => {
                // That quotes stand in their documents was checked in the first reading.
                batch.add_claim(line, claim, entities);
                if batch.is_full() {
                    ask(&mut batch, state, policy, bad);
                }
            }
            Ok(Checked { line, item: Item::Action(action) }) => {
                if let Err(reason) = check(&action, entities) {
                    bad.add(line, reason);
                }
            }
            Ok(_) | Err(ClaimsError::Bad(_)) => {}
            Err(ClaimsError::Io { line, source }) => {
                return Err(Unread::Line { line, source }.into());
            }
        }
    }
    ask(&mut batch, state, policy, bad);
    Ok(())
}

fn ask(batch: &mut Batch, state: &State, policy: Policy, bad: &mut BadLines) {
    let (_, drafts, lines) = batch.take();
    for (at, refusal) in refusals(state, &drafts, policy) {
        if let Some(line) = lines.get(at) {
            bad.add(*line, refusal);
        }
    }
}

/// What can be known of a decision before the claims that it is about are recorded.
fn check(action: &Action, entities: &Entities) -> Result<(), String> {
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
    let kept = entities.get(*keep).and_then(|planned| planned.kind);
    let other =
        absorb.iter().find(|local| entities.get(**local).and_then(|planned| planned.kind) != kept);
    let kind = |local| entities.get(local).and_then(|planned| planned.kind);
    match other.map(|local| (kept, kind(*local))) {
        Some((Some(a_kind), Some(b_kind))) => {
            let (a, b) = (format!("entity {}", keep.0 + 1), "the other".to_owned());
            Err(Refusal::DifferentKinds { a, a_kind, b, b_kind }.to_string())
        }
        _ => Ok(()),
    }
}
