//! Every structural question against a naive answer to it, over random small graphs. The naive
//! answers read the drawn links, never a view, and try out what the product reasons out.

use std::collections::{BTreeMap, BTreeSet};

use graph::model::Predicate;
use graph::query::{
    Basis, Budget, ChokepointQuery, CommonQuery, ImpactQuery, Lost, Orientation, PathQuery,
    STEPS_MAX, TraceDirection, TraceQuery, chokepoints, common, find, impact, paths, trace,
};
use graph::state::EntityIx;
use graph::view::{PredicateSet, View};
use petgraph::Direction;
use proptest::prelude::*;

use crate::support::{block_on, cases, drawn};

/// A supply link between numbered firms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Link {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) product: Option<usize>,
    pub(crate) planned: bool,
}

pub(crate) const FIRMS: usize = 8;

pub(crate) fn links() -> impl Strategy<Value = Vec<Link>> {
    let link = (0..FIRMS, 1..FIRMS, proptest::option::of(0..3_usize), 0..8_u8).prop_map(
        |(from, step, product, planned)| Link {
            from,
            to: (from + step) % FIRMS,
            product,
            planned: planned == 0,
        },
    );
    proptest::collection::vec(link, 1..24)
}

/// The links as a view. Every firm is there, whether linked or not.
pub(crate) fn view_of(links: &[Link]) -> View {
    let mut picture = String::new();
    for n in 0..FIRMS {
        picture.push_str(&format!("FIRM:厂{n} LOCATED_IN REGION:某区\n"));
    }
    for link in links {
        let product = link.product.map(|p| format!(" product=货{p}")).unwrap_or_default();
        let planned = if link.planned { " planned" } else { "" };
        picture.push_str(&format!(
            "FIRM:厂{} SUPPLIES FIRM:厂{}{product}{planned}\n",
            link.from, link.to
        ));
    }
    block_on(drawn(&picture)).view()
}

pub(crate) fn firm(view: &View, n: usize) -> EntityIx {
    find(view, &format!("厂{n}"), None).unwrap().unwrap()
}

pub(crate) fn number(view: &View, firm: EntityIx) -> usize {
    view.name(firm).trim_start_matches(['厂', '货']).parse().unwrap()
}

pub(crate) fn numbers(view: &View, firms: impl IntoIterator<Item = EntityIx>) -> BTreeSet<usize> {
    firms.into_iter().map(|e| number(view, e)).collect()
}

/// Links that are so: one that is planned by one source and so by another is so.
pub(crate) fn actual(links: &[Link]) -> BTreeSet<(usize, usize, Option<usize>)> {
    links.iter().filter(|l| !l.planned).map(|l| (l.from, l.to, l.product)).collect()
}

pub(crate) fn budget() -> Budget {
    Budget::steps(STEPS_MAX)
}

type Arcs = BTreeSet<(usize, usize)>;

fn arcs(links: &[Link]) -> Arcs {
    actual(links).into_iter().map(|(from, to, _)| (from, to)).collect()
}

/// How many links each firm is away from the start, by relaxing all arcs until nothing changes.
fn distances(arcs: &Arcs, start: &[usize]) -> BTreeMap<usize, usize> {
    let mut far: BTreeMap<usize, usize> = start.iter().map(|s| (*s, 0)).collect();
    loop {
        let mut changed = false;
        for (from, to) in arcs {
            let Some(d) = far.get(from).copied() else { continue };
            if far.get(to).is_none_or(|known| *known > d + 1) {
                far.insert(*to, d + 1);
                changed = true;
            }
        }
        if !changed {
            return far;
        }
    }
}

