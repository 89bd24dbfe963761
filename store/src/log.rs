//! `Log`: the one door to the commits, whatever keeps them.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use futures_util::Stream;
use tokio::sync::{Semaphore, oneshot};

use crate::backend::local::{self, LocalOptions, Mended};
use crate::backend::memory::Memory;
use crate::backend::{Backend, Sink, Standing};
use crate::commit::{Appended, Commit, CommitId, Draft};
use crate::disk::Disk;
use crate::disk::real::RealDisk;
use crate::error::{AppendError, CloseError, OpenError, ReadError};
use crate::frame::{self, Unplaced};
use crate::limits::{MAX_QUEUED_BYTES, QUEUE_UNIT_BYTES};
use crate::metrics::LogMetrics;
use crate::position::{Head, Seq};
use crate::read::{Core, Cursor};
use crate::tail;
use crate::verify::{self, Reached, VerifyOptions, VerifyReport};
use crate::writer::{Job, Message, Writer};

/// The epoch of a log that was never re-founded.
pub(crate) const FIRST_EPOCH: u32 = 1;

/// An append-only log of commits in one order.
///
/// It is cheap to clone; all clones are one log. An append is acknowledged when it is durable.
/// Readers see only what is durable, and never wait for the writer.
///
/// When the last clone is dropped the log closes by itself, waiting for what is in the queue;
/// [`close`](Log::close) does the same and tells whether it went well. After that, iterators and
/// further reads give [`ReadError::Closed`], and tails end.
///
/// What it does not promise: that a chain shows its own missing end (keep a head elsewhere), that
/// an append whose future was dropped was not written (resolve its id), or that `recorded_at_ms` is
/// the time of anything.
#[derive(Clone, Debug)]
pub struct Log {
    handle: Arc<Handle>,
}

#[derive(Debug)]
struct Handle {
    core: Arc<Core>,
    /// `None` only while dropping.
    queue: Option<mpsc::Sender<Message>>,
    room: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
    mended: Vec<Mended>,
}

/// Facts about a log, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Where the log stands.
    pub head: Head,
    /// How many commits it holds.
    pub commits: u64,
    /// Unix milliseconds of the first commit.
    pub first_recorded_at_ms: Option<i64>,
    /// Unix milliseconds of the last commit.
    pub last_recorded_at_ms: Option<i64>,
    /// The folder; `None` for a log in memory.
    pub folder: Option<PathBuf>,
    /// Bytes of the journal's files.
    pub journal_bytes: u64,
    /// Bytes of the index's files.
    pub index_bytes: u64,
}

impl Log {
    /// Makes an empty log in memory, for tests: it ends with the process.
    pub fn memory() -> Log {
        let memory = Arc::new(Memory::default());
        let backend = Backend::Memory(Arc::clone(&memory));
        let core = Core::new(backend, Standing::default(), Arc::default());
        Log::start(core, Sink::Memory(memory), FIRST_EPOCH, Vec::new())
    }

