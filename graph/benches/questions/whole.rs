//! Questions that walk all of the graph.

use std::collections::HashMap;

use graph::model::{EntityKind, Predicate};
use graph::query::{
    CommunityQuery, EntityFilter, EntityOrder, Measure, RankingQuery, RelatedFilter, WALK_MAX,
    communities, list, ranking,
};
use graph::state::EntityIx;
use graph::view::View;
use petgraph::Direction::{Incoming, Outgoing};

use crate::measure::measured as runs;
use crate::{budget, median, supplies, supply, timed, told};

const ROUNDS: usize = 5;
const FIRST: usize = 20;

/// Times all of them.
pub(crate) fn measured(view: &View) {
    ranked(view);
    most_linked(view);
    grouped(view);
}

/// Who supplies each entity, in two arrays, and to how many each supplies.
struct Arrays {
    starts: Vec<usize>,
    suppliers: Vec<u32>,
    ways: Vec<u32>,
}

impl Arrays {
    fn of(view: &View) -> (Self, Vec<EntityIx>) {
        let lens = supply(view);
        let linked = |e: &EntityIx| {
            [Outgoing, Incoming].into_iter().any(|way| lens.each_step(*e, way).next().is_some())
        };
        let entities: Vec<EntityIx> = view.entities().filter(linked).collect();
        let places: HashMap<EntityIx, u32> = entities.iter().copied().zip(0..).collect();
        let (mut starts, mut suppliers, mut ways) = (vec![0], Vec::new(), vec![0; entities.len()]);
        for entity in &entities {
            for (supplier, _) in lens.each_step(*entity, Incoming) {
                suppliers.push(places[&supplier]);
                ways[places[&supplier] as usize] += 1;
            }
            starts.push(suppliers.len());
        }
        (Self { starts, suppliers, ways }, entities)
    }

    /// `PageRank` by the same definition on one core, straight from its formula.
    fn page_rank(&self) -> Vec<f64> {
        let count = self.ways.len() as f64;
        let mut ranks = vec![1.0 / count; self.ways.len()];
        let mut next = ranks.clone();
        let mut handed = vec![0.0; self.ways.len()];
        for _ in 0..200 {
            let mut stuck = 0.0;
            for at in 0..ranks.len() {
                if self.ways[at] == 0 {
                    stuck += ranks[at];
                } else {
                    handed[at] = ranks[at] / f64::from(self.ways[at]);
                }
            }
            let mut change = 0.0;
            for at in 0..ranks.len() {
                let mut sum = 0.0;
                for from in &self.suppliers[self.starts[at]..self.starts[at + 1]] {
                    sum += handed[*from as usize];
                }
                next[at] = (0.15 + 0.85 * stuck) / count + 0.85 * sum;
                change += (next[at] - ranks[at]).abs();
            }
            std::mem::swap(&mut ranks, &mut next);
            if change < 1e-6 {
                break;
            }
        }
        ranks
    }
}

fn ranked(view: &View) {
    let (arrays, entities) = Arrays::of(view);
    let query = RankingQuery {
        measure: Measure::PageRank,
        kinds: vec![],
        predicates: supplies(),
        within: None,
        limit: FIRST,
        walk_max: WALK_MAX,
    };
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (took, ranking) = timed(|| ranking(view, &query, &budget()));
        ours.push(took);
        let (took, ranks) = timed(|| arrays.page_rank());
        plain.push(took);
        let mut places: Vec<usize> = (0..ranks.len()).collect();
        places.sort_by(|a, b| ranks[*b].total_cmp(&ranks[*a]).then(a.cmp(b)));
        for (ranked, at) in ranking.ranked.iter().zip(places) {
            assert!((ranked.score - ranks[at]).abs() < 1e-9, "{ranked:?}: {}", ranks[at]);
            assert_eq!(ranked.entity, entities[at]);
        }
    }
    let links = arrays.suppliers.len();
    println!("PageRank of {links} links | ours ms | arrays that stand ready | ratio");
    for (what, of) in [("median", median as fn(&mut [f64]) -> f64), ("best", best)] {
        let (ours, plain) = (of(&mut ours), of(&mut plain));
        println!("{what} | {ours:.1} | {plain:.1} | {:.2}", plain / ours);
    }
}

