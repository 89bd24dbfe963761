//! What claims state beside relations, as columns, and the texts that narrow relations.

use std::io;

use super::super::entities::EntityIx;
use super::super::statements::{Statements, Texts as Narrowing};
use super::columns::{BadImage, ColumnReader, ColumnWriter, Texts, Values, below, word};
use super::rows::{date, packed};
use crate::model::{
    Comparator, Identifier, IdentifierScheme, Modality, Observation, Period, Role, RoleBasis,
    RoleHeld, Statement, TextQualifier, Validity,
};

const ALIAS: u8 = 1;
const ROLE: u8 = 2;
const IDENTIFIER: u8 = 3;
const SUMMARY: u8 = 4;
const OBSERVATION: u8 = 5;

/// Bits of an observation: which of its parts are there.
const UP_TO: u8 = 1;
const PERIOD: u8 = 2;

/// Which kind of statement, and two small values of it.
fn small(statement: &Statement<EntityIx>) -> [u8; 3] {
    match statement {
        Statement::Alias { .. } => [ALIAS, 0, 0],
        Statement::Role(r) => [ROLE, r.role as u8, r.basis as u8],
        Statement::Identifier { identifier, .. } => [IDENTIFIER, identifier.scheme() as u8, 0],
        Statement::Summary { .. } => [SUMMARY, 0, 0],
        Statement::Observation(o) => [OBSERVATION, o.comparator as u8, o.modality as u8],
        // None is kept among these.
        Statement::Relation(_) => [0; 3],
    }
}

fn text(statement: &Statement<EntityIx>) -> Option<&str> {
    match statement {
        Statement::Alias { text, .. } | Statement::Summary { text, .. } => Some(text),
        Statement::Identifier { identifier, .. } => Some(identifier.value()),
        Statement::Observation(o) => Some(&o.metric),
        Statement::Role(_) | Statement::Relation(_) => None,
    }
}

pub(super) fn write(statements: &Statements, to: &mut ColumnWriter) -> io::Result<()> {
    let sets: Vec<&Narrowing> = statements.all_texts().collect();
    let texts = sets.iter().flat_map(|set| set.iter());
    to.count(sets.len());
    to.u64s(sets.iter().map(|set| set.len() as u64))?;
    to.count(texts.clone().count());
    to.u8s(texts.clone().map(|(word, _)| *word as u8))?;
    to.texts(texts.map(|(_, text)| Some(text.as_str())))?;

    let others: Vec<&Statement<EntityIx>> = statements.others().collect();
    to.count(others.len());
    to.u32s(others.iter().map(|statement| statement.subject().0))?;
    for at in 0..3 {
        to.u8s(others.iter().map(|statement| small(statement)[at]))?;
    }
    to.u32s(others.iter().map(|statement| packed(statement.validity().from())))?;
    to.u32s(others.iter().map(|statement| packed(statement.validity().to())))?;
    to.texts(others.iter().map(|statement| text(statement)))?;
    let figures = others.iter().filter_map(|statement| match statement {
        Statement::Observation(figure) => Some(figure),
        _ => None,
    });
    write_figures(&figures.collect::<Vec<_>>(), to)
}

fn write_figures(figures: &[&Observation<EntityIx>], to: &mut ColumnWriter) -> io::Result<()> {
    let parts = |figure: &&Observation<EntityIx>| {
        (u8::from(figure.value_max.is_some()) * UP_TO)
            | (u8::from(figure.period.is_some()) * PERIOD)
    };
    let periods = figures.iter().map(|figure| figure.period.as_ref());
    to.count(figures.len());
    to.u64s(figures.iter().map(|figure| figure.value.to_bits()))?;
    to.u64s(figures.iter().map(|figure| figure.value_max.unwrap_or_default().to_bits()))?;
    to.u8s(figures.iter().map(parts))?;
    to.u32s(periods.clone().map(|period| packed(period.and_then(|period| period.start))))?;
    to.u32s(periods.clone().map(|period| packed(period.and_then(|period| period.end))))?;
    to.texts(periods.map(|period| period.and_then(|period| period.recurring.as_deref())))?;
    to.texts(figures.iter().map(|figure| Some(&*figure.unit)))
}

