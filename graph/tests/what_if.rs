//! What would be if: a view that supposes changes, against a ledger in which they were recorded.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use graph::decide::{Command, Refusal};
use graph::ledger::Ledger;
use graph::model::{ClaimId, ClaimStatus, Drafts, EntityDraft, EntityId, EntityKind, Statement};
use graph::name_index::NameIndex;
use graph::query::{
    Change, ChokepointQuery, ImpactQuery, SoleSourcedQuery, Withdrawn, chokepoints, diff, find,
    if_retracted, impact, search, sole_sourced,
};
use graph::view::{
    AsOf, HYPOTHESES_MAX, Hypothesis, NoView, Recorded, SupposedRelation, Unsupposable, Unsupposed,
    View, WHAT_IF,
};
use jiff::civil::Date;
use proptest::prelude::*;
use store::Seq;

use crate::laws::{Deed, deed, live, recording, walked};
use crate::references::budget;
use crate::structure::{ix, names};
use crate::support::{block_on, cases, drafts, drawn, dump, record, submit};

/// Everything of a view by ids, but for where it was recorded; without those that are hidden.
fn shown(view: &View, hidden: &BTreeSet<EntityId>) -> String {
    let mut out = String::new();
    let id = |e| view.entity_id(e);
    let relation = |r| view.relation(r).unwrap();
    let claims = |all: &[_]| all.iter().map(|c| view.claim(*c).id).collect::<Vec<ClaimId>>();
    let entities: Vec<_> = view.entities().filter(|e| !hidden.contains(&id(*e))).collect();
    for e in &entities {
        let roles = view.roles(*e).into_iter();
        let roles: Vec<_> =
            roles.map(|r| (r.role, r.basis, r.validity, claims(&r.claims))).collect();
        let figures = view.observations(*e).into_iter();
        let figures: Vec<_> =
            figures.map(|o| (o.figure.value, id(o.figure.subject), claims(&[o.claim]))).collect();
        let standing = view.relations(*e, None).into_iter().map(|r| relation(r).id);
        writeln!(
            out,
            "{} {} {} {:?} {roles:?} {:?} {figures:?} {:?}",
            id(*e),
            view.kind(*e),
            view.name(*e),
            view.aliases(*e),
            view.ids_of(*e),
            standing.collect::<Vec<_>>(),
        )
        .unwrap();
        let name = view.name(*e);
        let named = view.entities_named(&name).into_iter().map(id);
        writeln!(out, "  {:?}", named.filter(|e| !hidden.contains(e)).collect::<Vec<_>>()).unwrap();
    }
    for r in view.all_relations().map(relation) {
        let qualifiers: Vec<_> =
            r.qualifiers.iter().map(|q| (q.key, &q.text, q.entity.map(id))).collect();
        writeln!(
            out,
            "{} {:?} {} {} {qualifiers:?} {:?} {:?} {:?} {} {:?} {:?}",
            r.id,
            r.predicate,
            id(r.source),
            id(r.target),
            r.validity,
            r.modality,
            r.confidence,
            r.origins,
            claims(&r.claims),
            view.relation_by_id(r.id).map(|ix| ix == r.ix),
        )
        .unwrap();
    }
    for c in view.claims().map(|c| view.claim(c)) {
        writeln!(out, "{} {} {:?}", c.id, c.status, view.claim_by_id(c.id) == Some(c.ix)).unwrap();
    }
    let walks = walked(view).into_iter();
    for walk in walks.filter(|walk| !walk.is_empty()) {
        let steps = walk.into_iter().map(|(e, r)| (id(e), relation(r).id));
        writeln!(out, "{:?}", steps.collect::<Vec<_>>()).unwrap();
    }
    out
}

/// A change by small numbers that are looked up in what is there by then.
#[derive(Debug, Clone)]
enum Guess {
    Remove(usize),
    Sever(usize),
    Relate(Deed),
}

fn guess() -> impl Strategy<Value = Guess> {
    let related = deed().prop_filter("relates", |deed| matches!(deed, Deed::Relate { .. }));
    prop_oneof![
        1 => (0..8usize).prop_map(Guess::Remove),
        1 => (0..30usize).prop_map(Guess::Sever),
        2 => related.prop_map(Guess::Relate),
    ]
}

/// A ledger in which guesses are really recorded, one by one.
struct Really {
    ledger: Ledger,
    valid_on: Option<Date>,
    /// No event says that an entity is gone.
    hidden: BTreeSet<EntityId>,
    related: Vec<Drafts>,
}

impl Really {
    fn view(&self) -> View {
        self.ledger.view().at(AsOf { recorded: Recorded::Now, valid_on: self.valid_on }).unwrap()
    }

