use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use graph::extract::{ExtractError, Extraction, Extractor};
use graph::ledger::{Article, Idempotency, Ledger, SubmitError};
use graph::model::Document;
use graph::view::{AsOf, Lens, PredicateSet, Recorded, View};
use petgraph::Direction::{Incoming, Outgoing};
use store::Seq;

use crate::laws::replayed;
use crate::support::{
    document, drafts, drawn, dump, empty_ledger, policy, record, submission, submit, with_key,
};

#[tokio::test]
async fn a_view_taken_after_the_receipt_shows_it_and_an_older_view_does_not_change() {
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙").await;
    let before = ledger.view();
    let (head, picture) = (ledger.head(), dump(&before));
    let receipt = submit(&ledger, record(drafts("FIRM:乙 SUPPLIES FIRM:丙"))).await.unwrap();
    assert!(receipt.seq > head.seq);
    assert_eq!(ledger.view().seq(), receipt.seq);
    assert_eq!(ledger.view().entities_named("丙").len(), 1);
    assert_eq!(dump(&before), picture);
}

#[tokio::test]
async fn an_expected_position_that_is_gone_writes_nothing() {
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙").await;
    let head = ledger.head();
    let mut late = submission(record(drafts("FIRM:乙 SUPPLIES FIRM:丙")));
    late.expected = Some(Seq::new(1));
    match ledger.submit(late.clone()).await.unwrap_err() {
        SubmitError::Moved { expected, actual } => {
            assert_eq!((expected, actual), (Seq::new(1), head.seq));
        }
        other => panic!("{other}"),
    }
    assert_eq!(ledger.head(), head);
    late.expected = Some(head.seq);
    ledger.submit(late).await.unwrap();
}

#[tokio::test]
async fn an_idempotency_key_gives_its_first_receipt_for_ever() {
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙").await;
    let command = || record(drafts("FIRM:乙 SUPPLIES FIRM:丙"));
    let first = ledger.submit(with_key(command(), "k1", "内容")).await.unwrap();
    submit(&ledger, record(drafts("FIRM:丙 SUPPLIES FIRM:丁"))).await.unwrap();
    let again = ledger.submit(with_key(command(), "k1", "内容")).await.unwrap();
    assert_eq!((again.seq, again.events), (first.seq, first.events));
    let other = ledger.submit(with_key(command(), "k1", "别的")).await.unwrap_err();
    assert!(matches!(other, SubmitError::KeyReused(key) if key == "k1"));
    let replayed = Ledger::open(ledger.log().clone(), policy(), |_| {}).unwrap();
    let after_restart = replayed.submit(with_key(command(), "k1", "内容")).await.unwrap();
    assert_eq!(after_restart.seq, first.seq);
}

#[tokio::test]
async fn concurrent_writers_each_get_their_own_place() {
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙").await;
    let writers = (0..20).map(|n| {
        let ledger = ledger.clone();
        tokio::spawn(async move {
            let picture = format!("FIRM:甲 SUPPLIES FIRM:厂{n}");
            submit(&ledger, record(drafts(&picture))).await.unwrap().seq
        })
    });
    let mut places: Vec<Seq> = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        places.push(writer.await.unwrap());
    }
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 20);
    assert_eq!(ledger.view().all_relations().count(), 21);
}

#[tokio::test]
async fn following_gives_the_past_then_what_comes_each_once() {
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙").await;
    let past = ledger.head().seq.get();
    let mut entries = Box::pin(ledger.follow(Seq::new(1)));
    let writer = ledger.clone();
    let write = tokio::spawn(async move {
        for n in 0..5 {
            submit(&writer, record(drafts(&format!("FIRM:甲 SUPPLIES FIRM:厂{n}")))).await.unwrap();
        }
        writer.head().seq.get()
    });
    let last = write.await.unwrap();
    let mut seen = Vec::new();
    while seen.last() != Some(&last) {
        let entry = entries.next().await.unwrap().unwrap();
        assert!(!entry.summary(&ledger.view()).is_empty());
        seen.push(entry.seq.get());
    }
    assert!(past > 1 && seen.into_iter().eq(2..=last));
}

