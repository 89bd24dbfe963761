//! What an article and its paragraphs are about: the region, the industry.

use std::collections::BTreeMap;

use graph::model::EntityKind;

use crate::catalogue::{Catalogue, EntityIndex, Mention};
use crate::sentence::Sentence;
use crate::text::{Extent, Text};

/// The region that an article is about: the one named most often, the lowest of equals.
pub(crate) fn main_region(catalogue: &Catalogue, mentions: &[Mention]) -> Option<EntityIndex> {
    let mut counts: BTreeMap<EntityIndex, usize> = BTreeMap::new();
    for mention in mentions.iter().filter(|m| m.kind == EntityKind::Region) {
        *counts.entry(mention.entity).or_default() += 1;
    }
    // A township is narrower than the district that an article of this kind is about.
    counts.retain(|entity, _| catalogue.get(*entity).is_some_and(|e| !is_township(&e.name)));
    counts
        .into_iter()
        .max_by_key(|(entity, count)| (*count, std::cmp::Reverse(*entity)))
        .map(|(e, _)| e)
}

/// A township, which is narrower than what an article of this kind is about.
pub(crate) fn is_township(name: &str) -> bool {
    name.ends_with(['镇', '乡']) || name.ends_with("街道")
}

/// The region of a paragraph: the main one if it is named there, else the first named there, else
/// the main one.
pub(crate) fn region(
    text: &Text,
    catalogue: &Catalogue,
    mentions: &[Mention],
    block: usize,
    main: Option<EntityIndex>,
) -> Option<(EntityIndex, Extent)> {
    let extent = text.blocks.get(block)?.extent;
    let named = mentions.iter().filter(|m| m.kind == EntityKind::Region && extent.holds(m.extent));
    let named: Vec<&Mention> =
        named.filter(|m| catalogue.get(m.entity).is_some_and(|e| !is_township(&e.name))).collect();
    let here = named.iter().find(|m| Some(m.entity) == main).or_else(|| named.first());
    if let Some(mention) = here {
        return Some((mention.entity, mention.extent));
    }
    let main = main?;
    let first = mentions.iter().find(|m| m.entity == main)?;
    Some((main, first.extent))
}

/// The industry named last before a sentence, in its own paragraph or the two before it.
pub(crate) fn chain(
    text: &Text,
    mentions: &[Mention],
    sentence: Sentence,
) -> Option<(EntityIndex, Extent)> {
    let block = text.blocks.get(sentence.block.saturating_sub(2))?.extent;
    let to = mentions.partition_point(|m| m.extent.end <= sentence.extent.start);
    let back = mentions.get(..to)?.iter().rev().take_while(|m| m.extent.start >= block.start);
    back.into_iter().find(|m| m.kind == EntityKind::Chain).map(|m| (m.entity, m.extent))
}
