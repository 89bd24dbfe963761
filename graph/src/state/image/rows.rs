//! Documents, entities, names, merges, keys and parked records as columns.

use std::io;
use std::sync::Arc;

use super::super::cow::{CowMap, CowVec};
use super::super::documents::DocumentRow;
use super::super::entities::{Entities, EntityIx, EntityRow};
use super::super::merges::{DistinctRow, MergeRow, Merges, Undone};
use super::super::names::{NameRow, Names};
use super::super::origins::{BINS, Sketch};
use super::super::parked::{Parked, ParkedRecords};
use super::super::table::IdTable;
use super::super::{ClaimIx, CommitMark, KeyUse, State, Stated};
use super::columns::{BadImage, ColumnReader, ColumnWriter, NONE, below, below_if_any, word};
use crate::model::{Document, DocumentId, DocumentMeta, EntityKind, FuzzyDate, MergeId, NameKey};

pub(super) fn date(number: u32) -> Result<Option<FuzzyDate>, BadImage> {
    match FuzzyDate::unpacked(number) {
        None if number != 0 => Err(BadImage::Value("date")),
        date => Ok(date),
    }
}

pub(super) fn packed(date: Option<FuzzyDate>) -> u32 {
    date.map_or(0, FuzzyDate::packed)
}

pub(super) fn write_documents(state: &State, to: &mut ColumnWriter) -> io::Result<()> {
    let rows = state.documents.iter().map(|(_, row)| row);
    let documents = rows.clone().map(|row| &row.document);
    to.count(rows.clone().count());
    to.random(documents.clone().map(|document| *document.id().uuid().as_bytes()));
    to.random(documents.clone().map(|document| *document.digest()));
    to.u64s(rows.map(|row| row.seq.get()))?;
    let metas = documents.clone().map(Document::meta);
    to.u32s(metas.clone().map(|meta| packed(meta.published_on)))?;
    to.texts(metas.clone().map(|meta| Some(&*meta.title)))?;
    to.texts(metas.clone().map(|meta| meta.publisher.as_deref()))?;
    to.texts(metas.clone().map(|meta| meta.url.as_deref()))?;
    to.texts(metas.map(|meta| Some(&*meta.language)))?;
    to.texts(documents.map(|document| Some(&**document.text())))?;
    let sketches = state.origins.sketches();
    to.u32s(sketches.clone().map(Sketch::shingles))?;
    to.random(sketches.flat_map(Sketch::bins).map(|bin| bin.to_le_bytes()));
    Ok(())
}

/// Which are reprints follows from their sketches again.
pub(super) fn read_documents(
    from: &mut ColumnReader<'_>,
    state: &mut State,
) -> Result<(), BadImage> {
    let rows = from.count()?;
    let (ids, digests) = (from.ids(rows)?, from.random::<32>(rows)?);
    let (mut seqs, mut dates) = (from.u64s(rows)?, from.u32s(rows)?);
    let (mut titles, mut publishers) = (from.texts(rows)?, from.texts(rows)?);
    let (mut urls, mut languages) = (from.texts(rows)?, from.texts(rows)?);
    let mut texts = from.texts(rows)?;
    let mut shingles = from.u32s(rows)?;
    let mut bins = from.random::<2>(rows.saturating_mul(BINS))?.map(u16::from_le_bytes);
    for (id, digest) in ids.zip(digests) {
        let meta = DocumentMeta {
            title: titles.next()?.to_owned(),
            publisher: publishers.next_if_any()?.map(str::to_owned),
            published_on: date(dates.next()?)?,
            url: urls.next_if_any()?.map(str::to_owned),
            language: languages.next()?.to_owned(),
        };
        let id = DocumentId::from_uuid(id);
        let document = Document::known(id, meta, texts.next()?.into(), digest);
        let row = DocumentRow { document, seq: seqs.next_seq()? };
        let ix = state.documents.push(row).ok_or(BadImage::Value("document"))?;
        let bins = std::array::from_fn(|_| bins.next().unwrap_or_default());
        state.origins.note(ix, Sketch::known(bins, shingles.next()?));
    }
    Ok(())
}

pub(super) fn write_entities(entities: &Entities, to: &mut ColumnWriter) -> io::Result<()> {
    let rows = entities.iter().map(|(_, row)| row);
    to.count(entities.len());
    to.random(entities.ids().map(|id| *id.as_bytes()));
    to.u8s(rows.clone().map(|row| row.kind as u8))?;
    to.u64s(rows.clone().map(|row| row.declared.get()))?;
    to.texts(rows.map(|row| Some(&*row.name)))
}

