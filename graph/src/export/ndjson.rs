//! A view as a claims file, from which an equal graph can be imported: documents, entities, then
//! claims as they were recorded and what was decided on them, in the order of the log. The order
//! matters: what follows by rule from a claim depends on what had been decided by then.

use std::io;

use crate::interchange::{
    About, DistinctLine, DocumentLine, EntityLine, EvidenceLine, Line, MergeLine, RetractionLine,
    ReviewLine, UndoMergeLine,
};
use crate::model::{ClaimStatus, Evidence, Statement, Verdict};
use crate::state::{ClaimIx, EntityIx, StatusChange};
use crate::view::View;
use store::Seq;

/// Writes everything that had been recorded by the view's position, whatever held on its day.
/// Cost: two passes over the claims; memory for the decisions only.
///
/// # Errors
/// What `out` fails with.
pub fn ndjson(view: &View, mut out: impl io::Write) -> io::Result<()> {
    let seq = view.seq();
    let state = view.state();
    for ix in view.documents() {
        let document = view.document(ix).document;
        Line::Document(DocumentLine::new(document.id().to_string(), document)).write(&mut out)?;
    }
    for (ix, row) in state.entities.iter().take_while(|(_, row)| row.declared <= seq) {
        Line::Entity(EntityLine::new(id_of(view, ix), row.kind, &*row.name)).write(&mut out)?;
    }
    let mut decisions = identity_lines(view);
    for ix in view.claims() {
        let id = state.claims.id(ix).to_string();
        let changes = state.claims.changes(ix).iter().filter(|change| change.seq <= seq);
        decisions.extend(changes.map(|change| (change.seq, change_line(&id, change))));
    }
    decisions.sort_by_key(|(seq, _)| *seq);
    let mut decisions = decisions.into_iter().peekable();
    for ix in view.claims() {
        let recorded = state.claims.row(ix).seq;
        while let Some((_, line)) = decisions.next_if(|(decided, _)| *decided < recorded) {
            line.write(&mut out)?;
        }
        claim_line(view, ix).write(&mut out)?;
    }
    decisions.try_for_each(|(_, line)| line.write(&mut out))
}

fn id_of(view: &View, entity: EntityIx) -> String {
    view.entity_id(entity).to_string()
}

fn claim_line(view: &View, ix: ClaimIx) -> Line {
    let row = view.state().claims.row(ix);
    let stated = view.state().stated(ix).to_statement();
    let Ok(statement) = stated.try_map(|e| Ok::<_, std::convert::Infallible>(id_of(view, e)));
    let evidence = view.claim(ix).evidence.map(|e| {
        let document = view.document(e.document).document.id();
        EvidenceLine::new(
            document.to_string(),
            &Evidence { document, span: e.span, quote: e.quote },
        )
    });
    let about = About {
        id: Some(view.state().claims.id(ix).to_string()),
        confidence: Some(row.confidence),
        status: Some(row.recorded_as),
        asserted_by: Some(view.state().claims.asserted_by(ix).to_string()),
        evidence,
    };
    let statement: Statement<String> = statement;
    Line::claim(&statement, about)
}

fn change_line(claim: &str, change: &StatusChange) -> Line {
    let (claim, by) = (claim.to_owned(), Some(change.by.to_string()));
    let note = change.note.as_deref().map(str::to_owned);
    let review = |verdict| {
        Line::Review(ReviewLine {
            claim: claim.clone(),
            verdict,
            by: by.clone(),
            note: note.clone(),
        })
    };
    match change.status {
        ClaimStatus::Retracted => {
            Line::Retraction(RetractionLine { claim, by, reason: note.unwrap_or_default() })
        }
        ClaimStatus::Rejected => review(Verdict::Reject),
        ClaimStatus::Accepted | ClaimStatus::Proposed => review(Verdict::Accept),
    }
}

fn identity_lines(view: &View) -> Vec<(Seq, Line)> {
    let (state, seq) = (view.state(), view.seq());
    let mut lines = Vec::new();
    for row in state.merges.iter().filter(|row| row.made <= seq) {
        let merge = MergeLine {
            id: Some(row.id.to_string()),
            keep: id_of(view, row.keep),
            absorb: row.absorbed.iter().map(|e| id_of(view, *e)).collect(),
            reason: row.reason.clone(),
            by: None,
        };
        lines.push((row.made, Line::Merge(merge)));
        if let Some(undone) = row.undone.as_ref().filter(|undone| undone.seq <= seq) {
            let (merge, reason) = (row.id.to_string(), undone.reason.clone());
            lines.push((undone.seq, Line::UndoMerge(UndoMergeLine { merge, reason, by: None })));
        }
    }
    for row in state.merges.distinct().filter(|row| row.seq <= seq) {
        let (a, b) = (id_of(view, row.a), id_of(view, row.b));
        lines.push((
            row.seq,
            Line::Distinct(DistinctLine { a, b, reason: row.reason.clone(), by: None }),
        ));
    }
    lines
}
