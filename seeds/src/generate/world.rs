//! The ecosystem itself: who there is, and who stands to whom in what relation.

use std::collections::HashSet;
use std::ops::Range;

use graph::model::{EntityKind, Predicate};

use super::dice::Dice;
use super::names;

mod facts;

/// One relation. Entities are numbered through, kind by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fact {
    pub(super) predicate: Predicate,
    pub(super) source: u32,
    pub(super) target: u32,
    /// [`NO_PRODUCT`] where it is of none: keeps a fact at 16 bytes.
    product: u32,
}

const NO_PRODUCT: u32 = u32::MAX;

impl Fact {
    pub(super) fn product(&self) -> Option<u32> {
        (self.product != NO_PRODUCT).then_some(self.product)
    }
}

/// The entities of one kind: the letter of their ids, and their numbers.
#[derive(Debug, Clone)]
struct Group {
    kind: EntityKind,
    letter: char,
    numbers: Range<u32>,
}

impl Group {
    fn count(&self) -> u32 {
        self.numbers.end - self.numbers.start
    }

    fn at(&self, place: u32) -> u32 {
        self.numbers.start + place
    }
}

pub(super) struct World {
    firms: Group,
    regions: Group,
    clusters: Group,
    towns: Group,
    platforms: Group,
    products: Group,
    chains: Group,
    stages: Group,
    networks: Group,
    /// The name of each firm, as a number.
    firm_codes: Vec<u32>,
    facts: Vec<Fact>,
}

impl World {
    pub(super) fn build(firms: u32, dice: &mut Dice) -> Self {
        let mut next = 0;
        let mut group = |kind, letter, count: u32| {
            let numbers = next..next + count;
            next += count;
            Group { kind, letter, numbers }
        };
        let mut world = Self {
            firms: group(EntityKind::Firm, 'f', firms),
            // The province, and its places.
            regions: group(EntityKind::Region, 'r', 1 + names::PLACES),
            clusters: group(EntityKind::Cluster, 'c', (firms / 250).max(8)),
            towns: group(EntityKind::Town, 't', (firms / 200).max(8)),
            platforms: group(EntityKind::Platform, 'l', (firms / 500).max(4)),
            products: group(EntityKind::Product, 'p', (firms / 20).max(20)),
            chains: group(EntityKind::Chain, 'h', names::CHAIN_COUNT),
            stages: group(EntityKind::Stage, 's', names::CHAIN_COUNT * names::STAGES_PER_CHAIN),
            networks: group(EntityKind::Network, 'n', (firms / 10_000).max(1)),
            firm_codes: distinct_codes(firms, dice),
            facts: Vec::new(),
        };
        world.facts = facts::draw(&world, dice);
        world
    }

    fn groups(&self) -> [&Group; 9] {
        [
            &self.firms,
            &self.regions,
            &self.clusters,
            &self.towns,
            &self.platforms,
            &self.products,
            &self.chains,
            &self.stages,
            &self.networks,
        ]
    }

    /// Every entity.
    pub(super) fn entities(&self) -> Range<u32> {
        0..self.networks.numbers.end
    }

    /// Every relation, in no order.
    pub(super) fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// The group of an entity, and its place there.
    fn locate(&self, entity: u32) -> (&Group, u32) {
        let found = self.groups().into_iter().find(|group| entity < group.numbers.end);
        // Entities are only numbered by groups.
        let group = found.unwrap_or(&self.networks);
        (group, entity - group.numbers.start)
    }

    pub(super) fn kind(&self, entity: u32) -> EntityKind {
        self.locate(entity).0.kind
    }

    pub(super) fn id(&self, entity: u32) -> String {
        let (group, place) = self.locate(entity);
        format!("{}{place:07}", group.letter)
    }

    pub(super) fn name(&self, entity: u32) -> String {
        let (group, place) = self.locate(entity);
        match group.kind {
            EntityKind::Firm => names::firm(self.firm_codes[place as usize]),
            EntityKind::Region if place == 0 => names::PROVINCE.to_owned(),
            EntityKind::Region => names::place(place - 1) + "市",
            EntityKind::Cluster => names::at_site(place, "产业集群"),
            EntityKind::Town => names::at_site(place, "小镇"),
            EntityKind::Platform => names::at_site(place, "创新中心"),
            EntityKind::Product => names::product(place),
            EntityKind::Chain => names::chain(place),
            EntityKind::Stage => names::stage(place),
            _ => names::network(place),
        }
    }

    /// The fact in words.
    pub(super) fn sentence(&self, fact: &Fact) -> String {
        let (source, target) = (self.name(fact.source), self.name(fact.target));
        match fact.predicate {
            Predicate::Supplies => {
                let product = fact.product().map(|product| self.name(product));
                format!("{source}向{target}供应{}。", product.unwrap_or_default())
            }
            Predicate::Produces => format!("{source}生产{target}。"),
            Predicate::LocatedIn => format!("{source}位于{target}。"),
            Predicate::MemberOf => format!("{source}是{target}的成员。"),
            Predicate::FocusesOn => format!("{source}聚焦{target}。"),
            Predicate::Leads => format!("{source}引领{target}。"),
            Predicate::PartOf => format!("{source}是{target}的一环。"),
            Predicate::Feeds => format!("{source}处在{target}的上游。"),
            Predicate::Operates => format!("{source}运营{target}。"),
            Predicate::PartnersWith => format!("{source}与{target}开展合作。"),
            Predicate::Owns => format!("{source}控股{target}。"),
            Predicate::InvestsIn => format!("{source}投资{target}。"),
            _ => format!("{source}由{target}裂变而来。"),
        }
    }
}

fn distinct_codes(count: u32, dice: &mut Dice) -> Vec<u32> {
    let mut seen = HashSet::with_capacity(count as usize);
    let mut codes = Vec::with_capacity(count as usize);
    while codes.len() < count as usize {
        let code = dice.below(names::FIRMS);
        if seen.insert(code) {
            codes.push(code);
        }
    }
    codes
}
