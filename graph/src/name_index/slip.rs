//! One typing slip: a letter missing, added, wrong, or two swapped.

/// Where two texts differ by one slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slip {
    /// Letters before it, which agree.
    pub(crate) before: usize,
    /// Letters behind it, which agree.
    pub(crate) behind: usize,
}

/// The slip by which two texts differ; `None` where they are equal or differ by more.
///
/// Cost: linear.
pub(crate) fn slip<T: PartialEq>(a: &[T], b: &[T]) -> Option<Slip> {
    let before = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[before..], &b[before..]);
    let behind = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - behind], &b[..b.len() - behind]);
    let is_one = match (a, b) {
        ([_], [_] | []) | ([], [_]) => true,
        ([x, y], [v, w]) => x == w && y == v,
        _ => false,
    };
    is_one.then_some(Slip { before, behind })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn letters() -> impl Strategy<Value = String> {
        proptest::collection::vec(proptest::sample::select(vec!['a', 'b', 'c']), 0..7)
            .prop_map(|letters| letters.into_iter().collect())
    }

    proptest! {
        /// The same as a distance of one that counts a swap of neighbours as one.
        #[test]
        fn a_slip_is_a_distance_of_one(a in letters(), b in letters()) {
            let one = strsim::osa_distance(&a, &b) == 1;
            prop_assert_eq!(slip(a.as_bytes(), b.as_bytes()).is_some(), one);
        }
    }

    #[test]
    fn what_agrees_around_a_slip_is_told() {
        assert_eq!(slip(b"siemens", b"simens"), Some(Slip { before: 2, behind: 4 }));
        assert_eq!(slip(b"abcd", b"acbd"), Some(Slip { before: 1, behind: 1 }));
        assert_eq!(slip(b"same", b"same"), None);
    }
}
