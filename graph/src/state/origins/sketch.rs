//! A text in 128 numbers, of which two texts have about as many in common as they have shingles.
//!
//! Resemblance of texts is the Jaccard index of their sets of shingles (Broder 1997, "On the
//! resemblance and containment of documents"), and the least hash of a set is the same in two sets
//! as often as their elements are. One hash of each shingle sorts it into a bin, and each bin keeps
//! its least (Li, Owen and Zhang 2012, "One permutation hashing"); a bin without any takes what
//! another bin has, chosen in an order that is the same for every text (Shrivastava 2017, "Optimal
//! densification for fast and accurate minwise hashing"). Of each least hash 16 bits are kept (Li
//! and König 2010, "b-bit minwise hashing"): one bin in 65,536 agrees by chance.
//!
//! Own code: the crates there are bring thread pools, serialisers or hashers with a random seed.

use unicode_normalization::UnicodeNormalization;

use crate::model::{simplified, stands_alone};

/// Numbers of a sketch. The standard error of a resemblance of one half is 4.4 %.
pub(in super::super) const BINS: usize = 128;

/// Bits of a hash that choose the bin.
const BIN_BITS: u32 = BINS.trailing_zeros();

/// Words of a shingle, where a Chinese character is a word: long enough that two articles on one
/// subject hardly share any, short enough that an edit spoils few.
const WORDS: usize = 5;

/// What is kept of a text to tell its reprints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sketch {
    bins: [u16; BINS],
    /// Shingles of the text, repeated ones included.
    shingles: u32,
}

impl Sketch {
    /// Letters and digits alone count, in their plain form (NFKD, lower case, simplified).
    /// Cost: linear in the text; 4,000 characters take about a tenth of a millisecond.
    pub(crate) fn of(text: &str) -> Self {
        let mut least: [Option<u64>; BINS] = [None; BINS];
        let mut shingles = 0_u32;
        each_shingle(text, |shingle| {
            let bin = &mut least[place(shingle >> (u64::BITS - BIN_BITS))];
            *bin = Some(bin.map_or(shingle, |least| least.min(shingle)));
            shingles = shingles.saturating_add(1);
        });
        let bins = std::array::from_fn(|at| filled(&least, at).map_or(0, low_bits));
        Self { bins, shingles }
    }

    /// The sketch that had these bins and shingles.
    pub(in super::super) fn known(bins: [u16; BINS], shingles: u32) -> Self {
        Self { bins, shingles }
    }

    pub(in super::super) fn bins(&self) -> &[u16; BINS] {
        &self.bins
    }

    /// How many shingles it was made of.
    pub(in super::super) fn shingles(&self) -> u32 {
        self.shingles
    }

    /// In how many bins two sketches agree, of [`BINS`].
    pub(super) fn agreeing(&self, other: &Self) -> usize {
        self.bins.iter().zip(&other.bins).filter(|(a, b)| a == b).count()
    }

    /// Its bins, so many together.
    pub(super) fn bands(&self, rows: usize) -> impl Iterator<Item = &[u16]> {
        self.bins.chunks_exact(rows)
    }
}

/// What a bin has, or what it takes from another; `None` for a text without words.
fn filled(least: &[Option<u64>; BINS], at: usize) -> Option<u64> {
    if least[at].is_some() {
        return least[at];
    }
    // After so many attempts a bin that is met is missed with a chance below 1 in 10^14.
    let attempts = (0..BINS as u64 * 32).map(|attempt| mixed(attempt * BINS as u64 + at as u64));
    let met = attempts.map(|hash| least[place(hash >> (u64::BITS - BIN_BITS))]);
    met.flatten().next()
}

fn place(bits: u64) -> usize {
    usize::try_from(bits).unwrap_or_default() % BINS
}

fn low_bits(hash: u64) -> u16 {
    let [a, b, ..] = hash.to_le_bytes();
    u16::from_le_bytes([a, b])
}

