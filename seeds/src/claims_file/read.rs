//! Lines into documents, entities, claims and decisions, each checked against the lines before.

use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::io::{self, BufRead};

use graph::interchange::{
    About, DEFAULT_ASSERTER, DistinctLine, DocumentLine, EntityLine, Line, MergeLine,
    RetractionLine, ReviewLine, UndoMergeLine, check_kinds,
};
use graph::model::{ClaimDraft, ClaimStatus, Confidence, EntityDraft, LocalEntity};
use serde::Deserialize;

use super::beside::Beside;
use super::item::{Action, Checked, ClaimsError, Item};
use super::parse::{Parsed, Parser, Said};
use super::scope::{Novel, Scope};
use super::shorthand::Shorthand;
use super::{BadLine, Declaration, Reason};

/// Reads a claims file as a stream. Short forms of entity lines come last.
pub fn read_claims<'a>(input: impl BufRead + 'a) -> Claims<'a> {
    Claims::of(Parser::of(input))
}

/// The same, with the lines taken apart by a thread of their own.
///
/// # Errors
/// If there is no thread to be had.
pub fn read_claims_beside(input: impl BufRead + Send + 'static) -> io::Result<Claims<'static>> {
    Beside::of(input).map(Claims::of)
}

/// The stream that [`read_claims`] gives.
pub struct Claims<'a> {
    lines: Box<dyn Iterator<Item = io::Result<Parsed>> + 'a>,
    /// The number of the line read last, and its bytes.
    number: usize,
    bytes: Vec<u8>,
    scope: Scope,
    ready: VecDeque<Checked>,
    /// Gone once the input has ended.
    shorthand: Option<Shorthand>,
    claims: usize,
    actions: usize,
}

impl Iterator for Claims<'_> {
    type Item = Result<Checked, ClaimsError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(checked) = self.ready.pop_front() {
                return Some(Ok(checked));
            }
            self.shorthand.as_ref()?;
            match self.lines.next() {
                Some(Err(source)) => {
                    self.shorthand = None;
                    return Some(Err(ClaimsError::Io { line: self.number, source }));
                }
                None => self.finish(),
                Some(Ok(Parsed { bytes, said })) => {
                    self.number += 1;
                    self.bytes = bytes;
                    if let Err(reason) = said.and_then(|said| self.read_line(said)) {
                        self.remember_refused();
                        return Some(Err(BadLine { line: self.number, reason }.into()));
                    }
                }
            }
        }
    }
}

impl<'a> Claims<'a> {
    fn of(lines: impl Iterator<Item = io::Result<Parsed>> + 'a) -> Self {
        Claims {
            lines: Box::new(lines),
            number: 0,
            bytes: Vec::new(),
            scope: Scope::new(),
            ready: VecDeque::new(),
            shorthand: Some(Shorthand::default()),
            claims: 0,
            actions: 0,
        }
    }

    /// The bytes of the line read last, without its end; of a line that is too long its beginning.
    pub fn raw_line(&self) -> &[u8] {
        &self.bytes
    }

    /// How many lines have been read.
    pub fn lines_read(&self) -> usize {
        self.number
    }

    fn read_line(&mut self, said: Option<Said>) -> Result<(), Reason> {
        let Some(Said { line, digest }) = said else { return Ok(()) };
        match line {
            Line::Document(line) => self.document(&line, digest),
            Line::Entity(line) => self.entity(line, digest),
            Line::Review(line) => self.review(line),
            Line::Retraction(line) => self.retraction(line),
            Line::Merge(line) => self.merge(line, digest),
            Line::UndoMerge(line) => self.undo_merge(line),
            Line::Distinct(line) => self.distinct(line),
            claim => self.claim(claim, digest),
        }
    }

    fn document(&mut self, line: &DocumentLine, digest: u64) -> Result<(), Reason> {
        let document = line.to_document()?;
        let id = line.id.clone();
        if self.scope.is_new(Declaration::Document, &id, digest)? {
            self.scope.declare_document(id, &document, self.number, digest);
            self.say(Item::Document(document));
        }
        Ok(())
    }

    fn entity(&mut self, line: EntityLine, digest: u64) -> Result<(), Reason> {
        let statements = line.statements()?;
        if !self.scope.is_new(Declaration::Entity, &line.id, digest)? {
            return Ok(());
        }
        let entity = self.scope.declare_entity(line.id.clone(), line.kind, self.number, digest);
        if let Some(shorthand) = &mut self.shorthand {
            for statement in statements {
                let Ok(statement) = statement.try_map(|_| Ok::<_, Infallible>(entity));
                shorthand.keep(self.number, statement);
            }
        }
        let EntityLine { kind, name, aliases: also_known_as, .. } = line;
        self.say(Item::Entity(EntityDraft::Named { kind, name, also_known_as }));
        Ok(())
    }

