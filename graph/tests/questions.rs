use graph::ledger::Ledger;
use graph::model::{
    Comparator, EntityKind, LocalEntity, Modality, Observation, Predicate, Statement, ontology,
};
use graph::query::{
    Basis, Budget, EntityFilter, EntityOrder, Field, Orientation, PathQuery, STEPS_MAX,
    SubgraphQuery, TraceDirection, TraceQuery, find, list, network, paths, search, stats, subgraph,
    trace, within,
};
use graph::state::EntityIx;
use graph::view::{AsOf, Lens, PredicateSet, Recorded, View};

use crate::support::{drafts, drawn, empty_ledger, entity, policy, record, said, submit};

/// Two tiers above 整机, a branch, a cycle, and a plan.
const CHAIN: &str = "
    FIRM:粉厂 SUPPLIES FIRM:环厂 product=粉 conf=0.9
    FIRM:环厂 SUPPLIES FIRM:泵厂 product=环 conf=0.8
    FIRM:铸厂 SUPPLIES FIRM:泵厂 product=铸件
    FIRM:泵厂 SUPPLIES FIRM:装备厂 product=泵
    FIRM:装备厂 SUPPLIES FIRM:粉厂 product=炉
    FIRM:新厂 SUPPLIES FIRM:泵厂 product=环 planned
";

fn ix(view: &View, name: &str) -> EntityIx {
    find(view, name, None).unwrap().unwrap()
}

fn names(view: &View, entities: impl IntoIterator<Item = EntityIx>) -> Vec<String> {
    entities.into_iter().map(|e| view.name(e).to_string()).collect()
}

fn budget() -> Budget {
    Budget::steps(STEPS_MAX)
}

fn upstream(view: &View, from: &str) -> TraceQuery {
    TraceQuery {
        from: ix(view, from),
        direction: TraceDirection::Upstream,
        max_depth: 9,
        limit: 100,
        predicates: PredicateSet::of([Predicate::Supplies]),
        product_on_first_link: None,
        product_on_every_link: None,
        leaf: None,
        min_confidence: 0.0,
        basis: vec![Basis::Stated],
        planned: false,
    }
}

fn tiers(view: &View, query: &TraceQuery) -> Vec<Vec<String>> {
    let traced = trace(view, query, &budget());
    traced.tiers.iter().map(|t| names(view, t.steps.iter().map(|s| s.entity))).collect()
}

#[tokio::test]
async fn a_trace_goes_tier_by_tier_meets_a_cycle_once_and_leaves_plans_out() {
    let view = drawn(CHAIN).await.view();
    let up = upstream(&view, "泵厂");
    assert_eq!(tiers(&view, &up), [vec!["环厂", "铸厂"], vec!["粉厂"], vec!["装备厂"]]);
    let down = TraceQuery {
        direction: TraceDirection::Downstream,
        max_depth: 2,
        ..upstream(&view, "粉厂")
    };
    assert_eq!(tiers(&view, &down), [vec!["环厂"], vec!["泵厂"]]);
    let sure = TraceQuery { min_confidence: 0.85, ..up.clone() };
    assert_eq!(tiers(&view, &sure), [vec!["铸厂"]]);
    let of_rings =
        TraceQuery { product_on_first_link: Some(ix(&view, "环")), max_depth: 2, ..up.clone() };
    assert_eq!(tiers(&view, &of_rings), [vec!["环厂"], vec!["粉厂"]]);
    let leaf = EntityFilter { named: Some("粉".into()), ..EntityFilter::default() };
    let to_powder = TraceQuery { leaf: Some(leaf), ..up };
    assert_eq!(tiers(&view, &to_powder), [vec!["环厂"], vec!["粉厂"]]);
}

