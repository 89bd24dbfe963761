//! Invented ecosystems of any size, as claims files: for trying out, testing and measuring.
//!
//! The shape is that of a real one: a few firms have most of the weight, supply runs down six
//! tiers with some loops back, much of it inside clusters of very unequal size. Every name is made
//! up. The same size and seed give the same bytes on every machine: the random numbers are ours to
//! keep, and only operations that IEEE 754 rounds exactly are used on them.

mod dice;
mod names;
mod world;

use std::io::{self, BufWriter, Write};
use std::str::FromStr;

use graph::interchange::{
    DocumentLine, EntityLine, EvidenceLine, Line, QualifiersLine, RelationLine,
};
use graph::model::{Confidence, FuzzyDate};
use thiserror::Error;

use dice::Dice;
use world::{Fact, World};

/// How large an ecosystem is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Size {
    /// A thousand firms, about 10,500 relations.
    Xs,
    /// Ten thousand firms.
    S,
    /// A hundred thousand firms, about 1.05 million relations.
    M,
    /// A million firms.
    L,
}

/// A text that names no size.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no size; there are XS, S, M and L")]
pub struct UnknownSize(pub String);

impl Size {
    /// Every size, the smallest first.
    pub const ALL: [Self; 4] = [Self::Xs, Self::S, Self::M, Self::L];

    /// How many firms it has.
    pub const fn firms(self) -> u32 {
        match self {
            Self::Xs => 1_000,
            Self::S => 10_000,
            Self::M => 100_000,
            Self::L => 1_000_000,
        }
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Xs => "XS",
            Self::S => "S",
            Self::M => "M",
            Self::L => "L",
        }
    }
}

impl FromStr for Size {
    type Err = UnknownSize;

    fn from_str(text: &str) -> Result<Self, UnknownSize> {
        let size = Self::ALL.into_iter().find(|size| size.as_str().eq_ignore_ascii_case(text));
        size.ok_or_else(|| UnknownSize(text.to_owned()))
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Entity lines.
    pub entities: u64,
    /// Relation lines.
    pub relations: u64,
    /// Document lines.
    pub documents: u64,
}

/// Facts that one invented report holds.
const FACTS_PER_REPORT: usize = 25;

/// Writes an invented ecosystem as a claims file: entities first, then relations in no order. With
/// `evidence` every relation quotes a report, whose line stands before it.
///
/// Only the bare facts are held in memory (16 bytes each); the lines are streamed.
///
/// # Errors
/// What `out` fails with.
pub fn generate(size: Size, seed: u64, evidence: bool, out: impl Write) -> io::Result<Counts> {
    let mut dice = Dice::new(u128::from(seed) << 64 | u128::from(size.firms()));
    let world = World::build(size.firms(), &mut dice);
    let mut output =
        Output { out: BufWriter::with_capacity(1 << 16, out), counts: Counts::default() };
    for entity in world.entities() {
        let line = EntityLine::new(world.id(entity), world.kind(entity), world.name(entity));
        Line::Entity(line).write(&mut output.out)?;
        output.counts.entities += 1;
    }
    let calendar = Calendar::new();
    for facts in world.facts().chunks(FACTS_PER_REPORT) {
        let mut lines: Vec<RelationLine> =
            facts.iter().map(|fact| relation(&world, fact, &calendar, &mut dice)).collect();
        if evidence {
            output.report(&world, facts, &mut lines)?;
        }
        for line in lines {
            Line::Relation(line).write(&mut output.out)?;
            output.counts.relations += 1;
        }
    }
    output.out.flush()?;
    Ok(output.counts)
}

struct Output<W: Write> {
    out: BufWriter<W>,
    counts: Counts,
}

impl<W: Write> Output<W> {
    /// Writes a report of these facts and lets their lines quote it.
    fn report(
        &mut self,
        world: &World,
        facts: &[Fact],
        lines: &mut [RelationLine],
    ) -> io::Result<()> {
        self.counts.documents += 1;
        let id = format!("d{:07}", self.counts.documents);
        let mut text = String::new();
        let mut start = 0;
        for (fact, line) in facts.iter().zip(lines) {
            let quote = world.sentence(fact);
            let length = u32::try_from(quote.chars().count()).map_err(io::Error::other)?;
            text.push_str(&quote);
            let document = id.clone();
            line.evidence = Some(EvidenceLine { document, start, end: start + length, quote });
            start += length;
        }
        let document = DocumentLine {
            id,
            title: format!("虚构简报第{}期", self.counts.documents),
            publisher: Some("虚构日报".to_owned()),
            published_on: "2025-12-31".parse().ok(),
            url: None,
            language: Some("zh".to_owned()),
            text,
        };
        Line::Document(document).write(&mut self.out)
    }
}

/// Share of the relations that have ended.
const ENDED: f64 = 0.12;

fn relation(world: &World, fact: &Fact, calendar: &Calendar, dice: &mut Dice) -> RelationLine {
    let since = dice.below(calendar.until_today);
    let until = dice.chance(ENDED).then(|| since + 30 + dice.below(3_000));
    let hundredths = 50 + dice.below(51);
    RelationLine {
        id: None,
        predicate: fact.predicate,
        source: world.id(fact.source),
        target: world.id(fact.target),
        qualifiers: QualifiersLine {
            product: fact.product().map(|product| world.id(product)),
            ..QualifiersLine::default()
        },
        valid_from: calendar.day(since),
        valid_to: until.and_then(|day| calendar.day(day)),
        modality: None,
        confidence: Confidence::new(f64::from(hundredths) / 100.0).ok(),
        status: None,
        asserted_by: None,
        evidence: None,
    }
}

/// The days that facts may begin and end on.
struct Calendar {
    days: Vec<FuzzyDate>,
    /// How many of them facts may begin on.
    until_today: u32,
}

impl Calendar {
    const FIRST_YEAR: u32 = 2005;
    const LAST_START_YEAR: u32 = 2025;

    fn new() -> Self {
        let mut days = Vec::new();
        let mut until_today = 0;
        for year in Self::FIRST_YEAR..=Self::LAST_START_YEAR + 9 {
            for (month, day) in (1..=12).flat_map(|month| (1..=31).map(move |day| (month, day))) {
                // What is no day of that month is no date.
                if let Ok(date) = format!("{year}-{month:02}-{day:02}").parse() {
                    days.push(date);
                    until_today += u32::from(year <= Self::LAST_START_YEAR);
                }
            }
        }
        Self { days, until_today }
    }

    fn day(&self, day: u32) -> Option<FuzzyDate> {
        self.days.get(day as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_and_print_alike() {
        for size in Size::ALL {
            assert_eq!(size.as_str().to_lowercase().parse(), Ok(size));
        }
        assert!("XL".parse::<Size>().unwrap_err().to_string().contains("XS, S, M and L"));
    }

    #[test]
    fn the_calendar_has_every_day_and_room_for_the_latest_end() {
        let calendar = Calendar::new();
        assert_eq!(calendar.until_today, 21 * 365 + 5);
        let latest = calendar.until_today - 1 + 30 + 2_999;
        assert!(calendar.day(latest).is_some());
        assert_eq!(calendar.day(59), "2005-03-01".parse().ok());
    }
}
