use std::sync::Arc;
use std::time::Duration;

use graph::model::{Drafts, EntityKind};
use graph::name_index::NameIndex;
use graph::query::{Field, SearchHit, search};
use graph::view::{AsOf, Recorded, View};
use pinyin::ToPinyin;
use proptest::prelude::*;

use crate::laws::{deed, live};
use crate::support::{block_on, cases, drafts, drawn, empty_ledger, record, submit};

/// Characters with several readings, traditional ones, letters, and what many names share.
const LETTERS: &str = "重庆银行长安强申芯片寶雞器有限司ab1";

fn name() -> impl Strategy<Value = String> {
    let letters: Vec<char> = LETTERS.chars().collect();
    proptest::collection::vec(proptest::sample::select(letters), 1..9)
        .prop_map(|chars| chars.into_iter().collect())
}

/// What people type: a name, a part of one, pinyin, initials, or a name with a slip.
fn asked() -> impl Strategy<Value = String> {
    let typed = [
        "cqyh",
        "chongqing",
        "zhongq",
        "yinhang",
        "hang",
        "qsxp",
        "qiangsh",
        "an",
        "b1",
        "q",
        "chonqing",
        "yinhag",
        "qiangshne",
    ];
    prop_oneof![
        name(),
        name().prop_map(|name| name.chars().skip(1).take(2).collect()),
        proptest::sample::select(typed.to_vec()).prop_map(str::to_owned),
        (name(), 0..8usize, 0..4usize).prop_map(|(name, at, slip)| slipped(&name, at, slip)),
        (name(), 0..3usize, 1..40usize).prop_map(|(name, from, letters)| {
            let spelt = name.chars().skip(from).map(|c| match c.to_pinyin() {
                Some(pinyin) => pinyin.plain().to_owned(),
                None => c.to_string(),
            });
            spelt.collect::<String>().chars().take(letters).collect()
        }),
        (name(), 0..3usize).prop_map(|(name, from)| {
            let initial = |c: char| c.to_pinyin().map_or(Some(c), |p| p.plain().chars().next());
            name.chars().skip(from).filter_map(initial).collect()
        }),
        (name(), 0..8usize, 0..8usize).prop_map(|(name, from, wrong)| {
            let mut part: Vec<char> = name.chars().skip(from / 2).collect();
            if let Some(letter) = part.get_mut(wrong) {
                *letter = '错';
            }
            part.into_iter().collect()
        }),
        (name(), any::<u8>()).prop_map(|(name, taken)| {
            name.chars().zip(0..8).filter(|(_, at)| taken >> at & 1 == 1).map(|(c, _)| c).collect()
        }),
    ]
}

fn slipped(name: &str, at: usize, slip: usize) -> String {
    let mut chars: Vec<char> = name.chars().collect();
    let at = at.min(chars.len() - 1);
    match slip {
        0 if at + 1 < chars.len() => chars.swap(at, at + 1),
        1 => drop(chars.remove(at)),
        2 => chars.insert(at, '司'),
        _ => chars[at] = '司',
    }
    chars.into_iter().collect()
}

/// Names as long as those of firms, and what is typed of them.
#[test]
fn an_index_finds_long_names_by_any_slip_and_by_their_sound() {
    let names = [
        "重庆强申芯片科技股份有限公司",
        "重庆强申芯片有限公司",
        "长安银行机器人集团有限公司",
        "杭州重庆强申芯片科技股份有限公司西安分公司",
        "安庆重庆长安ab芯片机器有限公司",
    ]
    .map(str::to_owned);
    let state = block_on(async {
        let ledger = empty_ledger();
        submit(&ledger, record(pairs(&names))).await.unwrap();
        ledger.state()
    });
    let plain = View::of(Arc::clone(&state));
    let indexed = plain.clone().with_names(Arc::new(NameIndex::default().grown(&state)));
    let mut texts = Vec::new();
    for name in &names {
        let slips = (0..name.chars().count()).flat_map(|at| (0..4).map(move |slip| (at, slip)));
        texts.extend(slips.map(|(at, slip)| slipped(name, at, slip)));
        for from in 0..4 {
            let pinyin = |c: char| c.to_pinyin().map_or(c.to_string(), |p| p.plain().to_owned());
            let spelt: String = name.chars().skip(from).map(pinyin).collect();
            texts.extend((1..spelt.len()).map(|letters| spelt[..letters].to_owned()));
        }
    }
    for text in &texts {
        let expected = search(&plain, text, &[], 3);
        assert!(!expected.is_empty() || text.chars().count() < 3, "{text}");
        assert_eq!(search(&indexed, text, &[], 3), expected, "{text}");
    }
}

