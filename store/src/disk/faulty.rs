//! A disk for tests that does what disks do: it refuses, fills up, spoils bytes, and loses at a
//! power cut what was not synced.
//!
//! It works on a real folder. Writes go there at once, so readers see them; what was not synced is
//! remembered beside, and [`FaultyDisk::lose_unsynced`] puts the folder into a state that a power
//! cut may leave: each write since the last sync of its file is kept, dropped or torn, and of the
//! entries of each folder only so many of the latest changes as were in order. Files that are not
//! opened for writing through this disk, such as sled's, are left as they are.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::real::RealDisk;
use super::{Disk, DiskFile, Kind, Mode};

mod loss;

pub use loss::Lost;
use loss::{Entry, FileId, Memory, Write};

/// What is asked of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Op {
    /// A file is made, or an older one emptied.
    Create,
    /// A file is written.
    Write,
    /// A file's length is set.
    SetLen,
    /// `sync_data`.
    SyncData,
    /// `sync_all`.
    SyncAll,
    /// A folder is made.
    MakeDir,
    /// A name is changed.
    Rename,
    /// A second name is given.
    Link,
    /// A file is removed.
    Remove,
    /// A folder's entries are synced.
    SyncDir,
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// A disk with faults. Its clones are one disk. See the module.
#[derive(Clone, Debug, Default)]
pub struct FaultyDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// What was asked so far, in order; reading is not counted.
    steps: Vec<(Op, PathBuf)>,
    failures: Vec<Failure>,
    /// The step at which the power goes.
    cut_at: Option<usize>,
    is_off: bool,
    /// How many bytes files may still grow by.
    room: Option<u64>,
    memory: Memory,
}

#[derive(Debug)]
struct Failure {
    /// Of which op; `None`: of any.
    op: Option<Op>,
    /// In whose paths this text occurs.
    within: String,
    /// How many matching ones still pass.
    pass: u64,
    kind: io::ErrorKind,
}

#[derive(Debug)]
struct FaultyFile {
    disk: FaultyDisk,
    path: PathBuf,
    /// `None`: opened to read, so nothing of it can be lost.
    id: Option<FileId>,
    file: Box<dyn DiskFile>,
}

impl FaultyDisk {
    /// A disk without a fault yet.
    pub fn new() -> FaultyDisk {
        FaultyDisk::default()
    }

    /// Makes one step fail with an error and leave nothing done: the `nth` from now on, counted
    /// from 0, that is of `op` (any, when `None`) and in whose path `within` occurs.
    pub fn fail(&self, op: Option<Op>, within: &str, nth: u64, kind: io::ErrorKind) {
        let failure = Failure { op, within: within.to_owned(), pass: nth, kind };
        self.state().failures.push(failure);
    }

    /// Lets the power go at the `nth` step from now on, counted from 0. A write is still begun;
    /// everything else of that step and after it fails.
    pub fn cut_power_at(&self, nth: usize) {
        let mut state = self.state();
        state.cut_at = Some(state.steps.len() + nth);
    }

    /// Lets the power go now: everything fails from here on.
    pub fn cut_power(&self) {
        self.state().is_off = true;
    }

    /// Tells whether the power is gone.
    pub fn is_off(&self) -> bool {
        self.state().is_off
    }

    /// Lets files grow by so many bytes and no more; `None`: by any.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.state().room = bytes;
    }

    /// Tells the steps so far: what was asked, and of which path. Reading is no step.
    pub fn steps(&self) -> Vec<(Op, PathBuf)> {
        self.state().steps.clone()
    }

    /// Counts the steps of a kind so far.
    pub fn count(&self, op: Op) -> usize {
        self.state().steps.iter().filter(|(one, _)| *one == op).count()
    }

    /// Puts the folder into a state that a power cut may leave, chosen by the seed, and leaves the
    /// power off: open it again through another disk. Every handle should be closed before.
    ///
    /// # Errors
    ///
    /// Fails if the real folder cannot be changed.
    pub fn lose_unsynced(&self, seed: u64) -> io::Result<Lost> {
        let mut state = self.state();
        state.is_off = true;
        std::mem::take(&mut state.memory).lose(seed)
    }

    /// Turns over the bits of `mask` in one byte of a file, behind everybody's back.
    ///
    /// # Errors
    ///
    /// Fails if the file is shorter, or cannot be changed.
    pub fn flip(&self, path: &Path, at: u64, mask: u8) -> io::Result<()> {
        let mut file = RealDisk.open(path, Mode::Write)?;
        let mut byte = [0];
        if file.read_at(at, &mut byte)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        byte[0] ^= mask;
        file.write_at(at, &byte)?;
        self.state().memory.spoil(path, &Write::Bytes { at, bytes: byte.to_vec() });
        Ok(())
    }

    /// Cuts a file, behind everybody's back.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be changed.
    pub fn truncate(&self, path: &Path, len: u64) -> io::Result<()> {
        RealDisk.open(path, Mode::Write)?.set_len(len)?;
        self.state().memory.spoil(path, &Write::Len(len));
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does one step, if no fault was asked for. A write goes on in spite of a power cut.
    fn step<T>(
        &self,
        op: Op,
        path: &Path,
        work: impl FnOnce(&mut State) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut state = self.state();
        state.powered()?;
        let number = state.steps.len();
        state.steps.push((op, path.to_owned()));
        state.is_off = state.cut_at == Some(number);
        if state.is_off && op != Op::Write {
            return Err(no_power());
        }
        state.fault(op, path)?;
        let done = work(&mut state)?;
        state.powered().map(|()| done)
    }
}

