//! Rankings and groups: against naive answers, and against figures that networkx 3.6.1 gave.

use std::collections::{BTreeMap, BTreeSet};

use graph::model::{EntityKind, Predicate};
use graph::query::{
    Budget, CommunityQuery, Measure, Ranking, RankingQuery, WALK_MAX, communities, ranking,
};
use graph::view::{PredicateSet, View};
use proptest::prelude::*;

use crate::references::{FIRMS, Link, actual, budget, links, number, view_of};
use crate::structure::{ix, names};
use crate::support::{cases, drawn};

fn supplies() -> PredicateSet {
    PredicateSet::of([Predicate::Supplies])
}

fn ranked(view: &View, measure: Measure, walk_max: u64) -> Ranking {
    let query = RankingQuery {
        measure,
        kinds: vec![],
        predicates: supplies(),
        within: None,
        limit: 10_000,
        walk_max,
    };
    ranking(view, &query, &budget())
}

fn scores(view: &View, measure: Measure) -> BTreeMap<usize, f64> {
    let found = ranked(view, measure, WALK_MAX);
    assert!(found.sampled.is_none() && found.ranked.iter().all(|r| r.error == 0.0));
    assert!(found.ranked.is_sorted_by(|a, b| a.score >= b.score && a.rank <= b.rank));
    found.ranked.iter().map(|r| (number(view, r.entity), r.score)).collect()
}

fn same(a: &BTreeMap<usize, f64>, b: &BTreeMap<usize, f64>, apart: f64) -> bool {
    a.len() == b.len() && a.iter().all(|(n, x)| b.get(n).is_some_and(|y| (x - y).abs() <= apart))
}

/// All distances and counts of shortest ways, either way along the links.
struct Ways {
    far: Vec<Vec<usize>>,
    ways: Vec<Vec<f64>>,
}

const NO_WAY: usize = 1_000;

fn ways(pairs: &BTreeSet<(usize, usize)>) -> Ways {
    let linked = |a: usize, b: usize| pairs.contains(&(a, b)) || pairs.contains(&(b, a));
    let mut far = vec![vec![NO_WAY; FIRMS]; FIRMS];
    for (a, row) in far.iter_mut().enumerate() {
        for (b, far) in row.iter_mut().enumerate() {
            if a == b || linked(a, b) {
                *far = usize::from(a != b);
            }
        }
    }
    for over in 0..FIRMS {
        for a in 0..FIRMS {
            for b in 0..FIRMS {
                far[a][b] = far[a][b].min(far[a][over] + far[over][b]);
            }
        }
    }
    let mut ways = vec![vec![0.0; FIRMS]; FIRMS];
    for (a, row) in ways.iter_mut().enumerate() {
        row[a] = 1.0;
        for step in 1..FIRMS {
            for b in (0..FIRMS).filter(|b| far[a][*b] == step) {
                let before = (0..FIRMS).filter(|c| far[a][*c] == step - 1 && linked(*c, b));
                row[b] = before.map(|c| row[c]).sum();
            }
        }
    }
    Ways { far, ways }
}

/// Stationary distribution by many plain steps over a full matrix.
fn naive_page_rank(
    links: &BTreeSet<(usize, usize, Option<usize>)>,
    nodes: &BTreeSet<usize>,
) -> BTreeMap<usize, f64> {
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let count = nodes.len() as f64;
    let out = |a: usize| links.iter().filter(move |(from, _, _)| *from == a);
    let mut rank: BTreeMap<usize, f64> = nodes.iter().map(|n| (*n, 1.0 / count)).collect();
    for _ in 0..500 {
        let mut next: BTreeMap<usize, f64> = nodes.iter().map(|n| (*n, 0.15 / count)).collect();
        for (a, r) in &rank {
            #[expect(clippy::cast_precision_loss, reason = "a handful")]
            let ways = out(*a).count() as f64;
            for (_, to, _) in out(*a) {
                *next.get_mut(to).unwrap() += 0.85 * r / ways;
            }
            if ways == 0.0 {
                for value in next.values_mut() {
                    *value += 0.85 * r / count;
                }
            }
        }
        rank = next;
    }
    rank
}

