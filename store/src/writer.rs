//! The one writer: takes drafts from a queue in order, decides about each, writes what came
//! together as one group with one sync, and only then answers.
//!
//! Invariants, each named by a test in `tests/conformance.rs` or below:
//! 1. No answer leaves before the group is durable, not even a refusal that rests on it.
//! 2. Whatever was refused left nothing in the log.
//! 3. After a failed write nothing is written any more (fail-stop): a sync that failed once may
//!    succeed the next time without the bytes being there.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::backend::local::room::Full;
use crate::backend::{Prepared, Sink, Standing, WriteError};
use crate::commit::{Appended, Commit, CommitId, Draft};
use crate::error::{AppendError, CloseError};
use crate::frame::{Place, Unplaced};
use crate::limits::{MAX_GROUP_BYTES, MAX_GROUP_COMMITS};
use crate::position::{Hash32, Head};
use crate::read::Core;

/// What the writer is asked.
#[derive(Debug)]
pub(crate) enum Message {
    Append(Box<Job>),
    Close(oneshot::Sender<Result<(), CloseError>>),
}

/// A draft that waits for the writer, as far prepared as its place does not matter.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) expected: Option<Head>,
    pub(crate) draft: Draft,
    pub(crate) unplaced: Unplaced,
    /// The hash of its content, when it has an idempotency key.
    pub(crate) content: Option<Hash32>,
    pub(crate) reply: oneshot::Sender<Answer>,
    /// Room in the queue, given back when the job is done.
    pub(crate) room: OwnedSemaphorePermit,
}

type Answer = Result<Appended, AppendError>;

pub(crate) struct Writer {
    core: Arc<Core>,
    sink: Sink,
    queue: Receiver<Message>,
    epoch: u32,
    /// Why nothing is written any more.
    stopped: Option<String>,
}

/// Commits that will share one sync, and the answers that wait for it.
struct Group {
    standing: Standing,
    prepared: Vec<Prepared>,
    bytes: usize,
    ids: HashMap<CommitId, Appended>,
    keys: HashMap<String, (Hash32, Appended)>,
    answers: Vec<(oneshot::Sender<Answer>, Answer, OwnedSemaphorePermit)>,
}

impl Writer {
    pub(crate) fn new(core: Arc<Core>, sink: Sink, queue: Receiver<Message>, epoch: u32) -> Writer {
        Writer { core, sink, queue, epoch, stopped: None }
    }

