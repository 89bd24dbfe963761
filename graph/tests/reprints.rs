//! Reprints of one text are one origin.

use std::collections::{BTreeMap, BTreeSet};

use graph::decide::{Command, OnRefusal};
use graph::ledger::Ledger;
use graph::model::{Confidence, Document, Drafts};
use graph::view::View;
use proptest::prelude::*;

use crate::support::{
    block_on, cases, document, drafts, drawn, empty_ledger, evidence, printed, submit,
};

fn command(documents: Vec<Document>, drafts: Drafts) -> Command {
    Command::Record { documents, drafts, on_refusal: OnRefusal::RefuseAll }
}

fn article(text: &str) -> Document {
    document("题", text, "2025-05")
}

async fn recorded(texts: &[impl AsRef<str>]) -> Ledger {
    let ledger = empty_ledger();
    for text in texts {
        submit(&ledger, command(vec![article(text.as_ref())], Drafts::none())).await.unwrap();
    }
    ledger
}

/// The place of the original of each document, in the order of recording.
fn originals(view: &View) -> Vec<usize> {
    let all: Vec<_> = view.documents().collect();
    let place = |d| all.iter().position(|other| *other == view.original(d)).unwrap();
    all.iter().map(|d| place(*d)).collect()
}

async fn originals_of(texts: &[impl AsRef<str>]) -> Vec<usize> {
    originals(&recorded(texts).await.view())
}

/// Each printing with who printed it and how sure its claim is.
fn printings() -> impl Strategy<Value = BTreeMap<(u8, u8), u8>> {
    proptest::collection::btree_map((0..4u8, 0..6u8), 1..10u8, 1..12)
}

proptest! {
    #![proptest_config(cases(48))]

    /// However often an article is printed, what it says is as sure as the surest printing alone;
    /// articles confirm each other.
    #[test]
    fn reprints_confirm_nothing(printings in printings()) {
        let ledger = empty_ledger();
        let mut surest: BTreeMap<u8, Confidence> = BTreeMap::new();
        for ((what, by), tenths) in &printings {
            let document = article(&printed(*what, *by));
            let sure = Confidence::new(f64::from(*tenths) / 10.0).unwrap();
            let mut said = drafts("FIRM:甲 SUPPLIES FIRM:乙");
            said.claims[0].evidence = Some(evidence(&document, "某与某"));
            said.claims[0].confidence = sure;
            if surest.get(what).is_none_or(|best| sure > *best) {
                surest.insert(*what, sure);
            }
            block_on(submit(&ledger, command(vec![document], said))).unwrap();
        }
        let view = ledger.view();
        let relation = view.relation(view.all_relations().next().unwrap()).unwrap();
        prop_assert_eq!(relation.claims.len(), printings.len());
        prop_assert_eq!(relation.origins, surest.len());
        prop_assert_eq!(relation.confidence, Confidence::combine(surest.into_values()));
        prop_assert_eq!(view.relation_confidence(relation.ix), relation.confidence);
    }

    /// Where all printings of an article resemble each other, the order in which they come decides
    /// which of them is the original, and nothing else.
    #[test]
    fn the_first_printing_is_the_original(
        printings in printings(),
        order in proptest::collection::vec(any::<u64>(), 12),
    ) {
        let mut come: Vec<(u64, u8, u8)> =
            printings.keys().zip(order).map(|((what, by), at)| (at, *what, *by)).collect();
        come.sort_unstable();
        let texts: Vec<String> = come.iter().map(|(_, what, by)| printed(*what, *by)).collect();
        let expected: Vec<usize> = come
            .iter()
            .map(|(_, what, _)| come.iter().position(|(_, other, _)| other == what).unwrap())
            .collect();
        prop_assert_eq!(block_on(originals_of(&texts)), expected);
    }
}

/// A sentence by number, in words that no other sentence has.
fn sentence(n: u32) -> String {
    let words = (0..15).map(|at| char::from_u32(0x4e00 + n * 15 + at).unwrap());
    words.collect::<String>() + "。"
}

fn sentences(all: impl IntoIterator<Item = u32>) -> String {
    all.into_iter().map(sentence).collect()
}

#[tokio::test]
async fn another_script_width_or_frame_is_a_reprint() {
    let text = printed(1, 0);
    let wide: String = text.replace('0', "０").replace('1', "１");
    let texts = [
        text.clone(),
        format!(
            "来源：晨屿日报\n\n{}\n\n责任编辑：某。未经许可不得转载。",
            wide.replace("说", "說")
        ),
        text.replace('。', "。\n\n"),
        printed(2, 0),
    ];
    assert_eq!(originals_of(&texts).await, [0, 0, 0, 3]);
}

#[tokio::test]
async fn what_is_shared_must_be_more_than_half() {
    let whole = sentences(0..20);
    let texts = [
        whole.clone(),
        // Shortened by a third.
        sentences(0..13),
        // A quotation.
        sentences((0..5).chain(100..115)),
        // A digest of three articles.
        sentences((0..20).chain(200..240)),
        // The same sentences, told in another order.
        sentences((0..20).rev()),
    ];
    assert_eq!(originals_of(&texts).await, [0, 0, 2, 3, 0]);
}

#[tokio::test]
async fn a_few_sentences_with_a_common_phrase_are_no_reprints() {
    let phrase = "晨屿日报讯，记者从市经济和信息化局获悉，我市先进制造业又添新军，";
    let texts = [
        format!("{phrase}甲公司投产。"),
        format!("{phrase}乙公司投产。"),
        format!("{phrase}乙公司投产！"),
        "……".to_owned(),
        "——".to_owned(),
    ];
    assert_eq!(originals_of(&texts).await, [0, 1, 1, 3, 4]);
}

/// Resemblance does not carry over: an article may be halfway between two that are not alike.
#[tokio::test]
async fn what_was_told_apart_stays_apart() {
    let (early, middle, late) = (sentences(0..20), sentences(5..25), sentences(10..30));
    assert_eq!(originals_of(&[&early, &middle, &late]).await, [0, 0, 0]);
    assert_eq!(originals_of(&[&early, &late, &middle]).await, [0, 1, 0]);
}

#[tokio::test]
async fn many_articles_in_one_frame_stay_apart_and_their_reprints_are_found() {
    let frame = sentences(900..905);
    let texts: Vec<String> = (0..60)
        .flat_map(|n| {
            let text = sentences(n * 12..n * 12 + 12);
            [format!("{frame}{text}"), format!("{text}完。")]
        })
        .collect();
    let expected: Vec<usize> = (0..120).map(|at| at - at % 2).collect();
    assert_eq!(originals_of(&texts).await, expected);
}

#[tokio::test]
async fn a_view_of_the_past_knows_the_reprints_of_then() {
    let ledger = drawn("FIRM:丙 OWNS FIRM:丁").await;
    let mut seen = BTreeSet::new();
    for by in 0..3 {
        let document = article(&printed(0, by));
        let mut said = drafts("FIRM:甲 SUPPLIES FIRM:乙 conf=0.5");
        said.claims[0].evidence = Some(evidence(&document, "某与某"));
        submit(&ledger, command(vec![document], said)).await.unwrap();
        let view = ledger.view();
        let relation = view.relation(view.all_relations().last().unwrap()).unwrap();
        seen.insert((relation.origins, relation.confidence.value().to_bits()));
    }
    assert_eq!(seen, BTreeSet::from([(1, 0.5_f64.to_bits())]));
}
