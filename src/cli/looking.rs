//! Flags of the questions that look around: a name, how much there is, a network, a neighbourhood.

use clap::Args;
use graph::model::{EntityKind, Predicate};

use super::{Json, Moment, values};

#[derive(Debug, Args)]
pub(crate) struct Find {
    /// A name, part of one, its pinyin or initials
    #[arg(value_name = "TEXT", value_parser = values::part_of_a_name)]
    pub(crate) text: String,
    /// Only entities of this kind; may be repeated
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Vec<EntityKind>,
    /// The most results
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = values::count)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Stats {
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Network {
    /// Name or id of the network
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Subgraph {
    /// Names or ids of the entities in the middle
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// How many relations away
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=32))]
    pub(crate) depth: u32,
    /// The most entities; the nearest and best known stay
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = values::count)]
    pub(crate) limit: usize,
    /// Over this relation; may be repeated; over every one if none is named
    #[arg(long = "predicate", value_name = "PREDICATE")]
    pub(crate) predicates: Vec<Predicate>,
    /// Only to entities of this kind; may be repeated
    #[arg(long = "kind", value_name = "KIND")]
    pub(crate) kinds: Vec<EntityKind>,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}
