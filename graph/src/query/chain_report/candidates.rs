//! Who could fill a stage, and why one may think so.

use std::collections::BTreeMap;

use petgraph::Direction;

use super::outline::{Outline, neighbours};
use super::{ChainReportQuery, Desk, Placed, StageReport};
use crate::model::{EntityKind, NameKey};
use crate::query::impact::sources_of;
use crate::query::{Meter, Truncation};
use crate::state::{EntityIx, RelationIx};
use crate::view::View;

/// A firm that could fill a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The firm.
    pub entity: EntityIx,
    /// Why, the strongest reason first. Never empty.
    pub reasons: Vec<Reason>,
}

/// Why a firm could fill a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It stands in this stage, elsewhere.
    Elsewhere {
        /// What says so.
        relations: Vec<RelationIx>,
    },
    /// It makes or supplies a product that the stage's words name.
    Makes {
        /// The product.
        product: EntityIx,
        /// What says so.
        relations: Vec<RelationIx>,
    },
    /// It stands here, in a stage next to this one. Only for stages with one firm or none.
    Neighbour {
        /// The stage in which it stands.
        stage: EntityIx,
        /// What says so.
        relations: Vec<RelationIx>,
    },
}

impl Reason {
    /// What says so.
    pub fn relations(&self) -> &[RelationIx] {
        match self {
            Self::Elsewhere { relations }
            | Self::Makes { relations, .. }
            | Self::Neighbour { relations, .. } => relations,
        }
    }

    /// The reason in words, in Chinese as the sentences of claims are.
    pub fn sentence(&self, view: &View) -> String {
        match self {
            Self::Elsewhere { .. } => "在别处处于本环节".to_owned(),
            Self::Makes { product, .. } => format!("生产或供应 {}", view.name(*product)),
            Self::Neighbour { stage, .. } => {
                format!("在本地处于相邻环节 {}", view.name(*stage))
            }
        }
    }
}

impl Desk<'_> {
    /// Adds to each stage who could fill it.
    pub(super) fn add_candidates(
        &self,
        stages: &mut [StageReport],
        placed: &Placed,
        query: &ChainReportQuery,
        meter: &mut Meter<'_>,
    ) -> Result<(), Truncation> {
        let products = self.products(meter)?;
        let wanted = products.keys().copied().collect();
        let makers = if products.is_empty() {
            BTreeMap::new()
        } else {
            sources_of(self.view, &wanted, false, meter)?
        };
        for (outline, report) in self.outlines.iter().zip(stages) {
            let mut reasons: BTreeMap<EntityIx, Vec<Reason>> = BTreeMap::new();
            for firm in placed.get(&outline.stage).into_iter().flatten() {
                let relations = firm.relations.clone();
                reasons.entry(firm.entity).or_default().push(Reason::Elsewhere { relations });
            }
            for (product, named) in &products {
                let makers = makers.get(product).filter(|_| named.contains(&outline.stage));
                for (maker, relations) in makers.into_iter().flatten() {
                    let (product, relations) = (*product, relations.clone());
                    reasons.entry(*maker).or_default().push(Reason::Makes { product, relations });
                }
            }
            if report.firms.len() < 2 {
                self.add_neighbours(outline, placed, &mut reasons);
            }
            let stands = |firm: &EntityIx| report.firms.iter().any(|f| f.entity == *firm);
            report.candidates = reasons
                .into_iter()
                .filter(|(e, _)| !stands(e) && self.view.kind(*e) == EntityKind::Firm)
                .map(|(entity, reasons)| Candidate { entity, reasons })
                .collect();
            let strength = |c: &Candidate| (std::cmp::Reverse(c.reasons.len()), c.entity);
            report.candidates.sort_by_key(strength);
            report.candidates.truncate(query.candidates);
        }
        Ok(())
    }

    /// Firms here in the stages that feed this one or are fed by it.
    fn add_neighbours(
        &self,
        outline: &Outline,
        placed: &Placed,
        reasons: &mut BTreeMap<EntityIx, Vec<Reason>>,
    ) {
        for way in [Direction::Incoming, Direction::Outgoing] {
            for stage in neighbours(self.view, outline.stage, way) {
                for firm in placed.get(&stage).into_iter().flatten() {
                    if self.is_here(firm.entity) {
                        let relations = firm.relations.clone();
                        let reason = Reason::Neighbour { stage, relations };
                        reasons.entry(firm.entity).or_default().push(reason);
                    }
                }
            }
        }
    }

    /// Products whose names hold a word of some stage, with those stages.
    fn products(
        &self,
        meter: &mut Meter<'_>,
    ) -> Result<BTreeMap<EntityIx, Vec<EntityIx>>, Truncation> {
        let mut found: BTreeMap<EntityIx, Vec<EntityIx>> = BTreeMap::new();
        for entity in self.view.entities() {
            meter.pass()?;
            if self.view.kind(entity) != EntityKind::Product {
                continue;
            }
            let name = NameKey::of(&self.view.name(entity));
            for outline in self.outlines.iter().filter(|outline| outline.names(name.as_str())) {
                found.entry(entity).or_default().push(outline.stage);
            }
        }
        Ok(found)
    }
}
