//! Templates of chains: which stages a chain has, what feeds what, by which words each is known.
//!
//! A template is an outline and states nothing of any firm. Recorded, it becomes claims that say
//! who drew it (`chain-template/NAME@VERSION`), without evidence: the chain, its stages with their
//! position and scope, and FEEDS between them. Who stands where, articles must say.

use std::collections::{BTreeMap, BTreeSet};

use graph::model::{
    ClaimDraft, ClaimStatus, Confidence, Drafts, EntityDraft, EntityKind, LocalEntity, Modality,
    Predicate, Qualifiers, RelationStatement, Statement, TextQualifier, Validity,
};
use include_dir::{Dir, include_dir};
use serde::Deserialize;
use thiserror::Error;

static BUNDLED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/chains");

/// How sure a template is: a convention of the trade, not something observed.
const CONFIDENCE: f64 = 0.8;
/// Stands between the words of a scope; no word may hold it.
const BETWEEN_WORDS: &str = "、";

/// A template that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// A file that is no TOML, or holds fields that no template has.
    #[error("{file} is not well formed: {reason}")]
    Syntax {
        /// Which file.
        file: String,
        /// What the parser says, with its place.
        reason: String,
    },
    /// A template that contradicts itself.
    #[error("{file}, stage `{stage}`: {reason}")]
    Stage {
        /// Which file.
        file: String,
        /// Which stage, by name.
        stage: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The outline of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainTemplate {
    /// Its name: short, Latin, the same in every version.
    pub name: String,
    /// Raised whenever the outline changes.
    pub version: u32,
    /// The name of the chain.
    pub chain: String,
    /// Other names of the chain.
    #[serde(default)]
    pub also: Vec<String>,
    /// Its stages.
    #[serde(rename = "stage")]
    pub stages: Vec<StageTemplate>,
}

/// A stage of the outline.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageTemplate {
    /// Its name.
    pub name: String,
    /// `upstream`, `midstream` or `downstream`.
    pub position: String,
    /// Words by which its products are known, beside its name.
    #[serde(default)]
    pub scope: Vec<String>,
    /// The stages that it feeds, by name.
    #[serde(default)]
    pub feeds: Vec<String>,
}

impl ChainTemplate {
    /// Reads a template; `file` names it in errors.
    ///
    /// # Errors
    /// [`TemplateError`] that says which stage is wrong and how.
    pub fn parse(file: &str, text: &str) -> Result<Self, TemplateError> {
        let syntax = |reason: String| TemplateError::Syntax { file: file.to_owned(), reason };
        let template: Self =
            toml::from_str(text).map_err(|error| syntax(error.to_string().trim().to_owned()))?;
        if template.name.is_empty() || template.chain.trim().is_empty() {
            return Err(syntax("`name` and `chain` must not be empty".into()));
        }
        if template.stages.is_empty() {
            return Err(syntax("a chain has one `[[stage]]` at least".into()));
        }
        template.check(file)?;
        Ok(template)
    }

    /// The templates that travel in the binary, by name.
    ///
    /// # Errors
    /// [`TemplateError`] if one cannot be used, which a test rules out.
    pub fn bundled() -> Result<Vec<Self>, TemplateError> {
        let mut files: Vec<(String, &str)> = BUNDLED
            .files()
            .map(|f| (f.path().display().to_string(), f.contents_utf8().unwrap_or_default()))
            .collect();
        files.sort_unstable();
        files.iter().map(|(file, text)| Self::parse(file, text)).collect()
    }

    fn check(&self, file: &str) -> Result<(), TemplateError> {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        let wrong = |stage: &StageTemplate, reason: String| TemplateError::Stage {
            file: file.to_owned(),
            stage: stage.name.clone(),
            reason,
        };
        for stage in &self.stages {
            if stage.name.trim().is_empty() || !names.insert(&stage.name) {
                return Err(wrong(stage, "each stage needs a name of its own".into()));
            }
            if !matches!(&*stage.position, "upstream" | "midstream" | "downstream") {
                let reason = format!(
                    "`position` is upstream, midstream or downstream, not `{}`",
                    stage.position
                );
                return Err(wrong(stage, reason));
            }
            if let Some(word) =
                stage.scope.iter().find(|w| w.trim().is_empty() || w.contains(BETWEEN_WORDS))
            {
                let reason = format!("`{word}` is no word; write each as a string of its own");
                return Err(wrong(stage, reason));
            }
        }
        for stage in &self.stages {
            let unknown =
                stage.feeds.iter().find(|to| !names.contains(&***to) || **to == stage.name);
            if let Some(to) = unknown {
                return Err(wrong(stage, format!("it feeds `{to}`, which is no other stage here")));
            }
        }
        Ok(())
    }

