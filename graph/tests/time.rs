//! Questions about time, against naive answers over random histories, and on fixed examples.

use std::collections::{BTreeMap, BTreeSet};

use graph::decide::{Command, OnRefusal};
use graph::model::{FuzzyDate, Verdict};
use graph::query::{
    Bucket, Change, Clock, Diff, TimelineQuery, Withdrawn, diff, if_retracted, timeline,
};
use graph::view::{AsOf, Recorded, View};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use store::Seq;

use crate::laws::{deed, go_on, live, walked};
use crate::references::budget;
use crate::structure::ix;
use crate::support::{
    block_on, cases, document, drafts, drawn, empty_ledger, evidence, record, submit,
};

/// Everything of a view by what it is the same as, each with all that may change of it.
fn facts(view: &View) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    for e in view.entities() {
        let shown = format!(
            "{} {:?} {:?} {:?} {:?}",
            view.name(e),
            view.aliases(e),
            view.roles(e),
            view.identifiers(e),
            view.summary(e)
        );
        facts.insert(format!("{e:?}"), shown);
        for o in view.observations(e) {
            facts.insert(format!("{:?}", o.claim), format!("{:?}", o.figure));
        }
    }
    for r in view.all_relations() {
        let mut shown = view.relation(r).unwrap();
        for qualifier in shown.qualifiers.iter_mut().filter(|q| q.entity.is_some()) {
            qualifier.text.clear();
        }
        facts.insert(format!("{r:?}"), format!("{shown:?}"));
    }
    facts
}

fn naive(from: &View, to: &View) -> BTreeSet<(String, Change)> {
    let (from, to) = (facts(from), facts(to));
    let keys: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let differing = keys.into_iter().filter_map(|key| {
        let change = match (from.get(key), to.get(key)) {
            (None, _) => Change::Came,
            (_, None) => Change::Went,
            (a, b) if a != b => Change::Changed,
            _ => return None,
        };
        Some((key.clone(), change))
    });
    differing.collect()
}

fn told(diff: &Diff) -> BTreeSet<(String, Change)> {
    let entities = diff.entities.iter().map(|c| (format!("{:?}", c.entity), c.change));
    let relations = diff.relations.iter().map(|c| (format!("{:?}", c.relation), c.change));
    let figures =
        diff.observations.iter().map(|c| (format!("{:?}", c.observation.claim), c.change));
    entities.chain(relations).chain(figures).collect()
}

fn past(view: &View, part: u64, day: i16) -> View {
    let valid_on = (day > 0).then(|| Date::new(2009 + day, 6, 1).unwrap());
    let seq = Seq::new(view.seq().get() * part / 10);
    view.at(AsOf { recorded: Recorded::UpTo(seq), valid_on }).unwrap()
}