#[tokio::test]
async fn what_cuts_a_trace_is_said() {
    let view = drawn(CHAIN).await.view();
    let cut = trace(&view, &TraceQuery { limit: 1, ..upstream(&view, "泵厂") }, &budget());
    assert_eq!(cut.truncated.unwrap().limit, "limit");
    assert_eq!(cut.subgraph.entities.len(), 2);
    let spent = trace(&view, &upstream(&view, "泵厂"), &Budget::steps(1));
    assert_eq!(spent.truncated.unwrap().limit, "steps");
    assert!(trace(&view, &upstream(&view, "泵厂"), &budget()).truncated.is_none());
}

#[tokio::test]
async fn paths_come_shortest_first_without_loops() {
    let picture = "
        FIRM:甲 SUPPLIES FIRM:乙 conf=0.5
        FIRM:乙 SUPPLIES FIRM:丙
        FIRM:甲 PARTNERS_WITH FIRM:丙
        FIRM:丁 OWNS FIRM:甲
        FIRM:丁 OWNS FIRM:丙
        FIRM:戊 LEADS TOWN:己小镇
    ";
    let view = drawn(picture).await.view();
    let ways = |to: &str, orientation, max_length, limit| {
        let (from, to) = (ix(&view, "甲"), ix(&view, to));
        let predicates = PredicateSet::all();
        let query = PathQuery { from, to, predicates, max_length, limit, orientation };
        paths(&view, &query, &budget())
            .paths
            .into_iter()
            .map(|p| names(&view, p.entities))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ways("丙", Orientation::Any, 6, 9),
        [vec!["甲", "丙"], vec!["甲", "乙", "丙"], vec!["甲", "丁", "丙"]]
    );
    assert_eq!(ways("丙", Orientation::Forward, 6, 9), [vec!["甲", "丙"], vec!["甲", "乙", "丙"]]);
    assert_eq!(ways("丙", Orientation::Any, 1, 9), [vec!["甲", "丙"]]);
    assert_eq!(ways("丙", Orientation::Any, 6, 2).len(), 2);
    assert!(ways("己小镇", Orientation::Any, 6, 9).is_empty());
    assert!(ways("甲", Orientation::Any, 6, 9).is_empty());
}

/// Two memberships of one platform, with another's between them, are one member.
#[tokio::test]
async fn a_member_of_a_network_counts_once() {
    let view = drawn(
        "PLATFORM:甲院 MEMBER_OF NETWORK:一镇三星 role=牵头
         PLATFORM:乙院 MEMBER_OF NETWORK:一镇三星
         PLATFORM:甲院 MEMBER_OF NETWORK:一镇三星 role=成员",
    )
    .await
    .view();
    let found = network(&view, "一镇三星").unwrap().unwrap();
    assert_eq!(names(&view, found.members.iter().map(|m| m.entity)), ["甲院", "乙院"]);
}

/// A link may be narrowed by the stage that it stands in as by the product that it carries, and
/// plans count where they are asked for.
#[tokio::test]
async fn a_trace_follows_a_stage_and_plans_where_asked() {
    let view = drawn(
        "FIRM:环厂 SUPPLIES FIRM:泵厂 stage=密封
         FIRM:铸厂 SUPPLIES FIRM:泵厂 product=铸件
         FIRM:新厂 SUPPLIES FIRM:泵厂 product=铸件 planned",
    )
    .await
    .view();
    let up = upstream(&view, "泵厂");
    let of = |name| TraceQuery { product_on_every_link: Some(ix(&view, name)), ..up.clone() };
    assert_eq!(tiers(&view, &of("密封")), [vec!["环厂"]]);
    assert_eq!(tiers(&view, &of("铸件")), [vec!["铸厂"]]);
    assert_eq!(tiers(&view, &TraceQuery { planned: true, ..of("铸件") }), [vec!["铸厂", "新厂"]]);
}

