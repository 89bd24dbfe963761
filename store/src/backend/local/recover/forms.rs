//! Segments of which a crash left both forms, or half of one.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::super::standing::Standing;
use super::super::content;
use super::super::journal;
use super::super::packer;
use super::super::segment::Header;
use super::{Mended, Opening, Pending};
use crate::disk::{self, Disk};
use crate::position::{Head, Seq};

type Outcome<T> = Result<T, (PathBuf, io::Error)>;

impl Opening<'_> {
    /// Chooses one form of each segment, and leaves the rest to what is pending. A packing that did
    /// not end is thrown away; one that ended is kept, if the packed form gives back the original.
    /// Where they differ the sound one is kept, and the other one set aside. Tells the files that
    /// were not chosen.
    pub(super) fn settle_forms(&mut self) -> Outcome<BTreeSet<PathBuf>> {
        let at = |path: &Path, error| (path.to_owned(), error);
        let mut packed_ones = BTreeSet::new();
        let mut unfinished = BTreeSet::new();
        let disk = Arc::clone(&self.disk);
        for path in disk.list(&self.journal).map_err(|error| at(&self.journal, error))? {
            if path.to_str().is_some_and(|path| path.ends_with(packer::UNFINISHED)) {
                unfinished.insert(path);
            } else if content::is_packed(&path) {
                packed_ones.insert(path);
            }
        }
        for path in unfinished {
            let kept = path.with_extension("").with_extension("seg");
            self.settled(path, kept, None);
        }
        let mut passed_over = BTreeSet::new();
        for packed in packed_ones {
            let original = content::other_form(&packed);
            if disk.kind(&original).map_err(|error| at(&original, error))?.is_some() {
                let (worse, better, aside) = choose(disk.as_ref(), &packed, &original)
                    .map_err(|error| at(&packed, error))?;
                passed_over.insert(worse.clone());
                self.settled(worse, better, aside);
            }
        }
        Ok(passed_over)
    }

    fn settled(&mut self, path: PathBuf, segment: PathBuf, set_aside: Option<PathBuf>) {
        self.pending.push(Pending::Settle { path, set_aside: set_aside.clone() });
        self.mended.push(Mended::PackingCutShort { segment, set_aside });
    }

    /// Forgets what was chosen of a segment: it is written anew from both forms.
    pub(super) fn unsettle(&mut self, original: &Path, packed: &Path) {
        let is_form = |path: &Path| path == original || path == packed;
        let settles = |one: &Pending| matches!(one, Pending::Settle { path, .. } if is_form(path));
        if self.pending.iter().any(settles) {
            self.pending.retain(|one| !settles(one));
            self.mended.retain(
                |one| !matches!(one, Mended::PackingCutShort { segment, .. } if is_form(segment)),
            );
        }
    }
}

/// Tells the worse form and the better one, and the name that the worse one gets; `None` when the
/// better one says all that it says.
fn choose(
    disk: &dyn Disk,
    packed_path: &Path,
    original: &Path,
) -> io::Result<(PathBuf, PathBuf, Option<PathBuf>)> {
    let packed = content::read_file(disk, packed_path)?.unwrap_or_default();
    let raw = content::read_file(disk, original)?.unwrap_or_default();
    let (packed_path, original) = (packed_path.to_owned(), original.to_owned());
    if packed.damage.is_empty() && packed.bytes == raw.bytes {
        return Ok((original, packed_path, None));
    }
    let (worse, better) = if is_sound(&packed) && !is_sound(&raw) {
        (original, packed_path)
    } else {
        (packed_path, original)
    };
    let aside = disk::free_name(disk, &worse, "damaged")?;
    Ok((worse, better, Some(aside)))
}

/// Tells whether a segment is whole from its header to its seal.
fn is_sound(content: &content::Content) -> bool {
    let Ok(header) = Header::parse(&content.bytes) else { return false };
    let before = Seq::new(header.first.get().saturating_sub(1));
    let head = Head { seq: before, hash: header.prev_hash };
    let start = Standing { head, ..Standing::default() };
    let scanned = journal::scan(&content.bytes, start, |_, _| Ok::<(), ()>(()));
    content.damage.is_empty() && scanned.is_ok_and(|scan| scan.sealed && scan.stop.is_none())
}
