//! Flags of the questions about trust and time.

use clap::{Args, ValueEnum};
use graph::model::{ClaimId, EntityKind};
use jiff::civil::Date;

use super::{Json, Moment, values};

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The first point: as it was known at this position of the log
    #[arg(long, value_name = "SEQ")]
    pub(crate) from: Option<u64>,
    /// The first point: only what held in the world on this day
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    pub(crate) from_valid_on: Option<Date>,
    /// The other point: as it was known at this position of the log
    #[arg(long, value_name = "SEQ")]
    pub(crate) to: Option<u64>,
    /// The other point: only what held in the world on this day
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    pub(crate) to_valid_on: Option<Date>,
    /// The most entities, the most relations and the most figures
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = values::count)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Timeline {
    /// When it was recorded, or since when it held in the world
    #[arg(long, value_enum, default_value_t = Clock::Valid)]
    pub(crate) clock: Clock,
    /// In steps of what
    #[arg(long, value_enum, default_value_t = Bucket::Year)]
    pub(crate) bucket: Bucket,
    /// Only what began on this day or later
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    pub(crate) from: Option<Date>,
    /// Only what began on this day or before
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    pub(crate) to: Option<Date>,
    /// The most buckets
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = values::count)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("withdrawn").required(true).args(["document", "claim"])))]
pub(crate) struct IfRetracted {
    /// Id of the document, or its exact title; with it goes every claim that quotes it
    #[arg(long, value_name = "ID")]
    pub(crate) document: Option<String>,
    /// Id of the claim
    #[arg(long, value_name = "ID")]
    pub(crate) claim: Option<ClaimId>,
    /// The most entities, the most relations and the most figures
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = values::count)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Conflicts {
    /// Only those about the entity with this name or id
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Its kind, where several bear the name
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<EntityKind>,
    /// The most results
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = values::count)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Duplicates {
    /// Only entities of this kind; may be repeated
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Vec<EntityKind>,
    /// Leave out pairs that score less
    #[arg(long, value_name = "0..1", default_value_t = 0.5, value_parser = values::confidence)]
    pub(crate) min_score: f64,
    /// The most pairs
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = values::count)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// One of the two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Clock {
    /// When it was first recorded (UTC)
    Recorded,
    /// Since when it held, as stated; else the date of its document
    Valid,
}

/// How wide a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bucket {
    /// A day
    Day,
    /// A month
    Month,
    /// A year
    Year,
}
