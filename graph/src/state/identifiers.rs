//! Who is said to bear a strong identifier.
//!
//! Claims are chained, each to the one before it of the same identifier and bearer, and bearers of
//! one identifier likewise. So a claim more costs the same however many gave the identifier before,
//! and who bears it is told by the bearers: of the claims of each, the latest that is accepted is
//! enough.

use super::claims::ClaimIx;
use super::cow::CowVec;
use super::marks::Marks;
use super::maybe::Maybe;
use super::numbers;
use super::table::IdTable;
use super::{EntityIx, State, Stated};
use crate::model::{ClaimStatus, Identifier, derive_id};

/// Claims by the strong identifier that they give, and by its bearer. Weaker ones are not kept:
/// nothing is decided by them.
#[derive(Clone)]
pub(crate) struct Identifiers {
    /// Numbers of identifiers.
    numbers: IdTable,
    /// By number: the latest bearer.
    latest: CowVec<u32>,
    /// Bearers by the number and the entity.
    marks: Marks,
    bearers: CowVec<Bearer>,
    claims: CowVec<Given>,
}

/// An entity that claims give an identifier.
#[derive(Debug, Clone, Copy)]
struct Bearer {
    number: u32,
    entity: EntityIx,
    /// The one before it of the same identifier.
    earlier: Maybe,
    /// The latest claim.
    latest: u32,
}

/// A claim that gives an identifier.
#[derive(Debug, Clone, Copy)]
struct Given {
    claim: ClaimIx,
    /// The one before it of the same identifier and bearer.
    earlier: Maybe,
}

impl Identifiers {
    pub(crate) fn new() -> Self {
        Self {
            numbers: IdTable::new(),
            latest: CowVec::new(),
            marks: Marks::new(),
            bearers: CowVec::new(),
            claims: CowVec::new(),
        }
    }

    /// Takes in a claim that gives an entity this identifier, in the order of rows; `None` when
    /// rows are numbered out (2^32 - 1). Cost: constant, amortised.
    pub(crate) fn note(
        &mut self,
        claim: ClaimIx,
        entity: EntityIx,
        identifier: &Identifier,
    ) -> Option<()> {
        if !identifier.scheme().is_strong() {
            return Some(());
        }
        let given = numbers::next(self.claims.len())?;
        let id = id_of(identifier);
        let known = self.numbers.find(id, |_| true);
        let bearer = known.and_then(|number| self.bearer(number, entity));
        let earlier = match bearer.and_then(|at| self.bearers.get_mut(at as usize)) {
            Some(bearer) => Maybe::of(Some(std::mem::replace(&mut bearer.latest, given))),
            None => {
                let at = numbers::next(self.bearers.len())?;
                let (number, earlier) = match known {
                    Some(number) => (number, self.follow(number, at)),
                    None => {
                        let number = self.numbers.push(id)?;
                        self.latest.push(at);
                        (number, Maybe::NONE)
                    }
                };
                self.marks.insert(mark_of(number, entity), at);
                self.bearers.push(Bearer { number, entity, earlier, latest: given });
                Maybe::NONE
            }
        };
        self.claims.push(Given { claim, earlier });
        Some(())
    }

    /// Makes a bearer the latest of an identifier, and gives the one before it.
    fn follow(&mut self, number: u32, bearer: u32) -> Maybe {
        let latest = self.latest.get_mut(number as usize);
        Maybe::of(latest.map(|latest| std::mem::replace(latest, bearer)))
    }

    fn bearer(&self, number: u32, entity: EntityIx) -> Option<u32> {
        self.marks.find(mark_of(number, entity), |row| {
            let bearer = self.bearers[row as usize];
            bearer.number == number && bearer.entity == entity
        })
    }

    /// Whom a claim that counts gives this identifier, the earliest first. Cost: for each bearer
    /// its claims from the latest down to one that counts.
    fn bearers(
        &self,
        identifier: &Identifier,
        mut counts: impl FnMut(ClaimIx) -> bool,
    ) -> Vec<EntityIx> {
        let number = self.numbers.find(id_of(identifier), |_| true);
        let mut next = Maybe::of(number.map(|number| self.latest[number as usize]));
        let mut found = Vec::new();
        while let Some(bearer) = next.get().map(|at| self.bearers[at as usize]) {
            next = bearer.earlier;
            let mut claims = Maybe::of(Some(bearer.latest));
            while let Some(given) = claims.get().map(|at| self.claims[at as usize]) {
                claims = given.earlier;
                if counts(given.claim) {
                    found.push(bearer.entity);
                    break;
                }
            }
        }
        found.reverse();
        found
    }
}