fn naive_modularity(
    weights: &BTreeMap<(usize, usize), f64>,
    groups: &BTreeMap<usize, usize>,
) -> f64 {
    let total: f64 = weights.values().sum::<f64>() * 2.0;
    let degree = |a: usize| -> f64 {
        weights.iter().filter(|((x, y), _)| *x == a || *y == a).map(|(_, w)| w).sum()
    };
    let mut sum = 0.0;
    for (a, ga) in groups {
        for (b, gb) in groups {
            if ga == gb {
                let tie =
                    weights.get(&(*a, *b)).or(weights.get(&(*b, *a))).copied().unwrap_or_default();
                sum += tie - degree(*a) * degree(*b) / total;
            }
        }
    }
    sum / total
}

/// How many relations link each two firms, the smaller number first.
fn weights(links: &[Link]) -> BTreeMap<(usize, usize), f64> {
    let mut weights = BTreeMap::new();
    for (from, to, _) in actual(links) {
        *weights.entry((from.min(to), from.max(to))).or_insert(0.0) += 1.0;
    }
    weights
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn rankings_equal_the_plain_definitions(links in links()) {
        let view = view_of(&links);
        let all = actual(&links);
        let nodes: BTreeSet<usize> = all.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
        let pairs: BTreeSet<(usize, usize)> = all.iter().map(|(a, b, _)| (*a, *b)).collect();
        let Ways { far, ways } = ways(&pairs);
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let float = |n: usize| n as f64;
        let others = float(nodes.len().saturating_sub(1));
        let degree = nodes.iter().map(|n| (*n, float(all.iter().filter(|(a, b, _)| a == n || b == n).count()))).collect();
        prop_assert!(same(&scores(&view, Measure::Degree), &degree, 0.0));
        prop_assert!(same(&scores(&view, Measure::PageRank), &naive_page_rank(&all, &nodes), 1e-5));
        let near = |n: &usize| -> f64 {
            let reached = nodes.iter().filter(|m| *m != n && far[*n][**m] < NO_WAY);
            reached.map(|m| 1.0 / float(far[*n][*m])).sum::<f64>() / others
        };
        let close = nodes.iter().map(|n| (*n, near(n))).collect();
        prop_assert!(same(&scores(&view, Measure::Closeness), &close, 1e-9));
        let between = |v: &usize| -> f64 {
            let mut sum = 0.0;
            for s in nodes.iter().filter(|s| *s != v) {
                for t in nodes.iter().filter(|t| *t != v && *t != s && far[*s][**t] < NO_WAY) {
                    if far[*s][*v] + far[*v][*t] == far[*s][*t] {
                        sum += ways[*s][*v] * ways[*v][*t] / ways[*s][*t];
                    }
                }
            }
            if others > 1.0 { sum / (others * (others - 1.0)) } else { 0.0 }
        };
        let between = nodes.iter().map(|n| (*n, between(n))).collect();
        prop_assert!(same(&scores(&view, Measure::Betweenness), &between, 1e-9));
    }

    /// Groups part the firms, hold together, and nobody would be better placed elsewhere.
    #[test]
    fn groups_are_connected_and_settled(links in links()) {
        let view = view_of(&links);
        let query = CommunityQuery { predicates: supplies(), min_size: 1, limit: 100 };
        let found = communities(&view, &query, &budget());
        let mut groups: BTreeMap<usize, usize> = BTreeMap::new();
        for (label, group) in found.found.iter().enumerate() {
            for member in &group.members {
                prop_assert!(groups.insert(number(&view, *member), label).is_none());
            }
        }
        let weights = weights(&links);
        let nodes: BTreeSet<usize> = weights.keys().flat_map(|(a, b)| [*a, *b]).collect();
        prop_assert_eq!(groups.keys().copied().collect::<BTreeSet<_>>(), nodes);
        prop_assert!(found.found.is_sorted_by(|a, b| a.members.len() >= b.members.len()));
        if weights.is_empty() {
            return Ok(());
        }
        let quality = naive_modularity(&weights, &groups);
        prop_assert!((quality - found.modularity).abs() < 1e-9);
        for node in groups.keys().copied() {
            for label in 0..=groups.len() {
                let mut moved = groups.clone();
                moved.insert(node, label);
                prop_assert!(naive_modularity(&weights, &moved) <= quality + 1e-8);
            }
        }
        for (label, group) in found.found.iter().enumerate() {
            let inside: BTreeSet<usize> = groups.iter().filter(|(_, g)| **g == label).map(|(n, _)| *n).collect();
            let linked = |a: usize, b: usize| weights.contains_key(&(a.min(b), a.max(b)));
            let mut reached: BTreeSet<usize> = inside.iter().copied().take(1).collect();
            loop {
                let more: BTreeSet<usize> = inside.iter().copied().filter(|n| reached.iter().any(|r| linked(*r, *n))).collect();
                let before = reached.len();
                reached.extend(more);
                if reached.len() == before {
                    break;
                }
            }
            prop_assert_eq!(&reached, &inside);
            let pairs = inside.iter().flat_map(|a| inside.iter().map(move |b| (*a, *b))).filter(|(a, b)| a < b);
            let (all, tied) = pairs.fold((0_u32, 0_u32), |(all, tied), (a, b)| (all + 1, tied + u32::from(linked(a, b))));
            if all > 0 {
                prop_assert!((group.density - f64::from(tied) / f64::from(all)).abs() < 1e-12);
            }
        }
    }
}

