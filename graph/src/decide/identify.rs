//! The rule of strong identifiers: entities of a kind that bear one are one.
//!
//! It speaks when a claim that gives such an identifier comes to be accepted, and its merge stands
//! in the same commit; it looks at claims one by one in their order, so that it makes no difference
//! how many share a commit. It keeps silent where people, or the identifiers themselves, speak
//! against it:
//!
//! - two of those who bear the identifier were marked distinct;
//! - a merge of two of them was undone, by whomever it was made. That is read off the undone merge,
//!   and no mark is written: a mark would bind people too, for whom an undoing is often only a step,
//!   and it could not be taken back;
//! - the merged one would bear two identifiers of one such register.
//!
//! What it leaves apart shows as a conflict. That the claim is withdrawn later undoes no merge: what
//! was learned meanwhile may rest on it, so a person decides.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{ClaimRecord, Event};
use crate::model::{ClaimStatus, EntityId, EntityKind, Identifier, MergeId, Statement, Verdict};
use crate::state::{EntityIx, State, Stated};

/// The merges that follow from what a command records and accepts.
///
/// Cost: a look-up for each strong identifier that is newly borne; for each merge the claims of
/// those who are merged.
pub(super) fn merges(state: &State, events: &[Event]) -> Vec<Event> {
    let mut desk = Desk::new(state, events);
    let mut merges = Vec::new();
    for event in events {
        if let Some((entity, identifier)) = newly_borne(state, event) {
            merges.extend(desk.bear(entity, identifier));
        }
    }
    merges
}

/// The strong identifier that an event makes someone bear.
fn newly_borne<'a>(state: &'a State, event: &'a Event) -> Option<(EntityId, &'a Identifier)> {
    let (entity, identifier) = match event {
        Event::ClaimRecorded(ClaimRecord {
            statement: Statement::Identifier { entity, identifier },
            status: ClaimStatus::Accepted,
            ..
        }) => (*entity, identifier),
        Event::ClaimReviewed { claim, verdict: Verdict::Accept, .. } => {
            match state.stated(state.claim_ix(*claim)?) {
                Stated::Identifier { entity, identifier } => {
                    (state.entities.id(entity), identifier)
                }
                _ => return None,
            }
        }
        _ => return None,
    };
    identifier.scheme().is_strong().then_some((entity, identifier))
}

/// Older entities come first; those that the command declares come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Recorded(EntityIx),
    Declared(usize),
}

/// What the state will be when the events so far have been folded in.
struct Desk<'a> {
    state: &'a State,
    /// Entities that the command declares, in order.
    declared: Vec<(EntityId, EntityKind)>,
    places: BTreeMap<EntityId, usize>,
    /// What this command gives anyone, and who bears it, as named there: by what is recorded, and
    /// by what the command said so far.
    bearers: BTreeMap<&'a Identifier, BTreeSet<Rank>>,
    borne: BTreeMap<Rank, BTreeSet<&'a Identifier>>,
    /// Roots that this command merged, with the root that stands for each, and the other way.
    absorbed: BTreeMap<Rank, Rank>,
    absorbs: BTreeMap<Rank, Vec<Rank>>,
}

impl<'a> Desk<'a> {
    fn new(state: &'a State, events: &'a [Event]) -> Self {
        let declared = events.iter().filter_map(|event| match event {
            Event::EntityDeclared { id, kind, .. } => Some((*id, *kind)),
            _ => None,
        });
        let declared: Vec<(EntityId, EntityKind)> = declared.collect();
        let places = declared.iter().map(|(id, _)| *id).zip(0..).collect();
        Self {
            state,
            declared,
            places,
            bearers: BTreeMap::new(),
            borne: BTreeMap::new(),
            absorbed: BTreeMap::new(),
            absorbs: BTreeMap::new(),
        }
    }