fn pairs(names: &[String]) -> Drafts {
    let lines = names.iter().zip(names.iter().skip(1)).filter(|(a, b)| a != b);
    let lines = lines.map(|(a, b)| format!("FIRM:{a} SUPPLIES FIRM:{b} product={b}"));
    drafts(&lines.collect::<Vec<_>>().join("\n"))
}

proptest! {
    #![proptest_config(cases(48))]

    /// The index changes what a search costs and nothing else, however it grew, and however old it
    /// or the view is.
    #[test]
    fn an_index_never_changes_an_answer(
        early in proptest::collection::vec(name(), 2..40),
        late in proptest::collection::vec(name(), 2..40),
        texts in proptest::collection::vec(asked(), 1..12),
        first in 1..12usize,
        kinds in prop_oneof![Just(vec![]), Just(vec![EntityKind::Product])],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (before, after) = runtime.block_on(async {
            let ledger = empty_ledger();
            submit(&ledger, record(pairs(&early))).await.unwrap();
            let before = ledger.state();
            submit(&ledger, record(pairs(&late))).await.unwrap();
            (before, ledger.state())
        });
        let half = NameIndex::default().grown(&before);
        let whole = half.grown(&after);
        let indexes = [&half, &whole].map(|index| Arc::new(index.clone()));
        for state in [&before, &after] {
            let plain = View::of(Arc::clone(state));
            for text in &texts {
                let expected = search(&plain, text, &kinds, first);
                for index in &indexes {
                    let indexed = plain.clone().with_names(Arc::clone(index));
                    prop_assert_eq!(&search(&indexed, text, &kinds, first), &expected, "{}", text);
                }
            }
        }
    }

    /// The same over aliases, merges, reviews and retractions, at every position.
    #[test]
    fn an_index_knows_what_stands_where(
        deeds in proptest::collection::vec(deed(), 1..40),
        covered in 1..40usize,
        text in proptest::sample::select(vec!["企业", "企业1", "业", "qi", "qiye", "qy", "q", "厂", "企业12", "企叶1"]),
        first in 1..6usize,
        at in any::<proptest::sample::Index>(),
    ) {
        let (state, early) = block_on(async {
            let early = live(&deeds[..covered.min(deeds.len())]).await.state();
            (live(&deeds).await.state(), early)
        });
        let recorded = Recorded::UpTo(store::Seq::new(at.index(1 + usize::try_from(state.seq().get()).unwrap()) as u64));
        let plain = View::of(Arc::clone(&state)).at(AsOf { recorded, valid_on: None }).unwrap();
        let expected = search(&plain, text, &[], first);
        for index in [NameIndex::default().grown(&early), NameIndex::default().grown(&state)] {
            let indexed = plain.clone().with_names(Arc::new(index));
            prop_assert_eq!(&search(&indexed, text, &[], first), &expected);
        }
    }
}

#[tokio::test]
async fn a_name_is_found_in_every_way_it_is_typed() {
    let ledger = drawn("FIRM:重庆强申芯片有限公司 SUPPLIES FIRM:寶雞機器人集團").await;
    let index = Arc::new(NameIndex::default().grown(&ledger.state()));
    let view = ledger.view().with_names(index);
    let best = |text: &str| {
        let hits: Vec<SearchHit> = search(&view, text, &[], 1);
        hits.into_iter()
            .next()
            .map(|hit| (hit.matched.chars().take(2).collect::<String>(), hit.field))
    };
    let chip = |field| Some(("重庆".to_owned(), field));
    let robot = |field| Some(("寶雞".to_owned(), field));
    assert_eq!(best("强申"), chip(Field::Name));
    assert_eq!(best("強申芯片"), chip(Field::Name));
    assert_eq!(best("宝鸡机器人"), robot(Field::Name));
    assert_eq!(best("chongqingqiangshen"), chip(Field::Pinyin));
    assert_eq!(best("zhongqing"), chip(Field::Pinyin));
    assert_eq!(best("xinpian"), chip(Field::Pinyin));
    assert_eq!(best("cqqsxp"), chip(Field::Initials));
    assert_eq!(best("jqr"), robot(Field::Initials));
    assert_eq!(best("重庆强申芯片有限公可"), chip(Field::Slip));
    assert_eq!(best("重庆申强芯片有限公司"), chip(Field::Slip));
    assert_eq!(best("qsxq"), None);
}

