//! A whole claims file: gathered, or only counted.

use std::io::{self, BufRead};

use graph::model::{Document, Drafts};
use thiserror::Error;

use super::BadLine;
use super::item::{Action, Checked, ClaimsError, Item};
use super::read::read_claims;

/// Everything that a claims file says, and the lines that could not be used.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimsFile {
    /// The articles, in order.
    pub documents: Vec<Document>,
    /// Entities and claims, in order; claims that entity lines are short for come last.
    pub drafts: Drafts,
    /// Reviews, retractions, merges and the like, in order.
    pub actions: Vec<Action>,
    /// The lines that could not be used; everything else is as if they were not there.
    pub bad: Vec<BadLine>,
}

/// How much a claims file holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines, blank ones included.
    pub lines: usize,
    /// Articles.
    pub documents: usize,
    /// Entities, products and stages known by name only included.
    pub entities: usize,
    /// Claims, those that entity lines are short for included.
    pub claims: usize,
    /// Reviews, retractions, merges and the like.
    pub actions: usize,
}

/// Why a claims file cannot be imported as it is.
#[derive(Debug, Error)]
pub enum CheckError {
    /// Some lines cannot be used.
    #[error("{} of the lines cannot be used; the first: {}", .0.len(), first(.0))]
    Bad(Vec<BadLine>),
    /// The input failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

fn first(bad: &[BadLine]) -> String {
    bad.first().map(ToString::to_string).unwrap_or_default()
}

/// Reads and checks a whole file and keeps nothing but counts.
///
/// # Errors
/// [`CheckError`] with every line that cannot be used.
pub fn check(input: impl BufRead) -> Result<Summary, CheckError> {
    let mut summary = Summary::default();
    let mut bad = Vec::new();
    let mut claims = read_claims(input);
    for checked in &mut claims {
        match checked {
            Ok(Checked { item, .. }) => match item {
                Item::Document(_) => summary.documents += 1,
                Item::Entity(_) => summary.entities += 1,
                Item::Claim(_) => summary.claims += 1,
                Item::Action(_) => summary.actions += 1,
            },
            Err(ClaimsError::Bad(line)) => bad.push(line),
            Err(ClaimsError::Io { source, .. }) => return Err(source.into()),
        }
    }
    summary.lines = claims.lines_read();
    if bad.is_empty() { Ok(summary) } else { Err(CheckError::Bad(bad)) }
}

/// Reads a whole file.
///
/// # Errors
/// Only what the input fails with; lines that cannot be used are in [`ClaimsFile::bad`].
pub fn load(input: impl BufRead) -> io::Result<ClaimsFile> {
    load_with(input, |_, _| Ok(()))
}

/// Reads a whole file and hands every line that cannot be used to `on_bad`, with its bytes (of a
/// line that is too long: its beginning).
///
/// # Errors
/// What the input or `on_bad` fails with.
pub fn load_with(
    input: impl BufRead,
    mut on_bad: impl FnMut(&BadLine, &[u8]) -> io::Result<()>,
) -> io::Result<ClaimsFile> {
    let mut file = ClaimsFile {
        documents: Vec::new(),
        drafts: Drafts::none(),
        actions: Vec::new(),
        bad: Vec::new(),
    };
    let mut claims = read_claims(input);
    while let Some(checked) = claims.next() {
        match checked {
            Ok(Checked { item, .. }) => match item {
                Item::Document(document) => file.documents.push(document),
                Item::Entity(entity) => file.drafts.entities.push(entity),
                Item::Claim(claim) => file.drafts.claims.push(claim),
                Item::Action(action) => file.actions.push(action),
            },
            Err(ClaimsError::Bad(line)) => {
                on_bad(&line, claims.raw_line())?;
                file.bad.push(line);
            }
            Err(ClaimsError::Io { source, .. }) => return Err(source),
        }
    }
    Ok(file)
}
