//! Reads a text and answers by names.

use graph::extract::{Extraction, Extractor};
use graph::model::{Document, DocumentMeta, EntityDraft, LocalEntity, Predicate, Statement};
use seeds::RuleExtractor;

/// What was read in a document.
pub(crate) struct Read {
    pub(crate) extraction: Extraction,
}

pub(crate) fn document(text: &str, published: &str) -> Document {
    let meta = DocumentMeta {
        title: "test".into(),
        publisher: None,
        published_on: published.parse().ok(),
        url: None,
        language: "zh".into(),
    };
    Document::new(meta, text).unwrap()
}

pub(crate) fn read(extractor: &RuleExtractor, text: &str, published: &str) -> Read {
    let document = document(text, published);
    let extraction = extractor.extract(&document).unwrap();
    Read { extraction }
}

impl Read {
    /// Every name of an entity, the fullest first.
    pub(crate) fn names(&self, entity: LocalEntity) -> Vec<&str> {
        match &self.extraction.drafts.entities[entity.0] {
            EntityDraft::Named { name, also_known_as, .. } => {
                std::iter::once(name).chain(also_known_as).map(String::as_str).collect()
            }
            EntityDraft::Known(_) => Vec::new(),
        }
    }

    pub(crate) fn called(&self, entity: LocalEntity, name: &str) -> bool {
        self.names(entity).contains(&name)
    }

    pub(crate) fn relates(&self, source: &str, predicate: Predicate, target: &str) -> bool {
        self.extraction.drafts.claims.iter().any(|claim| match &claim.statement {
            Statement::Relation(r) => {
                r.predicate == predicate
                    && self.called(r.source, source)
                    && self.called(r.target, target)
            }
            _ => false,
        })
    }
}
