//! What is compared: the gold of an article, and what an extraction says.

use std::io::{BufRead, Read};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::EvalError;

/// What a person read in an article.
#[derive(Debug, Clone, Deserialize)]
pub struct Gold {
    pub(super) entities: Vec<Entity>,
    pub(super) relations: Vec<Relation>,
    pub(super) observations: Vec<Figure>,
}

/// What an extraction says.
#[derive(Debug, Clone, Default)]
pub struct Said {
    pub(super) entities: Vec<Entity>,
    pub(super) relations: Vec<Relation>,
    pub(super) observations: Vec<Figure>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Entity {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
}

impl Entity {
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(&self.aliases).map(String::as_str)
    }

    pub(super) fn label(&self) -> String {
        format!("{} {}", self.kind, self.name)
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Relation {
    pub(super) r#type: String,
    pub(super) source: String,
    pub(super) target: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Figure {
    pub(super) subject: String,
    pub(super) metric: Option<String>,
    pub(super) value: f64,
    pub(super) unit: Option<String>,
    pub(super) comparator: Option<String>,
}

impl Gold {
    /// Reads a gold file: one JSON object with `entities`, `relations` and `observations`.
    ///
    /// # Errors
    /// [`EvalError::Gold`] with the place of the fault.
    pub fn read(input: impl Read) -> Result<Self, EvalError> {
        serde_json::from_reader(input).map_err(EvalError::Gold)
    }
}

impl Said {
    /// Reads the entity, relation and observation lines of a claims file.
    ///
    /// # Errors
    /// [`EvalError`] for the first line that cannot be scored.
    pub fn read(input: impl BufRead) -> Result<Self, EvalError> {
        let mut said = Self::default();
        for (number, line) in input.lines().enumerate() {
            let line = line?;
            let text = line.trim_start_matches('\u{feff}').trim();
            if text.is_empty() {
                continue;
            }
            said.line(text).map_err(|reason| EvalError::Claims { line: number + 1, reason })?;
        }
        Ok(said)
    }

    fn line(&mut self, text: &str) -> Result<(), String> {
        #[derive(Deserialize)]
        struct Tag {
            r#type: Option<String>,
        }
        /// A claims line has a `type` of its own, which is not the predicate.
        #[derive(Deserialize)]
        struct RelationLine {
            predicate: String,
            source: String,
            target: String,
        }
        match parse::<Tag>(text)?.r#type.as_deref() {
            Some("entity") => self.entities.push(parse(text)?),
            Some("relation") => {
                let RelationLine { predicate, source, target } = parse(text)?;
                self.relations.push(Relation { r#type: predicate, source, target });
            }
            Some("observation") => self.observations.push(parse(text)?),
            _ => {}
        }
        Ok(())
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let reason = message.split(" at line ").next().unwrap_or(&message);
        format!("{reason} (column {})", error.column())
    })
}
