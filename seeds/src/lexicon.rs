//! Word lists and name grammars, read from TOML: those that travel in the binary, and an
//! analyst's own beside them. General knowledge only; what firms there are, articles say.

mod file;

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};
use graph::model::EntityKind;
use thiserror::Error;

pub(crate) use file::{Files, short_place};

/// A lexicon or rule file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LexiconError {
    /// A file that cannot be read from the disk.
    #[error("{file} cannot be read: {reason}")]
    Unreadable {
        /// Which file.
        file: String,
        /// The system's words.
        reason: String,
    },
    /// A file that is no TOML, or holds fields that no lexicon or rule has.
    #[error("{file} is not well formed: {reason}")]
    Syntax {
        /// Which file.
        file: String,
        /// What the parser says, with its place.
        reason: String,
    },
    /// An entry that means nothing.
    #[error("{file}, entry `{entry}`: {reason}")]
    Entry {
        /// Which file.
        file: String,
        /// Which entry, by name or word.
        entry: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A word of the lexicon.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) kind: EntityKind,
    /// The name under which it is recorded.
    pub(crate) name: String,
    /// Names an entity only where something is said of it.
    pub(crate) weak: bool,
}

/// A name grammar: what ends so is of that kind.
#[derive(Debug, Clone)]
pub(crate) struct Suffix {
    pub(crate) kind: EntityKind,
    pub(crate) word: String,
    pub(crate) max: usize,
    pub(crate) inside: BTreeSet<String>,
    pub(crate) starts: Vec<String>,
    /// What may not follow: with it, the ending goes on to another word.
    pub(crate) not_before: Vec<String>,
    pub(crate) drop_place: bool,
}

/// How much the last word of a short name says of its being a firm's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trade {
    /// Hardly anything but firms is called so: 科技, 股份.
    Sure,
    /// A coined word before it, and a firm's doings after it: 纺织, 电子.
    Usual,
    /// A class of things as often as a firm: 机器人, 材料.
    Risky,
}

/// How firmly a word ends what stands before a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Boundary {
    Strong,
    Weak,
    /// Only looks like one.
    Shield,
}

/// Every list, compiled.
#[derive(Debug)]
pub(crate) struct Lexicon {
    pub(crate) words: Words<Word>,
    pub(crate) boundaries: Words<Boundary>,
    pub(crate) suffixes: Words<Suffix>,
    pub(crate) heads: Words<EntityKind>,
    pub(crate) leads: Words<EntityKind>,
    pub(crate) refuse: BTreeSet<String>,
    pub(crate) generic: Vec<String>,
    pub(crate) units: Vec<String>,
    pub(crate) no_units: Vec<String>,
    pub(crate) titles: Vec<String>,
    pub(crate) surnames: Vec<String>,
    pub(crate) not_given: BTreeSet<char>,
    pub(crate) offices: Vec<String>,
    pub(crate) trades: Words<Trade>,
    /// Words of two characters that stand before a trade and coin no name.
    pub(crate) common: BTreeSet<String>,
    pub(crate) products: Vec<String>,
    pub(crate) made: Vec<String>,
    pub(crate) objects: Words<Object>,
}

/// What a trigger tells of the kind of the words after it.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) kind: EntityKind,
    /// Endings that the words must have, any of them; empty: any.
    pub(crate) endings: Vec<String>,
}

/// Words with what they mean, found in one pass, the longest first.
#[derive(Debug)]
pub(crate) struct Words<T> {
    finder: AhoCorasick,
    meanings: Vec<T>,
}

impl<T> Words<T> {
    pub(crate) fn new(file: &str, entries: BTreeMap<String, T>) -> Result<Self, LexiconError> {
        let (words, meanings): (Vec<String>, Vec<T>) =
            entries.into_iter().filter(|(word, _)| !word.is_empty()).unzip();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&words)
            .map_err(|e| LexiconError::Syntax { file: file.into(), reason: e.to_string() })?;
        Ok(Self { finder, meanings })
    }

    /// Every word of the text, from left to right, none overlapping: start, end, meaning.
    pub(crate) fn find<'a>(
        &'a self,
        text: &'a str,
    ) -> impl Iterator<Item = (usize, usize, &'a T)> + 'a {
        let hits = self.finder.find_iter(text);
        hits.filter_map(|m| {
            self.meanings.get(m.pattern().as_usize()).map(|t| (m.start(), m.end(), t))
        })
    }

    /// The longest word with which the text begins.
    pub(crate) fn at_start(&self, text: &str) -> Option<(usize, &T)> {
        let input = aho_corasick::Input::new(text).anchored(aho_corasick::Anchored::No);
        let hit = self.finder.find(input).filter(|m| m.start() == 0)?;
        self.meanings.get(hit.pattern().as_usize()).map(|t| (hit.end(), t))
    }

    /// The longest word with which the text ends.
    pub(crate) fn at_end(&self, text: &str) -> Option<(usize, &T)> {
        let mut places = text.char_indices().rev().map(|(at, _)| at).take(10).collect::<Vec<_>>();
        places.reverse();
        places.into_iter().find_map(|at| {
            let (end, meaning) = self.at_start(text.get(at..)?)?;
            (at + end == text.len()).then_some((at, meaning))
        })
    }
}

impl Lexicon {
    /// Whether nothing is left of a name once generic words are taken away: 重点企业, 未来产业.
    pub(crate) fn is_generic(&self, mut stem: &str) -> bool {
        loop {
            let word = self.generic.iter().find(|g| stem.starts_with(g.as_str()));
            match word {
                Some(word) => stem = stem.get(word.len()..).unwrap_or(""),
                None => return stem.is_empty(),
            }
        }
    }
}
