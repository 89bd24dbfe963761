//! The stages of a chain, in order, and the words by which each is known.

use std::collections::BTreeSet;

use petgraph::Direction;

use crate::model::{EntityKind, NameKey, Predicate};
use crate::query::standing::{stage_of, text_of};
use crate::state::{EntityIx, RelationIx};
use crate::view::View;

/// A stage before anyone stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) stage: EntityIx,
    pub(super) position: Option<String>,
    pub(super) part_of: Vec<RelationIx>,
    /// Names of the stage and words of its scope, in the form in which names are compared.
    words: Vec<String>,
}

/// What stands between the words of a scope.
const BETWEEN_WORDS: [char; 5] = ['、', '，', ',', ';', '；'];
/// A word of one letter is in too many names.
const WORD_CHARS_MIN: usize = 2;

impl Outline {
    fn of(view: &View, chain: EntityIx, stage: EntityIx) -> Self {
        let out = view.relations(stage, Some(Direction::Outgoing)).into_iter();
        let part_of: Vec<RelationIx> = out
            .filter(|ix| view.predicate(*ix) == Predicate::PartOf && view.is_actual(*ix))
            .filter(|ix| view.ends(*ix).1 == chain)
            .collect();
        let scopes = part_of.iter().filter_map(|ix| text_of(view, *ix, "scope"));
        let mut words: Vec<String> = scopes
            .flat_map(|scope| scope.split(BETWEEN_WORDS).map(str::to_owned).collect::<Vec<_>>())
            .chain(view.aliases(stage).iter().map(ToString::to_string))
            .chain([view.name(stage).to_string()])
            .map(|word| NameKey::of(&word).as_str().to_owned())
            .filter(|word| word.chars().count() >= WORD_CHARS_MIN)
            .collect();
        words.sort_unstable();
        words.dedup();
        let position = part_of.iter().find_map(|ix| text_of(view, *ix, "position"));
        Self { stage, position, part_of, words }
    }

    /// Whether a text has one of its words.
    pub(super) fn names(&self, text: &str) -> bool {
        self.words.iter().any(|word| text.contains(word.as_str()))
    }

    fn level(&self) -> u8 {
        match self.position.as_deref() {
            Some("upstream") => 0,
            Some("downstream") => 2,
            _ => 1,
        }
    }
}

/// The stages of a chain, upstream first: a stage comes after those that feed it; among the rest by
/// position, then as first stated. Stages that feed one another in a circle come in that order too.
pub(super) fn outline(view: &View, chain: EntityIx) -> Vec<Outline> {
    let mut stages: Vec<EntityIx> = Vec::new();
    for relation in view.relations(chain, Some(Direction::Incoming)) {
        let stage = match view.predicate(relation) {
            Predicate::PartOf => Some(view.ends(relation).0),
            Predicate::MemberOf | Predicate::Leads => stage_of(view, relation),
            _ => None,
        };
        let stage = stage.filter(|s| view.kind(*s) == EntityKind::Stage);
        let Some(stage) = stage.filter(|_| view.is_actual(relation)) else { continue };
        if !stages.contains(&stage) {
            stages.push(stage);
        }
    }
    let mut waiting: Vec<Outline> =
        stages.into_iter().map(|stage| Outline::of(view, chain, stage)).collect();
    let mut left: BTreeSet<EntityIx> = waiting.iter().map(|outline| outline.stage).collect();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let fed = |outline: &Outline| {
            let feeding = neighbours(view, outline.stage, Direction::Incoming);
            feeding.iter().any(|from| left.contains(from) && *from != outline.stage)
        };
        let next = (0..waiting.len())
            .min_by_key(|at| (fed(&waiting[*at]), waiting[*at].level(), *at))
            .unwrap_or_default();
        let outline = waiting.remove(next);
        left.remove(&outline.stage);
        ordered.push(outline);
    }
    ordered
}

/// Stages that feed this one (`Incoming`) or are fed by it.
pub(super) fn neighbours(view: &View, stage: EntityIx, way: Direction) -> Vec<EntityIx> {
    let links = view.relations(stage, Some(way)).into_iter();
    links
        .filter(|ix| view.predicate(*ix) == Predicate::Feeds && view.is_actual(*ix))
        .map(|ix| match way {
            Direction::Incoming => view.ends(ix).0,
            Direction::Outgoing => view.ends(ix).1,
        })
        .collect()
}
