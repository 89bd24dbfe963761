//! Relations and claims as columns.

use std::io;

use super::super::claims::{ClaimRow, Claims, EvidenceRow, NewClaim, StatusChange};
use super::super::cow::CowVec;
use super::super::documents::DocumentIx;
use super::super::entities::EntityIx;
use super::super::maybe::Maybe;
use super::super::relations::{RelationIx, RelationRow, Relations, RoleWord, RowKey};
use super::super::statements::{States, StatesRelation};
use super::super::table::IdTable;
use super::super::{ClaimIx, State};
use super::columns::{BadImage, ColumnReader, ColumnWriter, NONE, below, below_if_any, word};
use super::rows::packed;
use super::statements;
use crate::model::{ClaimStatus, Confidence, Modality, Predicate, Span, Statement};

/// Bits of a claim: it names the ends of a symmetric relation the other way round, or a plan.
const TURNED: u8 = 1;
const PLANNED: u8 = 2;

pub(super) fn write_relations(relations: &Relations, to: &mut ColumnWriter) -> io::Result<()> {
    let rows = relations.iter().map(|(_, row)| row);
    let keys = rows.clone().map(RelationRow::key);
    let number = |entity: Option<EntityIx>| entity.map_or(NONE, |entity| entity.0);
    let roles: Vec<&str> = relations.roles().collect();
    to.count(roles.len());
    to.texts(roles.iter().map(|role| Some(*role)))?;
    to.count(relations.len());
    to.random(relations.ids().map(|id| *id.as_bytes()));
    to.u8s(keys.clone().map(|key| key.predicate as u8))?;
    to.u32s(keys.clone().map(|key| key.source.0))?;
    to.u32s(keys.clone().map(|key| key.target.0))?;
    to.u32s(keys.clone().map(|key| number(key.product)))?;
    to.u32s(keys.clone().map(|key| number(key.stage)))?;
    to.u32s(keys.map(|key| key.role.map_or(NONE, |role| role.0)))?;
    to.u32s(rows.map(|row| row.first.0))
}

/// Reads relations; that their first claims exist is checked when there are claims.
pub(super) fn read_relations(
    from: &mut ColumnReader<'_>,
    entities: usize,
) -> Result<Relations, BadImage> {
    let mut relations = Relations::new(true);
    let roles = from.count()?;
    let mut words = from.texts(roles)?;
    for _ in 0..roles {
        relations.role_word(words.next()?).ok_or(BadImage::Value("role"))?;
    }
    let rows = from.count()?;
    let ids = from.ids(rows)?;
    let (mut predicates, mut sources, mut targets) =
        (from.u8s(rows)?, from.u32s(rows)?, from.u32s(rows)?);
    let (mut products, mut stages, mut roled) =
        (from.u32s(rows)?, from.u32s(rows)?, from.u32s(rows)?);
    let mut firsts = from.u32s(rows)?;
    let entity = |at: u32| below(at, entities, "entity").map(EntityIx);
    let entity_if_any = |at| Ok(below_if_any(at, entities, "entity")?.map(EntityIx));
    let row = |_| {
        let key = RowKey {
            predicate: word(Predicate::ALL, predicates.next()?)?,
            source: entity(sources.next()?)?,
            target: entity(targets.next()?)?,
            product: entity_if_any(products.next()?)?,
            stage: entity_if_any(stages.next()?)?,
            role: below_if_any(roled.next()?, roles, "role")?.map(RoleWord),
        };
        Ok(RelationRow::new(key, ClaimIx(firsts.next()?)))
    };
    let kept = (0..rows).map(row).collect::<Result<CowVec<_>, BadImage>>()?;
    relations.restore(IdTable::of(ids.collect()), kept);
    Ok(relations)
}

pub(super) fn write_claims(claims: &Claims, to: &mut ColumnWriter) -> io::Result<()> {
    let asserters: Vec<&str> = claims.asserters().collect();
    to.count(asserters.len());
    to.texts(asserters.iter().map(|asserter| Some(*asserter)))?;
    statements::write(&claims.statements, to)?;

    let rows = claims.iter().map(|(_, row)| row);
    to.count(claims.len());
    to.random(claims.ids().map(|id| *id.as_bytes()));
    to.u64s(rows.clone().map(|row| row.seq.get()))?;
    to.u64s(rows.clone().map(|row| row.confidence.value().to_bits()))?;
    to.u8s(rows.clone().map(|row| row.recorded_as as u8))?;
    to.u32s(rows.clone().map(|row| row.asserted_by))?;
    let evidence = rows.clone().map(ClaimRow::evidence);
    to.u32s(evidence.clone().map(|found| found.map_or(NONE, |found| found.document.0)))?;
    to.u32s(evidence.clone().map(|found| found.map_or(0, |found| found.span.start)))?;
    to.u32s(evidence.map(|found| found.map_or(0, |found| found.span.end)))?;
    let stated = rows.map(|row| match row.states {
        States::Relation(stated) => (Some(stated), stated.relation.0),
        States::Other(place) => (None, place),
    });
    to.u8s(stated.clone().map(|(relation, _)| u8::from(relation.is_some())))?;
    to.u32s(stated.clone().map(|(_, place)| place))?;
    let stated = stated.filter_map(|(relation, _)| relation);
    to.count(stated.clone().count());
    to.u8s(stated.clone().map(flags))?;
    to.u32s(stated.clone().map(|stated| packed(stated.validity.from())))?;
    to.u32s(stated.clone().map(|stated| packed(stated.validity.to())))?;
    to.u32s(stated.map(|stated| stated.texts.get().unwrap_or(NONE)))?;
    write_changes(claims, to)
}

