//! Every rule reads its own examples, and nothing else in them.

use graph::model::{Document, DocumentMeta};

use crate::catalogue::{Catalogue, EntityIndex};
use crate::extract::RuleExtractor;
use crate::rule::{Found, Stated};

/// `A PREDICATE B` or `A ROLE`, under any name of A and B; names may hold blanks.
fn says(catalogue: &Catalogue, found: &Found, words: &str) -> bool {
    let named = |entity: EntityIndex, name: &str| {
        catalogue.get(entity).is_some_and(|e| e.forms.iter().any(|f| f.text == name))
    };
    match &found.stated {
        Stated::Relation { predicate, source, target, .. } => words
            .split_once(&format!(" {predicate} "))
            .is_some_and(|(from, to)| named(*source, from) && named(*target, to)),
        Stated::Role { entity, role, .. } => {
            words.strip_suffix(&format!(" {role}")).is_some_and(|name| named(*entity, name))
        }
    }
}

fn shown(catalogue: &Catalogue, found: &Found) -> String {
    let name = |e: &EntityIndex| catalogue.get(*e).map_or("?", |e| e.name.as_str());
    match &found.stated {
        Stated::Relation { predicate, source, target, .. } => {
            format!("{} {predicate} {}", name(source), name(target))
        }
        Stated::Role { entity, role, .. } => format!("{} {role}", name(entity)),
    }
}

#[test]
fn every_rule_reads_its_examples_and_nothing_else_in_them() {
    let extractor = RuleExtractor::bundled().unwrap();
    let mut wrong = Vec::new();
    for rule in extractor.rules() {
        if !rule.examples.iter().any(|e| !e.reads.is_empty()) {
            wrong.push(format!("{}: no example that it reads", rule.name));
        }
        for example in &rule.examples {
            let meta = DocumentMeta {
                title: rule.name.clone(),
                publisher: None,
                published_on: "2025-05-24".parse().ok(),
                url: None,
                language: "zh".into(),
            };
            let document = Document::new(meta, &example.text).unwrap();
            extractor.analyse(&document, |analysis| {
                let catalogue = analysis.catalogue;
                let read: Vec<&Found> =
                    analysis.found.iter().filter(|f| f.rule == rule.name).collect();
                let missing = example
                    .reads
                    .iter()
                    .filter(|words| !read.iter().any(|f| says(catalogue, f, words)));
                let extra = read
                    .iter()
                    .filter(|f| !example.reads.iter().any(|words| says(catalogue, f, words)));
                let missing: Vec<&String> = missing.collect();
                let extra: Vec<String> = extra.map(|f| shown(catalogue, f)).collect();
                if !missing.is_empty() || !extra.is_empty() {
                    wrong.push(format!(
                        "{}: in `{}` missing {missing:?}, besides {extra:?}",
                        rule.name, example.text
                    ));
                }
            });
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
