use graph::decide::Command;
use graph::ledger::Ledger;
use graph::model::{
    Drafts, Identifier, Predicate, Qualifiers, RelationStatement, Statement, Validity,
};
use graph::model::{EntityKind, Modality};
use graph::query::{
    Budget, DuplicateQuery, Duplicates, Sign, duplicate_list, duplicates, duplicates_of_all_pairs,
};
use graph::view::{AsOf, Recorded, View};
use jiff::civil::Date;
use proptest::prelude::*;
use store::Seq;

use crate::support::{block_on, cases, drafts, empty_ledger, entity, record, said, submit};

/// What is drawn, with two more sorts of lines: `FIRM:name ALIAS other` and `FIRM:name ID
/// USCC:value`; a line of one word declares an entity.
fn picture(text: &str) -> Drafts {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (own, relations): (Vec<&str>, Vec<&str>) = lines.partition(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.len() == 1 || matches!(words[1], "ALIAS" | "ID")
    });
    let mut drafts = drafts(&relations.join("\n"));
    for line in own {
        let words: Vec<&str> = line.split_whitespace().collect();
        let entity = entity(&mut drafts, words[0]);
        let statement = match words[1..] {
            ["ALIAS", text] => Statement::Alias { entity, text: text.into() },
            ["ID", id] => {
                let (scheme, value) = id.split_once(':').unwrap();
                let identifier = Identifier::new(scheme.parse().unwrap(), value).unwrap();
                Statement::Identifier { entity, identifier }
            }
            _ => continue,
        };
        drafts.claims.push(said(statement, 0.9));
    }
    drafts
}

async fn drawn(text: &str) -> Ledger {
    let ledger = empty_ledger();
    submit(&ledger, record(picture(text))).await.unwrap();
    ledger
}

fn asked(view: &View, min_score: f64) -> Duplicates {
    let query = DuplicateQuery { kinds: vec![], min_score, limit: usize::MAX };
    duplicates(view, &query, &Budget::steps(1_000_000))
}

/// Pairs as lines: `a = b score: reasons`.
fn told(view: &View, min_score: f64) -> Vec<String> {
    let found = asked(view, min_score);
    assert_eq!(found.truncated, None);
    let line = |pair: &graph::query::DuplicatePair| {
        let reasons: Vec<String> = pair.signs.iter().map(|sign| sign.sentence(view)).collect();
        let (a, b) = (view.name(pair.a), view.name(pair.b));
        format!("{a} = {b} {}: {}", pair.score, reasons.join("；"))
    };
    found.found.iter().map(line).collect()
}

async fn check(text: &str, min_score: f64, expected: &[&str]) {
    let ledger = drawn(text).await;
    assert_eq!(told(&ledger.view(), min_score), expected);
}

/// Is every such pair told at the default score or, with `!`, not?
async fn labelled(text: &str, pairs: &[(&str, &str, bool)]) {
    let ledger = drawn(text).await;
    let view = ledger.view();
    let found = asked(&view, 0.5).found;
    for (a, b, expected) in pairs {
        let (x, y) = (view.entities_named(a)[0], view.entities_named(b)[0]);
        let is_told = found.iter().any(|pair| (pair.a, pair.b) == (x.min(y), x.max(y)));
        assert_eq!(is_told, *expected, "{a} = {b}\n{:#?}", told(&view, 0.0));
    }
}

#[tokio::test]
async fn a_short_name_is_told_with_its_full_name() {
    check(
        "REGION:汀洲市
         FIRM:青禾轴承
         FIRM:汀洲青禾轴承股份有限公司",
        0.5,
        &["青禾轴承 = 汀洲青禾轴承股份有限公司 0.889: 除去地名和组织形式，同为“青禾轴承”"],
    )
    .await;
    check(
        "FIRM:青禾轴承
         FIRM:汀洲青禾轴承股份有限公司",
        0.5,
        &["青禾轴承 = 汀洲青禾轴承股份有限公司 0.739: “青禾轴承”是“汀洲青禾轴承股份有限公司”的简称"],
    )
    .await;
}