pub(super) fn read_entities(from: &mut ColumnReader<'_>) -> Result<Entities, BadImage> {
    let rows = from.count()?;
    let ids: CowVec<_> = from.ids(rows)?.collect();
    let (mut kinds, mut seqs) = (from.u8s(rows)?, from.u64s(rows)?);
    let mut names = from.texts(rows)?;
    let row = |_| {
        Ok(EntityRow {
            kind: word(EntityKind::ALL, kinds.next()?)?,
            name: names.next()?.into(),
            declared: seqs.next_seq()?,
            absorbed_by: Vec::new(),
            absorbs: Vec::new(),
        })
    };
    let kept = (0..rows).map(row).collect::<Result<CowVec<_>, BadImage>>()?;
    Ok(Entities::of(IdTable::of(ids), kept))
}

/// Keys are only written where they are not the name itself.
pub(super) fn write_names(names: &Names, to: &mut ColumnWriter) -> io::Result<()> {
    let rows = names.iter();
    let other_key = |row: &NameRow| row.key.as_str() != &*row.text;
    to.count(names.len());
    to.u32s(rows.clone().map(|row| row.entity.0))?;
    to.u32s(rows.clone().map(|row| row.claim.map_or(NONE, |claim| claim.0)))?;
    to.texts(rows.map(|row| other_key(row).then_some(row.key.as_str())))
}

/// Reads names of entities and claims that are there.
pub(super) fn read_names(from: &mut ColumnReader<'_>, state: &State) -> Result<Names, BadImage> {
    let rows = from.count()?;
    let (mut owners, mut givers) = (from.u32s(rows)?, from.u32s(rows)?);
    let mut keys = from.texts(rows)?;
    let mut names = Names::new();
    for _ in 0..rows {
        let entity = EntityIx(below(owners.next()?, state.entities.len(), "entity")?);
        let claim = below_if_any(givers.next()?, state.claims.len(), "claim")?.map(ClaimIx);
        let text: Arc<str> = match claim.map(|claim| state.stated(claim)) {
            None => Arc::clone(&state.entities.row(entity).name),
            Some(Stated::Alias { text, .. }) => text.into(),
            Some(_) => return Err(BadImage::Value("name")),
        };
        let key = NameKey::known(keys.next_if_any()?.unwrap_or(&text));
        names.push(NameRow { entity, text, key, claim }).ok_or(BadImage::Value("name"))?;
    }
    Ok(names)
}

pub(super) fn write_merges(merges: &Merges, to: &mut ColumnWriter) -> io::Result<()> {
    let rows: Vec<&MergeRow> = merges.iter().collect();
    let undone = |row: &&MergeRow| row.undone.as_ref().map_or(0, |undone| undone.seq.get());
    to.count(rows.len());
    to.random(rows.iter().map(|row| *row.id.uuid().as_bytes()));
    to.u32s(rows.iter().map(|row| row.keep.0))?;
    to.u64s(rows.iter().map(|row| row.made.get()))?;
    to.u64s(rows.iter().map(undone))?;
    to.texts(rows.iter().map(|row| Some(&*row.reason)))?;
    to.texts(rows.iter().map(|row| row.undone.as_ref().map(|undone| &*undone.reason)))?;
    to.u64s(rows.iter().map(|row| row.absorbed.len() as u64))?;
    let absorbed = rows.iter().flat_map(|row| row.absorbed.iter());
    to.count(absorbed.clone().count());
    to.u32s(absorbed.map(|absorbed| absorbed.0))?;
    let distinct: Vec<&DistinctRow> = merges.distinct().collect();
    to.count(distinct.len());
    to.u32s(distinct.iter().map(|row| row.a.0))?;
    to.u32s(distinct.iter().map(|row| row.b.0))?;
    to.u64s(distinct.iter().map(|row| row.seq.get()))?;
    to.texts(distinct.iter().map(|row| Some(&*row.reason)))
}

