//! Callers that call without pause while the service is up.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fastrand::Rng;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::call::{CallKind, PlannedCall, SentCall};

/// What callers know about the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServiceState {
    Down,
    Up(SocketAddr),
    /// No more calls are needed.
    Finished,
}

/// All callers. They stop on drop.
pub(crate) struct Callers(JoinSet<Vec<SentCall>>);

impl Callers {
    pub(crate) fn start(
        callers_of_each_kind: usize,
        service: &watch::Receiver<ServiceState>,
        key: &str,
        rng: &mut Rng,
    ) -> Self {
        let (key, number) = (Arc::<str>::from(key), Arc::new(AtomicU64::new(0)));
        let mut callers = JoinSet::new();
        for kind in [CallKind::Plain, CallKind::Stream, CallKind::Embedding, CallKind::Background] {
            for _ in 0..callers_of_each_kind {
                callers.spawn(call_on(kind, service.clone(), key.clone(), number.clone(), rng.fork()));
            }
        }
        Self(callers)
    }

    /// Every call that was sent. Returns after [`ServiceState::Finished`].
    pub(crate) async fn finish(self) -> Vec<SentCall> {
        self.0.join_all().await.into_iter().flatten().collect()
    }
}

async fn call_on(
    kind: CallKind,
    mut service: watch::Receiver<ServiceState>,
    key: Arc<str>,
    number: Arc<AtomicU64>,
    mut rng: Rng,
) -> Vec<SentCall> {
    let mut sent = Vec::new();
    loop {
        let state = *service.borrow_and_update();
        let changed = match state {
            ServiceState::Finished => return sent,
            ServiceState::Down => service.changed().await,
            ServiceState::Up(address) => {
                let tag = format!("chaos-{:08}", number.fetch_add(1, Ordering::Relaxed));
                if let Some(call) = PlannedCall::draw(kind, tag, &mut rng).send(address, &key).await {
                    sent.push(call);
                    Ok(())
                } else {
                    // The service was just killed; wait for its next address.
                    service.changed().await
                }
            }
        };
        if changed.is_err() {
            return sent;
        }
    }
}
