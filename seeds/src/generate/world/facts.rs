//! Who stands to whom in what relation: drawn with the weights of a real ecosystem.

use graph::model::Predicate;

use super::super::dice::{Dice, Wheel};
use super::super::names;
use super::{Fact, Group, NO_PRODUCT, World};

/// Shares of the firms in each tier of supply, from raw material to service.
const TIERS: [f64; 6] = [0.18, 0.22, 0.22, 0.18, 0.12, 0.08];

/// How often a firm supplies the next tier, the one after, its own, and the one before. The last
/// closes loops.
const STEPS: [(f64, i8); 4] = [(0.72, 1), (0.14, 2), (0.09, 0), (0.05, -1)];

/// Supply relations of ten firms.
const SUPPLIES_PER_TEN_FIRMS: u64 = 63;

/// Share of supply that stays inside a cluster.
const LOCAL: f64 = 0.4;

/// What the draws depend on.
struct Market {
    /// Every firm, by weight.
    all: Wheel,
    weights: Vec<f64>,
    tier: Vec<u8>,
    /// The firms of each tier, and a wheel of their weights.
    tiers: Vec<(Vec<u32>, Wheel)>,
    /// The cluster that each firm is at home in.
    home: Vec<u32>,
    /// The firms of each cluster.
    members: Vec<Vec<u32>>,
    /// Clusters, by size.
    sizes: Wheel,
    /// What each firm mainly makes.
    product: Vec<u32>,
    /// Products, by how many make them.
    popularity: Wheel,
}

impl Market {
    fn draw(world: &World, dice: &mut Dice) -> Self {
        let firms = world.firms.count();
        // No firm outweighs the rest by more than this.
        let heaviest = f64::from(firms).sqrt();
        let weights: Vec<f64> = (0..firms).map(|_| dice.heavy().min(heaviest)).collect();
        let shares = Wheel::new(TIERS);
        let tier: Vec<u8> = (0..firms).map(|_| small(shares.spin(dice))).collect();
        let tiers = (0..TIERS.len()).map(|t| {
            let members: Vec<u32> =
                (0..firms).filter(|firm| usize::from(tier[*firm as usize]) == t).collect();
            let wheel = Wheel::new(members.iter().map(|firm| weights[*firm as usize]));
            (members, wheel)
        });
        let tiers = tiers.collect();
        let sizes = Wheel::new((0..world.clusters.count()).map(|_| dice.heavy()));
        let home: Vec<u32> = (0..firms).map(|_| number(sizes.spin(dice))).collect();
        let mut members = vec![Vec::new(); world.clusters.count() as usize];
        for (firm, home) in (0..firms).zip(&home) {
            members[*home as usize].push(firm);
        }
        let popularity = Wheel::new((1..=world.products.count()).map(|rank| {
            let root = f64::from(rank).sqrt();
            1.0 / (root * root.sqrt())
        }));
        let product = (0..firms).map(|_| number(popularity.spin(dice))).collect();
        let all = Wheel::new(weights.iter().copied());
        Self { all, weights, tier, tiers, home, members, sizes, product, popularity }
    }

    /// A firm, the heavier the likelier.
    fn firm(&self, dice: &mut Dice) -> u32 {
        number(self.all.spin(dice))
    }

    /// Who is supplied by this firm, further down the tiers.
    fn customer_down(&self, supplier: u32, dice: &mut Dice) -> u32 {
        let mut point = dice.share();
        let mut step = 0;
        for (share, by) in STEPS {
            if point < share {
                step = by;
                break;
            }
            point -= share;
        }
        let last = TIERS.len() - 1;
        let tier = usize::from(self.tier[supplier as usize].saturating_add_signed(step)).min(last);
        let (members, wheel) = &self.tiers[tier];
        members.get(wheel.spin(dice)).copied().unwrap_or(supplier)
    }

    /// Supplier and customer inside the cluster of this firm.
    fn neighbours(&self, firm: u32, dice: &mut Dice) -> (u32, u32) {
        let members = &self.members[self.home[firm as usize] as usize];
        let other = members[dice.below(number(members.len())) as usize];
        let (mine, theirs) = (self.tier[firm as usize], self.tier[other as usize]);
        if mine < theirs || mine == theirs && dice.chance(0.5) {
            (firm, other)
        } else {
            (other, firm)
        }
    }
}

/// Every relation once, in no order.
pub(super) fn draw(world: &World, dice: &mut Dice) -> Vec<Fact> {
    let market = Market::draw(world, dice);
    let mut facts = Facts { facts: Vec::with_capacity(world.firms.count() as usize * 11) };
    supply(world, &market, &mut facts, dice);
    places(world, &mut facts, dice);
    clusters(world, &market, &mut facts, dice);
    chains(world, &mut facts);
    firms_among_each_other(world, &market, &mut facts, dice);
    facts.settle(dice)
}

struct Facts {
    facts: Vec<Fact>,
}

impl Facts {
    fn say(&mut self, predicate: Predicate, source: u32, target: u32) {
        self.facts.push(Fact { predicate, source, target, product: NO_PRODUCT });
    }

