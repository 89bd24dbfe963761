//! Commits on their way to the disk while the next is decided: what is promised is kept, or told.

use std::sync::Arc;

use graph::decide::{Command, OnRefusal};
use graph::ledger::{Ledger, Receipt, Submission, SubmitError};
use graph::model::{Drafts, MergeId};
use graph::state::State;
use graph::view::View;
use proptest::prelude::*;
use store::{AppendError, LocalOptions, Log, Seq};

use crate::laws::{Deed, command, deed, replayed};
use crate::support::{
    block_on, document, drafts, drawn, dump, empty_ledger, policy, record, submission,
};

/// How something comes into the log, or before eyes.
#[derive(Debug, Clone, Copy)]
enum Way {
    Ahead,
    InBulk,
    AtOnce,
    /// By another ledger over the same log.
    ByAnother,
    /// Not at all: readers are shown what there is.
    Shown,
    /// Not at all: much is announced.
    Announced,
}

fn way(with_another: bool) -> impl Strategy<Value = Way> {
    prop_oneof![
        8 => Just(Way::Ahead),
        2 => Just(Way::InBulk),
        1 => Just(Way::AtOnce),
        u32::from(with_another) => Just(Way::ByAnother),
        1 => Just(Way::Shown),
        2 => Just(Way::Announced),
    ]
}

/// Two ledgers over one log, and what readers of the first were shown.
struct Life {
    ledger: Ledger,
    other: Ledger,
    merges: Vec<MergeId>,
    shown: Vec<Arc<State>>,
    lost: usize,
    by_another: usize,
}

impl Life {
    fn new() -> Self {
        let ledger = empty_ledger();
        let other = Ledger::open(ledger.log().clone(), policy(), |_| {}).unwrap();
        Self { ledger, other, merges: vec![], shown: vec![], lost: 0, by_another: 0 }
    }

    async fn step(&mut self, deed: &Deed, way: Way) {
        let command = command(deed, &self.ledger.view(), &self.merges);
        match way {
            Way::Shown => self.note(self.ledger.publish_so_far().await),
            Way::Announced => {
                self.ledger.begin_bulk(1_000_000).await.unwrap();
            }
            way => {
                if let Some(command) = command {
                    self.by_another += usize::from(matches!(way, Way::ByAnother));
                    let outcome = self.submit(command, way).await;
                    self.merges.extend(outcome.iter().flat_map(|receipt| &receipt.merges));
                    self.note(outcome);
                }
            }
        }
        self.shown.push(self.ledger.state());
    }

    async fn submit(&self, command: Command, way: Way) -> Result<Receipt, SubmitError> {
        let submission = submission(command);
        match way {
            Way::Ahead => self.ledger.submit_ahead(submission).await,
            Way::InBulk => self.ledger.submit_in_bulk(submission).await,
            Way::ByAnother => self.other.submit(submission).await,
            _ => self.ledger.submit(submission).await,
        }
    }

    fn note<T>(&mut self, outcome: Result<T, SubmitError>) {
        match outcome {
            Ok(_) | Err(SubmitError::Refused(_)) => {}
            Err(SubmitError::Lost(AppendError::Conflict { .. })) => self.lost += 1,
            Err(error) => panic!("{error}"),
        }
    }

    /// What the laws demand of it, however it went.
    async fn end(&mut self) {
        let last = self.ledger.publish().await;
        self.note(last);
        let log = self.ledger.log();
        if self.by_another == 0 {
            assert_eq!(self.ledger.head(), log.head());
        }
        // Whatever another came to record last is caught up with.
        submit_one(&self.ledger).await;
        assert_eq!(self.ledger.head(), log.head());
        let again = replayed(log, log.head().seq);
        assert_eq!(again.hash(), self.ledger.state().hash());
        assert_eq!(dump(&View::of(Arc::new(again))), dump(&self.ledger.view()));
        self.shown.dedup_by_key(|state| state.seq());
        for state in &self.shown {
            assert_eq!(replayed(log, state.seq()).hash(), state.hash());
            let commit = log.commit_at(state.seq()).unwrap();
            assert_eq!(state.head().hash, commit.map_or(store::Hash32::ZERO, |c| c.hash));
        }
    }
}

