//! Columns of numbers and texts, one after the other: how an image of a state is written and read.
//!
//! Numbers are written as the difference from the one before and then compressed: most columns
//! rise slowly or repeat. Ids do not compress and stand as they are. The reader trusts nothing:
//! whatever the bytes are, it gives values or an error, and it takes no memory that they do not
//! fill.

use std::io::{self, BufReader, Read};

use store::Seq;
use thiserror::Error;
use uuid::Uuid;

/// Stands for "none" where a row number is expected.
pub(super) const NONE: u32 = u32::MAX;

/// Stands for "none" where the length of a text is expected.
const NO_TEXT: u64 = u64::MAX;

/// The fastest level of zstd that compresses at all.
const ZSTD_LEVEL: i32 = 1;

/// Why bytes are not an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum BadImage {
    /// They end in the middle.
    #[error("it ends too early")]
    Short,
    /// They go on after the end.
    #[error("it goes on after its end")]
    Long,
    /// Another program, another release or another version wrote them.
    #[error("another release wrote it")]
    Alien,
    /// They are not what was written.
    #[error("its bytes are damaged")]
    Damaged,
    /// A value that its place cannot hold.
    #[error("it holds a {0} that is none")]
    Value(&'static str),
}

/// Writes columns into memory.
#[derive(Default)]
pub(super) struct ColumnWriter {
    bytes: Vec<u8>,
    column: Vec<u8>,
}

impl ColumnWriter {
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// How many rows the columns of a table have.
    pub(super) fn count(&mut self, rows: usize) {
        self.bytes.extend_from_slice(&(rows as u64).to_le_bytes());
    }

    pub(super) fn u8s(&mut self, values: impl IntoIterator<Item = u8>) -> io::Result<()> {
        self.column.extend(values);
        self.pack()
    }

    pub(super) fn u32s(&mut self, values: impl IntoIterator<Item = u32>) -> io::Result<()> {
        let mut before = 0;
        for value in values {
            self.column.extend_from_slice(&value.wrapping_sub(before).to_le_bytes());
            before = value;
        }
        self.pack()
    }

    pub(super) fn u64s(&mut self, values: impl IntoIterator<Item = u64>) -> io::Result<()> {
        let mut before = 0;
        for value in values {
            self.column.extend_from_slice(&value.wrapping_sub(before).to_le_bytes());
            before = value;
        }
        self.pack()
    }

    /// Bytes that no compression makes fewer: ids and hashes.
    pub(super) fn random<const N: usize>(&mut self, values: impl IntoIterator<Item = [u8; N]>) {
        values.into_iter().for_each(|value| self.bytes.extend_from_slice(&value));
    }

    /// Texts, where there are any: their lengths, then all of them without anything between.
    pub(super) fn texts<'a>(
        &mut self,
        values: impl Iterator<Item = Option<&'a str>> + Clone,
    ) -> io::Result<()> {
        let lengths = values.clone().map(|text| text.map_or(NO_TEXT, |text| text.len() as u64));
        self.u64s(lengths)?;
        values.flatten().for_each(|text| self.column.extend_from_slice(text.as_bytes()));
        self.count(self.column.len());
        self.pack()
    }

    fn pack(&mut self) -> io::Result<()> {
        let packed = zstd::bulk::compress(&self.column, ZSTD_LEVEL)?;
        self.column.clear();
        self.count(packed.len());
        self.bytes.extend_from_slice(&packed);
        Ok(())
    }
}

/// Reads columns.
pub(super) struct ColumnReader<'a> {
    rest: &'a [u8],
}

