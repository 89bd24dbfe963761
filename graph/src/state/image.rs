//! An image of a state: its rows as columns, from which everything else is built again.
//!
//! Only what the log says is written. What follows from it (who is found by which id, which claims
//! are about whom, the layout for walking) is built when an image is read, in bulk, so that no
//! image can disagree with itself.
//!
//! ```text
//! image   = magic mark seq hash section*6
//! section = length hash content
//! ```
//!
//! `magic` is 8 bytes, `mark` the 32 bytes of [`mark`], `seq` 8 bytes and `hash` 32 bytes of the
//! commit at which the state stood, `length` 8 bytes; numbers are little-endian. The hash of a
//! section is BLAKE3 over all that stands before the sections, the section's number and its
//! content: no section of another image is taken for it.

mod claims;
mod columns;
mod rows;
mod statements;

use std::io::{self, Write};

use store::{Hash32, Head, Seq};

pub(crate) use columns::BadImage;
use columns::{ColumnReader, ColumnWriter};

use super::State;
use super::hash::StateHash;
use crate::model::{
    ClaimStatus, Comparator, EntityKind, IdentifierScheme, Modality, Predicate, Role, RoleBasis,
    TextQualifier,
};

const MAGIC: [u8; 8] = *b"lianzhu\n";

/// Raised with every change of the columns, and of what the fold makes of an event.
pub(crate) const VERSION: u32 = 1;

const HEADER_LEN: usize = MAGIC.len() + 32 + 8 + 32;

const SECTIONS: u8 = 6;

/// A mark of all that gives the bytes of an image their meaning: this release, the version of the
/// columns and every closed vocabulary. An image with another mark is not read.
pub(crate) fn mark() -> [u8; 32] {
    fn words<T: Copy>(all: &[T], word: impl Fn(T) -> &'static str) -> String {
        all.iter().map(|one| word(*one)).collect::<Vec<_>>().join(",")
    }
    let parts = [
        format!("lianzhu {} image {VERSION}", env!("CARGO_PKG_VERSION")),
        words(EntityKind::ALL, EntityKind::as_str),
        words(Predicate::ALL, Predicate::as_str),
        words(TextQualifier::ALL, TextQualifier::as_str),
        words(ClaimStatus::ALL, ClaimStatus::as_str),
        words(Role::ALL, Role::as_str),
        words(RoleBasis::ALL, RoleBasis::as_str),
        words(IdentifierScheme::ALL, IdentifierScheme::as_str),
        words(Comparator::ALL, Comparator::as_str),
        words(Modality::ALL, Modality::as_str),
    ];
    *blake3::hash(parts.join("\n").as_bytes()).as_bytes()
}

/// Where the state stood of which this is an image.
///
/// # Errors
/// [`BadImage`] if it is none of this release.
pub(crate) fn head(bytes: &[u8]) -> Result<Head, BadImage> {
    let mut from = ColumnReader::new(bytes);
    if from.array()? != MAGIC || from.array()? != mark() {
        return Err(BadImage::Alien);
    }
    let seq = Seq::new(u64::from_le_bytes(from.array()?));
    Ok(Head { seq, hash: Hash32::new(from.array()?) })
}

fn section_hash(header: &[u8], number: u8, content: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(header).update(&[number]).update(content);
    *hasher.finalize().as_bytes()
}

impl State {
    /// Writes its image. Cost: linear in time; in memory the largest section.
    ///
    /// # Errors
    /// What writing fails with.
    pub(crate) fn write_image(&self, to: &mut impl Write) -> io::Result<()> {
        let mut header = Vec::with_capacity(HEADER_LEN);
        header.extend_from_slice(&MAGIC);
        header.extend_from_slice(&mark());
        header.extend_from_slice(&self.head.seq.get().to_le_bytes());
        header.extend_from_slice(self.head.hash.as_bytes());
        to.write_all(&header)?;
        for number in 0..SECTIONS {
            let mut section = ColumnWriter::default();
            self.write_section(number, &mut section)?;
            let content = section.finish();
            to.write_all(&(content.len() as u64).to_le_bytes())?;
            to.write_all(&section_hash(&header, number, &content))?;
            to.write_all(&content)?;
        }
        Ok(())
    }

    /// The image in memory: for the law that nothing is lost on the way.
    #[doc(hidden)]
    pub fn image(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write_image(&mut bytes)?;
        Ok(bytes)
    }

    /// The state of an image, laid out for walking; `None` if the bytes are none.
    #[doc(hidden)]
    pub fn of_image(bytes: &[u8]) -> Option<State> {
        let mut state = Self::read_image(bytes).ok()?;
        state.fold();
        Some(state)
    }

    fn write_section(&self, number: u8, to: &mut ColumnWriter) -> io::Result<()> {
        match number {
            0 => {
                to.u64s(self.hash.words())?;
                rows::write_log(self, to)
            }
            1 => rows::write_documents(self, to),
            2 => rows::write_entities(&self.entities, to),
            3 => claims::write_relations(&self.relations, to),
            4 => claims::write_claims(&self.claims, to),
            _ => {
                rows::write_names(&self.names, to)?;
                rows::write_merges(&self.merges, to)
            }
        }
    }

    /// Reads an image that [`State::write_image`] wrote. Relations wait for [`State::fold`]. No
    /// bytes make it panic. Cost: linear.
    ///
    /// # Errors
    /// [`BadImage`] if it is none of this release, or damaged.
    pub(crate) fn read_image(bytes: &[u8]) -> Result<State, BadImage> {
        let head = head(bytes)?;
        let (header, mut rest) = bytes.split_at_checked(HEADER_LEN).ok_or(BadImage::Short)?;
        let mut sections: [(&[u8], [u8; 32]); SECTIONS as usize] =
            [(&[], [0; 32]); SECTIONS as usize];
        for section in &mut sections {
            let mut from = ColumnReader::new(rest);
            let (length, hash) = (from.count()?, from.array()?);
            *section = (from.take(length)?, hash);
            rest = &rest[8 + 32 + length..];
        }
        if !rest.is_empty() {
            return Err(BadImage::Long);
        }
        let section = |number: u8| {
            let (content, hash) = sections[usize::from(number)];
            let is_whole = section_hash(header, number, content) == hash;
            if is_whole { Ok(ColumnReader::new(content)) } else { Err(BadImage::Damaged) }
        };
        let mut state = State::replaying();
        state.head = head;
        let mut from = section(0)?;
        let mut words = from.u64s(4)?;
        state.hash =
            StateHash::of_words([words.next()?, words.next()?, words.next()?, words.next()?]);
        rows::read_log(&mut from, &mut state)?;
        from.end()?;
        read_all(section(1)?, |from| rows::read_documents(from, &mut state))?;
        state.entities = read_all(section(2)?, rows::read_entities)?;
        let entities = state.entities.len();
        state.relations = read_all(section(3)?, |from| claims::read_relations(from, entities))?;
        read_all(section(4)?, |from| claims::read_claims(from, &mut state))?;
        let mut from = section(5)?;
        state.names = rows::read_names(&mut from, &state)?;
        rows::read_merges(&mut from, &mut state)?;
        from.end()?;
        Ok(state)
    }
}

fn read_all<T>(
    mut from: ColumnReader<'_>,
    read: impl FnOnce(&mut ColumnReader<'_>) -> Result<T, BadImage>,
) -> Result<T, BadImage> {
    let read = read(&mut from)?;
    from.end()?;
    Ok(read)
}
