//! A name taken apart for comparing: what is its own, and what it carries of places, legal forms
//! and numbers.

use std::collections::HashMap;

use crate::model::EntityKind;
use crate::model::form::{INDUSTRY_WORDS, LEGAL_FORMS, PARK_FORMS, REGION_UNITS, is_full_name};
use crate::name_index::folded;
use crate::state::EntityIx;
use crate::view::View;

/// Longest word for a region that a name is looked at for, in characters.
const REGION_CHARS_MAX: usize = 10;

/// So much must be left of a name when a region without its unit is taken off its front: 青禾 of
/// 青禾轴承 may be a firm's own although there is a 青禾区.
const LEFT_MIN: usize = 3;

/// What stands before or after a number that tells one of a series from the others.
const COUNTED: &str = "厂期号届批局院所组队校级部代街段轮版";

/// Words of a part of something that bears the same name otherwise.
const BRANCH_WORDS: &[&str] =
    &["分公司", "子公司", "分厂", "分院", "分校", "分所", "分部", "分局", "支行", "附属"];

/// A name taken apart. Characters are folded as in a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parsed {
    /// What is left without places at its front, legal form, class word and punctuation.
    pub(super) core: Vec<char>,
    /// Whether a legal form says that it is registered so.
    pub(super) is_full: bool,
    /// Whether it ends in a legal form of any sort.
    pub(super) has_form: bool,
    /// The unit of a region: 区 of 萧山区.
    pub(super) unit: Option<&'static str>,
    /// The regions that it opens with, where one region bears the word.
    pub(super) places: Vec<EntityIx>,
    /// Numbers and letters that tell one of a series: 2 of 二厂, a of A 栋.
    pub(super) numbers: Vec<String>,
    /// The word that makes it a part of something: 分公司.
    pub(super) branch: Option<&'static str>,
}

/// Words for regions, with and without their units, and who bears each; `None` where several do.
#[derive(Debug, Default)]
pub(super) struct RegionWords(HashMap<String, Option<EntityIx>>);

impl RegionWords {
    /// Of every region of a view. Cost: its names.
    pub(super) fn of(view: &View) -> Self {
        let mut words = Self::default();
        for name in view.names().filter(|name| view.kind(name.entity) == EntityKind::Region) {
            let key = folded(name.key.as_str());
            let bare = without_unit(&key).0.to_owned();
            words.add(key, name.entity);
            words.add(bare, name.entity);
        }
        words
    }

    fn add(&mut self, word: String, region: EntityIx) {
        if word.chars().count() < 2 {
            return;
        }
        let bearer = self.0.entry(word).or_insert(Some(region));
        if *bearer != Some(region) {
            *bearer = None;
        }
    }

    /// The longest region that a text opens with, and how many bytes it takes.
    fn opening(&self, text: &str) -> Option<(usize, Option<EntityIx>)> {
        if text.starts_with("中国") {
            return Some(("中国".len(), None));
        }
        let ends: Vec<usize> =
            text.char_indices().map(|(at, c)| at + c.len_utf8()).take(REGION_CHARS_MAX).collect();
        ends.into_iter().rev().find_map(|end| {
            let bearer = self.0.get(text.get(..end)?)?;
            Some((end, *bearer))
        })
    }
}

impl Parsed {
    /// Takes a name of an entity of this kind apart; `key` is the form in which names are compared,
    /// folded.
    pub(super) fn of(kind: EntityKind, key: &str, regions: &RegionWords) -> Self {
        let (mut places, outside) = bracketed(key, regions);
        let (stem, ending) = without_form(kind, &outside);
        let unit = (kind == EntityKind::Region).then(|| without_unit(&outside).1).flatten();
        let rest = without_places(&stem, ending.chars().count(), regions, &mut places);
        let core: String = rest.chars().filter(|c| c.is_alphanumeric()).collect();
        let core = if core.is_empty() { key } else { core.as_str() };
        Self {
            core: core.chars().chain(ending.chars()).collect(),
            is_full: kind == EntityKind::Firm && is_full_name(key),
            has_form: kind == EntityKind::Firm && stem.len() < outside.len(),
            unit,
            places,
            numbers: numbers(key),
            branch: BRANCH_WORDS.iter().find(|word| key.contains(**word)).copied(),
        }
    }
}