fn id_of(identifier: &Identifier) -> uuid::Uuid {
    derive_id(&["identifier", identifier.scheme().as_str(), identifier.value()])
}

/// Bits that differ from one bearer to the next (the finisher of MurmurHash3, Appleby 2011).
fn mark_of(number: u32, entity: EntityIx) -> u32 {
    let mut bits = (u64::from(number) << 32) | u64::from(entity.0);
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    let [a, b, c, d, ..] = (bits ^ (bits >> 33)).to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

impl State {
    /// Whom accepted claims give this strong identifier, as named there, each once, in the order
    /// in which it was first given. Cost: a look-up and the bearers; of the claims of each those
    /// after the latest accepted one.
    pub(crate) fn bearers_of(&self, identifier: &Identifier) -> Vec<EntityIx> {
        self.identifiers.bearers(identifier, |claim| {
            let accepted = self.accepted_identifier(claim);
            accepted.is_some_and(|(_, other)| other == identifier)
        })
    }

    /// The strong identifiers that accepted claims give this very row. Cost: the claims about it.
    pub(crate) fn strong_identifiers(&self, entity: EntityIx) -> impl Iterator<Item = &Identifier> {
        let claims = self.claims.about(entity).into_iter();
        let given = claims.filter_map(|claim| self.accepted_identifier(claim));
        given.map(|(_, identifier)| identifier).filter(|given| given.scheme().is_strong())
    }

    fn accepted_identifier(&self, claim: ClaimIx) -> Option<(EntityIx, &Identifier)> {
        let is_accepted = self.claims.status_at(claim, self.seq()) == Some(ClaimStatus::Accepted);
        match self.stated(claim) {
            Stated::Identifier { entity, identifier } if is_accepted => Some((entity, identifier)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::IdentifierScheme;

    fn identifier(text: &str) -> Identifier {
        Identifier::new(IdentifierScheme::Wikidata, text).unwrap()
    }

    /// 20,000 claims of one identifier take one place in the tables, and the latest tells enough.
    #[test]
    fn many_claims_of_one_identifier_are_a_chain() {
        let (shared, other) = (identifier("Q1"), identifier("Q2"));
        let mut known = Identifiers::new();
        let claims = 20_000;
        for claim in 0..claims {
            known.note(ClaimIx(claim), EntityIx(7), &shared).unwrap();
        }
        known.note(ClaimIx(claims), EntityIx(8), &shared).unwrap();
        known.note(ClaimIx(claims + 1), EntityIx(7), &other).unwrap();
        assert_eq!((known.latest.len(), known.bearers.len()), (2, 3));
        assert_eq!(known.claims.len(), claims as usize + 2);
        let asked = |identifier: &Identifier, first: u32| {
            let mut asked = 0;
            let bearers = known.bearers(identifier, |claim| {
                asked += 1;
                claim.0 >= first
            });
            (bearers, asked)
        };
        assert_eq!(asked(&shared, 0), (vec![EntityIx(7), EntityIx(8)], 2));
        assert_eq!(asked(&shared, claims - 10), (vec![EntityIx(7), EntityIx(8)], 2));
        // Where none counts, each is asked once.
        assert_eq!(asked(&shared, claims + 9), (vec![], claims as usize + 1));
        assert_eq!(asked(&other, 0), (vec![EntityIx(7)], 1));
        assert_eq!(asked(&identifier("Q3"), 0), (vec![], 0));
    }

    #[test]
    fn many_bearers_of_one_identifier_are_found_by_their_marks() {
        let (shared, mut known) = (identifier("Q1"), Identifiers::new());
        for round in 0..2 {
            for entity in 0..20_000 {
                known.note(ClaimIx(round * 20_000 + entity), EntityIx(entity), &shared).unwrap();
            }
        }
        let mut marks: Vec<u32> = (0..20_000).map(|entity| mark_of(0, EntityIx(entity))).collect();
        marks.sort_unstable();
        marks.dedup();
        assert!(marks.len() > 19_990, "alike marks are probed one by one");
        assert_eq!((known.bearers.len(), known.claims.len()), (20_000, 40_000));
        let bearers = known.bearers(&shared, |claim| claim.0 < 20_000);
        assert_eq!(bearers, (0..20_000).map(EntityIx).collect::<Vec<_>>());
    }
}