#[tokio::test]
async fn what_they_share_says_more_than_a_short_name_alone() {
    check(
        "FIRM:沅朔 LOCATED_IN TOWN:泵阀小镇
         FIRM:沅朔泵业有限公司 LOCATED_IN TOWN:泵阀小镇
         FIRM:沅朔 SUPPLIES FIRM:衡渚装备
         FIRM:沅朔泵业有限公司 SUPPLIES FIRM:衡渚装备",
        0.5,
        &["沅朔 = 沅朔泵业有限公司 0.885: \
           有 1 个共同的关联方：衡渚装备（Adamic–Adar 1.4）；同在 泵阀小镇；“沅朔”是“沅朔泵业有限公司”的简称"],
    )
    .await;
}

#[tokio::test]
async fn one_identifier_outweighs_unlike_names() {
    check(
        "FIRM:白鹭材料 ID STOCK_CODE:600011
         FIRM:江东工业 ID STOCK_CODE:600011",
        0.5,
        &["白鹭材料 = 江东工业 1: STOCK_CODE 相同：600011"],
    )
    .await;
    // Those that share a strong one are one already.
    check("UNIVERSITY:白鹭大学 ID WIKIDATA:Q11\nUNIVERSITY:江东工学院 ID WIKIDATA:Q11", 0.0, &[])
        .await;
    // Once they share it only as a claim that is not of a strong register, they are not alike.
    check("FIRM:甲厂房 ID GBT4754:3451\nFIRM:乙车间 ID GBT4754:3451", 0.0, &[]).await;
}

/// The homonym guard: the same words for two.
#[tokio::test]
async fn signs_of_two_are_said_and_weigh_against() {
    check(
        "REGION:汀洲市
         REGION:月湾市
         FIRM:汀洲青禾轴承有限公司
         FIRM:月湾青禾轴承有限公司",
        0.0,
        &["汀洲青禾轴承有限公司 = 月湾青禾轴承有限公司 0.333: \
           除去地名和组织形式，同为“青禾轴承”；但一在 汀洲市，一在 月湾市"],
    )
    .await;
    check(
        "FIRM:沅朔泵业一厂\nFIRM:沅朔泵业二厂",
        0.0,
        &["沅朔泵业一厂 = 沅朔泵业二厂 0.022: “沅朔泵业一厂”与“沅朔泵业二厂”只差一字；但编号不同：“沅朔泵业一厂”与“沅朔泵业二厂”"],
    )
    .await;
    check(
        "FIRM:沅朔泵业 SPUN_OFF_FROM FIRM:沅朔泵业集团",
        0.0,
        &["沅朔泵业 = 沅朔泵业集团 0.2: \
           除去地名和组织形式，同为“沅朔泵业”；但二者之间有关系：沅朔泵业 裂变自 沅朔泵业集团"],
    )
    .await;
    check(
        "FIRM:青禾轴承 ID USCC:91350100M000100Y43
         FIRM:青禾轴承有限公司 ID USCC:91330109MA2XYW0008",
        0.0,
        &["青禾轴承 = 青禾轴承有限公司 0.002: \
           除去地名和组织形式，同为“青禾轴承”；但 USCC 不同：91350100M000100Y43 与 91330109MA2XYW0008"],
    )
    .await;
}

#[tokio::test]
async fn a_name_that_fits_many_says_less() {
    labelled(
        "FIRM:青禾\nFIRM:青禾轴承有限公司\nFIRM:青禾食品有限公司",
        &[("青禾", "青禾轴承有限公司", false), ("青禾", "青禾食品有限公司", false)],
    )
    .await;
    labelled("FIRM:青禾\nFIRM:青禾轴承有限公司", &[("青禾", "青禾轴承有限公司", true)]).await;
}

