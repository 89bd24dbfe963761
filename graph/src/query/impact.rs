//! What breaks if some entities fail: whom it touches downstream, and who loses the last supplier
//! of something.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;

use super::{Budget, Meter, Truncation};
use crate::model::Predicate;
use crate::state::{EntityIx, RelationIx};
use crate::view::{Lens, PredicateSet, View};

/// Who fails, and how far one looks.
#[derive(Debug, Clone)]
pub struct ImpactQuery {
    /// The entities that fail together.
    pub of: Vec<EntityIx>,
    /// How many tiers downstream.
    pub max_depth: u32,
    /// At most so many entities touched, and at most so many losses.
    pub limit: usize,
    /// Whether planned links count as if they were so.
    pub planned: bool,
}

/// What follows from a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impact {
    /// Whom it reaches over supply links, nearest first, each in its first tier.
    pub touched: Vec<ImpactStep>,
    /// Who loses the last known supplier of something, in the order in which they were met.
    pub cut_off: Vec<CutOff>,
    /// What cut the answer.
    pub truncated: Option<Truncation>,
}

/// An entity that a failure reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImpactStep {
    /// How many links away from the nearest entity that fails.
    pub depth: u32,
    /// Who is touched.
    pub entity: EntityIx,
    /// The first link that reaches it.
    pub via: RelationIx,
}

/// An entity that loses its last known supplier of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOff {
    /// Who loses it.
    pub entity: EntityIx,
    /// What is lost.
    pub lost: Lost,
    /// The links that end, which say what was supplied.
    pub relations: Vec<RelationIx>,
    /// Who else supplies or makes the same product, in the order of declaration.
    pub alternatives: Vec<Alternative>,
}

/// What an entity loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lost {
    /// This product: every supplier that is known to deliver it fails.
    Product(EntityIx),
    /// All of its known suppliers, some of them of something that no source names.
    Everything,
}

/// Someone else who has what is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// Who has it.
    pub entity: EntityIx,
    /// What says so: supply of it to someone, or its production.
    pub relations: Vec<RelationIx>,
}

/// Follows a failure downstream.
///
/// Only those who buy from the failed themselves can be cut off: whether a customer that lost one
/// supplier fails in turn is not known, and not guessed. A link that names no product counts as
/// lost only where its customer has no other known supplier at all. Plans are left out unless asked for: then
/// a planned supplier stands by like any other.
/// Cost: the relations of every entity touched, and one pass over all relations where a product is
/// lost.
pub fn impact(view: &View, query: &ImpactQuery, budget: &Budget) -> Impact {
    let mut failing = query.of.clone();
    failing.sort_unstable();
    failing.dedup();
    let lens = Lens::over(view, PredicateSet::of([Predicate::Supplies]), query.planned);
    let walk = Walk { view, lens, failing, planned: query.planned };
    let mut meter = budget.meter();
    let mut found = Impact { touched: Vec::new(), cut_off: Vec::new(), truncated: None };
    let answered = walk
        .touched(query, &mut meter, &mut found.touched)
        .and_then(|goes_on| walk.cut_off(&mut meter, &mut found.cut_off).map(|()| goes_on));
    let touched = Truncation::to_limit(&mut found.touched, query.limit);
    let cut_off = Truncation::to_limit(&mut found.cut_off, query.limit);
    let deeper = Truncation { limit: "depth", at: query.max_depth.into(), remaining: None };
    found.truncated = match answered {
        Err(cut) => Some(cut),
        Ok(goes_on) => touched.or(cut_off).or(goes_on.then_some(deeper)),
    };
    found
}

struct Walk<'a> {
    view: &'a View,
    lens: Lens<'a>,
    failing: Vec<EntityIx>,
    planned: bool,
}

