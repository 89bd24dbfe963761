//! The pieces under which a name is filed, and those under which a text looks for it.
//!
//! Every name that fits a text, in any respect that the search knows, is filed under at least one
//! piece of one of the text's probes: the index may propose too much, never too little.

use super::sound::{Readings, Spelling};

/// How long the beginnings and ends are under which a name is filed, in characters.
const ANCHORS: [usize; 6] = [1, 2, 3, 4, 6, 8];

/// The shortest text that may be picked from a name, 简称, in characters.
pub(crate) const PICKED_MIN: usize = 2;

/// The shortest text that may be a part of a name but for one slip.
pub(crate) const SLIP_INSIDE_MIN: usize = 4;

/// The shortest text that may be pinyin but for one slip, in letters.
pub(crate) const SLIP_OF_SOUND_MIN: usize = 5;

/// How many letters of it are right before the slip.
pub(crate) const SOUND_RIGHT: usize = 2;

/// In what respect a piece stands for a name.
#[derive(Debug, Clone, Copy)]
enum Piece {
    Whole,
    Start,
    End,
    /// One or two characters anywhere.
    Inside,
    SoundStart,
    SoundInside,
    InitialsStart,
    InitialsInside,
}

/// How well a name fits, by what of it fits. An alias scores [`ALIAS_LESS`] less.
pub(crate) mod score {
    pub(crate) const WHOLE: f64 = 1.0;
    pub(crate) const START: f64 = 0.9;
    pub(crate) const INSIDE: f64 = 0.8;
    pub(crate) const ALIAS_LESS: f64 = 0.01;
    pub(crate) const PINYIN: f64 = 0.75;
    pub(crate) const INITIALS: f64 = 0.7;
    /// Of pinyin and initials that only begin as asked.
    pub(crate) const BEGINS_LESS: f64 = 0.05;
    /// Of those that stand inside.
    pub(crate) const INSIDE_LESS: f64 = 0.15;
    pub(crate) const SLIP: f64 = 0.5;
    /// Of a name that the text picks characters from.
    pub(crate) const SHORT: f64 = 0.45;
    /// Of a part of a name, but for one slip.
    pub(crate) const SLIP_INSIDE: f64 = 0.4;
    /// Of the pinyin of a part of a name, but for one slip.
    pub(crate) const SLIP_OF_SOUND: f64 = 0.35;

    /// A score and what it is less by, in whole hundredths.
    pub(crate) fn less(score: f64, by: f64) -> f64 {
        ((score - by) * 100.0).round() / 100.0
    }
}

/// One way of looking for names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Probe {
    /// No name that only this way finds scores better.
    pub(crate) score_max: f64,
    /// The same of names with more characters than the text: each takes a letter at least, so
    /// their pinyin and initials can only begin with it.
    pub(crate) longer_max: f64,
    /// Names with more characters do not fit in this way.
    pub(crate) longest: usize,
    /// A name found in this way is filed under all of these.
    pub(crate) grams: Vec<u64>,
    /// And under one of these, with what follows it; nothing more is known where there are none.
    pub(crate) sequels: Vec<Sequel>,
}

/// A piece under which a name is filed if the character before it takes so many letters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sequel {
    pub(crate) gram: u64,
    pub(crate) sequels: Vec<Sequel>,
}

/// A piece as a number: FNV-1a over its characters (Fowler, Noll, Vo; 64 bits). Two pieces with one
/// number only propose a name too many.
fn gram(piece: Piece, letters: impl IntoIterator<Item = char>) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let codes = std::iter::once(piece as u32).chain(letters.into_iter().map(u32::from));
    codes
        .flat_map(u32::to_le_bytes)
        .fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

/// The pieces of a folded name.
pub(crate) fn pieces(folded: &str, out: &mut Vec<u64>) {
    let chars: Vec<char> = folded.chars().collect();
    let all = || chars.iter().copied();
    out.push(gram(Piece::Whole, all()));
    for anchor in ANCHORS.into_iter().filter(|anchor| *anchor <= chars.len()) {
        out.push(gram(Piece::Start, all().take(anchor)));
        out.push(gram(Piece::End, all().skip(chars.len() - anchor)));
    }
    out.extend(chars.iter().map(|c| gram(Piece::Inside, [*c])));
    out.extend(chars.windows(2).map(|two| gram(Piece::Inside, two.iter().copied())));
    let readings = Readings::of(folded);
    let mut spelt = |piece, start, letters, spelling| {
        let ways = readings.spelt(start, letters, spelling);
        out.extend(ways.iter().map(|way| gram(piece, way.chars())));
    };
    for letters in [1, 2, 4] {
        spelt(Piece::SoundStart, 0, letters, Spelling::Full);
    }
    for letters in [1, 3] {
        spelt(Piece::InitialsStart, 0, letters, Spelling::Initials);
    }
    for start in 1..readings.len() {
        spelt(Piece::SoundInside, start, 2, Spelling::Full);
        spelt(Piece::SoundInside, start, 4, Spelling::Full);
        spelt(Piece::InitialsInside, start, 2, Spelling::Initials);
    }
}

