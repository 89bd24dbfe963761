//! Days in two bytes, for asking millions of relations whether they held.

use jiff::civil::Date;

/// The first of the years whose days have numbers of their own, and the last.
const FIRST: i16 = 1900;
const LAST: i16 = 2075;
/// Numbers of a month and of a year: in the order of days, some given to no day.
const MONTH: i16 = 31;
const YEAR: u16 = 12 * MONTH.unsigned_abs();
/// What stands for all days after the last year.
const AFTER: u16 = u16::MAX;
/// The first day of the first year, which stands for all days before it too.
const BEFORE: u16 = 1;

/// The number of a day, if it has one of its own.
fn number(day: Date) -> Option<u16> {
    let years = u16::try_from(day.year().checked_sub(FIRST)?).ok()?;
    let months = i16::from(day.month()) - 1;
    let days = months * MONTH + i16::from(day.day());
    (day.year() <= LAST).then(|| years * YEAR + days.unsigned_abs())
}

/// From when until before when something held. Exact for [`Days`] that have a number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    from: u16,
    until: u16,
}

impl Held {
    /// Whenever one asks.
    pub(super) const ALWAYS: Held = Held { from: BEFORE, until: AFTER };

    /// From one day on until the day before another; open where there is none.
    pub(super) fn between(from: Option<Date>, until: Option<Date>) -> Self {
        let clamped =
            |day: Date| number(day).unwrap_or(if day.year() < FIRST { BEFORE } else { AFTER });
        Self { from: from.map_or(BEFORE, clamped), until: until.map_or(AFTER, clamped) }
    }

    /// Whether it held on one of these days. No branch: days come in no order, and one would be
    /// guessed wrong.
    #[inline]
    pub(crate) fn on(self, days: Days) -> bool {
        (self.from <= days.last) & (days.first < self.until)
    }
}

/// The days that a walk asks for: one, or all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days {
    first: u16,
    last: u16,
}

impl Days {
    /// Whenever it held.
    pub(crate) const ALL: Days = Days { first: 0, last: AFTER };

    /// One day; `None` if it has no number.
    pub(crate) fn only(day: Date) -> Option<Self> {
        number(day).map(|day| Self { first: day, last: day })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn what_held_on_a_day_is_told_as_by_the_days_themselves() {
        let days = [
            "0001-01-01",
            "1899-12-31",
            "1900-01-01",
            "1900-01-02",
            "1999-12-31",
            "2000-01-01",
            "2000-01-31",
            "2000-02-01",
            "2000-02-29",
            "2000-03-01",
            "2075-12-31",
            "2076-01-01",
            "9999-12-31",
        ]
        .map(day);
        let bounds = || days.iter().map(|day| Some(*day)).chain([None]);
        for (from, until) in bounds().flat_map(|from| bounds().map(move |until| (from, until))) {
            let held = Held::between(from, until);
            assert!(held.on(Days::ALL), "{from:?} to {until:?}");
            for day in days {
                let Some(asked) = Days::only(day) else {
                    assert!(!(FIRST..=LAST).contains(&day.year()));
                    continue;
                };
                let expected = from.is_none_or(|from| from <= day) && until.is_none_or(|u| day < u);
                assert_eq!(held.on(asked), expected, "{from:?} to {until:?} on {day}");
            }
        }
    }
}