fn flags(stated: StatesRelation) -> u8 {
    let planned = stated.modality == Modality::Planned;
    (u8::from(stated.is_turned) * TURNED) | (u8::from(planned) * PLANNED)
}

fn write_changes(claims: &Claims, to: &mut ColumnWriter) -> io::Result<()> {
    let all: Vec<(ClaimIx, &StatusChange)> = claims
        .iter()
        .flat_map(|(ix, _)| claims.changes(ix).iter().map(move |change| (ix, change)))
        .collect();
    to.count(all.len());
    to.u32s(all.iter().map(|(ix, _)| ix.0))?;
    to.u64s(all.iter().map(|(_, change)| change.seq.get()))?;
    to.u8s(all.iter().map(|(_, change)| change.status as u8))?;
    to.texts(all.iter().map(|(_, change)| Some(&*change.by)))?;
    to.texts(all.iter().map(|(_, change)| change.note.as_deref()))
}

/// Reads claims into a state that has everything that they speak of.
pub(super) fn read_claims(from: &mut ColumnReader<'_>, state: &mut State) -> Result<(), BadImage> {
    let (entities, documents) = (state.entities.len(), state.documents.len());
    let count = from.count()?;
    let mut words = from.texts(count)?;
    let asserters = (0..count).map(|_| words.next().map(str::to_owned));
    let asserters: Vec<String> = asserters.collect::<Result<_, _>>()?;
    let (statements, [sets, others]) = statements::read(from, entities)?;

    let rows = from.count()?;
    let ids = from.ids(rows)?;
    let (mut seqs, mut sure, mut statuses) = (from.u64s(rows)?, from.u64s(rows)?, from.u8s(rows)?);
    let (mut by, mut sources) = (from.u32s(rows)?, from.u32s(rows)?);
    let (mut starts, mut ends) = (from.u32s(rows)?, from.u32s(rows)?);
    let (mut related, mut places) = (from.u8s(rows)?, from.u32s(rows)?);
    let stating = from.count()?;
    let (mut flags, mut froms, mut tos, mut texts) =
        (from.u8s(stating)?, from.u32s(stating)?, from.u32s(stating)?, from.u32s(stating)?);
    state.claims = Claims::of(IdTable::new(), statements);
    let mut next = |row, state: &mut State| {
        let place = places.next()?;
        let (subject, states) = if related.next()? == 0 {
            let place = below(place, others, "statement")?;
            let statement = state.claims.statements.other(place);
            if let Statement::Identifier { entity, identifier } = statement {
                let noted = state.identifiers.note(ClaimIx(row), *entity, identifier);
                noted.ok_or(BadImage::Value("identifier"))?;
            }
            (statement.subject(), States::Other(place))
        } else {
            let relation = RelationIx(below(place, state.relations.len(), "relation")?);
            let flags = flags.next()?;
            let is_turned = flags & TURNED != 0;
            let (source, target) = state.relations.row(relation).ends();
            let planned = flags & PLANNED != 0;
            let stated = StatesRelation {
                relation,
                texts: Maybe::of(below_if_any(texts.next()?, sets, "set of texts")?),
                validity: statements::validity(froms.next()?, tos.next()?)?,
                modality: if planned { Modality::Planned } else { Modality::Actual },
                is_turned,
            };
            (if is_turned { target } else { source }, States::Relation(stated))
        };
        let span = Span { start: starts.next()?, end: ends.next()? };
        let document = below_if_any(sources.next()?, documents, "document")?.map(DocumentIx);
        let confidence = Confidence::new(f64::from_bits(sure.next()?));
        let asserter = asserters.get(by.next()? as usize);
        let claim = NewClaim {
            seq: seqs.next_seq()?,
            confidence: confidence.map_err(|_| BadImage::Value("confidence"))?,
            states,
            subject,
            evidence: document.map(|document| EvidenceRow { document, span }),
            asserted_by: asserter.ok_or(BadImage::Value("asserter"))?,
            recorded_as: word(ClaimStatus::ALL, statuses.next()?)?,
        };
        state.claims.add(ClaimIx(row), claim).ok_or(BadImage::Value("claim"))
    };
    (0..).zip(0..rows).try_for_each(|(row, _)| next(row, state))?;
    state.claims.restore(IdTable::of(ids.collect()));
    let firsts = state.relations.iter().all(|(_, row)| (row.first.0 as usize) < rows);
    if !firsts {
        return Err(BadImage::Value("claim"));
    }
    read_changes(from, &mut state.claims)
}

fn read_changes(from: &mut ColumnReader<'_>, claims: &mut Claims) -> Result<(), BadImage> {
    let rows = from.count()?;
    let (mut ixs, mut seqs, mut statuses) = (from.u32s(rows)?, from.u64s(rows)?, from.u8s(rows)?);
    let (mut by, mut notes) = (from.texts(rows)?, from.texts(rows)?);
    for _ in 0..rows {
        let ix = ClaimIx(below(ixs.next()?, claims.len(), "claim")?);
        let change = StatusChange {
            seq: seqs.next_seq()?,
            status: word(ClaimStatus::ALL, statuses.next()?)?,
            by: by.next()?.into(),
            note: notes.next_if_any()?.map(Into::into),
        };
        claims.change(ix, change);
    }
    Ok(())
}
