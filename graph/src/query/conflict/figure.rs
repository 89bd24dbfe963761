//! Whether two figures can both be true.

use crate::model::{Comparator, Observation};

/// How far a figure told as "about" may be off.
const ABOUT: f64 = 0.1;
/// How far rounding may put a figure off at most: one digit, as in 100, tells too little.
const ROUNDED_MOST: f64 = 0.05;
/// What the arithmetic of floating point may add.
const NOISE: f64 = 1e-9;

/// Between which bounds a figure lies, and by how much the bounds may be off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    low: f64,
    high: f64,
    slack: f64,
}

impl Bounds {
    pub(super) fn of<E>(figure: &Observation<E>) -> Self {
        let (low, high) = (figure.value, figure.value_max.unwrap_or(figure.value));
        let rounding = rounded_by(low).max(rounded_by(high));
        let about = ABOUT * low.abs().max(high.abs());
        match figure.comparator {
            Comparator::Exact => Self { low, high, slack: rounding },
            Comparator::About => Self { low, high, slack: rounding.max(about) },
            Comparator::Over => Self { low, high: f64::INFINITY, slack: rounding },
            Comparator::Under => Self { low: f64::NEG_INFINITY, high, slack: rounding },
        }
    }

    /// Whether both can be true: the bounds meet, or the coarser of them was rounded from what lies
    /// within the finer.
    pub(super) fn agrees_with(self, other: Self) -> bool {
        let (lower, upper) = if self.high < other.high { (self, other) } else { (other, self) };
        if upper.low <= lower.high {
            return true;
        }
        let gap = upper.low - lower.high;
        gap <= self.slack.max(other.slack) + NOISE * upper.low.abs().max(lower.high.abs())
    }
}

/// Half a unit of the last digit that is not zero: 340 亿 may be anything from 335 to 345.
fn rounded_by(value: f64) -> f64 {
    // The shortest digits that give this number, as the source had them: `3.4e10`.
    let digits = format!("{:e}", value.abs());
    let Some((mantissa, exponent)) = digits.split_once('e') else { return 0.0 };
    let after_point = mantissa.split_once('.').map_or(0, |(_, digits)| digits.len());
    let (Ok(exponent), Ok(after_point)) = (exponent.parse::<i32>(), i32::try_from(after_point))
    else {
        return 0.0;
    };
    let half_unit = 0.5 * 10_f64.powi(exponent - after_point);
    half_unit.min(ROUNDED_MOST * value.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Modality;

    fn bounds(comparator: Comparator, value: f64, value_max: Option<f64>) -> Bounds {
        let (metric, unit) = ("总产出".to_owned(), "CNY".to_owned());
        let (period, modality) = (None, Modality::Actual);
        let subject = ();
        Bounds::of(&Observation {
            subject,
            metric,
            value,
            value_max,
            unit,
            comparator,
            period,
            modality,
        })
    }

    #[test]
    fn rounding_explains_as_much_as_the_digits_leave_open() {
        let exact = |a, b| {
            let (a, b) = (bounds(Comparator::Exact, a, None), bounds(Comparator::Exact, b, None));
            assert_eq!(a.agrees_with(b), b.agrees_with(a));
            a.agrees_with(b)
        };
        assert!(exact(3.4e10, 3.43e10));
        assert!(exact(3.4e10, 3.45e10));
        assert!(!exact(3.4e10, 3.46e10));
        assert!(!exact(12.0, 13.0));
        assert!(exact(1.25, 1.2));
        assert!(exact(0.0, 0.0));
        assert!(!exact(0.0, 1.0));
        assert!(exact(100.0, 105.0));
        assert!(!exact(100.0, 140.0));
        assert!(!exact(-5.0, 5.0));
    }

    #[test]
    fn bounds_that_meet_agree() {
        let over = bounds(Comparator::Over, 100.0, None);
        let under = bounds(Comparator::Under, 80.0, None);
        let about = bounds(Comparator::About, 92.0, None);
        let range = bounds(Comparator::Exact, 60.0, Some(90.0));
        assert!(!over.agrees_with(under));
        assert!(over.agrees_with(about));
        assert!(!over.agrees_with(range));
        assert!(range.agrees_with(about));
        assert!(range.agrees_with(under));
        assert!(over.agrees_with(bounds(Comparator::Over, 1e6, None)));
        assert!(under.agrees_with(bounds(Comparator::Under, 1.0, None)));
    }
}
