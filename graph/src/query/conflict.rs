//! Accepted claims that cannot all be true: which, and why not.

mod figure;
mod gather;
mod rule;

use std::collections::BTreeSet;

use super::{Budget, Meter, Truncation};
use crate::state::{ClaimIx, EntityIx};
use crate::view::View;

/// THE table of rules: in what way claims cannot all be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConflictKind {
    /// A firm, town or region in two places of one level at one time, neither within the other.
    TwoSeats,
    /// Two values of one metric, unit and period, farther apart than rounding explains.
    TwoValues,
    /// One source gives only an end, another only a start that lies after it.
    EndBeforeStart,
    /// Each of two is said to be spun off from the other.
    SpunOffBothWays,
    /// One identifier on two entities, of a register that gives each to one.
    SharedIdentifier,
    /// Two identifiers on one entity, of a register that gives only one.
    SeveralIdentifiers,
}

impl ConflictKind {
    /// Every kind, in the order of the table.
    pub const ALL: [Self; 6] = [
        Self::TwoSeats,
        Self::TwoValues,
        Self::EndBeforeStart,
        Self::SpunOffBothWays,
        Self::SharedIdentifier,
        Self::SeveralIdentifiers,
    ];

    /// Its name for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TwoSeats => "TWO_SEATS",
            Self::TwoValues => "TWO_VALUES",
            Self::EndBeforeStart => "END_BEFORE_START",
            Self::SpunOffBothWays => "SPUN_OFF_BOTH_WAYS",
            Self::SharedIdentifier => "SHARED_IDENTIFIER",
            Self::SeveralIdentifiers => "SEVERAL_IDENTIFIERS",
        }
    }
}

/// Claims that cannot all be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// By which rule.
    pub kind: ConflictKind,
    /// Whom it is about; whoever the claims are about first, then places.
    pub entities: Vec<EntityIx>,
    /// The claims, two or more, in the order of recording.
    pub claims: Vec<ClaimIx>,
    /// Why they cannot all be true, in one sentence.
    pub explanation: String,
}

/// Conflicts of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflicts {
    /// In the order of the table, then of the first claim.
    pub found: Vec<Conflict>,
    /// What cut it; nothing is found then.
    pub truncated: Option<Truncation>,
}

/// Finds accepted claims that cannot all be true, in the whole view or about one entity. Plans are
/// left out: they may fail.
///
/// Cost: one pass over the view's claims, and the pairs of figures of one subject, metric, unit and
/// period.
pub fn conflicts(view: &View, about: Option<EntityIx>, budget: &Budget) -> Conflicts {
    let mut meter = budget.meter();
    match find(view, &mut meter) {
        Ok(mut found) => {
            found.retain(|conflict| about.is_none_or(|e| conflict.entities.contains(&e)));
            found.sort_by(|a, b| (a.kind, &a.claims).cmp(&(b.kind, &b.claims)));
            Conflicts { found, truncated: None }
        }
        Err(cut) => Conflicts { found: Vec::new(), truncated: Some(cut) },
    }
}

fn find(view: &View, meter: &mut Meter<'_>) -> Result<Vec<Conflict>, Truncation> {
    let facts = gather::facts(view, meter)?;
    let mut found = Vec::new();
    rule::two_seats(view, &facts, meter, &mut found)?;
    rule::two_values(view, &facts, meter, &mut found)?;
    rule::end_before_start(view, &facts, &mut found);
    rule::spun_off_both_ways(view, &facts, &mut found);
    rule::shared_identifier(view, &facts, &mut found);
    rule::several_identifiers(view, &facts, &mut found);
    Ok(found)
}

fn conflict(
    kind: ConflictKind,
    entities: Vec<EntityIx>,
    claims: impl IntoIterator<Item = ClaimIx>,
    explanation: String,
) -> Conflict {
    let claims: BTreeSet<ClaimIx> = claims.into_iter().collect();
    Conflict { kind, entities, claims: claims.into_iter().collect(), explanation }
}
