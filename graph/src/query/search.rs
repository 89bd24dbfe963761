//! Which entities bear a name like this? Whole names, beginnings, parts, pinyin and its initials,
//! and one typing slip.
//!
//! A plain pass over the names: right at every position and on either clock without an index to
//! keep. Its cost grows with the number of names.

use std::collections::BTreeMap;
use std::sync::Arc;

use pinyin::ToPinyin;

use crate::model::{EntityKind, NameKey};
use crate::state::EntityIx;
use crate::view::View;

/// An entity that a search found, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// The entity.
    pub entity: EntityIx,
    /// How well it fits: 1 is the very name.
    pub score: f64,
    /// The name that fits.
    pub matched: Arc<str>,
    /// In what respect it fits.
    pub field: Field,
}

/// In what respect a name fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The name of its declaration.
    Name,
    /// Another name.
    Alias,
    /// Its pinyin.
    Pinyin,
    /// The initials of its pinyin.
    Initials,
    /// The name but for one slip.
    Slip,
}

impl Field {
    /// The word for it in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Alias => "alias",
            Self::Pinyin => "pinyin",
            Self::Initials => "initials",
            Self::Slip => "slip",
        }
    }
}

/// Finds entities by something like a name, best first; ties by the shorter name, then by order of
/// declaration.
pub fn search(view: &View, text: &str, kinds: &[EntityKind], first: usize) -> Vec<SearchHit> {
    let wanted = NameKey::of(text);
    let wanted = wanted.as_str();
    if wanted.is_empty() {
        return Vec::new();
    }
    let latin = wanted.bytes().all(|b| b.is_ascii_alphanumeric());
    let mut best: BTreeMap<EntityIx, SearchHit> = BTreeMap::new();
    for name in view.names() {
        if !kinds.is_empty() && !kinds.contains(&view.kind(name.entity)) {
            continue;
        }
        let key = name.key.as_str();
        let by_letters = by_letters(wanted, key, name.is_alias);
        let fit = by_letters.or_else(|| if latin { by_sound(wanted, key) } else { None });
        if let Some((score, field)) = fit.or_else(|| by_slip(wanted, key)) {
            let hit =
                SearchHit { entity: name.entity, score, matched: Arc::clone(name.text), field };
            let known = best.entry(name.entity).or_insert_with(|| hit.clone());
            if hit.score > known.score {
                *known = hit;
            }
        }
    }
    let mut hits: Vec<SearchHit> = best.into_values().collect();
    hits.sort_by(|a, b| {
        let shorter = || a.matched.chars().count().cmp(&b.matched.chars().count());
        b.score.total_cmp(&a.score).then_with(shorter).then(a.entity.cmp(&b.entity))
    });
    hits.truncate(first);
    hits
}

fn by_letters(wanted: &str, key: &str, is_alias: bool) -> Option<(f64, Field)> {
    let field = if is_alias { Field::Alias } else { Field::Name };
    let score = if key == wanted {
        1.0
    } else if key.starts_with(wanted) {
        0.9
    } else if key.contains(wanted) {
        0.8
    } else {
        return None;
    };
    Some((if is_alias { score - 0.01 } else { score }, field))
}

fn by_sound(wanted: &str, key: &str) -> Option<(f64, Field)> {
    let (mut full, mut initials) = (String::new(), String::new());
    for c in key.chars() {
        match c.to_pinyin() {
            Some(sound) => {
                full.push_str(sound.plain());
                initials.push_str(sound.first_letter());
            }
            None => {
                full.push(c);
                initials.push(c);
            }
        }
    }
    let fits = [(&full, Field::Pinyin, 0.75), (&initials, Field::Initials, 0.7)];
    fits.into_iter().find_map(|(sound, field, score)| {
        if sound == wanted {
            Some((score, field))
        } else if sound.starts_with(wanted) {
            Some((score - 0.05, field))
        } else if wanted.len() > 1 && sound.contains(wanted) {
            Some((score - 0.15, field))
        } else {
            None
        }
    })
}

/// One letter missing, added, wrong or swapped. Short words have too many neighbours.
fn by_slip(wanted: &str, key: &str) -> Option<(f64, Field)> {
    let lengths = (wanted.chars().count(), key.chars().count());
    let comparable = lengths.0 >= 3 && lengths.0.abs_diff(lengths.1) <= 1;
    (comparable && strsim::osa_distance(wanted, key) == 1).then_some((0.5, Field::Slip))
}