impl<'a> ColumnReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), BadImage> {
        if self.rest.is_empty() { Ok(()) } else { Err(BadImage::Long) }
    }

    pub(super) fn take(&mut self, bytes: usize) -> Result<&'a [u8], BadImage> {
        let (taken, rest) = self.rest.split_at_checked(bytes).ok_or(BadImage::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    /// One value of so many bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], BadImage> {
        self.take(N)?.try_into().map_err(|_| BadImage::Short)
    }

    pub(super) fn count(&mut self) -> Result<usize, BadImage> {
        usize::try_from(u64::from_le_bytes(self.array()?)).map_err(|_| BadImage::Value("count"))
    }

    pub(super) fn u8s(&mut self, rows: usize) -> Result<Values<'a, u8>, BadImage> {
        self.values(rows)
    }

    pub(super) fn u32s(&mut self, rows: usize) -> Result<Values<'a, u32>, BadImage> {
        self.values(rows)
    }

    pub(super) fn u64s(&mut self, rows: usize) -> Result<Values<'a, u64>, BadImage> {
        self.values(rows)
    }

    fn values<T: Default>(&mut self, rows: usize) -> Result<Values<'a, T>, BadImage> {
        let (block, at) = (Vec::new(), 0);
        Ok(Values { from: self.packed()?, block, at, left: rows, before: T::default() })
    }

    pub(super) fn random<const N: usize>(
        &mut self,
        rows: usize,
    ) -> Result<impl ExactSizeIterator<Item = [u8; N]> + use<'a, N>, BadImage> {
        let bytes = self.take(rows.checked_mul(N).ok_or(BadImage::Short)?)?;
        Ok(bytes.as_chunks().0.iter().copied())
    }

    pub(super) fn ids(
        &mut self,
        rows: usize,
    ) -> Result<impl ExactSizeIterator<Item = Uuid> + use<'a>, BadImage> {
        Ok(self.random(rows)?.map(Uuid::from_bytes))
    }

    pub(super) fn texts(&mut self, rows: usize) -> Result<Texts<'a>, BadImage> {
        let lengths = self.u64s(rows)?;
        let left = self.count()?;
        Ok(Texts { lengths, from: BufReader::new(self.packed()?), left, text: Vec::new() })
    }

    fn packed(&mut self) -> Result<Unpacked<'a>, BadImage> {
        let length = self.count()?;
        zstd::Decoder::with_buffer(self.take(length)?).map_err(|_| BadImage::Damaged)
    }
}

/// A column is unpacked as it is read, so that it takes no memory of its own.
type Unpacked<'a> = zstd::Decoder<'a, &'a [u8]>;

/// Bytes of a column that are unpacked together: several columns of a table fit into the cache.
const BLOCK_BYTES: usize = 16 << 10;

/// The values of a column, one after the other.
pub(super) struct Values<'a, T> {
    from: Unpacked<'a>,
    /// Bytes unpacked together, and how many of them are taken.
    block: Vec<u8>,
    at: usize,
    left: usize,
    before: T,
}

impl<T> Values<'_, T> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], BadImage> {
        self.left = self.left.checked_sub(1).ok_or(BadImage::Short)?;
        if self.at == self.block.len() {
            self.unpack::<N>()?;
        }
        let bytes = self.block[self.at..].first_chunk().ok_or(BadImage::Damaged)?;
        self.at += N;
        Ok(*bytes)
    }

    /// The next block: whole values, unless the column ends in the middle of one.
    fn unpack<const N: usize>(&mut self) -> Result<(), BadImage> {
        self.at = 0;
        self.block.clear();
        let bytes = const { BLOCK_BYTES.next_multiple_of(N) } as u64;
        let read = self.from.by_ref().take(bytes).read_to_end(&mut self.block);
        read.map(|_| ()).map_err(|_| BadImage::Damaged)
    }
}

impl Values<'_, u8> {
    pub(super) fn next(&mut self) -> Result<u8, BadImage> {
        self.bytes().map(u8::from_le_bytes)
    }
}

impl Values<'_, u32> {
    pub(super) fn next(&mut self) -> Result<u32, BadImage> {
        self.before = self.before.wrapping_add(u32::from_le_bytes(self.bytes()?));
        Ok(self.before)
    }
}

impl Values<'_, u64> {
    pub(super) fn next(&mut self) -> Result<u64, BadImage> {
        self.before = self.before.wrapping_add(u64::from_le_bytes(self.bytes()?));
        Ok(self.before)
    }

    pub(super) fn next_seq(&mut self) -> Result<Seq, BadImage> {
        self.next().map(Seq::new)
    }
}