    /// Who is said to assert its claims.
    pub fn author(&self) -> String {
        format!("chain-template/{}@{}", self.name, self.version)
    }

    /// The template as claims.
    pub fn drafts(&self) -> Drafts {
        let mut drafts = Drafts::none();
        let mut entity = |kind, name: &str, also: &[String]| {
            let (name, also_known_as) = (name.to_owned(), also.to_vec());
            drafts.entities.push(EntityDraft::Named { kind, name, also_known_as });
            LocalEntity(drafts.entities.len() - 1)
        };
        let chain = entity(EntityKind::Chain, &self.chain, &self.also);
        let stages: BTreeMap<&str, LocalEntity> = self
            .stages
            .iter()
            .map(|stage| (&*stage.name, entity(EntityKind::Stage, &stage.name, &[])))
            .collect();
        for text in &self.also {
            drafts.claims.push(self.said(Statement::Alias { entity: chain, text: text.clone() }));
        }
        for stage in &self.stages {
            let mut qualifiers = Qualifiers::none();
            qualifiers.texts.insert(TextQualifier::Position, stage.position.clone());
            if !stage.scope.is_empty() {
                qualifiers.texts.insert(TextQualifier::Scope, stage.scope.join(BETWEEN_WORDS));
            }
            let here = stages[&*stage.name];
            drafts.claims.push(self.related(Predicate::PartOf, here, chain, qualifiers));
            for to in &stage.feeds {
                let (to, none) = (stages[&**to], Qualifiers::none());
                drafts.claims.push(self.related(Predicate::Feeds, here, to, none));
            }
        }
        drafts
    }

    fn related(
        &self,
        predicate: Predicate,
        source: LocalEntity,
        target: LocalEntity,
        qualifiers: Qualifiers<LocalEntity>,
    ) -> ClaimDraft {
        self.said(Statement::Relation(RelationStatement {
            predicate,
            source,
            target,
            qualifiers,
            validity: Validity::UNSTATED,
            modality: Modality::Actual,
        }))
    }

    fn said(&self, statement: Statement<LocalEntity>) -> ClaimDraft {
        ClaimDraft {
            statement,
            evidence: None,
            confidence: Confidence::new(CONFIDENCE).unwrap_or(Confidence::CERTAIN),
            asserted_by: self.author(),
            status: Some(ClaimStatus::Accepted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        name = "small"
        version = 2
        chain = "某产业"
        also = ["某业"]
        [[stage]]
        name = "料"
        position = "upstream"
        scope = ["粉", "粒"]
        feeds = ["机"]
        [[stage]]
        name = "机"
        position = "downstream"
    "#;

    #[test]
    fn a_template_becomes_claims_that_name_it() {
        let drafts = ChainTemplate::parse("small.toml", SMALL).unwrap().drafts();
        assert_eq!((drafts.entities.len(), drafts.claims.len()), (3, 4));
        assert!(drafts.claims.iter().all(|c| c.asserted_by == "chain-template/small@2"));
        let Statement::Relation(part) = &drafts.claims[1].statement else {
            panic!("{:?}", drafts.claims[1])
        };
        assert_eq!(part.predicate, Predicate::PartOf);
        assert_eq!(part.qualifiers.texts[&TextQualifier::Scope], "粉、粒");
    }

    #[test]
    fn what_is_wrong_with_a_template_is_said() {
        for (good, bad, says) in [
            ("feeds = [\"机\"]", "feeds = [\"车\"]", "车"),
            ("feeds = [\"机\"]", "feeds = [\"料\"]", "料"),
            ("position = \"upstream\"", "position = \"above\"", "above"),
            ("name = \"机\"", "name = \"料\"", "a name of its own"),
            ("\"粒\"", "\"粒、片\"", "粒、片"),
            ("version = 2", "version = \"two\"", "small.toml"),
            ("version = 2", "colour = 2", "colour"),
        ] {
            let text = SMALL.replace(good, bad);
            assert_ne!(text, SMALL);
            let error = ChainTemplate::parse("small.toml", &text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn bundled_templates_are_sound_and_of_different_chains() {
        let all = ChainTemplate::bundled().unwrap();
        let chains: BTreeSet<&str> = all.iter().map(|t| &*t.chain).collect();
        assert!(all.len() >= 3 && chains.len() == all.len(), "{chains:?}");
    }
}