/// Reads them; also how many sets of texts and how many statements there are.
pub(super) fn read(
    from: &mut ColumnReader<'_>,
    entities: usize,
) -> Result<(Statements, [usize; 2]), BadImage> {
    let mut statements = Statements::new();
    let sets = from.count()?;
    let mut sizes = from.u64s(sets)?;
    let rows = from.count()?;
    let (mut words, mut texts) = (from.u8s(rows)?, from.texts(rows)?);
    for _ in 0..sets {
        let mut set = Narrowing::new();
        for _ in 0..sizes.next()? {
            let qualifier = word(TextQualifier::ALL, words.next()?)?;
            set.insert(qualifier, texts.next()?.to_owned());
        }
        statements.place_texts(&set).ok_or(BadImage::Value("set of texts"))?;
    }
    let rows = from.count()?;
    let mut others = Others::read(from, rows)?;
    for _ in 0..rows {
        statements.place_other(others.next(entities)?).ok_or(BadImage::Value("statement"))?;
    }
    Ok((statements, [sets, rows]))
}

pub(super) fn validity(from: u32, to: u32) -> Result<Validity, BadImage> {
    Validity::new(date(from)?, date(to)?).map_err(|_| BadImage::Value("validity"))
}

struct Others<'a> {
    subjects: Values<'a, u32>,
    small: [Values<'a, u8>; 3],
    from: Values<'a, u32>,
    to: Values<'a, u32>,
    texts: Texts<'a>,
    figures: Figures<'a>,
}

impl<'a> Others<'a> {
    fn read(from: &mut ColumnReader<'a>, rows: usize) -> Result<Self, BadImage> {
        Ok(Self {
            subjects: from.u32s(rows)?,
            small: [from.u8s(rows)?, from.u8s(rows)?, from.u8s(rows)?],
            from: from.u32s(rows)?,
            to: from.u32s(rows)?,
            texts: from.texts(rows)?,
            figures: Figures::read(from)?,
        })
    }

    fn next(&mut self, entities: usize) -> Result<Statement<EntityIx>, BadImage> {
        let entity = EntityIx(below(self.subjects.next()?, entities, "entity")?);
        let [kind, first, second] = &mut self.small;
        let (kind, first, second) = (kind.next()?, first.next()?, second.next()?);
        let validity = validity(self.from.next()?, self.to.next()?)?;
        Ok(match (kind, self.texts.next_if_any()?) {
            (ROLE, None) => Statement::Role(RoleHeld {
                entity,
                role: word(Role::ALL, first)?,
                basis: word(RoleBasis::ALL, second)?,
                validity,
            }),
            (ALIAS, Some(text)) => Statement::Alias { entity, text: text.to_owned() },
            (SUMMARY, Some(text)) => Statement::Summary { entity, text: text.to_owned() },
            (IDENTIFIER, Some(value)) => {
                let identifier = Identifier::new(word(IdentifierScheme::ALL, first)?, value);
                let identifier = identifier.map_err(|_| BadImage::Value("identifier"))?;
                Statement::Identifier { entity, identifier }
            }
            (OBSERVATION, Some(metric)) => {
                Statement::Observation(self.figures.next(entity, metric, [first, second])?)
            }
            _ => return Err(BadImage::Value("statement")),
        })
    }
}

struct Figures<'a> {
    values: Values<'a, u64>,
    up_to: Values<'a, u64>,
    parts: Values<'a, u8>,
    starts: Values<'a, u32>,
    ends: Values<'a, u32>,
    recurring: Texts<'a>,
    units: Texts<'a>,
}

impl<'a> Figures<'a> {
    fn read(from: &mut ColumnReader<'a>) -> Result<Self, BadImage> {
        let rows = from.count()?;
        Ok(Self {
            values: from.u64s(rows)?,
            up_to: from.u64s(rows)?,
            parts: from.u8s(rows)?,
            starts: from.u32s(rows)?,
            ends: from.u32s(rows)?,
            recurring: from.texts(rows)?,
            units: from.texts(rows)?,
        })
    }

    fn next(
        &mut self,
        subject: EntityIx,
        metric: &str,
        [comparator, modality]: [u8; 2],
    ) -> Result<Observation<EntityIx>, BadImage> {
        let parts = self.parts.next()?;
        let up_to = f64::from_bits(self.up_to.next()?);
        let period = Period {
            start: date(self.starts.next()?)?,
            end: date(self.ends.next()?)?,
            recurring: self.recurring.next_if_any()?.map(str::to_owned),
        };
        Ok(Observation {
            subject,
            metric: metric.to_owned(),
            value: f64::from_bits(self.values.next()?),
            value_max: (parts & UP_TO != 0).then_some(up_to),
            unit: self.units.next()?.to_owned(),
            comparator: word(Comparator::ALL, comparator)?,
            period: (parts & PERIOD != 0).then_some(period),
            modality: word(Modality::ALL, modality)?,
        })
    }
}