/// Every loop-free way from the last of `way` to `to` in at most so many arcs.
fn ways(arcs: &Arcs, way: &mut Vec<usize>, to: usize, left: usize, found: &mut Vec<Vec<usize>>) {
    let here = *way.last().unwrap();
    if here == to {
        found.push(way.clone());
    } else if left > 0 {
        for next in (0..FIRMS).filter(|next| arcs.contains(&(here, *next))) {
            if !way.contains(&next) {
                way.push(next);
                ways(arcs, way, to, left - 1, found);
                way.pop();
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(96))]

    /// All paths there are, none twice, shortest first; fewer are the first of them.
    #[test]
    fn every_path_shortest_first(
        links in links(),
        a in 0..FIRMS,
        b in 1..FIRMS,
        max_length in 0..6_usize,
        limit in 0..6_usize,
        forward in any::<bool>(),
    ) {
        let b = (a + b) % FIRMS;
        let mut arcs: Arcs = links.iter().map(|link| (link.from, link.to)).collect();
        if !forward {
            arcs.extend(links.iter().map(|link| (link.to, link.from)));
        }
        let mut naive = Vec::new();
        ways(&arcs, &mut vec![a], b, max_length, &mut naive);
        let view = view_of(&links);
        let orientation = if forward { Orientation::Forward } else { Orientation::Any };
        let asked = |limit| {
            let query = PathQuery {
                from: firm(&view, a),
                to: firm(&view, b),
                predicates: PredicateSet::of([Predicate::Supplies]),
                max_length,
                limit,
                orientation,
            };
            paths(&view, &query, &budget())
        };
        let all = asked(usize::MAX);
        prop_assert_eq!(all.truncated, None);
        let told: Vec<Vec<usize>> = all
            .paths
            .iter()
            .map(|path| path.entities.iter().map(|entity| number(&view, *entity)).collect())
            .collect();
        prop_assert!(told.is_sorted_by_key(Vec::len));
        let (mut sorted, mut expected) = (told, naive);
        sorted.sort();
        expected.sort();
        prop_assert_eq!(sorted, expected);
        for path in &all.paths {
            prop_assert_eq!(path.relations.len() + 1, path.entities.len());
        }
        let few = asked(limit).paths;
        prop_assert_eq!(&few[..], &all.paths[..limit.min(all.paths.len())]);
    }

    #[test]
    fn common_suppliers_and_customers(links in links(), a in 0..FIRMS, b in 1..FIRMS, way in 0..3_u8) {
        let b = (a + b) % FIRMS;
        let view = view_of(&links);
        let direction = [Some(Direction::Incoming), Some(Direction::Outgoing), None][usize::from(way)];
        let query = CommonQuery {
            of: vec![firm(&view, a), firm(&view, b)],
            predicate: Predicate::Supplies,
            direction,
            limit: 100,
        };
        let found = common(&view, &query, &budget());
        let near = |x: usize, y: usize| {
            let (into, out) = ((y, x), (x, y));
            actual(&links).into_iter().filter(|(f, t, _)| {
                (direction != Some(Direction::Outgoing) && (*f, *t) == into)
                    || (direction != Some(Direction::Incoming) && (*f, *t) == out)
            }).count()
        };
        let expected: BTreeMap<usize, usize> = (0..FIRMS)
            .filter(|c| *c != a && *c != b && near(a, *c) > 0 && near(b, *c) > 0)
            .map(|c| (c, near(a, c) + near(b, c)))
            .collect();
        let got: BTreeMap<usize, usize> = found.found.iter()
            .map(|c| (number(&view, c.entity), c.relations.len()))
            .collect();
        prop_assert_eq!(got, expected);
        prop_assert!(found.found.is_sorted_by(|x, y| x.relations.len() >= y.relations.len()));
    }

    /// Take each firm out and see who no longer reaches the root.
    #[test]
    fn chokepoints_are_those_whose_removal_cuts_off(links in links(), root in 0..FIRMS, depth in 1..6_usize) {
        let view = view_of(&links);
        let turned: Arcs = arcs(&links).into_iter().map(|(from, to)| (to, from)).collect();
        let mut cone = distances(&turned, &[root]);
        let whole = cone.len();
        cone.retain(|_, d| *d <= depth);
        let inside: Arcs = turned
            .into_iter()
            .filter(|(x, y)| cone.contains_key(x) && cone.contains_key(y))
            .collect();
        let mut expected: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for gone in cone.keys().copied().filter(|n| *n != root) {
            let left: Arcs = inside.iter().copied().filter(|(x, y)| *x != gone && *y != gone).collect();
            let still = distances(&left, &[root]);
            let lost: BTreeSet<usize> =
                cone.keys().copied().filter(|n| *n != gone && !still.contains_key(n)).collect();
            if !lost.is_empty() {
                expected.insert(gone, lost);
            }
        }
        let query = ChokepointQuery {
            of: firm(&view, root),
            max_depth: u32::try_from(depth).unwrap(),
            examples: 100,
            planned: false,
        };
        let found = chokepoints(&view, &query, &budget());
        prop_assert_eq!(found.upstream, cone.len() - 1);
        prop_assert_eq!(found.truncated.is_some(), whole > cone.len());
        let got: BTreeMap<usize, BTreeSet<usize>> = found.found.iter()
            .map(|c| (number(&view, c.entity), numbers(&view, c.examples.iter().copied())))
            .collect();
        prop_assert_eq!(got, expected);
        for point in &found.found {
            prop_assert_eq!(point.cuts_off, point.examples.len());
            prop_assert_eq!(usize::try_from(point.depth).unwrap(), cone[&number(&view, point.entity)]);
            prop_assert!(!point.via.is_empty());
            prop_assert!(point.via.iter().all(|r| view.ends(*r).0 == point.entity));
        }
        prop_assert!(found.found.is_sorted_by(|x, y| x.cuts_off >= y.cuts_off));
    }

    /// Everyone by distance, over every link that ends there; and whether more follow is said.
    #[test]
    fn a_trace_is_everyone_as_near_as_the_depth(
        links in links(),
        root in 0..FIRMS,
        depth in 0..6_usize,
        upstream in any::<bool>(),
        product in proptest::option::of(0..3_usize),
    ) {
        let view = view_of(&links);
        let carried = actual(&links).into_iter().filter(|l| product.is_none() || l.2 == product);
        let arcs: Arcs = carried
            .map(|(from, to, _)| if upstream { (to, from) } else { (from, to) })
            .collect();
        let far = distances(&arcs, &[root]);
        let query = TraceQuery {
            from: firm(&view, root),
            direction: if upstream { TraceDirection::Upstream } else { TraceDirection::Downstream },
            max_depth: u32::try_from(depth).unwrap(),
            limit: 100,
            predicates: PredicateSet::of([Predicate::Supplies]),
            product_on_first_link: None,
            product_on_every_link: product
                .map(|p| find(&view, &format!("货{p}"), None).unwrap())
                .unwrap_or_default(),
            leaf: None,
            min_confidence: 0.0,
            basis: vec![Basis::Stated],
            planned: false,
        };
        // A product that no link carries is not known at all.
        prop_assume!(product.is_none() || query.product_on_every_link.is_some());
        let found = trace(&view, &query, &budget());
        let got: BTreeSet<(usize, usize, usize)> = found.tiers.iter()
            .flat_map(|tier| tier.steps.iter().map(|step| {
                (usize::try_from(tier.depth).unwrap(), number(&view, step.from), number(&view, step.entity))
            }))
            .collect();
        let expected: BTreeSet<(usize, usize, usize)> = arcs.iter()
            .filter_map(|(from, to)| {
                let (here, there) = (*far.get(from)?, far[to]);
                (there == here + 1 && there <= depth).then_some((there, *from, *to))
            })
            .collect();
        prop_assert_eq!(got, expected);
        let goes_on = far.values().any(|d| *d > depth);
        prop_assert_eq!(found.truncated.map(|cut| cut.limit), goes_on.then_some("depth"));
    }

    /// Take the failing away and compare who is left with what.
    #[test]
    fn impact_is_what_is_gone_without_them(links in links(), failing in proptest::collection::btree_set(0..FIRMS, 1..3), depth in 1..5_usize) {
        let view = view_of(&links);
        let all = actual(&links);
        let start: Vec<usize> = failing.iter().copied().collect();
        let mut far = distances(&arcs(&links), &start);
        let goes_on = far.values().any(|d| *d > depth);
        far.retain(|n, d| *d <= depth && !failing.contains(n));
        let query = ImpactQuery {
            of: start.iter().map(|n| firm(&view, *n)).collect(),
            max_depth: u32::try_from(depth).unwrap(),
            limit: 100,
            planned: false,
        };
        let found = impact(&view, &query, &budget());
        let touched: BTreeMap<usize, usize> = found.touched.iter()
            .map(|t| (number(&view, t.entity), usize::try_from(t.depth).unwrap()))
            .collect();
        prop_assert_eq!(&touched, &far);
        prop_assert_eq!(found.touched.len(), touched.len());
        prop_assert_eq!(found.truncated.map(|cut| cut.limit), goes_on.then_some("depth"));
        for step in &found.touched {
            prop_assert_eq!(view.ends(step.via).1, step.entity);
        }

        let left: BTreeSet<_> = all.iter().copied().filter(|(from, _, _)| !failing.contains(from)).collect();
        let mut expected: BTreeMap<(usize, Option<usize>), BTreeSet<usize>> = BTreeMap::new();
        for (from, to, product) in all.iter().filter(|(f, t, _)| failing.contains(f) && !failing.contains(t)) {
            let goes_on = match product {
                Some(_) => left.iter().any(|(_, t, p)| t == to && p == product),
                None => left.iter().any(|(_, t, _)| t == to),
            };
            if !goes_on {
                let others = left.iter().filter(|(f, _, p)| f != to && p == product && product.is_some());
                expected.insert((*to, *product), others.map(|(f, _, _)| *f).collect());
                prop_assert!(failing.contains(from));
            }
        }
        let got: BTreeMap<(usize, Option<usize>), BTreeSet<usize>> = found.cut_off.iter()
            .map(|c| {
                let product = match c.lost {
                    Lost::Product(product) => Some(number(&view, product)),
                    Lost::Everything => None,
                };
                let others = numbers(&view, c.alternatives.iter().map(|a| a.entity));
                ((number(&view, c.entity), product), others)
            })
            .collect();
        prop_assert_eq!(got, expected);
        for cut in &found.cut_off {
            prop_assert!(!cut.relations.is_empty());
            prop_assert!(cut.relations.iter().all(|r| failing.contains(&number(&view, view.ends(*r).0))));
        }
    }
}
