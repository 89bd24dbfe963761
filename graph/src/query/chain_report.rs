//! A chain, stage by stage: who stands where, how concentrated, what is missing (补链), what hangs
//! on one firm (强链), and who could fill it.

mod candidates;
mod outline;

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use thiserror::Error;

use super::standing::{firms_about, firms_in, firms_of, text_of};
use super::{Budget, Truncation, inside};
use crate::model::{EntityKind, NameKey, Predicate, Role};
use crate::state::{DocumentIx, EntityIx, RelationIx};
use crate::view::View;
pub use candidates::{Candidate, Reason};
use outline::{Outline, outline};

/// Which chain, and where.
#[derive(Debug, Clone, Copy)]
pub struct ChainReportQuery {
    /// The chain.
    pub chain: EntityIx,
    /// Only firms inside this area count as being here; `None`: everywhere is here.
    pub region: Option<EntityIx>,
    /// At most so many candidates for each stage.
    pub candidates: usize,
}

/// Only chains have stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0} has no stages; name a CHAIN")]
pub struct NoChain(pub EntityKind);

/// A chain, stage by stage.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainReport {
    /// The chain.
    pub chain: EntityIx,
    /// Its stages, upstream first.
    pub stages: Vec<StageReport>,
    /// Firms of the chain that are here, of which no source says in which stage they stand.
    pub unplaced: Vec<StageFirm>,
    /// Stages in which no firm is known here, in the order of the chain.
    pub missing: Vec<EntityIx>,
    /// Stages in which exactly one firm is known here, in the order of the chain.
    pub fragile: Vec<EntityIx>,
    /// What cut the answer: then candidates are left out.
    pub truncated: Option<Truncation>,
}

/// A stage of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct StageReport {
    /// The stage.
    pub stage: EntityIx,
    /// `upstream`, `midstream` or `downstream`, where a source says so.
    pub position: Option<String>,
    /// What makes it a stage of this chain.
    pub part_of: Vec<RelationIx>,
    /// Firms that stand in it here.
    pub firms: Vec<StageFirm>,
    /// Those of them that lead: by a claim that they lead, or by their role.
    pub leaders: Vec<EntityIx>,
    /// Herfindahl-Hirschman index: the sum of the squared market shares of its firms, 0 to 1.
    /// `None` unless the share of every one of them is known.
    pub concentration: Option<f64>,
    /// Documents that speak of the chain and name this stage here, in the order of recording.
    pub coverage: Vec<DocumentIx>,
    /// Who could fill it, those with most reasons first.
    pub candidates: Vec<Candidate>,
}

/// A firm in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageFirm {
    /// The firm.
    pub entity: EntityIx,
    /// Whether a source names its stage; if not, it is told from what the firm makes.
    pub stated: bool,
    /// What says so.
    pub relations: Vec<RelationIx>,
}

/// Describes a chain.
///
/// A stage is what is part of the chain, or named as the stage of a firm's membership. A firm
/// stands in a stage where a source says so; or, being of the chain without a stage, where it makes
/// or develops a product whose name holds the stage's name, one of its aliases, or a word of the
/// qualifier `scope` by which a template says what the stage covers. So does, by its products, a
/// firm that leads or belongs to what focuses on the chain, such as a cluster, or sits in a town, a
/// park or a platform that does. Plans are left out.
/// Cost: the relations of the chain, its stages, its firms and their products; one pass over all
/// entities and relations for the candidates; the texts of the documents that speak of the chain.
///
/// # Errors
/// [`NoChain`] if it is none.
pub fn chain_report(
    view: &View,
    query: &ChainReportQuery,
    budget: &Budget,
) -> Result<ChainReport, NoChain> {
    if view.kind(query.chain) != EntityKind::Chain {
        return Err(NoChain(view.kind(query.chain)));
    }
    let region = query.region.map(|region| inside(view, region));
    let desk = Desk { view, chain: query.chain, region, outlines: outline(view, query.chain) };
    let placed = desk.placed();
    let documents = desk.documents(query.region);
    let mut stages: Vec<StageReport> =
        desk.outlines.iter().map(|outline| desk.stage(outline, &placed, &documents)).collect();
    let count = |wanted: usize| {
        let such = stages.iter().filter(move |stage| stage.firms.len() == wanted);
        such.map(|stage| stage.stage).collect::<Vec<_>>()
    };
    let (missing, fragile) = (count(0), count(1));
    let filled = desk.add_candidates(&mut stages, &placed, query, &mut budget.meter());
    Ok(ChainReport {
        chain: query.chain,
        unplaced: desk.unplaced(&placed),
        missing,
        fragile,
        truncated: filled.err(),
        stages,
    })
}

/// Firms by stage, wherever they are.
type Placed = BTreeMap<EntityIx, Vec<StageFirm>>;

struct Desk<'a> {
    view: &'a View,
    chain: EntityIx,
    region: Option<BTreeSet<EntityIx>>,
    outlines: Vec<Outline>,
}