impl Walk<'_> {
    fn fails(&self, entity: EntityIx) -> bool {
        self.failing.binary_search(&entity).is_ok()
    }

    /// Adds who is touched, and tells whether the last tier leads on to somebody new.
    fn touched(
        &self,
        query: &ImpactQuery,
        meter: &mut Meter<'_>,
        touched: &mut Vec<ImpactStep>,
    ) -> Result<bool, Truncation> {
        let mut met = self.lens.seen();
        for failing in &self.failing {
            met.meet(*failing);
        }
        let mut frontier = self.failing.clone();
        for depth in 1..=query.max_depth {
            let mut next = Vec::new();
            for from in frontier {
                for (entity, via) in self.lens.each_step(from, Direction::Outgoing) {
                    meter.step()?;
                    if met.meet(entity) {
                        touched.push(ImpactStep { depth, entity, via });
                        next.push(entity);
                    }
                }
            }
            frontier = next;
        }
        for from in frontier {
            for (entity, _) in self.lens.each_step(from, Direction::Outgoing) {
                meter.step()?;
                if !met.has_met(entity) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn cut_off(&self, meter: &mut Meter<'_>, found: &mut Vec<CutOff>) -> Result<(), Truncation> {
        let mut seen: BTreeSet<EntityIx> = BTreeSet::new();
        for failed in &self.failing {
            for (customer, _) in self.lens.each_step(*failed, Direction::Outgoing) {
                meter.step()?;
                if !self.fails(customer) && seen.insert(customer) {
                    found.extend(self.losses(customer, meter)?);
                }
            }
        }
        let wanted: BTreeSet<EntityIx> = found.iter().filter_map(|c| product_of(c.lost)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let sources = sources_of(self.view, &wanted, self.planned, meter)?;
        for cut in found {
            let Some(having) = product_of(cut.lost).and_then(|p| sources.get(&p)) else { continue };
            cut.alternatives = having
                .iter()
                .filter(|(entity, _)| !self.fails(**entity) && **entity != cut.entity)
                .map(|(entity, relations)| Alternative {
                    entity: *entity,
                    relations: relations.clone(),
                })
                .collect();
        }
        Ok(())
    }

    /// What one customer loses.
    fn losses(&self, customer: EntityIx, meter: &mut Meter<'_>) -> Result<Vec<CutOff>, Truncation> {
        let mut by_product: BTreeMap<Option<EntityIx>, (Vec<RelationIx>, bool)> = BTreeMap::new();
        for (supplier, relation) in self.lens.each_step(customer, Direction::Incoming) {
            meter.step()?;
            let (ends, goes_on) = by_product.entry(self.view.product(relation)).or_default();
            if self.fails(supplier) {
                ends.push(relation);
            } else {
                *goes_on = true;
            }
        }
        let all_end = by_product.values().all(|(_, goes_on)| !goes_on);
        let losses = by_product.into_iter().filter_map(|(product, (relations, goes_on))| {
            let lost = match product {
                Some(product) if !goes_on => Lost::Product(product),
                None if all_end => Lost::Everything,
                _ => return None,
            };
            Some(CutOff { entity: customer, lost, relations, alternatives: Vec::new() })
        });
        Ok(losses.filter(|cut| !cut.relations.is_empty()).collect())
    }
}

fn product_of(lost: Lost) -> Option<EntityIx> {
    match lost {
        Lost::Product(product) => Some(product),
        Lost::Everything => None,
    }
}

/// Who has each product, and what says so.
pub(super) type Sources = BTreeMap<EntityIx, BTreeMap<EntityIx, Vec<RelationIx>>>;

/// Who supplies or makes each of these products, or plans to, in one pass over all relations.
pub(super) fn sources_of(
    view: &View,
    wanted: &BTreeSet<EntityIx>,
    planned: bool,
    meter: &mut Meter<'_>,
) -> Result<Sources, Truncation> {
    let bound = wanted.last().map_or(0, |last| last.0 as usize + 1);
    let mut is_wanted = vec![false; bound];
    wanted.iter().for_each(|product| is_wanted[product.0 as usize] = true);
    let mut sources = Sources::new();
    // Whether a relation holds is dear to ask, so that comes last.
    for relation in view.rows() {
        meter.pass()?;
        let product = match view.predicate(relation) {
            Predicate::Supplies => view.product(relation),
            Predicate::Produces => Some(view.ends(relation).1),
            _ => continue,
        };
        let is_wanted = |product: &EntityIx| is_wanted.get(product.0 as usize) == Some(&true);
        let Some(product) = product.filter(is_wanted) else { continue };
        let holds = || {
            if planned {
                view.relation_claims(relation).next().is_some()
            } else {
                view.is_actual(relation)
            }
        };
        if view.leads(relation) && holds() {
            let source = view.ends(relation).0;
            sources.entry(product).or_default().entry(source).or_default().push(relation);
        }
    }
    Ok(sources)
}