    /// What a guess means here; `None` where it means nothing, or something that a ledger cannot do.
    fn meant(&mut self, guess: &Guess) -> Option<(Hypothesis, Vec<Command>)> {
        let view = self.view();
        let retract = |c| Command::Retract { claim: view.claim(c).id, reason: "试".into() };
        match guess {
            Guess::Remove(n) => {
                let there: Vec<_> = view
                    .entities()
                    .filter(|e| !self.hidden.contains(&view.entity_id(*e)))
                    .collect();
                let entity = *there.get(n % there.len().max(1))?;
                let open = [ClaimStatus::Accepted, ClaimStatus::Proposed];
                let said = view.claims().map(|c| view.claim(c)).filter(|claim| {
                    let named = claim.statement.entities().into_iter();
                    let mut named = named.map(|e| view.entity(view.entity_id(e)));
                    open.contains(&claim.status) && named.any(|e| e == Some(entity))
                });
                let commands = said.map(|claim| retract(claim.ix)).collect();
                self.hidden.insert(view.entity_id(entity));
                // Under any id of a merged group.
                let ids = view.ids_of(entity);
                Some((Hypothesis::Remove(ids[n % ids.len()]), commands))
            }
            Guess::Sever(n) => {
                let there: Vec<_> = view.all_relations().collect();
                let relation = view.relation(*there.get(n % there.len().max(1))?)?;
                let commands = relation.claims.iter().map(|c| retract(*c)).collect();
                Some((Hypothesis::Sever(relation.id), commands))
            }
            Guess::Relate(deed) => {
                let Command::Record { mut drafts, .. } = recording(deed) else { return None };
                drafts.claims[0].evidence = None;
                drafts.claims[0].asserted_by = WHAT_IF.into();
                drafts.claims[0].status = Some(ClaimStatus::Accepted);
                let removed = drafts.entities.iter().any(|draft| match draft {
                    EntityDraft::Named { name, .. } => {
                        let named = view.entities_named(name).into_iter();
                        named.map(|e| view.entity_id(e)).any(|id| self.hidden.contains(&id))
                    }
                    EntityDraft::Known(_) => false,
                });
                // A ledger neither declares twice nor takes up again what was withdrawn.
                if removed || self.related.contains(&drafts) {
                    return None;
                }
                self.related.push(drafts.clone());
                let change = related(&drafts);
                Some((change, vec![record(drafts)]))
            }
        }
    }
}

fn related(drafts: &Drafts) -> Hypothesis {
    let Statement::Relation(relation) = drafts.claims[0].statement.clone() else {
        panic!("no relation: {drafts:?}")
    };
    Hypothesis::Relate(SupposedRelation {
        entities: drafts.entities.clone(),
        relation,
        evidence: None,
        confidence: drafts.claims[0].confidence,
    })
}

/// As drawn in one line.
fn relate(line: &str) -> Hypothesis {
    related(&drafts(line))
}

proptest! {
    #![proptest_config(cases(48))]

    /// A view that supposes changes shows what the view of a ledger shows in which they were
    /// recorded, now and as known at any earlier position, on any day; what a ledger refuses cannot
    /// be supposed; and nobody else notices.
    #[test]
    fn supposing_equals_recording(
        deeds in proptest::collection::vec(deed(), 1..40),
        known in 1..40usize,
        guesses in proptest::collection::vec(guess(), 1..8),
        day in 0..14i16,
    ) {
        let valid_on = (day > 0).then(|| Date::new(2009 + day, 6, 1).unwrap());
        let (early, _) = deeds.split_at(known.min(deeds.len()));
        let (ledger, twin) = (block_on(live(early)), block_on(live(early)));
        let mut really =
            Really { ledger: twin, valid_on, hidden: BTreeSet::new(), related: vec![] };
        let before = ledger.view().at(AsOf { recorded: Recorded::Now, valid_on }).unwrap();
        let (told, hash) = (dump(&before), ledger.state().hash());
        let mut changes = Vec::new();
        for guess in &guesses {
            let Some((change, commands)) = really.meant(guess) else { continue };
            changes.push(change);
            let mut refused = false;
            for command in commands {
                refused |= block_on(submit(&really.ledger, command)).is_err();
            }
            let supposed = before.suppose(&changes);
            prop_assert_eq!(supposed.is_err(), refused, "{:?}", supposed);
            if refused {
                changes.pop();
            }
        }
        let expected = shown(&really.view(), &really.hidden);
        let supposed = before.suppose(&changes).unwrap();
        prop_assert_eq!(shown(&supposed, &BTreeSet::new()), &*expected);
        prop_assert_eq!((supposed.seq(), supposed.valid_on()), (before.seq(), valid_on));

        // The same rows lie in a ledger that went on; there it is a supposition about the past.
        let later = block_on(live(&deeds));
        let point = AsOf { recorded: Recorded::UpTo(before.seq()), valid_on };
        let then = later.view().at(point).unwrap().suppose(&changes).unwrap();
        prop_assert_eq!(shown(&then, &BTreeSet::new()), &*expected);
        // A supposition moves to another point with the view.
        if let Ok(now) = later.view().suppose(&changes) {
            prop_assert_eq!(shown(&now.at(point).unwrap(), &BTreeSet::new()), &*expected);
        }
        // One by one, or at once.
        let one_by_one = changes.iter().fold(then.recorded().clone(), |view, change| {
            view.suppose(std::slice::from_ref(change)).unwrap()
        });
        prop_assert_eq!(shown(&one_by_one, &BTreeSet::new()), expected);

        for view in [&before, supposed.recorded()] {
            prop_assert_eq!(dump(view), told.clone());
        }
        for view in [then.recorded(), one_by_one.recorded()] {
            prop_assert_eq!(dump(view), dump(&later.view().at(point).unwrap()));
        }
        prop_assert_eq!((ledger.state().hash(), ledger.head().seq), (hash, before.seq()));
        prop_assert_eq!(dump(&ledger.view().at(point).unwrap()), told);
    }
}