/// Regions in brackets inside a name, and the name without them: 青禾（汀洲）轴承有限公司.
fn bracketed(key: &str, regions: &RegionWords) -> (Vec<EntityIx>, String) {
    let mut places = Vec::new();
    let mut outside = String::with_capacity(key.len());
    let mut rest = key;
    while let Some((before, after)) = rest.split_once('(') {
        outside.push_str(before);
        let Some((inside, behind)) = after.split_once(')') else {
            outside.push('(');
            rest = after;
            continue;
        };
        match regions.0.get(inside) {
            Some(region) => places.extend(*region),
            None => outside.push_str(&format!("({inside})")),
        }
        rest = behind;
    }
    outside.push_str(rest);
    (places, outside)
}

/// The name without its legal form or class word, and what stands for the latter.
fn without_form(kind: EntityKind, name: &str) -> (String, &'static str) {
    let cut = |forms: &[&'static str]| {
        let form = forms.iter().find(|form| name.len() > form.len() && name.ends_with(**form));
        form.map_or(name, |form| &name[..name.len() - form.len()]).to_owned()
    };
    match kind {
        EntityKind::Firm => (cut(LEGAL_FORMS), ""),
        EntityKind::Chain => {
            let mut stem = cut(INDUSTRY_WORDS);
            // 具身智能产业链行业 is nobody's name, but 产业领域 is a word.
            while let Some(word) = INDUSTRY_WORDS.iter().find(|word| stem.ends_with(**word)) {
                if stem.len() == word.len() {
                    break;
                }
                stem.truncate(stem.len() - word.len());
            }
            (stem, "")
        }
        EntityKind::Region => (without_unit(name).0.to_owned(), ""),
        EntityKind::Park => {
            let long = PARK_FORMS.iter().find(|(long, _)| name.ends_with(long));
            let short = PARK_FORMS.iter().find(|(_, short)| name.ends_with(short));
            let form = long.map(|f| (f.0, f.1)).or(short.map(|f| (f.1, f.1)));
            match form.filter(|(form, _)| name.len() > form.len()) {
                Some((form, stands)) => (name[..name.len() - form.len()].to_owned(), stands),
                None => (name.to_owned(), ""),
            }
        }
        _ => (name.to_owned(), ""),
    }
}

fn without_unit(name: &str) -> (&str, Option<&'static str>) {
    let unit = REGION_UNITS.iter().find(|unit| name.ends_with(**unit));
    match unit.map(|unit| (&name[..name.len() - unit.len()], *unit)) {
        // 州 of 杭州 is no unit.
        Some((stem, unit)) if stem.chars().count() >= 2 => (stem, Some(unit)),
        _ => (name, None),
    }
}

/// The name without the regions at its front. `ending`: the characters of its class word, which are
/// left too.
fn without_places<'a>(
    stem: &'a str,
    ending: usize,
    regions: &RegionWords,
    places: &mut Vec<EntityIx>,
) -> &'a str {
    let mut rest = stem;
    while let Some((end, region)) = regions.opening(rest) {
        let with_unit = without_unit(&rest[..end]).1.is_some();
        let least = if with_unit { 2 } else { LEFT_MIN };
        if rest[end..].chars().count() + ending < least {
            break;
        }
        places.extend(region);
        rest = &rest[end..];
    }
    rest
}

/// What tells one of a series: digits, Chinese numbers that count something, single letters.
fn numbers(key: &str) -> Vec<String> {
    let chars: Vec<char> = key.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let alike: fn(char) -> bool = match chars[at] {
            c if c.is_ascii_digit() => |c| c.is_ascii_digit() || c == '.',
            c if chinese_digit(c).is_some() => |c| chinese_digit(c).is_some(),
            c if c.is_ascii_alphabetic() => |c| c.is_ascii_alphabetic(),
            _ => {
                at += 1;
                continue;
            }
        };
        let end = at + chars[at..].iter().take_while(|c| alike(**c)).count();
        let run = &chars[at..end];
        let counts = chars.get(end).is_some_and(|c| COUNTED.contains(*c))
            || at.checked_sub(1).is_some_and(|before| chars[before] == '第');
        let text: String = run.iter().collect();
        let roman = run.len() <= 4 && run.iter().all(|c| matches!(c, 'i' | 'v' | 'x'));
        if chars[at].is_ascii_digit() {
            found.push(text.trim_end_matches('.').to_owned());
        } else if chars[at].is_ascii_alphabetic() {
            found.extend((run.len() == 1 || roman).then_some(text));
        } else if counts {
            found.push(chinese_number(run));
        }
        at = end;
    }
    found
}