    fn bear(&mut self, entity: EntityId, identifier: &'a Identifier) -> Option<Event> {
        let rank = self.rank(entity)?;
        self.borne.entry(rank).or_default().insert(identifier);
        let recorded = || self.state.bearers_of(identifier).into_iter().map(Rank::Recorded);
        let bearers = self.bearers.entry(identifier).or_insert_with(|| recorded().collect());
        bearers.insert(rank);
        let kind = self.kind(rank);
        let bearers = self.bearers.get(identifier).into_iter().flatten().copied();
        let bearers = bearers.filter(|one| self.kind(*one) == kind);
        let roots: BTreeSet<Rank> = bearers.map(|one| self.root(one)).collect();
        let mut roots = roots.into_iter();
        let (keep, absorbed) = (roots.next()?, roots.collect::<Vec<_>>());
        if absorbed.is_empty() || !self.may_be_one(keep, &absorbed) {
            return None;
        }
        self.absorbed.extend(absorbed.iter().map(|one| (*one, keep)));
        self.absorbs.entry(keep).or_default().extend(&absorbed);
        let keep = self.id(keep)?;
        let absorbed: Vec<EntityId> = absorbed.into_iter().filter_map(|one| self.id(one)).collect();
        Some(Event::EntitiesMerged {
            merge: MergeId::derive(keep, &absorbed, self.state.seq().get()),
            keep,
            absorbed,
            reason: format!(
                "by rule: both bear {} {}, which is given to one alone",
                identifier.scheme(),
                identifier.value()
            ),
        })
    }

    fn may_be_one(&self, keep: Rank, absorbed: &[Rank]) -> bool {
        let groups: Vec<Vec<Rank>> =
            std::iter::once(&keep).chain(absorbed).map(|root| self.group(*root)).collect();
        let recorded: Vec<Vec<EntityIx>> = groups.iter().map(|group| recorded(group)).collect();
        let apart = recorded.iter().enumerate().any(|(at, a)| {
            recorded[at + 1..]
                .iter()
                .any(|b| self.state.known_distinct(a, b).is_some() || self.state.were_parted(a, b))
        });
        !apart && self.bear_one_each(&groups.concat())
    }

    /// Whether they have at most one identifier of each strong scheme together.
    fn bear_one_each(&self, members: &[Rank]) -> bool {
        let mut seen: BTreeMap<_, &str> = BTreeMap::new();
        let ixs = recorded(members);
        let recorded = ixs.iter().flat_map(|ix| self.state.strong_identifiers(*ix));
        let new = members.iter().filter_map(|one| self.borne.get(one)).flatten().copied();
        recorded.chain(new).all(|identifier| {
            *seen.entry(identifier.scheme()).or_insert(identifier.value()) == identifier.value()
        })
    }

    fn rank(&self, id: EntityId) -> Option<Rank> {
        let recorded = self.state.entity_ix(id).map(Rank::Recorded);
        recorded.or_else(|| self.places.get(&id).copied().map(Rank::Declared))
    }

    fn id(&self, one: Rank) -> Option<EntityId> {
        match one {
            Rank::Recorded(ix) => Some(self.state.entities.id(ix)),
            Rank::Declared(at) => self.declared.get(at).map(|(id, _)| *id),
        }
    }

    fn kind(&self, one: Rank) -> Option<EntityKind> {
        match one {
            Rank::Recorded(ix) => Some(self.state.entities.row(ix).kind),
            Rank::Declared(at) => self.declared.get(at).map(|(_, kind)| *kind),
        }
    }

    fn root(&self, one: Rank) -> Rank {
        let mut root = match one {
            Rank::Recorded(ix) => Rank::Recorded(self.state.root(ix, self.state.seq())),
            declared @ Rank::Declared(_) => declared,
        };
        // Every step goes to an older one.
        while let Some(keep) = self.absorbed.get(&root) {
            root = *keep;
        }
        root
    }

    /// Everyone for whom a root stands.
    fn group(&self, root: Rank) -> Vec<Rank> {
        let mut members = Vec::new();
        let mut roots = vec![root];
        while let Some(root) = roots.pop() {
            match root {
                Rank::Recorded(ix) => {
                    let group = self.state.group(ix, self.state.seq());
                    members.extend(group.into_iter().map(Rank::Recorded));
                }
                declared @ Rank::Declared(_) => members.push(declared),
            }
            roots.extend(self.absorbs.get(&root).into_iter().flatten());
        }
        members
    }
}

fn recorded(members: &[Rank]) -> Vec<EntityIx> {
    let recorded = members.iter().filter_map(|one| match one {
        Rank::Recorded(ix) => Some(*ix),
        Rank::Declared(_) => None,
    });
    recorded.collect()
}
