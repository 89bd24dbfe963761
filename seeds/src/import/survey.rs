//! The first reading: every line checked, the entities gathered.

use std::collections::{BTreeMap, BTreeSet};

use graph::model::{ClaimStatus, EntityDraft, LocalEntity, Verdict};

use super::bad::BadLines;
use super::{ImportError, Pass, Rereadable, Unread, read};
use crate::claims_file::{Action, Checked, ClaimsError, Item};

/// What a claims file holds, as far as the file alone can tell.
pub struct Survey {
    /// Its entities, in order, each with its line.
    pub(super) entities: Vec<(usize, EntityDraft)>,
    lines: usize,
    documents: usize,
    pub(super) claims: usize,
    pub(super) actions: usize,
    /// Marks of two that the file never merged before, by their place among the actions, each with
    /// its line.
    pub(super) marks: BTreeMap<usize, (usize, Mark)>,
    merged: Merged,
    pub(super) endings: Endings,
    pub(super) bad: BadLines,
}

impl Survey {
    /// Reads a file for the first time: every line is checked, the entities are gathered.
    ///
    /// # Errors
    /// [`ImportError::Unread`]. A line that cannot be used is no error: it is among
    /// [`Survey::bad`].
    pub fn of(source: &impl Rereadable) -> Result<Survey, ImportError> {
        let mut survey = Survey::nothing();
        let mut claims = read(source, Pass::Checking)?;
        for checked in &mut claims {
            match checked {
                Ok(Checked { line, item }) => survey.note(line, item),
                Err(ClaimsError::Bad(line)) => survey.bad.add(line.line, line.reason),
                Err(ClaimsError::Io { line, source }) => {
                    return Err(Unread::Line { line, source }.into());
                }
            }
        }
        survey.lines = claims.lines_read();
        Ok(survey)
    }

    /// How many lines the file has, blank ones included.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// Whether the file says nothing at all: not even a bad line is in it.
    pub fn is_empty(&self) -> bool {
        let said = self.entities.len() + self.documents + self.claims + self.actions;
        said + self.bad.count() == 0
    }

    /// The lines that are bad in themselves.
    pub fn bad(&self) -> &BadLines {
        &self.bad
    }

    fn nothing() -> Survey {
        Survey {
            entities: Vec::new(),
            lines: 0,
            documents: 0,
            claims: 0,
            actions: 0,
            marks: BTreeMap::new(),
            merged: Merged::default(),
            endings: Endings::default(),
            bad: BadLines::default(),
        }
    }

    fn note(&mut self, line: usize, item: Item) {
        match item {
            Item::Document(_) => self.documents += 1,
            Item::Entity(entity) => self.entities.push((line, entity)),
            Item::Claim(_) => self.claims += 1,
            Item::Action(action) => {
                let at = self.actions;
                self.actions += 1;
                self.endings.note(&action);
                match action {
                    Action::Merge { keep, absorb, .. } => self.merged.unite(keep, &absorb),
                    Action::Distinct { a, b, reason, by } if !self.merged.are_one(a, b) => {
                        self.marks.insert(at, (line, Mark { a, b, reason, by }));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Two that are known to differ.
pub(super) struct Mark {
    pub(super) a: LocalEntity,
    pub(super) b: LocalEntity,
    pub(super) reason: String,
    pub(super) by: Option<String>,
}

/// Who was ever merged so far, whatever became of it.
#[derive(Default)]
struct Merged {
    into: BTreeMap<LocalEntity, LocalEntity>,
}

impl Merged {
    fn unite(&mut self, keep: LocalEntity, absorb: &[LocalEntity]) {
        for one in absorb {
            let (kept, absorbed) = (self.root(keep), self.root(*one));
            if kept != absorbed {
                self.into.insert(absorbed, kept);
            }
        }
    }

    fn are_one(&self, a: LocalEntity, b: LocalEntity) -> bool {
        self.root(a) == self.root(b)
    }

    fn root(&self, mut one: LocalEntity) -> LocalEntity {
        while let Some(kept) = self.into.get(&one) {
            one = *kept;
        }
        one
    }
}

/// How the file leaves what it decides on: an import that is repeated does not go through the
/// steps again.
#[derive(Default)]
pub(super) struct Endings {
    /// The status of each claim that is reviewed or retracted, by its place among the claims.
    pub(super) claims: BTreeMap<usize, ClaimStatus>,
    /// Merges that are undone, by their place among the actions.
    pub(super) undone: BTreeSet<usize>,
}

impl Endings {
    fn note(&mut self, action: &Action) {
        match action {
            Action::Review { claim, verdict, .. } => {
                let status = match verdict {
                    Verdict::Accept => ClaimStatus::Accepted,
                    Verdict::Reject => ClaimStatus::Rejected,
                };
                self.claims.insert(*claim, status);
            }
            Action::Retraction { claim, .. } => {
                self.claims.insert(*claim, ClaimStatus::Retracted);
            }
            Action::UndoMerge { merge, .. } => {
                self.undone.insert(*merge);
            }
            Action::Merge { .. } | Action::Distinct { .. } => {}
        }
    }
}
