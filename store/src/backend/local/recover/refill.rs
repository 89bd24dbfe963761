//! Writing a damaged or missing segment anew, from the commits that are whole in its own file and
//! from the index. Every commit that goes in is whole and linked to the one before, so a wrong one
//! cannot; and the result reaches at least the floor, or nothing is changed.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use bytes::Bytes;

use super::super::super::standing::Standing;
use super::super::content;
use super::super::journal;
use super::super::segment::{self, HEADER_BYTES, Header, Item};
use super::segments::End;
use super::{Mended, Opening, Pending};
use crate::commit::Commit;
use crate::disk::{self, Appender, Mode};
use crate::error::OpenError;
use crate::frame;
use crate::position::Seq;

/// How many further gaps a refusal names.
const MAX_GAPS: usize = 5;

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
        let packed = content::other_form(&path);
        self.unsettle(&path, &packed);
        let disk = self.disk.as_ref();
        let own = content::read_file(disk, &path).map_err(io)?;
        let own_packed = content::read_file(disk, &packed).map_err(io)?;
        let mut whole = BTreeMap::new();
        for content in own.iter().chain(&own_packed) {
            add_whole_commits(&content.bytes, &mut whole);
        }
        let mending = path.with_extension("mending");
        let header = Header { epoch: self.epoch, first, prev_hash: start.head.hash };
        let mended = self.write_mended(&mending, header, start, seal, &whole);
        // A refusal changes nothing; what cannot be removed now is replaced by the next try.
        let (written, len) = mended.inspect_err(|_| drop(disk.remove(&mending))).map_err(io)?;
        let lost = written.head.seq < floor || seal.is_some_and(|seal| written.head.seq != seal);
        if lost {
            self.disk.remove(&mending).map_err(io)?;
            if let Some(seal) = seal.filter(|seal| written.head.seq > *seal) {
                let what = format!("a segment begins at event {}, inside a commit", seal.next());
                return Err(OpenError::Contradiction { folder: self.folder.to_owned(), what });
            }
            return Err(self.lost(&path, written.head.seq.next(), floor, &whole, what));
        }
        let aside_of = |path: &Path| disk::free_name(disk, path, "damaged").map_err(io);
        let set_aside = own.is_some().then(|| aside_of(&path)).transpose()?;
        let packed_aside = own_packed.is_some().then(|| aside_of(&packed)).transpose()?;
        self.pending.push(Pending::Swap {
            ready: mending,
            path: path.clone(),
            set_aside: set_aside.clone(),
            packed: packed_aside.clone().map(|aside| (packed, aside)),
        });
        let set_aside = set_aside.or(packed_aside);
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

    /// Names the events from `first` to `floor` that neither the file nor the index has.
    pub(super) fn lost(
        &self,
        path: &Path,
        first: Seq,
        floor: Seq,
        whole: &BTreeMap<Seq, (Commit, Bytes)>,
        what: &str,
    ) -> OpenError {
        let known = |at: Seq| {
            let own = whole.get(&at).map(|(commit, _)| commit.last());
            let indexed = || self.indexed(at).filter(|(commit, _)| commit.first == at);
            own.or_else(|| indexed().map(|(commit, _)| commit.last()))
        };
        let mut gaps: Vec<(Seq, Seq)> = Vec::new();
        let mut at = first;
        // The commit after the last good one is lost even if a whole one that does not follow it
        // stands there.
        while at <= floor {
            at = match known(at).filter(|_| at > first) {
                Some(last) => last,
                None => {
                    match gaps.last_mut() {
                        Some((_, last)) if last.next() == at => *last = at,
                        _ => gaps.push((at, at)),
                    }
                    at
                }
            }
            .next();
        }
        let index = match &self.index {
            Ok(_) => "the index does not have them either".to_owned(),
            Err(why) => format!("the index cannot help: {why}"),
        };
        let mut what = format!("{}: {what}, and {index}", path.display());
        let (first, last) = gaps.first().copied().unwrap_or((first, floor.max(first)));
        for (first, last) in gaps.iter().skip(1).take(MAX_GAPS) {
            what.push_str(&format!("; events {first} to {last} are lost too"));
        }
        if gaps.len() > MAX_GAPS + 1 {
            what.push_str("; and others");
        }
        OpenError::Lost { folder: self.folder.to_owned(), first, last, what }
    }

    fn indexed(&self, at: Seq) -> Option<(Commit, Bytes)> {
        let (index, _) = self.index.as_ref().ok()?;
        let stored = index.batch(at, 1).ok()?.into_iter().next()?;
        let commit = frame::decode(&stored).ok()?;
        Some((commit, stored))
    }
}

/// Finds every whole commit of a segment's content, wherever it stands.
pub(super) fn add_whole_commits(content: &Bytes, whole: &mut BTreeMap<Seq, (Commit, Bytes)>) {
    // The header may be what is damaged, so frames are looked for from its end or before.
    let begin = if content.len() >= HEADER_BYTES { HEADER_BYTES } else { 0 };
    for (_, item) in segment::items(content, begin) {
        if let Item::Commit { commit, stored, .. } = item {
            whole.entry(commit.first).or_insert((*commit, stored));
        }
    }
}
