//! Connections to the provider: whether a request failed because a kept-alive one was closed under it.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tower::{Layer, Service};

/// Counts the connections that a client opens.
#[derive(Clone, Default)]
pub(crate) struct OpenedConnections(Arc<AtomicU64>);

impl OpenedConnections {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl<S> Layer<S> for OpenedConnections {
    type Service = CountingConnector<S>;

    fn layer(&self, connector: S) -> CountingConnector<S> {
        CountingConnector { connector, opened: self.clone() }
    }
}

#[derive(Clone)]
pub(crate) struct CountingConnector<S> {
    connector: S,
    opened: OpenedConnections,
}

impl<S: Service<R>, R> Service<R> for CountingConnector<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.opened.0.fetch_add(1, Ordering::Relaxed);
        self.connector.call(request)
    }
}

/// Whether the other side closed the connection and nothing of a response was read.
pub(crate) fn is_closed_early(error: &reqwest::Error) -> bool {
    error.is_request() && has_closed(error.source())
}

fn has_closed(cause: Option<&(dyn Error + 'static)>) -> bool {
    cause.is_some_and(|cause| is_closed(cause) || has_closed(cause.source()))
}

fn is_closed(error: &(dyn Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return error.is_incomplete_message() || error.is_closed() || error.is_canceled();
    }
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    matches!(
        kind,
        Some(io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted)
    )
}
