//! A list that is nearly always of one.

use std::ops::Deref;

/// Rows that belong to another row. One of them needs no memory of its own.
#[derive(Debug, Clone)]
pub(crate) struct Few<T>(Kept<T>);

#[derive(Debug, Clone)]
enum Kept<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> Few<T> {
    pub(crate) fn one(value: T) -> Self {
        Self(Kept::One(value))
    }

    pub(crate) fn many(values: Vec<T>) -> Self {
        Self(Kept::Many(values))
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Kept::One(only) => std::slice::from_ref(only),
            Kept::Many(all) => all,
        }
    }
}
