//! What would be if: a view that supposes changes, against a ledger in which they were recorded.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use graph::decide::{Command, OnRefusal};
use graph::ledger::Ledger;
use graph::model::{ClaimId, ClaimStatus, Confidence, Drafts, EntityDraft, EntityId, Statement};
use graph::query::search;
use graph::view::{
    AsOf, HYPOTHESES_MAX, Hypothesis, NoView, Recorded, SupposedRelation, Unsupposable, Unsupposed,
    View, WHAT_IF,
};
use jiff::civil::Date;
use proptest::prelude::*;
use store::Seq;

use crate::laws::{Deed, block_on, deed, go_on, live, recording, walked};
use crate::structure::ix;
use crate::support::{drafts, drawn, dump, record, submit};

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
        self.ledger
            .view()
            .at(AsOf { recorded: Recorded::Now, valid_on: self.valid_on })
            .unwrap()
    }

    /// What a guess means here; `None` where it means nothing, or something that a ledger cannot do.
    fn meant(&mut self, guess: &Guess) -> Option<(Hypothesis, Vec<Command>)> {
        let view = self.view();
        let retract = |c| Command::Retract { claim: view.claim(c).id, reason: "试".into() };
        match guess {
            Guess::Remove(n) => {
                let there: Vec<_> =
                    view.entities().filter(|e| !self.hidden.contains(&view.entity_id(*e))).collect();
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
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

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
        prop_assert_eq!(shown(&supposed, &BTreeSet::new()), expected.clone());
        prop_assert_eq!((supposed.seq(), supposed.valid_on()), (before.seq(), valid_on));

        // The same rows lie in a ledger that went on; there it is a supposition about the past.
        let later = block_on(live(&deeds));
        let point = AsOf { recorded: Recorded::UpTo(before.seq()), valid_on };
        let then = later.view().at(point).unwrap().suppose(&changes).unwrap();
        prop_assert_eq!(shown(&then, &BTreeSet::new()), expected.clone());
        // A supposition moves to another point with the view.
        if let Ok(now) = later.view().suppose(&changes) {
            prop_assert_eq!(shown(&now.at(point).unwrap(), &BTreeSet::new()), expected.clone());
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
