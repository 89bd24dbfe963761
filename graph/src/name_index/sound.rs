//! How a name sounds: the readings of its characters, several for a 多音字.

use pinyin::ToPinyinMulti;

use super::grams::SOUND_RIGHT;
use super::slip::slip;

/// One character of a name, as it may be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reading {
    /// Pinyin without tones, each once, the usual one first.
    Han(Vec<&'static str>),
    /// Anything else stands for itself.
    Other(char),
}

/// What is typed of each character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// Its whole pinyin.
    Full,
    /// The first letter of it.
    Initials,
}

/// How much of a name was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Heard {
    /// It begins at a later character.
    Inside,
    /// It begins with the name.
    Start,
    /// It is the name.
    Whole,
}

/// The readings of a name, character by character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Readings(Vec<Reading>);

impl Readings {
    pub(crate) fn of(key: &str) -> Self {
        Self(key.chars().map(reading).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Its pinyin in the usual readings, character by character.
    pub(crate) fn usual(&self) -> String {
        let mut spelt = String::new();
        for reading in &self.0 {
            match reading {
                Reading::Han(all) => spelt.extend(all.first().copied()),
                Reading::Other(c) => spelt.push(*c),
            }
            spelt.push(' ');
        }
        spelt
    }

    /// Whether the text spells, but for one slip, whole characters from some character on. Its first
    /// letters are right.
    ///
    /// Cost: few ways stay as near as that, so little more than characters times letters.
    pub(crate) fn nearly_hear(&self, wanted: &str) -> bool {
        (0..self.0.len()).any(|start| self.nearly_from(start, &mut Vec::new(), wanted.as_bytes()))
    }

    fn nearly_from(&self, at: usize, so_far: &mut Vec<u8>, wanted: &[u8]) -> bool {
        let Some(reading) = self.0.get(at) else { return false };
        let length = so_far.len();
        let mut is_near = false;
        each_letters(reading, Spelling::Full, |letters| {
            if is_near {
                return;
            }
            so_far.extend_from_slice(letters.as_bytes());
            is_near = slip(so_far, wanted).is_some_and(|slip| slip.before >= SOUND_RIGHT)
                || (may_go_on(so_far, wanted) && self.nearly_from(at + 1, so_far, wanted));
            so_far.truncate(length);
        });
        is_near
    }

    /// Every way in which the first so many letters from a character on may be typed; none where
    /// the name is shorter.
    pub(crate) fn spelt(&self, start: usize, letters: usize, spelling: Spelling) -> Vec<String> {
        let mut open = vec![String::new()];
        let mut done = Vec::new();
        for reading in self.0.iter().skip(start) {
            let mut next = Vec::new();
            for so_far in &open {
                each_letters(reading, spelling, |more| {
                    let spelt: String = so_far.chars().chain(more.chars()).take(letters).collect();
                    let list = if spelt.chars().count() == letters { &mut done } else { &mut next };
                    list.push(spelt);
                });
            }
            if next.is_empty() {
                break;
            }
            next.sort_unstable();
            next.dedup();
            open = next;
        }
        done.sort_unstable();
        done.dedup();
        done
    }
}

/// Whether these letters are a beginning of the text, but for one slip at most.
fn may_go_on(so_far: &[u8], wanted: &[u8]) -> bool {
    let length = so_far.len();
    let beginnings = (length.saturating_sub(1)..=length + 1).filter_map(|end| wanted.get(..end));
    beginnings.into_iter().any(|begin| begin == so_far || slip(so_far, begin).is_some())
}

/// How much of a name a text spells, if it begins at the start of a character.
///
/// Cost: the characters, and where one begins like the text, characters times letters at worst.
pub(crate) fn hear(name: &str, wanted: &str, spelling: Spelling) -> Option<Heard> {
    let mut best = None;
    for (start, _) in name.char_indices() {
        match hear_from(&name[start..], wanted, spelling) {
            Some(whole) if start == 0 => {
                return Some(if whole { Heard::Whole } else { Heard::Start });
            }
            Some(_) => best = Some(Heard::Inside),
            None => {}
        }
    }
    best
}

/// Whether the text spells what a name begins with; and whether up to its very end.
fn hear_from(name: &str, wanted: &str, spelling: Spelling) -> Option<bool> {
    let mut chars = name.chars();
    let mut heard = None;
    // The places in the text up to which the characters so far can be read.
    let mut places = Vec::new();
    let mut read = |c, is_last, place: usize, next: &mut Vec<usize>| {
        let rest = &wanted[place..];
        each_reading(c, spelling, |letters| {
            if rest == letters {
                heard = heard.max(Some(is_last));
            } else if letters.starts_with(rest) {
                heard = heard.max(Some(false));
            } else if rest.starts_with(letters) {
                next.push(place + letters.len());
            }
        });
    };
    let first = chars.next()?;
    read(first, chars.as_str().is_empty(), 0, &mut places);
    while let Some(c) = chars.next().filter(|_| !places.is_empty()) {
        let mut next = Vec::new();
        for place in places {
            read(c, chars.as_str().is_empty(), place, &mut next);
        }
        next.sort_unstable();
        next.dedup();
        places = next;
    }
    heard
}

fn reading(c: char) -> Reading {
    let Some(multi) = c.to_pinyin_multi() else { return Reading::Other(c) };
    let mut all: Vec<&'static str> = Vec::new();
    for one in multi {
        let plain = typed(one.plain());
        if !all.contains(&plain) {
            all.push(plain);
        }
    }
    Reading::Han(all)
}

/// ü is typed as v. It stands only in these four syllables.
fn typed(plain: &'static str) -> &'static str {
    match plain {
        "lü" => "lv",
        "nü" => "nv",
        "lüe" => "lve",
        "nüe" => "nve",
        other => other,
    }
}

fn each_letters(reading: &Reading, spelling: Spelling, mut visit: impl FnMut(&str)) {
    match reading {
        Reading::Han(all) => {
            all.iter().for_each(|one| visit(spelling.of(one)));
        }
        Reading::Other(c) => visit(c.encode_utf8(&mut [0; 4])),
    }
}

/// The same straight from a character, some perhaps twice.
fn each_reading(c: char, spelling: Spelling, mut visit: impl FnMut(&str)) {
    match c.to_pinyin_multi() {
        Some(multi) => multi.into_iter().for_each(|one| visit(spelling.of(typed(one.plain())))),
        None => visit(c.encode_utf8(&mut [0; 4])),
    }
}

impl Spelling {
    fn of(self, pinyin: &str) -> &str {
        match self {
            Self::Full => pinyin,
            Self::Initials => pinyin.get(..1).unwrap_or(pinyin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_readings_of_a_character_are_heard() {
        let bank = "重庆银行";
        for text in ["chongqingyinhang", "zhongqingyinxing"] {
            assert_eq!(hear(bank, text, Spelling::Full), Some(Heard::Whole), "{text}");
        }
        assert_eq!(hear(bank, "chongq", Spelling::Full), Some(Heard::Start));
        assert_eq!(hear(bank, "yinh", Spelling::Full), Some(Heard::Inside));
        assert_eq!(hear(bank, "inh", Spelling::Full), None);
        assert_eq!(hear(bank, "cqyh", Spelling::Initials), Some(Heard::Whole));
        assert_eq!(hear(bank, "zqyx", Spelling::Initials), Some(Heard::Whole));
        assert_eq!(hear(bank, "yh", Spelling::Initials), Some(Heard::Inside));
        assert_eq!(hear(bank, "chongqingyinhanga", Spelling::Full), None);
    }

    #[test]
    fn one_slip_in_pinyin_is_heard() {
        let firm = Readings::of("宁德时代新能源");
        for text in ["nindeshidai", "ningdeshidia", "ningdeshidaixinengyuan", "shidsixin"] {
            assert!(firm.nearly_hear(text), "{text}");
        }
        for text in ["ningdeshidai", "nidshidai", "xingdeshidai", "deshxy", "shidaizinn"] {
            assert!(!firm.nearly_hear(text), "{text}");
        }
        assert!(Readings::of("重庆").nearly_hear("chongqin"));
        assert!(Readings::of("重庆").nearly_hear("zhongqig"));
    }

    #[test]
    fn letters_stand_for_themselves_and_v_for_the_umlaut() {
        let mixed = "绿能a12";
        let readings = Readings::of(mixed);
        assert_eq!(hear(mixed, "lvnenga12", Spelling::Full), Some(Heard::Whole));
        assert_eq!(hear(mixed, "lna12", Spelling::Initials), Some(Heard::Whole));
        assert_eq!(readings.spelt(1, 2, Spelling::Initials), ["na", "ta", "xa"]);
        assert_eq!(readings.spelt(4, 2, Spelling::Full), Vec::<String>::new());
        assert_eq!(Readings::of("长安").spelt(0, 4, Spelling::Full), ["chan", "zhan"]);
    }
}
