//! What hangs on whom: chokepoints upstream, and what a failure reaches downstream.

use std::collections::{BTreeMap, BTreeSet};

use graph::model::Predicate;
use graph::query::{ChokepointQuery, Chokepoints, ImpactQuery, Lost, chokepoints, impact};
use graph::state::EntityIx;
use graph::view::View;
use petgraph::Direction::{Incoming, Outgoing};

use crate::measure::measured as runs;
use crate::{budget, firms, some_firms, supply, told};

/// How many entities should stand upstream of the firm whose chokepoints are asked for.
const CONE: usize = 10_000;
/// Firms and tiers among which the cone nearest to that is looked for.
const FIRMS: usize = 200;
const TIERS_MAX: u32 = 8;
/// As the API asks unless told otherwise.
const EXAMPLES: usize = 5;
const IMPACT_TIERS: u32 = 4;
const IMPACT_LIMIT: usize = 1_000;
/// Chokepoints that are checked by walking around them.
const CHECKED: usize = 20;

/// Times chokepoints and impact.
pub(crate) fn measured(view: &View) {
    println!("what | upstream or touched | chokepoints or losses | median, p99, best p99 ms");
    let (of, max_depth) = nearest_cone(view);
    let near = format!("to tier {max_depth}");
    for (what, max_depth) in [(near.as_str(), max_depth), ("to any tier", u32::MAX)] {
        let query = ChokepointQuery { of, max_depth, planned: false, examples: EXAMPLES };
        let found = chokepoints(view, &query, &budget());
        if let Some(cut) = found.truncated {
            println!("chokepoints {what} | more than {} {}", cut.at, cut.limit);
            continue;
        }
        checked(view, &query, &found);
        let figures = runs(&[query], |query| chokepoints(view, query, &budget()).found.len());
        let (up, points) = (found.upstream, found.found.len());
        println!("chokepoints {what} | {up} | {points} | {}", told(&figures));
    }
    let hub =
        firms(view).into_iter().max_by_key(|firm| supply(view).each_step(*firm, Outgoing).count());
    let hub = hub.unwrap();
    for (what, limit) in [("impact of a hub", IMPACT_LIMIT), ("the same, unlimited", usize::MAX)] {
        let query = ImpactQuery { of: vec![hub], max_depth: IMPACT_TIERS, planned: false, limit };
        let found = impact(view, &query, &budget());
        let figures = runs(&[query], |query| impact(view, query, &budget()).touched.len());
        let (touched, losses) = (found.touched.len(), found.cut_off.len());
        println!("{what} | {touched} | {losses} | {}", told(&figures));
        if limit == usize::MAX {
            assert_eq!(touched, supply(view).reached(hub, Outgoing, IMPACT_TIERS).len());
            let lost: BTreeSet<_> =
                found.cut_off.iter().map(|cut| (cut.entity, cut.lost)).collect();
            assert_eq!(lost, losses_of(view, hub), "losses differ from those reckoned plainly");
        }
    }
}

/// The firm and the tiers with a number of entities upstream that is nearest to [`CONE`].
fn nearest_cone(view: &View) -> (EntityIx, u32) {
    let cones = some_firms(view, FIRMS).into_iter().flat_map(|firm| {
        let reached = supply(view).reached(firm, Incoming, TIERS_MAX);
        let within = move |tier| reached.partition_point(|(_, depth)| *depth <= tier);
        (1..=TIERS_MAX)
            .map(move |tier| (within(tier).abs_diff(CONE), firm, tier))
            .collect::<Vec<_>>()
    });
    let (_, firm, tiers) = cones.min().unwrap();
    (firm, tiers)
}

/// Those that cut off most, against a walk that leaves them out.
fn checked(view: &View, query: &ChokepointQuery, found: &Chokepoints) {
    let lens = supply(view);
    let cone: BTreeSet<EntityIx> = lens
        .reached(query.of, Incoming, query.max_depth)
        .into_iter()
        .map(|(entity, _)| entity)
        .chain([query.of])
        .collect();
    assert_eq!(found.upstream, cone.len() - 1);
    for point in found.found.iter().take(CHECKED) {
        let mut met = BTreeSet::from([query.of, point.entity]);
        let mut waiting = vec![query.of];
        while let Some(customer) = waiting.pop() {
            for (supplier, _) in lens.each_step(customer, Incoming) {
                if cone.contains(&supplier) && met.insert(supplier) {
                    waiting.push(supplier);
                }
            }
        }
        assert_eq!(cone.len() - met.len(), point.cuts_off, "{:?}", point.entity);
    }
}

/// Who loses what if one firm fails, by a pass over all relations.
fn losses_of(view: &View, failed: EntityIx) -> BTreeSet<(EntityIx, Lost)> {
    let mut suppliers: BTreeMap<(EntityIx, Option<EntityIx>), BTreeSet<EntityIx>> = BTreeMap::new();
    for relation in view.all_relations() {
        if view.predicate(relation) == Predicate::Supplies {
            let (supplier, customer) = view.ends(relation);
            suppliers.entry((customer, view.product(relation))).or_default().insert(supplier);
        }
    }
    let alone = |suppliers: &BTreeSet<EntityIx>| suppliers.iter().eq([&failed]);
    let losses = suppliers.iter().filter(|(_, suppliers)| alone(suppliers));
    losses
        .filter_map(|((customer, product), _)| match product {
            Some(product) => Some((*customer, Lost::Product(*product))),
            None => {
                let all = suppliers.range((*customer, None)..);
                let all = all.take_while(|((of, _), _)| of == customer);
                all.map(|(_, suppliers)| suppliers)
                    .all(alone)
                    .then_some((*customer, Lost::Everything))
            }
        })
        .collect()
}
