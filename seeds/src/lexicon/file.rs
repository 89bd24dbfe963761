//! The lexicon files: their form, and how they become a [`Lexicon`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use graph::model::EntityKind;
use include_dir::{Dir, include_dir};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Boundary, Lexicon, LexiconError, Object, Suffix, Trade, Word, Words};

static LEXICON: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/lexicon");
static RULES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// Texts of TOML files by name: `lexicon/words.toml`, `rules/leads.toml`.
#[derive(Debug, Clone)]
pub(crate) struct Files(BTreeMap<String, String>);

impl Files {
    /// Those that travel in the binary.
    pub(crate) fn bundled() -> Self {
        let mut files = BTreeMap::new();
        for (folder, dir) in [("lexicon", &LEXICON), ("rules", &RULES)] {
            for file in dir.files() {
                if let Some(text) = file.contents_utf8() {
                    files.insert(format!("{folder}/{}", file.path().display()), text.to_owned());
                }
            }
        }
        Self(files)
    }

    /// Lays an analyst's `lexicon/*.toml` and `rules/*.toml` over these: a file of the same name
    /// takes the place of the bundled one, another one comes beside it.
    pub(crate) fn overlay(&mut self, dir: &Path) -> Result<(), LexiconError> {
        for folder in ["lexicon", "rules"] {
            let path = dir.join(folder);
            if !path.is_dir() {
                continue;
            }
            let fail = |e: &std::io::Error| LexiconError::Unreadable {
                file: path.display().to_string(),
                reason: e.to_string(),
            };
            for entry in std::fs::read_dir(&path).map_err(|e| fail(&e))? {
                let file = entry.map_err(|e| fail(&e))?.path();
                let Some(name) = file.file_name().and_then(|n| n.to_str()) else { continue };
                if file.extension().is_some_and(|e| e == "toml") {
                    let text = std::fs::read_to_string(&file).map_err(|e| fail(&e))?;
                    self.0.insert(format!("{folder}/{name}"), text);
                }
            }
        }
        Ok(())
    }

    /// Every file of a folder, read into `T`.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        folder: &str,
    ) -> Result<Vec<(String, T)>, LexiconError> {
        let files = self.0.iter().filter(|(name, _)| {
            name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        });
        files.map(|(name, text)| Ok((name.clone(), parse(name, text)?))).collect()
    }
}

fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, LexiconError> {
    toml::from_str(text)
        .map_err(|e| LexiconError::Syntax { file: file.to_owned(), reason: e.to_string() })
}

