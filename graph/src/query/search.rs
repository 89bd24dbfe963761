//! Which entities bear a name like this? Whole names, beginnings, parts, pinyin and its initials,
//! and one typing slip; where no name fits so, one that the text picks characters from (简称), or a
//! part of one but for a slip. Traditional characters count as their simplified form.
//!
//! Names that the index covers are proposed by it, the others are looked at one by one; how well a
//! name fits is decided here in either case, so the index changes the cost and never the answer.

use std::sync::Arc;

use crate::model::form::LEGAL_FORMS;
use crate::model::{EntityKind, NameKey, stands_alone};
use crate::name_index::{
    Heard, NameIndex, PICKED_MIN, Part, Probe, Readings, SLIP_INSIDE_MIN, SLIP_OF_SOUND_MIN,
    Spelling, far_probes, folded, hear, probes, score, slip,
};
use crate::state::{EntityIx, NameRow};
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
    /// Characters of it, in their order: 简称.
    Short,
    /// The name, a part of it or its pinyin, but for one slip.
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
            Self::Short => "short",
            Self::Slip => "slip",
        }
    }
}

/// Finds entities by something like a name, best first; ties by the shorter name, then by order of
/// declaration. Only where nothing fits, what fits from farther is looked for: characters picked
/// from a name, and slips in a part of one. They would drown better hits, and cost more.
///
/// Cost: with an index, that of the names that share a piece with the text, until the best are
/// certain; without one, that of all names.
pub fn search(view: &View, text: &str, kinds: &[EntityKind], first: usize) -> Vec<SearchHit> {
    let asked = Asked::of(text);
    if asked.text.is_empty() || first == 0 {
        return Vec::new();
    }
    let empty = NameIndex::default();
    let index = view.name_index().unwrap_or(&empty);
    // The index follows the log and may be ahead of this view; what a view supposes it never knows.
    let covered = index.covered().min(view.state().names_logged());
    let mut best =
        Best { view, kinds, asked: &asked, first, covered, far: false, hits: Vec::new() };
    best.look_in(index, &probes(&asked.text, asked.latin));
    if best.hits.is_empty() {
        best.far = true;
        best.look_in(index, &far_probes(&asked.text, asked.latin));
    }
    best.hits.into_iter().map(|ranked| ranked.hit).collect()
}

/// What is looked for.
struct Asked {
    text: String,
    letters: Vec<char>,
    chars: usize,
    /// It may be pinyin.
    latin: bool,
}

impl Asked {
    fn of(text: &str) -> Self {
        let text = folded(NameKey::of(text).as_str());
        let latin = text.bytes().all(|b| b.is_ascii_alphanumeric());
        let letters: Vec<char> = text.chars().collect();
        Self { chars: letters.len(), letters, latin, text }
    }

    /// How well a name fits, and in what respect.
    fn fit(&self, row: &NameRow) -> Option<(f64, Field)> {
        let key = folded(row.key.as_str());
        self.by_letters(&key, row.claim.is_some())
            .or_else(|| if self.latin { self.by_sound(&key) } else { None })
            .or_else(|| self.by_slip(&key))
    }

    fn by_letters(&self, key: &str, is_alias: bool) -> Option<(f64, Field)> {
        let field = if is_alias { Field::Alias } else { Field::Name };
        let fit = if key == self.text {
            score::WHOLE
        } else if key.starts_with(&self.text) {
            score::START
        } else if key.contains(&self.text) {
            score::INSIDE
        } else {
            return None;
        };
        Some((if is_alias { score::less(fit, score::ALIAS_LESS) } else { fit }, field))
    }

    fn by_sound(&self, key: &str) -> Option<(f64, Field)> {
        let fits = [
            (Spelling::Full, Field::Pinyin, score::PINYIN),
            (Spelling::Initials, Field::Initials, score::INITIALS),
        ];
        let heard = fits.into_iter().filter_map(|(spelling, field, whole)| {
            match hear(key, &self.text, spelling)? {
                Heard::Whole => Some((whole, field)),
                Heard::Start => Some((score::less(whole, score::BEGINS_LESS), field)),
                Heard::Inside if self.chars > 1 => {
                    Some((score::less(whole, score::INSIDE_LESS), field))
                }
                Heard::Inside => None,
            }
        });
        heard.reduce(|best, other| if other.0 > best.0 { other } else { best })
    }

    /// One letter missing, added, wrong or swapped. Short words have too many neighbours.
    fn by_slip(&self, key: &str) -> Option<(f64, Field)> {
        let comparable = self.chars >= 3 && self.chars.abs_diff(key.chars().count()) <= 1;
        (comparable && strsim::osa_distance(&self.text, key) == 1)
            .then_some((score::SLIP, Field::Slip))
    }
}

/// What fits only from farther.
impl Asked {
    fn fit_from_afar(&self, row: &NameRow) -> Option<(f64, Field)> {
        let key = folded(row.key.as_str());
        let letters: Vec<char> = key.chars().collect();
        if self.is_picked_from(&key, &letters) {
            Some((score::SHORT, Field::Short))
        } else if self.slips_inside(&letters) {
            Some((score::SLIP_INSIDE, Field::Slip))
        } else if self.slips_in_sound(&key) {
            Some((score::SLIP_OF_SOUND, Field::Slip))
        } else {
            None
        }
    }

