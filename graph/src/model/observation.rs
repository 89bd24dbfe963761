//! Observations: figures about an entity.

use thiserror::Error;

use super::date::Period;
use super::relation::Modality;
use super::vocabulary::vocabulary;

vocabulary! {
    /// How the figure is bounded by the words around it.
    Comparator, "comparator", {
        /// As stated.
        Exact = "EXACT",
        /// 约, 近, 左右.
        About = "ABOUT",
        /// 超, 逾, 突破, 以上, 多, 余.
        Over = "OVER",
        /// 不足, 以内.
        Under = "UNDER",
    }
}

/// A figure about an entity: value in the base unit, with comparator and period.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation<E> {
    /// Whom it is about: the narrowest entity.
    pub subject: E,
    /// A short Chinese noun phrase: 总产出, 国家高新技术企业数.
    pub metric: String,
    /// The value in base units (CNY, %, km2, t, s, d, 月, 年, or the measure word as written).
    pub value: f64,
    /// The upper value of a range.
    pub value_max: Option<f64>,
    /// The unit.
    pub unit: String,
    /// How the words bound it.
    pub comparator: Comparator,
    /// What time it speaks of; `None` where the text gives none.
    pub period: Option<Period>,
    /// Whether it is a plan.
    pub modality: Modality,
}

/// A figure that says nothing.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ObservationError {
    /// Not a finite number.
    #[error("the value of `{0}` is not a finite number")]
    NotFinite(String),
    /// A range whose end lies below its start.
    #[error("the range of `{metric}` runs backwards: {value} to {value_max}")]
    Backwards {
        /// The metric.
        metric: String,
        /// Lower value as given.
        value: f64,
        /// Upper value as given.
        value_max: f64,
    },
    /// No metric or no unit.
    #[error("an observation needs a metric and a unit of 1 to 100 characters")]
    Unnamed,
}

impl<E> Observation<E> {
    /// Checks that the figure is finite, named and not backwards.
    ///
    /// # Errors
    /// [`ObservationError`] that says what is wrong.
    pub fn check(&self) -> Result<(), ObservationError> {
        let named = |s: &str| (1..=100).contains(&s.trim().chars().count());
        if !named(&self.metric) || !named(&self.unit) {
            return Err(ObservationError::Unnamed);
        }
        if !self.value.is_finite() || self.value_max.is_some_and(|v| !v.is_finite()) {
            return Err(ObservationError::NotFinite(self.metric.clone()));
        }
        match self.value_max {
            Some(value_max) if value_max < self.value => Err(ObservationError::Backwards {
                metric: self.metric.clone(),
                value: self.value,
                value_max,
            }),
            _ => Ok(()),
        }
    }
}
