use std::time::Duration;

use futures_util::StreamExt;
use graph::ledger::{Ledger, SubmitError};
use store::Seq;

use crate::support::{drafts, drawn, dump, policy, record, submission, submit, with_key};

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
        async move { ledger.view_from(next, Duration::from_secs(30)).await.map(|v| v.seq()) }
    });
    submit(&ledger, record(drafts("FIRM:乙 SUPPLIES FIRM:丙"))).await.unwrap();
    assert!(waiter.await.unwrap().unwrap() >= next);
}
