//! Aliases, roles and identifiers on entity lines: claims, unless a line of their own states them.

use std::collections::HashMap;

use graph::model::{Identifier, LocalEntity, Role, Statement};

/// Short forms that wait for the end of the file, in the order of the file.
#[derive(Default)]
pub(super) struct Shorthand {
    waiting: Vec<Option<(usize, Statement<LocalEntity>)>>,
    places: HashMap<Key, usize>,
}

/// What makes a line of its own say the same as a short form.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Alias(LocalEntity, String),
    Role(LocalEntity, Role),
    Identifier(LocalEntity, Identifier),
}

impl Key {
    fn of(statement: &Statement<LocalEntity>) -> Option<Self> {
        match statement {
            Statement::Alias { entity, text } => Some(Self::Alias(*entity, text.clone())),
            Statement::Role(held) => Some(Self::Role(held.entity, held.role)),
            Statement::Identifier { entity, identifier } => {
                Some(Self::Identifier(*entity, identifier.clone()))
            }
            _ => None,
        }
    }
}

impl Shorthand {
    /// Keeps a short form of this line until the end, once.
    pub(super) fn keep(&mut self, line: usize, statement: Statement<LocalEntity>) {
        let Some(key) = Key::of(&statement) else { return };
        let place = self.waiting.len();
        if *self.places.entry(key).or_insert(place) == place {
            self.waiting.push(Some((line, statement)));
        }
    }

    /// Drops the short form of what a line of its own states.
    pub(super) fn give_way_to(&mut self, statement: &Statement<LocalEntity>) {
        if self.places.is_empty() {
            return;
        }
        let place = Key::of(statement).and_then(|key| self.places.get(&key));
        if let Some(waiting) = place.and_then(|place| self.waiting.get_mut(*place)) {
            *waiting = None;
        }
    }

    /// What no line of its own stated.
    pub(super) fn finish(self) -> impl Iterator<Item = (usize, Statement<LocalEntity>)> {
        self.waiting.into_iter().flatten()
    }
}