/// Two mills feed one ring maker; the motor maker stands alone.
const PUMP: &str = "
    FIRM:粉一 SUPPLIES FIRM:环厂 product=粉
    FIRM:粉二 SUPPLIES FIRM:环厂 product=粉
    FIRM:环厂 SUPPLIES FIRM:泵厂 product=环
    FIRM:电机厂 SUPPLIES FIRM:泵厂 product=电机
    FIRM:泵厂 SUPPLIES FIRM:装备厂 product=泵
    FIRM:环厂 PARTNERS_WITH FIRM:泵厂
    FIRM:泵厂 LOCATED_IN TOWN:泵镇
";

fn remove(view: &View, name: &str) -> Hypothesis {
    Hypothesis::Remove(view.entity_id(ix(view, name)))
}

/// Severs the first relation that leaves an entity.
fn sever(view: &View, name: &str) -> Hypothesis {
    let leaving = view.relations(ix(view, name), Some(petgraph::Direction::Outgoing));
    Hypothesis::Sever(view.relation(leaving[0]).unwrap().id)
}

fn cut_off(view: &View, failing: &str) -> Vec<String> {
    let of = vec![ix(view, failing)];
    let found =
        impact(view, &ImpactQuery { of, max_depth: 4, limit: 99, planned: false }, &budget());
    names(view, found.cut_off.iter().map(|lost| lost.entity))
}

fn sole_makers(view: &View) -> Vec<String> {
    let query = SoleSourcedQuery { kind: EntityKind::Product, within: None };
    let found = sole_sourced(view, &query, &budget()).unwrap().found;
    found
        .iter()
        .map(|sole| format!("{}:{}", view.name(sole.entity), view.name(sole.supplier)))
        .collect()
}

#[tokio::test]
async fn a_firm_that_leaves_is_nowhere() {
    let ledger = drawn(PUMP).await;
    let view = ledger.view();
    let without = view.suppose(&[remove(&view, "环厂")]).unwrap();
    assert_eq!(find(&without, "环厂", None), Ok(None));
    assert!(search(&without, "环厂", &[], 9).is_empty());
    assert_eq!(without.entity(view.entity_id(ix(&view, "环厂"))), None);
    assert!(names(&without, without.entities()).iter().all(|name| name != "环厂"));
    // Its relations went with it, the symmetric one too.
    assert_eq!((view.all_relations().count(), without.all_relations().count()), (7, 3));
    let query =
        ChokepointQuery {
            of: ix(&without, "装备厂"), max_depth: 6, examples: 9, planned: false
        };
    let left = chokepoints(&without, &query, &budget());
    assert_eq!(
        (left.upstream, names(&without, left.found.iter().map(|c| c.entity))),
        (2, vec!["泵厂".to_owned()])
    );

    // What that comes to, seen from the view that was recorded.
    let found = diff(&view, &without, 99, &budget());
    let gone = found.entities.iter().map(|e| (e.change, view.name(e.entity).to_string()));
    assert_eq!(gone.collect::<Vec<_>>(), [(Change::Went, "环厂".to_owned())]);
    assert_eq!(found.relations.iter().filter(|r| r.change == Change::Went).count(), 4);
    // Nothing was recorded.
    assert_eq!((ledger.head().seq, without.seq()), (view.seq(), view.seq()));
    assert!(without.recorded().entity(view.entity_id(ix(&view, "环厂"))).is_some());
}