#[tokio::test]
async fn a_ledger_indexes_its_names_in_the_background() {
    let names: Vec<String> = (0..700).map(|n| format!("第{n}厂")).collect();
    let ledger = empty_ledger();
    submit(&ledger, record(pairs(&names))).await.unwrap();
    let found = |view: &View| {
        let hits = search(view, "第69", &[EntityKind::Firm], 20).into_iter();
        hits.filter(|hit| hit.field == Field::Name).count()
    };
    assert_eq!(found(&ledger.view()), 11);
    // The thread has no deadline: it is only waited for until it has come as far as it goes.
    while ledger.names_indexed() < 1_024 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(found(&ledger.view()), 11);
}

/// Fewer names than are worth a part are indexed too, once no more come for a moment.
#[tokio::test]
async fn the_last_few_names_are_indexed_once_it_is_quiet() {
    let ledger = drawn("FIRM:重庆强申芯片有限公司 SUPPLIES FIRM:宝鸡机器人集团").await;
    let indexed = async {
        while ledger.names_indexed() < ledger.view().names().count() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    // However slow the machine is: without the rule the names never are.
    tokio::time::timeout(Duration::from_secs(300), indexed).await.unwrap();
    assert_eq!(search(&ledger.view(), "强申", &[], 5).len(), 1);
}

#[tokio::test]
async fn one_slip_is_forgiven_in_words_of_three_characters_or_more() {
    let ledger = drawn("FIRM:强申芯片 SUPPLIES FIRM:甲乙丙").await;
    let index = Arc::new(NameIndex::default().grown(&ledger.state()));
    let plain = View::of(ledger.state());
    let indexed = ledger.view().with_names(index);
    for (text, is_found) in [
        ("强申晶片", true),
        ("强申芯片厂", true),
        ("强申片", true),
        ("申强芯片", true),
        ("甲乙丁", true),
        ("甲丙乙", true),
        ("甲乙丙丁", true),
        ("强申晶元", false),
        ("强申芯片一厂", false),
        ("申强片芯", false),
        // Two characters have too many neighbours.
        ("甲丁", false),
    ] {
        for view in [&plain, &indexed] {
            let slips = search(view, text, &[], 5).iter().all(|hit| hit.field == Field::Slip);
            let found = search(view, text, &[], 5).len();
            assert_eq!((found, slips), (usize::from(is_found), true), "{text}");
        }
    }
}

/// What is typed of a long name is a part of it, with a slip, or what people call it for short.
#[tokio::test]
async fn a_long_name_is_found_by_a_part_with_a_slip_and_by_its_short_form() {
    let ledger = drawn(
        "FIRM:汀洲强申时代芯片股份有限公司 SUPPLIES FIRM:臺灣寶雞電路製造股份有限公司
         FIRM:Semensag SUPPLIES FIRM:中国甲工商银行股份有限公司",
    )
    .await;
    let index = Arc::new(NameIndex::default().grown(&ledger.state()));
    let (plain, indexed) = (View::of(ledger.state()), ledger.view().with_names(index));
    for (text, found) in [
        ("强深时代", Some(("汀洲", Field::Slip))),
        ("强申代时", Some(("汀洲", Field::Slip))),
        ("强申代芯片", Some(("汀洲", Field::Short))),
        ("强申时时代芯片", Some(("汀洲", Field::Slip))),
        ("汀洲强申时代晶片", Some(("汀洲", Field::Slip))),
        ("qiangshenshidia", Some(("汀洲", Field::Slip))),
        ("semmens", Some(("Se", Field::Slip))),
        ("台宝电", Some(("臺灣", Field::Short))),
        ("汀洲强申股份", Some(("汀洲", Field::Short))),
        ("工行", Some(("中国", Field::Short))),
        // No two slips, no other order, and nothing by what every firm's name ends with.
        ("强深时大", None),
        ("电宝台", None),
        ("强司", None),
        ("强申元", None),
        ("qiangshnshidia", None),
    ] {
        for view in [&plain, &indexed] {
            let hits = search(view, text, &[], 5);
            let hit = hits.first().map(|hit| (hit.matched.chars().take(2).collect(), hit.field));
            let found = found.map(|(begins, field)| (begins.to_owned(), field));
            assert_eq!(hit, found, "{text}");
        }
    }
    // What fits closer is all that is told.
    assert!(search(&indexed, "股份", &[], 9).iter().all(|hit| hit.field == Field::Name));
}
