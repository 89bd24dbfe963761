//! Who decides and appends: one at a time, and at most one commit ahead of the log.
//!
//! While much is recorded in bulk, the next commit is decided as if the one on its way to the disk
//! had arrived. The state then shows what the log has not acknowledged, so nobody else may see it:
//! [`Writer::settled`] is the way to a state that only shows what the log holds.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use futures_util::future::BoxFuture;
use store::{AppendError, Appended, Draft, Hash32, Head, Log, Seq};

use super::SubmitError;
use super::submit::catch_up;
use crate::event::Event;
use crate::state::{Frame, State};

type Answer = Result<Appended, AppendError>;

/// The state on which commands are decided.
pub(super) struct Writer {
    state: State,
    on_its_way: Option<OnItsWay>,
    /// Why a commit that was promised is not recorded, for whoever was promised it.
    lost: Option<AppendError>,
}

/// A commit that the state shows as if the log had taken it.
struct OnItsWay {
    answer: BoxFuture<'static, Answer>,
    /// What the log will answer, but for the hash.
    expected: Appended,
}

impl Writer {
    pub(super) fn new(state: State) -> Self {
        Self { state, on_its_way: None, lost: None }
    }

    /// The state with the commit that is on its way: to decide on, not to show.
    pub(super) fn ahead(&self) -> &State {
        &self.state
    }

    /// Whether relations are not laid out, so that nobody is shown this state before they are.
    pub(super) fn is_resting(&self) -> bool {
        self.state.is_resting()
    }

    /// The state, if readers may see it as it is.
    pub(super) fn presentable(&mut self) -> Option<&mut State> {
        let shows = self.on_its_way.is_none() && !self.state.is_resting();
        shows.then_some(&mut self.state)
    }

    /// The state once the commit that is on its way has arrived. If it has not been recorded, the
    /// state is what readers see and whatever else the log holds, so far as it can be read.
    pub(super) async fn settled(&mut self, published: &Arc<State>, log: &Log) -> &mut State {
        // Kept until it is answered: whoever waits here may be gone before.
        if let Some(OnItsWay { answer, expected }) = &mut self.on_its_way {
            let (answer, expected) = (answer.await, *expected);
            self.on_its_way = None;
            match answer {
                Ok(appended) if (Appended { head: expected.head, ..appended }) == expected => {
                    self.state.confirm(appended.head);
                }
                other => {
                    self.lost = other.err();
                    self.state = State::clone(published);
                    if let Err(error) = catch_up(&mut self.state, log) {
                        tracing::warn!(%error, "a commit was lost, and the log cannot be read on; readers see less than it holds");
                    }
                }
            }
        }
        &mut self.state
    }

    /// The same for whoever may have been promised what is not recorded.
    ///
    /// # Errors
    /// [`SubmitError::Lost`], once.
    pub(super) async fn kept(
        &mut self,
        published: &Arc<State>,
        log: &Log,
    ) -> Result<&mut State, SubmitError> {
        self.settled(published, log).await;
        self.lost().map(|()| &mut self.state)
    }

    /// Why a promised commit is not recorded. It is told once.
    pub(super) fn lost(&mut self) -> Result<(), SubmitError> {
        self.lost.take().map_or(Ok(()), |error| Err(SubmitError::Lost(error)))
    }

    /// Sends a commit on its way from a settled state, which shows it from now on. What is wrong
    /// with the commit itself, such as its size, is told at once.
    pub(super) async fn send(
        &mut self,
        log: &Log,
        draft: Draft,
        events: &[Event],
    ) -> Result<Seq, SubmitError> {
        let (before, log) = (self.state.head(), log.clone());
        let expected = expected(&self.state, &draft);
        let actor = draft.actor.clone();
        let mut answer: BoxFuture<'static, Answer> =
            Box::pin(async move { log.append(Some(before), draft).await });
        let at_once = poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await;
        let appended = match at_once {
            Poll::Ready(answer) => answer.map_err(SubmitError::Append)?,
            Poll::Pending => {
                self.on_its_way = Some(OnItsWay { answer, expected });
                expected
            }
        };
        let Appended { head, first, recorded_at_ms, .. } = appended;
        let frame = Frame { first, head, recorded_at_ms, actor: &actor, idempotency_key: None };
        self.state.apply_appended(&frame, events)?;
        Ok(head.seq)
    }
}

/// What the log will answer when it takes a draft where the state stands, but for the hash.
fn expected(state: &State, draft: &Draft) -> Appended {
    let first = state.seq().next();
    let last = Seq::new(state.seq().get() + draft.records.len() as u64);
    let earlier = state.recorded_at_ms(state.seq()).unwrap_or(draft.recorded_at_ms);
    let recorded_at_ms = draft.recorded_at_ms.max(earlier);
    let head = Head { seq: last, hash: Hash32::ZERO };
    Appended { head, first, recorded_at_ms, duplicate: false }
}
