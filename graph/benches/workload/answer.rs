//! Answers in the caller's language, and whether they are right.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// "Any 20" of the workload.
pub(crate) const FIRST: usize = 20;

/// What a question hands back: ids as text, all rows.
#[derive(Debug)]
pub(crate) enum Answer {
    Point(String, &'static str, String),
    Named(Vec<(String, String)>),
    Linked(Vec<(&'static str, String, String)>),
    Ids(Vec<String>),
    Tiers(Vec<(String, u32)>),
    Ways(Vec<(&'static str, String)>),
    Counted(Vec<(String, usize)>),
    Length(usize),
}

impl Answer {
    /// How many rows it has; of a length, the length.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Point(..) => 1,
            Self::Named(rows) => rows.len(),
            Self::Linked(rows) => rows.len(),
            Self::Ids(rows) => rows.len(),
            Self::Tiers(rows) => rows.len(),
            Self::Ways(rows) => rows.len(),
            Self::Counted(rows) => rows.len(),
            Self::Length(length) => *length,
        }
    }

    /// Whether it is what the reference says, by the rules of the bench's own `check`; `id` gives
    /// the file's id of one of ours.
    pub(crate) fn is_right(&self, reference: &Value, id: impl Fn(&str) -> String) -> bool {
        let all = || reference.as_array().into_iter().flatten();
        match self {
            Self::Point(entity, kind, name) => json!([id(entity), kind, name]) == *reference,
            Self::Named(rows) => {
                let got: BTreeSet<String> = rows.iter().map(|(entity, _)| id(entity)).collect();
                let right: BTreeSet<String> = all().map(text).collect();
                got.len() == rows.len()
                    && rows.len() == right.len().min(FIRST)
                    && got.is_subset(&right)
            }
            Self::Linked(rows) => {
                let right: BTreeSet<String> = all().map(ToString::to_string).collect();
                let got = |row: &(&str, String, String)| json!([row.0, id(&row.1)]).to_string();
                rows.len() == all().count().min(FIRST)
                    && rows.iter().all(|r| right.contains(&got(r)))
            }
            Self::Counted(rows) => {
                json!(rows.iter().map(|row| row.1).collect::<Vec<_>>()) == *reference
            }
            Self::Length(length) => json!(length) == *reference,
            Self::Ids(rows) => sorted(rows.iter().map(|r| json!(id(r)))) == sorted(all().cloned()),
            Self::Tiers(rows) => {
                sorted(rows.iter().map(|r| json!([id(&r.0), r.1]))) == sorted(all().cloned())
            }
            Self::Ways(rows) => {
                sorted(rows.iter().map(|r| json!([r.0, id(&r.1)]))) == sorted(all().cloned())
            }
        }
    }

    /// The same for a ranking, of which the reference asks 18 of 20 to be the same.
    pub(crate) fn is_nearly_right(&self, reference: &Value, id: impl Fn(&str) -> String) -> bool {
        let Self::Ids(rows) = self else { return false };
        let got: BTreeSet<String> = rows.iter().map(|row| id(row)).collect();
        let right = reference.as_array().into_iter().flatten().map(text);
        right.filter(|right| got.contains(right)).count() >= FIRST - 2
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn sorted(rows: impl Iterator<Item = Value>) -> Vec<String> {
    let mut rows: Vec<String> = rows.map(|row| row.to_string()).collect();
    rows.sort_unstable();
    rows
}