    /// Runs until it is asked to close or nobody can ask any more.
    pub(crate) fn run(mut self) {
        loop {
            let message = match self.sink.idle_after() {
                Some(wait) => self.queue.recv_timeout(wait),
                None => self.queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match message {
                Ok(Message::Append(job)) => {
                    if let Some(reply) = self.write_group(*job) {
                        return self.close(Some(reply));
                    }
                }
                Ok(Message::Close(reply)) => return self.close(Some(reply)),
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(reason) = self.sink.idle() {
                        self.stop(reason);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return self.close(None),
            }
        }
    }

    fn close(mut self, reply: Option<oneshot::Sender<Result<(), CloseError>>>) {
        let outcome = self.sink.close().map_err(|what| CloseError { what });
        if let Err(error) = &outcome {
            tracing::error!(%error, "closing the log");
        }
        while let Ok(message) = self.queue.try_recv() {
            if let Message::Append(job) = message {
                self.core.meter.taken();
                job.reply.send(Err(AppendError::Closed)).ok();
            }
        }
        // The queue goes with the writer, so later messages are refused. Whoever asked may have gone.
        drop(self);
        if let Some(reply) = reply {
            reply.send(outcome).ok();
        }
    }

    /// Writes the job and what waits behind it. Returns the request to close, if one came along.
    fn write_group(&mut self, first: Job) -> Option<oneshot::Sender<Result<(), CloseError>>> {
        if let Err(reason) = self.sink.check() {
            self.stop(reason);
        }
        let mut group = Group::new(self.core.standing());
        self.admit(first, &mut group);
        let mut close = None;
        while group.answers.len() < MAX_GROUP_COMMITS && group.bytes < MAX_GROUP_BYTES {
            match self.queue.try_recv() {
                Ok(Message::Append(job)) => self.admit(*job, &mut group),
                Ok(Message::Close(reply)) => {
                    close = Some(reply);
                    break;
                }
                Err(_) => break,
            }
        }
        self.settle(group);
        close
    }

    fn admit(&self, job: Job, group: &mut Group) {
        self.core.meter.taken();
        let Job { expected, draft, unplaced, content, reply, room } = job;
        let answer = self.decide(expected, draft, unplaced, content, group);
        group.answers.push((reply, answer, room));
    }

    fn decide(
        &self,
        expected: Option<Head>,
        draft: Draft,
        unplaced: Unplaced,
        content: Option<Hash32>,
        group: &mut Group,
    ) -> Answer {
        if let Some(reason) = &self.stopped {
            return Err(AppendError::ReadOnly { reason: reason.clone() });
        }
        if let Some(receipt) = self.find_duplicate(&draft, content, group)? {
            return Ok(receipt);
        }
        let actual = group.standing.head;
        if expected.is_some_and(|expected| expected != actual) {
            return Err(AppendError::Conflict { actual });
        }
        let first = actual.seq.next();
        // The wall clock may step back; the log's does not.
        let recorded_at_ms = if group.standing.commits == 0 {
            draft.recorded_at_ms
        } else {
            draft.recorded_at_ms.max(group.standing.last_recorded_at_ms)
        };
        let (epoch, prev_hash) = (self.epoch, actual.hash);
        let (bytes, hash) = unplaced.place(Place { epoch, first, recorded_at_ms, prev_hash });
        let commit = Commit {
            id: draft.id,
            idempotency_key: draft.idempotency_key,
            epoch,
            first,
            recorded_at_ms,
            actor: draft.actor,
            prev_hash,
            hash,
            records: draft.records,
        };
        Ok(group.add(Prepared { commit: Arc::new(commit), bytes, content }))
    }

    fn find_duplicate(
        &self,
        draft: &Draft,
        content: Option<Hash32>,
        group: &Group,
    ) -> Result<Option<Appended>, AppendError> {
        if let Some(receipt) = group.ids.get(&draft.id) {
            return Ok(Some(Appended { duplicate: true, ..*receipt }));
        }
        if let Some(receipt) = self.core.resolve(draft.id)? {
            return Ok(Some(receipt));
        }
        let (Some(key), Some(content)) = (&draft.idempotency_key, content) else {
            return Ok(None);
        };
        let known = match group.keys.get(key) {
            Some((hash, receipt)) => Some((*hash, receipt.first)),
            None => self.core.backend.find_key(key)?,
        };
        let Some((hash, seq)) = known else { return Ok(None) };
        if hash != content {
            return Err(AppendError::KeyReused { key: key.clone(), seq });
        }
        match group.keys.get(key) {
            Some((_, receipt)) => Ok(Some(Appended { duplicate: true, ..*receipt })),
            None => Ok(self.core.resolve_key(key)?),
        }
    }

    /// Writes the group, publishes it, then answers.
    fn settle(&mut self, group: Group) {
        let Group { standing, prepared, bytes, answers, .. } = group;
        let written =
            if prepared.is_empty() { Ok(()) } else { self.sink.write(&prepared, standing) };
        if let Err(WriteError::Full(full)) = written {
            if !self.core.meter.is_full() {
                let Full { free, floor } = full;
                tracing::error!(free, floor, "the disk is nearly full; appends are refused");
            }
            self.core.meter.refused_full();
            for (reply, answer, room) in answers {
                drop(room);
                reply.send(self.after_refusal(&answer, full)).ok();
            }
            return;
        }
        if let Err(WriteError::Failed(reason)) = written {
            self.core.meter.failed();
            let uncertain = prepared.iter().map(|one| &one.commit);
            let uncertain = uncertain.map(|one| (one.id, one.idempotency_key.clone()));
            self.core.uncertain.lock().unwrap_or_else(PoisonError::into_inner).extend(uncertain);
            self.stop(reason);
            for (reply, answer, room) in answers {
                drop(room);
                reply.send(self.after_failure(&answer)).ok();
            }
            return;
        }
        if !prepared.is_empty() {
            if self.core.meter.is_full() {
                tracing::info!("there is room again; appends go on");
            }
            let events = standing.head.seq.get() - self.core.standing().head.seq.get();
            self.core.meter.written(prepared.len() as u64, events, bytes as u64);
            let mut recent = self.core.recent.write().unwrap_or_else(PoisonError::into_inner);
            for one in prepared {
                recent.push(one.commit, one.bytes.len());
            }
            drop(recent);
            self.core.published.send_modify(|published| published.standing = standing);
        }
        for (reply, answer, room) in answers {
            // Before the answer: whoever is answered waits no longer, and the figures say so.
            drop(room);
            // Whoever no longer listens can still resolve the commit's id.
            reply.send(answer).ok();
        }
    }

    /// What becomes of an answer that rested on a group for which there is no room.
    fn after_refusal(&self, answer: &Answer, full: Full) -> Answer {
        match answer {
            Ok(receipt) if receipt.head.seq <= self.core.standing().head.seq => Ok(*receipt),
            // A refusal may rest on a commit of the group, which is not there after all.
            _ => Err(AppendError::DiskFull { free: full.free, floor: full.floor }),
        }
    }

    /// What becomes of an answer that rested on a write which failed.
    fn after_failure(&self, answer: &Answer) -> Answer {
        match answer {
            Ok(receipt) if receipt.head.seq <= self.core.standing().head.seq => Ok(*receipt),
            Ok(_) => Err(AppendError::Unknown),
            Err(_) => {
                let reason = self.stopped.clone().unwrap_or_default();
                Err(AppendError::ReadOnly { reason })
            }
        }
    }

    fn stop(&mut self, reason: String) {
        if self.stopped.is_none() {
            self.core.meter.stopped(&reason);
            tracing::error!(%reason, "the log is read-only until it is opened again");
            self.stopped = Some(reason);
        }
    }
}

impl Drop for Writer {
    /// However the writer ends, tails must not wait for it for ever.
    fn drop(&mut self) {
        self.core.published.send_modify(|published| published.closed = true);
    }
}

impl Group {
    fn new(standing: Standing) -> Group {
        Group {
            standing,
            prepared: Vec::new(),
            bytes: 0,
            ids: HashMap::new(),
            keys: HashMap::new(),
            answers: Vec::new(),
        }
    }

    fn add(&mut self, one: Prepared) -> Appended {
        let receipt = one.commit.receipt(false);
        self.standing = self.standing.after(&one.commit);
        self.bytes += one.bytes.len();
        self.ids.insert(one.commit.id, receipt);
        if let (Some(key), Some(content)) = (&one.commit.idempotency_key, one.content) {
            self.keys.insert(key.clone(), (content, receipt));
        }
        self.prepared.push(one);
        receipt
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::backend::local::LocalOptions;
    use crate::commit::Record;
    use crate::disk::faulty::{FaultyDisk, Op};
    use crate::error::ReadError;
    use crate::log::Log;
    use crate::position::Seq;

    fn draft(id: u128) -> Draft {
        let payload = b"x".to_vec().into();
        Draft {
            id: CommitId::new(Uuid::from_u128(id)),
            idempotency_key: None,
            actor: "tester".to_owned(),
            recorded_at_ms: 1,
            records: vec![Record { kind: "Said".into(), version: 1, payload, keys: Vec::new() }],
        }
    }

    #[tokio::test]
    async fn after_a_failed_write_nothing_is_written_and_reads_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let first = {
            let log = Log::open(folder.path(), LocalOptions::default()).unwrap();
            log.append(None, draft(1)).await.unwrap()
        };
        let disk = FaultyDisk::new();
        let log = Log::open_on(Arc::new(disk.clone()), folder.path(), &LocalOptions::default());
        let log = log.unwrap();
        disk.fail(Some(Op::Write), ".seg", 0, std::io::ErrorKind::Other);
        // Two in one group: the one that was to be written, and one that rested on it.
        let (failed, refused) =
            tokio::join!(log.append(None, draft(2)), log.append(Some(first.head), draft(3)),);
        assert!(matches!(failed, Err(AppendError::Unknown)), "{failed:?}");
        let told = refused.unwrap_err();
        assert!(matches!(told, AppendError::ReadOnly { .. } | AppendError::Unknown), "{told:?}");
        match log.append(None, draft(4)).await {
            Err(AppendError::ReadOnly { reason }) => {
                assert!(reason.contains("journal"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
        let uncertain = log.resolve(CommitId::new(Uuid::from_u128(2)));
        assert!(matches!(uncertain, Err(ReadError::Uncertain { .. })), "{uncertain:?}");
        assert_eq!(log.head(), first.head);
        assert_eq!(log.read(Seq::ZERO).map(Result::unwrap).count(), 1);
        drop(log);
        let again = Log::open(folder.path(), LocalOptions::default()).unwrap();
        assert_eq!(again.resolve(CommitId::new(Uuid::from_u128(2))).unwrap(), None);
        assert_eq!(again.append(None, draft(4)).await.unwrap().first, Seq::new(2));
    }
}