#[tokio::test]
async fn a_network_shows_its_members_and_what_is_missing() {
    let ledger = empty_ledger();
    let mut drafts = drafts(
        "TOWN:泵阀小镇 MEMBER_OF NETWORK:一镇三星
         PLATFORM:流体实验室 MEMBER_OF NETWORK:一镇三星
         PLATFORM:云上实验室 MEMBER_OF NETWORK:一镇三星 planned
         PLATFORM:流体实验室 LOCATED_IN TOWN:泵阀小镇",
    );
    let network_at = entity(&mut drafts, "NETWORK:一镇三星");
    for (metric, value) in [(ontology::METRIC_TOWNS, 1.0), (ontology::METRIC_PLATFORMS, 3.0)] {
        drafts.claims.push(said(count(network_at, metric, value), 0.9));
    }
    submit(&ledger, record(drafts)).await.unwrap();
    let view = ledger.view();
    let found = network(&view, "“一镇三星”").unwrap().unwrap();
    assert_eq!(found.claimed_size(), Some(4));
    assert_eq!(names(&view, found.members.iter().map(|m| m.entity)), ["泵阀小镇", "流体实验室"]);
    let missing: Vec<_> = found.vacancies.iter().map(|v| (v.kind, v.count)).collect();
    assert_eq!(missing, [(EntityKind::Platform, 2)]);
    assert_eq!(found.among.len(), 1);
    assert!(network(&view, "一镇七星").unwrap().is_none());
}

fn count(subject: LocalEntity, metric: &str, value: f64) -> Statement<LocalEntity> {
    Statement::Observation(Observation {
        subject,
        metric: metric.into(),
        value,
        value_max: None,
        unit: "个".into(),
        comparator: Comparator::Exact,
        period: None,
        modality: Modality::Actual,
    })
}

#[tokio::test]
async fn entities_are_found_by_name_place_role_and_relation() {
    let picture = "
        FIRM:青禾轴承 LOCATED_IN TOWN:泵阀小镇
        TOWN:泵阀小镇 LOCATED_IN REGION:晨屿区
        REGION:晨屿区 LOCATED_IN REGION:汀洲市
        FIRM:蓝鲸阀门 LOCATED_IN REGION:月湾市
        FIRM:蓝鲸阀门 LEADS CLUSTER:月湾
        REGION:月湾 LOCATED_IN REGION:月湾市
    ";
    let view = drawn(picture).await.view();
    let inside = within(&view, ix(&view, "汀洲市"));
    assert_eq!(names(&view, inside).len(), 4);
    let firms_in = EntityFilter {
        kinds: vec![EntityKind::Firm],
        within: find(&view, "汀洲市", None).unwrap(),
        ..EntityFilter::default()
    };
    assert_eq!(names(&view, list(&view, &firms_in, EntityOrder::Name)), ["青禾轴承"]);
    let ambiguous = find(&view, "月湾", None).unwrap_err();
    assert_eq!(ambiguous.candidates.len(), 2);
    assert!(ambiguous.to_string().contains("CLUSTER") && ambiguous.to_string().contains("REGION"));
    assert!(find(&view, "月湾", Some(EntityKind::Region)).unwrap().is_some());
    assert!(find(&view, "没有的", None).unwrap().is_none());
}

#[tokio::test]
async fn search_says_what_matched() {
    let view = drawn("FIRM:恒达轴承 SUPPLIES FIRM:晨屿恒达泵业\nFIRM:蓝鲸 SUPPLIES FIRM:Aoral三维")
        .await
        .view();
    let best =
        |text: &str| search(&view, text, &[], 5).first().map(|h| (h.matched.to_string(), h.field));
    assert_eq!(best("恒达轴承"), Some(("恒达轴承".into(), Field::Name)));
    assert_eq!(best("恒达"), Some(("恒达轴承".into(), Field::Name)));
    assert_eq!(best("达泵"), Some(("晨屿恒达泵业".into(), Field::Name)));
    assert_eq!(best("henda"), Some(("恒达轴承".into(), Field::Slip)));
    assert_eq!(best("hegdb"), None);
    assert_eq!(best("hengda"), Some(("恒达轴承".into(), Field::Pinyin)));
    assert_eq!(best("hdzc"), Some(("恒达轴承".into(), Field::Initials)));
    assert_eq!(best("恒大轴承"), Some(("恒达轴承".into(), Field::Slip)));
    assert_eq!(best("AORAL"), Some(("Aoral三维".into(), Field::Name)));
    assert_eq!(best("蓝鯨"), Some(("蓝鲸".into(), Field::Name)));
    assert_eq!(best("  “” "), None);
    assert!(search(&view, "恒达", &[EntityKind::Town], 5).is_empty());
}