/// What a lexicon file may hold; every file may hold any of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LexiconFile {
    regions: Vec<String>,
    full_only: Vec<String>,
    compounds: Vec<String>,
    units: Vec<String>,
    no_units: Vec<String>,
    word: Vec<WordEntry>,
    same: Vec<SameEntry>,
    strong: Vec<String>,
    weak: Vec<String>,
    shields: Vec<String>,
    generic: Vec<String>,
    suffix: Vec<SuffixEntry>,
    refuse: Option<RefuseEntry>,
    head: Vec<WordsEntry>,
    lead: Vec<WordsEntry>,
    titles: Vec<String>,
    surnames: String,
    not_given: String,
    offices: Vec<String>,
    trades: Vec<String>,
    sure_trades: Vec<String>,
    risky_trades: Vec<String>,
    common: Vec<String>,
    products: Vec<String>,
    made: Vec<String>,
    object: Vec<ObjectEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WordEntry {
    kind: String,
    names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsEntry {
    kind: String,
    words: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SameEntry {
    kind: String,
    name: String,
    aliases: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SuffixEntry {
    kind: String,
    words: Vec<String>,
    max: usize,
    drop_place: bool,
    #[serde(default)]
    inside: Vec<String>,
    #[serde(default)]
    starts: Vec<String>,
    #[serde(default)]
    not_before: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefuseEntry {
    words: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectEntry {
    kind: String,
    after: Vec<String>,
    #[serde(default)]
    endings: Vec<String>,
}

pub(crate) fn entity_kind(file: &str, entry: &str, word: &str) -> Result<EntityKind, LexiconError> {
    word.parse().map_err(|e: graph::model::UnknownWord| LexiconError::Entry {
        file: file.to_owned(),
        entry: entry.to_owned(),
        reason: e.to_string(),
    })
}

/// Lists while files are being read.
#[derive(Default)]
struct Gathered {
    words: BTreeMap<String, Word>,
    boundaries: BTreeMap<String, Boundary>,
    suffixes: BTreeMap<String, Suffix>,
    heads: BTreeMap<String, EntityKind>,
    leads: BTreeMap<String, EntityKind>,
    objects: BTreeMap<String, Object>,
    trades: BTreeMap<String, Trade>,
    refuse: BTreeSet<String>,
    common: BTreeSet<String>,
    rest: LexiconFile,
}

impl Lexicon {
    pub(crate) fn load(files: &Files) -> Result<Self, LexiconError> {
        let mut all = Gathered::default();
        for (file, content) in files.read::<LexiconFile>("lexicon")? {
            all.add(&file, content)?;
        }
        all.finish()
    }
}

impl Gathered {
    fn add(&mut self, file: &str, mut c: LexiconFile) -> Result<(), LexiconError> {
        self.add_names(file, &c)?;
        for (words, boundary) in [
            (&c.weak, Boundary::Weak),
            (&c.shields, Boundary::Shield),
            (&c.strong, Boundary::Strong),
        ] {
            self.boundaries.extend(words.iter().map(|w| (w.clone(), boundary)));
        }
        for entry in &c.suffix {
            for word in &entry.words {
                let suffix = Suffix {
                    kind: entity_kind(file, word, &entry.kind)?,
                    word: word.clone(),
                    max: entry.max,
                    inside: entry.inside.iter().cloned().collect(),
                    starts: entry.starts.clone(),
                    not_before: entry.not_before.clone(),
                    drop_place: entry.drop_place,
                };
                self.suffixes.insert(word.clone(), suffix);
            }
        }
        for (entries, into) in [(&c.head, &mut self.heads), (&c.lead, &mut self.leads)] {
            for entry in entries {
                for word in &entry.words {
                    into.insert(word.clone(), entity_kind(file, word, &entry.kind)?);
                }
            }
        }
        for entry in &c.object {
            for word in &entry.after {
                let kind = entity_kind(file, word, &entry.kind)?;
                let object = Object { kind, endings: entry.endings.clone() };
                self.objects.entry(word.clone()).or_insert(object);
            }
        }
        for (words, trade) in [
            (&c.sure_trades, Trade::Sure),
            (&c.trades, Trade::Usual),
            (&c.risky_trades, Trade::Risky),
        ] {
            self.trades.extend(words.iter().map(|w| (w.clone(), trade)));
        }
        self.common.append(&mut c.common.drain(..).collect());
        self.refuse.extend(c.refuse.take().map(|r| r.words).unwrap_or_default());
        let rest = &mut self.rest;
        for (from, into) in [
            (&mut c.units, &mut rest.units),
            (&mut c.no_units, &mut rest.no_units),
            (&mut c.generic, &mut rest.generic),
            (&mut c.titles, &mut rest.titles),
            (&mut c.offices, &mut rest.offices),
            (&mut c.products, &mut rest.products),
            (&mut c.made, &mut rest.made),
        ] {
            into.append(from);
        }
        rest.surnames.push_str(&c.surnames);
        rest.not_given.push_str(&c.not_given);
        Ok(())
    }

    fn add_names(&mut self, file: &str, c: &LexiconFile) -> Result<(), LexiconError> {
        let region =
            |name: &str| Word { kind: EntityKind::Region, name: name.to_owned(), weak: false };
        for name in c.regions.iter().chain(&c.compounds).chain(&c.full_only) {
            self.words.insert(name.clone(), region(name));
        }
        for name in &c.regions {
            let short = short_place(name);
            if short.chars().count() >= 2 {
                self.words.insert(short.to_owned(), region(name));
            }
        }
        for entry in &c.word {
            for name in &entry.names {
                let kind = entity_kind(file, name, &entry.kind)?;
                let weak = matches!(
                    kind,
                    EntityKind::Chain
                        | EntityKind::Stage
                        | EntityKind::Technology
                        | EntityKind::Product
                );
                let word = Word { kind, name: name.clone(), weak };
                self.words.insert(name.clone(), word);
            }
        }
        for entry in &c.same {
            let kind = entity_kind(file, &entry.name, &entry.kind)?;
            for form in entry.aliases.iter().chain([&entry.name]) {
                let word = Word { kind, name: entry.name.clone(), weak: true };
                self.words.insert(form.clone(), word);
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Lexicon, LexiconError> {
        let longest = |words: &mut Vec<String>| words.sort_by_key(|w| std::cmp::Reverse(w.len()));
        let mut rest = self.rest;
        for list in [
            &mut rest.units,
            &mut rest.generic,
            &mut rest.titles,
            &mut rest.offices,
            &mut rest.trades,
            &mut rest.products,
        ] {
            longest(list);
        }
        // A known name is no place to cut, whatever characters it is made of.
        for word in self.words.keys() {
            self.boundaries.entry(word.clone()).or_insert(Boundary::Shield);
        }
        Ok(Lexicon {
            words: Words::new("lexicon/words.toml", self.words)?,
            boundaries: Words::new("lexicon/boundaries.toml", self.boundaries)?,
            suffixes: Words::new("lexicon/suffixes.toml", self.suffixes)?,
            heads: Words::new("lexicon/heads.toml", self.heads)?,
            leads: Words::new("lexicon/heads.toml", self.leads)?,
            objects: Words::new("lexicon/products.toml", self.objects)?,
            refuse: self.refuse,
            generic: rest.generic,
            units: rest.units,
            no_units: rest.no_units,
            titles: rest.titles,
            surnames: rest.surnames.chars().map(String::from).collect(),
            not_given: rest.not_given.chars().collect(),
            offices: rest.offices,
            trades: Words::new("lexicon/firms.toml", self.trades)?,
            common: self.common,
            products: rest.products,
            made: rest.made,
        })
    }
}

/// A place's name without its unit: 晨屿 of 晨屿区.
pub(crate) fn short_place(name: &str) -> &str {
    const UNITS: &[&str] =
        &["维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市", "区", "县"];
    UNITS.iter().find_map(|unit| name.strip_suffix(unit)).unwrap_or(name)
}