    /// Each once, nothing with itself, and in another order.
    fn settle(self, dice: &mut Dice) -> Vec<Fact> {
        let mut facts = self.facts;
        facts.retain(|fact| fact.source != fact.target);
        facts.sort_unstable();
        facts.dedup_by_key(|fact| (fact.predicate, fact.source, fact.target));
        dice.shuffle(&mut facts);
        facts
    }
}

fn supply(world: &World, market: &Market, facts: &mut Facts, dice: &mut Dice) {
    let firms = world.firms.count();
    for firm in 0..firms {
        let main = market.product[firm as usize];
        facts.say(Predicate::Produces, world.firms.at(firm), world.products.at(main));
        if dice.chance(0.25) {
            let second = number(market.popularity.spin(dice));
            facts.say(Predicate::Produces, world.firms.at(firm), world.products.at(second));
        }
    }
    for _ in 0..u64::from(firms) * SUPPLIES_PER_TEN_FIRMS / 10 {
        let firm = market.firm(dice);
        let (supplier, customer) = if dice.chance(LOCAL) {
            market.neighbours(firm, dice)
        } else {
            (firm, market.customer_down(firm, dice))
        };
        facts.facts.push(Fact {
            predicate: Predicate::Supplies,
            source: world.firms.at(supplier),
            target: world.firms.at(customer),
            product: world.products.at(market.product[supplier as usize]),
        });
    }
}

/// Everything lies where its name says.
fn places(world: &World, facts: &mut Facts, dice: &mut Dice) {
    let region = |place: u32| world.regions.at(1 + place);
    for (firm, code) in world.firms.numbers.clone().zip(&world.firm_codes) {
        facts.say(Predicate::LocatedIn, firm, region(names::place_of_firm(*code)));
    }
    for group in [&world.clusters, &world.towns, &world.platforms] {
        for place in 0..group.count() {
            let site = names::site(place);
            let lies_in = region(names::place_of_site(site));
            facts.say(Predicate::LocatedIn, group.at(place), lies_in);
        }
    }
    for place in 0..names::PLACES {
        facts.say(Predicate::LocatedIn, region(place), world.regions.at(0));
    }
    let towns = Wheel::new((0..world.towns.count()).map(|_| dice.heavy()));
    for firm in world.firms.numbers.clone() {
        if dice.chance(0.2) {
            facts.say(Predicate::LocatedIn, firm, world.towns.at(number(towns.spin(dice))));
        }
    }
}

fn clusters(world: &World, market: &Market, facts: &mut Facts, dice: &mut Dice) {
    for firm in 0..world.firms.count() {
        let home = market.home[firm as usize];
        facts.say(Predicate::MemberOf, world.firms.at(firm), world.clusters.at(home));
        if dice.chance(0.2) {
            let second = number(market.sizes.spin(dice));
            facts.say(Predicate::MemberOf, world.firms.at(firm), world.clusters.at(second));
        }
    }
    for (cluster, members) in world.clusters.numbers.clone().zip(&market.members) {
        let focus = any_of(&world.chains, dice);
        facts.say(Predicate::FocusesOn, cluster, focus);
        let weight = |firm: &u32| market.weights[*firm as usize];
        let leader = members.iter().max_by(|a, b| weight(a).total_cmp(&weight(b)));
        if let Some(leader) = leader {
            facts.say(Predicate::Leads, world.firms.at(*leader), cluster);
        }
    }
    for town in world.towns.numbers.clone() {
        facts.say(Predicate::MemberOf, town, any_of(&world.networks, dice));
    }
}

fn chains(world: &World, facts: &mut Facts) {
    for stage in 0..world.stages.count() {
        let (chain, link) = (stage / names::STAGES_PER_CHAIN, stage % names::STAGES_PER_CHAIN);
        facts.say(Predicate::PartOf, world.stages.at(stage), world.chains.at(chain));
        if link + 1 < names::STAGES_PER_CHAIN {
            facts.say(Predicate::Feeds, world.stages.at(stage), world.stages.at(stage + 1));
        }
    }
}

fn firms_among_each_other(world: &World, market: &Market, facts: &mut Facts, dice: &mut Dice) {
    for platform in world.platforms.numbers.clone() {
        for _ in 0..2 {
            facts.say(Predicate::Operates, world.firms.at(market.firm(dice)), platform);
        }
    }
    for any in world.firms.numbers.clone() {
        let heavy = |dice: &mut Dice| world.firms.at(market.firm(dice));
        if dice.chance(0.30) {
            let other = heavy(dice);
            // Read both ways, so it is said one way.
            facts.say(Predicate::PartnersWith, any.min(other), any.max(other));
        }
        if dice.chance(0.15) {
            facts.say(Predicate::Owns, heavy(dice), any);
        }
        if dice.chance(0.10) {
            facts.say(Predicate::InvestsIn, heavy(dice), any);
        }
        if dice.chance(0.05) {
            facts.say(Predicate::SpunOffFrom, any, heavy(dice));
        }
    }
}

fn any_of(group: &Group, dice: &mut Dice) -> u32 {
    group.at(dice.below(group.count()))
}

/// A place of a list as a number; lists are shorter than that.
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn small(place: usize) -> u8 {
    u8::try_from(place).unwrap_or(u8::MAX)
}