fn best(times: &mut [f64]) -> f64 {
    times.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The firms of each cluster that stand in the most relations.
fn most_linked(view: &View) {
    let clusters: Vec<EntityIx> =
        view.entities().filter(|entity| view.kind(*entity) == EntityKind::Cluster).collect();
    let ask = |cluster: &EntityIx| {
        let related = RelatedFilter {
            predicate: Predicate::MemberOf,
            direction: Some(Outgoing),
            to: Some(*cluster),
        };
        let filter = EntityFilter {
            kinds: vec![EntityKind::Firm],
            related_to: Some(related),
            ..EntityFilter::default()
        };
        let firms = list(view, &filter, EntityOrder::Degree);
        firms.into_iter().take(FIRST).map(|firm| (view.degree(firm), firm)).collect::<Vec<_>>()
    };
    let mut members: HashMap<EntityIx, Vec<usize>> = HashMap::new();
    let all: HashMap<EntityIx, usize> = degrees(view);
    for relation in view.all_relations() {
        if view.predicate(relation) == Predicate::MemberOf {
            let (member, of) = view.ends(relation);
            if view.kind(member) == EntityKind::Firm {
                members.entry(of).or_default().push(all[&member]);
            }
        }
    }
    for cluster in &clusters {
        let mut expected = members.remove(cluster).unwrap_or_default();
        expected.sort_by_key(|degree| std::cmp::Reverse(*degree));
        expected.truncate(FIRST);
        assert_eq!(ask(cluster).into_iter().map(|(d, _)| d).collect::<Vec<_>>(), expected);
    }
    let figures = runs(&clusters, |cluster| ask(cluster).len());
    let (count, times) = (clusters.len(), told(&figures));
    println!("top {FIRST} of {count} clusters: {times} ms (median, p99, best p99)");
}

fn degrees(view: &View) -> HashMap<EntityIx, usize> {
    let mut degrees = HashMap::new();
    for relation in view.all_relations() {
        let (source, target) = view.ends(relation);
        *degrees.entry(source).or_default() += 1;
        *degrees.entry(target).or_default() += 1;
    }
    degrees
}

fn grouped(view: &View) {
    let query = CommunityQuery { predicates: supplies(), min_size: 1, limit: usize::MAX };
    let mut times = Vec::new();
    for _ in 0..3 {
        let (took, found) = timed(|| communities(view, &query, &budget()));
        times.push(took);
        let labels: HashMap<EntityIx, usize> = (found.found.iter().zip(0..))
            .flat_map(|(group, label)| group.members.iter().map(move |member| (*member, label)))
            .collect();
        let plain = modularity(view, &labels, found.found.len());
        assert!((plain - found.modularity).abs() < 1e-6, "{plain}, not {}", found.modularity);
        let largest = found.found.first().map_or(0, |group| group.members.len());
        println!("{} groups, the largest of {largest}: {took:.0} ms", found.found.len());
        println!("  modularity {:.4}", found.modularity);
    }
    let (best, median) = (best(&mut times), median(&mut times));
    println!("communities: {median:.0} ms (median), {best:.0} (best)");
}

/// By its definition: links inside groups, less what the degrees would put there by chance.
fn modularity(view: &View, labels: &HashMap<EntityIx, usize>, groups: usize) -> f64 {
    let (mut inside, mut all, mut degrees) = (0.0, 0.0, vec![0.0; groups]);
    for relation in view.all_relations() {
        let (source, target) = view.ends(relation);
        if view.predicate(relation) == Predicate::Supplies && source != target {
            let (from, to) = (labels[&source], labels[&target]);
            all += 1.0;
            inside += f64::from(u8::from(from == to));
            degrees[from] += 1.0;
            degrees[to] += 1.0;
        }
    }
    let by_chance: f64 = degrees.iter().map(|degree| degree * degree).sum();
    inside / all - by_chance / (4.0 * all * all)
}