/// Hands over the hash of each run of [`WORDS`] words; of all words where there are fewer.
fn each_shingle(text: &str, mut take: impl FnMut(u64)) {
    let mut last = [0_u64; WORDS];
    let mut words = 0_usize;
    let mut hash_of = |word: u64, words: usize| {
        last[words % WORDS] = word;
        let run = (1..=WORDS).map(|back| last[(words + back) % WORDS]);
        mixed(run.fold(0, |hash: u64, word| hash.wrapping_mul(MULTIPLIER).wrapping_add(word)))
    };
    let mut short = None;
    each_word(text, |word| {
        let hash = hash_of(word, words);
        words += 1;
        if words >= WORDS {
            take(hash);
        } else {
            short = Some(hash);
        }
    });
    if words < WORDS
        && let Some(hash) = short
    {
        take(hash);
    }
}

/// Hands over the hash of each word: a character that stands alone, or a run of other letters and
/// digits.
fn each_word(text: &str, mut take: impl FnMut(u64)) {
    let mut run: Option<u64> = None;
    let mut see = |c: char| {
        let is_word = c.is_alphanumeric();
        if is_word && !stands_alone(c) {
            for c in c.to_lowercase() {
                let hash = run.unwrap_or_default().wrapping_add(u64::from(c));
                run = Some(hash.wrapping_mul(MULTIPLIER));
            }
            return;
        }
        if let Some(hash) = run.take() {
            take(mixed(hash));
        }
        if is_word {
            take(mixed(u64::from(simplified(c))));
        }
    };
    for c in text.chars() {
        if c.is_ascii() || stands_alone(c) {
            see(c);
        } else {
            std::iter::once(c).nfkd().filter(|c| !is_mark(*c)).for_each(&mut see);
        }
    }
    see(' ');
}

/// Accents that NFKD takes off their letters: they end no word.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// An odd number without a pattern: 2^64 divided by the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Spreads a number over all 64 bits (the finaliser of SplitMix64: Steele, Lea and Flood 2014).
pub(super) fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(MULTIPLIER);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreeing(a: &str, b: &str) -> usize {
        Sketch::of(a).agreeing(&Sketch::of(b))
    }

    #[test]
    fn width_case_script_spaces_and_stops_make_no_difference() {
        let plain = "泵阀小镇有ABB机器人30台，产值3.5亿元。";
        assert_eq!(agreeing(plain, "泵閥小鎮有ａｂｂ機器人３０台 產值3.5億元"), BINS);
        assert_eq!(
            agreeing("Café de la Gare à Lyon", "Cafe\u{301} de la gare a\u{300} LYON"),
            BINS
        );
        assert!(agreeing(plain, "泵阀小镇有ABC机器人30台，产值3.5亿元。") < BINS);
    }

    #[test]
    fn words_are_runs_of_letters_and_single_characters() {
        let words = |text| {
            let mut count = 0;
            each_word(text, |_| count += 1);
            count
        };
        assert_eq!(words(""), 0);
        assert_eq!(words("。， \n"), 0);
        assert_eq!(words("甲乙 丙。"), 3);
        assert_eq!(words("two words 加二字"), 5);
    }

    /// Sets of 100 numbered words that share the last so many: the estimate is near the Jaccard
    /// index.
    #[test]
    fn as_many_bins_agree_as_shingles_are_shared() {
        let text = |from: usize, to: usize| {
            let words: Vec<String> = (from..to).map(|n| format!("w{n}")).collect();
            words.join(" ")
        };
        let whole = text(0, 2_000);
        for shared in [0, 500, 1_000, 1_500, 2_000] {
            let other = text(2_000 - shared, 4_000 - shared);
            let jaccard = shared as f64 / (4_000 - shared) as f64;
            let found = agreeing(&whole, &other) as f64 / BINS as f64;
            assert!((found - jaccard).abs() < 0.1, "{shared}: {found} of {jaccard}");
        }
    }

    #[test]
    fn texts_of_few_words_have_full_sketches() {
        assert_eq!(agreeing("甲乙", "甲乙。"), BINS);
        assert!(agreeing("甲乙", "乙甲") < BINS / 8);
        assert_eq!((Sketch::of("……").shingles(), Sketch::of("甲").shingles()), (0, 1));
    }
}
