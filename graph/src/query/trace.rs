//! Supply links followed tier by tier, upstream or downstream.

use std::collections::BTreeSet;

use petgraph::Direction;

use super::derived::{DerivedLink, Deriver};
use super::{Budget, EntityFilter, EntityOrder, Meter, Subgraph, Truncation, list, subgraph};
use crate::model::Confidence;
use crate::state::{EntityIx, RelationIx};
use crate::view::{Lens, PredicateSet, Seen, View};

/// Against or along the flow of goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceDirection {
    /// To suppliers.
    Upstream,
    /// To customers.
    Downstream,
}

/// Whether a source says so, or it was inferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// A source says so.
    Stated,
    /// Inferred from stages: one firm stands in a stage, the other in the stage that it feeds.
    Derived,
}

impl Basis {
    /// The word for it in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stated => "STATED",
            Self::Derived => "DERIVED",
        }
    }
}

/// What to follow, and how far.
#[derive(Debug, Clone)]
pub struct TraceQuery {
    /// Where to start.
    pub from: EntityIx,
    /// Which way.
    pub direction: TraceDirection,
    /// How many tiers.
    pub max_depth: u32,
    /// At most so many entities.
    pub limit: usize,
    /// Over which relations; SUPPLIES unless told otherwise.
    pub predicates: PredicateSet,
    /// The product that the links of the first tier must carry, or the stage that they stand in.
    pub product_on_first_link: Option<EntityIx>,
    /// The product that every link must carry, or the stage that it stands in.
    pub product_on_every_link: Option<EntityIx>,
    /// What the far ends must be: other entities are shown only on the way to one that fits.
    pub leaf: Option<EntityFilter>,
    /// Links less sure than this do not count.
    pub min_confidence: f64,
    /// Which links count. A derived one carries no product, and yields to a stated one between the
    /// same two.
    pub basis: Vec<Basis>,
    /// Whether planned links count as if they were so. A derived one never rests on a plan.
    pub planned: bool,
}

/// Tiers of suppliers or customers.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Where it started.
    pub root: EntityIx,
    /// Which way it went.
    pub direction: TraceDirection,
    /// Nearest first; empty tiers are left out.
    pub tiers: Vec<Tier>,
    /// All of it as a graph, the root first.
    pub subgraph: Subgraph,
    /// What cut it.
    pub truncated: Option<Truncation>,
}

/// Entities at one distance from the root.
#[derive(Debug, Clone, PartialEq)]
pub struct Tier {
    /// How many links away.
    pub depth: u32,
    /// Who stands there, in the order met.
    pub steps: Vec<TraceStep>,
}

/// One link of a trace. An entity that several links reach in its tier has a step for each.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceStep {
    /// Who is reached.
    pub entity: EntityIx,
    /// From whom.
    pub from: EntityIx,
    /// Stated or derived.
    pub basis: Basis,
    /// The stated links between the two; of a derived one, the relations from which it is inferred.
    pub via: Vec<RelationIx>,
    /// That at least one of the stated links holds; of a derived one, a low figure by rule: that
    /// all it is inferred from holds, times 0.3, or 0.5 where both firms are in one place.
    pub confidence: Confidence,
}

/// Follows supply links tier by tier. Each entity stands in its first tier, so cycles end. Where a
/// link that counts leads on from the last tier that was asked for, the answer says `depth`; a leaf
/// is not looked for there.
/// Cost: the relations of every entity met; how sure a link is, is only looked up for those shown.
pub fn trace(view: &View, query: &TraceQuery, budget: &Budget) -> Trace {
    let lens = Lens::over(view, query.predicates, query.planned);
    let mut meter = budget.meter();
    let mut next = NextTier::after(query.from, &lens, query.limit);
    let mut tiers: Vec<Tier> = Vec::new();
    let mut frontier = vec![query.from];
    let mut truncated = None;
    let mut deriver = Deriver::new(view);
    for depth in 1..=query.max_depth {
        let mut steps: Vec<TraceStep> = Vec::new();
        for from in std::mem::take(&mut frontier) {
            match links(view, &lens, query, (from, depth), &mut deriver, &mut meter) {
                Ok(links) => links.add_to(&mut steps, view, from, &mut next),
                Err(cut) => {
                    truncated = truncated.or(next.cut()).or(Some(cut));
                    break;
                }
            }
        }
        truncated = truncated.or(next.cut());
        if steps.is_empty() {
            break;
        }
        frontier = next.close();
        tiers.push(Tier { depth, steps });
        if truncated.is_some() {
            break;
        }
    }
    if truncated.is_none() {
        truncated = goes_on(view, &lens, query, &frontier, &next, &mut deriver, &mut meter);
    }
    if let Some(leaf) = &query.leaf {
        keep_ways_to(&mut tiers, &list(view, leaf, EntityOrder::Recorded));
    }
    Trace {
        root: query.from,
        direction: query.direction,
        subgraph: drawn(view, query, &tiers),
        tiers,
        truncated,
    }
}

