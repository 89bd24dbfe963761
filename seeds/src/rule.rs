//! Rules: patterns over sentences in which every name is one slot, one TOML file per predicate.
//!
//! A file says what its rules state (`predicate`, or `role` for roles of firms); each rule has a
//! pattern, says where the ends come from that the pattern does not bind, how sure it is, and
//! shows in its own examples what it reads.

mod matching;
mod pattern;
mod rendering;
mod subject;

use graph::model::{Confidence, EntityKind, Predicate, Role, RoleBasis, TextQualifier};
use regex::Regex;
use serde::Deserialize;

pub(crate) use matching::{Found, Stated, apply, speaks_of_plan, without_vaguer};
pub(crate) use rendering::{Rendering, Slot, render};
pub(crate) use subject::{Scene, subject};

use crate::lexicon::{Files, LexiconError};

/// Where an end of a relation comes from that the pattern does not bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// The grammatical subject before the match, of one of these kinds.
    Subject(Vec<EntityKind>),
    /// What the paragraph is about: its region, or the industry named last.
    Topic(EntityKind),
}

/// What a rule states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum States {
    Relation(Predicate),
    Role(Role, RoleBasis),
}

/// One rule, compiled.
#[derive(Debug)]
pub(crate) struct Rule {
    /// File and place in it: `supplies.2`.
    pub(crate) name: String,
    pub(crate) states: States,
    pub(crate) pattern: Regex,
    pub(crate) source: Option<Elsewhere>,
    pub(crate) target: Option<Elsewhere>,
    pub(crate) confidence: Confidence,
    /// Every pair of the slot's names, for symmetric predicates.
    pub(crate) pairwise: bool,
    /// Texts of qualifiers that hold for every match.
    pub(crate) texts: Vec<(TextQualifier, String)>,
    /// A plan by its own words.
    pub(crate) planned: bool,
    #[cfg(test)]
    pub(crate) examples: Vec<Example>,
}

/// A sentence and what its rule must read in it: `甲 LEADS 乙`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Example {
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) reads: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    predicate: Option<String>,
    role: Option<String>,
    rule: Vec<RuleEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    pattern: String,
    role: Option<String>,
    source: Option<String>,
    target: Option<String>,
    #[serde(default = "usual")]
    confidence: f64,
    #[serde(default)]
    pairwise: bool,
    #[serde(default)]
    planned: bool,
    #[serde(default)]
    designated: bool,
    #[serde(default)]
    texts: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    example: Vec<Example>,
}

fn usual() -> f64 {
    0.8
}

/// Reads and compiles every rule file.
pub(crate) fn load(files: &Files) -> Result<Vec<Rule>, LexiconError> {
    let mut rules = Vec::new();
    for (file, content) in files.read::<RuleFile>("rules")? {
        let stem = file.trim_start_matches("rules/").trim_end_matches(".toml").to_owned();
        for (number, entry) in content.rule.iter().enumerate() {
            let name = format!("{stem}.{}", number + 1);
            let fail = |reason: String| LexiconError::Entry {
                file: file.clone(),
                entry: name.clone(),
                reason,
            };
            let states = states(&content, entry).map_err(fail)?;
            rules.push(rule(&name, states, entry).map_err(fail)?);
        }
    }
    Ok(rules)
}

fn states(file: &RuleFile, entry: &RuleEntry) -> Result<States, String> {
    let role = entry.role.as_ref().or(file.role.as_ref());
    let basis = if entry.designated { RoleBasis::Designated } else { RoleBasis::Described };
    match (&file.predicate, role) {
        (Some(predicate), None) => {
            let predicate = predicate.parse().map_err(|e| format!("{e}"))?;
            Ok(States::Relation(predicate))
        }
        (None, Some(role)) => Ok(States::Role(role.parse().map_err(|e| format!("{e}"))?, basis)),
        _ => Err("a rule file says either `predicate`, or `role` in the file or the rule".into()),
    }
}

fn rule(name: &str, states: States, entry: &RuleEntry) -> Result<Rule, String> {
    let pattern = pattern::compile(&entry.pattern)?;
    let bound: Vec<&str> = pattern.capture_names().flatten().collect();
    for (end, elsewhere) in [("source", &entry.source), ("target", &entry.target)] {
        let needed = end == "source" || matches!(states, States::Relation(_)) && !entry.pairwise;
        if needed && !bound.contains(&end) && elsewhere.is_none() {
            return Err(format!("nothing says where the {end} comes from"));
        }
    }
    if !entry.example.iter().any(|e| !e.text.is_empty() && !e.reads.is_empty()) {
        return Err("a rule shows in at least one example what it reads".into());
    }
    let mut texts = Vec::new();
    for (key, value) in &entry.texts {
        texts.push((key.parse().map_err(|e| format!("{e}"))?, value.clone()));
    }
    Ok(Rule {
        name: name.to_owned(),
        states,
        source: entry.source.as_deref().map(elsewhere).transpose()?,
        target: entry.target.as_deref().map(elsewhere).transpose()?,
        confidence: Confidence::new(entry.confidence).map_err(|e| e.to_string())?,
        pairwise: entry.pairwise,
        planned: entry.planned,
        texts,
        pattern,
        #[cfg(test)]
        examples: entry.example.clone(),
    })
}

fn elsewhere(text: &str) -> Result<Elsewhere, String> {
    let (how, kinds) = text.split_once(':').ok_or("write `subject:KINDS` or `topic:KIND`")?;
    let kinds = pattern::kinds(kinds)?;
    match (how, kinds.as_slice()) {
        ("subject", _) => Ok(Elsewhere::Subject(kinds)),
        ("topic", [kind]) => Ok(Elsewhere::Topic(*kind)),
        _ => Err(format!("`{text}` is neither `subject:KINDS` nor `topic:KIND`")),
    }
}