proptest! {
    #![proptest_config(cases(64))]

    /// A diff is the difference of the two sets, whichever clock differs: so applying it to the
    /// first gives the other, a view does not differ from itself, and turning it round swaps what
    /// came and what went.
    #[test]
    fn a_diff_is_the_difference_of_two_views(
        deeds in proptest::collection::vec(deed(), 1..40),
        parts in (0..11u64, 0..11u64),
        days in (0..14i16, 0..14i16),
    ) {
        let now = block_on(live(&deeds)).view();
        let (a, b) = (past(&now, parts.0, days.0), past(&now, parts.1, days.1));
        let forth = diff(&a, &b, usize::MAX, &budget());
        prop_assert_eq!(told(&forth), naive(&a, &b));
        prop_assert_eq!(&forth.truncated, &None);
        prop_assert!(told(&diff(&a, &a, usize::MAX, &budget())).is_empty());
        let back = told(&diff(&b, &a, usize::MAX, &budget())).into_iter().map(|(key, change)| {
            (key, match change {
                Change::Came => Change::Went,
                Change::Went => Change::Came,
                Change::Changed => Change::Changed,
            })
        });
        prop_assert_eq!(back.collect::<BTreeSet<_>>(), told(&forth));
        let named = forth.entities.iter().map(|c| (c.change, c.what.is_empty()));
        let named = named.chain(forth.relations.iter().map(|c| (c.change, c.what.is_empty())));
        for (change, silent) in named {
            prop_assert_eq!(silent, change != Change::Changed);
        }
    }

    /// The same between views of two states, one of which knows nothing of what came later: rows,
    /// merges and verdicts that only one of them has.
    #[test]
    fn a_diff_of_two_states_is_their_difference(
        first in proptest::collection::vec(deed(), 0..30),
        then in proptest::collection::vec(deed(), 1..20),
        day in 0..14i16,
    ) {
        let (before, after) = block_on(async {
            let (ledger, mut merges) = (empty_ledger(), Vec::new());
            go_on(&ledger, &mut merges, &first).await;
            let before = ledger.view();
            go_on(&ledger, &mut merges, &then).await;
            (before, ledger.view())
        });
        let (before, after) = (past(&before, 10, day), past(&after, 10, day));
        let forth = diff(&before, &after, usize::MAX, &budget());
        prop_assert_eq!(told(&forth), naive(&before, &after));
        let back = diff(&after, &before, usize::MAX, &budget());
        prop_assert_eq!(told(&back), naive(&after, &before));
        // The later state remembers the earlier one.
        let recorded = Recorded::UpTo(before.seq());
        let remembered = after.at(AsOf { recorded, valid_on: None }).unwrap();
        prop_assert_eq!(diff(&remembered, &after, usize::MAX, &budget()), forth);
    }

    /// What would no longer stand is what no longer stands after really retracting those claims, now
    /// and as known at any earlier position; and walks over the supposed view meet what walks over
    /// the real one meet.
    #[test]
    fn supposing_a_retraction_equals_retracting(
        deeds in proptest::collection::vec(deed(), 1..40),
        known in 1..40usize,
        which in 0..40usize,
        document in any::<bool>(),
        day in 0..14i16,
    ) {
        let (early, _) = deeds.split_at(known.min(deeds.len()));
        let ledger = block_on(live(early));
        let before = ledger.view();
        let all: Vec<_> = before.claims().collect();
        let documents: Vec<_> = before.documents().collect();
        let withdrawn = match (document && !documents.is_empty(), all.is_empty()) {
            (true, _) => Withdrawn::Document(documents[which % documents.len()]),
            (false, false) => Withdrawn::Claim(all[which % all.len()]),
            (false, true) => return Ok(()),
        };
        let claims: Vec<_> = match withdrawn {
            Withdrawn::Claim(claim) => vec![claim],
            Withdrawn::Document(document) => before.claims_quoting(document).collect(),
        };
        for claim in claims {
            let retract = Command::Retract { claim: before.claim(claim).id, reason: "试".into() };
            block_on(submit(&ledger, retract)).unwrap();
        }
        let (before, after) = (past(&before, 10, day), past(&ledger.view(), 10, day));
        let really = diff(&before, &after, usize::MAX, &budget());
        prop_assert!(really.entities.iter().all(|e| e.change == Change::Changed));

        let supposed = if_retracted(&before, withdrawn, usize::MAX, &budget());
        prop_assert_eq!(&supposed.diff, &really);
        prop_assert_eq!(supposed.without.seq(), before.seq());
        prop_assert_eq!(walked(&supposed.without), walked(&after));

        // The same rows lie in a ledger that went on; there it is a supposition about the past.
        let later = block_on(live(&deeds)).view();
        let recorded = Recorded::UpTo(before.seq());
        let then = later.at(AsOf { recorded, valid_on: before.valid_on() }).unwrap();
        let supposed = if_retracted(&then, withdrawn, usize::MAX, &budget());
        prop_assert_eq!(&supposed.diff, &really);
        prop_assert_eq!(walked(&supposed.without), walked(&after));
        // Nobody else notices.
        prop_assert!(told(&diff(&before, &then, usize::MAX, &budget())).is_empty());
    }

    /// On the recorded clock every entity and relation of the view is counted once; on the other,
    /// those with a date. Wider buckets hold what the days in them hold.
    #[test]
    fn a_timeline_counts_everything_dated_once(
        deeds in proptest::collection::vec(deed(), 1..40),
        part in 0..11u64,
        day in 0..14i16,
    ) {
        let view = past(&block_on(live(&deeds)).view(), part, day);
        let ask = |clock, bucket| {
            let query = TimelineQuery { clock, bucket, from: None, to: None, limit: usize::MAX };
            timeline(&view, &query, &budget()).buckets
        };
        let recorded = ask(Clock::Recorded, Bucket::Day);
        let sum = |all: &[graph::query::TimelineBucket]| all.iter().fold((0, 0), |(e, r), b| (e + b.entities, r + b.relations));
        let there = (view.entities().count() as u64, view.all_relations().count() as u64);
        prop_assert_eq!(sum(&recorded), there);
        let mut dated: BTreeMap<Date, u64> = BTreeMap::new();
        for r in view.all_relations() {
            let days = view.relation(r).unwrap().claims.into_iter().filter_map(|c| {
                let claim = view.claim(c);
                let published = claim.evidence.and_then(|e| view.document(e.document).document.meta().published_on);
                claim.validity.from().or(published).map(FuzzyDate::earliest)
            });
            if let Some(day) = days.min() {
                *dated.entry(day).or_default() += 1;
            }
        }
        let days = ask(Clock::Valid, Bucket::Day);
        let told: BTreeMap<Date, u64> =
            days.iter().filter(|b| b.relations > 0).map(|b| (b.start, b.relations)).collect();
        prop_assert_eq!(&told, &dated);
        for bucket in [Bucket::Month, Bucket::Year] {
            for wide in ask(Clock::Valid, bucket) {
                let inside = days.iter().filter(|b| bucket.start(b.start) == wide.start);
                prop_assert_eq!(inside.map(|b| b.claims).sum::<u64>(), wide.claims);
            }
        }
    }
}

