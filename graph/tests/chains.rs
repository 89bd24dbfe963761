//! Chains: who stands in which stage, what is missing, what may be inferred; and traces against a
//! naive answer.

use std::collections::{BTreeMap, BTreeSet};

use graph::decide::{Command, OnRefusal};
use graph::model::{EntityKind, Predicate};
use graph::query::{
    Basis, ChainReport, ChainReportQuery, EntityFilter, Reason, SoleSourcedQuery, TraceDirection,
    TraceQuery, chain_report, sole_sourced, trace,
};
use graph::view::{PredicateSet, View};
use proptest::prelude::*;

use crate::references::{FIRMS, Link, actual, budget, firm, links, number, numbers, view_of};
use crate::structure::{ix, names};
use crate::support::{cases, document, drafts, drawn, empty_ledger, evidence, record, submit};

/// A robot chain: two makers of whole machines, one of joints, of bearings none here.
const ROBOTS: &str = "
    STAGE:整机 PART_OF CHAIN:机器人 position=downstream
    STAGE:关节 PART_OF CHAIN:机器人 position=midstream
    STAGE:轴承 PART_OF CHAIN:机器人 position=upstream scope=滚珠、滚子
    STAGE:减速器 PART_OF CHAIN:机器人 position=upstream
    STAGE:轴承 FEEDS STAGE:关节
    STAGE:减速器 FEEDS STAGE:关节
    STAGE:关节 FEEDS STAGE:整机
    STAGE:整机 PART_OF CHAIN:水下
    FIRM:甲机 MEMBER_OF CHAIN:机器人 stage=整机 share=60%
    FIRM:乙机 MEMBER_OF CHAIN:机器人 stage=整机 share=30%
    FIRM:丙节 MEMBER_OF STAGE:关节
    FIRM:丙节 PRODUCES PRODUCT:机器人关节
    FIRM:丁轴 MEMBER_OF CHAIN:机器人
    FIRM:丁轴 PRODUCES PRODUCT:精密滚珠
    FIRM:戊车 MEMBER_OF CHAIN:机器人
    FIRM:己轴 SUPPLIES FIRM:外厂 product=滚子轴承
    FIRM:庚潜 MEMBER_OF CHAIN:水下 stage=整机
    FIRM:辛潜 MEMBER_OF STAGE:整机
    FIRM:甲机 LOCATED_IN REGION:本区
    FIRM:乙机 LOCATED_IN TOWN:本镇
    TOWN:本镇 LOCATED_IN REGION:本区
    FIRM:丙节 LOCATED_IN REGION:本区
    FIRM:丁轴 LOCATED_IN REGION:外区
";

fn report(view: &View, region: Option<&str>) -> ChainReport {
    let region = region.map(|name| ix(view, name));
    let query = ChainReportQuery { chain: ix(view, "机器人"), region, candidates: 9 };
    chain_report(view, &query, &budget()).unwrap()
}

fn firms_by_stage(view: &View, report: &ChainReport) -> Vec<(String, Vec<String>)> {
    let stages = report.stages.iter();
    let firms = stages.map(|s| names(view, s.firms.iter().map(|f| f.entity)));
    let named = names(view, report.stages.iter().map(|s| s.stage));
    named.into_iter().zip(firms).collect()
}

fn expected(rows: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let owned = |firms: &[&str]| firms.iter().map(|f| (*f).to_owned()).collect();
    rows.iter().map(|(stage, firms)| ((*stage).to_owned(), owned(firms))).collect()
}