#[tokio::test]
async fn reading_your_own_writes_waits_and_gives_up() {
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙").await;
    let next = ledger.head().seq.next();
    let soon = Duration::from_millis(20);
    assert!(ledger.view_from(next, soon).await.unwrap_err().to_string().contains("not reached"));
    let waiter = tokio::spawn({
        let ledger = ledger.clone();
        async move { ledger.view_from(next, Duration::from_secs(300)).await.map(|v| v.seq()) }
    });
    submit(&ledger, record(drafts("FIRM:乙 SUPPLIES FIRM:丙"))).await.unwrap();
    assert!(waiter.await.unwrap().unwrap() >= next);
}

/// Reads a drawing instead of an article.
struct Drawing;

impl Extractor for Drawing {
    fn version(&self) -> &str {
        "drawing/1"
    }

    fn extract(&self, document: &Document) -> Result<Extraction, ExtractError> {
        let drafts = drafts(document.text());
        let rules = vec!["drawn".into(); drafts.claims.len()];
        Ok(Extraction { drafts, rules })
    }
}

#[tokio::test]
async fn an_article_is_recorded_whole_and_once() {
    let ledger = empty_ledger();
    let article = |text: &str| Article {
        document: document("图", text, "2025-05-24"),
        actor: "测试".into(),
        expected: None,
        idempotency: None,
    };
    let text = "FIRM:甲 SUPPLIES FIRM:乙\nFIRM:甲 LEADS PRODUCT:丙";
    let reader: Arc<dyn Extractor> = Arc::new(Drawing);
    let first = ledger.ingest(&reader, article(text)).await.unwrap();
    assert_eq!(
        (first.already_known, first.receipt.accepted, first.receipt.left_out.len()),
        (false, 1, 1)
    );
    ledger.ingest(&reader, article("FIRM:甲 SUPPLIES FIRM:丁")).await.unwrap();
    let again = ledger.ingest(&reader, article(text)).await.unwrap();
    assert!(again.already_known);
    let told = |i: &graph::ledger::Ingested| {
        (i.receipt.seq, i.receipt.events, i.receipt.accepted, i.document)
    };
    assert_eq!(told(&again), told(&first));
}

#[tokio::test]
async fn the_recorded_clock_can_be_named_by_time() {
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙").await;
    let view = ledger.view();
    let recorded = view.recorded_at_ms(view.seq()).unwrap();
    let at = |ms| view.at(AsOf { recorded: Recorded::By(ms), valid_on: None }).unwrap().seq();
    assert_eq!((at(recorded - 1), at(recorded), at(i64::MAX)), (Seq::ZERO, view.seq(), view.seq()));
    assert_eq!(
        empty_ledger().view().at(AsOf { recorded: Recorded::By(0), valid_on: None }).unwrap().seq(),
        Seq::ZERO
    );
}

#[tokio::test]
async fn an_articles_key_is_checked_even_where_its_text_is_known() {
    let ledger = empty_ledger();
    let reader: Arc<dyn Extractor> = Arc::new(Drawing);
    let article = |text: &str, content: &str| Article {
        document: document("图", text, "2025-05-24"),
        actor: "测试".into(),
        expected: None,
        idempotency: Some(Idempotency { key: "k".into(), content: content.into() }),
    };
    let (one, two) = ("FIRM:甲 SUPPLIES FIRM:乙", "FIRM:甲 SUPPLIES FIRM:丁");
    let first = ledger.ingest(&reader, article(one, "一")).await.unwrap();
    let again = ledger.ingest(&reader, article(one, "一")).await.unwrap();
    assert_eq!((again.already_known, again.receipt.seq), (true, first.receipt.seq));
    for text in [one, two] {
        let refused = ledger.ingest(&reader, article(text, "二")).await.unwrap_err();
        assert!(refused.to_string().contains("`k`"), "{refused}");
    }
}

