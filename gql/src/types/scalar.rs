//! Scalars: dates as exact as their source, moments, positions, JSON.

use async_graphql::{InputValueError, InputValueResult, Number, Scalar, ScalarType, Value};
use graph::model;
use jiff::{Timestamp, civil};

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date(pub(crate) civil::Date);

/// A day of the calendar (ISO 8601): `2025-05-23`.
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let wrong = || InputValueError::custom("a Date is written 2025-05-23");
        match &value {
            // A clock time would be accepted by the calendar library and then be forgotten.
            Value::String(text) if text.len() == 10 => {
                text.parse().map(Self).map_err(|_| wrong())
            }
            _ => Err(wrong()),
        }
    }

    fn to_value(&self) -> Value {
        self.0.to_string().into()
    }
}

/// A date as its source gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FuzzyDate(pub(crate) model::FuzzyDate);

/// A date as exact as its source, no more: a year `2023`, a month `2023-09` or a day `2023-09-04`.
/// It stands for the whole interval that it spans, and is compared as such.
#[Scalar(name = "FuzzyDate")]
impl ScalarType for FuzzyDate {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text.parse().map(Self).map_err(InputValueError::custom),
            _ => Err(InputValueError::custom("a FuzzyDate is written 2023, 2023-09 or 2023-09-04")),
        }
    }

    fn to_value(&self) -> Value {
        self.0.to_string().into()
    }
}

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateTime(pub(crate) Timestamp);

impl DateTime {
    /// Of Unix milliseconds; a reading outside the calendar (no clock gives one) is its first moment.
    pub(crate) fn of_ms(ms: i64) -> Self {
        Self(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MIN))
    }
}

/// A moment (RFC 3339), answered in UTC: `2025-05-24T08:30:00Z`.
#[Scalar(name = "DateTime")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let wrong = || InputValueError::custom("a DateTime is written 2025-05-24T08:30:00Z");
        match &value {
            Value::String(text) => text.parse().map(Self).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }

    fn to_value(&self) -> Value {
        self.0.to_string().into()
    }
}

/// A position of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seq(pub(crate) store::Seq);

/// A position in the event log: 1, 2, 3 … without gaps; 0 stands before the first event. A JSON
/// integer; text of digits is taken too.
#[Scalar(name = "Seq")]
impl ScalarType for Seq {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        // Beyond 2^53 a JSON number is no longer exact everywhere.
        match number.filter(|n| *n < 1 << 53) {
            Some(number) => Ok(Self(store::Seq::new(number))),
            None => Err(InputValueError::custom("a Seq is a whole number from 0 on")),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(Number::from(self.0.get()))
    }
}

/// Any JSON.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Json(pub(crate) Value);

/// Any JSON value.
#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}
