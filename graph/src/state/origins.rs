//! Which documents are reprints of which: the same article in another place, with another head and
//! foot, shortened or edited a little. What reprints say counts once.
//!
//! A document is compared with those recorded before it, once, when it is folded in; the answer
//! depends on nothing that comes later, so that a view of the past shows what was known. A bridge
//! that comes late (it resembles two texts that do not resemble each other) joins the earlier of
//! the two, and what was told apart stays apart. So where not all of some texts resemble each
//! other the order of recording may decide how many origins they are; where they do, it decides
//! only which is called the original.
//!
//! Of 200 invented articles each, with thirty turns of phrase in common (`benches/reprints.rs`),
//! so many of a hundred were told as reprints, and no two articles as one. (A long digest is near the
//! border because of those common phrases.)
//!
//! | changed | 150 characters | 600 | 4,000 |
//! |---|---|---|---|
//! | head and foot of half its length | 98 | 100 | 100 |
//! | every 33rd character | 100 | 100 | 100 |
//! | every 20th character | 79 | 90 | 90 |
//! | cut by 30 % | 96 | 100 | 100 |
//! | cut by 50 % | 0 | 69 | 90 |
//! | cut by 10 %, every 50th character, head and foot of 10 % | 90 | 99 | 100 |
//! | another article that quotes a quarter | 0 | 0 | 0 |
//! | a digest of two and a half articles | 3 | 7 | 24 |
//!
//! Folding in a document of 4,000 characters takes about 0.2 ms, of which decoding
//! is a part, after a thousand documents as after ten thousand. A document takes 0.8 KB.

mod sketch;

use std::sync::Arc;

use super::cow::CowVec;
use super::documents::DocumentIx;
use super::marks::Marks;
use sketch::mixed;

pub(super) use sketch::BINS;
pub(crate) use sketch::Sketch;

/// A text is a reprint of another if their sketches agree in more bins than this: if they have more
/// than half of all their shingles in common. Two texts with nothing in common can then never both
/// be reprints of one third, a digest of both. Measured in `benches/reprints.rs`.
const AGREEING_MIN: usize = BINS / 2;

/// A text of fewer shingles is a reprint only where all bins agree: half of a few sentences may
/// well be a phrase that a publisher always uses.
const SHINGLES_MIN: u32 = 100;

/// Bins that texts must have in common to be compared at all. With 42 of such bands, texts that
/// have half of their shingles in common are compared with a chance of 99.6 %, those with a
/// fiftieth in one case of 3,000.
const BAND: usize = 3;

/// So many texts at most are filed under a band, the earliest: those that share the head and foot
/// of one publisher must not make others slow.
const FILED_MAX: usize = 32;

/// The original of each document.
#[derive(Clone)]
pub(crate) struct Origins {
    originals: CowVec<DocumentIx>,
    /// Only the writer looks into it.
    index: Arc<Index>,
}

/// Sketches, and the documents that have a band in common.
#[derive(Clone)]
struct Index {
    sketches: CowVec<Sketch>,
    filed: Marks,
}

impl Origins {
    pub(crate) fn new() -> Self {
        let index = Index { sketches: CowVec::new(), filed: Marks::new() };
        Self { originals: CowVec::new(), index: Arc::new(index) }
    }

    /// The earliest document of which this one is a reprint, or a reprint of a reprint: itself
    /// where it is none. Cost: constant.
    pub(crate) fn original(&self, document: DocumentIx) -> DocumentIx {
        self.originals.get(document.0 as usize).copied().unwrap_or(document)
    }

    /// Bytes of the sketches and of the table that finds those alike.
    pub(super) fn bytes(&self) -> usize {
        self.index.sketches.len() * size_of::<Sketch>() + self.index.filed.bytes()
    }

    /// The sketch of every document, in the order of rows.
    pub(super) fn sketches(&self) -> impl Iterator<Item = &Sketch> + Clone {
        self.index.sketches.iter()
    }

    /// Takes in the next document, in the order of rows.
    ///
    /// Cost: 42 look-ups, and a comparison with each document that has a band in common, of which
    /// there are at most 42 × 32.
    pub(crate) fn note(&mut self, document: DocumentIx, sketch: Sketch) {
        let alike = self.index.filed_with(&sketch).into_iter().filter(|row| {
            self.index.sketches.get(*row as usize).is_some_and(|other| are_one(&sketch, other))
        });
        let original = alike.map(|row| self.original(DocumentIx(row))).min();
        self.originals.push(original.unwrap_or(document));
        Arc::make_mut(&mut self.index).file(document.0, sketch);
    }
}

fn are_one(a: &Sketch, b: &Sketch) -> bool {
    let agreeing = a.agreeing(b);
    let is_short = a.shingles().min(b.shingles()) < SHINGLES_MIN;
    if is_short { agreeing == BINS } else { agreeing > AGREEING_MIN }
}

impl Index {
    /// Documents with a band in common, each once.
    fn filed_with(&self, sketch: &Sketch) -> Vec<u32> {
        if sketch.shingles() == 0 {
            return Vec::new();
        }
        let mut rows: Vec<u32> = marks(sketch).flat_map(|mark| self.filed.rows(mark)).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    fn file(&mut self, row: u32, sketch: Sketch) {
        if sketch.shingles() > 0 {
            for mark in marks(&sketch) {
                if self.filed.rows(mark).count() < FILED_MAX {
                    self.filed.insert(mark, row);
                }
            }
        }
        self.sketches.push(sketch);
    }
}

/// A mark for each band. Two bands with one mark only propose a document too many.
fn marks(sketch: &Sketch) -> impl Iterator<Item = u32> {
    (0_u64..).zip(sketch.bands(BAND)).map(|(place, band)| {
        let bits = band.iter().fold(place, |bits, bin| (bits << u16::BITS) | u64::from(*bin));
        high_bits(mixed(bits))
    })
}

fn high_bits(hash: u64) -> u32 {
    let [a, b, c, d, ..] = hash.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}