/// Whether links that count lead on from the last tier to somebody new: then the depth cut it.
fn goes_on(
    view: &View,
    lens: &Lens<'_>,
    query: &TraceQuery,
    last: &[EntityIx],
    next: &NextTier,
    deriver: &mut Deriver<'_>,
    meter: &mut Meter<'_>,
) -> Option<Truncation> {
    let depth = query.max_depth.saturating_add(1);
    for from in last {
        match links(view, lens, query, (*from, depth), deriver, meter) {
            Ok(links) if links.reach().any(|entity| !next.met.has_met(entity)) => {
                let at = query.max_depth.into();
                return Some(Truncation { limit: "depth", at, remaining: None });
            }
            Ok(_) => {}
            Err(cut) => return Some(cut),
        }
    }
    None
}

/// Who stands in the tier that is being met, as far as the limit lets them.
struct NextTier {
    /// Those of earlier tiers.
    met: Seen,
    waiting: Seen,
    entities: Vec<EntityIx>,
    limit: usize,
    /// How many more there may be.
    room: usize,
    is_cut: bool,
}

impl NextTier {
    fn after(root: EntityIx, lens: &Lens<'_>, limit: usize) -> Self {
        let (mut met, waiting) = (lens.seen(), lens.seen());
        met.meet(root);
        Self { met, waiting, entities: Vec::new(), limit, room: limit, is_cut: false }
    }

    /// Whether a link to an entity has a place in this tier, as it stands now.
    fn may_take(&mut self, entity: EntityIx) -> bool {
        if self.met.has_met(entity) {
            return false;
        }
        let fits = self.room > 0 || self.waiting.has_met(entity);
        self.is_cut |= !fits;
        fits
    }

    /// Gives an entity its place, if it has one.
    fn take(&mut self, entity: EntityIx) -> bool {
        let takes = self.may_take(entity);
        if takes && self.waiting.meet(entity) {
            self.room -= 1;
            self.entities.push(entity);
        }
        takes
    }

    /// The tier is whole; gives who stands in it.
    fn close(&mut self) -> Vec<EntityIx> {
        for entity in &self.entities {
            self.met.meet(*entity);
        }
        std::mem::take(&mut self.entities)
    }

    fn cut(&self) -> Option<Truncation> {
        let at = u64::try_from(self.limit).unwrap_or(u64::MAX);
        self.is_cut.then_some(Truncation { limit: "limit", at, remaining: None })
    }
}

/// The links of one entity.
struct Links {
    /// Relations that count, each with its other end.
    stated: Vec<(EntityIx, RelationIx)>,
    /// To whom no stated one leads.
    derived: Vec<DerivedLink>,
}

impl Links {
    /// Whom they lead to, some perhaps more than once.
    fn reach(&self) -> impl Iterator<Item = EntityIx> {
        let stated = self.stated.iter().map(|(entity, _)| *entity);
        stated.chain(self.derived.iter().map(|link| link.entity))
    }

