//! Writing a damaged or missing segment anew, from the commits that are whole in its own file and
//! from the index. Every commit that goes in is whole and linked to the one before, so a wrong one
//! cannot; and the result reaches at least the floor, or nothing is changed.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use bytes::Bytes;

use super::super::super::standing::Standing;
use super::super::journal;
use super::super::segment::{self, HEADER_BYTES, Header, Item};
use super::segments::End;
use super::{Mended, Opening};
use crate::commit::Commit;
use crate::disk::{self, Appender, Mode};
use crate::error::OpenError;
use crate::frame;
use crate::position::Seq;

impl Opening<'_> {
    /// Writes the segment after `start` anew, up to `floor` at least. With `seal`, it is a finished
    /// segment that ends exactly there.
    pub(super) fn refill(
        &mut self,
        start: Standing,
        floor: Seq,
        seal: Option<Seq>,
        what: &str,
    ) -> Result<End, OpenError> {
        let first = start.head.seq.next();
        let path = journal::path_of(&self.journal, first);
        let io = |error| OpenError::io(&path, error);
        let content = disk::read_if_there(self.disk.as_ref(), &path).map_err(io)?;
        let whole = whole_commits(content.as_ref().unwrap_or(&Bytes::new()));
        let mending = path.with_extension("mending");
        let header = Header { epoch: self.epoch, first, prev_hash: start.head.hash };
        let (written, len) =
            self.write_mended(&mending, header, start, seal, &whole).map_err(io)?;
        let lost = written.head.seq < floor || seal.is_some_and(|seal| written.head.seq != seal);
        if lost {
            self.disk.remove(&mending).map_err(io)?;
            if let Some(seal) = seal.filter(|seal| written.head.seq > *seal) {
                let what = format!("a segment begins at event {}, inside a commit", seal.next());
                return Err(OpenError::Contradiction { folder: self.folder.to_owned(), what });
            }
            let (folder, first) = (self.folder.to_owned(), written.head.seq.next());
            let index = match &self.index {
                Ok(_) => "the index does not have them either".to_owned(),
                Err(why) => format!("the index cannot help: {why}"),
            };
            let what = format!("{}: {what}, and {index}", path.display());
            return Err(OpenError::Lost { folder, first, last: floor, what });
        }
        let set_aside = match content {
            None => None,
            Some(content) => {
                let aside = disk::free_name(self.disk.as_ref(), &path, "damaged").map_err(io)?;
                // A second name, so that the segment is never without a file.
                self.disk
                    .link(&path, &aside)
                    .or_else(|_| disk::write_new(self.disk.as_ref(), &aside, &content).map(drop))
                    .map_err(io)?;
                Some(aside)
            }
        };
        self.disk.rename(&mending, &path).map_err(io)?;
        self.disk.sync_dir(&self.journal).map_err(io)?;
        let (segment, last) = (path.clone(), written.head.seq);
        self.mended.push(Mended::SegmentRefilled { segment, first, last, set_aside });
        let bound_mismatch =
            written.head.seq == self.bound.head.seq && written.head != self.bound.head;
        Ok(End { standing: written, last: Some((path, len)), bound_mismatch })
    }

    /// Writes and syncs the new file; tells how far it goes, and its length.
    fn write_mended(
        &self,
        path: &Path,
        header: Header,
        start: Standing,
        seal: Option<Seq>,
        whole: &BTreeMap<Seq, (Commit, Bytes)>,
    ) -> io::Result<(Standing, u64)> {
        let file = self.disk.open(path, Mode::Replace)?;
        let mut out = BufWriter::new(Appender { file, len: 0 });
        out.write_all(&header.to_bytes())?;
        let mut standing = start;
        let mut buffer = Vec::new();
        while seal.is_none_or(|seal| standing.head.seq < seal) {
            let fits = |commit: &Commit| {
                commit.first == standing.head.seq.next() && commit.prev_hash == standing.head.hash
            };
            let next = standing.head.seq.next();
            let own = whole.get(&next).filter(|(commit, _)| fits(commit)).cloned();
            let Some((commit, stored)) =
                own.or_else(|| self.indexed(next).filter(|(commit, _)| fits(commit)))
            else {
                break;
            };
            buffer.clear();
            segment::put_commit(&mut buffer, commit.first, &stored);
            out.write_all(&buffer)?;
            standing = standing.after(&commit);
        }
        if seal.is_some() {
            buffer.clear();
            segment::put_seal(&mut buffer, standing);
            out.write_all(&buffer)?;
        }
        let mut out = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        out.file.sync_all()?;
        Ok((standing, out.len))
    }

    fn indexed(&self, at: Seq) -> Option<(Commit, Bytes)> {
        let (index, _) = self.index.as_ref().ok()?;
        let stored = index.batch(at, 1).ok()?.into_iter().next()?;
        let commit = frame::decode(&stored).ok()?;
        Some((commit, stored))
    }
}

/// Finds every whole commit of a segment file, wherever it stands.
fn whole_commits(content: &Bytes) -> BTreeMap<Seq, (Commit, Bytes)> {
    // The header may be what is damaged, so frames are looked for from its end or before.
    let begin = if content.len() >= HEADER_BYTES { HEADER_BYTES } else { 0 };
    let mut whole = BTreeMap::new();
    for (_, item) in segment::items(content, begin) {
        if let Item::Commit { commit, stored, .. } = item {
            whole.entry(commit.first).or_insert((*commit, stored));
        }
    }
    whole
}