#[tokio::test]
async fn a_chain_is_told_stage_by_stage() {
    let view = drawn(ROBOTS).await.view();
    let everywhere = report(&view, None);
    // 丁轴 is of the chain and makes balls; who is only tied to the stage 整机, or to the other
    // chain that has it, is not of this one.
    assert_eq!(
        firms_by_stage(&view, &everywhere),
        expected(&[
            ("轴承", &["丁轴"]),
            ("减速器", &[]),
            ("关节", &["丙节"]),
            ("整机", &["甲机", "乙机"])
        ])
    );
    assert_eq!(names(&view, everywhere.missing.clone()), ["减速器"]);
    assert_eq!(names(&view, everywhere.fragile.clone()), ["轴承", "关节"]);
    assert_eq!(names(&view, everywhere.unplaced.iter().map(|f| f.entity)), ["戊车"]);
    let bearings = &everywhere.stages[0];
    assert_eq!(bearings.position.as_deref(), Some("upstream"));
    assert!(!bearings.firms[0].stated && everywhere.stages[2].firms[0].stated);
    assert_eq!(bearings.firms[0].relations.len(), 2);
    assert_eq!(bearings.concentration, None);
    let whole = everywhere.stages[3].concentration.unwrap();
    assert!((whole - (0.36 + 0.09)).abs() < 1e-12);
    assert_eq!(names(&view, bearings.candidates.iter().map(|c| c.entity)), ["丙节", "己轴"]);
}

/// Towns and clusters that focus on the chain bring those who lead or belong to them, or sit in the
/// town, by what they make; not one whose products tell no stage, nor whoever is in the region.
#[tokio::test]
async fn firms_of_a_town_that_focuses_on_the_chain_stand_by_their_products() {
    let picture = "
        TOWN:轴镇 FOCUSES_ON CHAIN:机器人
        FIRM:壬轴 LEADS TOWN:轴镇
        FIRM:壬轴 PRODUCES PRODUCT:微型滚珠
        CLUSTER:器群 FOCUSES_ON CHAIN:机器人
        FIRM:癸器 MEMBER_OF CLUSTER:器群
        FIRM:癸器 PRODUCES PRODUCT:谐波减速器
        FIRM:子闲 MEMBER_OF CLUSTER:器群
        FIRM:丑节 LOCATED_IN TOWN:轴镇
        FIRM:丑节 PRODUCES PRODUCT:关节模组
        REGION:本区 FOCUSES_ON CHAIN:机器人
        FIRM:寅轴 LOCATED_IN REGION:本区
        FIRM:寅轴 PRODUCES PRODUCT:滚子
        FIRM:丁轴 LOCATED_IN TOWN:轴镇
        FIRM:戊车 LEADS TOWN:轴镇
    ";
    let view = drawn(&format!("{ROBOTS}{picture}")).await.view();
    let everywhere = report(&view, None);
    assert_eq!(
        firms_by_stage(&view, &everywhere),
        expected(&[
            ("轴承", &["丁轴", "壬轴"]),
            ("减速器", &["癸器"]),
            ("关节", &["丙节", "丑节"]),
            ("整机", &["甲机", "乙机"])
        ])
    );
    let [own, brought] = &everywhere.stages[0].firms[..] else { panic!("two firms make balls") };
    // Who is of the chain itself stands there for that.
    assert_eq!((own.relations.len(), own.stated), (2, false));
    let said = brought.relations.iter().map(|ix| view.predicate(*ix));
    assert_eq!(
        said.collect::<Vec<_>>(),
        [Predicate::Leads, Predicate::FocusesOn, Predicate::Produces]
    );
    assert!(!brought.stated);
    assert_eq!(names(&view, everywhere.unplaced.iter().map(|f| f.entity)), ["戊车"]);
    assert_eq!(everywhere.missing, []);
}

#[tokio::test]
async fn a_region_counts_its_own_and_names_who_could_come() {
    let view = drawn(ROBOTS).await.view();
    let here = report(&view, Some("本区"));
    assert_eq!(
        firms_by_stage(&view, &here),
        expected(&[
            ("轴承", &[]),
            ("减速器", &[]),
            ("关节", &["丙节"]),
            ("整机", &["甲机", "乙机"])
        ])
    );
    assert_eq!(names(&view, here.missing.clone()), ["轴承", "减速器"]);
    assert!(here.unplaced.is_empty());
    let why = |name: &str| {
        let found = here.stages[0].candidates.iter().find(|c| c.entity == ix(&view, name)).unwrap();
        found.reasons.iter().map(|r| r.sentence(&view)).collect::<Vec<_>>()
    };
    assert_eq!(why("丁轴"), ["在别处处于本环节", "生产或供应 精密滚珠"]);
    assert_eq!(why("己轴"), ["生产或供应 滚子轴承"]);
    assert_eq!(why("丙节"), ["在本地处于相邻环节 关节"]);
    assert_eq!(names(&view, [here.stages[0].candidates[0].entity]), ["丁轴"]);
    for candidate in here.stages.iter().flat_map(|stage| &stage.candidates) {
        assert!(candidate.reasons.iter().all(|r: &Reason| !r.relations().is_empty()));
    }
    let query = ChainReportQuery { chain: ix(&view, "本区"), region: None, candidates: 9 };
    let refused = chain_report(&view, &query, &budget()).unwrap_err().to_string();
    assert!(refused.contains("REGION"), "{refused}");
}

