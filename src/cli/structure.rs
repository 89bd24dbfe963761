//! Flags of the questions about structure.

use clap::{Args, ValueEnum};
use graph::model::{EntityKind, Predicate};
use jiff::civil::Date;

use super::Json;

/// The point of both clocks that is asked about.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Moment {
    /// Only what held in the world on this day
    #[arg(long, value_name = "DATE")]
    pub(crate) valid_on: Option<Date>,
    /// As it was known at this position of the log
    #[arg(long, value_name = "SEQ")]
    pub(crate) at: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Names or ids of two entities or more
    #[arg(required = true, num_args = 2.., value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Over which relation
    #[arg(long, value_name = "PREDICATE", default_value_t = Predicate::Supplies)]
    pub(crate) predicate: Predicate,
    /// Where the entities named stand: `in` finds their suppliers, `out` their customers
    #[arg(long, value_enum, default_value_t = Direction::In)]
    pub(crate) direction: Direction,
    /// The most results
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// Which end of its relations an entity stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Direction {
    /// It is the source
    Out,
    /// It is the target
    In,
    /// Either
    Both,
}

#[derive(Debug, Args)]
pub(crate) struct Impact {
    /// Names or ids of the entities that fail together
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// How many tiers downstream
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=32))]
    pub(crate) depth: u32,
    /// The most entities touched
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Chokepoints {
    /// Name or id of the entity that is supplied
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Its kind, where several bear the name
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<EntityKind>,
    /// How many tiers upstream
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=32))]
    pub(crate) depth: u32,
    /// The most results
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}
