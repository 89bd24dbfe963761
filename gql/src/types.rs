//! The types of the schema. One file a type, or a few that belong together.

mod centrality;
mod chain;
mod claim;
mod document;
mod entity;
mod event;
mod graph;
mod input;
mod kinds;
mod log;
mod node;
mod node_id;
mod observation;
mod relation;
mod role;
mod scalar;
mod stats;
mod structure;
mod supply;
mod trust;
mod word;

pub(crate) use self::graph::{DEPTH_MAX, ENTITIES_MAX, Graph, Point};
pub(crate) use centrality::{Community, Measure, Ranked};
pub(crate) use chain::{ChainReport, SoleSourced};
pub(crate) use claim::Claim;
pub(crate) use document::Document;
pub(crate) use entity::Entity;
pub(crate) use event::{Event, event_types};
pub(crate) use input::{ArticleInput, AsOf, ClaimFilter, Direction, Hypothesis, known};
pub(crate) use log::Log;
pub(crate) use node::Node;
pub use node_id::entity_of_node_id;
pub(crate) use node_id::{NodeId, claim_id, document_id, entity_id, merge_id};
pub(crate) use scalar::{Date, Seq};
pub(crate) use structure::{Chokepoint, Common, EXAMPLES_MAX, Impact};
pub(crate) use trust::{
    Bucket, Clock, Conflict, Diff, DuplicateConnection, DuplicatePair, TimelineBucket,
};
pub(crate) use word::{Word, words};