/// Not found and not read about differ; who leads is told by claim or role.
#[tokio::test]
async fn coverage_counts_documents_and_leaders_are_named() {
    let ledger = empty_ledger();
    let text = "本区的机器人产业有关节和整机，领军企业甲机在本区。";
    let article = document("机器人在本区", text, "2025-05");
    let mut said = drafts(ROBOTS);
    for claim in &mut said.claims[..2] {
        claim.evidence = Some(evidence(&article, "关节和整机"));
    }
    submit(
        &ledger,
        Command::Record {
            documents: vec![article],
            drafts: said,
            on_refusal: OnRefusal::RefuseAll,
        },
    )
    .await
    .unwrap();
    submit(&ledger, record(drafts("FIRM:甲机 LEADS CHAIN:机器人"))).await.unwrap();
    let view = ledger.view();
    let found = report(&view, Some("本区"));
    let coverage: Vec<usize> = found.stages.iter().map(|s| s.coverage.len()).collect();
    assert_eq!(coverage, [0, 0, 1, 1]);
    assert_eq!(names(&view, found.stages[3].leaders.clone()), ["甲机"]);
    assert!(found.stages[2].leaders.is_empty());
    // Nobody writes of the chain in the other region.
    assert!(report(&view, Some("外区")).stages.iter().all(|s| s.coverage.is_empty()));
}

fn tracing(view: &View, from: &str, direction: TraceDirection, basis: &[Basis]) -> TraceQuery {
    TraceQuery {
        from: ix(view, from),
        direction,
        max_depth: 9,
        limit: 100,
        predicates: PredicateSet::of([Predicate::Supplies]),
        product_on_first_link: None,
        product_on_every_link: None,
        leaf: None,
        min_confidence: 0.0,
        basis: basis.to_vec(),
        planned: false,
    }
}

#[tokio::test]
async fn what_stages_suggest_is_marked_and_gives_way_to_what_is_said() {
    let picture = format!("{ROBOTS}\nFIRM:丙节 SUPPLIES FIRM:乙机 product=关节 conf=0.9");
    let view = drawn(&picture).await.view();
    let up = |from: &str, basis: &[Basis]| {
        let found = trace(&view, &tracing(&view, from, TraceDirection::Upstream, basis), &budget());
        let steps = found.tiers.into_iter().flat_map(|tier| tier.steps);
        steps.map(|s| (view.name(s.entity).to_string(), s)).collect::<Vec<_>>()
    };
    assert!(up("甲机", &[Basis::Stated]).is_empty());
    let both = [Basis::Stated, Basis::Derived];
    let inferred = up("甲机", &both);
    assert_eq!((inferred.len(), inferred[0].0.as_str()), (1, "丙节"));
    let step = &inferred[0].1;
    assert_eq!(step.basis, Basis::Derived);
    // Both in one place; membership, membership, FEEDS and the two locations are the reasons.
    assert!((step.confidence.value() - 0.5).abs() < 1e-12);
    assert_eq!(step.via.len(), 5);
    let said = up("乙机", &both);
    assert_eq!((said.len(), said[0].1.basis), (1, Basis::Stated));
    let only = TraceQuery {
        product_on_every_link: Some(ix(&view, "精密滚珠")),
        ..tracing(&view, "甲机", TraceDirection::Upstream, &both)
    };
    assert!(trace(&view, &only, &budget()).tiers.is_empty());
    let sure = TraceQuery {
        min_confidence: 0.6,
        ..tracing(&view, "甲机", TraceDirection::Upstream, &both)
    };
    assert!(trace(&view, &sure, &budget()).tiers.is_empty());
}