async fn submit_one(ledger: &Ledger) {
    ledger.submit(submission(record(drafts("FIRM:末 SUPPLIES FIRM:尾")))).await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// However things come into the log, it is replayed to what readers see, and they never see
    /// what it does not hold.
    #[test]
    fn what_is_recorded_ahead_is_what_the_log_holds(
        steps in proptest::collection::vec((deed(), way(false)), 1..40),
    ) {
        block_on(async {
            let mut life = Life::new();
            for (deed, way) in &steps {
                life.step(deed, *way).await;
            }
            life.end().await;
            assert_eq!(life.lost, 0);
        });
    }

    /// The same while another ledger records into the same log: promises may be broken, and are
    /// told, but nothing else is.
    #[test]
    fn a_promise_that_another_writer_breaks_leaves_no_trace(
        steps in proptest::collection::vec((deed(), way(true)), 1..40),
    ) {
        block_on(async {
            let mut life = Life::new();
            for (deed, way) in &steps {
                life.step(deed, *way).await;
            }
            life.end().await;
        });
    }
}

/// Full from the start, as far as appends see.
fn full_disk() -> LocalOptions {
    LocalOptions { min_free_bytes: u64::MAX, ..LocalOptions::default() }
}

fn is_full(error: &AppendError) -> bool {
    matches!(error, AppendError::DiskFull { .. })
}

/// Where the disk is full, the log may also say so before anything could be promised.
async fn promised(ledger: &Ledger, what: &Submission) -> Receipt {
    loop {
        match ledger.submit_ahead(what.clone()).await {
            Ok(promised) => return promised,
            Err(SubmitError::Append(error)) if is_full(&error) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn whoever_was_promised_a_commit_hears_that_it_is_lost_and_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let open =
        |options| Ledger::open(Log::open(dir.path(), options).unwrap(), policy(), |_| {}).unwrap();
    let ledger = open(LocalOptions::default());
    ledger.submit(submission(record(drafts("FIRM:甲 SUPPLIES FIRM:乙")))).await.unwrap();
    ledger.close().await.unwrap();
    drop(ledger);
    let ledger = open(full_disk());
    let before = dump(&ledger.view());
    let next = |n| submission(record(drafts(&format!("FIRM:甲 SUPPLIES FIRM:厂{n}"))));
    for ended_by in 0..4 {
        ledger.begin_bulk(1_000_000).await.unwrap();
        let promised = promised(&ledger, &next(1)).await;
        assert_eq!(promised.seq, Seq::new(ledger.head().seq.get() + promised.events as u64));
        // Somebody else hears of what is his only.
        let another = ledger.submit(next(2)).await.unwrap_err();
        assert!(matches!(&another, SubmitError::Append(error) if is_full(error)), "{another:?}");
        let told = match ended_by {
            0 => ledger.submit_ahead(next(3)).await.map(drop),
            1 => ledger.submit_in_bulk(next(3)).await.map(drop),
            2 => ledger.publish_so_far().await,
            _ => ledger.publish().await,
        };
        let told = told.unwrap_err();
        assert!(matches!(&told, SubmitError::Lost(error) if is_full(error)), "{told:?}");
        // Once.
        ledger.publish().await.unwrap();
        assert_eq!(dump(&ledger.view()), before);
    }
    ledger.close().await.unwrap();
    drop(ledger);
    let ledger = open(LocalOptions::default());
    assert_eq!(dump(&ledger.view()), before);
    ledger.begin_bulk(1_000_000).await.unwrap();
    let promised = ledger.submit_ahead(next(1)).await.unwrap();
    ledger.publish().await.unwrap();
    assert_eq!((ledger.head(), ledger.head().seq), (ledger.log().head(), promised.seq));
}

#[tokio::test]
async fn a_commit_that_is_too_large_is_refused_at_once_and_the_one_before_it_stays() {
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙").await;
    ledger.begin_bulk(1_000_000).await.unwrap();
    let small = record(drafts("FIRM:甲 SUPPLIES FIRM:丙"));
    let promised = ledger.submit_ahead(submission(small)).await.unwrap();
    let texts = (0..40)
        .map(|n| document(&format!("题{n}"), &format!("{n}{}", "字".repeat(40_000)), "2024"));
    let (documents, drafts) = (texts.collect(), Drafts::none());
    let large = Command::Record { documents, drafts, on_refusal: OnRefusal::RefuseAll };
    let refused = ledger.submit_ahead(submission(large)).await.unwrap_err();
    assert!(matches!(refused, SubmitError::Append(AppendError::TooLarge { .. })), "{refused:?}");
    ledger.publish().await.unwrap();
    assert_eq!((ledger.head(), ledger.head().seq), (ledger.log().head(), promised.seq));
}
