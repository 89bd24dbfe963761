//! What a state takes in memory, part by part.

use super::State;
use super::claims::ClaimRow;
use super::documents::DocumentRow;
use super::entities::EntityRow;
use super::names::NameRow;
use super::relations::RelationRow;
use crate::model::{NameKey, Statement};

/// Bytes of the parts of a state. Rows and tables are counted as they lie; texts by their length,
/// without what the allocator adds. Parts that a graph of any size has few of are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Claims: rows, chains and what claims state beside relations.
    pub claims: usize,
    /// Relations: rows.
    pub relations: usize,
    /// Relations laid out for walking, in both directions and on both clocks.
    pub links: usize,
    /// Ids of everything, and where each is found.
    pub ids: usize,
    /// Entities and their names, without the index for searches.
    pub entities: usize,
    /// Documents and their texts.
    pub documents: usize,
}

impl Memory {
    /// All of it.
    pub fn all(&self) -> usize {
        let Self { claims, relations, links, ids, entities, documents } = self;
        claims + relations + links + ids + entities + documents
    }
}

impl State {
    /// What it takes in memory, shared with others or not. Cost: a pass over names, documents and
    /// statements that are no relations.
    pub fn memory(&self) -> Memory {
        let chain = size_of::<u32>();
        let claims = self.claims.len() * size_of::<ClaimRow>()
            + (self.entities.len() + self.documents.len() + self.relations.len()) * chain;
        // The row, its text, and its key: in the row and in the table with its entry.
        let names = self.names.iter().map(|name| {
            let keyed = size_of::<(NameKey, Vec<u32>)>() + 2 * name.key.as_str().len();
            size_of::<NameRow>() + name.text.len() + keyed
        });
        let documents = self.documents.iter().map(|(_, row)| {
            let meta = row.document.meta();
            size_of::<DocumentRow>() + row.document.text().len() + meta.title.len()
        });
        Memory {
            claims: claims + self.claims.statements.others().map(stated).sum::<usize>(),
            relations: self.relations.len() * size_of::<RelationRow>(),
            links: self.relations.links_bytes(),
            ids: self.claims.ids_bytes() + self.relations.ids_bytes() + self.entities.ids_bytes(),
            entities: self.entities.len() * size_of::<EntityRow>() + names.sum::<usize>(),
            documents: documents.sum::<usize>() + self.origins.bytes(),
        }
    }
}

fn stated<E>(statement: &Statement<E>) -> usize {
    let text = match statement {
        Statement::Alias { text, .. } | Statement::Summary { text, .. } => text.len(),
        Statement::Identifier { identifier, .. } => identifier.value().len(),
        Statement::Observation(figure) => figure.metric.len() + figure.unit.len(),
        Statement::Role(_) | Statement::Relation(_) => 0,
    };
    size_of::<Statement<E>>() + text
}