    /// Adds a step for each whom they reach anew: stated ones in the order in which they were first
    /// stated, then derived ones.
    fn add_to(
        mut self,
        steps: &mut Vec<TraceStep>,
        view: &View,
        from: EntityIx,
        next: &mut NextTier,
    ) {
        // A relation is numbered as it was first stated.
        self.stated.retain(|(entity, _)| next.may_take(*entity));
        self.stated.sort_unstable();
        let mut groups: Vec<&[(EntityIx, RelationIx)]> =
            self.stated.chunk_by(|a, b| a.0 == b.0).collect();
        groups.sort_unstable_by_key(|group| group[0].1);
        for group in groups {
            let entity = group[0].0;
            if next.take(entity) {
                let via: Vec<RelationIx> = group.iter().map(|(_, ix)| *ix).collect();
                let sure = via.iter().map(|ix| view.relation_confidence(*ix));
                let confidence = Confidence::combine(sure);
                steps.push(TraceStep { entity, from, basis: Basis::Stated, via, confidence });
            }
        }
        for DerivedLink { entity, via, confidence } in self.derived {
            if next.take(entity) {
                steps.push(TraceStep { entity, from, basis: Basis::Derived, via, confidence });
            }
        }
    }
}

fn links(
    view: &View,
    lens: &Lens<'_>,
    query: &TraceQuery,
    (from, depth): (EntityIx, u32),
    deriver: &mut Deriver<'_>,
    meter: &mut Meter<'_>,
) -> Result<Links, Truncation> {
    let way = match query.direction {
        TraceDirection::Upstream => Direction::Incoming,
        TraceDirection::Downstream => Direction::Outgoing,
    };
    let products =
        [query.product_on_every_link, query.product_on_first_link.filter(|_| depth == 1)];
    let carries =
        |ix: RelationIx| products.iter().flatten().all(|wanted| view.carries(ix, *wanted));
    let (mut stated, mut derived) = (Vec::new(), Vec::new());
    if query.basis.contains(&Basis::Stated) {
        let mut walked = 0;
        lens.each_step(from, way).for_each(|(other, ix)| {
            walked += 1;
            if carries(ix) {
                stated.push((other, ix));
            }
        });
        meter.steps(walked)?;
        if query.min_confidence > 0.0 {
            stated = sure(view, stated, query.min_confidence, meter)?;
        }
    }
    let any_product = products.iter().all(Option::is_none);
    if any_product && query.basis.contains(&Basis::Derived) {
        derived = deriver.links(from, way, meter)?;
    }
    if !derived.is_empty() {
        let known: BTreeSet<EntityIx> = stated.iter().map(|(entity, _)| *entity).collect();
        derived.retain(|link| {
            !known.contains(&link.entity) && link.confidence.value() >= query.min_confidence
        });
    }
    Ok(Links { stated, derived })
}

/// Keeps the links that are at least so sure. Weighing one costs its claims, so the deadline is
/// heeded meanwhile.
fn sure(
    view: &View,
    links: Vec<(EntityIx, RelationIx)>,
    min_confidence: f64,
    meter: &mut Meter<'_>,
) -> Result<Vec<(EntityIx, RelationIx)>, Truncation> {
    let mut sure = Vec::new();
    for link in links {
        meter.pass()?;
        if view.relation_confidence(link.1).value() >= min_confidence {
            sure.push(link);
        }
    }
    Ok(sure)
}

/// Keeps what leads to a leaf: from the farthest tier inwards, a step stays if it reaches a leaf
/// or a step that stays.
fn keep_ways_to(tiers: &mut Vec<Tier>, leaves: &[EntityIx]) {
    let leaves: BTreeSet<EntityIx> = leaves.iter().copied().collect();
    let mut needed: BTreeSet<EntityIx> = BTreeSet::new();
    for tier in tiers.iter_mut().rev() {
        tier.steps.retain(|step| leaves.contains(&step.entity) || needed.contains(&step.entity));
        needed.extend(tier.steps.iter().map(|step| step.from));
    }
    tiers.retain(|tier| !tier.steps.is_empty());
}

fn drawn(view: &View, query: &TraceQuery, tiers: &[Tier]) -> Subgraph {
    let mut entities = vec![query.from];
    let mut seen = Lens::new(view, query.predicates).seen();
    seen.meet(query.from);
    for step in tiers.iter().flat_map(|tier| &tier.steps) {
        if seen.meet(step.entity) {
            entities.push(step.entity);
        }
    }
    let relations = subgraph::among(view, &entities, &query.predicates);
    Subgraph { entities, relations, truncated: None }
}