#[tokio::test]
async fn what_comes_from_one_firm_alone() {
    let picture = "
        FIRM:环厂 SUPPLIES FIRM:泵厂 product=环
        FIRM:环厂 SUPPLIES FIRM:阀厂 product=环
        FIRM:铸一 SUPPLIES FIRM:泵厂 product=铸件
        FIRM:铸二 SUPPLIES FIRM:泵厂 product=铸件
        FIRM:磁厂 PRODUCES PRODUCT:磁钢
        REGION:外区 SUPPLIES CHAIN:海上风电 product=阀门
        FIRM:环厂 LOCATED_IN TOWN:小镇
        FIRM:阀厂 MEMBER_OF CLUSTER:集群
    ";
    let view = drawn(picture).await.view();
    let sole = |kind, within: Option<&str>| {
        let within = within.map(|name| ix(&view, name));
        let found = sole_sourced(&view, &SoleSourcedQuery { kind, within }, &budget()).unwrap();
        let pair = |s: &graph::query::SoleSourced| {
            (view.name(s.entity).to_string(), view.name(s.supplier).to_string())
        };
        found.found.iter().map(pair).collect::<Vec<_>>()
    };
    let owned = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let all = sole(EntityKind::Product, None);
    assert_eq!(all, [owned("环", "环厂"), owned("磁钢", "磁厂")]);
    assert_eq!(sole(EntityKind::Product, Some("小镇")), [owned("环", "环厂")]);
    assert_eq!(sole(EntityKind::Firm, None), [owned("阀厂", "环厂")]);
    assert_eq!(sole(EntityKind::Firm, Some("集群")), [owned("阀厂", "环厂")]);
    let town = SoleSourcedQuery { kind: EntityKind::Town, within: None };
    assert!(sole_sourced(&view, &town, &budget()).unwrap_err().to_string().contains("TOWN"));
}