#[tokio::test]
async fn a_product_that_leaves_takes_the_supply_of_it_along() {
    let view = drawn(PUMP).await.view();
    let without = view.suppose(&[remove(&view, "粉")]).unwrap();
    assert_eq!((view.all_relations().count(), without.all_relations().count()), (7, 5));
}

#[tokio::test]
async fn a_new_firm_takes_the_last_supplier_s_fear_away() {
    let view = drawn(PUMP).await.view();
    assert_eq!(cut_off(&view, "环厂"), ["泵厂"]);
    let line = "FIRM:新环厂 SUPPLIES FIRM:泵厂 product=环";
    let with = view.suppose(&[relate(line)]).unwrap();
    assert!(cut_off(&with, "环厂").is_empty());
    assert_eq!(sole_makers(&view), ["环:环厂", "电机:电机厂", "泵:泵厂"]);
    assert_eq!(sole_makers(&with), ["电机:电机厂", "泵:泵厂"]);

    // Who says so? Nobody did.
    let new = ix(&with, "新环厂");
    let supplies = with.relation(with.relations(new, None)[0]).unwrap();
    let claim = with.claim(supplies.claims[0]);
    assert_eq!((&*claim.asserted_by, claim.evidence), (WHAT_IF, None));
    assert_eq!(with.claims_about(new).count(), 1);
    assert!(with.history(new).is_empty());
    assert_eq!(with.history(ix(&with, "泵厂")), view.history(ix(&view, "泵厂")));
    // A claim that is only supposed can be thought away like any other.
    let withdrawn = Withdrawn::Claim(claim.ix);
    let gone = if_retracted(&with, withdrawn, 9, &budget());
    assert_eq!((gone.diff.relations.len(), gone.without.relations(new, None).len()), (1, 0));

    // The same again from someone else gives support; so does supposing what is recorded.
    let line = "FIRM:电机厂 SUPPLIES FIRM:泵厂 product=电机";
    let twice = view.suppose(&[relate(line)]).unwrap();
    let motors = twice.relations(ix(&twice, "电机厂"), None);
    let origins = motors.iter().map(|r| twice.relation(*r).unwrap().origins);
    assert_eq!(origins.collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn changes_follow_each_other() {
    let view = drawn(PUMP).await.view();
    let (line, lost) = ("FIRM:环厂 SUPPLIES FIRM:泵厂 product=环", remove(&view, "环厂"));
    // Who was removed and is named again is a new one, of whom nothing else is known.
    let back = view.suppose(&[lost.clone(), relate(line)]).unwrap();
    let again = ix(&back, "环厂");
    assert_eq!(back.relations(again, None).len(), 1);
    assert_eq!(back.entity_id(again), view.entity_id(ix(&view, "环厂")));
    assert_eq!(names(&back, back.entities_named("环厂")), ["环厂"]);
    assert_eq!(back.suppose(std::slice::from_ref(&lost)).unwrap().all_relations().count(), 3);
    // As often as one likes.
    let often = [relate(line), lost.clone(), relate(line), lost, relate(line)];
    let often = view.suppose(&often).unwrap();
    let again = ix(&often, "环厂");
    assert_eq!((often.relations(again, None).len(), often.claims_about(again).count()), (1, 1));
    assert_eq!(often.relations(ix(&often, "泵厂"), None).len(), 4);
    // Severed, and supposed to hold.
    let supplies = sever(&view, "电机厂");
    let line = "FIRM:电机厂 SUPPLIES FIRM:泵厂 product=电机";
    for changes in
        [vec![supplies.clone(), relate(line)], vec![relate(line), supplies, relate(line)]]
    {
        let view = view.suppose(&changes).unwrap();
        let claims = view.relation(view.relations(ix(&view, "电机厂"), None)[0]).unwrap().claims;
        let by: Vec<_> = claims.iter().map(|c| view.claim(*c).asserted_by.to_string()).collect();
        assert_eq!(by, [WHAT_IF]);
    }
    // What a change made, a later one takes away.
    let made = relate("FIRM:新环厂 SUPPLIES FIRM:泵厂 product=环");
    let with = view.suppose(std::slice::from_ref(&made)).unwrap();
    let undone = view.suppose(&[made, sever(&with, "新环厂"), remove(&with, "新环厂")]).unwrap();
    assert!(diff(&view, &undone, 9, &budget()).relations.is_empty());
    assert_eq!(undone.entities().count(), view.entities().count());
}

#[tokio::test]
async fn what_cannot_be_is_named() {
    let view = drawn(PUMP).await.view();
    let why = |changes: &[Hypothesis]| match view.suppose(changes) {
        Err(Unsupposable::Change { number, why }) => (number, why),
        other => panic!("{other:?}"),
    };
    let (gone, cut) = (remove(&view, "环厂"), sever(&view, "环厂"));
    let (id, relation) = match (&gone, &cut) {
        (Hypothesis::Remove(id), Hypothesis::Sever(relation)) => (*id, *relation),
        other => panic!("{other:?}"),
    };
    assert_eq!(why(&[gone.clone(), gone.clone()]), (2, Unsupposed::NoEntity(id)));
    assert_eq!(why(&[cut.clone(), cut.clone()]), (2, Unsupposed::NoRelation(relation)));
    assert_eq!(why(&[gone.clone(), cut]), (2, Unsupposed::NoRelation(relation)));
    let refused = why(&[relate("TOWN:泵镇 SUPPLIES FIRM:泵厂")]);
    assert!(matches!(refused, (1, Unsupposed::Refused(Refusal::Signature(_)))), "{refused:?}");
    let many = vec![gone; HYPOTHESES_MAX + 1];
    let found = many.len();
    let too_many = Unsupposable::TooMany { found, max: HYPOTHESES_MAX };
    assert_eq!(view.suppose(&many).map(drop), Err(too_many));
}

#[tokio::test]
async fn the_past_knows_only_what_it_knew() {
    let ledger = drawn(PUMP).await;
    let then = ledger.view();
    let known = AsOf { recorded: Recorded::UpTo(then.seq()), valid_on: None };
    let line = "FIRM:新环厂 SUPPLIES FIRM:泵厂 product=环 from=2027 to=2028";
    for later in [line, "FIRM:新环厂 OWNS FIRM:电机厂"] {
        submit(&ledger, record(drafts(later))).await.unwrap();
    }
    let now = ledger.view();
    // Before it was recorded the firm is a new one, under the id that it got since.
    let with = now.at(known).unwrap().suppose(&[relate(line)]).unwrap();
    let new = ix(&with, "新环厂");
    assert_eq!(with.entity_id(new), now.entity_id(ix(&now, "新环厂")));
    assert_eq!(
        (with.relations(new, None).len(), now.relations(ix(&now, "新环厂"), None).len()),
        (1, 2)
    );
    assert_eq!(with.entities().count(), then.entities().count() + 1);
    // It holds when it is said to hold.
    for (day, there) in [("2026-06-01", 0), ("2027-06-01", 1), ("2029-06-01", 0)] {
        let on = AsOf { recorded: Recorded::Now, valid_on: Some(day.parse().unwrap()) };
        assert_eq!(with.at(on).unwrap().relations(new, None).len(), there, "{day}");
    }
    // Who is not there yet cannot leave.
    let without = now.suppose(&[remove(&now, "新环厂")]).unwrap();
    assert!(matches!(without.at(known), Err(NoView::Unsupposable(_))));
    let never = AsOf { recorded: Recorded::UpTo(Seq::new(999)), valid_on: None };
    assert!(matches!(without.at(never), Err(NoView::NotYet(_))));
}

/// An index follows the log: what is supposed is found all the same, what was removed is not, even
/// where the index has gone on since.
#[tokio::test]
async fn searching_finds_what_is_supposed() {
    let many: String = (0..300).map(|n| format!("FIRM:企业{n} OWNS FIRM:子企业{n}\n")).collect();
    let ledger = drawn(&many).await;
    let view = ledger.view();
    submit(&ledger, record(drafts("FIRM:远水泵业 OWNS FIRM:近水泵业"))).await.unwrap();
    let index = std::sync::Arc::new(NameIndex::default().grown(&ledger.state()));
    assert_eq!(index.covered(), 602);
    let indexed = view.with_names(index);
    let changes = [remove(&indexed, "企业7"), relate("FIRM:清泉泵业 OWNS FIRM:企业8")];
    let supposed = indexed.suppose(&changes).unwrap();
    let found = |text: &str| {
        let hits = search(&supposed, text, &[], 3);
        hits.iter().map(|hit| hit.matched.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found("泵业"), ["清泉泵业"]);
    assert_eq!(found("qingquan"), ["清泉泵业"]);
    assert_eq!(found("企业7"), ["企业70", "企业71", "企业72"]);
    assert_eq!(found("企业299"), ["企业299", "子企业299", "企业29"]);
}