/// Reads merges, and tells the entities of them.
pub(super) fn read_merges(from: &mut ColumnReader<'_>, state: &mut State) -> Result<(), BadImage> {
    let entities = state.entities.len();
    let entity = |at: u32| below(at, entities, "entity").map(EntityIx);
    let rows = from.count()?;
    let ids = from.ids(rows)?;
    let (mut keeps, mut mades, mut undones) =
        (from.u32s(rows)?, from.u64s(rows)?, from.u64s(rows)?);
    let (mut reasons, mut undoings) = (from.texts(rows)?, from.texts(rows)?);
    let mut sizes = from.u64s(rows)?;
    let count = from.count()?;
    let mut absorbed = from.u32s(count)?;
    for id in ids {
        let seq = undones.next_seq()?;
        let undone = undoings.next_if_any()?;
        let members = (0..sizes.next()?).map(|_| entity(absorbed.next()?));
        let row = MergeRow {
            id: MergeId::from_uuid(id),
            keep: entity(keeps.next()?)?,
            absorbed: members.collect::<Result<_, _>>()?,
            reason: reasons.next()?.to_owned(),
            made: mades.next_seq()?,
            undone: undone.map(|reason| Undone { seq, reason: reason.to_owned() }),
        };
        state.merged(row).ok_or(BadImage::Value("merge"))?;
    }
    let rows = from.count()?;
    let (mut ones, mut others) = (from.u32s(rows)?, from.u32s(rows)?);
    let (mut seqs, mut reasons) = (from.u64s(rows)?, from.texts(rows)?);
    for _ in 0..rows {
        let row = DistinctRow {
            a: entity(ones.next()?)?,
            b: entity(others.next()?)?,
            reason: reasons.next()?.to_owned(),
            seq: seqs.next_seq()?,
        };
        state.merges.mark_distinct(row).ok_or(BadImage::Value("mark"))?;
    }
    Ok(())
}

/// Commits, keys of commands, and records that could not be read.
pub(super) fn write_log(state: &State, to: &mut ColumnWriter) -> io::Result<()> {
    to.count(state.commits.len());
    to.u64s(state.commits.iter().map(|mark| mark.last.get()))?;
    to.u64s(state.commits.iter().map(|mark| mark.recorded_at_ms.cast_unsigned()))?;
    let keys = state.keys.sorted();
    to.count(keys.len());
    to.u64s(keys.iter().map(|(_, used)| used.first.get()))?;
    to.u64s(keys.iter().map(|(_, used)| used.last.get()))?;
    to.texts(keys.iter().map(|(key, _)| Some(&***key)))?;
    to.texts(keys.iter().map(|(_, used)| Some(&*used.content)))?;
    let parked: Vec<&Parked> = state.parked().collect();
    to.count(parked.len());
    to.u64s(parked.iter().map(|row| row.seq.get()))?;
    to.u32s(parked.iter().map(|row| u32::from(row.version)))?;
    to.texts(parked.iter().map(|row| Some(&*row.kind)))?;
    to.texts(parked.iter().map(|row| Some(&*row.reason)))
}

pub(super) fn read_log(from: &mut ColumnReader<'_>, state: &mut State) -> Result<(), BadImage> {
    let rows = from.count()?;
    let (mut lasts, mut times) = (from.u64s(rows)?, from.u64s(rows)?);
    let mark = |_| {
        let recorded_at_ms = times.next()?.cast_signed();
        Ok(CommitMark { last: lasts.next_seq()?, recorded_at_ms })
    };
    state.commits = (0..rows).map(mark).collect::<Result<_, BadImage>>()?;
    let rows = from.count()?;
    let (mut firsts, mut lasts) = (from.u64s(rows)?, from.u64s(rows)?);
    let (mut keys, mut contents) = (from.texts(rows)?, from.texts(rows)?);
    state.keys = CowMap::new();
    for _ in 0..rows {
        let (first, last) = (firsts.next_seq()?, lasts.next_seq()?);
        let used = KeyUse { content: contents.next()?.into(), first, last };
        state.keys.insert(keys.next()?.into(), used);
    }
    let rows = from.count()?;
    let (mut seqs, mut versions) = (from.u64s(rows)?, from.u32s(rows)?);
    let (mut kinds, mut reasons) = (from.texts(rows)?, from.texts(rows)?);
    state.parked = ParkedRecords::new();
    for _ in 0..rows {
        let version = versions.next()?.try_into();
        state.parked.push(Parked {
            seq: seqs.next_seq()?,
            kind: kinds.next()?.to_owned(),
            version: version.map_err(|_| BadImage::Value("version"))?,
            reason: reasons.next()?.to_owned(),
        });
    }
    Ok(())
}
