//! Packs finished segments in the background, one at a time and at a low rate.
//!
//! A packed file is written under another name, synced, read back and compared with the original;
//! then it gets its name, and only when that is durable the original goes. So a crash at any point
//! leaves the original, the packed form, or both, and opening keeps a sound one.

use std::collections::BTreeSet;
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::content;
use super::journal::{self, Segment};
use super::packed;
use crate::disk::{self, Appender, Disk, Mode, Sequential};

/// How the name of a packed segment ends while it is written.
pub(crate) const UNFINISHED: &str = ".segz.tmp";
/// After each block it rests this many times as long as the block took.
const REST_FACTOR: u32 = 1;
const MAX_REST: Duration = Duration::from_millis(50);
const BUFFER_BYTES: usize = 1 << 20;

/// A thread that packs what is finished. Dropping it ends the thread.
#[derive(Debug)]
pub(crate) struct Packer {
    wake: Option<SyncSender<()>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Packer {
    /// Starts with what is finished already. Without a thread nothing is packed, which is told in
    /// the log and harms nobody.
    /// It leaves `floor` bytes of the disk free.
    pub(crate) fn start(disk: &Arc<dyn Disk>, folder: &Path, floor: u64) -> Packer {
        let (wake, woken) = mpsc::sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let work = Work {
            disk: Arc::clone(disk),
            folder: folder.to_owned(),
            floor,
            stop: Arc::clone(&stop),
            left_alone: BTreeSet::new(),
        };
        let thread = thread::Builder::new().name("log-packer".to_owned());
        let thread = thread
            .spawn(move || work.run(&woken))
            .inspect_err(|error| tracing::warn!(%error, "finished segments stay as they are"))
            .ok();
        Packer { wake: Some(wake), stop, thread }
    }

    /// Tells it that a segment was finished. Never waits.
    pub(crate) fn wake(&self) {
        if let Some(wake) = &self.wake {
            // A full channel means that it will look anyway.
            wake.try_send(()).ok();
        }
    }
}

impl Drop for Packer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.wake = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that packs segments ended by a panic");
        }
    }
}

struct Work {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    /// Bytes that stay free.
    floor: u64,
    stop: Arc<AtomicBool>,
    /// What cannot be packed; tried again only when the log is opened again.
    left_alone: BTreeSet<PathBuf>,
}

impl Work {
    fn run(mut self, woken: &Receiver<()>) {
        loop {
            let goes_on = match self.next() {
                Ok(Some(segment)) => self.pack(&segment),
                Ok(None) => false,
                Err(error) => {
                    tracing::warn!(%error, "the journal cannot be listed, so nothing is packed");
                    false
                }
            };
            if !goes_on && woken.recv().is_err() {
                return;
            }
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    /// Finds the first finished segment that is not packed. The last segment is the writer's.
    fn next(&self) -> io::Result<Option<Segment>> {
        let mut segments = journal::list(self.disk.as_ref(), &self.folder)?;
        segments.pop();
        let mut open = segments.into_iter().filter(|segment| {
            !content::is_packed(&segment.path) && !self.left_alone.contains(&segment.path)
        });
        Ok(open.next())
    }

    /// Tells whether there may be more to do before the next segment is finished: without room
    /// there is not.
    fn pack(&mut self, segment: &Segment) -> bool {
        let begin = Instant::now();
        let packed = self
            .room_for(segment)
            .and_then(|()| pack_one(self.disk.as_ref(), segment, rest(&self.stop)));
        match packed {
            Ok(saved) => {
                let took_ms = begin.elapsed().as_millis();
                tracing::debug!(segment = %segment.path.display(), saved, took_ms, "packed");
            }
            Err(_) if self.stop.load(Ordering::Relaxed) => {}
            Err(error) if disk::is_full(&error) => {
                tracing::debug!(segment = %segment.path.display(), %error, "not packed: there is no room");
                return false;
            }
            Err(error) => {
                tracing::warn!(segment = %segment.path.display(), %error, "not packed; it stays as it is");
                self.left_alone.insert(segment.path.clone());
            }
        }
        true
    }

    /// Packing needs at most as much as the original takes, and leaves the floor to the writer.
    fn room_for(&self, segment: &Segment) -> io::Result<()> {
        if self.floor == 0 {
            return Ok(());
        }
        let size = self.disk.open(&segment.path, Mode::Read)?.size()?;
        let enough = self.disk.free_bytes(&self.folder)? >= self.floor.saturating_add(size);
        if enough { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }
}

/// Rests between two blocks, as long as the last one took.
fn rest(stop: &AtomicBool) -> impl FnMut() -> io::Result<()> {
    let mut since = Instant::now();
    move || {
        if stop.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        thread::sleep((since.elapsed() * REST_FACTOR).min(MAX_REST));
        since = Instant::now();
        Ok(())
    }
}

/// Packs everything finished without a rest, and tells how many segments that were.
pub(crate) fn pack_finished(disk: &dyn Disk, folder: &Path) -> io::Result<usize> {
    let mut segments = journal::list(disk, folder)?;
    // The last one is the writer's.
    segments.pop();
    segments.retain(|segment| !content::is_packed(&segment.path));
    for segment in &segments {
        pack_one(disk, segment, || Ok(()))?;
    }
    Ok(segments.len())
}

/// Packs one finished segment, and tells how many bytes that saved. After an error the original is
/// there as before.
pub(crate) fn pack_one(
    disk: &dyn Disk,
    segment: &Segment,
    rest: impl FnMut() -> io::Result<()>,
) -> io::Result<u64> {
    let original = &segment.path;
    let packed = content::other_form(original);
    let unfinished = packed.with_extension("segz.tmp");
    let result = write_packed(disk, segment, &unfinished, rest);
    if result.is_err() {
        // It was never anything but scratch; what is left of it goes at the next opening.
        disk.remove(&unfinished).ok();
    }
    let saved = result?;
    disk.rename(&unfinished, &packed)?;
    let folder = original.parent().unwrap_or(Path::new("."));
    disk.sync_dir(folder)?;
    disk.remove(original)?;
    disk.sync_dir(folder)?;
    Ok(saved)
}

fn write_packed(
    disk: &dyn Disk,
    segment: &Segment,
    unfinished: &Path,
    mut rest: impl FnMut() -> io::Result<()>,
) -> io::Result<u64> {
    let ends = content::ends(disk, segment)?;
    let (Ok(header), Some(seal)) = (ends.header, ends.seal) else {
        return Err(io::Error::other("its header or seal is damaged"));
    };
    if header.first != segment.first {
        return Err(io::Error::other("its header names another first event"));
    }
    let mut out = BufWriter::with_capacity(
        BUFFER_BYTES,
        Appender { file: disk.open(unfinished, Mode::Replace)?, len: 0 },
    );
    packed::pack(Sequential::open(disk, &segment.path)?, seal, &mut out, &mut rest)?;
    let mut out = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    out.file.sync_all()?;
    let written = BufReader::with_capacity(BUFFER_BYTES, Sequential::open(disk, unfinished)?);
    packed::compare(written, Sequential::open(disk, &segment.path)?)?;
    Ok(disk.open(&segment.path, Mode::Read)?.size()?.saturating_sub(out.len))
}
