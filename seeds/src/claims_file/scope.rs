//! The ids that the lines so far have declared.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::io;
use std::sync::Arc;

use foldhash::fast::RandomState;
use graph::interchange::{EntityRef, EvidenceLine};
use graph::model::{Document, DocumentId, EntityKind, Evidence, LocalEntity};
use serde::Serialize;

use super::{Declaration, Reason};

/// Ids of one sort.
struct Ids {
    what: Declaration,
    declared: HashMap<Box<str>, Declared, RandomState>,
    /// Ids whose line was refused, so that those who refer to it can be told.
    refused: HashMap<Box<str>, usize>,
}

#[derive(Clone, Copy)]
struct Declared {
    index: usize,
    line: usize,
    digest: u64,
}

impl Ids {
    fn new(what: Declaration) -> Self {
        Self { what, declared: HashMap::default(), refused: HashMap::new() }
    }

    fn index(&self, id: &str) -> Result<usize, Reason> {
        if let Some(declared) = self.declared.get(id) {
            return Ok(declared.index);
        }
        let (what, id) = (self.what, id.to_owned());
        Err(match self.refused.get(id.as_str()) {
            Some(&line) => Reason::DeclaredBadly { what, id, line },
            None => Reason::Undeclared { what, id },
        })
    }

    /// Whether this id is new. The same line once more is nothing new.
    fn is_new(&self, id: &str, digest: u64) -> Result<bool, Reason> {
        if id.is_empty() {
            return Err(Reason::EmptyId(self.what));
        }
        match self.declared.get(id) {
            None => Ok(true),
            Some(first) if first.digest == digest => Ok(false),
            Some(first) => {
                Err(Reason::DeclaredTwice { what: self.what, id: id.to_owned(), line: first.line })
            }
        }
    }

    fn declare(&mut self, id: String, declared: Declared) {
        self.declared.insert(id.into_boxed_str(), declared);
    }
}

/// Everything that a line may refer to.
pub(super) struct Scope {
    documents: Ids,
    entities: Ids,
    claims: Ids,
    merges: Ids,
    texts: Vec<(DocumentId, Arc<str>)>,
    kinds: Vec<EntityKind>,
    /// Products and stages that are known by name only.
    named: HashMap<(EntityKind, Box<str>), LocalEntity>,
}

/// Products and stages that a line names for the first time; declared once the line proves good.
#[derive(Default)]
pub(super) struct Novel {
    pub(super) entities: Vec<(EntityKind, String)>,
}

impl Scope {
    pub(super) fn new() -> Self {
        Self {
            documents: Ids::new(Declaration::Document),
            entities: Ids::new(Declaration::Entity),
            claims: Ids::new(Declaration::Claim),
            merges: Ids::new(Declaration::Merge),
            texts: Vec::new(),
            kinds: Vec::new(),
            named: HashMap::new(),
        }
    }

    fn ids(&mut self, what: Declaration) -> &mut Ids {
        match what {
            Declaration::Document => &mut self.documents,
            Declaration::Entity => &mut self.entities,
            Declaration::Claim => &mut self.claims,
            Declaration::Merge => &mut self.merges,
        }
    }

    /// Whether this id is new; `false` when the same line stood there before.
    pub(super) fn is_new(
        &mut self,
        what: Declaration,
        id: &str,
        digest: u64,
    ) -> Result<bool, Reason> {
        self.ids(what).is_new(id, digest)
    }

    /// Lets a claim's or merge's id stand for its place in the order of its sort.
    pub(super) fn declare(
        &mut self,
        what: Declaration,
        id: String,
        index: usize,
        line: usize,
        digest: u64,
    ) {
        self.ids(what).declare(id, Declared { index, line, digest });
    }

    pub(super) fn declare_document(
        &mut self,
        id: String,
        document: &Document,
        line: usize,
        digest: u64,
    ) {
        self.declare(Declaration::Document, id, self.texts.len(), line, digest);
        self.texts.push((document.id(), Arc::clone(document.text())));
    }

    pub(super) fn declare_entity(
        &mut self,
        id: String,
        kind: EntityKind,
        line: usize,
        digest: u64,
    ) -> LocalEntity {
        let index = self.kinds.len();
        self.declare(Declaration::Entity, id, index, line, digest);
        self.kinds.push(kind);
        LocalEntity(index)
    }

    /// Remembers an id whose line is refused.
    pub(super) fn refuse(&mut self, what: Declaration, id: String, line: usize) {
        self.ids(what).refused.entry(id.into_boxed_str()).or_insert(line);
    }

    pub(super) fn entity(&self, id: &str) -> Result<LocalEntity, Reason> {
        self.entities.index(id).map(LocalEntity)
    }

    pub(super) fn claim(&self, id: &str) -> Result<usize, Reason> {
        self.claims.index(id)
    }

    pub(super) fn merge(&self, id: &str) -> Result<usize, Reason> {
        self.merges.index(id)
    }

    /// The entity that a line names. What it names for the first time goes into `novel`.
    pub(super) fn resolve(
        &self,
        entity: EntityRef<'_>,
        novel: &mut Novel,
    ) -> Result<LocalEntity, Reason> {
        let (kind, name) = match entity {
            EntityRef::Id(id) => return self.entity(id),
            EntityRef::IdOrName(kind, text) => match self.entities.index(text) {
                Ok(index) => return Ok(LocalEntity(index)),
                Err(bad @ Reason::DeclaredBadly { .. }) => return Err(bad),
                Err(_) => (kind, text),
            },
        };
        if let Some(known) = self.named.get(&(kind, name.into())) {
            return Ok(*known);
        }
        graph::model::Name::new(name).map_err(graph::interchange::LineError::from)?;
        novel.entities.push((kind, name.to_owned()));
        Ok(LocalEntity(self.kinds.len() + novel.entities.len() - 1))
    }

    /// The kind of an entity that [`resolve`](Self::resolve) gave.
    pub(super) fn kind(&self, entity: LocalEntity, novel: &Novel) -> EntityKind {
        match self.kinds.get(entity.0) {
            Some(kind) => *kind,
            None => novel.entities[entity.0 - self.kinds.len()].0,
        }
    }

    /// Declares what a good line named for the first time.
    pub(super) fn adopt(&mut self, novel: &Novel) {
        for (kind, name) in &novel.entities {
            let entity = LocalEntity(self.kinds.len());
            self.named.insert((*kind, name.as_str().into()), entity);
            self.kinds.push(*kind);
        }
    }

    /// The evidence, with its quote checked.
    pub(super) fn evidence(&self, line: &EvidenceLine) -> Result<Evidence, Reason> {
        let (document, text) = &self.texts[self.documents.index(&line.document)?];
        let evidence = line.to_evidence(*document);
        evidence.check(text)?;
        Ok(evidence)
    }
}

/// A fingerprint of a line's content, to notice when an id is declared again with other content.
pub(super) fn digest(line: &impl Serialize) -> u64 {
    let mut sink = Sink(DefaultHasher::new());
    // The sink takes every byte and every line has a form: there is nothing that can fail.
    match serde_json::to_writer(&mut sink, line) {
        Ok(()) | Err(_) => sink.0.finish(),
    }
}

struct Sink(DefaultHasher);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
