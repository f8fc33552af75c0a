//! Callers who never stop calling while there is somebody to call.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::call::{Call, Kind, Made};
use crate::rng::Rng;

/// Where the service is at this instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whereabouts {
    Down,
    Up(SocketAddr),
    /// No more calls are wanted.
    Over,
}

/// All callers; dropped, they stop.
pub(crate) struct Load(JoinSet<Vec<Made>>);

impl Load {
    pub(crate) fn start(
        callers_of_each_kind: usize,
        service: &watch::Receiver<Whereabouts>,
        key: &str,
        rng: &mut Rng,
    ) -> Self {
        let (key, number) = (Arc::<str>::from(key), Arc::new(AtomicU64::new(0)));
        let mut callers = JoinSet::new();
        for kind in [Kind::Plain, Kind::Stream, Kind::Embedding] {
            for _ in 0..callers_of_each_kind {
                callers.spawn(call_on(kind, service.clone(), key.clone(), number.clone(), rng.fork()));
            }
        }
        Self(callers)
    }

    /// Every call that was sent, once the service is declared over.
    pub(crate) async fn finish(self) -> Vec<Made> {
        self.0.join_all().await.into_iter().flatten().collect()
    }
}

async fn call_on(
    kind: Kind,
    mut service: watch::Receiver<Whereabouts>,
    key: Arc<str>,
    number: Arc<AtomicU64>,
    mut rng: Rng,
) -> Vec<Made> {
    let mut made = Vec::new();
    loop {
        let whereabouts = *service.borrow_and_update();
        let moved = match whereabouts {
            Whereabouts::Over => return made,
            Whereabouts::Down => service.changed().await,
            Whereabouts::Up(address) => {
                let tag = format!("chaos-{:08}", number.fetch_add(1, Ordering::Relaxed));
                if let Some(call) = Call::draw(kind, tag, &mut rng).make(address, &key).await {
                    made.push(call);
                    Ok(())
                } else {
                    // Killed a moment ago: its next address is about to be told.
                    service.changed().await
                }
            }
        };
        if moved.is_err() {
            return made;
        }
    }
}