#[tokio::test]
async fn of_two_that_bring_one_text_at_once_one_is_told_that_it_is_known() {
    let ledger = empty_ledger();
    let reader: Arc<dyn Extractor> = Arc::new(Drawing);
    let article = || Article {
        document: document("图", "FIRM:甲 SUPPLIES FIRM:乙", "2025-05-24"),
        actor: "测试".into(),
        expected: None,
        idempotency: None,
    };
    let (a, b) = tokio::join!(ledger.ingest(&reader, article()), ledger.ingest(&reader, article()));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_ne!(a.already_known, b.already_known);
    assert_eq!((a.receipt.seq, a.receipt.events), (b.receipt.seq, b.receipt.events));
}

#[tokio::test]
async fn every_part_that_grows_takes_memory() {
    let few = drawn("FIRM:甲 SUPPLIES FIRM:乙 product=轴承").await.state().memory();
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙 product=轴承\nFIRM:乙 SUPPLIES FIRM:丙").await;
    let mut folded = (*ledger.state()).clone();
    folded.fold();
    let more = folded.memory();
    let parts = |m: &graph::state::Memory| [m.claims, m.relations, m.ids, m.entities];
    assert!(parts(&few).iter().zip(parts(&more)).all(|(few, more)| *few > 0 && *few < more));
    assert!(more.links > 0 && more.all() > few.all());
}

#[tokio::test]
async fn what_is_recorded_in_bulk_is_seen_once_published_and_not_before() {
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙").await;
    let replayed = || Ledger::open(ledger.log().clone(), policy(), |_| {}).unwrap().view();
    let before = dump(&ledger.view());
    // So many claims that relations are laid out at the end only.
    ledger.begin_bulk(1_000_000).await.unwrap();
    let in_bulk = |n| submission(record(drafts(&format!("FIRM:甲 SUPPLIES FIRM:厂{n}"))));
    for n in 0..20 {
        ledger.submit_in_bulk(in_bulk(n)).await.unwrap();
    }
    assert_eq!(dump(&ledger.view()), before);
    // Somebody else's command is seen at once, and so is all before it.
    submit(&ledger, record(drafts("FIRM:丙 SUPPLIES FIRM:甲"))).await.unwrap();
    assert_eq!(dump(&ledger.view()), dump(&replayed()));
    ledger.begin_bulk(1_000_000).await.unwrap();
    for n in 20..40 {
        ledger.submit_in_bulk(in_bulk(n)).await.unwrap();
    }
    ledger.publish().await.unwrap();
    assert_eq!(ledger.view().all_relations().count(), 42);
    assert_eq!(dump(&ledger.view()), dump(&replayed()));
}

/// More entities than one block of the layout holds, with relations from end to end.
#[tokio::test]
async fn relations_among_thousands_are_walked_alike_laid_out_or_not() {
    for firms in [2_047, 2_048, 2_049, 4_097] {
        let relation = |n: usize| {
            let predicate = if n.is_multiple_of(3) { "PARTNERS_WITH" } else { "SUPPLIES" };
            format!("FIRM:厂{n} {predicate} FIRM:厂{}\n", (n + 1 + n * 1_031 % (firms - 1)) % firms)
        };
        let ledger = drawn(&(0..firms).map(relation).collect::<String>()).await;
        let laid = ledger.view();
        let by_rows = View::of(Arc::new(replayed(ledger.log(), laid.seq())));
        let walked = |view: &View| {
            let lens = Lens::new(view, PredicateSet::all());
            let around = |entity| [Outgoing, Incoming].map(|way| lens.steps(entity, way));
            view.entities().map(around).collect::<Vec<_>>()
        };
        let reopened = Ledger::open(ledger.log().clone(), policy(), |_| {}).unwrap().view();
        assert!(walked(&by_rows).iter().flatten().flatten().count() > 2 * firms);
        assert_eq!(walked(&laid), walked(&by_rows));
        assert_eq!(walked(&reopened), walked(&by_rows));
    }
}
