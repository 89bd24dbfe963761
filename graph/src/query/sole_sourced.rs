//! What hangs on one firm: products that exactly one supplies or makes, firms with one supplier.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{Budget, Meter, Truncation, inside};
use crate::model::{EntityKind, Predicate};
use crate::state::{EntityIx, RelationIx};
use crate::view::View;

/// What is asked of whom.
#[derive(Debug, Clone, Copy)]
pub struct SoleSourcedQuery {
    /// PRODUCT: products with one maker. FIRM: firms with one supplier.
    pub kind: EntityKind,
    /// Products whose one maker stands in this area; or firms that stand in it.
    pub within: Option<EntityIx>,
}

/// Only products and firms have suppliers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("what {0} come from is not known; ask for PRODUCT or FIRM")]
pub struct NoSources(pub EntityKind);

/// Something that comes from one firm alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoleSourced {
    /// The product, or the firm supplied.
    pub entity: EntityIx,
    /// The one firm.
    pub supplier: EntityIx,
    /// Everything that says so: supply and production. Never empty.
    pub relations: Vec<RelationIx>,
}

/// What hangs on one firm, and what cut the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoleSources {
    /// Products with most supply links first; firms and equals in the order of declaration.
    pub found: Vec<SoleSourced>,
    /// What cut it; nothing is found then, for a second source may not have been seen.
    pub truncated: Option<Truncation>,
}

/// Finds what exactly one firm supplies or makes, as far as is known.
///
/// A source that is no firm counts against it: where a region is said to supply a product, its
/// unnamed firms do. The second source may stand anywhere, inside the area or not. Plans are left
/// out. Cost: one pass over all relations.
///
/// # Errors
/// [`NoSources`] for kinds other than PRODUCT and FIRM.
pub fn sole_sourced(
    view: &View,
    query: &SoleSourcedQuery,
    budget: &Budget,
) -> Result<SoleSources, NoSources> {
    if !matches!(query.kind, EntityKind::Product | EntityKind::Firm) {
        return Err(NoSources(query.kind));
    }
    let sources = match gather(view, query.kind, &mut budget.meter()) {
        Ok(sources) => sources,
        Err(cut) => return Ok(SoleSources { found: Vec::new(), truncated: Some(cut) }),
    };
    let area = query.within.map(|area| inside(view, area));
    let mut found: Vec<SoleSourced> = sources
        .into_iter()
        .filter_map(|(entity, source)| match source {
            Source::One(supplier, relations) => Some(SoleSourced { entity, supplier, relations }),
            Source::Several => None,
        })
        .filter(|sole| view.kind(sole.supplier) == EntityKind::Firm)
        .filter(|sole| {
            let who = if query.kind == EntityKind::Firm { sole.entity } else { sole.supplier };
            area.as_ref().is_none_or(|area| area.contains(&who))
        })
        .collect();
    if query.kind == EntityKind::Product {
        let supplied = |sole: &SoleSourced| {
            let all = sole.relations.iter();
            all.filter(|ix| view.predicate(**ix) == Predicate::Supplies).count()
        };
        found.sort_by_cached_key(|sole| (std::cmp::Reverse(supplied(sole)), sole.entity));
    }
    Ok(SoleSources { found, truncated: None })
}

enum Source {
    One(EntityIx, Vec<RelationIx>),
    Several,
}

fn gather(
    view: &View,
    kind: EntityKind,
    meter: &mut Meter<'_>,
) -> Result<BTreeMap<EntityIx, Source>, Truncation> {
    let mut sources: BTreeMap<EntityIx, Source> = BTreeMap::new();
    for relation in view.all_relations() {
        meter.pass()?;
        let predicate = view.predicate(relation);
        let supplied = match (predicate, kind) {
            (Predicate::Supplies, EntityKind::Product) => view.product(relation),
            (Predicate::Produces, EntityKind::Product) | (Predicate::Supplies, _) => {
                Some(view.ends(relation).1)
            }
            _ => None,
        };
        let Some(entity) = supplied.filter(|e| view.kind(*e) == kind) else { continue };
        if matches!(sources.get(&entity), Some(Source::Several)) || !view.is_actual(relation) {
            continue;
        }
        let from = view.ends(relation).0;
        let source = sources.entry(entity).or_insert_with(|| Source::One(from, Vec::new()));
        match source {
            Source::One(supplier, relations) if *supplier == from => relations.push(relation),
            _ => *source = Source::Several,
        }
    }
    Ok(sources)
}
