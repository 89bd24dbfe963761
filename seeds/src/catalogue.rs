//! The entities found in one article, under all their names.

use std::collections::BTreeMap;

use graph::model::{EntityKind, Name, NameKey};

use crate::text::{Extent, Text};

/// An entity's place in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct EntityIndex(pub(crate) usize);

/// One name of an entity, and the first place where it was read.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) text: String,
    pub(crate) extent: Extent,
}

/// An entity as the article has it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) kind: EntityKind,
    pub(crate) name: String,
    /// Every form, the name included.
    pub(crate) forms: Vec<Form>,
    /// Known only from a word list: worth recording only where something is said of it.
    pub(crate) weak: bool,
}

/// A place in the text where an entity is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) extent: Extent,
    pub(crate) entity: EntityIndex,
    pub(crate) kind: EntityKind,
}

/// The entities, and where each name was read so far.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    pub(crate) entries: Vec<Entry>,
    by_name: BTreeMap<(EntityKind, NameKey), EntityIndex>,
    /// Places read so far, by where they begin; they may overlap.
    read: BTreeMap<usize, Vec<Mention>>,
    /// Where the places begin that end at a byte.
    ends: BTreeMap<usize, Vec<usize>>,
    /// Length of the longest place, in bytes.
    longest: usize,
}

/// Most entities kept of one article; a text with more names than that is a list, not an article.
const ENTITIES_MAX: usize = 5_000;

impl Catalogue {
    /// Declares the entity that an extent names, and notes the place.
    pub(crate) fn declare(
        &mut self,
        text: &Text,
        kind: EntityKind,
        extent: Extent,
        weak: bool,
    ) -> Option<EntityIndex> {
        let name = text.verbatim(extent);
        let index = self.declare_as(kind, &name, extent, weak)?;
        self.note(index, &name, extent);
        Some(index)
    }

    /// Declares an entity under a name of our choice.
    pub(crate) fn declare_as(
        &mut self,
        kind: EntityKind,
        name: &str,
        extent: Extent,
        weak: bool,
    ) -> Option<EntityIndex> {
        let name = Name::new(trim_quotes(name)).ok()?;
        if let Some(index) = self.by_name.get(&(kind, name.key())) {
            let entry = self.entries.get_mut(index.0)?;
            entry.weak &= weak;
            return Some(*index);
        }
        if self.entries.len() >= ENTITIES_MAX {
            return None;
        }
        let index = EntityIndex(self.entries.len());
        self.by_name.insert((kind, name.key()), index);
        let form = Form { text: name.as_str().to_owned(), extent };
        let name = name.as_str().to_owned();
        self.entries.push(Entry { kind, name, forms: vec![form], weak });
        Some(index)
    }

    /// Notes that a place names an entity, under a form that it may not have had before.
    pub(crate) fn note(&mut self, index: EntityIndex, form: &str, extent: Extent) {
        if let Some(kind) = self.alias(index, form, extent) {
            self.longest = self.longest.max(extent.end.saturating_sub(extent.start));
            self.read.entry(extent.start).or_default().push(Mention {
                extent,
                entity: index,
                kind,
            });
            self.ends.entry(extent.end).or_default().push(extent.start);
        }
    }

    /// Adds a form without a place; a form that another entity of the kind has is left to it.
    pub(crate) fn alias(
        &mut self,
        index: EntityIndex,
        form: &str,
        extent: Extent,
    ) -> Option<EntityKind> {
        let form = Name::new(trim_quotes(form)).ok()?;
        let entry = self.entries.get_mut(index.0)?;
        let owner = self.by_name.entry((entry.kind, form.key())).or_insert(index);
        if *owner == index && !entry.forms.iter().any(|f| f.text == form.as_str()) {
            entry.forms.push(Form { text: form.as_str().to_owned(), extent });
        }
        Some(entry.kind)
    }

    /// Makes one entity of two: everything of `gone` goes to `kept`.
    pub(crate) fn merge(&mut self, kept: EntityIndex, gone: EntityIndex) {
        if kept == gone {
            return;
        }
        let Some(entry) = self.entries.get_mut(gone.0) else { return };
        let forms = std::mem::take(&mut entry.forms);
        for owner in self.by_name.values_mut().filter(|owner| **owner == gone) {
            *owner = kept;
        }
        let read = self.read.values_mut().flatten();
        for mention in read.filter(|m| m.entity == gone) {
            mention.entity = kept;
        }
        if let Some(entry) = self.entries.get_mut(kept.0) {
            for form in forms {
                if !entry.forms.iter().any(|f| f.text == form.text) {
                    entry.forms.push(form);
                }
            }
        }
    }

    /// Unsays what was read at exactly this place.
    pub(crate) fn forget(&mut self, extent: Extent) {
        if let Some(here) = self.read.get_mut(&extent.start) {
            here.retain(|m| m.extent != extent);
        }
    }

    pub(crate) fn get(&self, index: EntityIndex) -> Option<&Entry> {
        self.entries.get(index.0)
    }

    pub(crate) fn find(&self, kind: EntityKind, name: &str) -> Option<EntityIndex> {
        self.by_name.get(&(kind, NameKey::of(name))).copied()
    }

    /// Every place read so far, from left to right.
    pub(crate) fn reads(&self) -> impl Iterator<Item = &Mention> {
        self.read.values().flatten()
    }

    /// The places that share a byte with this one.
    pub(crate) fn near(&self, extent: Extent) -> impl Iterator<Item = &Mention> {
        let from = extent.start.saturating_sub(self.longest);
        let around = self.read.range(from..extent.end.max(from)).flat_map(|(_, here)| here);
        around.filter(move |m| m.extent.meets(extent))
    }

    /// What was read at exactly this place first.
    pub(crate) fn exactly(&self, extent: Extent) -> Option<&Mention> {
        self.read.get(&extent.start)?.iter().find(|m| m.extent == extent)
    }

    /// Whether a place lies in one that is read already.
    pub(crate) fn covers(&self, extent: Extent) -> bool {
        self.near(extent).any(|m| m.extent.holds(extent))
    }

    /// The longest place read so far that begins here.
    pub(crate) fn starting_at(&self, at: usize) -> Option<&Mention> {
        self.read.get(&at)?.iter().max_by_key(|m| m.extent.end)
    }

    /// The longest place read so far that ends here.
    pub(crate) fn ending_at(&self, at: usize) -> Option<&Mention> {
        let starts = self.ends.get(&at)?;
        let ending = starts.iter().filter_map(|start| self.read.get(start)).flatten();
        ending.filter(|m| m.extent.end == at).min_by_key(|m| m.extent.start)
    }

    /// Entities that are still there, that is, not merged away.
    pub(crate) fn live(&self) -> impl Iterator<Item = (EntityIndex, &Entry)> {
        let all = self.entries.iter().enumerate().map(|(i, e)| (EntityIndex(i), e));
        all.filter(|(_, e)| !e.forms.is_empty())
    }
}

/// A name without the quotation marks that enclose the whole of it.
fn trim_quotes(name: &str) -> &str {
    let name = name.trim();
    for (open, close) in [('“', '”'), ('‘', '’'), ('《', '》'), ('"', '"')] {
        let inner = name.strip_prefix(open).and_then(|n| n.strip_suffix(close));
        if let Some(inner) = inner.filter(|n| !n.contains([open, close])) {
            return inner;
        }
    }
    name
}