/// The ways of looking for a folded text, the best scores first. `latin`: it may be pinyin.
pub(crate) fn probes(folded: &str, latin: bool) -> Vec<Probe> {
    let chars: Vec<char> = folded.chars().collect();
    let n = chars.len();
    let first = |count: usize| chars.iter().copied().take(count);
    let mut all = vec![
        Probe { longest: n, ..Probe::of(score::WHOLE, vec![gram(Piece::Whole, first(n))]) },
        Probe::of(score::START, vec![gram(Piece::Start, first(anchor(n)))]),
        Probe::of(score::INSIDE, inside(Piece::Inside, &chars)),
    ];
    if latin {
        let letters = if n >= 4 { 4 } else { n.min(2) };
        let sequels = sequels(&chars, SEQUELS);
        let sound = vec![gram(Piece::SoundStart, first(letters))];
        all.push(Probe { sequels: sequels.clone(), ..Probe::of(score::PINYIN, sound).begins() });
        // Each character has one initial, so those behind the first stand inside.
        let mut initials = if n > 2 { inside(Piece::InitialsInside, &chars[1..]) } else { vec![] };
        initials.push(gram(Piece::InitialsStart, first(if n >= 3 { 3 } else { 1 })));
        all.push(Probe::of(score::INITIALS, initials).begins());
        if n >= 2 {
            let sound = vec![gram(Piece::SoundInside, first(letters))];
            let inside_max = score::less(score::PINYIN, score::INSIDE_LESS);
            all.push(Probe { sequels, ..Probe::of(inside_max, sound) });
            let inside_max = score::less(score::INITIALS, score::INSIDE_LESS);
            all.push(Probe::of(inside_max, inside(Piece::InitialsInside, &chars)));
        }
    }
    if n >= 3 {
        all.extend(slips(&chars));
    }
    all
}

/// Letters that one character takes at most.
const SYLLABLE_MAX: usize = 6;
/// How many characters behind the first are looked for: names of a place share two or three.
const SEQUELS: usize = 3;

/// Where the letters of the next character begin is not known: they are looked for at every place.
/// None where they may not be reached, or be too few.
fn sequels(letters: &[char], depth: usize) -> Vec<Sequel> {
    if depth == 0 || letters.len() < SYLLABLE_MAX + 2 {
        return Vec::new();
    }
    let behind = (1..=SYLLABLE_MAX).map(|taken| {
        let rest = &letters[taken..];
        let piece = rest.iter().copied().take(if rest.len() >= 4 { 4 } else { 2 });
        Sequel { gram: gram(Piece::SoundInside, piece), sequels: sequels(rest, depth - 1) }
    });
    behind.collect()
}

/// How many ways there are about of looking for one slip, each of which leaves its place open.
const SLIP_WAYS: usize = 6;

/// What stays as it is, wherever the slip is: the characters before it, and those behind the next,
/// which may have been swapped with it.
fn slips(chars: &[char]) -> impl Iterator<Item = Probe> + '_ {
    let n = chars.len();
    let open = (n / SLIP_WAYS).max(1);
    (0..n - 1).step_by(open).map(move |at| {
        let (before, behind) = (&chars[..at], &chars[(at + open + 1).min(n)..]);
        let mut grams = Vec::new();
        if !before.is_empty() {
            let start = before.iter().copied().take(anchor(before.len()));
            grams.push(gram(Piece::Start, start));
        }
        if !behind.is_empty() {
            let end = behind.iter().copied().skip(behind.len() - anchor(behind.len()));
            grams.push(gram(Piece::End, end));
        }
        for part in [before, behind].into_iter().filter(|part| !part.is_empty()) {
            grams.extend(inside(Piece::Inside, part));
        }
        Probe { longest: n + 1, ..Probe::of(score::SLIP, grams) }
    })
}

/// How many characters of a text stand as they are before or behind one slip in it.
fn half(chars: usize) -> usize {
    (chars - 1) / 2
}

/// The ways of looking for a folded text that fits no name in any closer respect.
pub(crate) fn far_probes(folded: &str, latin: bool) -> Vec<Probe> {
    let chars: Vec<char> = folded.chars().collect();
    let n = chars.len();
    let mut all = Vec::new();
    if n >= PICKED_MIN {
        let each = chars.iter().map(|c| gram(Piece::Inside, [*c])).collect();
        all.push(Probe::of(score::SHORT, each));
    }
    if n >= SLIP_INSIDE_MIN {
        for part in [&chars[..half(n)], &chars[n - half(n)..]] {
            all.push(Probe::of(score::SLIP_INSIDE, inside(Piece::Inside, part)));
        }
    }
    if latin && n >= SLIP_OF_SOUND_MIN {
        for piece in [Piece::SoundStart, Piece::SoundInside] {
            let begins = gram(piece, chars.iter().copied().take(SOUND_RIGHT));
            all.push(Probe::of(score::SLIP_OF_SOUND, vec![begins]));
        }
    }
    all
}

impl Probe {
    fn of(score_max: f64, grams: Vec<u64>) -> Self {
        let (longer_max, longest) = (score_max, usize::MAX);
        Self { score_max, longer_max, longest, grams, sequels: Vec::new() }
    }

    /// Longer names only begin as asked.
    fn begins(self) -> Self {
        Self { longer_max: score::less(self.score_max, score::BEGINS_LESS), ..self }
    }
}

fn anchor(chars: usize) -> usize {
    ANCHORS.into_iter().rev().find(|anchor| *anchor <= chars).unwrap_or(1)
}

fn inside(piece: Piece, chars: &[char]) -> Vec<u64> {
    match chars {
        [only] => vec![gram(piece, [*only])],
        _ => chars.windows(2).map(|two| gram(piece, two.iter().copied())).collect(),
    }
}
