//! Segments of which a crash left both forms, or half of one.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::super::super::standing::Standing;
use super::super::content;
use super::super::journal;
use super::super::packer;
use super::super::segment::Header;
use super::Opening;
use crate::disk::{self, Disk};
use crate::position::{Head, Seq};

type Outcome<T> = Result<T, (PathBuf, io::Error)>;

impl Opening<'_> {
    /// Leaves each segment in one form. A packing that did not end is thrown away; one that ended is
    /// kept, if the packed form gives back the original. Where they differ the sound one is kept,
    /// and the other one set aside.
    pub(super) fn settle_forms(&self) -> Outcome<()> {
        let at = |path: &Path, error| (path.to_owned(), error);
        let mut packed_ones = BTreeSet::new();
        let disk = self.disk.as_ref();
        for path in disk.list(&self.journal).map_err(|error| at(&self.journal, error))? {
            if path.to_str().is_some_and(|path| path.ends_with(packer::UNFINISHED)) {
                disk.remove(&path).map_err(|error| at(&path, error))?;
            } else if content::is_packed(&path) {
                packed_ones.insert(path);
            }
        }
        for packed in packed_ones {
            let original = content::other_form(&packed);
            if disk.kind(&original).map_err(|error| at(&original, error))?.is_some() {
                settle(disk, &packed, &original).map_err(|error| at(&packed, error))?;
                disk.sync_dir(&self.journal).map_err(|error| at(&self.journal, error))?;
            }
        }
        Ok(())
    }
}

fn settle(disk: &dyn Disk, packed_path: &Path, original: &Path) -> io::Result<()> {
    let packed = content::read_file(disk, packed_path)?.unwrap_or_default();
    let raw = content::read_file(disk, original)?.unwrap_or_default();
    if packed.damage.is_empty() && packed.bytes == raw.bytes {
        return disk.remove(original);
    }
    let (worse, better) = if is_sound(&packed) && !is_sound(&raw) {
        (original, packed_path)
    } else {
        (packed_path, original)
    };
    tracing::warn!(
        worse = %worse.display(), better = %better.display(),
        "two forms of a segment differ; the worse one is set aside"
    );
    disk.rename(worse, &disk::free_name(disk, worse, "damaged")?)
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
