//! Figures about an entity.

use async_graphql::{Object, SimpleObject};
use graph::model::{Comparator, Modality};
use graph::view::{ObservationView, View};

use super::claim::Claim;
use super::entity::Entity;
use super::scalar::FuzzyDate;
use super::word::Word;

/// A figure of a view.
#[derive(Clone)]
pub(crate) struct Observation {
    view: View,
    shown: ObservationView,
}

impl Observation {
    pub(crate) fn new(view: &View, shown: ObservationView) -> Self {
        Self { view: view.clone(), shown }
    }
}

/// A figure about an entity, in base units: 超340亿元 is 34000000000 CNY OVER. Two figures for one
/// metric and period both stay.
#[Object]
impl Observation {
    /// Whom it is about.
    async fn subject(&self) -> Entity {
        Entity::new(&self.view, self.shown.figure.subject)
    }

    /// What is measured, as a short Chinese noun phrase: 总产出, 国家高新技术企业数.
    async fn metric(&self) -> &str {
        &self.shown.figure.metric
    }

    /// The value in base units; the lower one of a range.
    async fn value(&self) -> f64 {
        self.shown.figure.value
    }

    /// The upper value of a range.
    async fn value_max(&self) -> Option<f64> {
        self.shown.figure.value_max
    }

    /// The unit: CNY, %, km2, or the measure word as written.
    async fn unit(&self) -> &str {
        &self.shown.figure.unit
    }

    /// How the words around it bound it.
    async fn comparator(&self) -> Word<Comparator> {
        Word(self.shown.figure.comparator)
    }

    /// What time it speaks of. Null where the text gives none.
    async fn period(&self) -> Option<Period> {
        let period = self.shown.figure.period.as_ref()?;
        Some(Period {
            start: period.start.map(FuzzyDate),
            end: period.end.map(FuzzyDate),
            recurring: period.recurring.clone(),
        })
    }

    /// Whether it is so, or planned.
    async fn modality(&self) -> Word<Modality> {
        Word(self.shown.figure.modality)
    }

    /// Who says so.
    async fn claim(&self) -> Claim {
        Claim::new(&self.view, self.shown.claim)
    }
}

/// The span of time that a figure speaks of.
#[derive(SimpleObject)]
pub(crate) struct Period {
    /// First date, if any.
    start: Option<FuzzyDate>,
    /// Last date, included, if any.
    end: Option<FuzzyDate>,
    /// A repetition such as `R/P1Y`: every year.
    recurring: Option<String>,
}
