//! Flags of the questions about links and structure.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use graph::model::{EntityKind, Predicate, Role};
use graph::view::Recorded;
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Json, Supposed, examples, values};
use crate::lookup;

/// The point of both clocks that is asked about, and what is supposed of it.
#[derive(Debug, Args)]
pub(crate) struct Moment {
    /// Only what held in the world on this day
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    pub(crate) valid_on: Option<Date>,
    /// As it was known at this position of the log
    #[arg(long, value_name = "SEQ", conflicts_with = "recorded_at")]
    pub(crate) at: Option<u64>,
    /// As it was known at this moment, such as 2025-05-24T08:30:00Z
    #[arg(long, value_name = "MOMENT", value_parser = values::moment)]
    pub(crate) recorded_at: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) supposed: Supposed,
}

impl Moment {
    /// The point of the recorded clock.
    pub(crate) fn recorded(&self) -> Recorded {
        match self.recorded_at {
            Some(moment) => Recorded::By(moment.as_millisecond()),
            None => lookup::recorded(self.at),
        }
    }
}

/// Whether plans count.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Plans {
    /// Count plans as if they were so
    #[arg(long)]
    pub(crate) planned: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// Name or id of the entity to start from
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// To its suppliers or to its customers
    #[arg(long, value_enum)]
    pub(crate) direction: TraceDirection,
    /// How many tiers
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) depth: u32,
    /// The most entities
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = values::count)]
    pub(crate) limit: usize,
    /// Its kind, where several bear the name
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<EntityKind>,
    /// Leave out links less sure than this
    #[arg(long, value_name = "0..1", default_value_t = 0.0, value_parser = values::confidence)]
    pub(crate) min_confidence: f64,
    /// Which links count; may be repeated
    #[arg(long, value_enum, default_values_t = [Basis::Stated])]
    pub(crate) basis: Vec<Basis>,
    /// Over these relations in place of SUPPLIES; may be repeated
    #[arg(long = "predicate", value_name = "PREDICATE")]
    pub(crate) predicates: Vec<Predicate>,
    /// Only links of this product or stage, every one of them
    #[arg(long, value_name = "NAME")]
    pub(crate) product: Option<String>,
    /// The first link is of this product or stage, whatever the others are of
    #[arg(long, value_name = "NAME")]
    pub(crate) first_product: Option<String>,
    /// Only ways to entities of this kind; may be repeated
    #[arg(long, value_name = "KIND")]
    pub(crate) leaf_kind: Vec<EntityKind>,
    /// Only ways to firms that hold this role; may be repeated, then they hold them all
    #[arg(long, value_name = "ROLE")]
    pub(crate) leaf_role: Vec<Role>,
    /// Only ways to entities inside this place
    #[arg(long, value_name = "NAME")]
    pub(crate) leaf_within: Option<String>,
    #[command(flatten)]
    pub(crate) plans: Plans,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceDirection {
    /// To suppliers
    Upstream,
    /// To customers
    Downstream,
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
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = values::count)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Paths {
    /// Name or id of the entity at one end
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// Name or id of the entity at the other
    #[arg(value_name = "TO")]
    pub(crate) to: String,
    /// Over which relations; may be repeated; every one if none is named
    #[arg(long = "predicate", value_name = "PREDICATE")]
    pub(crate) predicates: Vec<Predicate>,
    /// Walk relations from source to target only
    #[arg(long)]
    pub(crate) forward: bool,
    /// None longer than so many relations
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = values::path_length)]
    pub(crate) max_length: usize,
    /// The most paths
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = values::count)]
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
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = values::count)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) plans: Plans,
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
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = values::count)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) plans: Plans,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct SoleSourced {
    /// PRODUCT: products with one maker; FIRM: firms with one supplier
    #[arg(long, value_name = "KIND", default_value_t = EntityKind::Product)]
    pub(crate) kind: EntityKind,
    /// A place, cluster or chain: products whose maker is inside it, or firms inside it
    #[arg(long, value_name = "NAME")]
    pub(crate) within: Option<String>,
    /// The most results
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = values::count)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Chain {
    /// Describe a chain stage by stage: who stands there, what is missing, who could fill it
    #[command(after_help = examples::CHAIN_REPORT)]
    Report(ChainReport),
    /// Record templates of chains: their stages and what feeds what
    #[command(after_help = examples::CHAIN_LOAD)]
    Load(ChainLoad),
}

#[derive(Debug, Args)]
pub(crate) struct ChainReport {
    /// Name or id of the chain
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Only firms inside this place or cluster count as being here
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// The most candidates of a stage
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) candidates: usize,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct ChainLoad {
    /// TOML files, or folders of them; without any, the bundled templates
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) json: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Ranking {
    /// By which measure
    #[arg(long, value_enum)]
    pub(crate) by: Measure,
    /// List only entities of this kind; may be repeated
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Vec<EntityKind>,
    /// Count only this relation; may be repeated
    #[arg(long, value_name = "PREDICATE")]
    pub(crate) predicate: Vec<Predicate>,
    /// List only who is inside this place, cluster, chain or network
    #[arg(long, value_name = "NAME")]
    pub(crate) within: Option<String>,
    /// The most results
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = values::count)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// What counts as mattering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Measure {
    /// How many relations
    Degree,
    /// The chance to be met on a random walk along relations
    Pagerank,
    /// The share of shortest ways that lead over it
    Betweenness,
    /// How near it is to all others
    Closeness,
}

#[derive(Debug, Args)]
pub(crate) struct Communities {
    /// Tied by this relation; may be repeated; without any, by all
    #[arg(long, value_name = "PREDICATE")]
    pub(crate) predicate: Vec<Predicate>,
    /// Leave out smaller groups
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) min_size: usize,
    /// The most results
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = values::count)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) moment: Moment,
    #[command(flatten)]
    pub(crate) json: Json,
}

/// Which links a trace follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Basis {
    /// A source says so
    Stated,
    /// Inferred from the stages of a chain
    Derived,
}