#[tokio::test]
async fn a_subgraph_keeps_the_near_and_says_what_it_cut() {
    let view = drawn(CHAIN).await.view();
    let query = SubgraphQuery {
        around: vec![ix(&view, "泵厂")],
        depth: 1,
        limit: 200,
        predicates: PredicateSet::all(),
        kinds: vec![EntityKind::Firm],
    };
    let near = subgraph(&view, &query, &budget());
    assert_eq!(near.entities.len(), 5);
    assert_eq!(near.relations.len(), 4);
    assert!(near.truncated.is_none());
    let cut = subgraph(&view, &SubgraphQuery { limit: 3, ..query }, &budget());
    assert_eq!((cut.entities.len(), cut.truncated.unwrap().remaining), (3, Some(2)));
    assert_eq!(cut.entities[0], ix(&view, "泵厂"));
}

#[tokio::test]
async fn petgraph_walks_a_view_on_either_clock() {
    let picture =
        "FIRM:甲 SUPPLIES FIRM:乙 from=2020 to=2022-01-01\nFIRM:乙 SUPPLIES FIRM:丙 from=2021";
    let ledger: Ledger = drawn(picture).await;
    let view = ledger.view();
    let linked = |view: &View| {
        let lens = Lens::new(view, PredicateSet::of([Predicate::Supplies]));
        petgraph::algo::has_path_connecting(&lens, ix(view, "甲"), ix(view, "丙"), None)
    };
    let on = |day: &str| {
        let valid_on = Some(day.parse().unwrap());
        view.at(AsOf { recorded: Recorded::Now, valid_on }).unwrap()
    };
    assert!(linked(&view));
    assert!(linked(&on("2021-06-01")));
    assert!(!linked(&on("2020-06-01")));
    assert!(!linked(&on("2022-01-01")));
    assert!(
        view.at(AsOf { recorded: Recorded::UpTo(store::Seq::new(99)), valid_on: None }).is_err()
    );
    assert_eq!(stats(&on("2020-06-01")).relations, 1);
}

/// Relations stay findable when recent ones are laid out anew, by a thread beside the writer, and
/// when the log is opened again.
#[tokio::test]
async fn thousands_of_relations_keep_their_neighbours() {
    let picture: String =
        (0..9000).map(|n| format!("FIRM:厂{n} SUPPLIES FIRM:厂{}\n", (n * 7 + 1) % 9000)).collect();
    let ledger = drawn(&picture).await;
    submit(&ledger, record(drafts("FIRM:厂8 SUPPLIES FIRM:新厂"))).await.unwrap();
    let again = Ledger::open(ledger.log().clone(), policy(), |_| {}).unwrap();
    for view in [ledger.view(), again.view()] {
        let counted: usize = view.entities().map(|e| view.relations(e, None).len()).sum();
        assert_eq!(u64::try_from(counted).unwrap(), stats(&view).relations * 2);
    }
    assert_eq!(ledger.state().hash(), again.state().hash());
    let view = ledger.view();
    assert_eq!(
        names(
            &view,
            trace(&view, &TraceQuery { max_depth: 1, ..upstream(&view, "厂8") }, &budget()).tiers
                [0]
            .steps
            .iter()
            .map(|s| s.entity)
        ),
        ["厂1"]
    );
}
