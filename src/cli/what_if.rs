//! Flags of what is only supposed.

use std::str::FromStr;

use clap::Args;
use graph::model::{FuzzyDate, Predicate, RelationId, TextQualifier};

#[derive(Debug, Args)]
#[command(next_help_heading = "What if")]
pub(crate) struct Supposed {
    /// As if this entity were not there, nor anything that is said of it; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) without: Vec<String>,
    /// As if this relation did not hold: its id, or `NAME PREDICATE NAME`; may be repeated
    #[arg(long, value_name = "RELATION")]
    pub(crate) sever: Vec<Severed>,
    /// As if this relation held: `NAME PREDICATE NAME`, a new entity as KIND:NAME, then perhaps
    /// `; product=NAME; from=DATE`; may be repeated
    #[arg(long, value_name = "RELATION")]
    pub(crate) suppose: Vec<Phrase>,
}

/// A relation to sever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Severed {
    /// The one with this id.
    Id(RelationId),
    /// Every one that is like this.
    Like(Phrase),
}

/// A relation in words: `NAME PREDICATE NAME; product=NAME; from=2026; planned`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Phrase {
    /// As written.
    pub(crate) words: String,
    pub(crate) source: String,
    pub(crate) predicate: Predicate,
    pub(crate) target: String,
    pub(crate) product: Option<String>,
    pub(crate) stage: Option<String>,
    pub(crate) texts: Vec<(TextQualifier, String)>,
    pub(crate) from: Option<FuzzyDate>,
    pub(crate) to: Option<FuzzyDate>,
    pub(crate) planned: bool,
}

impl FromStr for Severed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map_or_else(|_| text.parse().map(Self::Like), |id| Ok(Self::Id(id)))
    }
}

impl FromStr for Phrase {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split([';', '；']).map(str::trim);
        let stated = parts.next().unwrap_or_default();
        let words: Vec<&str> = stated.split_whitespace().collect();
        // A word of a name may read like a predicate in lower case.
        let predicate = words.iter().enumerate().find_map(|(at, word)| {
            let predicate: Predicate = word.parse().ok()?;
            (predicate.as_str() == *word).then_some((at, predicate))
        });
        let (at, predicate) = predicate.ok_or_else(|| {
            format!("`{stated}` names no relation; write `NAME SUPPLIES NAME`, and see `lianzhu ontology`")
        })?;
        let (source, target) = (words[..at].join(" "), words[at + 1..].join(" "));
        if source.is_empty() || target.is_empty() {
            return Err(format!("`{stated}` lacks an end; write `NAME {predicate} NAME`"));
        }
        let mut phrase = Self {
            words: text.to_owned(),
            source,
            predicate,
            target,
            product: None,
            stage: None,
            texts: Vec::new(),
            from: None,
            to: None,
            planned: false,
        };
        parts.filter(|part| !part.is_empty()).try_for_each(|part| phrase.narrow(part))?;
        Ok(phrase)
    }
}

impl Phrase {
    fn narrow(&mut self, part: &str) -> Result<(), String> {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let (key, value) = (key.trim(), value.trim());
        let date = || value.parse::<FuzzyDate>().map_err(|error| error.to_string());
        match (key, value) {
            ("planned", "") => self.planned = true,
            (_, "") => return Err(format!("`{part}` says nothing; write `product=NAME`")),
            ("product", name) => self.product = Some(name.to_owned()),
            ("stage", name) => self.stage = Some(name.to_owned()),
            ("from", _) => self.from = Some(date()?),
            ("to", _) => self.to = Some(date()?),
            (key, text) => {
                let key: TextQualifier = key.parse().map_err(|_| {
                    format!("`{key}` narrows no relation; product, stage, from, to and planned do, and texts such as share")
                })?;
                self.texts.push((key, text.to_owned()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relation_is_read_as_written() {
        let read: Phrase =
            "FIRM:新 环厂 SUPPLIES 泵厂; product=密封 环；from=2027-03; share=60% ;planned;"
                .parse()
                .unwrap();
        assert_eq!((&*read.source, &*read.target), ("FIRM:新 环厂", "泵厂"));
        assert_eq!(
            (read.predicate, read.product.as_deref()),
            (Predicate::Supplies, Some("密封 环"))
        );
        assert_eq!((read.from, read.to, read.planned), ("2027-03".parse().ok(), None, true));
        assert_eq!(read.texts, [(TextQualifier::Share, "60%".to_owned())]);
        let named: Phrase = "Acme uses Ltd OWNS 乙".parse().unwrap();
        assert_eq!((&*named.source, named.predicate), ("Acme uses Ltd", Predicate::Owns));
    }

    #[test]
    fn what_is_no_relation_is_refused_with_a_way_out() {
        for (text, said) in [
            ("甲 供应 乙", "NAME SUPPLIES NAME"),
            ("SUPPLIES 乙", "lacks an end"),
            ("甲 SUPPLIES", "lacks an end"),
            ("甲 SUPPLIES 乙; product", "says nothing"),
            ("甲 SUPPLIES 乙; colour=red", "narrows no relation"),
            ("甲 SUPPLIES 乙; from=spring", "spring"),
            ("", "names no relation"),
        ] {
            let refused = text.parse::<Phrase>().unwrap_err();
            assert!(refused.contains(said), "{text}: {refused}");
        }
    }

    #[test]
    fn a_relation_to_sever_is_an_id_or_a_phrase() {
        let id = "5f0c7d5e-8f4b-5b52-9a55-0d2f8f0c3a11";
        assert_eq!(id.parse(), Ok(Severed::Id(id.parse().unwrap())));
        assert!(matches!("甲 OWNS 乙".parse(), Ok(Severed::Like(_))));
    }
}
