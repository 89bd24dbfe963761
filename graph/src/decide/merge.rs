//! Entities found to be one, or known to differ.

use super::{MAX_NOTE_CHARS, Refusal, check_text};
use crate::event::Event;
use crate::model::{EntityId, MergeId};
use crate::state::{EntityIx, State};

pub(super) fn merge(
    state: &State,
    keep: EntityId,
    absorb: &[EntityId],
    reason: &str,
) -> Result<Vec<Event>, Refusal> {
    check_text("the reason", reason, MAX_NOTE_CHARS)?;
    let seq = state.seq();
    let kept = state.root(find(state, keep)?, seq);
    let mut absorbed = Vec::new();
    for id in absorb {
        let root = state.root(find(state, *id)?, seq);
        if root != kept && !absorbed.contains(&root) {
            for other in std::iter::once(&kept).chain(&absorbed) {
                check_pair(state, *other, root)?;
            }
            absorbed.push(root);
        }
    }
    if absorb.is_empty() {
        return Err(Refusal::NothingToMerge);
    }
    if absorbed.is_empty() {
        return Ok(Vec::new());
    }
    let id_of = |ix: EntityIx| state.entities.id(ix);
    let keep = id_of(kept);
    let absorbed: Vec<EntityId> = absorbed.into_iter().map(id_of).collect();
    let merge = MergeId::derive(keep, &absorbed, seq.get());
    Ok(vec![Event::EntitiesMerged { merge, keep, absorbed, reason: reason.to_owned() }])
}

fn check_pair(state: &State, a: EntityIx, b: EntityIx) -> Result<(), Refusal> {
    let (row_a, row_b) = (state.entities.row(a), state.entities.row(b));
    if row_a.kind != row_b.kind {
        return Err(Refusal::DifferentKinds {
            a: row_a.name.to_string(),
            a_kind: row_a.kind,
            b: row_b.name.to_string(),
            b_kind: row_b.kind,
        });
    }
    let group = |root| state.group(root, state.seq());
    let known = state.known_distinct(&group(a), &group(b));
    match known {
        None => Ok(()),
        Some(known) => Err(Refusal::KnownDistinct {
            a: row_a.name.to_string(),
            b: row_b.name.to_string(),
            reason: known.reason.clone(),
        }),
    }
}

pub(super) fn undo(state: &State, merge: MergeId, reason: &str) -> Result<Vec<Event>, Refusal> {
    check_text("the reason", reason, MAX_NOTE_CHARS)?;
    let ix = state.merge_ix(merge).ok_or(Refusal::UnknownMerge(merge))?;
    let row = state.merges.row(ix);
    if row.undone.is_some() {
        return Err(Refusal::AlreadyUndone(merge));
    }
    let touches = |other: &[EntityIx]| {
        other.contains(&row.keep) || row.absorbed.iter().any(|a| other.contains(a))
    };
    let later = state.merges.iter().rev().find(|other| {
        other.made > row.made
            && other.stands_at(state.seq())
            && (touches(&[other.keep]) || touches(&other.absorbed))
    });
    match later {
        Some(by) => Err(Refusal::MergeBlocked { merge, by: by.id }),
        None => Ok(vec![Event::MergeUndone { merge, reason: reason.to_owned() }]),
    }
}

pub(super) fn mark_distinct(
    state: &State,
    a: EntityId,
    b: EntityId,
    reason: &str,
) -> Result<Vec<Event>, Refusal> {
    check_text("the reason", reason, MAX_NOTE_CHARS)?;
    let seq = state.seq();
    let (a_ix, b_ix) = (find(state, a)?, find(state, b)?);
    let (a_root, b_root) = (state.root(a_ix, seq), state.root(b_ix, seq));
    if a_root == b_root {
        let name = |ix: EntityIx| state.entities.row(ix).name.to_string();
        let held = [a_ix, b_ix].into_iter().find_map(|ix| state.standing_merge(ix, seq));
        let merge = held.map(|merge| state.merges.row(merge).id);
        let merge = merge.filter(|_| a_ix != b_ix).ok_or_else(|| Refusal::OneEntity(name(a_ix)))?;
        return Err(Refusal::AreMerged { a: name(a_ix), b: name(b_ix), merge });
    }
    let known = state.known_distinct(&state.group(a_root, seq), &state.group(b_root, seq));
    if known.is_some() {
        Ok(Vec::new())
    } else {
        Ok(vec![Event::MarkedDistinct { a, b, reason: reason.to_owned() }])
    }
}

fn find(state: &State, id: EntityId) -> Result<EntityIx, Refusal> {
    state.entity_ix(id).ok_or(Refusal::UnknownEntity(id))
}