    /// Chinese characters of the name in their order. Two alone are picked from what is the firm's
    /// own: every firm has 公 and 司.
    fn is_picked_from(&self, key: &str, letters: &[char]) -> bool {
        if self.chars < PICKED_MIN || !self.letters.iter().copied().all(stands_alone) {
            return false;
        }
        let form = LEGAL_FORMS.iter().find(|form| key.ends_with(*form));
        let form = form.filter(|_| self.chars == 2).map_or(0, |form| form.chars().count());
        let mut left = letters[..letters.len() - form].iter();
        self.letters.iter().all(|wanted| left.any(|letter| letter == wanted))
    }

    /// A part of the name but for one slip. Where a letter is missing or added, the ends are right:
    /// else every part that is one shorter would do.
    fn slips_inside(&self, letters: &[char]) -> bool {
        if self.chars < SLIP_INSIDE_MIN {
            return false;
        }
        let alike = |part: &[char]| slip(&self.letters, part).is_some();
        let inside = |part: &[char]| {
            slip(&self.letters, part).is_some_and(|slip| slip.before > 0 && slip.behind > 0)
        };
        letters.windows(self.chars).any(alike)
            || letters.windows(self.chars - 1).any(inside)
            || letters.windows(self.chars + 1).any(inside)
    }

    fn slips_in_sound(&self, key: &str) -> bool {
        self.latin && self.chars >= SLIP_OF_SOUND_MIN && Readings::of(key).nearly_hear(&self.text)
    }
}

/// The best hits so far, best first, each entity once.
struct Best<'a> {
    view: &'a View,
    kinds: &'a [EntityKind],
    asked: &'a Asked,
    first: usize,
    /// Names that the index proposes: the first so many.
    covered: usize,
    /// Whether names are looked for that fit only from farther.
    far: bool,
    hits: Vec<Ranked>,
}

struct Ranked {
    hit: SearchHit,
    /// Characters of the name as it is compared.
    length: usize,
    /// The name's row: of one entity's names that fit alike, the first recorded is told.
    row: usize,
}

impl Ranked {
    fn is_better(&self, other: &Ranked) -> bool {
        let order = other.hit.score.total_cmp(&self.hit.score);
        let order = order.then(self.length.cmp(&other.length));
        let order = order.then(self.hit.entity.cmp(&other.hit.entity));
        order.then(self.row.cmp(&other.row)).is_lt()
    }
}

impl Best<'_> {
    /// Considers the names that the index does not cover, then what it proposes.
    fn look_in(&mut self, index: &NameIndex, probes: &[Probe]) {
        for (ix, row) in (self.covered..).zip(self.view.state().names.iter_from(self.covered)) {
            self.consider(ix, row);
        }
        for probe in probes {
            for part in index.parts() {
                self.look(part, probe);
            }
        }
    }

    /// Considers what one part proposes, until nothing better can follow.
    fn look(&mut self, part: &Part, probe: &Probe) {
        let view = self.view;
        part.each_row(probe, |ix| {
            let known = Some(ix).filter(|ix| *ix < self.covered);
            let Some(row) = known.and_then(|ix| view.state().names.get(ix)) else { return true };
            let length = length(row);
            let matters = length <= probe.longest && !self.is_settled(probe, length);
            if matters {
                self.consider(ix, row);
            }
            matters
        });
    }

    /// Whether neither a name of this length nor a longer one can come among the first with such a score.
    fn is_settled(&self, probe: &Probe, length: usize) -> bool {
        let Some(last) = self.hits.last().filter(|_| self.hits.len() >= self.first) else {
            return false;
        };
        let best = if length > self.asked.chars { probe.longer_max } else { probe.score_max };
        last.hit.score > best || (last.hit.score >= best && last.length < length)
    }

    fn consider(&mut self, ix: usize, row: &NameRow) {
        if !self.view.state().name_stands(row, self.view.seq()) {
            return;
        }
        let entity = self.view.root(row.entity);
        if !self.kinds.is_empty() && !self.kinds.contains(&self.view.kind(entity)) {
            return;
        }
        let fit = if self.far { self.asked.fit_from_afar(row) } else { self.asked.fit(row) };
        let Some((score, field)) = fit else { return };
        let hit = SearchHit { entity, score, matched: Arc::clone(&row.text), field };
        let ranked = Ranked { hit, length: length(row), row: ix };
        if let Some(known) = self.hits.iter().position(|known| known.hit.entity == entity) {
            if !ranked.is_better(&self.hits[known]) {
                return;
            }
            self.hits.remove(known);
        }
        let place = self.hits.partition_point(|better| better.is_better(&ranked));
        if place < self.first {
            self.hits.insert(place, ranked);
            self.hits.truncate(self.first);
        }
    }
}

fn length(row: &NameRow) -> usize {
    row.key.as_str().chars().count()
}