/// A column of texts.
pub(super) struct Texts<'a> {
    lengths: Values<'a, u64>,
    from: BufReader<Unpacked<'a>>,
    /// Bytes that are left of all texts together.
    left: usize,
    text: Vec<u8>,
}

impl Texts<'_> {
    /// The next text; `None` where there is none.
    pub(super) fn next_if_any(&mut self) -> Result<Option<&str>, BadImage> {
        let length = self.lengths.next()?;
        if length == NO_TEXT {
            return Ok(None);
        }
        let left = usize::try_from(length).ok().and_then(|length| self.left.checked_sub(length));
        self.left = left.ok_or(BadImage::Value("text"))?;
        self.text.clear();
        let read = self.from.by_ref().take(length).read_to_end(&mut self.text);
        match read {
            Ok(read) if read as u64 == length => {}
            _ => return Err(BadImage::Damaged),
        }
        std::str::from_utf8(&self.text).map(Some).map_err(|_| BadImage::Value("text"))
    }

    /// The next text, which must be there.
    pub(super) fn next(&mut self) -> Result<&str, BadImage> {
        self.next_if_any()?.ok_or(BadImage::Value("text"))
    }
}

/// The word of a closed vocabulary at this place.
pub(super) fn word<T: Copy>(all: &[T], at: u8) -> Result<T, BadImage> {
    all.get(usize::from(at)).copied().ok_or(BadImage::Value("word"))
}

/// A row number, checked.
pub(super) fn below(at: u32, rows: usize, what: &'static str) -> Result<u32, BadImage> {
    if (at as usize) < rows { Ok(at) } else { Err(BadImage::Value(what)) }
}

/// The same where there may be none.
pub(super) fn below_if_any(
    at: u32,
    rows: usize,
    what: &'static str,
) -> Result<Option<u32>, BadImage> {
    if at == NONE { Ok(None) } else { below(at, rows, what).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = (Vec<u8>, Vec<u32>, Vec<u64>, Vec<Option<String>>);

    fn read(bytes: &[u8]) -> Result<Found, BadImage> {
        let mut reader = ColumnReader::new(bytes);
        let rows = reader.count()?;
        let (mut small, mut middle) = (reader.u8s(rows)?, reader.u32s(rows)?);
        let (mut large, mut texts) = (reader.u64s(rows)?, reader.texts(rows)?);
        reader.end()?;
        let mut read = Found::default();
        for _ in 0..rows {
            read.0.push(small.next()?);
            read.1.push(middle.next()?);
            read.2.push(large.next()?);
            read.3.push(texts.next_if_any()?.map(str::to_owned));
        }
        Ok(read)
    }

    #[test]
    fn columns_come_back_and_what_is_cut_is_an_error() {
        let texts = [Some("甲"), None, Some(""), Some("乙丙")];
        let mut writer = ColumnWriter::default();
        writer.count(4);
        writer.u8s([1, 2, 3, 4]).unwrap();
        writer.u32s([1, NONE, 3, 4]).unwrap();
        writer.u64s([u64::MAX, 2, 3, 4]).unwrap();
        writer.texts(texts.into_iter()).unwrap();
        let bytes = writer.finish();
        let (small, middle, large, found) = read(&bytes).unwrap();
        assert_eq!((small, middle), (vec![1, 2, 3, 4], vec![1, NONE, 3, 4]));
        assert_eq!(large, [u64::MAX, 2, 3, 4]);
        assert!(found.iter().map(Option::as_deref).eq(texts));
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut]).is_err());
        }
        assert_eq!(read(&[&bytes[..], &[0]].concat()), Err(BadImage::Long));
    }

    #[test]
    fn a_row_count_that_lies_takes_no_memory() {
        let mut writer = ColumnWriter::default();
        writer.count(1 << 60);
        writer.u8s([1]).unwrap();
        assert!(read(&writer.finish()).is_err());
    }
}