#[tokio::test]
async fn a_second_source_changes_a_relation_and_a_rejection_takes_one() {
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙 conf=0.5\nFIRM:甲 OWNS FIRM:丙").await;
    let before = ledger.view();
    let owns = before.claims().map(|c| before.claim(c)).nth(1).unwrap();
    submit(&ledger, record(drafts("FIRM:甲 SUPPLIES FIRM:乙 from=2020\nFIRM:丁 OWNS FIRM:乙")))
        .await
        .unwrap();
    let reject = Command::Review { claims: vec![owns.id], verdict: Verdict::Reject, note: None };
    submit(&ledger, reject).await.unwrap();
    let after = ledger.view();
    let found = diff(&before, &after, 9, &budget());
    assert_eq!(found.entities.len(), 1);
    assert_eq!(
        (found.entities[0].change, found.entities[0].entity),
        (Change::Came, ix(&after, "丁"))
    );
    let relations: Vec<_> = found.relations.iter().map(|c| (c.change, c.what.clone())).collect();
    // The first source gave no start; now one is known.
    let changed = vec!["validity", "confidence", "claims"];
    assert_eq!(
        relations,
        [(Change::Changed, changed), (Change::Went, vec![]), (Change::Came, vec![])]
    );
    let cut = diff(&before, &after, 1, &budget());
    assert_eq!((cut.relations.len(), cut.truncated.unwrap().remaining), (1, Some(2)));
}