impl Desk<'_> {
    fn is_here(&self, entity: EntityIx) -> bool {
        self.region.as_ref().is_none_or(|region| region.contains(&entity))
    }

    /// Every firm of the chain in its stages: as stated, else by what it makes.
    fn placed(&self) -> Placed {
        let mut placed = Placed::new();
        let mut stated: BTreeSet<EntityIx> = BTreeSet::new();
        for outline in &self.outlines {
            let firms = firms_in(self.view, self.chain, outline.stage);
            stated.extend(firms.keys());
            let firms = firms.into_iter().map(|(entity, relations)| StageFirm {
                entity,
                stated: true,
                relations,
            });
            placed.insert(outline.stage, firms.collect());
        }
        let mut tied = firms_of(self.view, self.chain);
        for (firm, ties) in firms_about(self.view, self.chain) {
            tied.entry(firm).or_insert(ties);
        }
        for (firm, ties) in tied {
            if stated.contains(&firm) {
                continue;
            }
            for (stage, makes) in self.by_products(firm) {
                let relations = ties.iter().copied().chain(makes).collect();
                let one = StageFirm { entity: firm, stated: false, relations };
                placed.entry(stage).or_default().push(one);
            }
        }
        placed
    }

    /// The stages that a firm's products name, with what says that it makes them.
    fn by_products(&self, firm: EntityIx) -> BTreeMap<EntityIx, Vec<RelationIx>> {
        let mut found: BTreeMap<EntityIx, Vec<RelationIx>> = BTreeMap::new();
        for relation in self.view.relations(firm, Some(Direction::Outgoing)) {
            let product = match self.view.predicate(relation) {
                Predicate::Produces | Predicate::Develops => Some(self.view.ends(relation).1),
                Predicate::Supplies => self.view.product(relation),
                _ => None,
            };
            let Some(product) = product.filter(|_| self.view.is_actual(relation)) else { continue };
            let name = NameKey::of(&self.view.name(product));
            for outline in self.outlines.iter().filter(|outline| outline.names(name.as_str())) {
                found.entry(outline.stage).or_default().push(relation);
            }
        }
        found
    }

    fn unplaced(&self, placed: &Placed) -> Vec<StageFirm> {
        let somewhere: BTreeSet<EntityIx> =
            placed.values().flatten().map(|firm| firm.entity).collect();
        let firms = firms_of(self.view, self.chain).into_iter();
        firms
            .filter(|(firm, _)| self.is_here(*firm) && !somewhere.contains(firm))
            .map(|(entity, relations)| StageFirm { entity, stated: true, relations })
            .collect()
    }

    /// Documents that speak of the chain, here, with their texts in the form in which names are
    /// compared.
    fn documents(&self, region: Option<EntityIx>) -> BTreeMap<DocumentIx, NameKey> {
        let claims = self.view.claims_naming(self.chain).into_iter();
        let documents: BTreeSet<DocumentIx> =
            claims.filter_map(|claim| Some(self.view.claim(claim).evidence?.document)).collect();
        let mut names = Vec::new();
        if let Some(region) = region {
            names = self.view.aliases(region);
            names.push(self.view.name(region));
        }
        let texts = documents.into_iter().map(|d| (d, self.view.document(d).document.text()));
        texts
            .filter(|(_, text)| region.is_none() || names.iter().any(|n| text.contains(&**n)))
            .map(|(document, text)| (document, NameKey::of(text)))
            .collect()
    }

    fn stage(
        &self,
        outline: &Outline,
        placed: &Placed,
        documents: &BTreeMap<DocumentIx, NameKey>,
    ) -> StageReport {
        let all = placed.get(&outline.stage).into_iter().flatten();
        let firms: Vec<StageFirm> = all.filter(|firm| self.is_here(firm.entity)).cloned().collect();
        let entities = firms.iter().map(|firm| firm.entity);
        let leaders = entities.filter(|firm| self.leads(*firm, outline.stage)).collect();
        let speaking = documents.iter().filter(|(_, text)| outline.names(text.as_str()));
        StageReport {
            stage: outline.stage,
            position: outline.position.clone(),
            part_of: outline.part_of.clone(),
            leaders,
            concentration: self.concentration(&firms),
            coverage: speaking.map(|(document, _)| *document).collect(),
            candidates: Vec::new(),
            firms,
        }
    }

    fn leads(&self, firm: EntityIx, stage: EntityIx) -> bool {
        let by_claim = || {
            let out = self.view.relations(firm, Some(Direction::Outgoing)).into_iter();
            out.filter(|ix| {
                self.view.predicate(*ix) == Predicate::Leads && self.view.is_actual(*ix)
            })
            .map(|ix| self.view.ends(ix).1)
            .any(|led| led == self.chain || led == stage)
        };
        let leading = |role: Role| matches!(role, Role::ChainLeader | Role::Leading);
        self.view.roles(firm).iter().any(|held| leading(held.role)) || by_claim()
    }

    fn concentration(&self, firms: &[StageFirm]) -> Option<f64> {
        if firms.is_empty() {
            return None;
        }
        let shares: Option<Vec<f64>> = firms.iter().map(|firm| self.share(firm)).collect();
        Some(shares?.into_iter().map(|share| share * share).sum())
    }

    /// A firm's share of the stage: as its membership states it, else its latest market share.
    fn share(&self, firm: &StageFirm) -> Option<f64> {
        let stated = firm.relations.iter().filter_map(|ix| text_of(self.view, *ix, "share"));
        let mut stated =
            stated.filter_map(|text| text.trim().strip_suffix('%')?.parse::<f64>().ok());
        let measured = || {
            let figures = self.view.observations(firm.entity).into_iter();
            let shares =
                figures.filter(|o| o.figure.metric == MARKET_SHARE && o.figure.unit == "%");
            shares.max_by_key(|o| o.claim).map(|o| o.figure.value)
        };
        let percent = stated.next_back().or_else(measured)?;
        (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
    }
}

const MARKET_SHARE: &str = "市场占有率";
