//! Dates as exact as their source: a year, a month or a day, each the interval that it spans.

use std::fmt;
use std::num::NonZeroI16;
use std::str::FromStr;

use jiff::civil::Date;
use thiserror::Error;

/// A date as the source gives it: `2023`, `2023-09` or `2023-09-04` (EDTF level 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FuzzyDate {
    // Four bytes, also where there may be none: a graph holds millions.
    year: NonZeroI16,
    /// 0 where the source gives none.
    month: i8,
    /// 0 where the source gives none.
    day: i8,
}

/// A text that is no date, interval or period.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DateError {
    /// Not a date of the calendar.
    #[error("`{0}` is no date; write 2023, 2023-09 or 2023-09-04")]
    NotADate(String),
    /// Not a period.
    #[error("`{0}` is no period; write 2024, 2025-01/2025-04, ../2025-05, 2024/.. or R/P1Y")]
    NotAPeriod(String),
    /// An end before its start.
    #[error("the end {to} lies before the start {from}")]
    Backwards {
        /// The start.
        from: FuzzyDate,
        /// The end.
        to: FuzzyDate,
    },
}

impl FuzzyDate {
    fn checked(year: i16, month: i8, day: i8) -> Result<Self, DateError> {
        let in_calendar =
            (1..=9999).contains(&year) && Date::new(year, month.max(1), day.max(1)).is_ok();
        match NonZeroI16::new(year).filter(|_| in_calendar) {
            Some(year) => Ok(Self { year, month, day }),
            None => Err(DateError::NotADate(format!("{year:04}-{month:02}-{day:02}"))),
        }
    }

    /// The first day that it may mean.
    pub fn earliest(self) -> Date {
        Date::new(self.year.get(), self.month.max(1), self.day.max(1)).unwrap_or(Date::MIN)
    }

    /// The last day that it may mean.
    pub fn latest(self) -> Date {
        let first = self.earliest();
        match (self.month, self.day) {
            (0, _) => first.last_of_year(),
            (_, 0) => first.last_of_month(),
            _ => first,
        }
    }

    /// Its year.
    pub fn year_number(self) -> i16 {
        self.year.get()
    }

    /// The date as a number that is in the order of dates and never 0.
    pub(crate) fn packed(self) -> u32 {
        let [year, month, day] =
            [self.year.get(), self.month.into(), self.day.into()].map(i16::unsigned_abs);
        u32::from(year) << 16 | u32::from(month) << 8 | u32::from(day)
    }

    /// The date of a number that [`FuzzyDate::packed`] gave; `None` for any other.
    pub(crate) fn unpacked(packed: u32) -> Option<Self> {
        if packed == 0 {
            return None;
        }
        let [high, low, month, day] = packed.to_be_bytes();
        let year = i16::try_from(u16::from_be_bytes([high, low])).ok()?;
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        let skips = month == 0 && day != 0;
        Self::checked(year, month, day).ok().filter(|_| !skips)
    }
}

impl fmt::Display for FuzzyDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if self.month != 0 {
            write!(f, "-{:02}", self.month)?;
        }
        if self.day != 0 {
            write!(f, "-{:02}", self.day)?;
        }
        Ok(())
    }
}

impl FromStr for FuzzyDate {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let bad = || DateError::NotADate(text.to_owned());
        let mut parts = text.split('-');
        let year = digits(parts.next(), 4).and_then(|y| i16::try_from(y).ok()).ok_or_else(bad)?;
        let two = |part: Option<&str>| match part {
            None => Ok(0),
            Some(p) => digits(Some(p), 2)
                .and_then(|n| i8::try_from(n).ok())
                .filter(|n| *n > 0)
                .ok_or_else(bad),
        };
        let (month, day) = (two(parts.next())?, two(parts.next())?);
        if parts.next().is_some() {
            return Err(bad());
        }
        Self::checked(year, month, day).map_err(|_| bad())
    }
}

fn digits(text: Option<&str>, width: usize) -> Option<u32> {
    let text = text.filter(|t| t.len() == width && t.bytes().all(|b| b.is_ascii_digit()))?;
    text.parse().ok()
}

/// When a fact held in the world, as stated: `from` included, `to` the first moment after.
///
/// A missing start means that none was stated, a missing end that none is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Validity {
    from: Option<FuzzyDate>,
    to: Option<FuzzyDate>,
}

impl Validity {
    /// Nothing is stated of when it held.
    pub const UNSTATED: Validity = Validity { from: None, to: None };

    /// Checks that the end does not lie before the start.
    ///
    /// # Errors
    /// [`DateError::Backwards`] when it does.
    pub fn new(from: Option<FuzzyDate>, to: Option<FuzzyDate>) -> Result<Self, DateError> {
        match (from, to) {
            (Some(from), Some(to)) if to.latest() < from.earliest() => {
                Err(DateError::Backwards { from, to })
            }
            _ => Ok(Self { from, to }),
        }
    }

    /// The stated start.
    pub fn from(self) -> Option<FuzzyDate> {
        self.from
    }