/// Two halves of twelve firms, four links between them.
fn halves() -> String {
    let mut links: BTreeSet<(usize, usize)> = [(0, 12), (12, 0), (5, 17), (3, 20)].into();
    for from in 0..24 {
        let half = from / 12 * 12;
        links.insert((from, (from + 1) % 12 + half));
        links.insert((from, (5 * from + 2) % 12 + half));
    }
    links.retain(|(from, to)| from != to);
    links.iter().map(|(from, to)| format!("FIRM:厂{from} SUPPLIES FIRM:厂{to}\n")).collect()
}

const PAGE_RANKS: [(usize, f64); 5] =
    [(0, 0.053_536), (3, 0.029_327), (12, 0.059_515), (20, 0.057_236), (23, 0.048_176)];
const BETWEENNESS: [(usize, f64); 5] =
    [(0, 0.205_534), (3, 0.175_889), (5, 0.206_192), (17, 0.166_667), (23, 0.062_253)];
const CLOSENESS: [(usize, f64); 5] =
    [(0, 0.489_130), (3, 0.503_623), (5, 0.496_377), (12, 0.485_507), (23, 0.426_812)];
const BEST_MODULARITY: f64 = 0.523_113_905_325_444;

#[tokio::test]
async fn figures_are_those_of_networkx() {
    let view = drawn(&halves()).await.view();
    let close = |measure: Measure, expected: &[(usize, f64)], apart: f64| {
        let scores = scores(&view, measure);
        for (firm, score) in expected {
            let found = scores[firm];
            assert!((found - score).abs() <= apart, "{measure:?} of {firm}: {found}, not {score}");
        }
    };
    close(Measure::PageRank, &PAGE_RANKS, 2e-6);
    close(Measure::Betweenness, &BETWEENNESS, 1e-6);
    close(Measure::Closeness, &CLOSENESS, 1e-6);
}

#[tokio::test]
async fn two_halves_are_told_apart() {
    let view = drawn(&halves()).await.view();
    let query = CommunityQuery { predicates: supplies(), min_size: 3, limit: 10 };
    let found = communities(&view, &query, &budget());
    // Within a hundredth of the best of 200 runs of networkx' Louvain, each from another seed.
    assert!(found.modularity >= BEST_MODULARITY * 0.99, "{}", found.modularity);
    let again = communities(&view, &query, &budget());
    assert_eq!(found, again);
}