#[tokio::test]
async fn a_timeline_on_the_clock_of_the_world() {
    let picture = "FIRM:甲 SUPPLIES FIRM:乙 from=2019-03\nFIRM:甲 OWNS FIRM:丙 from=2019-11-05\nFIRM:丙 OWNS FIRM:丁 from=2021\nFIRM:丁 OWNS FIRM:戊";
    let view = drawn(picture).await.view();
    let ask = |bucket, from, to, limit| {
        let query = TimelineQuery { clock: Clock::Valid, bucket, from, to, limit };
        let found = timeline(&view, &query, &budget());
        let told: Vec<_> =
            found.buckets.iter().map(|b| (b.start, b.entities, b.relations, b.claims)).collect();
        (told, found.truncated.and_then(|cut| cut.remaining))
    };
    let (first, second) = ((date(2019, 1, 1), 3, 2, 2), (date(2021, 1, 1), 1, 1, 1));
    assert_eq!(ask(Bucket::Year, None, None, 9), (vec![first, second], None));
    assert_eq!(ask(Bucket::Year, None, None, 1), (vec![first], Some(1)));
    assert_eq!(
        ask(Bucket::Month, Some(date(2019, 3, 2)), Some(date(2019, 11, 5)), 9).0,
        [(date(2019, 11, 1), 1, 1, 1)]
    );
}

#[tokio::test]
async fn a_merge_joins_and_a_retraction_takes_away() {
    let picture = "FIRM:甲 SUPPLIES FIRM:乙\nFIRM:丙 SUPPLIES FIRM:乙\nFIRM:丙 OWNS FIRM:丁";
    let ledger = drawn(picture).await;
    let before = ledger.view();
    let [a, c] = ["甲", "丙"].map(|name| ix(&before, name));
    let (keep, absorb) = (before.entity_id(a), vec![before.entity_id(c)]);
    let merge = Command::Merge { keep, absorb, reason: "同一家".into() };
    submit(&ledger, merge).await.unwrap();
    let merged = ledger.view();
    let found = diff(&before, &merged, 9, &budget());
    let entities: Vec<_> =
        found.entities.iter().map(|e| (e.change, e.entity, e.what.clone())).collect();
    assert_eq!(entities, [(Change::Changed, a, vec!["aliases"]), (Change::Went, c, vec![])]);
    let relations: Vec<_> = found.relations.iter().map(|r| (r.change, r.what.clone())).collect();
    let changed = |what| (Change::Changed, vec![what]);
    assert_eq!(relations, [changed("claims"), (Change::Went, vec![]), changed("source")]);

    let owns = merged.claims().map(|c| merged.claim(c)).nth(2).unwrap();
    let retract = Command::Retract { claim: owns.id, reason: "误报".into() };
    submit(&ledger, retract).await.unwrap();
    let found = diff(&merged, &ledger.view(), 9, &budget());
    assert_eq!((found.entities.len(), found.relations.len()), (0, 1));
    let gone = &found.relations[0];
    assert_eq!((gone.change, Some(gone.relation)), (Change::Went, owns.relation));
}

#[tokio::test]
async fn withdrawing_an_article_takes_what_it_alone_says_and_weakens_the_rest() {
    let article = document("误报", "甲向乙供货。甲控股丁。", "2024-05");
    let quoting = |line, quote| {
        let mut said = drafts(line);
        said.claims[0].evidence = Some(evidence(&article, quote));
        said
    };
    let ledger = drawn("FIRM:甲 SUPPLIES FIRM:乙 conf=0.5").await;
    for (line, quote) in [
        ("FIRM:甲 SUPPLIES FIRM:乙 conf=0.5", "甲向乙供货"),
        ("FIRM:甲 OWNS FIRM:丁 conf=0.9", "甲控股丁"),
    ] {
        let command = Command::Record {
            documents: vec![article.clone()],
            drafts: quoting(line, quote),
            on_refusal: OnRefusal::RefuseAll,
        };
        submit(&ledger, command).await.unwrap();
    }
    let view = ledger.view();
    let withdrawn = Withdrawn::Document(view.documents().next().unwrap());
    let found = if_retracted(&view, withdrawn, 9, &budget());
    let relations: Vec<_> =
        found.diff.relations.iter().map(|c| (c.change, c.what.clone())).collect();
    let weaker = (Change::Changed, vec!["confidence", "claims"]);
    assert_eq!(relations, [weaker, (Change::Went, vec![])]);
    assert!(found.diff.entities.is_empty());
    assert_eq!((view.all_relations().count(), found.without.all_relations().count()), (2, 1));
}
