//! A list that is nearly always of one.

/// Rows that belong to another row. One of them needs no memory of its own.
#[derive(Debug, Clone, Default)]
pub(crate) enum Few<T> {
    #[default]
    None,
    One(T),
    Many(Vec<T>),
}

impl<T: Copy> Few<T> {
    pub(crate) fn push(&mut self, value: T) {
        match self {
            Self::None => *self = Self::One(value),
            Self::One(first) => *self = Self::Many(vec![*first, value]),
            Self::Many(all) => all.push(value),
        }
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(only) => std::slice::from_ref(only),
            Self::Many(all) => all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_stands_there_in_order() {
        let mut few = Few::default();
        for n in 0..4 {
            assert_eq!(few.as_slice(), (0..n).collect::<Vec<_>>());
            few.push(n);
        }
    }
}