    /// The stated end.
    pub fn to(self) -> Option<FuzzyDate> {
        self.to
    }

    /// Whether the fact may have held on this day.
    ///
    /// Without a stated start it is not claimed before `evidenced_on`, the date of its document;
    /// without that either it holds at any time before its end. Fuzzy bounds are read generously:
    /// "until 2023" may reach to the end of that year.
    pub fn may_hold_on(self, day: Date, evidenced_on: Option<FuzzyDate>) -> bool {
        let started = self.from.or(evidenced_on).is_none_or(|from| from.earliest() <= day);
        let ended = self.to.is_some_and(|to| to.latest() <= day);
        started && !ended
    }
}

/// What span of time a figure speaks of, as an ISO 8601 interval. Not to be confused with
/// [`Validity`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// First date, if any.
    pub start: Option<FuzzyDate>,
    /// Last date, included, if any.
    pub end: Option<FuzzyDate>,
    /// A repetition such as `R/P1Y`, "every year".
    pub recurring: Option<String>,
}

impl Period {
    /// One date as a period.
    pub fn of(date: FuzzyDate) -> Self {
        Self { start: Some(date), end: Some(date), recurring: None }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.recurring.as_deref(), self.start, self.end) {
            (Some(rule), _, _) => f.write_str(rule),
            (None, Some(start), Some(end)) if start == end => write!(f, "{start}"),
            (None, Some(start), Some(end)) => write!(f, "{start}/{end}"),
            (None, Some(start), None) => write!(f, "{start}/.."),
            (None, None, Some(end)) => write!(f, "../{end}"),
            (None, None, None) => f.write_str("../.."),
        }
    }
}

impl FromStr for Period {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let bad = || DateError::NotAPeriod(text.to_owned());
        if let Some(rule) = text.strip_prefix("R/P") {
            let (count, unit) = rule.split_at(rule.len().saturating_sub(1));
            let known =
                matches!(unit, "Y" | "M" | "W" | "D") && digits(Some(count), count.len()).is_some();
            return if known && !count.is_empty() {
                Ok(Self { start: None, end: None, recurring: Some(text.to_owned()) })
            } else {
                Err(bad())
            };
        }
        let bound = |part: &str| match part {
            ".." => Ok(None),
            date => date.parse::<FuzzyDate>().map(Some).map_err(|_| bad()),
        };
        let (start, end) = match text.split_once('/') {
            Some((start, end)) => (bound(start)?, bound(end)?),
            None => return text.parse().map(Self::of).map_err(|_| bad()),
        };
        match (start, end) {
            (None, None) => Err(bad()),
            (Some(from), Some(to)) if to.latest() < from.earliest() => {
                Err(DateError::Backwards { from, to })
            }
            _ => Ok(Self { start, end, recurring: None }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn dates_read_and_print_alike_and_span_their_interval() {
        for text in ["2023", "2023-09", "2023-09-04", "2024-02-29"] {
            let date: FuzzyDate = text.parse().unwrap();
            assert_eq!(date.to_string(), text);
            assert_eq!(FuzzyDate::unpacked(date.packed()), Some(date));
        }
        for packed in [0, 1, 2023 << 16 | 4, 2023 << 16 | 13 << 8, 10_000 << 16, u32::MAX] {
            assert_eq!(FuzzyDate::unpacked(packed), None);
        }
        for text in
            ["", "23", "2023-13", "2023-02-30", "2023-9", "2023-09-04-01", "0000", "２０２３"]
        {
            assert!(text.parse::<FuzzyDate>().is_err(), "{text}");
        }
        let month: FuzzyDate = "2024-02".parse().unwrap();
        assert_eq!((month.earliest(), month.latest()), (day("2024-02-01"), day("2024-02-29")));
    }

    #[test]
    fn a_fact_is_not_claimed_before_its_evidence_nor_at_its_end() {
        let evidence = Some("2025-05-24".parse().unwrap());
        assert!(!Validity::UNSTATED.may_hold_on(day("2025-05-23"), evidence));
        assert!(Validity::UNSTATED.may_hold_on(day("2025-05-24"), evidence));
        assert!(Validity::UNSTATED.may_hold_on(day("1999-01-01"), None));
        let bounded = Validity::new("2018".parse().ok(), "2020-03-01".parse().ok()).unwrap();
        assert!(bounded.may_hold_on(day("2018-01-01"), None));
        assert!(bounded.may_hold_on(day("2020-02-29"), None));
        assert!(!bounded.may_hold_on(day("2020-03-01"), None));
        assert!(Validity::new("2020".parse().ok(), "2019".parse().ok()).is_err());
    }

    #[test]
    fn periods_read_and_print_alike() {
        for text in
            ["2024", "2025-01/2025-04", "../2025-05", "2024/..", "R/P1Y", "2025-01-01/2025-05"]
        {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        for text in ["../..", "R/P", "R/PY", "x", "2025/2024", "/", "2024/"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
