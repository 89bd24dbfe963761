//! Densely tied groups.

mod leiden;

use super::compact::{Compact, Rows};
use super::subgraph::among;
use super::{Budget, Truncation};
use crate::state::{EntityIx, RelationIx};
use crate::view::{PredicateSet, View};

/// Which groups.
#[derive(Debug, Clone)]
pub struct CommunityQuery {
    /// Tied by which relations.
    pub predicates: PredicateSet,
    /// Smaller groups are left out.
    pub min_size: usize,
    /// At most so many.
    pub limit: usize,
}

/// Groups, and how well the graph falls into them.
#[derive(Debug, Clone, PartialEq)]
pub struct Communities {
    /// Largest first; equals by their first member.
    pub found: Vec<Community>,
    /// Modularity of the whole division, small groups included, −½ to 1: the share of links inside
    /// groups beyond what chance would put there. (Newman, Girvan: *Finding and evaluating
    /// community structure in networks*, 2004.) Below 0.3 the graph hardly falls into groups.
    pub modularity: f64,
    /// What cut the list, or the computation: then nothing is found.
    pub truncated: Option<Truncation>,
}

/// A group whose members are tied to each other more than to others.
#[derive(Debug, Clone, PartialEq)]
pub struct Community {
    /// Its members: those with most relations inside the group first, then as declared.
    pub members: Vec<EntityIx>,
    /// How many of the pairs of members are linked, as a share of all pairs, 0 to 1.
    pub density: f64,
}

impl Community {
    /// The relations that hold it together. Cost: the relations of its members.
    pub fn relations(&self, view: &View, predicates: &PredicateSet) -> Vec<RelationIx> {
        let mut relations = among(view, &self.members, predicates);
        relations.retain(|relation| view.is_actual(*relation));
        relations
    }
}

/// Divides entities into groups by the Leiden algorithm for modularity, relations taken either way,
/// those between the same two counted each.
///
/// Nothing is drawn by chance: entities are taken in the order of their declaration, so the same
/// view gives the same groups. Every group is connected, and no entity would be better placed in
/// another group. Plans are left out. Cost: a few passes over all relations.
pub fn communities(view: &View, query: &CommunityQuery, budget: &Budget) -> Communities {
    let mut meter = budget.meter();
    let divided = Compact::of(view, query.predicates, &mut meter).and_then(|graph| {
        let near = graph.near(&mut meter)?;
        let labels = leiden::divide(&near, &mut meter)?;
        Ok((graph.entities, near, labels))
    });
    let (entities, near, labels) = match divided {
        Ok(divided) => divided,
        Err(cut) => {
            return Communities { found: Vec::new(), modularity: 0.0, truncated: Some(cut) };
        }
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, label) in labels.iter().enumerate() {
        // Groups are numbered in the order of their first member.
        match groups.get_mut(*label as usize) {
            Some(group) => group.push(at),
            None => groups.push(vec![at]),
        }
    }
    groups.retain(|group| group.len() >= query.min_size);
    groups.sort_by_key(|group| (std::cmp::Reverse(group.len()), group.first().copied()));
    let truncated = Truncation::to_limit(&mut groups, query.limit);
    let found =
        groups.into_iter().map(|group| describe(&entities, &near, &labels, group)).collect();
    let modularity = leiden::modularity(&near, &labels);
    Communities { found, modularity, truncated }
}

fn describe(entities: &[EntityIx], near: &Rows, labels: &[u32], group: Vec<usize>) -> Community {
    let (size, mut links) = (group.len(), 0);
    let mut members: Vec<(f64, usize)> = Vec::with_capacity(size);
    for at in group {
        let inside = near.weighted(at).filter(|(to, _)| labels[*to as usize] == labels[at]);
        let (count, weight) =
            inside.fold((0, 0.0), |(count, sum), (_, weight)| (count + 1, sum + weight));
        links += count;
        members.push((weight, at));
    }
    members.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let density = if size > 1 { share(links, size * (size - 1)) } else { 0.0 };
    Community { members: members.into_iter().map(|(_, at)| entities[at]).collect(), density }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
