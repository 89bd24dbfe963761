//! The extractor: from a document to drafts.

use std::path::Path;

use graph::extract::{ExtractError, Extraction, Extractor};
use graph::model::Document;

use crate::catalogue::{Catalogue, Mention};
use crate::composition;
use crate::draft;
use crate::lexicon::{Files, Lexicon, LexiconError};
use crate::mention::{self, Reading};
use crate::observation::{self, Observed};
use crate::period::time_words;
use crate::pronoun;
use crate::rule::{self, Found, Rendering, Rule, Scene};
use crate::sentence::{Sentence, sentences};
use crate::text::Text;
use crate::topic;

/// Reads articles by rules and word lists. Deterministic; needs no network and no model.
///
/// Loading compiles some hundred patterns (tens of milliseconds); keep one and share it.
#[derive(Debug)]
pub struct RuleExtractor {
    lexicon: Lexicon,
    rules: Vec<Rule>,
}

/// Who asserts what the rules read.
pub(crate) const VERSION: &str = "rules/1.0";

/// How many earlier sentences of its paragraph a sentence may look back to.
const LOOK_BACK: usize = 3;

impl RuleExtractor {
    /// Loads the lexicons and rules that travel in the binary.
    ///
    /// # Errors
    /// [`LexiconError`] that names file and entry.
    pub fn bundled() -> Result<Self, LexiconError> {
        Self::load(&Files::bundled())
    }

    /// Loads the bundled files with an analyst's own laid over them: `lexicon/*.toml` and
    /// `rules/*.toml` in `dir`. A file of a bundled one's name takes its place.
    ///
    /// # Errors
    /// [`LexiconError`] that names file and entry.
    pub fn with_user_files(dir: &Path) -> Result<Self, LexiconError> {
        let mut files = Files::bundled();
        files.overlay(dir)?;
        Self::load(&files)
    }

    fn load(files: &Files) -> Result<Self, LexiconError> {
        let lexicon = Lexicon::load(files)?;
        let rules = rule::load(files)?;
        Ok(Self { lexicon, rules })
    }

    #[cfg(test)]
    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }
}

impl Extractor for RuleExtractor {
    fn version(&self) -> &str {
        VERSION
    }

    fn extract(&self, document: &Document) -> Result<Extraction, ExtractError> {
        Ok(self.analyse(document, |analysis| draft::drafts(document, analysis)))
    }
}

/// What was read in a document, before it is made into drafts.
pub(crate) struct Analysis<'a> {
    pub(crate) reading: &'a Reading<'a>,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) mentions: &'a [Mention],
    pub(crate) found: Vec<Found>,
    pub(crate) figures: Vec<Observed>,
}

impl RuleExtractor {
    pub(crate) fn analyse<T>(
        &self,
        document: &Document,
        finish: impl FnOnce(Analysis<'_>) -> T,
    ) -> T {
        let text = Text::mend(document.text());
        let sentences = sentences(&text);
        let published = document.meta().published_on;
        let (reading, catalogue, mentions) = mention::read(&text, &self.lexicon, &sentences);
        let main = topic::main_region(&catalogue, &mentions);
        let pronouns = pronoun::resolve(&reading, &catalogue, &mentions, main);
        let renderings: Vec<Rendering> = sentences
            .iter()
            .map(|s| rule::render(&reading, &catalogue, s.extent, &mentions, &pronouns))
            .collect();
        let (mut found, mut figures) = (Vec::new(), Vec::new());
        for (at, sentence) in sentences.iter().enumerate() {
            let scene = Scene {
                here: &renderings[at],
                before: before(&sentences, &renderings, at),
                region: topic::region(&text, &catalogue, &mentions, sentence.block, main),
                chain: topic::chain(&text, &mentions, *sentence),
                times: time_words(&renderings[at].string, published),
            };
            if text.slice(sentence.extent).ends_with('？') {
                continue;
            }
            let read = rule::apply(&self.rules, &scene);
            found.extend(rule::without_vaguer(read));
            if !sentence.apart {
                figures.extend(observation::read(&reading, &scene));
            }
        }
        // What a text says of a network's size goes before what its name says.
        let named = observation::claimed_sizes(&catalogue, &mentions);
        let said = |n: &Observed, all: &[Observed]| {
            all.iter().any(|f| f.subject == n.subject && f.metric == n.metric)
        };
        let unsaid: Vec<Observed> = named.into_iter().filter(|n| !said(n, &figures)).collect();
        figures.extend(unsaid);
        composition::read(&catalogue, &mentions, main, &mut found);
        let (catalogue, mentions) = (&catalogue, mentions.as_slice());
        finish(Analysis { reading: &reading, catalogue, mentions, found, figures })
    }
}

/// The renderings of the sentences before one in its paragraph, nearest first.
fn before<'a>(
    sentences: &[Sentence],
    renderings: &'a [Rendering],
    at: usize,
) -> Vec<&'a Rendering> {
    let block = sentences[at].block;
    let back = (0..at).rev().take(LOOK_BACK).take_while(|i| sentences[*i].block == block);
    back.map(|i| &renderings[i]).collect()
}

impl<'a> Reading<'a> {
    pub(crate) fn new(text: &'a Text, lexicon: &'a Lexicon, sentences: &'a [Sentence]) -> Self {
        let boundaries = crate::boundary::Boundaries::of(text, lexicon);
        Self { text, lexicon, sentences, boundaries }
    }
}
