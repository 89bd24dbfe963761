//! Templates of chains: read from files and folders, recorded as claims.

use std::fs;
use std::path::{Path, PathBuf};

use graph::decide::{Command, OnRefusal};
use graph::ledger::{Ledger, Submission};
use seeds::chain::ChainTemplate;

use crate::report::Failure;

/// In whose name templates are recorded.
const ACTOR: &str = "chain template";

/// What recording a template came to.
pub(crate) struct Loaded {
    /// The template with its version, as its claims name it.
    pub(crate) author: String,
    /// The chain.
    pub(crate) chain: String,
    pub(crate) stages: usize,
    /// Claims that were new.
    pub(crate) claims: usize,
}

/// Those that travel in the binary.
pub(crate) fn bundled() -> Result<Vec<ChainTemplate>, Failure> {
    ChainTemplate::bundled().map_err(|error| Failure::of(&error))
}

/// Reads files, and every `.toml` file of folders, in the order of their names.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<ChainTemplate>, Failure> {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut inside: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
            inside.push(entry.map_err(|error| unreadable(path, &error))?.path());
        }
        inside.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
        inside.sort_unstable();
        if inside.is_empty() {
            return Err(Failure::new(format!("{} holds no template", path.display()))
                .way_out("name a folder with .toml files, or a file"));
        }
        files.extend(inside);
    }
    let template = |file: &PathBuf| {
        let text = fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
        ChainTemplate::parse(&file.display().to_string(), &text)
            .map_err(|error| Failure::of(&error))
    };
    files.iter().map(template).collect()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} cannot be read: {error}", path.display()))
}

/// Records a template. Recording it again changes nothing.
pub(crate) async fn record(ledger: &Ledger, template: &ChainTemplate) -> Result<Loaded, Failure> {
    let command = Command::Record {
        documents: Vec::new(),
        drafts: template.drafts(),
        on_refusal: OnRefusal::RefuseAll,
    };
    let actor = ACTOR.to_owned();
    let receipt =
        ledger.submit(Submission { actor, command, expected: None, idempotency: None }).await?;
    Ok(Loaded {
        author: template.author(),
        chain: template.chain.clone(),
        stages: template.stages.len(),
        claims: receipt.accepted,
    })
}