    fn claim(&mut self, line: Line, digest: u64) -> Result<(), Reason> {
        let mut novel = Novel::default();
        let Some(stated) = line.statement()? else { return Ok(()) };
        let statement = stated.try_map(|entity| self.scope.resolve(entity, &mut novel))?;
        check_kinds(&statement, |entity| self.scope.kind(entity, &novel))?;
        let Some(about) = line.into_about() else { return Ok(()) };
        let status = about.status()?;
        let evidence = about.evidence.as_ref().map(|e| self.scope.evidence(e)).transpose()?;
        if let Some(id) = &about.id {
            if !self.scope.is_new(Declaration::Claim, id, digest)? {
                return Ok(());
            }
            self.scope.declare(Declaration::Claim, id.clone(), self.claims, self.number, digest);
        }
        self.scope.adopt(&novel);
        for (kind, name) in novel.entities {
            let also_known_as = Vec::new();
            self.say(Item::Entity(EntityDraft::Named { kind, name, also_known_as }));
        }
        if let Some(shorthand) = &mut self.shorthand {
            shorthand.give_way_to(&statement);
        }
        let confidence = about.confidence();
        let About { asserted_by, .. } = about;
        let asserted_by = asserted_by.unwrap_or_else(|| DEFAULT_ASSERTER.to_owned());
        let status = Some(status);
        let draft = ClaimDraft { statement, evidence, confidence, asserted_by, status };
        self.claims += 1;
        self.say(Item::Claim(draft));
        Ok(())
    }

    fn act(&mut self, action: Action) {
        self.actions += 1;
        self.say(Item::Action(action));
    }

    fn say(&mut self, item: Item) {
        self.ready.push_back(Checked { line: self.number, item });
    }

    /// The input has ended: what no line of its own stated is said now.
    fn finish(&mut self) {
        let rest = self.shorthand.take().into_iter().flat_map(Shorthand::finish);
        self.ready.extend(rest.map(|(line, statement)| {
            let draft = ClaimDraft {
                statement,
                evidence: None,
                confidence: Confidence::CERTAIN,
                asserted_by: DEFAULT_ASSERTER.to_owned(),
                status: Some(ClaimStatus::Accepted),
            };
            Checked { line, item: Item::Claim(draft) }
        }));
    }

    /// Keeps the id of a refused line, so that the lines that refer to it can be told why.
    fn remember_refused(&mut self) {
        #[derive(Deserialize)]
        struct Declaring {
            r#type: String,
            id: String,
        }
        let Ok(Declaring { r#type, id }) = serde_json::from_slice(&self.bytes) else {
            return;
        };
        let what = match r#type.as_str() {
            "document" => Declaration::Document,
            "entity" => Declaration::Entity,
            "merge" => Declaration::Merge,
            _ => Declaration::Claim,
        };
        self.scope.refuse(what, id, self.number);
    }

    fn review(&mut self, line: ReviewLine) -> Result<(), Reason> {
        let claim = self.scope.claim(&line.claim)?;
        let ReviewLine { verdict, by, note, .. } = line;
        self.act(Action::Review { claim, verdict, by, note });
        Ok(())
    }

    fn retraction(&mut self, line: RetractionLine) -> Result<(), Reason> {
        let claim = self.scope.claim(&line.claim)?;
        let RetractionLine { reason, by, .. } = line;
        self.act(Action::Retraction { claim, reason, by });
        Ok(())
    }

    fn merge(&mut self, line: MergeLine, digest: u64) -> Result<(), Reason> {
        let keep = self.scope.entity(&line.keep)?;
        let absorb: Vec<LocalEntity> =
            line.absorb.iter().map(|id| self.scope.entity(id)).collect::<Result<_, _>>()?;
        let distinct: BTreeSet<LocalEntity> = absorb.iter().copied().collect();
        if absorb.is_empty() || distinct.len() < absorb.len() || distinct.contains(&keep) {
            return Err(Reason::EmptyMerge);
        }
        let MergeLine { id, reason, by, .. } = line;
        if let Some(id) = id {
            if !self.scope.is_new(Declaration::Merge, &id, digest)? {
                return Ok(());
            }
            self.scope.declare(Declaration::Merge, id, self.actions, self.number, digest);
        }
        self.act(Action::Merge { keep, absorb, reason, by });
        Ok(())
    }

    fn undo_merge(&mut self, line: UndoMergeLine) -> Result<(), Reason> {
        let merge = self.scope.merge(&line.merge)?;
        let UndoMergeLine { reason, by, .. } = line;
        self.act(Action::UndoMerge { merge, reason, by });
        Ok(())
    }

    fn distinct(&mut self, line: DistinctLine) -> Result<(), Reason> {
        let (a, b) = (self.scope.entity(&line.a)?, self.scope.entity(&line.b)?);
        if a == b {
            return Err(Reason::DistinctFromItself(line.a));
        }
        let DistinctLine { reason, by, .. } = line;
        self.act(Action::Distinct { a, b, reason, by });
        Ok(())
    }
}