fn no_power() -> io::Error {
    io::Error::other("the power is gone")
}

impl State {
    fn powered(&self) -> io::Result<()> {
        if self.is_off { Err(no_power()) } else { Ok(()) }
    }

    fn fault(&mut self, op: Op, path: &Path) -> io::Result<()> {
        let path = path.to_string_lossy();
        let of = |failure: &Failure| failure.op.is_none_or(|one| one == op);
        let matching = self.failures.iter_mut().enumerate();
        let mut due = None;
        for (at, failure) in matching.filter(|(_, one)| of(one) && path.contains(&one.within)) {
            match failure.pass.checked_sub(1) {
                Some(left) => failure.pass = left,
                None => due = due.or(Some(at)),
            }
        }
        due.map_or(Ok(()), |at| Err(self.failures.remove(at).kind.into()))
    }

    /// Takes room for a file that grows; tells how much of it there is.
    fn take_room(&mut self, bytes: u64) -> u64 {
        let Some(room) = &mut self.room else { return bytes };
        let given = bytes.min(*room);
        *room -= given;
        given
    }
}

impl Disk for FaultyDisk {
    fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        self.state().powered()?;
        RealDisk.kind(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.state().powered()?;
        RealDisk.list(folder)
    }

    fn open(&self, path: &Path, mode: Mode) -> io::Result<Box<dyn DiskFile>> {
        let open =
            |id| move |file| FaultyFile { disk: self.clone(), path: path.to_owned(), id, file };
        let opened = match mode {
            Mode::Read => {
                self.state().powered()?;
                RealDisk.open(path, mode).map(open(None))
            }
            Mode::Write => {
                let mut state = self.state();
                state.powered()?;
                let file = RealDisk.open(path, mode)?;
                Ok(open(Some(state.memory.meet(path)?))(file))
            }
            Mode::New | Mode::Replace => self.step(Op::Create, path, |state| {
                let is_there = RealDisk.kind(path)?.is_some();
                if is_there && mode == Mode::Replace {
                    let id = state.memory.meet(path)?;
                    state.memory.write(id, Write::Len(0));
                    return RealDisk.open(path, mode).map(open(Some(id)));
                }
                let file = RealDisk.open(path, mode)?;
                Ok(open(Some(state.memory.create(path)))(file))
            }),
        };
        opened.map(|file| Box::new(file) as Box<dyn DiskFile>)
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.step(Op::MakeDir, path, |state| {
            RealDisk.make_dir(path)?;
            state.memory.change(path, Entry::MadeDir { path: path.to_owned() });
            Ok(())
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Op::Rename, from, |state| {
            let renamed = state.memory.rename(from, to)?;
            RealDisk.rename(from, to)?;
            state.memory.change(to, renamed);
            Ok(())
        })
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Op::Link, from, |state| {
            RealDisk.link(from, to)?;
            state.memory.link(from, to)
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(Op::Remove, path, |state| {
            let removed = state.memory.remove(path)?;
            RealDisk.remove(path)?;
            state.memory.change(path, removed);
            Ok(())
        })
    }

    fn sync_dir(&self, folder: &Path) -> io::Result<()> {
        self.step(Op::SyncDir, folder, |state| {
            state.memory.sync_dir(folder);
            Ok(())
        })
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let state = self.state();
        state.powered()?;
        state.room.map_or_else(|| RealDisk.free_bytes(path), Ok)
    }
}

impl FaultyFile {
    fn sync(&mut self, op: Op) -> io::Result<()> {
        self.disk.step(op, &self.path, |state| {
            if let Some(id) = self.id {
                state.memory.sync(id);
            }
            Ok(())
        })
    }
}

impl DiskFile for FaultyFile {
    fn size(&self) -> io::Result<u64> {
        self.disk.state().powered()?;
        self.file.size()
    }

    fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.disk.state().powered()?;
        self.file.read_at(at, buffer)
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let (file, id) = (&mut self.file, self.id);
        self.disk.step(Op::Write, &self.path, |state| {
            let size = file.size()?;
            let growth = (at + bytes.len() as u64).saturating_sub(size);
            let lacking = growth - state.take_room(growth);
            // As on a real full disk, the part that fits is written.
            let fitting =
                bytes.len().saturating_sub(usize::try_from(lacking).unwrap_or(usize::MAX));
            let fitting = &bytes[..fitting];
            file.write_at(at, fitting)?;
            if let Some(id) = id {
                state.memory.write(id, Write::Bytes { at, bytes: fitting.to_vec() });
            }
            if lacking > 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        })
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        let (file, id) = (&mut self.file, self.id);
        self.disk.step(Op::SetLen, &self.path, |state| {
            let size = file.size()?;
            file.set_len(len)?;
            if let Some(room) = &mut state.room {
                *room += size.saturating_sub(len);
            }
            if let Some(id) = id {
                state.memory.write(id, Write::Len(len));
            }
            Ok(())
        })
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.sync(Op::SyncData)
    }

    fn sync_all(&mut self) -> io::Result<()> {
        self.sync(Op::SyncAll)
    }
}

#[cfg(test)]
mod tests;