/// A small set of invented pairs with what a reader would say of each.
#[tokio::test]
async fn a_labelled_set_is_told_apart() {
    labelled(
        "REGION:汀洲市
         REGION:晨屿区 LOCATED_IN REGION:汀洲市
         REGION:晨屿
         FIRM:砺岫新材 LOCATED_IN REGION:晨屿区
         FIRM:汀洲砺岫新材料有限公司 LOCATED_IN REGION:汀洲市
         FIRM:珂砚陶瓷股份有限公司
         FIRM:珂砚陶瓷有限公司
         FIRM:珂砚陶瓷有限公司江东分公司
         FIRM:棣梧轴承
         FIRM:棣悟轴承
         FIRM:棣梧轴承钢有限公司 SUPPLIES FIRM:棣梧轴承
         FIRM:绛帆密封件有限公司
         FIRM:降帆密封件有限公司
         UNIVERSITY:白鹭理工大学
         UNIVERSITY:白理工
         PARK:东湖高新区
         PARK:汀洲东湖高新技术产业开发区
         PARK:东湖经开区
         CHAIN:具身智能
         CHAIN:具身智能产业链
         PRODUCT:墨鳐2.0水下机器人
         PRODUCT:墨鳐3.0水下机器人
         PRODUCT:墨鳐 ALIAS 墨鳐机器人
         PRODUCT:轴承
         PRODUCT:轴承座
         PROJECT:晨屿膜材基地一期
         PROJECT:晨屿膜材基地二期
         PERSON:林一鸣
         PERSON:林一鹤
         AGENCY:晨屿区科技局
         AGENCY:科技局
         TOWN:泵阀小镇
         CLUSTER:泵阀小镇",
        &[
            ("晨屿区", "晨屿", true),
            ("砺岫新材", "汀洲砺岫新材料有限公司", true),
            ("珂砚陶瓷股份有限公司", "珂砚陶瓷有限公司", true),
            ("珂砚陶瓷有限公司", "珂砚陶瓷有限公司江东分公司", false),
            ("棣梧轴承", "棣悟轴承", true),
            ("棣梧轴承钢有限公司", "棣梧轴承", false),
            // Two registered names that differ are two firms, until something else speaks for one.
            ("绛帆密封件有限公司", "降帆密封件有限公司", false),
            ("白鹭理工大学", "白理工", true),
            ("东湖高新区", "汀洲东湖高新技术产业开发区", true),
            ("东湖高新区", "东湖经开区", false),
            ("具身智能", "具身智能产业链", true),
            ("墨鳐2.0水下机器人", "墨鳐3.0水下机器人", false),
            ("墨鳐", "墨鳐2.0水下机器人", false),
            ("轴承", "轴承座", false),
            ("晨屿膜材基地一期", "晨屿膜材基地二期", false),
            ("林一鸣", "林一鹤", false),
            ("晨屿区科技局", "科技局", true),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_pair_marked_distinct_never_comes_back() {
    let ledger = drawn("FIRM:青禾轴承\nFIRM:青禾轴承有限公司\nFIRM:青禾轴承集团").await;
    let id = |name: &str| {
        let view = ledger.view();
        view.entity_id(view.entities_named(name)[0])
    };
    let pairs = || told(&ledger.view(), 0.0).len();
    assert_eq!(pairs(), 3);
    let (a, b, c) = (id("青禾轴承"), id("青禾轴承有限公司"), id("青禾轴承集团"));
    let before = ledger.head().seq;
    let distinct = Command::MarkDistinct { a, b, reason: "两家".into() };
    submit(&ledger, distinct).await.unwrap();
    assert_eq!(pairs(), 2);
    // Merged with a third, it stays marked: neither pair of the group and the other comes back.
    let merge = Command::Merge { keep: c, absorb: vec![a], reason: "一家".into() };
    let merge = submit(&ledger, merge).await.unwrap().merges[0];
    assert_eq!(pairs(), 0);
    let many = Command::Merge { keep: c, absorb: vec![b], reason: "一家".into() };
    assert!(submit(&ledger, many).await.unwrap_err().to_string().contains("marked distinct"));
    submit(&ledger, Command::UndoMerge { merge, reason: "错了".into() }).await.unwrap();
    assert_eq!(pairs(), 2);
    let both = Command::Merge { keep: c, absorb: vec![a, b], reason: "一家".into() };
    assert!(
        submit(&ledger, both).await.unwrap_err().to_string().contains("marked distinct"),
        "two that differ are not absorbed together either"
    );
    let as_of = AsOf { recorded: Recorded::UpTo(before), valid_on: None };
    assert_eq!(told(&ledger.view().at(as_of).unwrap(), 0.0).len(), 3);
}

#[tokio::test]
async fn what_holds_on_another_day_does_not_count() {
    let ledger = drawn(
        "FIRM:沅朔 LOCATED_IN TOWN:泵阀小镇 from=2020 to=2022
         FIRM:沅朔泵业 LOCATED_IN TOWN:泵阀小镇",
    )
    .await;
    let on = |day| {
        let as_of = AsOf { recorded: Recorded::Now, valid_on: Some(day) };
        let view = ledger.view().at(as_of).unwrap();
        asked(&view, 0.0).found[0].score
    };
    assert!(on(Date::constant(2021, 6, 1)) > on(Date::constant(2024, 6, 1)));
}

#[tokio::test]
async fn a_name_that_too_many_share_is_cut_and_said() {
    let firms: Vec<String> = (0..70)
        .map(|n| format!("FIRM:企业{} ALIAS 曜铎", char::from_u32(0x5000 + n).unwrap()))
        .collect();
    let ledger = drawn(&firms.join("\n")).await;
    let found = asked(&ledger.view(), 0.0);
    let cut = found.truncated.unwrap();
    // Whole name, core and sound: in each the first five leave out 5, 4, 3, 2 and 1.
    assert_eq!((cut.limit, cut.at, cut.remaining), ("block", 64, Some(45)));
    assert_eq!(found.found.len(), 70 * 69 / 2 - 15);
    let least = Sign::FitsOthers { others: 68 };
    assert!(found.found.iter().all(|pair| pair.signs.contains(&least)));
    let stopped = DuplicateQuery { kinds: vec![], min_score: 0.0, limit: 10 };
    let stopped = duplicates(&ledger.view(), &stopped, &Budget::steps(100));
    // Half of the steps went to pairs, which are told.
    assert_eq!(stopped.truncated.map(|cut| (cut.limit, cut.at)), Some(("steps", 50)));
    assert_eq!(stopped.found.len(), 10);
}

/// One thing that is said of entities, by small numbers.
#[derive(Debug, Clone)]
enum Told {
    Called { entity: usize, name: usize },
    Identified { entity: usize, value: usize },
    Related { predicate: usize, source: usize, target: usize, from: u8 },
    Distinct { a: usize, b: usize },
    Merged { keep: usize, absorb: usize },
}

fn name() -> impl Strategy<Value = String> {
    let part = |words: &'static [&'static str]| proptest::sample::select(words);
    (
        part(&["", "", "汀洲", "月湾市", "江东"]),
        part(&["青禾", "轻合", "沅朔", "沅朔特种"]),
        part(&["", "轴承", "轴承钢", "泵业", "业泵"]),
        part(&["", "", "一厂", "二厂", "分公司"]),
        part(&["", "", "有限公司", "集团"]),
    )
        .prop_map(|(place, brand, trade, number, form)| {
            [place, brand, trade, number, form].concat()
        })
}

const KINDS: [&str; 3] = ["FIRM", "UNIVERSITY", "PRODUCT"];

fn told_of() -> impl Strategy<Value = Told> {
    let n = 0..8usize;
    prop_oneof![
        3 => (n.clone(), 0..8usize).prop_map(|(entity, name)| Told::Called { entity, name }),
        2 => (n.clone(), 0..3usize).prop_map(|(entity, value)| Told::Identified { entity, value }),
        4 => (0..2usize, n.clone(), n.clone(), 0..3u8).prop_map(
            |(predicate, source, target, from)| Told::Related { predicate, source, target, from }),
        1 => (n.clone(), n.clone()).prop_map(|(a, b)| Told::Distinct { a, b }),
        1 => (n.clone(), n).prop_map(|(keep, absorb)| Told::Merged { keep, absorb }),
    ]
}

async fn tell(ledger: &Ledger, names: &[(usize, String)], told: &Told) {
    let word = |n: usize| {
        let (kind, name) = &names[n % names.len()];
        format!("{}:{name}", KINDS[*kind])
    };
    let id = |n: usize| {
        let view = ledger.view();
        let (_, name) = &names[n % names.len()];
        view.entities_named(name).first().map(|entity| view.entity_id(*entity))
    };
    let mut drafts = Drafts::none();
    let statement = match told {
        Told::Called { entity: of, name } => {
            let (_, text) = &names[name % names.len()];
            Statement::Alias { entity: entity(&mut drafts, &word(*of)), text: text.clone() }
        }
        Told::Identified { entity: of, value } => Statement::Identifier {
            entity: entity(&mut drafts, &word(*of)),
            identifier: Identifier::new(
                graph::model::IdentifierScheme::StockCode,
                &format!("60000{value}"),
            )
            .unwrap(),
        },
        Told::Related { predicate, source, target, from } => {
            let target = match predicate {
                0 => ["REGION:汀洲市", "REGION:月湾市"][target % 2].to_owned(),
                _ => word(*target),
            };
            let (source, target) =
                (entity(&mut drafts, &word(*source)), entity(&mut drafts, &target));
            Statement::Relation(RelationStatement {
                predicate: [Predicate::LocatedIn, Predicate::PartnersWith][*predicate],
                source,
                target,
                qualifiers: Qualifiers::none(),
                validity: Validity::new(
                    (*from > 0).then(|| format!("202{from}").parse().unwrap()),
                    None,
                )
                .unwrap(),
                modality: Modality::Actual,
            })
        }
        Told::Distinct { a, b } => {
            if let Some((a, b)) = id(*a).zip(id(*b)) {
                let command = Command::MarkDistinct { a, b, reason: "试".into() };
                submit(ledger, command).await.ok();
            }
            return;
        }
        Told::Merged { keep, absorb } => {
            if let Some((keep, absorb)) = id(*keep).zip(id(*absorb)) {
                let command = Command::Merge { keep, absorb: vec![absorb], reason: "试".into() };
                submit(ledger, command).await.ok();
            }
            return;
        }
    };
    drafts.claims.push(said(statement, 0.9));
    submit(ledger, record(drafts)).await.ok();
}

proptest! {
    #![proptest_config(cases(96))]

    /// Blocked = all pairs: what the keys leave out is not alike.
    #[test]
    fn keys_miss_no_pair(
        names in proptest::collection::vec((0..3usize, name()), 2..8),
        all in proptest::collection::vec(told_of(), 0..16),
        cut in 0.0..1.0f64,
        day in 0..4i16,
        min_score in 0.0..1.0f64,
    ) {
        let ledger = block_on(async {
            let places = names.iter().map(|(kind, name)| format!("{}:{name}", KINDS[*kind]));
            let places = places.chain(["REGION:汀洲市".to_owned(), "REGION:月湾市".to_owned()]);
            let ledger = drawn(&places.collect::<Vec<_>>().join("\n")).await;
            for told in &all {
                tell(&ledger, &names, told).await;
            }
            ledger
        });
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a small positive number")]
        let seq = Seq::new((ledger.head().seq.get() as f64 * cut) as u64);
        let valid_on = (day > 0).then(|| Date::new(2019 + day, 6, 1).unwrap());
        for recorded in [Recorded::Now, Recorded::UpTo(seq)] {
            let view = ledger.view().at(AsOf { recorded, valid_on }).unwrap();
            for min_score in [0.0, min_score] {
                let query = DuplicateQuery { kinds: vec![EntityKind::Firm, EntityKind::University, EntityKind::Product], min_score, limit: usize::MAX };
                let budget = Budget::steps(1_000_000);
                let found = duplicates(&view, &query, &budget);
                let list = duplicate_list(&view, &query.kinds, min_score, &budget);
                let middle = list.len() / 2;
                let mut shown = list.shown(&view, 0..middle, &budget).unwrap();
                shown.extend(list.shown(&view, middle..list.len(), &budget).unwrap());
                prop_assert_eq!(&found.found, &shown, "pages of the list");
                prop_assert!(found.found.is_sorted_by(|x, y| x.score >= y.score));
                prop_assert!(found.found.iter().all(|pair| pair.score >= min_score && pair.a < pair.b));
                prop_assert_eq!(found, duplicates_of_all_pairs(&view, &query, &budget));
            }
        }
    }
}