#[tokio::test]
async fn a_deadline_ends_a_ranking_and_is_said() {
    let many: String = (0..300).map(|n| format!("FIRM:甲{n} SUPPLIES FIRM:乙{n}\n")).collect();
    let view = drawn(&many).await.view();
    let query = RankingQuery {
        measure: Measure::Degree,
        kinds: vec![],
        predicates: PredicateSet::all(),
        within: None,
        limit: 5,
        walk_max: WALK_MAX,
    };
    let stopped = Budget::steps(1).stopped_by(std::sync::Arc::new(true.into()));
    let found = ranking(&view, &query, &stopped);
    assert_eq!((found.ranked.len(), found.truncated.unwrap().limit), (0, "deadline"));
    assert!(ranking(&view, &query, &Budget::steps(1)).ranked.len() == 5);
}

/// An estimate tells its error, keeps to it, and is the same each time.
#[tokio::test]
async fn a_sample_tells_how_far_it_can_be_trusted() {
    let picture: String = (0..120)
        .flat_map(|n| [(n, (n + 1) % 120), (n, (n * 7 + 3) % 120)])
        .filter(|(from, to)| from != to)
        .map(|(from, to)| format!("FIRM:厂{from} SUPPLIES FIRM:厂{to}\n"))
        .collect();
    let view = drawn(&picture).await.view();
    for measure in [Measure::Betweenness, Measure::Closeness] {
        let exact: BTreeMap<_, _> =
            ranked(&view, measure, WALK_MAX).ranked.iter().map(|r| (r.entity, r.score)).collect();
        let sampled = ranked(&view, measure, 36_000);
        let size = sampled.sampled.unwrap();
        assert!((32..120).contains(&size), "{size}");
        assert!(sampled.ranked.iter().all(|r| r.error > 0.0));
        let kept = sampled.ranked.iter().filter(|r| (exact[&r.entity] - r.score).abs() <= r.error);
        // 95 of 100 are promised over all samples; this one sample is always the same.
        assert!(kept.count() >= 108, "{measure:?}");
        assert_eq!(ranked(&view, measure, 36_000), sampled);
    }
}

#[tokio::test]
async fn kinds_and_areas_choose_who_is_listed_not_what_is_counted() {
    let view = drawn(
        "FIRM:甲 MEMBER_OF CLUSTER:泵阀集群
         FIRM:乙 MEMBER_OF CLUSTER:泵阀集群
         FIRM:丙 SUPPLIES FIRM:乙
         FIRM:丁 SUPPLIES FIRM:乙
         FIRM:丁 SUPPLIES FIRM:丙
         FIRM:戊 SUPPLIES FIRM:丙 planned
         FIRM:丙 LOCATED_IN TOWN:小镇",
    )
    .await
    .view();
    let of = |within: Option<&str>, kinds: Vec<EntityKind>, limit| {
        let within = within.map(|name| ix(&view, name));
        let query = RankingQuery {
            measure: Measure::Degree,
            kinds,
            predicates: PredicateSet::all(),
            within,
            limit,
            walk_max: WALK_MAX,
        };
        let found = ranking(&view, &query, &budget());
        let list: Vec<_> = found
            .ranked
            .iter()
            .map(|r| (r.rank, view.name(r.entity).to_string(), r.score))
            .collect();
        (list, found.truncated.and_then(|cut| cut.remaining))
    };
    let firms = vec![EntityKind::Firm];
    let (members, _) = of(Some("泵阀集群"), firms.clone(), 9);
    assert_eq!(members, [(1, "乙".into(), 3.0), (2, "甲".into(), 1.0)]);
    let (all, rest) = of(None, firms.clone(), 2);
    assert_eq!(all, [(1, "乙".into(), 3.0), (1, "丙".into(), 3.0)]);
    assert_eq!(rest, Some(2));
    assert_eq!(of(Some("小镇"), firms, 9).0, [(1, "丙".into(), 3.0)]);
    let groups = CommunityQuery { predicates: PredicateSet::all(), min_size: 3, limit: 9 };
    let groups = communities(&view, &groups, &budget()).found;
    let relations = groups[0].relations(&view, &PredicateSet::all());
    assert!(!relations.is_empty() && !names(&view, groups[0].members.clone()).is_empty());
}