/// Tiers by the definition: the nearest over links that pass the filters, nothing else.
fn naive_tiers(
    links: &[Link],
    from: usize,
    keep: impl Fn(usize, &(usize, usize, Option<usize>)) -> bool,
    leaves: Option<&BTreeSet<usize>>,
) -> Vec<BTreeSet<(usize, usize)>> {
    let all = actual(links);
    let mut met = BTreeSet::from([from]);
    let mut frontier = BTreeSet::from([from]);
    let mut tiers = Vec::new();
    while !frontier.is_empty() {
        let depth = tiers.len() + 1;
        let steps: BTreeSet<(usize, usize)> = all
            .iter()
            .filter(|link| {
                frontier.contains(&link.1) && !met.contains(&link.0) && keep(depth, link)
            })
            .map(|link| (link.0, link.1))
            .collect();
        frontier = steps.iter().map(|(supplier, _)| *supplier).collect();
        met.extend(&frontier);
        tiers.push(steps);
    }
    if let Some(leaves) = leaves {
        let mut needed: BTreeSet<usize> = BTreeSet::new();
        for tier in tiers.iter_mut().rev() {
            tier.retain(|(supplier, _)| leaves.contains(supplier) || needed.contains(supplier));
            needed.extend(tier.iter().map(|(_, customer)| *customer));
        }
    }
    tiers.retain(|tier| !tier.is_empty());
    tiers
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn traces_keep_to_their_filters(links in links(), from in 0..FIRMS, first in proptest::option::of(0..3_usize), every in proptest::option::of(0..3_usize), leaf in proptest::option::of(0..FIRMS)) {
        let view = view_of(&links);
        let product = |n: usize| graph::query::find(&view, &format!("货{n}"), None).unwrap();
        let known = |n: &Option<usize>| n.is_none_or(|n| product(n).is_some());
        prop_assume!(known(&first) && known(&every));
        let query = TraceQuery {
            product_on_first_link: first.and_then(product),
            product_on_every_link: every.and_then(product),
            leaf: leaf.map(|n| EntityFilter { named: Some(format!("厂{n}")), ..EntityFilter::default() }),
            ..tracing(&view, &format!("厂{from}"), TraceDirection::Upstream, &[Basis::Stated])
        };
        let leaves = leaf.map(|n| BTreeSet::from([n]));
        let keep = |depth: usize, link: &(usize, usize, Option<usize>)| {
            (depth > 1 || first.is_none() || link.2 == first) && (every.is_none() || link.2 == every)
        };
        let expected = naive_tiers(&links, from, keep, leaves.as_ref());
        let found = trace(&view, &query, &budget());
        let got: Vec<BTreeSet<(usize, usize)>> = found.tiers.iter()
            .map(|tier| tier.steps.iter().map(|s| (number(&view, s.entity), number(&view, s.from))).collect())
            .collect();
        prop_assert_eq!(got, expected);
        prop_assert_eq!(number(&view, found.root), number(&view, firm(&view, from)));
    }

    #[test]
    fn sole_sources_by_counting(links in links()) {
        let view = view_of(&links);
        let all = actual(&links);
        let mut makers: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut suppliers: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (source, to, product) in &all {
            suppliers.entry(*to).or_default().insert(*source);
            if let Some(product) = product {
                makers.entry(*product).or_default().insert(*source);
            }
        }
        for (kind, expected) in [(EntityKind::Product, makers), (EntityKind::Firm, suppliers)] {
            let found = sole_sourced(&view, &SoleSourcedQuery { kind, within: None }, &budget()).unwrap();
            let got: BTreeMap<usize, BTreeSet<usize>> = found.found.iter()
                .map(|s| (number(&view, s.entity), numbers(&view, [s.supplier])))
                .collect();
            let expected: BTreeMap<_, _> = expected.into_iter().filter(|(_, from)| from.len() == 1).collect();
            prop_assert_eq!(got, expected);
            prop_assert!(found.found.iter().all(|s| !s.relations.is_empty()));
        }
    }

    /// Firms, stages, members and places by chance; the report by looking each up.
    #[test]
    fn chain_reports_count_who_is_there(members in proptest::collection::btree_set((0..5_usize, 0..4_usize), 0..8), here in proptest::collection::btree_set(0..5_usize, 0..5)) {
        let mut picture = String::new();
        for n in 0..4 {
            picture.push_str(&format!("STAGE:段{n} PART_OF CHAIN:机器人\n"));
        }
        for n in 1..4 {
            picture.push_str(&format!("STAGE:段{n} FEEDS STAGE:段{}\n", n - 1));
        }
        for n in 0..5 {
            let place = if here.contains(&n) { "本区" } else { "外区" };
            picture.push_str(&format!("FIRM:厂{n} LOCATED_IN REGION:{place}\n"));
        }
        picture.push_str("REGION:本区 LOCATED_IN REGION:某市\n");
        for (firm, stage) in &members {
            picture.push_str(&format!("FIRM:厂{firm} MEMBER_OF CHAIN:机器人 stage=段{stage}\n"));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let view = runtime.block_on(drawn(&picture)).view();
        let found = report(&view, Some("本区"));
        // 段3 feeds 段2 and so on, so it stands first.
        prop_assert_eq!(names(&view, found.stages.iter().map(|s| s.stage)), ["段3", "段2", "段1", "段0"]);
        let there = |stage: usize| members.iter().filter(|(f, s)| *s == stage && here.contains(f)).map(|(f, _)| *f).collect::<BTreeSet<_>>();
        for (at, stage) in found.stages.iter().enumerate() {
            prop_assert_eq!(numbers(&view, stage.firms.iter().map(|f| f.entity)), there(3 - at));
            let others: BTreeSet<usize> = members.iter().filter(|(f, s)| *s == 3 - at && !here.contains(f)).map(|(f, _)| *f).collect();
            let elsewhere = stage.candidates.iter().filter(|c| c.reasons.iter().any(|r| matches!(r, Reason::Elsewhere { .. })));
            prop_assert_eq!(numbers(&view, elsewhere.map(|c| c.entity)), others);
        }
        let such = |count: usize| (0..4).rev().filter(|s| there(*s).len() == count).map(|s| format!("段{s}")).collect::<Vec<_>>();
        prop_assert_eq!(names(&view, found.missing), such(0));
        prop_assert_eq!(names(&view, found.fragile), such(1));
        prop_assert_eq!(found.truncated, None);
    }
}