fn chinese_digit(c: char) -> Option<u32> {
    let at = "〇一二三四五六七八九十".chars().position(|digit| digit == c)?;
    u32::try_from(at).ok()
}

/// 十二 and 12 are one number; digits in a row are read one by one.
fn chinese_number(run: &[char]) -> String {
    let digits: Vec<u32> = run.iter().filter_map(|c| chinese_digit(*c)).collect();
    match digits.as_slice() {
        [10] => "10".to_owned(),
        [10, ones] => (10 + ones).to_string(),
        [tens, 10] => (tens * 10).to_string(),
        [tens, 10, ones] => (tens * 10 + ones).to_string(),
        other => other.iter().map(ToString::to_string).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(regions: &[(&str, u32)]) -> RegionWords {
        let mut words = RegionWords::default();
        for (word, ix) in regions {
            words.add((*word).to_owned(), EntityIx(*ix));
            words.add(without_unit(word).0.to_owned(), EntityIx(*ix));
        }
        words
    }

    fn core(kind: EntityKind, name: &str) -> String {
        let regions = words(&[("汀洲市", 0), ("晨屿区", 1), ("青禾区", 2)]);
        Parsed::of(kind, name, &regions).core.into_iter().collect()
    }

    #[test]
    fn places_forms_and_class_words_are_not_a_names_own() {
        for (kind, name, own) in [
            (EntityKind::Firm, "汀洲青禾轴承股份有限公司", "青禾轴承"),
            (EntityKind::Firm, "汀洲市晨屿区沅朔泵业有限公司", "沅朔泵业"),
            (EntityKind::Firm, "沅朔(汀洲)泵业有限公司", "沅朔泵业"),
            (EntityKind::Firm, "沅朔(特种)泵业", "沅朔特种泵业"),
            (EntityKind::Firm, "青禾轴承", "青禾轴承"),
            (EntityKind::Firm, "汀洲集团", "汀洲"),
            (EntityKind::Firm, "有限公司", "有限公司"),
            (EntityKind::Chain, "具身智能产业链", "具身智能"),
            (EntityKind::Chain, "产业", "产业"),
            (EntityKind::Park, "汀洲东湖高新技术产业开发区", "东湖高新区"),
            (EntityKind::Park, "东湖高新区", "东湖高新区"),
            (EntityKind::Region, "晨屿区", "晨屿"),
            (EntityKind::Region, "汀洲市晨屿区", "晨屿"),
            (EntityKind::Region, "杭州", "杭州"),
            (EntityKind::Product, "“墨鳐-2.0”水下机器人", "墨鳐20水下机器人"),
        ] {
            assert_eq!(core(kind, name.replace(['“', '”'], "").as_str()), own, "{name}");
        }
    }

    #[test]
    fn the_regions_of_a_name_are_kept() {
        let regions = words(&[("汀洲市", 0), ("晨屿区", 1)]);
        let parsed = Parsed::of(EntityKind::Firm, "汀洲市晨屿泵业有限公司", &regions);
        assert_eq!(parsed.places, [EntityIx(0)], "晨屿 may be its own: too little would be left");
        let parsed = Parsed::of(EntityKind::Firm, "晨屿沅朔(汀洲)泵业", &regions);
        assert_eq!(parsed.places, [EntityIx(0), EntityIx(1)]);
    }

    #[test]
    fn numbers_tell_one_of_a_series() {
        for (name, expected) in [
            ("沅朔泵业一厂", vec!["1"]),
            ("沅朔泵业第十二厂", vec!["12"]),
            ("二期", vec!["2"]),
            ("三一重工", vec![]),
            ("黑豹2.0", vec!["2.0"]),
            ("a栋", vec!["a"]),
            ("rv-20e减速器", vec!["20", "e"]),
            ("项目ii", vec!["ii"]),
            ("kbt", vec![]),
        ] {
            assert_eq!(numbers(name), expected, "{name}");
        }
    }
}
