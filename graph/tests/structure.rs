//! Structural questions on graphs small enough to see the answer.

use graph::query::{
    ChokepointQuery, CommonQuery, ImpactQuery, Lost, chokepoints, common, find, impact,
};
use graph::state::EntityIx;
use graph::view::View;
use petgraph::Direction;

use crate::references::budget;
use crate::support::drawn;

pub(crate) fn ix(view: &View, name: &str) -> EntityIx {
    find(view, name, None).unwrap().unwrap()
}

pub(crate) fn names(view: &View, entities: impl IntoIterator<Item = EntityIx>) -> Vec<String> {
    entities.into_iter().map(|e| view.name(e).to_string()).collect()
}

/// Two powder mills behind one ring maker; castings from two; the motor maker stands alone.
const PUMP: &str = "
    FIRM:粉一 SUPPLIES FIRM:环厂 product=粉
    FIRM:粉二 SUPPLIES FIRM:环厂 product=粉
    FIRM:矿山 SUPPLIES FIRM:粉一
    FIRM:矿山 SUPPLIES FIRM:粉二
    FIRM:环厂 SUPPLIES FIRM:泵厂 product=环
    FIRM:铸一 SUPPLIES FIRM:泵厂 product=铸件
    FIRM:铸二 SUPPLIES FIRM:泵厂 product=铸件
    FIRM:铸二 SUPPLIES FIRM:阀厂 product=铸件
    FIRM:磁厂 SUPPLIES FIRM:电机厂 product=磁钢
    FIRM:电机厂 SUPPLIES FIRM:泵厂 product=电机
    FIRM:新厂 SUPPLIES FIRM:泵厂 product=环 planned
    FIRM:泵厂 SUPPLIES FIRM:装备厂
    FIRM:陶瓷厂 PRODUCES PRODUCT:环
";

#[tokio::test]
async fn a_chokepoint_is_whom_all_supply_must_pass() {
    let view = drawn(PUMP).await.view();
    let of = |name: &str, max_depth| {
        let query = ChokepointQuery { of: ix(&view, name), max_depth, examples: 2, planned: false };
        chokepoints(&view, &query, &budget())
    };
    let pump = of("泵厂", 6);
    assert_eq!(pump.upstream, 8);
    let seen: Vec<_> = pump.found.iter().map(|c| view.name(c.entity).to_string()).collect();
    // Neither mill: the mine reaches the ring maker by the other one.
    assert_eq!(seen, ["环厂", "电机厂"]);
    assert_eq!((pump.found[0].cuts_off, pump.found[0].depth), (3, 1));
    assert_eq!(names(&view, pump.found[0].examples.clone()), ["粉一", "粉二"]);
    assert!((pump.found[0].share - 3.0 / 8.0).abs() < 1e-12);
    assert_eq!(pump.truncated, None);
    let near = of("泵厂", 2);
    assert_eq!((near.upstream, near.found[0].cuts_off), (7, 2));
    assert_eq!(near.truncated.unwrap().limit, "depth");
    assert!(of("矿山", 6).found.is_empty());
    let query =
        ChokepointQuery { of: ix(&view, "泵厂"), max_depth: 6, examples: 2, planned: false };
    let spent = chokepoints(&view, &query, &graph::query::Budget::steps(3));
    assert_eq!((spent.found.len(), spent.truncated.unwrap().limit), (0, "steps"));
}

#[tokio::test]
async fn an_impact_tells_who_loses_what_and_who_else_has_it() {
    let view = drawn(PUMP).await.view();
    let of = |failing: &[&str], limit| {
        let of = failing.iter().map(|name| ix(&view, name)).collect();
        impact(&view, &ImpactQuery { of, max_depth: 4, limit, planned: false }, &budget())
    };
    let ring = of(&["环厂"], 10);
    let touched: Vec<_> =
        ring.touched.iter().map(|t| (t.depth, view.name(t.entity).to_string())).collect();
    assert_eq!(touched, [(1, "泵厂".into()), (2, "装备厂".into())]);
    assert_eq!(ring.cut_off.len(), 1);
    let cut = &ring.cut_off[0];
    assert_eq!((cut.entity, cut.lost), (ix(&view, "泵厂"), Lost::Product(ix(&view, "环"))));
    // The new plant only plans to; the ceramics maker makes rings, whoever buys them.
    assert_eq!(names(&view, cut.alternatives.iter().map(|a| a.entity)), ["陶瓷厂"]);
    assert_eq!(cut.relations.len(), 1);

    // The other foundry goes on.
    assert!(of(&["铸一"], 10).cut_off.is_empty());
    let both = of(&["铸一", "铸二"], 10);
    let cut: Vec<_> = both.cut_off.iter().map(|c| view.name(c.entity).to_string()).collect();
    assert_eq!(cut, ["泵厂", "阀厂"]);
    assert!(both.cut_off.iter().all(|c| c.alternatives.is_empty()));

    // No source says what the pump maker supplies, and nobody else is known to.
    let pump = of(&["泵厂"], 10);
    assert_eq!(pump.cut_off[0].lost, Lost::Everything);
    let cut_short = of(&["矿山"], 2).truncated.unwrap();
    assert_eq!((cut_short.limit, cut_short.remaining), ("limit", Some(3)));
}

#[tokio::test]
async fn what_entities_have_in_common() {
    let view = drawn(PUMP).await.view();
    let shared = |of: [&str; 2], direction, limit| {
        let of = of.iter().map(|name| ix(&view, name)).collect();
        let predicate = graph::model::Predicate::Supplies;
        let query = CommonQuery { of, predicate, direction, limit };
        let found = common(&view, &query, &budget());
        (names(&view, found.found.iter().map(|c| c.entity)), found.truncated.map(|t| t.limit))
    };
    assert_eq!(shared(["泵厂", "阀厂"], Some(Direction::Incoming), 9), (vec!["铸二".into()], None));
    assert_eq!(shared(["铸一", "铸二"], Some(Direction::Outgoing), 9), (vec!["泵厂".into()], None));
    let mills = ["粉一", "粉二"];
    assert_eq!(shared(mills, None, 9).0.len(), 2);
    assert_eq!(shared(mills, None, 1).1, Some("limit"));
    assert!(shared(["泵厂", "矿山"], None, 9).0.is_empty());
}