    /// Opens the log in a folder, making it if it is not there.
    ///
    /// Compares the journal, the index and HEAD. What one copy lost is restored from the other and
    /// told by [`mended`](Log::mended); what both lost is an error, and nothing is changed. Blocks:
    /// reads the last segment (at most 64 MiB by default), and whatever the index lacks.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    #[expect(clippy::needless_pass_by_value, reason = "options are spelled at the call")]
    pub fn open(folder: &Path, options: LocalOptions) -> Result<Log, OpenError> {
        Log::open_on(Arc::new(RealDisk), folder, &options)
    }

    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        folder: &Path,
        options: &LocalOptions,
    ) -> Result<Log, OpenError> {
        let opened = local::open(disk, folder, options)?;
        let meter = Arc::clone(&opened.local.meter);
        let core = Core::new(Backend::Local(opened.local), opened.standing, meter);
        let sink = Sink::Local(Box::new(opened.sink));
        Ok(Log::start(core, sink, opened.epoch, opened.mended))
    }

    fn start(core: Core, sink: Sink, epoch: u32, mended: Vec<Mended>) -> Log {
        let core = Arc::new(core);
        let (queue, messages) = mpsc::channel();
        let writer = Writer::new(Arc::clone(&core), sink, messages, epoch);
        let room = Arc::new(Semaphore::new(MAX_QUEUED_BYTES / QUEUE_UNIT_BYTES));
        let started = thread::Builder::new().name("log-writer".to_owned()).spawn(|| writer.run());
        // Without a thread the queue has no receiver, so appends answer `ReadOnly`; reads work.
        let thread = started
            .inspect_err(|error| {
                tracing::error!(%error, "the log's writer cannot start");
                core.meter.stopped(&format!("its writer cannot start: {error}"));
            })
            .ok();
        Log { handle: Arc::new(Handle { core, queue: Some(queue), room, thread, mended }) }
    }

    /// Tells what opening found and put right.
    pub fn mended(&self) -> &[Mended] {
        &self.handle.mended
    }

    /// Writes a line into the lock file, such as the address that this process listens on, for
    /// whoever finds the folder in use. Does nothing for a log in memory.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written or the log is closed.
    pub fn announce(&self, text: &str) -> io::Result<()> {
        match &self.core().backend {
            Backend::Memory(_) => Ok(()),
            Backend::Local(local) => local.announce(text),
        }
    }

    /// Tells where the log stands: the last durable event.
    pub fn head(&self) -> Head {
        self.core().standing().head
    }

    /// Appends a commit and answers when it is durable.
    ///
    /// With `expected`, it is written only if the log stands exactly there; with `None`, at
    /// whatever place comes next. A draft whose id is in the log already writes nothing and finds
    /// the first commit, whatever `expected` says; so does one with a known idempotency key and the
    /// same records.
    ///
    /// Cost: one sync of the disk, shared with all appends that wait at the same time.
    ///
    /// # Errors
    ///
    /// See [`AppendError`]. Only after [`AppendError::Unknown`] may the commit be in the log.
    pub async fn append(
        &self,
        expected: Option<Head>,
        draft: Draft,
    ) -> Result<Appended, AppendError> {
        let unplaced = Unplaced::encode(&draft)?;
        let content = draft.idempotency_key.as_ref().map(|_| frame::content_hash(&draft.records));
        let units = u32::try_from(unplaced.len().div_ceil(QUEUE_UNIT_BYTES)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.handle.room).acquire_many_owned(units).await;
        let room = room.map_err(|_| AppendError::Closed)?;
        let (reply, answer) = oneshot::channel();
        self.core().meter.queued();
        let sent = self.send(Message::Append(Box::new(Job {
            expected,
            draft,
            unplaced,
            content,
            reply,
            room,
        })));
        sent.inspect_err(|_| self.core().meter.taken())?;
        // The writer drops a job without an answer only when it dies in the middle of it, or when
        // the log was closed before the job's turn came.
        match answer.await {
            Ok(answer) => answer,
            Err(_) => Err(AppendError::Unknown),
        }
    }

    /// Finds the commit with an id.
    ///
    /// Cost: one look into the index; where that fails, reading the whole log.
    ///
    /// # Errors
    ///
    /// Fails if the log cannot be read, and with [`ReadError::Uncertain`] if the write of this very
    /// commit failed half-way.
    pub fn resolve(&self, id: CommitId) -> Result<Option<Appended>, ReadError> {
        self.core().ask(
            |core| core.resolve(id),
            |commit| (commit.id == id).then(|| Some(commit.receipt(true))),
            |core| core.absent_unless_uncertain(|uncertain, _| uncertain == id),
        )
    }

    /// Finds the commit with an idempotency key.
    ///
    /// # Errors
    ///
    /// As for [`resolve`](Log::resolve).
    pub fn resolve_key(&self, key: &str) -> Result<Option<Appended>, ReadError> {
        self.core().ask(
            |core| core.resolve_key(key),
            |commit| {
                let is_it = commit.idempotency_key.as_deref() == Some(key);
                is_it.then(|| Some(commit.receipt(true)))
            },
            |core| core.absent_unless_uncertain(|_, uncertain| uncertain == Some(key)),
        )
    }

    /// Reads the commits whose last event comes after `after`, up to the head as it is now, in
    /// order. Every commit's hash, place and link are checked; after an error nothing more comes.
    ///
    /// Blocks on the disk; fetches about 1 MiB at a time.
    pub fn read(&self, after: Seq) -> impl Iterator<Item = Result<Commit, ReadError>> + use<> {
        let upto = self.head();
        let mut cursor = Some(Cursor::new(Arc::clone(self.core()), after));
        std::iter::from_fn(move || match cursor.as_mut()?.next(upto) {
            Ok(Some(commit)) => Some(Ok(commit)),
            Ok(None) => None,
            Err(error) => {
                cursor = None;
                Some(Err(error))
            }
        })
    }

    /// Follows the log: first the commits whose last event comes after `after`, then each new one
    /// as it becomes durable; each exactly once, in order, checked. Ends when the log closes, or
    /// with an error.
    ///
    /// A slow reader never delays the writer. Past commits are read on tokio's blocking threads,
    /// so it must be polled within a tokio runtime.
    pub fn tail(
        &self,
        after: Seq,
    ) -> impl Stream<Item = Result<Arc<Commit>, ReadError>> + Send + Unpin + use<> {
        tail::tail(Arc::clone(self.core()), after)
    }

    /// Finds the commit that holds an event; `None` for `Seq::ZERO` and past the head.
    ///
    /// # Errors
    ///
    /// Fails if the log cannot be read or the commit is damaged.
    pub fn commit_at(&self, seq: Seq) -> Result<Option<Commit>, ReadError> {
        self.core().commit_at(seq)
    }

    /// Finds the events that name an entity among their keys, ascending, up to the head.
    ///
    /// Cost: about one five-hundredth of the index's entries of entities; where the index fails,
    /// reading the whole log.
    ///
    /// # Errors
    ///
    /// Fails if neither copy can be read.
    pub fn events_of(&self, key: [u8; 16]) -> Result<Vec<Seq>, ReadError> {
        let head = self.head().seq;
        let found = std::cell::RefCell::new(Vec::new());
        let note = |commit: Commit| {
            let records = commit.records.iter().zip(commit.first.get()..);
            let of_key = records.filter(|(record, _)| record.keys.contains(&key));
            found.borrow_mut().extend(of_key.map(|(_, seq)| Seq::new(seq)));
            None
        };
        let all = |_: &Core| Ok(found.take());
        let mut seqs = self.core().ask(|core| core.backend.events_of(key), note, all)?;
        seqs.truncate(seqs.partition_point(|seq| *seq <= head));
        Ok(seqs)
    }

    /// Tells the last event recorded at or before a time in Unix milliseconds; `Seq::ZERO` when
    /// everything is later.
    ///
    /// Cost: one look into the index; where that fails, reading the log up to there.
    ///
    /// # Errors
    ///
    /// Fails if neither copy can be read.
    pub fn seq_at(&self, at_ms: i64) -> Result<Seq, ReadError> {
        let head = self.head().seq;
        let later = self.core().ask(
            |core| core.backend.first_after(at_ms),
            |commit| (commit.recorded_at_ms > at_ms).then_some(Some(commit.first)),
            |_| Ok(None),
        )?;
        Ok(later.map_or(head, |first| Seq::new(first.get().saturating_sub(1)).min(head)))
    }

    /// Checks everything that is stored up to the head: checksums, hashes, links, positions, and one
    /// copy against the other. Changes nothing, and appends go on meanwhile. `progress` is told each
    /// event that was reached.
    ///
    /// Cost: reads the whole log, one segment at a time.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read. Damage is no error; it is in the report.
    pub fn verify(&self, progress: impl FnMut(Reached)) -> Result<VerifyReport, ReadError> {
        self.verify_as(&VerifyOptions::default(), progress)
    }

    /// Checks as [`verify`](Log::verify) does, and what the options add.
    ///
    /// # Errors
    ///
    /// Fails if a file cannot be read. Damage is no error; it is in the report.
    pub fn verify_as(
        &self,
        options: &VerifyOptions,
        progress: impl FnMut(Reached),
    ) -> Result<VerifyReport, ReadError> {
        verify::verify(self.core(), options, progress)
    }

    /// Tells how large the log is and where. Walks the folder's file sizes.
    pub fn info(&self) -> Info {
        let standing = self.core().standing();
        let footprint = self.core().backend.footprint();
        let some = standing.commits > 0;
        Info {
            head: standing.head,
            commits: standing.commits,
            first_recorded_at_ms: some.then_some(standing.first_recorded_at_ms),
            last_recorded_at_ms: some.then_some(standing.last_recorded_at_ms),
            folder: footprint.folder,
            journal_bytes: footprint.journal_bytes,
            index_bytes: footprint.index_bytes,
        }
    }

    /// Tells what the log has done since it was opened, and how it is. Asks the system for the free
    /// space; otherwise it reads counters.
    pub fn metrics(&self) -> LogMetrics {
        let queued = MAX_QUEUED_BYTES / QUEUE_UNIT_BYTES - self.handle.room.available_permits();
        let queued_bytes = (queued * QUEUE_UNIT_BYTES) as u64;
        let scrub = match &self.core().backend {
            Backend::Memory(_) => None,
            Backend::Local(local) => Some(local.scrub()),
        };
        self.core().meter.read(queued_bytes, self.core().backend.free_bytes(), scrub)
    }

    /// Closes the log, for all its clones: writes what is in the queue, syncs both copies, lets the
    /// folder go.
    ///
    /// # Errors
    ///
    /// Fails if a sync failed. What was acknowledged before is durable all the same.
    pub async fn close(self) -> Result<(), CloseError> {
        let (reply, closed) = oneshot::channel();
        if self.send(Message::Close(reply)).is_err() {
            // Another clone closed it, or the writer died, which its appends were told.
            return Ok(());
        }
        let dropped = |_| CloseError { what: "the writer ended before it could close".to_owned() };
        closed.await.unwrap_or_else(|gone| Err(dropped(gone)))
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.handle.core
    }

    fn send(&self, message: Message) -> Result<(), AppendError> {
        let sent = self.handle.queue.as_ref().map(|queue| queue.send(message));
        match sent {
            Some(Ok(())) => Ok(()),
            _ if self.core().published.borrow().closed => Err(AppendError::Closed),
            _ => Err(AppendError::ReadOnly { reason: "the writer has ended".to_owned() }),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the log's writer ended by a panic");
        }
    }
}
