//! Calls that arrive while a statement of their kind is in flight wait for it to end, and then go together, as one
//! statement. No call waits when none is in flight.
//!
//! Nothing runs in the background: a batch is a future that its members share, and whichever of them is polled drives
//! it. A member that is dropped leaves it to the others; the last one takes it along, and its connection with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::pool::WAIT_FOR_ANSWER;
use crate::{Database, DbError};

/// Statements of a kind that may be in flight before calls wait. With two, batches were half as large.
const LANES: usize = 1;
/// More in one statement would hold up the first of them and cost hardly less each.
const MAX_CALLS: usize = 64;
/// Calls do not wait longer for a statement that hangs.
const PATIENCE: Duration = Duration::from_millis(200);

/// A call, as much of it as its statement needs.
pub(crate) trait Batched: Sized + Send + 'static {
    type Answer: Send + 'static;

    /// Sends the calls as one statement, in one transaction, and returns an answer for each, in their order.
    fn send(
        database: Database,
        calls: Vec<Self>,
    ) -> impl Future<Output = Result<Vec<Self::Answer>, DbError>> + Send;
}

/// What waiting has brought.
pub(crate) enum Turn<A> {
    Answered(A),
    /// The call is to be sent by itself: no other call waits, or the batch has failed.
    Alone(Lane),
}

/// One of the statements that may be in flight, to be kept for as long as it is.
#[derive(Clone, Default)]
pub(crate) struct Lane {
    _permit: Option<Arc<OwnedSemaphorePermit>>,
}

/// The calls of a kind that wait.
pub(crate) struct Batches<C: Batched> {
    lanes: Arc<Semaphore>,
    forming: Mutex<Option<Forming<C>>>,
}

/// A batch that has not been sent. Its members own it.
struct Forming<C: Batched> {
    calls: Calls<C>,
    outcome: WeakShared<BoxFuture<'static, Outcome<C::Answer>>>,
}

/// Taken when the batch is sent; a member that was dropped before has left its place empty.
type Calls<C> = Arc<Mutex<Option<Vec<Option<C>>>>>;

struct Outcome<A> {
    /// By the places of the calls, each for its member to take; empty if each call is to be sent by itself.
    answers: Arc<[Mutex<Option<A>>]>,
    lane: Lane,
}

impl<A> Clone for Outcome<A> {
    fn clone(&self) -> Self {
        Self { answers: Arc::clone(&self.answers), lane: self.lane.clone() }
    }
}

struct Member<C: Batched> {
    calls: Calls<C>,
    place: usize,
    outcome: Shared<BoxFuture<'static, Outcome<C::Answer>>>,
}

impl<C: Batched> Default for Batches<C> {
    fn default() -> Self {
        Self { lanes: Arc::new(Semaphore::new(LANES)), forming: Mutex::default() }
    }
}

impl<C: Batched> Batches<C> {
    /// Waits for the call's turn if it has to, and then for the answer if others have waited with it. `call` is made
    /// only then; a call that cannot be made is sent by itself, where its error is its own.
    pub(crate) async fn turn(
        &self,
        database: &Database,
        call: impl FnOnce() -> Result<C, DbError>,
    ) -> Turn<C::Answer> {
        if let Ok(lane) = Arc::clone(&self.lanes).try_acquire_owned() {
            return Turn::Alone(Lane { _permit: Some(Arc::new(lane)) });
        }
        let Ok(call) = call() else { return Turn::Alone(Lane::default()) };
        let mut member = self.join(database, call);
        let outcome = (&mut member.outcome).await;
        match outcome.answers.get(member.place) {
            Some(answer) => lock(answer).take().map_or(Turn::Alone(outcome.lane), Turn::Answered),
            None => Turn::Alone(outcome.lane),
        }
    }

    fn join(&self, database: &Database, call: C) -> Member<C> {
        let mut forming = lock(&self.forming);
        let mut call = Some(call);
        if let Some(member) = forming.as_ref().and_then(|batch| batch.join(&mut call)) {
            return member;
        }
        let calls = Arc::new(Mutex::new(Some(vec![call])));
        let outcome = run(Arc::clone(&self.lanes), database.clone(), Arc::clone(&calls)).boxed().shared();
        *forming = outcome.downgrade().map(|outcome| Forming { calls: Arc::clone(&calls), outcome });
        Member { calls, place: 0, outcome }
    }
}

impl<C: Batched> Forming<C> {
    /// Takes the call unless the batch was sent, is full, or has lost all its members.
    fn join(&self, call: &mut Option<C>) -> Option<Member<C>> {
        let outcome = self.outcome.upgrade()?;
        let mut calls = lock(&self.calls);
        let waiting = calls.as_mut().filter(|waiting| waiting.len() < MAX_CALLS)?;
        waiting.push(call.take());
        Some(Member { calls: Arc::clone(&self.calls), place: waiting.len() - 1, outcome })
    }
}

impl<C: Batched> Drop for Member<C> {
    /// A call whose caller is gone is not sent.
    fn drop(&mut self) {
        if let Some(call) = lock(&self.calls).as_mut().and_then(|calls| calls.get_mut(self.place)) {
            *call = None;
        }
    }
}

async fn run<C: Batched>(lanes: Arc<Semaphore>, database: Database, calls: Calls<C>) -> Outcome<C::Answer> {
    let lane = timeout(PATIENCE, lanes.acquire_owned()).await.ok().and_then(Result::ok);
    let lane = Lane { _permit: lane.map(Arc::new) };
    let mut calls = lock(&calls).take().unwrap_or_default();
    let alone = |lane| Outcome { answers: Arc::default(), lane };
    let present: Vec<bool> = calls.iter().map(Option::is_some).collect();
    let sent: Vec<C> = calls.iter_mut().filter_map(Option::take).collect();
    if sent.len() < 2 {
        return alone(lane);
    }
    let count = sent.len();
    match timeout(WAIT_FOR_ANSWER, C::send(database, sent)).await.unwrap_or(Err(DbError::Late)) {
        Ok(answers) if answers.len() == count => {
            let mut answers = answers.into_iter();
            let by_place = present
                .into_iter()
                .map(|is_present| Mutex::new(if is_present { answers.next() } else { None }));
            Outcome { answers: by_place.collect(), lane: Lane::default() }
        }
        failed => {
            // One of the calls may be to blame, or none. Each gets an error of its own, or its own success.
            let error = failed.err().unwrap_or(DbError::Unexpected("the number of answers"));
            tracing::warn!(calls = count, %error, "A batch of calls failed; each is sent by itself.");
            alone(Lane::default())
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
